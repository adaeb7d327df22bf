//! The statements in SQLite's words. `$1` is a JSON text that `json_each` turns into rows.

use crate::store::{
    audit_statements::audit_statements, engine::Statement, staff_statements::staff_statements,
};

audit_statements!(
    "SELECT $1 ->> 'now' AS now, $1 ->> 'overdue_before' AS overdue_before, $1 ->> 'tries_max' AS tries_max,
         $1 ->> 'keys_max' AS keys_max",
    "json_object"
);

staff_statements!(
    "SELECT $1 ->> 'now' AS now, $1 ->> 'before' AS before, $1 ->> 'not_before' AS not_before,
         $1 ->> 'after' AS after, $1 ->> 'state' AS state, $1 ->> 'email' AS email,
         $1 ->> 'number' AS number, $1 ->> 'sku' AS sku, $1 ->> 'placed_from' AS placed_from,
         $1 ->> 'placed_to' AS placed_to, $1 ->> 'looked_max' AS looked_max,
         $1 ->> 'rows_max' AS rows_max, $1 ->> 'day_from' AS day_from, $1 ->> 'day_to' AS day_to,
         $1 ->> 'due_before' AS due_before, $1 ->> 'overdue_before' AS overdue_before,
         $1 ->> 'tries_min' AS tries_min, $1 ->> 'captured_before' AS captured_before,
         $1 ->> 'refused_since' AS refused_since, $1 ->> 'below' AS below,
         $1 ->> 'after_sku' AS after_sku, $1 ->> 'after_code' AS after_code,
         $1 ->> 'before_at' AS before_at, $1 ->> 'before_id' AS before_id, $1 ->> 'actor' AS actor,
         $1 ->> 'subject' AS subject, $1 ->> 'subscriber' AS subscriber, $1 ->> 'key' AS key",
    "json_object"
);

