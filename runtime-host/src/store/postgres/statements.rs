//! The statements in PostgreSQL's words. `$1` is a JSON text that `json_populate_recordset` turns into rows.
//!
//! Keys are collected into an array first (`ANY(ARRAY(...))`), because the planner then looks each up in the index.

use crate::store::{
    audit_statements::audit_statements, engine::Statement, staff_statements::staff_statements,
};

audit_statements!(
    "SELECT * FROM json_to_record($1::json)
         AS terms (now bigint, overdue_before bigint, tries_max bigint, keys_max bigint)",
    "json_build_object"
);

staff_statements!(
    "SELECT * FROM json_to_record($1::json)
         AS terms (now bigint, before uuid, not_before uuid, after uuid, state text, email text, number bigint, sku text,
             placed_from bigint, placed_to bigint, looked_max bigint, rows_max bigint, day_from bigint, day_to bigint,
             due_before bigint, overdue_before bigint, tries_min bigint, captured_before uuid, refused_since bigint,
             below bigint, after_sku text, after_code text, before_at bigint, before_id uuid, actor uuid, subject text,
             subscriber text, key text)",
    "json_build_object"
);

/// The text of `statement`.
#[expect(clippy::too_many_lines, reason = "a table of texts, one each")]
pub const fn sql(statement: Statement) -> &'static str {
    match statement {
        Statement::Offers => {
            "SELECT row_to_json(offer)::text FROM offer
             WHERE sku = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"
        }
        Statement::Promotions => {
            "SELECT row_to_json(promotion)::text FROM promotion
             WHERE code = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"
        }
        Statement::Stock => {
            "SELECT row_to_json(stock)::text FROM stock
             WHERE sku = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"
        }
        Statement::LockedStock => {
            "SELECT row_to_json(stock)::text FROM stock
             WHERE sku = ANY(ARRAY(SELECT json_array_elements_text($1::json)))
             ORDER BY sku FOR UPDATE"
        }
        Statement::Carts => {
            "SELECT row_to_json(cart_with_lines)::text FROM (SELECT cart.*, (
                 SELECT coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity)
                                          ORDER BY added_at, sku), '[]')
                 FROM cart_line WHERE cart_line.cart_id = cart.cart_id) AS lines
             FROM cart
             WHERE token_hash = ANY(ARRAY(SELECT json_array_elements_text($1::json -> 'guests')))
                OR user_id = ANY(ARRAY(SELECT json_array_elements_text($1::json -> 'users')::uuid))
                OR cart_id = ANY(ARRAY(SELECT json_array_elements_text($1::json -> 'ids')::uuid))) AS cart_with_lines"
        }
        // By id, found first: asked for by owner and in key order at once, every cart there is would be looked through.
        Statement::LockCarts => {
            "SELECT to_json(cart_id)::text FROM cart WHERE cart_id = ANY(ARRAY(
                 SELECT cart_id FROM cart
                 WHERE token_hash = ANY(ARRAY(SELECT json_array_elements_text($1::json -> 'guests')))
                 UNION ALL SELECT cart_id FROM cart
                 WHERE user_id = ANY(ARRAY(SELECT json_array_elements_text($1::json -> 'users')::uuid))
                 UNION ALL SELECT json_array_elements_text($1::json -> 'ids')::uuid))
             ORDER BY cart_id FOR UPDATE"
        }
        Statement::Orders => {
            "SELECT row_to_json(whole_order)::text FROM (SELECT order_.*,
                 (SELECT coalesce(json_agg(json_build_object('sku', sku, 'title', title,
                             'unit_price', unit_price, 'quantity', quantity, 'returned', returned,
                             'refunded', order_line.refunded) ORDER BY position), '[]')
                  FROM order_line WHERE order_line.order_id = order_.order_id) AS lines,
                 (SELECT coalesce(json_agg(payment_id ORDER BY attempt), '[]')
                  FROM order_payment WHERE order_payment.order_id = order_.order_id) AS payments,
                 (SELECT coalesce(json_agg(json_build_object('state', order_event.state, 'note', note,
                             'at', at) ORDER BY position), '[]')
                  FROM order_event WHERE order_event.order_id = order_.order_id) AS history
             FROM order_ WHERE order_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid)))
                 AS whole_order"
        }
        Statement::LockOrders => {
            "SELECT json_build_object('order_id', order_id, 'version', version)::text FROM order_
             WHERE order_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid))
             ORDER BY order_id FOR UPDATE"
        }
        Statement::OrderVersions => {
            "SELECT json_build_object('order_id', order_id, 'version', version)::text FROM order_
             WHERE order_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid))"
        }
        Statement::OrderIdsOfUser => {
            "SELECT to_json(order_id)::text FROM order_
             WHERE user_id = ($1::json ->> 'user')::uuid AND order_id < ($1::json ->> 'before')::uuid
             ORDER BY order_id DESC LIMIT ($1::json ->> 'limit')::bigint"
        }
        Statement::OrderIds => {
            "SELECT to_json(order_id)::text FROM order_ WHERE order_id < ($1::json ->> 'before')::uuid
             ORDER BY order_id DESC LIMIT ($1::json ->> 'limit')::bigint"
        }
        Statement::Wishes => {
            "SELECT row_to_json(wish)::text FROM wish
             WHERE user_id = ($1::json ->> 'user')::uuid AND wish_id < ($1::json ->> 'before')::uuid
             ORDER BY wish_id DESC LIMIT ($1::json ->> 'limit')::bigint"
        }
        Statement::Wish => {
            "SELECT row_to_json(wish)::text FROM wish
             WHERE user_id = ($1::json ->> 'user')::uuid AND sku = $1::json ->> 'sku'"
        }
        Statement::CountWishes => {
            "SELECT count(*)::text FROM wish WHERE user_id = ($1::json ->> 'user')::uuid"
        }
        Statement::ForgetWishes => {
            "DELETE FROM wish WHERE user_id = ($1::json ->> 'user')::uuid RETURNING 'null'"
        }
        // SKIP LOCKED: coordinators take different reminders instead of waiting for each other.
        Statement::LeaseCartReminders => {
            "UPDATE cart_reminder SET due_at = ($1::json ->> 'leased_until')::bigint
             FROM cart WHERE cart.cart_id = cart_reminder.cart_id AND cart_reminder.cart_id = ANY(ARRAY(
                 SELECT cart_id FROM cart_reminder WHERE due_at <= ($1::json ->> 'now')::bigint
                 ORDER BY due_at LIMIT ($1::json ->> 'limit')::bigint
                 FOR UPDATE SKIP LOCKED))
             RETURNING json_build_object('cart_id', cart.cart_id, 'user_id', cart.user_id,
                 'version', cart.version, 'updated_at', cart.updated_at,
                 'has_lines', EXISTS (SELECT 1 FROM cart_line WHERE cart_line.cart_id = cart.cart_id))::text"
        }
        Statement::NextCartReminder => {
            "SELECT coalesce(min(due_at)::text, 'null') FROM cart_reminder WHERE $1::text IS NOT NULL"
        }
        // A transaction that fails leaves gaps, which harm nobody.
        Statement::OrderNumbers => {
            "SELECT nextval('order_number')::text FROM generate_series(1, ($1::json ->> 'count')::bigint)"
        }
        Statement::Idempotency => {
            r#"SELECT row_to_json(idempotency)::text
             FROM json_to_recordset($1::json) AS wanted(owner text, key text)
             JOIN idempotency ON idempotency.owner = wanted.owner COLLATE "C"
                             AND idempotency.key = wanted.key COLLATE "C""#
        }
        Statement::ExpiredReservations => {
            "SELECT to_json(order_id)::text FROM reservation WHERE expires_at <= ($1::json ->> 'now')::bigint
             ORDER BY expires_at LIMIT ($1::json ->> 'limit')::bigint"
        }
        // SKIP LOCKED: coordinators take different tasks instead of waiting for each other.
        Statement::LeaseTasks => {
            "UPDATE task SET leased_until = ($1::json ->> 'leased_until')::bigint, tries = tries + 1
             WHERE task_id IN (SELECT task_id FROM task
                               WHERE run_at <= ($1::json ->> 'now')::bigint
                                 AND leased_until <= ($1::json ->> 'now')::bigint
                               ORDER BY run_at LIMIT ($1::json ->> 'limit')::bigint
                               FOR UPDATE SKIP LOCKED)
             RETURNING row_to_json(task)::text"
        }
        // Only the oldest of a subject is taken, so that a subscriber hears of one order's steps in order. A dead
        // letter no longer holds the later ones up: staff have been told of it.
        Statement::LeaseDeliveries => {
            "UPDATE delivery SET leased_until = ($1::json ->> 'leased_until')::bigint, tries = tries + 1
             WHERE subscriber = $1::json ->> 'subscriber' AND outbox_id IN (
                 SELECT outbox_id FROM delivery AS oldest
                 WHERE subscriber = $1::json ->> 'subscriber' AND run_at <= ($1::json ->> 'now')::bigint
                   AND leased_until <= ($1::json ->> 'now')::bigint AND NOT dead
                   AND NOT EXISTS (SELECT 1 FROM delivery AS older
                                   WHERE older.subscriber = oldest.subscriber AND older.subject = oldest.subject
                                     AND older.outbox_id < oldest.outbox_id AND NOT older.dead)
                 ORDER BY run_at LIMIT ($1::json ->> 'limit')::bigint
                 FOR UPDATE SKIP LOCKED)
             RETURNING row_to_json(delivery)::text"
        }
        // What waits for an older one of its subject is woken by that one's end, not by time. In the order of the
        // index, so that a long queue is not read to its end each time.
        Statement::NextDelivery => {
            "SELECT coalesce(min(due)::text, 'null') FROM (
                 SELECT (SELECT run_at FROM delivery AS oldest
                         WHERE subscriber = $1::json ->> 'subscriber'
                           AND leased_until <= ($1::json ->> 'now')::bigint AND NOT dead
                           AND NOT EXISTS (SELECT 1 FROM delivery AS older
                                           WHERE older.subscriber = oldest.subscriber
                                             AND older.subject = oldest.subject
                                             AND older.outbox_id < oldest.outbox_id AND NOT older.dead)
                         ORDER BY run_at LIMIT 1) AS due
                 UNION ALL
                 SELECT min(leased_until) FROM delivery
                 WHERE subscriber = $1::json ->> 'subscriber' AND leased_until > 0
                   AND leased_until > ($1::json ->> 'now')::bigint) AS waiting"
        }
        Statement::AwaitedSubscribers => {
            "SELECT DISTINCT to_json(subscriber)::text FROM delivery
             WHERE NOT dead AND $1::text IS NOT NULL ORDER BY 1"
        }
        Statement::BuryDeliveries => {
            "UPDATE delivery SET dead = TRUE, leased_until = 0, last_error = $1::json ->> 'error'
             WHERE subscriber = $1::json ->> 'subscriber' AND NOT dead RETURNING 'null'"
        }
        Statement::DeadLetters => {
            "SELECT json_build_object('subscriber', subscriber, 'tries', tries, 'last_error', last_error,
                 'event', row_to_json(outbox))::text
             FROM delivery JOIN outbox ON outbox.outbox_id = delivery.outbox_id
             WHERE dead AND ($1::json ->> 'subscriber' IS NULL OR subscriber = $1::json ->> 'subscriber')
               AND ($1::json ->> 'event_id' IS NULL OR event_id = ($1::json ->> 'event_id')::uuid)
               AND (delivery.outbox_id, subscriber)
                   > (($1::json ->> 'after_outbox_id')::bigint, $1::json ->> 'after_subscriber')
             ORDER BY delivery.outbox_id, subscriber LIMIT ($1::json ->> 'limit')::bigint"
        }
        Statement::ReplayDeadLetters => {
            "UPDATE delivery SET dead = FALSE, tries = 0, run_at = ($1::json ->> 'now')::bigint, leased_until = 0
             WHERE dead AND ($1::json ->> 'subscriber' IS NULL OR subscriber = $1::json ->> 'subscriber')
               AND ($1::json ->> 'event_id' IS NULL
                    OR outbox_id = (SELECT outbox_id FROM outbox WHERE event_id = ($1::json ->> 'event_id')::uuid))
             RETURNING 'null'"
        }
        Statement::DropDeadLetters => {
            "DELETE FROM delivery
             WHERE dead AND ($1::json ->> 'subscriber' IS NULL OR subscriber = $1::json ->> 'subscriber')
               AND ($1::json ->> 'event_id' IS NULL
                    OR outbox_id = (SELECT outbox_id FROM outbox WHERE event_id = ($1::json ->> 'event_id')::uuid))
             RETURNING 'null'"
        }
        Statement::OldestConfirmedEvent => {
            "SELECT at::text FROM outbox
             WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.outbox_id = outbox.outbox_id)
               AND $1::text IS NOT NULL
             ORDER BY at LIMIT 1"
        }
        // SKIP LOCKED: two coordinators that tidy up at once do not wait for each other.
        Statement::DeleteConfirmedEvents => {
            "DELETE FROM outbox WHERE outbox_id IN (
                 SELECT outbox_id FROM outbox
                 WHERE at < ($1::json ->> 'before')::bigint
                   AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.outbox_id = outbox.outbox_id)
                 ORDER BY at LIMIT ($1::json ->> 'limit')::bigint
                 FOR UPDATE SKIP LOCKED)
             RETURNING 'null'"
        }
        Statement::Events => {
            "SELECT row_to_json(outbox)::text FROM outbox
             WHERE outbox_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::bigint))"
        }
        Statement::NextDue => {
            "SELECT coalesce(min(due)::text, 'null') FROM (
                 SELECT min(greatest(run_at, leased_until)) AS due FROM task
                 UNION ALL SELECT min(expires_at) FROM reservation) AS next
             WHERE $1::text IS NOT NULL"
        }
        Statement::AppliedMigrations => {
            "SELECT version::text FROM _sqlx_migrations WHERE success AND $1::text IS NOT NULL"
        }
        Statement::Audit(question) => audit_sql(question),
        Statement::Staff(question) => staff_sql(question),
        Statement::ReleaseTasks => {
            "UPDATE task SET leased_until = 0 WHERE leased_until > 0 AND $1::text IS NOT NULL"
        }
        Statement::ReleaseDeliveries => {
            "UPDATE delivery SET leased_until = 0 WHERE leased_until > 0 AND $1::text IS NOT NULL"
        }

        Statement::PutOffers => {
            "INSERT INTO offer SELECT * FROM json_populate_recordset(NULL::offer, $1::json)
             ON CONFLICT (sku) DO UPDATE SET title = excluded.title, price = excluded.price,
                 currency = excluded.currency, tax_class = excluded.tax_class,
                 weight_grams = excluded.weight_grams, version = excluded.version, active = excluded.active
             WHERE excluded.version > offer.version"
        }
        // Only the version after the one that is there: whoever was quicker is not overwritten.
        Statement::PutPromotion => {
            "INSERT INTO promotion SELECT * FROM json_populate_recordset(NULL::promotion, $1::json)
             ON CONFLICT (code) DO UPDATE SET title = excluded.title, rule = excluded.rule,
                 minimum_subtotal = excluded.minimum_subtotal, version = excluded.version,
                 starts_at = excluded.starts_at, ends_at = excluded.ends_at
             WHERE excluded.version = promotion.version + 1
             RETURNING 'null'"
        }
        Statement::InsertStock => {
            "INSERT INTO stock (sku, on_hand) SELECT sku, 0 FROM json_array_elements_text($1::json) AS new(sku)"
        }
        Statement::ChangeStock => {
            "UPDATE stock SET on_hand = stock.on_hand + change.on_hand, reserved = stock.reserved + change.reserved
             FROM json_populate_recordset(NULL::stock, $1::json) AS change WHERE stock.sku = change.sku"
        }
        Statement::InsertStockMovements => {
            "INSERT INTO stock_movement SELECT * FROM json_populate_recordset(NULL::stock_movement, $1::json)"
        }
        Statement::PutCarts => {
            "INSERT INTO cart SELECT * FROM json_populate_recordset(NULL::cart, $1::json)
             ON CONFLICT (cart_id) DO UPDATE SET version = excluded.version, promotions = excluded.promotions,
                 delivery = excluded.delivery, saved = excluded.saved, updated_at = excluded.updated_at"
        }
        Statement::PutCartLines => {
            "INSERT INTO cart_line SELECT * FROM json_populate_recordset(NULL::cart_line, $1::json)
             ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity"
        }
        Statement::DeleteCartLines => {
            "DELETE FROM cart_line USING json_populate_recordset(NULL::cart_line, $1::json) AS gone
             WHERE cart_line.cart_id = gone.cart_id AND cart_line.sku = gone.sku"
        }
        Statement::DeleteCarts => {
            "DELETE FROM cart WHERE cart_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid))"
        }
        Statement::InsertCartReminders => {
            "INSERT INTO cart_reminder SELECT * FROM json_populate_recordset(NULL::cart_reminder, $1::json)
             ON CONFLICT (cart_id) DO NOTHING"
        }
        Statement::PostponeCartReminders => {
            "UPDATE cart_reminder SET due_at = change.due_at
             FROM json_populate_recordset(NULL::cart_reminder, $1::json) AS change
             WHERE cart_reminder.cart_id = change.cart_id"
        }
        Statement::DeleteCartReminders => {
            "DELETE FROM cart_reminder
             WHERE cart_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid))"
        }
        Statement::InsertWishes => {
            "INSERT INTO wish SELECT * FROM json_populate_recordset(NULL::wish, $1::json)
             ON CONFLICT (user_id, sku) DO NOTHING"
        }
        Statement::DeleteWishes => {
            "DELETE FROM wish USING json_populate_recordset(NULL::wish, $1::json) AS gone
             WHERE wish.user_id = gone.user_id AND wish.sku = gone.sku"
        }
        Statement::InsertOrders => {
            "INSERT INTO order_ SELECT * FROM json_populate_recordset(NULL::order_, $1::json)"
        }
        Statement::UpdateOrders => {
            "UPDATE order_ SET state = change.state, payment_state = change.payment_state,
                 stock_state = change.stock_state, attempt = change.attempt, refunded = change.refunded,
                 refunding = change.refunding,
                 payment_method = change.payment_method, redirect_url = change.redirect_url,
                 decline_reason = change.decline_reason, shipments = change.shipments,
                 version = change.version
             FROM json_populate_recordset(NULL::order_, $1::json) AS change
             WHERE order_.order_id = change.order_id"
        }
        Statement::InsertOrderLines => {
            "INSERT INTO order_line SELECT * FROM json_populate_recordset(NULL::order_line, $1::json)"
        }
        Statement::UpdateOrderLines => {
            "UPDATE order_line SET returned = change.returned, refunded = change.refunded
             FROM json_populate_recordset(NULL::order_line, $1::json) AS change
             WHERE order_line.order_id = change.order_id AND order_line.sku = change.sku"
        }
        Statement::OrderRefunds => {
            "SELECT row_to_json(refund)::text FROM (SELECT order_refund.*, currency
             FROM order_refund JOIN order_ ON order_.order_id = order_refund.order_id
             WHERE refund_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid))) AS refund"
        }
        Statement::InsertOrderRefunds => {
            "INSERT INTO order_refund SELECT * FROM json_populate_recordset(NULL::order_refund, $1::json)"
        }
        Statement::CloseOrderRefunds => {
            "UPDATE order_refund SET state = change.state
             FROM json_populate_recordset(NULL::order_refund, $1::json) AS change
             WHERE order_refund.refund_id = change.refund_id"
        }
        Statement::InsertOrderPayments => {
            "INSERT INTO order_payment SELECT * FROM json_populate_recordset(NULL::order_payment, $1::json)"
        }
        Statement::InsertOrderEvents => {
            "INSERT INTO order_event SELECT * FROM json_populate_recordset(NULL::order_event, $1::json)"
        }
        Statement::InsertIdempotency => {
            "INSERT INTO idempotency SELECT * FROM json_populate_recordset(NULL::idempotency, $1::json)"
        }
        Statement::InsertReservations => {
            "INSERT INTO reservation SELECT * FROM json_populate_recordset(NULL::reservation, $1::json)"
        }
        Statement::DeleteReservations => {
            "DELETE FROM reservation
             WHERE order_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid))"
        }
        Statement::InsertTasks => "INSERT INTO task SELECT * FROM json_populate_recordset(NULL::task, $1::json)",
        Statement::DeleteTasks => {
            "DELETE FROM task WHERE task_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)::uuid))"
        }
        Statement::PostponeTasks => {
            "UPDATE task SET run_at = change.run_at, leased_until = 0
             FROM json_populate_recordset(NULL::task, $1::json) AS change
             WHERE task.task_id = change.task_id AND task.tries = change.tries"
        }
        // In the order given, so that the events of one subject are numbered in the order in which they happened.
        Statement::InsertEvents => {
            "INSERT INTO outbox (event_id, kind, subject, data, at, traceparent)
             SELECT event_id, kind, subject, data, at, traceparent
             FROM ROWS FROM (json_populate_recordset(NULL::outbox, $1::json)) WITH ORDINALITY ORDER BY ordinality"
        }
        Statement::InsertDeliveries => {
            "INSERT INTO delivery (subscriber, outbox_id, subject, run_at)
             SELECT new.subscriber, outbox.outbox_id, outbox.subject, outbox.at
             FROM json_to_recordset($1::json) AS new(event_id uuid, subscriber text)
             JOIN outbox ON outbox.event_id = new.event_id"
        }
        Statement::DeleteDeliveries => {
            "DELETE FROM delivery USING json_populate_recordset(NULL::delivery, $1::json) AS done
             WHERE delivery.subscriber = done.subscriber AND delivery.outbox_id = done.outbox_id"
        }
        Statement::PostponeDeliveries => {
            "UPDATE delivery SET run_at = change.run_at, leased_until = 0, dead = change.dead,
                 last_error = change.last_error
             FROM json_populate_recordset(NULL::delivery, $1::json) AS change
             WHERE delivery.subscriber = change.subscriber AND delivery.outbox_id = change.outbox_id
               AND delivery.tries = change.tries"
        }
        // Into a slot that goes with the connection. A coordinator changes rows on one connection, so two coordinators
        // have two slots, unless chance has it otherwise in one case of 64, and then one waits for the other's commit.
        Statement::CountSales => {
            "INSERT INTO sales_day (day, currency, slot, carts, orders, gross, refunded)
             SELECT day, currency, pg_backend_pid() % 64, carts, orders, gross, refunded
             FROM json_populate_recordset(NULL::sales_day, $1::json)
             ON CONFLICT (day, currency, slot) DO UPDATE SET carts = sales_day.carts + excluded.carts,
                 orders = sales_day.orders + excluded.orders, gross = sales_day.gross + excluded.gross,
                 refunded = sales_day.refunded + excluded.refunded"
        }
        Statement::InsertStaffActions => {
            "INSERT INTO staff_action SELECT * FROM json_populate_recordset(NULL::staff_action, $1::json)
             ON CONFLICT (staff_action_id) DO NOTHING"
        }
        // To within five seconds, so that a busy subscriber's row is not written with every event.
        Statement::NoteSuccesses => {
            "INSERT INTO subscriber_success (subscriber, slot, at)
             SELECT subscriber, pg_backend_pid() % 64, at
             FROM json_populate_recordset(NULL::subscriber_success, $1::json)
             ON CONFLICT (subscriber, slot) DO UPDATE SET at = excluded.at
             WHERE excluded.at > subscriber_success.at + 5000"
        }
        // Heard by the others when the transaction commits, and not if it does not.
        Statement::Announce => "SELECT 'null' FROM pg_notify('till', $1)",
    }
}
