//! The statements by which staff look at the till, written once: the engines differ only in how a parameter is read and
//! an object written.
//!
//! None of them takes longer because the shop is old: each goes by an index to the first rows wanted and stops, or reads
//! what is small by its nature, such as work that is not done.

/// What staff ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffQuestion {
    /// `{day, currency, carts, orders, gross, refunded}` of `{day_from, day_to}`, the newest day first.
    Sales,
    /// `{order_id, looked}` of orders that meet `{before, not_before, state, email, number, sku, placed_from, placed_to}`,
    /// newest first, at most `rows_max` of the first `looked_max` by one way of looking. The last row is the last that was
    /// looked at, with how many were.
    Orders(OrdersBy),
    /// `{order_id, kind, since, tries}` of what stands in the way of orders of `{after, rows_max, now, due_before,
    /// tries_min, overdue_before, captured_before, refused_since}`; of each kind the first by order.
    Obstacles,
    /// `{sku, title, active, on_hand, reserved}` of skus after `after_sku` with fewer than `below` to be bought, if that
    /// is given; by sku, at most `rows_max`.
    Stock,
    /// The same of what is offered, the lowest first, at most `rows_max`.
    LowStock,
    /// `{stock_movement_id, pieces, order_id, note, at, staff_id}` of `{sku, before_at, before_id, rows_max}`, newest first.
    StockMovements,
    /// `{pieces, note}` of the movement of `{sku, key}`.
    KeyedMovement,
    /// Codes of promotions after `after_code`, by code, at most `rows_max`.
    PromotionCodes,
    /// Lines of the log of `{actor, subject, before_at, before_id, rows_max}`, newest first, by what is given.
    Actions(ActionsBy),
    /// `{tasks, dead_letters}`, each counted up to `rows_max`.
    Waiting,
    /// Names for whom there is a delivery.
    Subscribers,
    /// `{waiting, dead, oldest, last_success}` of `{subscriber}`, counted up to `rows_max`.
    Subscriber,
}

/// The way by which orders are looked for; what else is asked of them is asked of those that are found so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrdersBy {
    /// All, from the newest on.
    Age,
    /// Those whose state leaves something to be done.
    OpenState,
    /// Those of an e-mail address.
    Email,
    /// Those with a sku in them.
    Sku,
    /// The one of a number.
    Number,
}

/// The way by which lines of the log are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionsBy {
    /// All, from the newest on.
    Age,
    /// Those of somebody.
    Actor,
    /// Those on something, of somebody or of all.
    Subject,
}

