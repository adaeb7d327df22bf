-- A product's way from draft to archive, its texts in other languages, and what the search service has to know of it.

ALTER TABLE product ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE product ADD COLUMN translations TEXT NOT NULL DEFAULT '{}';
ALTER TABLE product ADD COLUMN state TEXT NOT NULL DEFAULT 'published'
    CONSTRAINT product_state_known CHECK (state IN ('draft', 'scheduled', 'published', 'archived'));
-- When a scheduled product is published.
ALTER TABLE product ADD COLUMN publish_at BIGINT
    CONSTRAINT product_scheduled_for_a_time CHECK (state <> 'scheduled' OR publish_at IS NOT NULL);

-- A page of a list is read from one place of one of these, however many products there are.
DROP INDEX product_category;
DROP INDEX product_title;
CREATE INDEX product_state ON product (state, product_id);
CREATE INDEX product_category ON product (category, state, product_id);
CREATE INDEX product_due ON product (publish_at) WHERE state = 'scheduled';

-- Grows with every change; an edit that names an older one is refused.
ALTER TABLE category ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Whether a product of any state lists the sku; `active` says whether it is for sale. A sku in a draft is taken.
ALTER TABLE variant ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
UPDATE variant SET held = active;

-- What the search service has to know of a product, and whether it does: the row is its own outbox, as `variant` is
-- for the till, and is kept by triggers alike. It outlives the product until the search service has forgotten it.
CREATE TABLE document (
    product_id TEXT NOT NULL CONSTRAINT document_key PRIMARY KEY,
    version BIGINT NOT NULL,
    indexed_version BIGINT NOT NULL
);

CREATE INDEX document_unindexed ON document (product_id) WHERE version > indexed_version;
INSERT INTO document (product_id, version, indexed_version) SELECT product_id, 1, 0 FROM product;

-- The same for all categories together, in one row: they are few, and search needs to know how they lie in each other.
CREATE TABLE category_tree (
    category_tree_id BIGINT NOT NULL CONSTRAINT category_tree_key PRIMARY KEY
        CONSTRAINT category_tree_is_one CHECK (category_tree_id = 1),
    version BIGINT NOT NULL,
    indexed_version BIGINT NOT NULL
);

INSERT INTO category_tree (category_tree_id, version, indexed_version) VALUES (1, 1, 0);

DROP TRIGGER product_created;
DROP TRIGGER product_changed;
DROP TRIGGER product_deleted;

CREATE TRIGGER product_created AFTER INSERT ON product
BEGIN
    SELECT RAISE(ABORT, 'refused: category_unknown')
    WHERE NOT EXISTS (SELECT 1 FROM category WHERE slug = NEW.category);

    SELECT RAISE(ABORT, 'refused: sku_taken')
    FROM json_each(NEW.variants) AS listed
    JOIN variant ON variant.sku = json_extract(listed.value, '$.sku')
    WHERE variant.held = 1 AND variant.product_id <> NEW.product_id;

    INSERT INTO variant (sku, product_id, title, amount, currency, tax_class, weight_grams, stock, active, held, version, published_version)
    SELECT json_extract(value, '$.sku'), NEW.product_id, json_extract(value, '$.offer_title'),
           json_extract(value, '$.price.amount'), json_extract(value, '$.price.currency'),
           json_extract(value, '$.tax_class'), json_extract(value, '$.weight_grams'),
           json_extract(value, '$.stock'), NEW.state = 'published', 1, 1, 0
    FROM json_each(NEW.variants)
    WHERE true
    ON CONFLICT (sku) DO UPDATE SET
        product_id = excluded.product_id, title = excluded.title, amount = excluded.amount,
        currency = excluded.currency, tax_class = excluded.tax_class, weight_grams = excluded.weight_grams,
        stock = COALESCE(variant.stock, excluded.stock), active = excluded.active, held = 1,
        version = variant.version + 1;

    INSERT INTO document (product_id, version, indexed_version) VALUES (NEW.product_id, 1, 0);
END;

CREATE TRIGGER product_changed AFTER UPDATE ON product
BEGIN
    SELECT RAISE(ABORT, 'refused: category_unknown')
    WHERE NOT EXISTS (SELECT 1 FROM category WHERE slug = NEW.category);

    SELECT RAISE(ABORT, 'refused: sku_taken')
    FROM json_each(NEW.variants) AS listed
    JOIN variant ON variant.sku = json_extract(listed.value, '$.sku')
    WHERE variant.held = 1 AND variant.product_id <> NEW.product_id;

    UPDATE variant SET active = 0, held = 0, version = version + 1
    WHERE product_id = NEW.product_id AND held = 1
        AND sku NOT IN (SELECT json_extract(value, '$.sku') FROM json_each(NEW.variants));

    INSERT INTO variant (sku, product_id, title, amount, currency, tax_class, weight_grams, stock, active, held, version, published_version)
    SELECT json_extract(value, '$.sku'), NEW.product_id, json_extract(value, '$.offer_title'),
           json_extract(value, '$.price.amount'), json_extract(value, '$.price.currency'),
           json_extract(value, '$.tax_class'), json_extract(value, '$.weight_grams'),
           json_extract(value, '$.stock'), NEW.state = 'published', 1, 1, 0
    FROM json_each(NEW.variants)
    WHERE true
    ON CONFLICT (sku) DO UPDATE SET
        product_id = excluded.product_id, title = excluded.title, amount = excluded.amount,
        currency = excluded.currency, tax_class = excluded.tax_class, weight_grams = excluded.weight_grams,
        stock = COALESCE(variant.stock, excluded.stock), active = excluded.active, held = 1,
        version = variant.version + 1
    -- What the till would charge is the same: nothing to publish.
    WHERE (variant.product_id, variant.title, variant.amount, variant.currency, variant.tax_class, variant.weight_grams, variant.active, variant.held)
        IS NOT (excluded.product_id, excluded.title, excluded.amount, excluded.currency, excluded.tax_class, excluded.weight_grams, excluded.active, 1);

    UPDATE document SET version = version + 1 WHERE product_id = NEW.product_id;
END;

CREATE TRIGGER product_deleted AFTER DELETE ON product
BEGIN
    UPDATE variant SET active = 0, held = 0, version = version + 1 WHERE product_id = OLD.product_id AND held = 1;
    UPDATE document SET version = version + 1 WHERE product_id = OLD.product_id;
END;

CREATE TRIGGER category_created AFTER INSERT ON category
BEGIN
    UPDATE category_tree SET version = version + 1;
END;

-- A product is found by the name of its category.
CREATE TRIGGER category_changed AFTER UPDATE ON category
BEGIN
    UPDATE category_tree SET version = version + 1;
    UPDATE document SET version = version + 1
    WHERE OLD.title <> NEW.title AND product_id IN (SELECT product_id FROM product WHERE category = NEW.slug);
END;

CREATE TRIGGER category_deleted AFTER DELETE ON category
BEGIN
    SELECT RAISE(ABORT, 'refused: category_in_use')
    WHERE EXISTS (SELECT 1 FROM product WHERE category = OLD.slug)
        OR EXISTS (SELECT 1 FROM category WHERE parent = OLD.slug);
    UPDATE category_tree SET version = version + 1;
END;
