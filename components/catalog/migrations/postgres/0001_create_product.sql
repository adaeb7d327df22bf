-- Products, and what the till has to know of them. The same as for SQLite, where the comments say why.
-- Functions keep the schema that they are made in, so that a product changed by hand, from a session that looks
-- elsewhere, still reaches its variants.

CREATE TABLE category (
    slug TEXT NOT NULL CONSTRAINT category_key PRIMARY KEY,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    parent TEXT
);

CREATE INDEX category_parent ON category (parent);

CREATE TABLE product (
    product_id TEXT NOT NULL CONSTRAINT product_key PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT product_slug_key UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    images TEXT NOT NULL,
    variants TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX product_category ON product (category, product_id);
CREATE INDEX product_title ON product (title);

CREATE TABLE variant (
    sku TEXT NOT NULL CONSTRAINT variant_key PRIMARY KEY,
    product_id TEXT NOT NULL,
    title TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    tax_class TEXT NOT NULL,
    weight_grams BIGINT NOT NULL,
    stock BIGINT,
    active BIGINT NOT NULL,
    version BIGINT NOT NULL,
    published_version BIGINT NOT NULL
);

CREATE INDEX variant_product ON variant (product_id);
CREATE INDEX variant_unpublished ON variant (sku) WHERE version > published_version;

CREATE FUNCTION product_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE variant SET active = 0, version = version + 1
        WHERE product_id = NEW.product_id AND active = 1
            AND sku NOT IN (SELECT value ->> 'sku' FROM json_array_elements(NEW.variants::json));
    END IF;

    -- Sorted, so that two products written at once lock the skus that they share in one order.
    INSERT INTO variant (sku, product_id, title, amount, currency, tax_class, weight_grams, stock, active, version, published_version)
    SELECT value ->> 'sku', NEW.product_id, value ->> 'offer_title',
           (value -> 'price' ->> 'amount')::bigint, value -> 'price' ->> 'currency',
           value ->> 'tax_class', (value ->> 'weight_grams')::bigint,
           (value ->> 'stock')::bigint, 1, 1, 0
    FROM json_array_elements(NEW.variants::json)
    ORDER BY 1
    ON CONFLICT (sku) DO UPDATE SET
        product_id = excluded.product_id, title = excluded.title, amount = excluded.amount,
        currency = excluded.currency, tax_class = excluded.tax_class, weight_grams = excluded.weight_grams,
        stock = COALESCE(variant.stock, excluded.stock), active = 1, version = variant.version + 1
    WHERE (variant.active = 0 OR variant.product_id = excluded.product_id)
        AND (variant.product_id, variant.title, variant.amount, variant.currency, variant.tax_class, variant.weight_grams, variant.active)
            IS DISTINCT FROM (excluded.product_id, excluded.title, excluded.amount, excluded.currency, excluded.tax_class, excluded.weight_grams, 1::bigint);

    -- After the rows are locked, unlike in SQLite, where no other writer can come between.
    IF EXISTS (
        SELECT 1 FROM json_array_elements(NEW.variants::json)
        JOIN variant ON variant.sku = value ->> 'sku'
        WHERE variant.product_id <> NEW.product_id
    ) THEN
        RAISE EXCEPTION 'refused: sku_taken';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION product_withdrawn() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE variant SET active = 0, version = version + 1 WHERE product_id = OLD.product_id AND active = 1;
    RETURN NULL;
END $$;

CREATE TRIGGER product_created AFTER INSERT ON product FOR EACH ROW EXECUTE FUNCTION product_written();
CREATE TRIGGER product_changed AFTER UPDATE OF variants ON product FOR EACH ROW EXECUTE FUNCTION product_written();
CREATE TRIGGER product_deleted AFTER DELETE ON product FOR EACH ROW EXECUTE FUNCTION product_withdrawn();