/// Makes the function that gives an engine's texts. `$terms` reads the parameter, `$object` is the engine's name for the
/// function that writes a JSON object.
macro_rules! staff_statements {
    ($terms:literal, $object:literal) => {
        /// The text of `question`.
        #[expect(clippy::too_many_lines, reason = "a table of texts, one each")]
        pub const fn staff_sql(question: $crate::store::staff_statements::StaffQuestion) -> &'static str {
            use $crate::store::staff_statements::{ActionsBy, OrdersBy, StaffQuestion};
            // Looked through in the order of the index, then sifted: the index says where to begin and when to stop.
            macro_rules! orders {
                ($way:literal) => {
                    concat!(
                        "WITH terms AS (", $terms, "), looked AS (", $way, "
                             ORDER BY order_id DESC LIMIT (SELECT looked_max FROM terms)
                         ), sifted AS (
                             SELECT order_.order_id FROM looked
                             JOIN order_ ON order_.order_id = looked.order_id
                             WHERE ((SELECT state FROM terms) IS NULL
                                    OR order_.state = (SELECT state FROM terms))
                               AND ((SELECT email FROM terms) IS NULL
                                    OR lower(order_.email) = lower((SELECT email FROM terms)))
                               AND ((SELECT number FROM terms) IS NULL
                                    OR order_.number = (SELECT number FROM terms))
                               AND ((SELECT sku FROM terms) IS NULL
                                    OR EXISTS (SELECT 1 FROM order_line
                                               WHERE order_line.order_id = order_.order_id
                                                 AND order_line.sku = (SELECT sku FROM terms)))
                               AND order_.placed_at >= (SELECT placed_from FROM terms)
                               AND order_.placed_at < (SELECT placed_to FROM terms)
                             ORDER BY order_.order_id DESC LIMIT (SELECT rows_max FROM terms)
                         ), last_looked AS (
                             SELECT order_id FROM looked ORDER BY order_id LIMIT 1
                         )
                         SELECT CAST(", $object, "('order_id', order_id, 'looked', NULL) AS TEXT) FROM sifted
                         UNION ALL
                         SELECT CAST(", $object, "('order_id', order_id,
                             'looked', (SELECT count(*) FROM looked)) AS TEXT) FROM last_looked"
                    )
                };
            }
            macro_rules! actions {
                ($condition:literal) => {
                    concat!(
                    "WITH terms AS (", $terms, ") ",
                        "SELECT CAST(", $object, "('staff_action_id', staff_action_id, 'at', at,
                             'actor_id', actor_id, 'service', service, 'action', action, 'subject', subject,
                             'detail', detail, 'outcome', outcome) AS TEXT)
                         FROM staff_action WHERE ", $condition, "
                           AND (at, staff_action_id)
                               < ((SELECT before_at FROM terms), (SELECT before_id FROM terms))
                         ORDER BY at DESC, staff_action_id DESC LIMIT (SELECT rows_max FROM terms)"
                    )
                };
            }
            macro_rules! stock_entry {
                () => {
                    concat!(
                        "SELECT CAST(", $object, "('sku', stock.sku, 'title', offer.title,
                             'active', CASE WHEN offer.active THEN 1 ELSE 0 END,
                             'on_hand', on_hand, 'reserved', reserved) AS TEXT) FROM stock "
                    )
                };
            }
            match question {
                StaffQuestion::Sales => concat!(
                    "WITH terms AS (", $terms, ") ",
                    "SELECT CAST(", $object, "('day', day, 'currency', currency,
                         'carts', CAST(sum(carts) AS BIGINT), 'orders', CAST(sum(orders) AS BIGINT),
                         'gross', CAST(sum(gross) AS BIGINT), 'refunded', CAST(sum(refunded) AS BIGINT)) AS TEXT)
                     FROM sales_day
                     WHERE day >= (SELECT day_from FROM terms) AND day <= (SELECT day_to FROM terms)
                     GROUP BY day, currency ORDER BY day DESC, currency"
                ),
                StaffQuestion::Orders(OrdersBy::Age) => orders!(
                    "SELECT order_id FROM order_
                     WHERE order_id < (SELECT before FROM terms) AND order_id >= (SELECT not_before FROM terms)"
                ),
                // As the index says it, so that its planner recognises it.
                StaffQuestion::Orders(OrdersBy::OpenState) => orders!(
                    "SELECT order_id FROM order_
                     WHERE state IN ('confirmed', 'shipped') AND state = (SELECT state FROM terms)
                       AND order_id < (SELECT before FROM terms) AND order_id >= (SELECT not_before FROM terms)"
                ),
                StaffQuestion::Orders(OrdersBy::Email) => orders!(
                    "SELECT order_id FROM order_
                     WHERE lower(email) = lower((SELECT email FROM terms))
                       AND order_id < (SELECT before FROM terms) AND order_id >= (SELECT not_before FROM terms)"
                ),
                StaffQuestion::Orders(OrdersBy::Sku) => orders!(
                    "SELECT order_id FROM order_line
                     WHERE sku = (SELECT sku FROM terms)
                       AND order_id < (SELECT before FROM terms) AND order_id >= (SELECT not_before FROM terms)"
                ),
                StaffQuestion::Orders(OrdersBy::Number) => orders!(
                    "SELECT order_id FROM order_
                     WHERE number = (SELECT number FROM terms)
                       AND order_id < (SELECT before FROM terms) AND order_id >= (SELECT not_before FROM terms)"
                ),
                // Tasks and reservations are few: they are what is not done. NOT IN, because it is looked up in one pass
                // over the tasks rather than in one for each order.
                StaffQuestion::Obstacles => concat!(
                    "WITH terms AS (", $terms, "), late_work AS (
                         SELECT order_id, CASE WHEN tries >= (SELECT tries_min FROM terms)
                                               THEN 'no_answer' ELSE 'work_waits' END AS kind,
                             CASE WHEN tries >= (SELECT tries_min FROM terms) THEN NULL ELSE run_at END AS since,
                             tries
                         FROM task
                         WHERE order_id > (SELECT after FROM terms)
                           AND (tries >= (SELECT tries_min FROM terms)
                                OR (run_at <= (SELECT due_before FROM terms)
                                    AND leased_until <= (SELECT due_before FROM terms)))
                         ORDER BY order_id LIMIT (SELECT rows_max FROM terms)
                     ), not_ended AS (
                         SELECT order_id, expires_at FROM reservation
                         WHERE order_id > (SELECT after FROM terms)
                           AND expires_at <= (SELECT overdue_before FROM terms)
                         ORDER BY order_id LIMIT (SELECT rows_max FROM terms)
                     ), nobody_asks AS (
                         SELECT reservation.order_id FROM reservation
                         JOIN order_ ON order_.order_id = reservation.order_id
                         WHERE reservation.order_id > (SELECT after FROM terms)
                           AND order_.payment_state = 'authorizing'
                           AND reservation.order_id NOT IN (SELECT order_id FROM task)
                         ORDER BY reservation.order_id LIMIT (SELECT rows_max FROM terms)
                     ), not_captured AS (
                         SELECT order_id FROM order_
                         WHERE state IN ('confirmed', 'shipped') AND state = 'confirmed'
                           AND payment_state = 'authorized'
                           AND order_id > (SELECT after FROM terms)
                           AND order_id < (SELECT captured_before FROM terms)
                         ORDER BY order_id LIMIT (SELECT rows_max FROM terms)
                     ), capture_failed AS (
                         SELECT order_id FROM order_
                         WHERE payment_state = 'capture_failed' AND order_id > (SELECT after FROM terms)
                         ORDER BY order_id LIMIT (SELECT rows_max FROM terms)
                     ), refund_refused AS (
                         SELECT order_id, asked_at FROM order_refund
                         WHERE state = 'refused' AND order_id > (SELECT after FROM terms)
                           AND asked_at >= (SELECT refused_since FROM terms)
                         ORDER BY order_id LIMIT (SELECT rows_max FROM terms)
                     ), not_sold AS (
                         SELECT order_id FROM order_
                         WHERE state IN ('confirmed', 'shipped') AND state = 'confirmed' AND stock_state <> 'sold'
                           AND order_id > (SELECT after FROM terms)
                         ORDER BY order_id LIMIT (SELECT rows_max FROM terms)
                     ), obstacle AS (
                         SELECT order_id, kind, since, tries FROM late_work
                         UNION ALL SELECT order_id, 'not_ended', expires_at, NULL FROM not_ended
                         UNION ALL SELECT order_id, 'nobody_asks', NULL, NULL FROM nobody_asks
                         UNION ALL SELECT order_id, 'not_captured', NULL, NULL FROM not_captured
                         UNION ALL SELECT order_id, 'capture_failed', NULL, NULL FROM capture_failed
                         UNION ALL SELECT order_id, 'refund_refused', asked_at, NULL FROM refund_refused
                         UNION ALL SELECT order_id, 'not_sold', NULL, NULL FROM not_sold
                     )
                     SELECT CAST(", $object, "('order_id', order_id, 'kind', kind, 'since', since, 'tries', tries) AS TEXT)
                     FROM obstacle ORDER BY order_id, kind, since"
                ),
                StaffQuestion::Stock => concat!(
                    "WITH terms AS (", $terms, ") ",
                    stock_entry!(),
                    "LEFT JOIN offer ON offer.sku = stock.sku
                     WHERE stock.sku > (SELECT after_sku FROM terms)
                       AND ((SELECT below FROM terms) IS NULL OR on_hand - reserved < (SELECT below FROM terms))
                     ORDER BY stock.sku LIMIT (SELECT rows_max FROM terms)"
                ),
                StaffQuestion::LowStock => concat!(
                    "WITH terms AS (", $terms, ") ",
                    stock_entry!(),
                    "JOIN offer ON offer.sku = stock.sku
                     WHERE offer.active AND on_hand - reserved < (SELECT below FROM terms)
                     ORDER BY on_hand - reserved, stock.sku LIMIT (SELECT rows_max FROM terms)"
                ),
                StaffQuestion::StockMovements => concat!(
                    "WITH terms AS (", $terms, ") ",
                    "SELECT CAST(", $object, "('stock_movement_id', stock_movement_id, 'pieces', pieces,
                         'order_id', order_id, 'note', note, 'at', at, 'staff_id', staff_id) AS TEXT)
                     FROM stock_movement WHERE sku = (SELECT sku FROM terms)
                       AND (at, stock_movement_id)
                           < ((SELECT before_at FROM terms), (SELECT before_id FROM terms))
                     ORDER BY at DESC, stock_movement_id DESC LIMIT (SELECT rows_max FROM terms)"
                ),
                StaffQuestion::KeyedMovement => concat!(
                    "WITH terms AS (", $terms, ") ",
                    "SELECT CAST(", $object, "('pieces', pieces, 'note', note) AS TEXT) FROM stock_movement
                     WHERE sku = (SELECT sku FROM terms) AND idempotency_key = (SELECT key FROM terms)"
                ),
                StaffQuestion::PromotionCodes => concat!(
                    "WITH terms AS (", $terms, ") ",
                    "SELECT CAST(", $object, "('code', code) AS TEXT) FROM promotion
                     WHERE code > (SELECT after_code FROM terms)
                     ORDER BY code LIMIT (SELECT rows_max FROM terms)"
                ),
                StaffQuestion::Actions(ActionsBy::Age) => actions!("1 = 1"),
                StaffQuestion::Actions(ActionsBy::Actor) => {
                    actions!("actor_id = (SELECT actor FROM terms)")
                }
                StaffQuestion::Actions(ActionsBy::Subject) => actions!(
                    "subject = (SELECT subject FROM terms)
                     AND ((SELECT actor FROM terms) IS NULL OR actor_id = (SELECT actor FROM terms))"
                ),
                StaffQuestion::Waiting => concat!(
                    "WITH terms AS (", $terms, ") ",
                    "SELECT CAST(", $object, "(
                         'tasks', (SELECT count(*) FROM (
                             SELECT 1 FROM task LIMIT (SELECT rows_max FROM terms)) AS waiting),
                         'dead_letters', (SELECT count(*) FROM (
                             SELECT 1 FROM delivery WHERE dead LIMIT (SELECT rows_max FROM terms)) AS letters)
                     ) AS TEXT)"
                ),
                // From name to name, not from row to row: a subscriber that was away for long has many.
                StaffQuestion::Subscribers => concat!(
                    "WITH RECURSIVE name (subscriber) AS (
                         SELECT min(subscriber) FROM delivery WHERE $1 IS NOT NULL
                         UNION ALL
                         SELECT (SELECT min(delivery.subscriber) FROM delivery
                                 WHERE delivery.subscriber > name.subscriber)
                         FROM name WHERE name.subscriber IS NOT NULL)
                     SELECT CAST(", $object, "('subscriber', subscriber) AS TEXT) FROM name
                     WHERE subscriber IS NOT NULL"
                ),
                StaffQuestion::Subscriber => concat!(
                    "WITH terms AS (", $terms, ") ",
                    "SELECT CAST(", $object, "(
                         'waiting', (SELECT count(*) FROM (
                             SELECT 1 FROM delivery
                             WHERE delivery.subscriber = (SELECT subscriber FROM terms) AND NOT dead
                             LIMIT (SELECT rows_max FROM terms)) AS waiting),
                         'dead', (SELECT count(*) FROM (
                             SELECT 1 FROM delivery
                             WHERE delivery.subscriber = (SELECT subscriber FROM terms) AND dead
                             LIMIT (SELECT rows_max FROM terms)) AS letters),
                         'oldest', (SELECT outbox.at FROM delivery
                                    JOIN outbox ON outbox.outbox_id = delivery.outbox_id
                                    WHERE delivery.subscriber = (SELECT subscriber FROM terms) AND NOT dead
                                    ORDER BY delivery.outbox_id LIMIT 1),
                         'last_success', (SELECT max(subscriber_success.at) FROM subscriber_success
                                          WHERE subscriber_success.subscriber = (SELECT subscriber FROM terms))
                     ) AS TEXT)"
                ),
            }
        }
    };
}

pub(super) use staff_statements;
