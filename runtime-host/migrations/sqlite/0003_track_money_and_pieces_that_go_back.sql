-- What goes back of an order: money that is on its way, and pieces, each once.

-- Money that the gateway was asked to give back and has not answered. Together with what went back it is never more
-- than what was paid: whoever asks for a refund reserves its amount here, in the same transaction.
ALTER TABLE order_ ADD COLUMN refunding BIGINT NOT NULL DEFAULT 0
    CONSTRAINT order_refunding_within_total CHECK (refunding >= 0 AND refunded + refunding <= total);
-- When the money is taken, as the till was set when the order was placed.
ALTER TABLE order_ ADD COLUMN capture TEXT NOT NULL DEFAULT 'shipment';

ALTER TABLE order_line ADD COLUMN returned BIGINT NOT NULL DEFAULT 0
    CONSTRAINT order_line_returned_once CHECK (returned BETWEEN 0 AND quantity);
ALTER TABLE order_line ADD COLUMN refunded BIGINT NOT NULL DEFAULT 0
    CONSTRAINT order_line_refunded_once CHECK (refunded BETWEEN 0 AND quantity);

-- Refunds that were asked for. The id is that of the task that asks the gateway, and the key by which the payments
-- service knows a repeated question. The row outlives the task, so that an answer that comes twice counts once.
CREATE TABLE order_refund (
    refund_id TEXT PRIMARY KEY,
    order_id  TEXT NOT NULL REFERENCES order_ (order_id),
    attempt   BIGINT NOT NULL,
    amount    BIGINT NOT NULL CONSTRAINT order_refund_amount_positive CHECK (amount > 0),
    -- The pieces that it is for; none if it is for an amount.
    pieces    TEXT NOT NULL,
    state     TEXT NOT NULL CONSTRAINT order_refund_state_known CHECK (state IN ('asked', 'done', 'refused')),
    asked_at  BIGINT NOT NULL
);
CREATE INDEX order_refund_order ON order_refund (order_id);
