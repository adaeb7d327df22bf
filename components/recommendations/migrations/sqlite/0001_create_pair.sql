-- What is bought and looked at together. Scores count sales and looks, of which older ones weigh less: each is added
-- with the weight that src/decay.rs gives its time, so that a score need not be touched again to grow old.

-- A product that somebody bought or looked at.
CREATE TABLE product (
    product_id TEXT NOT NULL CONSTRAINT product_key PRIMARY KEY,
    slug TEXT NOT NULL,
    category TEXT NOT NULL,
    -- Whether it was for sale when the catalog was last asked.
    listed BIGINT NOT NULL,
    -- How much it is wanted; kept by the triggers below.
    score DOUBLE PRECISION NOT NULL,
    -- How many sales and looks there are in that.
    times BIGINT NOT NULL,
    -- When the catalog last said this, to the day.
    known_at BIGINT NOT NULL
);

CREATE INDEX product_slug ON product (slug, known_at);
CREATE INDEX product_score ON product (listed, score);
CREATE INDEX product_category ON product (category, listed, score);
CREATE INDEX product_known ON product (known_at);

-- How often two products go together, once in each direction; kept by the triggers below.
CREATE TABLE pair (
    product_id TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT pair_kind_known CHECK (kind IN ('bought', 'viewed')),
    other_id TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    -- In how many orders, or with how many shoppers.
    times BIGINT NOT NULL,
    -- When last.
    at BIGINT NOT NULL,
    CONSTRAINT pair_key PRIMARY KEY (product_id, kind, other_id)
);

CREATE INDEX pair_score ON pair (product_id, kind, score);
CREATE INDEX pair_at ON pair (at);

-- An order that was paid for. The row tells a repeated event; one that is taken back is never counted again, so that
-- events may come twice and in any order.
CREATE TABLE sale (
    order_id TEXT NOT NULL CONSTRAINT sale_key PRIMARY KEY,
    -- Ids of its products, as JSON.
    products TEXT NOT NULL,
    -- Whose, if they agreed to be remembered.
    shopper TEXT,
    counted BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- What it counts for each of its products, and for each pair of them.
    weight DOUBLE PRECISION NOT NULL,
    pair_weight DOUBLE PRECISION NOT NULL
);

CREATE INDEX sale_shopper ON sale (shopper);
CREATE INDEX sale_at ON sale (at);

-- What a shopper who agreed to be remembered has bought; kept by the triggers below.
CREATE TABLE purchase (
    shopper TEXT NOT NULL,
    product_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT purchase_key PRIMARY KEY (shopper, product_id, order_id)
);

CREATE INDEX purchase_order ON purchase (order_id);
CREATE INDEX purchase_at ON purchase (at);

-- What a shopper looked at. That there is a row means that they agreed to be remembered.
CREATE TABLE viewing (
    shopper TEXT NOT NULL,
    product_id TEXT NOT NULL,
    -- When last.
    at BIGINT NOT NULL,
    -- What it counts, from the first time: looking again changes nothing for others.
    weight DOUBLE PRECISION NOT NULL,
    CONSTRAINT viewing_key PRIMARY KEY (shopper, product_id)
);

CREATE INDEX viewing_shopper ON viewing (shopper, at);
CREATE INDEX viewing_at ON viewing (at);

CREATE TRIGGER sale_counted AFTER INSERT ON sale WHEN NEW.counted = 1
BEGIN
    UPDATE product SET score = score + NEW.weight, times = times + 1
    WHERE product_id IN (SELECT value FROM json_each(NEW.products));

    INSERT INTO pair (product_id, kind, other_id, score, times, at)
    SELECT one.value, 'bought', other.value, NEW.pair_weight, 1, NEW.at
    FROM json_each(NEW.products) AS one CROSS JOIN json_each(NEW.products) AS other
    WHERE one.value <> other.value AND NEW.pair_weight > 0
    ON CONFLICT (product_id, kind, other_id) DO UPDATE SET
        score = pair.score + excluded.score, times = pair.times + 1, at = MAX(pair.at, excluded.at);

    INSERT INTO purchase (shopper, product_id, order_id, at)
    SELECT NEW.shopper, value, NEW.order_id, NEW.at FROM json_each(NEW.products)
    WHERE NEW.shopper IS NOT NULL;
END;

CREATE TRIGGER sale_taken_back AFTER UPDATE OF counted ON sale WHEN OLD.counted = 1 AND NEW.counted = 0
BEGIN
    UPDATE product SET
        score = CASE WHEN times > 1 THEN MAX(score - OLD.weight, 0) ELSE 0 END, times = times - 1
    WHERE product_id IN (SELECT value FROM json_each(OLD.products));

    UPDATE pair SET score = MAX(score - OLD.pair_weight, 0), times = times - 1
    WHERE kind = 'bought' AND OLD.pair_weight > 0
        AND product_id IN (SELECT value FROM json_each(OLD.products))
        AND other_id IN (SELECT value FROM json_each(OLD.products));

    DELETE FROM pair
    WHERE kind = 'bought' AND times <= 0
        AND product_id IN (SELECT value FROM json_each(OLD.products))
        AND other_id IN (SELECT value FROM json_each(OLD.products));

    DELETE FROM purchase WHERE order_id = OLD.order_id;
END;

-- The other products are the ten that the shopper looked at before, within a day.
CREATE TRIGGER viewing_counted AFTER INSERT ON viewing
BEGIN
    UPDATE product SET score = score + NEW.weight, times = times + 1 WHERE product_id = NEW.product_id;

    INSERT INTO pair (product_id, kind, other_id, score, times, at)
    SELECT CASE direction.turned WHEN 0 THEN NEW.product_id ELSE before.product_id END, 'viewed',
        CASE direction.turned WHEN 0 THEN before.product_id ELSE NEW.product_id END, NEW.weight, 1, NEW.at
    FROM (SELECT product_id FROM viewing
          WHERE shopper = NEW.shopper AND product_id <> NEW.product_id AND at > NEW.at - 86400000
          ORDER BY at DESC, product_id LIMIT 10) AS before
    CROSS JOIN (SELECT 0 AS turned UNION ALL SELECT 1) AS direction
    WHERE true
    ON CONFLICT (product_id, kind, other_id) DO UPDATE SET
        score = pair.score + excluded.score, times = pair.times + 1, at = MAX(pair.at, excluded.at);
END;
