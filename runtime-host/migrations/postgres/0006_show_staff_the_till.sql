-- What staff want to know of the till, kept so that no answer takes longer because the shop is old.

-- What was sold, by day (days since 1970-01-01, UTC) and currency, counted in the transaction of the sale. A day is
-- spread over slots, so that coordinators do not wait for each other's rows; pages are left half empty, so that the rows
-- of today are updated in place.
CREATE TABLE sales_day (
    day      BIGINT NOT NULL,
    currency TEXT NOT NULL,
    slot     BIGINT NOT NULL,
    -- Carts that got their first line.
    carts    BIGINT NOT NULL,
    -- Orders that were confirmed, and what they came to.
    orders   BIGINT NOT NULL,
    gross    BIGINT NOT NULL,
    -- What went back, of whatever order.
    refunded BIGINT NOT NULL,
    PRIMARY KEY (day, currency, slot)
) WITH (fillfactor = 50);
-- What was sold before anybody counted. When money went back is not known; it counts on the day of the last step.
INSERT INTO sales_day (day, currency, slot, carts, orders, gross, refunded)
SELECT day, currency, 0, 0, sum(orders), sum(gross), sum(refunded)
FROM (
    SELECT (SELECT min(order_event.at) FROM order_event
            WHERE order_event.order_id = order_.order_id AND order_event.state = 'confirmed') / 86400000 AS day,
        currency, 1 AS orders, total AS gross, 0 AS refunded
    FROM order_
    UNION ALL
    SELECT (SELECT max(order_event.at) FROM order_event
            WHERE order_event.order_id = order_.order_id) / 86400000, currency, 0, 0, refunded
    FROM order_ WHERE refunded > 0
) AS booked
WHERE day IS NOT NULL
GROUP BY day, currency;

-- The ways in which staff look for orders. The state changes often, and an index on it costs each change; so only those
-- orders stand in one that somebody still has to do something about.
CREATE INDEX order_email ON order_ (lower(email), order_id);
CREATE INDEX order_line_sku ON order_line (sku, order_id);
CREATE INDEX order_to_do ON order_ (state, order_id) WHERE state IN ('confirmed', 'shipped');
CREATE INDEX order_capture_failed ON order_ (order_id) WHERE payment_state = 'capture_failed';
CREATE INDEX order_refund_refused ON order_refund (order_id) WHERE state = 'refused';

-- Who moved pieces, where a person did, and by what a repeated request is known.
ALTER TABLE stock_movement ADD COLUMN staff_id UUID;
ALTER TABLE stock_movement ADD COLUMN idempotency_key TEXT COLLATE "C";
CREATE UNIQUE INDEX stock_movement_once ON stock_movement (sku, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- From when until when a promotion holds, and how often it was changed.
ALTER TABLE promotion ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE promotion ADD COLUMN starts_at BIGINT;
ALTER TABLE promotion ADD COLUMN ends_at BIGINT;

-- What staff did: written with the deed, never changed and never removed.
CREATE TABLE staff_action (
    staff_action_id UUID PRIMARY KEY,
    at              BIGINT NOT NULL,
    -- None where a service acted for the shop itself.
    actor_id        UUID,
    -- Through which service.
    service         TEXT,
    action          TEXT NOT NULL,
    subject         TEXT COLLATE "C" NOT NULL,
    detail          TEXT NOT NULL,
    outcome         TEXT NOT NULL
);
CREATE INDEX staff_action_at ON staff_action (at, staff_action_id);
CREATE INDEX staff_action_actor ON staff_action (actor_id, at, staff_action_id);
CREATE INDEX staff_action_subject ON staff_action (subject, at, staff_action_id);
CREATE FUNCTION refuse_to_change_staff_action() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what staff did is not changed and not removed';
END $$;
CREATE TRIGGER staff_action_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_action
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_staff_action();

-- When a subscriber last took an event, to within a few seconds. Slots as in `sales_day`.
CREATE TABLE subscriber_success (
    subscriber TEXT COLLATE "C" NOT NULL,
    slot       BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (subscriber, slot)
);
