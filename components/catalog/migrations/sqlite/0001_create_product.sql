-- Products, and what the till has to know of them.

-- A category. The tree is shallow and small; a parent is checked when it is set.
CREATE TABLE category (
    slug TEXT NOT NULL CONSTRAINT category_key PRIMARY KEY,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    parent TEXT
);

CREATE INDEX category_parent ON category (parent);

-- A product with all that its page shows. Pictures and variants are JSON because they are only ever read and written
-- together with it; so one statement writes a product whole, and no reader sees half of one.
CREATE TABLE product (
    product_id TEXT NOT NULL CONSTRAINT product_key PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT product_slug_key UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    images TEXT NOT NULL,
    variants TEXT NOT NULL,
    -- Grows with every change; an edit that names an older one is refused.
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Ids are UUIDv7, so their order is that of creation: the order of lists.
CREATE INDEX product_category ON product (category, product_id);
CREATE INDEX product_title ON product (title);

-- What the till has to know of a variant, and whether it does: the row is its own outbox. Kept by the triggers below
-- and by nothing else, so that it changes in the very statement that changes the product. A sku that is withdrawn
-- stays, inactive, because its version must go on growing should it come back.
CREATE TABLE variant (
    sku TEXT NOT NULL CONSTRAINT variant_key PRIMARY KEY,
    product_id TEXT NOT NULL,
    title TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    tax_class TEXT NOT NULL,
    weight_grams BIGINT NOT NULL,
    -- Pieces on the shelf when the sku first appeared.
    stock BIGINT,
    active BIGINT NOT NULL,
    version BIGINT NOT NULL,
    -- The version that the till has confirmed.
    published_version BIGINT NOT NULL
);

CREATE INDEX variant_product ON variant (product_id);
CREATE INDEX variant_unpublished ON variant (sku) WHERE version > published_version;

CREATE TRIGGER product_created AFTER INSERT ON product
BEGIN
    SELECT RAISE(ABORT, 'refused: sku_taken')
    FROM json_each(NEW.variants) AS listed
    JOIN variant ON variant.sku = json_extract(listed.value, '$.sku')
    WHERE variant.active = 1 AND variant.product_id <> NEW.product_id;

    INSERT INTO variant (sku, product_id, title, amount, currency, tax_class, weight_grams, stock, active, version, published_version)
    SELECT json_extract(value, '$.sku'), NEW.product_id, json_extract(value, '$.offer_title'),
           json_extract(value, '$.price.amount'), json_extract(value, '$.price.currency'),
           json_extract(value, '$.tax_class'), json_extract(value, '$.weight_grams'),
           json_extract(value, '$.stock'), 1, 1, 0
    FROM json_each(NEW.variants)
    WHERE true
    ON CONFLICT (sku) DO UPDATE SET
        product_id = excluded.product_id, title = excluded.title, amount = excluded.amount,
        currency = excluded.currency, tax_class = excluded.tax_class, weight_grams = excluded.weight_grams,
        stock = COALESCE(variant.stock, excluded.stock), active = 1, version = variant.version + 1;
END;

CREATE TRIGGER product_changed AFTER UPDATE OF variants ON product
BEGIN
    SELECT RAISE(ABORT, 'refused: sku_taken')
    FROM json_each(NEW.variants) AS listed
    JOIN variant ON variant.sku = json_extract(listed.value, '$.sku')
    WHERE variant.active = 1 AND variant.product_id <> NEW.product_id;

    UPDATE variant SET active = 0, version = version + 1
    WHERE product_id = NEW.product_id AND active = 1
        AND sku NOT IN (SELECT json_extract(value, '$.sku') FROM json_each(NEW.variants));

    INSERT INTO variant (sku, product_id, title, amount, currency, tax_class, weight_grams, stock, active, version, published_version)
    SELECT json_extract(value, '$.sku'), NEW.product_id, json_extract(value, '$.offer_title'),
           json_extract(value, '$.price.amount'), json_extract(value, '$.price.currency'),
           json_extract(value, '$.tax_class'), json_extract(value, '$.weight_grams'),
           json_extract(value, '$.stock'), 1, 1, 0
    FROM json_each(NEW.variants)
    WHERE true
    ON CONFLICT (sku) DO UPDATE SET
        product_id = excluded.product_id, title = excluded.title, amount = excluded.amount,
        currency = excluded.currency, tax_class = excluded.tax_class, weight_grams = excluded.weight_grams,
        stock = COALESCE(variant.stock, excluded.stock), active = 1, version = variant.version + 1
    -- What the till would charge is the same: nothing to publish.
    WHERE (variant.product_id, variant.title, variant.amount, variant.currency, variant.tax_class, variant.weight_grams, variant.active)
        IS NOT (excluded.product_id, excluded.title, excluded.amount, excluded.currency, excluded.tax_class, excluded.weight_grams, 1);
END;

CREATE TRIGGER product_deleted AFTER DELETE ON product
BEGIN
    UPDATE variant SET active = 0, version = version + 1 WHERE product_id = OLD.product_id AND active = 1;
END;
