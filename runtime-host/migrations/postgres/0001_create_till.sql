-- The till: everything that a checkout touches in one transaction. The twin of SQLite's.
-- Money is minor units, time is epoch milliseconds. Constraints are named because code matches on the names.
-- Skus compare byte by byte, as in the code, so that "in key order" is the same everywhere.

-- The price book: what the till charges. The catalog publishes here; an older version never replaces a newer one.
CREATE TABLE offer (
    sku          TEXT COLLATE "C" PRIMARY KEY,
    title        TEXT NOT NULL,
    price        BIGINT NOT NULL CONSTRAINT offer_price_not_negative CHECK (price >= 0),
    currency     TEXT NOT NULL,
    tax_class    TEXT NOT NULL,
    weight_grams BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    active       BOOLEAN NOT NULL
);

-- The last line against overselling: whatever the code does, these checks hold.
-- Pages are left a third empty, so that the hottest rows are updated in place.
CREATE TABLE stock (
    sku      TEXT COLLATE "C" PRIMARY KEY,
    on_hand  BIGINT NOT NULL CONSTRAINT stock_on_hand_not_negative CHECK (on_hand >= 0),
    reserved BIGINT NOT NULL DEFAULT 0
        CONSTRAINT stock_reserved_not_negative CHECK (reserved >= 0),
    CONSTRAINT stock_reserved_on_hand CHECK (reserved <= on_hand)
) WITH (fillfactor = 66);

-- The ledger: the pieces of a sku's movements add up to its on_hand.
CREATE TABLE stock_movement (
    stock_movement_id UUID PRIMARY KEY,
    sku               TEXT COLLATE "C" NOT NULL REFERENCES stock (sku),
    pieces            BIGINT NOT NULL,
    order_id          UUID,
    note              TEXT NOT NULL,
    at                BIGINT NOT NULL
);
CREATE INDEX stock_movement_sku ON stock_movement (sku, at);

CREATE TABLE promotion (
    code             TEXT COLLATE "C" PRIMARY KEY,
    title            TEXT NOT NULL,
    rule             JSONB NOT NULL,
    minimum_subtotal BIGINT NOT NULL
);

-- A cart is a guest's (by the hash of its token) or a user's.
CREATE TABLE cart (
    cart_id    UUID PRIMARY KEY,
    token_hash TEXT COLLATE "C" CONSTRAINT cart_token_unique UNIQUE,
    user_id    UUID CONSTRAINT cart_user_unique UNIQUE,
    version    BIGINT NOT NULL,
    promotions JSONB NOT NULL,
    delivery   JSONB,
    updated_at BIGINT NOT NULL,
    CONSTRAINT cart_one_owner CHECK ((token_hash IS NULL) <> (user_id IS NULL))
);

CREATE TABLE cart_line (
    cart_id  UUID NOT NULL REFERENCES cart (cart_id) ON DELETE CASCADE,
    sku      TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL CONSTRAINT cart_line_quantity_positive CHECK (quantity > 0),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (cart_id, sku)
);

-- What people call an order. Numbers of transactions that failed are left out.
CREATE SEQUENCE order_number START 1001;

CREATE TABLE order_ (
    order_id          UUID PRIMARY KEY,
    number            BIGINT NOT NULL CONSTRAINT order_number_unique UNIQUE,
    cart_id           UUID NOT NULL,
    user_id           UUID,
    access_token_hash TEXT,
    email             TEXT NOT NULL,
    state             TEXT NOT NULL,
    payment_state     TEXT NOT NULL,
    stock_state       TEXT NOT NULL,
    attempt           BIGINT NOT NULL,
    currency          TEXT NOT NULL,
    subtotal          BIGINT NOT NULL,
    discount          BIGINT NOT NULL,
    shipping          BIGINT NOT NULL,
    tax               BIGINT NOT NULL,
    total             BIGINT NOT NULL,
    refunded          BIGINT NOT NULL CONSTRAINT order_refunded_within_total CHECK (refunded BETWEEN 0 AND total),
    promotions        JSONB NOT NULL,
    shipping_address  JSONB NOT NULL,
    billing_address   JSONB NOT NULL,
    shipping_method   TEXT NOT NULL,
    payment_method    TEXT NOT NULL,
    redirect_url      TEXT,
    decline_reason    TEXT,
    shipments         JSONB NOT NULL,
    placed_at         BIGINT NOT NULL,
    CONSTRAINT order_adds_up CHECK (total = subtotal - discount + shipping + tax)
);
CREATE INDEX order_user ON order_ (user_id, order_id);

