-- How often an order was changed. Whoever holds an order's row and knows the order as it stood after that many changes
-- need not read it again.
ALTER TABLE order_ ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
