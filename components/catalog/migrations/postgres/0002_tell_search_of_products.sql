-- A product's way from draft to archive, its texts in other languages, and what the search service has to know of it.
-- The same as for SQLite, where the comments say why.

ALTER TABLE product ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE product ADD COLUMN translations TEXT NOT NULL DEFAULT '{}';
ALTER TABLE product ADD COLUMN state TEXT NOT NULL DEFAULT 'published'
    CONSTRAINT product_state_known CHECK (state IN ('draft', 'scheduled', 'published', 'archived'));
ALTER TABLE product ADD COLUMN publish_at BIGINT
    CONSTRAINT product_scheduled_for_a_time CHECK (state <> 'scheduled' OR publish_at IS NOT NULL);

DROP INDEX product_category;
DROP INDEX product_title;
CREATE INDEX product_state ON product (state, product_id);
CREATE INDEX product_category ON product (category, state, product_id);
CREATE INDEX product_due ON product (publish_at) WHERE state = 'scheduled';

ALTER TABLE category ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

ALTER TABLE variant ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
UPDATE variant SET held = active;

CREATE TABLE document (
    product_id TEXT NOT NULL CONSTRAINT document_key PRIMARY KEY,
    version BIGINT NOT NULL,
    indexed_version BIGINT NOT NULL
);

CREATE INDEX document_unindexed ON document (product_id) WHERE version > indexed_version;
INSERT INTO document (product_id, version, indexed_version) SELECT product_id, 1, 0 FROM product;

CREATE TABLE category_tree (
    category_tree_id BIGINT NOT NULL CONSTRAINT category_tree_key PRIMARY KEY
        CONSTRAINT category_tree_is_one CHECK (category_tree_id = 1),
    version BIGINT NOT NULL,
    indexed_version BIGINT NOT NULL
);

INSERT INTO category_tree (category_tree_id, version, indexed_version) VALUES (1, 1, 0);

CREATE OR REPLACE FUNCTION product_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    -- Locked, so that it is not deleted before this is committed.
    PERFORM 1 FROM category WHERE slug = NEW.category FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: category_unknown';
    END IF;

    IF TG_OP = 'UPDATE' THEN
        UPDATE variant SET active = 0, held = 0, version = version + 1
        WHERE product_id = NEW.product_id AND held = 1
            AND sku NOT IN (SELECT value ->> 'sku' FROM json_array_elements(NEW.variants::json));
    END IF;

    -- Sorted, so that two products written at once lock the skus that they share in one order.
    INSERT INTO variant (sku, product_id, title, amount, currency, tax_class, weight_grams, stock, active, held, version, published_version)
    SELECT value ->> 'sku', NEW.product_id, value ->> 'offer_title',
           (value -> 'price' ->> 'amount')::bigint, value -> 'price' ->> 'currency',
           value ->> 'tax_class', (value ->> 'weight_grams')::bigint,
           (value ->> 'stock')::bigint, (NEW.state = 'published')::int, 1, 1, 0
    FROM json_array_elements(NEW.variants::json)
    ORDER BY 1
    ON CONFLICT (sku) DO UPDATE SET
        product_id = excluded.product_id, title = excluded.title, amount = excluded.amount,
        currency = excluded.currency, tax_class = excluded.tax_class, weight_grams = excluded.weight_grams,
        stock = COALESCE(variant.stock, excluded.stock), active = excluded.active, held = 1,
        version = variant.version + 1
    WHERE (variant.held = 0 OR variant.product_id = excluded.product_id)
        AND (variant.product_id, variant.title, variant.amount, variant.currency, variant.tax_class, variant.weight_grams, variant.active, variant.held)
            IS DISTINCT FROM (excluded.product_id, excluded.title, excluded.amount, excluded.currency, excluded.tax_class, excluded.weight_grams, excluded.active, 1::bigint);

    -- After the rows are locked, unlike in SQLite, where no other writer can come between.
    IF EXISTS (
        SELECT 1 FROM json_array_elements(NEW.variants::json)
        JOIN variant ON variant.sku = value ->> 'sku'
        WHERE variant.product_id <> NEW.product_id
    ) THEN
        RAISE EXCEPTION 'refused: sku_taken';
    END IF;

    INSERT INTO document (product_id, version, indexed_version) VALUES (NEW.product_id, 1, 0)
    ON CONFLICT (product_id) DO UPDATE SET version = document.version + 1;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION product_withdrawn() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE variant SET active = 0, held = 0, version = version + 1 WHERE product_id = OLD.product_id AND held = 1;
    UPDATE document SET version = version + 1 WHERE product_id = OLD.product_id;
    RETURN NULL;
END $$;

DROP TRIGGER product_changed ON product;
CREATE TRIGGER product_changed AFTER UPDATE ON product FOR EACH ROW EXECUTE FUNCTION product_written();

CREATE FUNCTION category_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE category_tree SET version = version + 1;
    IF TG_OP = 'UPDATE' AND OLD.title <> NEW.title THEN
        UPDATE document SET version = version + 1
        WHERE product_id IN (SELECT product_id FROM product WHERE category = NEW.slug);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION category_withdrawn() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM product WHERE category = OLD.slug)
        OR EXISTS (SELECT 1 FROM category WHERE parent = OLD.slug) THEN
        RAISE EXCEPTION 'refused: category_in_use';
    END IF;
    UPDATE category_tree SET version = version + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER category_created AFTER INSERT ON category FOR EACH ROW EXECUTE FUNCTION category_written();
CREATE TRIGGER category_changed AFTER UPDATE ON category FOR EACH ROW EXECUTE FUNCTION category_written();
CREATE TRIGGER category_deleted AFTER DELETE ON category FOR EACH ROW EXECUTE FUNCTION category_withdrawn();
