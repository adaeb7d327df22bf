-- What the catalog has to be told of a product's rating, and whether it was: the row is its own outbox. The version is
-- kept by the trigger, so that it grows in the very statement that changes a figure.

ALTER TABLE rating ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- The version that the catalog has confirmed.
ALTER TABLE rating ADD COLUMN told_version BIGINT NOT NULL DEFAULT 0;

CREATE INDEX rating_untold ON rating (product_id) WHERE version > told_version;

DROP TRIGGER review_shown_or_hidden;
CREATE TRIGGER review_shown_or_hidden AFTER UPDATE OF state ON review
WHEN (OLD.state = 'approved') <> (NEW.state = 'approved')
BEGIN
    INSERT INTO rating (product_id, one, two, three, four, five, version)
    VALUES (NEW.product_id, 0, 0, 0, 0, 0, 0)
    ON CONFLICT (product_id) DO NOTHING;

    UPDATE rating SET
        version = version + 1,
        one = one + (NEW.rating = 1) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        two = two + (NEW.rating = 2) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        three = three + (NEW.rating = 3) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        four = four + (NEW.rating = 4) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        five = five + (NEW.rating = 5) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END
    WHERE product_id = NEW.product_id;
END;