CREATE TABLE order_line (
    order_id   UUID NOT NULL REFERENCES order_ (order_id),
    position   BIGINT NOT NULL,
    sku        TEXT COLLATE "C" NOT NULL,
    title      TEXT NOT NULL,
    unit_price BIGINT NOT NULL,
    quantity   BIGINT NOT NULL CONSTRAINT order_line_quantity_positive CHECK (quantity > 0),
    PRIMARY KEY (order_id, position)
);

-- Tries at paying. The payment id is the key by which the payments service knows a repeated question.
CREATE TABLE order_payment (
    order_id   UUID NOT NULL REFERENCES order_ (order_id),
    attempt    BIGINT NOT NULL,
    payment_id UUID NOT NULL CONSTRAINT order_payment_unique UNIQUE,
    PRIMARY KEY (order_id, attempt)
);

-- What happened to an order, for people.
CREATE TABLE order_event (
    order_id UUID NOT NULL REFERENCES order_ (order_id),
    position BIGINT NOT NULL,
    state    TEXT NOT NULL,
    note     TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (order_id, position)
);

-- Stands while an order holds stock that is not paid for. The pieces are those of its lines.
CREATE TABLE reservation (
    order_id   UUID PRIMARY KEY REFERENCES order_ (order_id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX reservation_expiry ON reservation (expires_at);

-- Work that must be done after a commit: asked for in the transaction, done outside of it, repeated until it is.
CREATE TABLE task (
    task_id      UUID PRIMARY KEY,
    order_id     UUID NOT NULL REFERENCES order_ (order_id),
    kind         TEXT NOT NULL,
    payload      JSONB NOT NULL,
    tries        BIGINT NOT NULL DEFAULT 0,
    run_at       BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX task_due ON task (run_at);

-- Answers to requests that may be repeated. Written in the transaction of the effect.
CREATE TABLE idempotency (
    owner        TEXT COLLATE "C" NOT NULL,
    key          TEXT COLLATE "C" NOT NULL,
    request_hash TEXT NOT NULL,
    order_id     UUID NOT NULL,
    access_token TEXT,
    at           BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);

-- Events that other services are to hear of. Those of one subject are numbered in the order of their commits,
-- because whoever writes them holds the subject's row.
CREATE TABLE outbox (
    outbox_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id  UUID NOT NULL CONSTRAINT outbox_event_unique UNIQUE,
    kind      TEXT NOT NULL,
    subject   TEXT NOT NULL,
    data      JSONB NOT NULL,
    at        BIGINT NOT NULL
);

-- One row for each event and subscriber that has not confirmed it yet; `dead` once it is given up.
CREATE TABLE delivery (
    subscriber   TEXT COLLATE "C" NOT NULL,
    outbox_id    BIGINT NOT NULL REFERENCES outbox (outbox_id),
    subject      TEXT NOT NULL,
    tries        BIGINT NOT NULL DEFAULT 0,
    run_at       BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    dead         BOOLEAN NOT NULL DEFAULT FALSE,
    last_error   TEXT,
    PRIMARY KEY (subscriber, outbox_id)
);
CREATE INDEX delivery_due ON delivery (run_at) WHERE NOT dead;
CREATE INDEX delivery_subject ON delivery (subscriber, subject, outbox_id);
