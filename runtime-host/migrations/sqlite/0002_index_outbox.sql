-- The ways in which the outbox is asked.

-- Deliveries are taken for one subscriber at a time, so that each has room of its own.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (subscriber, run_at) WHERE NOT dead;

-- What is under way: a handful of rows, however long the queue.
CREATE INDEX delivery_leased ON delivery (subscriber, leased_until) WHERE leased_until > 0;

-- Dead letters in the order in which staff page through them.
CREATE INDEX delivery_dead ON delivery (outbox_id, subscriber) WHERE dead;

-- Which events everybody has heard of, and which of these are old enough to go.
CREATE INDEX delivery_outbox ON delivery (outbox_id);
CREATE INDEX outbox_at ON outbox (at);
