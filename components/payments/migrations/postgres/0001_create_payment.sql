-- Payments, as the gateways know them. The same as for SQLite, and a trigger for what two writers at once might break.

-- One try to pay an order. The coordinator makes the id, so a repeated question meets the same row.
CREATE TABLE payment (
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
        CHECK (state IN ('asking', 'challenged', 'pending', 'approved', 'declined', 'captured', 'voided')),
    -- How often the gateway has been asked to authorize it.
    asks BIGINT NOT NULL,
    -- Where the shopper confirms it, as the gateway gave it.
    redirect_url TEXT,
    -- Why it was declined, for the shopper.
    reason TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX payment_order ON payment (order_id);

-- A webhook that was believed. It counts as handled only after the coordinator has taken what it says: a hand-over
-- that was lost is repeated when the gateway sends the webhook again.
CREATE TABLE webhook_event (
    event_id TEXT NOT NULL CONSTRAINT webhook_event_key PRIMARY KEY,
    payment_id TEXT NOT NULL,
    deliveries BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    handled_at BIGINT
);

-- Money that went back. The coordinator makes the key, so that a repeated refund is known as one.
CREATE TABLE refund (
    refund_key TEXT NOT NULL CONSTRAINT refund_key_key PRIMARY KEY,
    payment_id TEXT NOT NULL,
    amount BIGINT NOT NULL CONSTRAINT refund_amount_positive CHECK (amount > 0),
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When the gateway confirmed it.
    done_at BIGINT
);

CREATE INDEX refund_payment ON refund (payment_id);

-- All refunds of a payment together never exceed it. The statement that inserts one says so too, and on SQLite, where
-- writers come one after the other, that is enough. Here two of them might not see each other; so each first locks the
-- payment and then looks again. A refund that does not fit is left out, as the statement itself would have done.
CREATE FUNCTION refund_begun() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    paid BIGINT;
    refunded NUMERIC;
BEGIN
    SELECT amount INTO paid FROM payment WHERE payment_id = NEW.payment_id FOR UPDATE;
    SELECT COALESCE(SUM(amount), 0) INTO refunded FROM refund
    WHERE payment_id = NEW.payment_id AND refund_key <> NEW.refund_key;
    IF refunded + NEW.amount > paid THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refund_fits BEFORE INSERT ON refund FOR EACH ROW EXECUTE FUNCTION refund_begun();
