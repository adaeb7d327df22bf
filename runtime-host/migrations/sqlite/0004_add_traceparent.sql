-- The W3C trace context of the request that asked for a task or caused an event, so that what is done about it after
-- the commit belongs to the same trace. None where nobody gave one.
ALTER TABLE task ADD COLUMN traceparent TEXT;
ALTER TABLE outbox ADD COLUMN traceparent TEXT;
