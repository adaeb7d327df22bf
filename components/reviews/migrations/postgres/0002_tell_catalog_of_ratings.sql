-- What the catalog has to be told of a product's rating, and whether it was: the row is its own outbox. The version is
-- kept by the trigger, so that it grows in the very statement that changes a figure.

ALTER TABLE rating ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- The version that the catalog has confirmed.
ALTER TABLE rating ADD COLUMN told_version BIGINT NOT NULL DEFAULT 0;

CREATE INDEX rating_untold ON rating (product_id) WHERE version > told_version;

CREATE OR REPLACE FUNCTION review_shown_or_hidden() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    change BIGINT := CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO rating (product_id, one, two, three, four, five, version)
    VALUES (NEW.product_id, 0, 0, 0, 0, 0, 0)
    ON CONFLICT (product_id) DO NOTHING;

    UPDATE rating SET
        version = version + 1,
        one = one + CASE NEW.rating WHEN 1 THEN change ELSE 0 END,
        two = two + CASE NEW.rating WHEN 2 THEN change ELSE 0 END,
        three = three + CASE NEW.rating WHEN 3 THEN change ELSE 0 END,
        four = four + CASE NEW.rating WHEN 4 THEN change ELSE 0 END,
        five = five + CASE NEW.rating WHEN 5 THEN change ELSE 0 END
    WHERE product_id = NEW.product_id;
    RETURN NULL;
END $$;