/// The text of `statement`; none where SQLite needs none, because its one writer holds everything anyway.
#[expect(clippy::too_many_lines, reason = "a table of texts, one each")]
pub const fn sql(statement: Statement) -> Option<&'static str> {
    Some(match statement {
        Statement::LockCarts | Statement::Announce => return None,
        Statement::Offers => {
            "SELECT json_object('sku', sku, 'title', title, 'price', price, 'currency', currency,
                 'tax_class', tax_class, 'weight_grams', weight_grams, 'version', version,
                 'active', json(iif(active, 'true', 'false')))
             FROM offer WHERE sku IN (SELECT value FROM json_each($1))"
        }
        Statement::Promotions => {
            "SELECT json_object('code', code, 'title', title, 'rule', json(rule),
                 'minimum_subtotal', minimum_subtotal, 'version', version, 'starts_at', starts_at,
                 'ends_at', ends_at)
             FROM promotion WHERE code IN (SELECT value FROM json_each($1))"
        }
        Statement::Stock | Statement::LockedStock => {
            "SELECT json_object('sku', sku, 'on_hand', on_hand, 'reserved', reserved)
             FROM stock WHERE sku IN (SELECT value FROM json_each($1))"
        }
        Statement::Carts => {
            "SELECT json_object('cart_id', cart_id, 'token_hash', token_hash, 'user_id', user_id,
                 'version', version, 'promotions', json(promotions), 'delivery', json(delivery),
                 'saved', json(saved), 'updated_at', updated_at,
                 'lines', (SELECT json_group_array(json_object('sku', sku, 'quantity', quantity)
                                                   ORDER BY added_at, sku)
                           FROM cart_line WHERE cart_line.cart_id = cart.cart_id))
             FROM cart
             WHERE token_hash IN (SELECT value FROM json_each($1, '$.guests'))
                OR user_id IN (SELECT value FROM json_each($1, '$.users'))
                OR cart_id IN (SELECT value FROM json_each($1, '$.ids'))"
        }
        Statement::Orders => {
            "SELECT json_object('order_id', order_id, 'number', number, 'cart_id', cart_id, 'user_id', user_id,
                 'access_token_hash', access_token_hash, 'email', email, 'state', state,
                 'payment_state', payment_state, 'stock_state', stock_state, 'attempt', attempt,
                 'currency', currency, 'subtotal', subtotal, 'discount', discount, 'shipping', shipping,
                 'tax', tax, 'total', total, 'refunded', refunded, 'refunding', refunding, 'capture', capture,
                 'promotions', json(promotions),
                 'shipping_address', json(shipping_address), 'billing_address', json(billing_address),
                 'shipping_method', shipping_method, 'payment_method', payment_method,
                 'redirect_url', redirect_url, 'decline_reason', decline_reason, 'shipments', json(shipments),
                 'placed_at', placed_at, 'version', version,
                 'lines', (SELECT json_group_array(json_object('sku', sku, 'title', title,
                                      'unit_price', unit_price, 'quantity', quantity, 'returned', returned,
                                      'refunded', order_line.refunded) ORDER BY position)
                           FROM order_line WHERE order_line.order_id = order_.order_id),
                 'payments', (SELECT json_group_array(payment_id ORDER BY attempt)
                              FROM order_payment WHERE order_payment.order_id = order_.order_id),
                 'history', (SELECT json_group_array(json_object('state', state, 'note', note, 'at', at)
                                                     ORDER BY position)
                             FROM order_event WHERE order_event.order_id = order_.order_id))
             FROM order_ WHERE order_id IN (SELECT value FROM json_each($1))"
        }
        Statement::LockOrders | Statement::OrderVersions => {
            "SELECT json_object('order_id', order_id, 'version', version)
             FROM order_ WHERE order_id IN (SELECT value FROM json_each($1))"
        }
        Statement::OrderIdsOfUser => {
            "SELECT json_quote(order_id) FROM order_
             WHERE user_id = $1 ->> 'user' AND order_id < $1 ->> 'before'
             ORDER BY order_id DESC LIMIT $1 ->> 'limit'"
        }
        Statement::OrderIds => {
            "SELECT json_quote(order_id) FROM order_ WHERE order_id < $1 ->> 'before'
             ORDER BY order_id DESC LIMIT $1 ->> 'limit'"
        }
        Statement::Wishes => {
            "SELECT json_object('wish_id', wish_id, 'user_id', user_id, 'sku', sku, 'price', price,
                 'currency', currency, 'added_at', added_at)
             FROM wish WHERE user_id = $1 ->> 'user' AND wish_id < $1 ->> 'before'
             ORDER BY wish_id DESC LIMIT $1 ->> 'limit'"
        }
        Statement::Wish => {
            "SELECT json_object('wish_id', wish_id, 'user_id', user_id, 'sku', sku, 'price', price,
                 'currency', currency, 'added_at', added_at)
             FROM wish WHERE user_id = $1 ->> 'user' AND sku = $1 ->> 'sku'"
        }
        Statement::CountWishes => "SELECT CAST(count(*) AS TEXT) FROM wish WHERE user_id = $1 ->> 'user'",
        Statement::ForgetWishes => "DELETE FROM wish WHERE user_id = $1 ->> 'user' RETURNING 'null'",
        Statement::LeaseCartReminders => {
            "UPDATE cart_reminder SET due_at = $1 ->> 'leased_until'
             WHERE cart_id IN (SELECT cart_id FROM cart_reminder WHERE due_at <= $1 ->> 'now'
                               ORDER BY due_at LIMIT $1 ->> 'limit')
             RETURNING (SELECT json_object('cart_id', cart.cart_id, 'user_id', user_id, 'version', version,
                            'updated_at', updated_at,
                            'has_lines', json(iif(EXISTS (SELECT 1 FROM cart_line
                                                          WHERE cart_line.cart_id = cart.cart_id),
                                                  'true', 'false')))
                        FROM cart WHERE cart.cart_id = cart_reminder.cart_id)"
        }
        Statement::NextCartReminder => {
            "SELECT coalesce(CAST(min(due_at) AS TEXT), 'null') FROM cart_reminder WHERE $1 IS NOT NULL"
        }
        // One writer at a time, so all numbers after the largest are free.
        Statement::OrderNumbers => {
            "WITH RECURSIVE free (number) AS (
                 SELECT max($1 ->> 'after', (SELECT coalesce(max(number), 1000) FROM order_)) + 1
                 UNION ALL SELECT number + 1 FROM free LIMIT $1 ->> 'count')
             SELECT CAST(number AS TEXT) FROM free"
        }
        Statement::Idempotency => {
            "SELECT json_object('owner', owner, 'key', key, 'request_hash', request_hash, 'order_id', order_id,
                 'access_token', access_token, 'at', at)
             FROM idempotency
             WHERE (owner, key) IN (SELECT value ->> 'owner', value ->> 'key' FROM json_each($1))"
        }
        Statement::ExpiredReservations => {
            "SELECT json_quote(order_id) FROM reservation WHERE expires_at <= $1 ->> 'now'
             ORDER BY expires_at LIMIT $1 ->> 'limit'"
        }
        Statement::LeaseTasks => {
            "UPDATE task SET leased_until = $1 ->> 'leased_until', tries = tries + 1
             WHERE task_id IN (SELECT task_id FROM task
                               WHERE run_at <= $1 ->> 'now' AND leased_until <= $1 ->> 'now'
                               ORDER BY run_at LIMIT $1 ->> 'limit')
             RETURNING json_object('task_id', task_id, 'order_id', order_id, 'payload', json(payload),
                 'tries', tries, 'run_at', run_at, 'leased_until', leased_until,
                 'traceparent', traceparent)"
        }
        // Only the oldest of a subject is taken, so that a subscriber hears of one order's steps in order. A dead
        // letter no longer holds the later ones up: staff have been told of it.
        Statement::LeaseDeliveries => {
            "UPDATE delivery SET leased_until = $1 ->> 'leased_until', tries = tries + 1
             WHERE subscriber = $1 ->> 'subscriber' AND outbox_id IN (
                 SELECT outbox_id FROM delivery AS oldest
                 WHERE subscriber = $1 ->> 'subscriber' AND run_at <= $1 ->> 'now'
                   AND leased_until <= $1 ->> 'now' AND NOT dead
                   AND NOT EXISTS (SELECT 1 FROM delivery AS older
                                   WHERE older.subscriber = oldest.subscriber AND older.subject = oldest.subject
                                     AND older.outbox_id < oldest.outbox_id AND NOT older.dead)
                 ORDER BY run_at LIMIT $1 ->> 'limit')
             RETURNING json_object('subscriber', subscriber, 'outbox_id', outbox_id, 'tries', tries)"
        }
        // What waits for an older one of its subject is woken by that one's end, not by time. In the order of the
        // index, so that a long queue is not read to its end each time.
        Statement::NextDelivery => {
            "SELECT coalesce(CAST(min(due) AS TEXT), 'null') FROM (
                 SELECT (SELECT run_at FROM delivery AS oldest
                         WHERE subscriber = $1 ->> 'subscriber' AND leased_until <= $1 ->> 'now' AND NOT dead
                           AND NOT EXISTS (SELECT 1 FROM delivery AS older
                                           WHERE older.subscriber = oldest.subscriber
                                             AND older.subject = oldest.subject
                                             AND older.outbox_id < oldest.outbox_id AND NOT older.dead)
                         ORDER BY run_at LIMIT 1) AS due
                 UNION ALL
                 SELECT min(leased_until) FROM delivery
                 WHERE subscriber = $1 ->> 'subscriber' AND leased_until > 0 AND leased_until > $1 ->> 'now')"
        }
        Statement::AwaitedSubscribers => {
            "SELECT DISTINCT json_quote(subscriber) FROM delivery WHERE NOT dead AND $1 IS NOT NULL ORDER BY 1"
        }
        Statement::BuryDeliveries => {
            "UPDATE delivery SET dead = TRUE, leased_until = 0, last_error = $1 ->> 'error'
             WHERE subscriber = $1 ->> 'subscriber' AND NOT dead RETURNING 'null'"
        }
        Statement::DeadLetters => {
            "SELECT json_object('subscriber', subscriber, 'tries', tries, 'last_error', last_error,
                 'event', json_object(
                     'outbox_id', outbox.outbox_id, 'event_id', event_id, 'kind', kind,
                     'subject', outbox.subject, 'data', json(data), 'at', at,
                     'traceparent', outbox.traceparent))
             FROM delivery JOIN outbox ON outbox.outbox_id = delivery.outbox_id
             WHERE dead AND ($1 ->> 'subscriber' IS NULL OR subscriber = $1 ->> 'subscriber')
               AND ($1 ->> 'event_id' IS NULL OR event_id = $1 ->> 'event_id')
               AND (delivery.outbox_id, subscriber) > ($1 ->> 'after_outbox_id', $1 ->> 'after_subscriber')
             ORDER BY delivery.outbox_id, subscriber LIMIT $1 ->> 'limit'"
        }
        Statement::ReplayDeadLetters => {
            "UPDATE delivery SET dead = FALSE, tries = 0, run_at = $1 ->> 'now', leased_until = 0
             WHERE dead AND ($1 ->> 'subscriber' IS NULL OR subscriber = $1 ->> 'subscriber')
               AND ($1 ->> 'event_id' IS NULL
                    OR outbox_id = (SELECT outbox_id FROM outbox WHERE event_id = $1 ->> 'event_id'))
             RETURNING 'null'"
        }
        Statement::DropDeadLetters => {
            "DELETE FROM delivery
             WHERE dead AND ($1 ->> 'subscriber' IS NULL OR subscriber = $1 ->> 'subscriber')
               AND ($1 ->> 'event_id' IS NULL
                    OR outbox_id = (SELECT outbox_id FROM outbox WHERE event_id = $1 ->> 'event_id'))
             RETURNING 'null'"
        }
        Statement::OldestConfirmedEvent => {
            "SELECT CAST(at AS TEXT) FROM outbox
             WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.outbox_id = outbox.outbox_id)
               AND $1 IS NOT NULL
             ORDER BY at LIMIT 1"
        }
        Statement::DeleteConfirmedEvents => {
            "DELETE FROM outbox WHERE outbox_id IN (
                 SELECT outbox_id FROM outbox
                 WHERE at < $1 ->> 'before'
                   AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.outbox_id = outbox.outbox_id)
                 ORDER BY at LIMIT $1 ->> 'limit')
             RETURNING 'null'"
        }
        Statement::Events => {
            "SELECT json_object('outbox_id', outbox_id, 'event_id', event_id, 'kind', kind, 'subject', subject,
                 'data', json(data), 'at', at, 'traceparent', outbox.traceparent)
             FROM outbox WHERE outbox_id IN (SELECT value FROM json_each($1))"
        }
        Statement::NextDue => {
            "SELECT coalesce(CAST(min(due) AS TEXT), 'null') FROM (
                 SELECT min(max(run_at, leased_until)) AS due FROM task
                 UNION ALL SELECT min(expires_at) FROM reservation)
             WHERE $1 IS NOT NULL"
        }
        Statement::AppliedMigrations => {
            "SELECT CAST(version AS TEXT) FROM _sqlx_migrations WHERE success AND $1 IS NOT NULL"
        }
        Statement::Audit(question) => audit_sql(question),
        Statement::Staff(question) => staff_sql(question),
        Statement::ReleaseTasks => "UPDATE task SET leased_until = 0 WHERE leased_until > 0 AND $1 IS NOT NULL",
        Statement::ReleaseDeliveries => {
            "UPDATE delivery SET leased_until = 0 WHERE leased_until > 0 AND $1 IS NOT NULL"
        }

        Statement::PutOffers => {
            "INSERT INTO offer (sku, title, price, currency, tax_class, weight_grams, version, active)
             SELECT value ->> 'sku', value ->> 'title', value ->> 'price', value ->> 'currency',
                 value ->> 'tax_class', value ->> 'weight_grams', value ->> 'version', value ->> 'active'
             FROM json_each($1) WHERE true
             ON CONFLICT (sku) DO UPDATE SET title = excluded.title, price = excluded.price,
                 currency = excluded.currency, tax_class = excluded.tax_class,
                 weight_grams = excluded.weight_grams, version = excluded.version, active = excluded.active
             WHERE excluded.version > offer.version"
        }
        // Only the version after the one that is there: whoever was quicker is not overwritten.
        Statement::PutPromotion => {
            "INSERT INTO promotion (code, title, rule, minimum_subtotal, version, starts_at, ends_at)
             SELECT value ->> 'code', value ->> 'title', value ->> 'rule', value ->> 'minimum_subtotal',
                 value ->> 'version', value ->> 'starts_at', value ->> 'ends_at'
             FROM json_each($1) WHERE true
             ON CONFLICT (code) DO UPDATE SET title = excluded.title, rule = excluded.rule,
                 minimum_subtotal = excluded.minimum_subtotal, version = excluded.version,
                 starts_at = excluded.starts_at, ends_at = excluded.ends_at
             WHERE excluded.version = promotion.version + 1
             RETURNING 'null'"
        }
        Statement::InsertStock => "INSERT INTO stock (sku, on_hand) SELECT value, 0 FROM json_each($1)",
        Statement::ChangeStock => {
            "UPDATE stock SET on_hand = stock.on_hand + (change.value ->> 'on_hand'),
                 reserved = stock.reserved + (change.value ->> 'reserved')
             FROM json_each($1) AS change WHERE stock.sku = change.value ->> 'sku'"
        }
        Statement::InsertStockMovements => {
            "INSERT INTO stock_movement (stock_movement_id, sku, pieces, order_id, note, at, staff_id,
                 idempotency_key)
             SELECT value ->> 'stock_movement_id', value ->> 'sku', value ->> 'pieces', value ->> 'order_id',
                 value ->> 'note', value ->> 'at', value ->> 'staff_id', value ->> 'idempotency_key'
             FROM json_each($1)"
        }
        Statement::PutCarts => {
            "INSERT INTO cart (cart_id, token_hash, user_id, version, promotions, delivery, saved, updated_at)
             SELECT value ->> 'cart_id', value ->> 'token_hash', value ->> 'user_id', value ->> 'version',
                 value ->> 'promotions', value ->> 'delivery', value ->> 'saved', value ->> 'updated_at'
             FROM json_each($1) WHERE true
             ON CONFLICT (cart_id) DO UPDATE SET version = excluded.version, promotions = excluded.promotions,
                 delivery = excluded.delivery, saved = excluded.saved, updated_at = excluded.updated_at"
        }
        Statement::PutCartLines => {
            "INSERT INTO cart_line (cart_id, sku, quantity, added_at)
             SELECT value ->> 'cart_id', value ->> 'sku', value ->> 'quantity', value ->> 'added_at'
             FROM json_each($1) WHERE true
             ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity"
        }
        Statement::DeleteCartLines => {
            "DELETE FROM cart_line
             WHERE (cart_id, sku) IN (SELECT value ->> 'cart_id', value ->> 'sku' FROM json_each($1))"
        }
        Statement::DeleteCarts => "DELETE FROM cart WHERE cart_id IN (SELECT value FROM json_each($1))",
        Statement::InsertCartReminders => {
            "INSERT INTO cart_reminder (cart_id, due_at)
             SELECT value ->> 'cart_id', value ->> 'due_at' FROM json_each($1) WHERE true
             ON CONFLICT (cart_id) DO NOTHING"
        }
        Statement::PostponeCartReminders => {
            "UPDATE cart_reminder SET due_at = change.value ->> 'due_at'
             FROM json_each($1) AS change WHERE cart_reminder.cart_id = change.value ->> 'cart_id'"
        }
        Statement::DeleteCartReminders => {
            "DELETE FROM cart_reminder WHERE cart_id IN (SELECT value FROM json_each($1))"
        }
        Statement::InsertWishes => {
            "INSERT INTO wish (wish_id, user_id, sku, price, currency, added_at)
             SELECT value ->> 'wish_id', value ->> 'user_id', value ->> 'sku', value ->> 'price',
                 value ->> 'currency', value ->> 'added_at'
             FROM json_each($1) WHERE true
             ON CONFLICT (user_id, sku) DO NOTHING"
        }
        Statement::DeleteWishes => {
            "DELETE FROM wish
             WHERE (user_id, sku) IN (SELECT value ->> 'user_id', value ->> 'sku' FROM json_each($1))"
        }
        Statement::InsertOrders => {
            "INSERT INTO order_ (order_id, number, cart_id, user_id, access_token_hash, email, state,
                 payment_state, stock_state, attempt, currency, subtotal, discount, shipping, tax, total,
                 refunded, refunding, capture, promotions, shipping_address, billing_address, shipping_method,
                 payment_method, redirect_url, decline_reason, shipments, placed_at, version)
             SELECT value ->> 'order_id', value ->> 'number', value ->> 'cart_id', value ->> 'user_id',
                 value ->> 'access_token_hash', value ->> 'email', value ->> 'state', value ->> 'payment_state',
                 value ->> 'stock_state', value ->> 'attempt', value ->> 'currency', value ->> 'subtotal',
                 value ->> 'discount', value ->> 'shipping', value ->> 'tax', value ->> 'total',
                 value ->> 'refunded', value ->> 'refunding', value ->> 'capture', value ->> 'promotions',
                 value ->> 'shipping_address', value ->> 'billing_address', value ->> 'shipping_method',
                 value ->> 'payment_method', value ->> 'redirect_url', value ->> 'decline_reason',
                 value ->> 'shipments', value ->> 'placed_at', value ->> 'version'
             FROM json_each($1)"
        }
        Statement::UpdateOrders => {
            "UPDATE order_ SET state = change.value ->> 'state', payment_state = change.value ->> 'payment_state',
                 stock_state = change.value ->> 'stock_state', attempt = change.value ->> 'attempt',
                 refunded = change.value ->> 'refunded', refunding = change.value ->> 'refunding',
                 payment_method = change.value ->> 'payment_method',
                 redirect_url = change.value ->> 'redirect_url',
                 decline_reason = change.value ->> 'decline_reason', shipments = change.value ->> 'shipments',
                 version = change.value ->> 'version'
             FROM json_each($1) AS change WHERE order_.order_id = change.value ->> 'order_id'"
        }
        Statement::InsertOrderLines => {
            "INSERT INTO order_line (order_id, position, sku, title, unit_price, quantity)
             SELECT value ->> 'order_id', value ->> 'position', value ->> 'sku', value ->> 'title',
                 value ->> 'unit_price', value ->> 'quantity'
             FROM json_each($1)"
        }
        Statement::UpdateOrderLines => {
            "UPDATE order_line SET returned = change.value ->> 'returned', refunded = change.value ->> 'refunded'
             FROM json_each($1) AS change
             WHERE order_line.order_id = change.value ->> 'order_id' AND order_line.sku = change.value ->> 'sku'"
        }
        Statement::OrderRefunds => {
            "SELECT json_object('refund_id', refund_id, 'order_id', order_id, 'attempt', attempt,
                 'amount', amount, 'pieces', json(pieces), 'state', state, 'asked_at', asked_at,
                 'currency', (SELECT currency FROM order_ WHERE order_.order_id = order_refund.order_id))
             FROM order_refund WHERE refund_id IN (SELECT value FROM json_each($1))"
        }
        Statement::InsertOrderRefunds => {
            "INSERT INTO order_refund (refund_id, order_id, attempt, amount, pieces, state, asked_at)
             SELECT value ->> 'refund_id', value ->> 'order_id', value ->> 'attempt', value ->> 'amount',
                 value ->> 'pieces', value ->> 'state', value ->> 'asked_at'
             FROM json_each($1)"
        }
        Statement::CloseOrderRefunds => {
            "UPDATE order_refund SET state = change.value ->> 'state'
             FROM json_each($1) AS change WHERE order_refund.refund_id = change.value ->> 'refund_id'"
        }
        Statement::InsertOrderPayments => {
            "INSERT INTO order_payment (order_id, attempt, payment_id)
             SELECT value ->> 'order_id', value ->> 'attempt', value ->> 'payment_id' FROM json_each($1)"
        }
        Statement::InsertOrderEvents => {
            "INSERT INTO order_event (order_id, position, state, note, at)
             SELECT value ->> 'order_id', value ->> 'position', value ->> 'state', value ->> 'note',
                 value ->> 'at'
             FROM json_each($1)"
        }
        Statement::InsertIdempotency => {
            "INSERT INTO idempotency (owner, key, request_hash, order_id, access_token, at)
             SELECT value ->> 'owner', value ->> 'key', value ->> 'request_hash', value ->> 'order_id',
                 value ->> 'access_token', value ->> 'at'
             FROM json_each($1)"
        }
        Statement::InsertReservations => {
            "INSERT INTO reservation (order_id, expires_at)
             SELECT value ->> 'order_id', value ->> 'expires_at' FROM json_each($1)"
        }
        Statement::DeleteReservations => {
            "DELETE FROM reservation WHERE order_id IN (SELECT value FROM json_each($1))"
        }
        Statement::InsertTasks => {
            "INSERT INTO task (task_id, order_id, kind, payload, tries, run_at, leased_until, traceparent)
             SELECT value ->> 'task_id', value ->> 'order_id', value ->> 'kind', value ->> 'payload',
                 value ->> 'tries', value ->> 'run_at', value ->> 'leased_until', value ->> 'traceparent'
             FROM json_each($1)"
        }
        Statement::DeleteTasks => "DELETE FROM task WHERE task_id IN (SELECT value FROM json_each($1))",
        Statement::PostponeTasks => {
            "UPDATE task SET run_at = change.value ->> 'run_at', leased_until = 0
             FROM json_each($1) AS change
             WHERE task.task_id = change.value ->> 'task_id' AND task.tries = change.value ->> 'tries'"
        }
        Statement::InsertEvents => {
            "INSERT INTO outbox (event_id, kind, subject, data, at, traceparent)
             SELECT value ->> 'event_id', value ->> 'kind', value ->> 'subject', value ->> 'data', value ->> 'at',
                 value ->> 'traceparent'
             FROM json_each($1) ORDER BY key"
        }
        Statement::InsertDeliveries => {
            "INSERT INTO delivery (subscriber, outbox_id, subject, run_at)
             SELECT value ->> 'subscriber', outbox_id, subject, at
             FROM json_each($1) JOIN outbox ON outbox.event_id = value ->> 'event_id'"
        }
        Statement::DeleteDeliveries => {
            "DELETE FROM delivery WHERE (subscriber, outbox_id) IN (
                 SELECT value ->> 'subscriber', value ->> 'outbox_id' FROM json_each($1))"
        }
        Statement::PostponeDeliveries => {
            "UPDATE delivery SET run_at = change.value ->> 'run_at', leased_until = 0,
                 dead = change.value ->> 'dead', last_error = change.value ->> 'last_error'
             FROM json_each($1) AS change
             WHERE delivery.subscriber = change.value ->> 'subscriber'
               AND delivery.outbox_id = change.value ->> 'outbox_id'
               AND delivery.tries = change.value ->> 'tries'"
        }
        Statement::CountSales => {
            "INSERT INTO sales_day (day, currency, slot, carts, orders, gross, refunded)
             SELECT value ->> 'day', value ->> 'currency', 0, value ->> 'carts', value ->> 'orders',
                 value ->> 'gross', value ->> 'refunded'
             FROM json_each($1) WHERE true
             ON CONFLICT (day, currency, slot) DO UPDATE SET carts = sales_day.carts + excluded.carts,
                 orders = sales_day.orders + excluded.orders, gross = sales_day.gross + excluded.gross,
                 refunded = sales_day.refunded + excluded.refunded"
        }
        Statement::InsertStaffActions => {
            "INSERT INTO staff_action (staff_action_id, at, actor_id, service, action, subject, detail, outcome)
             SELECT value ->> 'staff_action_id', value ->> 'at', value ->> 'actor_id', value ->> 'service',
                 value ->> 'action', value ->> 'subject', value ->> 'detail', value ->> 'outcome'
             FROM json_each($1) WHERE true
             ON CONFLICT (staff_action_id) DO NOTHING"
        }
        // To within five seconds, so that a busy subscriber's row is not written with every event.
        Statement::NoteSuccesses => {
            "INSERT INTO subscriber_success (subscriber, slot, at)
             SELECT value ->> 'subscriber', 0, value ->> 'at' FROM json_each($1) WHERE true
             ON CONFLICT (subscriber, slot) DO UPDATE SET at = excluded.at
             WHERE excluded.at > subscriber_success.at + 5000"
        }
    })
}
