-- A payment that is being taken or let go has a state of its own, so that of the two only one can be under way.
-- SQLite cannot change a CHECK, so the table is made anew.
CREATE TABLE payment_new (
    payment_id TEXT NOT NULL CONSTRAINT payment_key PRIMARY KEY,
    order_id TEXT NOT NULL,
    -- Which try of the order this is, from 1.
    attempt BIGINT NOT NULL,
    amount BIGINT NOT NULL CONSTRAINT payment_amount_not_negative CHECK (amount >= 0),
    currency TEXT NOT NULL,
    method TEXT NOT NULL,
    gateway TEXT NOT NULL,
    -- The gateway's name for it, once it has one.
    reference TEXT,
    state TEXT NOT NULL CONSTRAINT payment_state_known
        CHECK (state IN ('asking', 'challenged', 'pending', 'approved', 'declined', 'capturing', 'captured',
                         'voiding', 'voided')),
    -- How often the gateway has been asked to authorize it.
    asks BIGINT NOT NULL,
    -- Where the shopper confirms it, as the gateway gave it.
    redirect_url TEXT,
    -- Why it was declined, for the shopper.
    reason TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
INSERT INTO payment_new SELECT payment_id, order_id, attempt, amount, currency, method, gateway, reference, state, asks,
    redirect_url, reason, created_at, updated_at FROM payment;
DROP TABLE payment;
ALTER TABLE payment_new RENAME TO payment;
CREATE INDEX payment_order ON payment (order_id);

-- Event ids are the gateway's own: another gateway may use the same ones.
CREATE TABLE webhook_event_new (
    gateway TEXT NOT NULL,
    event_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    deliveries BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    handled_at BIGINT,
    CONSTRAINT webhook_event_key PRIMARY KEY (gateway, event_id)
);
INSERT INTO webhook_event_new SELECT payment.gateway, event_id, payment_id, deliveries, received_at, handled_at
    FROM webhook_event JOIN payment USING (payment_id);
DROP TABLE webhook_event;
ALTER TABLE webhook_event_new RENAME TO webhook_event;

-- When the gateway refused a refund for good, and why.
ALTER TABLE refund ADD COLUMN refused_at BIGINT;
ALTER TABLE refund ADD COLUMN reason TEXT;
