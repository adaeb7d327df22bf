-- A payment that is being taken or let go has a state of its own, so that of the two only one can be under way.
ALTER TABLE payment DROP CONSTRAINT payment_state_known;
ALTER TABLE payment ADD CONSTRAINT payment_state_known
    CHECK (state IN ('asking', 'challenged', 'pending', 'approved', 'declined', 'capturing', 'captured',
                     'voiding', 'voided'));

-- Event ids are the gateway's own: another gateway may use the same ones.
ALTER TABLE webhook_event ADD COLUMN gateway TEXT;
UPDATE webhook_event SET gateway = payment.gateway FROM payment WHERE payment.payment_id = webhook_event.payment_id;
DELETE FROM webhook_event WHERE gateway IS NULL;
ALTER TABLE webhook_event ALTER COLUMN gateway SET NOT NULL;
ALTER TABLE webhook_event DROP CONSTRAINT webhook_event_key;
ALTER TABLE webhook_event ADD CONSTRAINT webhook_event_key PRIMARY KEY (gateway, event_id);

-- When the gateway refused a refund for good, and why.
ALTER TABLE refund ADD COLUMN refused_at BIGINT;
ALTER TABLE refund ADD COLUMN reason TEXT;
