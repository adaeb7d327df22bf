-- What shoppers say of products.

-- A review. Nobody has two of one product: the constraint decides, not a look before.
CREATE TABLE review (
    -- A UUIDv7, so that the order of ids is that of writing: the order of lists.
    review_id TEXT NOT NULL CONSTRAINT review_key PRIMARY KEY,
    product_id TEXT NOT NULL,
    -- The product's slug when the review was written.
    slug TEXT NOT NULL,
    user_id TEXT NOT NULL,
    rating BIGINT NOT NULL CONSTRAINT review_rating_known CHECK (rating BETWEEN 1 AND 5),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    -- Whether whoever wrote it has bought the product here, and kept it.
    verified_purchase BIGINT NOT NULL,
    state TEXT NOT NULL CONSTRAINT review_state_known CHECK (state IN ('pending', 'approved', 'rejected')),
    -- Number of votes; kept by the triggers below.
    helpful BIGINT NOT NULL,
    -- What the shop answers.
    answer TEXT,
    answered_at BIGINT,
    created_at BIGINT NOT NULL,
    -- When staff decided, and who did.
    moderated_at BIGINT,
    moderated_by TEXT,
    CONSTRAINT review_once UNIQUE (product_id, user_id)
);

CREATE INDEX review_shown ON review (product_id, review_id) WHERE state = 'approved';
CREATE INDEX review_state ON review (state, review_id);
CREATE INDEX review_user ON review (user_id);

-- What the catalog said that a slug stands for.
CREATE TABLE product (
    slug TEXT NOT NULL CONSTRAINT product_key PRIMARY KEY,
    product_id TEXT NOT NULL
);

-- The skus under which a product has been sold.
CREATE TABLE product_sku (
    sku TEXT NOT NULL,
    product_id TEXT NOT NULL,
    CONSTRAINT product_sku_key PRIMARY KEY (sku, product_id)
);

CREATE INDEX product_sku_product ON product_sku (product_id);

-- What an account has bought. A row says how its line of its order stood at a time; older news changes nothing, so
-- that events may come twice and in any order.
CREATE TABLE purchase (
    order_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- Whether it was paid for and has not gone back.
    kept BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT purchase_key PRIMARY KEY (order_id, sku)
);

CREATE INDEX purchase_user ON purchase (user_id, sku);

-- How often a product got each number of stars, from reviews that are shown.
CREATE TABLE rating (
    product_id TEXT NOT NULL CONSTRAINT rating_key PRIMARY KEY,
    one BIGINT NOT NULL,
    two BIGINT NOT NULL,
    three BIGINT NOT NULL,
    four BIGINT NOT NULL,
    five BIGINT NOT NULL
);

-- Who found which review helpful.
CREATE TABLE vote (
    review_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    CONSTRAINT vote_key PRIMARY KEY (review_id, user_id)
);

CREATE TRIGGER review_shown_or_hidden AFTER UPDATE OF state ON review
WHEN (OLD.state = 'approved') <> (NEW.state = 'approved')
BEGIN
    INSERT INTO rating (product_id, one, two, three, four, five) VALUES (NEW.product_id, 0, 0, 0, 0, 0)
    ON CONFLICT (product_id) DO NOTHING;

    UPDATE rating SET
        one = one + (NEW.rating = 1) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        two = two + (NEW.rating = 2) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        three = three + (NEW.rating = 3) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        four = four + (NEW.rating = 4) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END,
        five = five + (NEW.rating = 5) * CASE NEW.state WHEN 'approved' THEN 1 ELSE -1 END
    WHERE product_id = NEW.product_id;
END;

CREATE TRIGGER vote_cast AFTER INSERT ON vote
BEGIN
    UPDATE review SET helpful = helpful + 1 WHERE review_id = NEW.review_id;
END;

CREATE TRIGGER vote_withdrawn AFTER DELETE ON vote
BEGIN
    UPDATE review SET helpful = helpful - 1 WHERE review_id = OLD.review_id;
END;
