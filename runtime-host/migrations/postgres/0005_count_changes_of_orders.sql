-- How often an order was changed. Whoever holds an order's row and knows the order as it stood after that many changes
-- need not read it again.
ALTER TABLE order_ ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- Documents that nobody looks into, only at: kept as the text they came in, because taking them apart and putting them
-- together again is a third of what writing an order costs.
ALTER TABLE promotion ALTER COLUMN rule TYPE JSON;
ALTER TABLE cart ALTER COLUMN promotions TYPE JSON, ALTER COLUMN delivery TYPE JSON;
ALTER TABLE order_
    ALTER COLUMN promotions TYPE JSON,
    ALTER COLUMN shipping_address TYPE JSON,
    ALTER COLUMN billing_address TYPE JSON,
    ALTER COLUMN shipments TYPE JSON;
ALTER TABLE order_refund ALTER COLUMN pieces TYPE JSON;
ALTER TABLE task ALTER COLUMN payload TYPE JSON;
ALTER TABLE outbox ALTER COLUMN data TYPE JSON;
