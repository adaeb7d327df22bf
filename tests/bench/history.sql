-- Years of selling: as many skus and delivered orders as is said, each order of a line of one piece.
-- Ids sort by time, as those of real orders do.
CREATE FUNCTION pg_temp.id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT (lpad(to_hex(1700000000000 + number), 12, '0') || '7000' || kind || lpad(to_hex(number), 12, '0'))::uuid $$;

INSERT INTO till.offer (sku, title, price, currency, tax_class, weight_grams, version, active)
SELECT 'HISTORY-' || number, 'Bench', 1000, 'USD', 'standard', 100, 1, TRUE
FROM generate_series(1, {skus}) AS number;

INSERT INTO till.stock (sku, on_hand)
SELECT 'HISTORY-' || number, 1000000 FROM generate_series(1, {skus}) AS number;

-- What came in is what is there and what was sold.
INSERT INTO till.stock_movement (stock_movement_id, sku, pieces, order_id, note, at)
SELECT pg_temp.id('8001', number), 'HISTORY-' || number,
    1000000 + {orders} / {skus} + CASE WHEN number <= {orders} % {skus} THEN 1 ELSE 0 END, NULL, 'bench', 1700000000000
FROM generate_series(1, {skus}) AS number;

INSERT INTO till.order_ (order_id, number, cart_id, email, state, payment_state, stock_state, attempt, currency,
    subtotal, discount, shipping, tax, total, refunded, promotions, shipping_address, billing_address,
    shipping_method, payment_method, shipments, placed_at)
SELECT pg_temp.id('8000', number), nextval('till.order_number'), pg_temp.id('8002', number), 'hanna@merkato.example',
    'delivered', 'captured', 'sold', 1, 'USD', 1000, 0, 500, 0, 1500, 0, '[]', address, address, 'standard', 'card',
    '[]', 1700000000000 + number
FROM generate_series(1, {orders}) AS number,
    (SELECT '{"name": "Hanna Bekele", "line1": "12 Market Street", "city": "Portland", "region": "OR",
              "postal_code": "97201", "country": "US"}'::jsonb AS address) AS known;

INSERT INTO till.order_line (order_id, position, sku, title, unit_price, quantity)
SELECT pg_temp.id('8000', number), 0, 'HISTORY-' || 1 + (number - 1) % {skus}, 'Bench', 1000, 1
FROM generate_series(1, {orders}) AS number;

INSERT INTO till.stock_movement (stock_movement_id, sku, pieces, order_id, note, at)
SELECT pg_temp.id('8003', number), 'HISTORY-' || 1 + (number - 1) % {skus}, -1, pg_temp.id('8000', number), 'sold',
    1700000000000 + number
FROM generate_series(1, {orders}) AS number;

INSERT INTO till.order_payment (order_id, attempt, payment_id)
SELECT pg_temp.id('8000', number), 1, pg_temp.id('8004', number) FROM generate_series(1, {orders}) AS number;

INSERT INTO till.order_event (order_id, position, state, note, at)
SELECT pg_temp.id('8000', number), position, state, 'bench', 1700000000000 + number
FROM generate_series(1, {orders}) AS number,
    (VALUES (1, 'pending_payment'), (2, 'confirmed'), (3, 'shipped'), (4, 'delivered')) AS step (position, state);

INSERT INTO till.sales_day (day, currency, slot, carts, orders, gross, refunded)
SELECT (1700000000000 + number) / 86400000, 'USD', 0, count(*), count(*), sum(1500), 0
FROM generate_series(1, {orders}) AS number GROUP BY 1;

INSERT INTO till.idempotency (owner, key, request_hash, order_id, at)
SELECT 'guest:' || number, 'bench', '', pg_temp.id('8000', number), 1700000000000 + number
FROM generate_series(1, {orders}) AS number;

ANALYZE;
