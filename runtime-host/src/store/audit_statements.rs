//! The statements of an audit, written once: the engines differ only in how a parameter is read and an object written.
//!
//! `$1` is `{now, overdue_before, tries_max, keys_max}`.

/// What is asked of the books as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// What breaks an invariant: `{what, total}`, the first keys in key order, each with how many there are in all.
    Breaches(super::audit::Invariant),
    /// `{name, count}` for each state of orders.
    Orders,
    /// `{count, overdue, next_expiry}`.
    Reservations,
    /// `{name, count}` for each kind of task.
    Tasks,
    /// `{due}` of the task that has waited longest.
    OldestTask,
    /// `{subscriber, waiting, dead, oldest}` for each.
    Deliveries,
}

/// Makes the function that gives an engine's texts. `$terms` reads the parameter, `$object` is the engine's name for the
/// function that writes a JSON object.
macro_rules! audit_statements {
    ($terms:literal, $object:literal) => {
        /// The text of `question`.
        #[expect(clippy::too_many_lines, reason = "a table of texts, one each")]
        pub const fn audit_sql(question: $crate::store::audit_statements::Question) -> &'static str {
            use $crate::store::{audit::Invariant, audit_statements::Question};
            macro_rules! breaches {
                ($query:literal) => {
                    concat!(
                        "WITH terms AS (", $terms, "), broken AS (", $query, ")
                         SELECT CAST(", $object, "('what', what, 'total', count(*) OVER ()) AS TEXT)
                         FROM broken ORDER BY what LIMIT (SELECT keys_max FROM terms)"
                    )
                };
            }
            match question {
                Question::Breaches(Invariant::PromisedIsOnHand) => {
                    breaches!("SELECT sku AS what FROM stock WHERE reserved < 0 OR reserved > on_hand")
                }
                Question::Breaches(Invariant::PromisedIsHeld) => breaches!(
                    "SELECT sku AS what FROM (
                         SELECT sku, reserved AS pieces FROM stock
                         UNION ALL SELECT order_line.sku, -order_line.quantity FROM order_line
                             JOIN order_ ON order_.order_id = order_line.order_id
                             WHERE order_.stock_state = 'reserved'
                     ) AS promised GROUP BY sku HAVING sum(pieces) <> 0"
                ),
                Question::Breaches(Invariant::OnHandIsWhatMoved) => breaches!(
                    "SELECT sku AS what FROM (
                         SELECT sku, on_hand AS pieces FROM stock
                         UNION ALL SELECT sku, -pieces FROM stock_movement
                     ) AS moved GROUP BY sku HAVING sum(pieces) <> 0"
                ),
                Question::Breaches(Invariant::HeldStockIsReserved) => breaches!(
                    "SELECT order_.order_id AS what FROM order_
                     LEFT JOIN reservation ON reservation.order_id = order_.order_id
                     WHERE (order_.stock_state = 'reserved') <> (reservation.order_id IS NOT NULL)"
                ),
                Question::Breaches(Invariant::TotalsAddUp) => breaches!(
                    "SELECT order_.order_id AS what FROM order_
                     LEFT JOIN (SELECT order_id, sum(unit_price * quantity) AS amount FROM order_line
                                GROUP BY order_id) AS lines ON lines.order_id = order_.order_id
                     WHERE total <> subtotal - discount + shipping + tax
                        OR subtotal <> coalesce(lines.amount, 0)"
                ),
                Question::Breaches(Invariant::RefundsAreWithinTotal) => breaches!(
                    "SELECT order_id AS what FROM order_
                     WHERE refunded < 0 OR refunding < 0 OR refunded + refunding > total"
                ),
                Question::Breaches(Invariant::NoOrderIsStuck) => breaches!(
                    "SELECT order_.order_id AS what FROM order_
                     LEFT JOIN reservation ON reservation.order_id = order_.order_id
                     WHERE order_.state = 'pending_payment'
                       AND (reservation.order_id IS NULL
                            OR reservation.expires_at < (SELECT overdue_before FROM terms)
                            OR (order_.payment_state = 'authorizing'
                                AND NOT EXISTS (SELECT 1 FROM task WHERE task.order_id = order_.order_id)))"
                ),
                Question::Breaches(Invariant::ConfirmedIsPaid) => breaches!(
                    "SELECT order_id AS what FROM order_
                     WHERE state IN ('confirmed', 'shipped', 'delivered')
                       AND NOT (payment_state = 'not_needed' AND total = 0)
                       AND NOT (payment_state IN ('authorized', 'capturing', 'capture_failed', 'captured',
                                                  'refunding', 'partially_refunded')
                                AND EXISTS (SELECT 1 FROM order_payment
                                            WHERE order_payment.order_id = order_.order_id
                                              AND order_payment.attempt = order_.attempt))"
                ),
                Question::Breaches(Invariant::ConfirmedIsSold) => breaches!(
                    "SELECT order_id AS what FROM order_
                     WHERE state IN ('confirmed', 'shipped', 'delivered') AND stock_state <> 'sold'"
                ),
                Question::Breaches(Invariant::SalesAreCounted) => breaches!(
                    "SELECT currency AS what FROM (
                         SELECT currency, orders AS counted FROM sales_day
                         UNION ALL SELECT currency, -1 FROM order_
                             WHERE EXISTS (SELECT 1 FROM order_event
                                           WHERE order_event.order_id = order_.order_id
                                             AND order_event.state = 'confirmed')
                     ) AS counts GROUP BY currency HAVING sum(counted) <> 0"
                ),
                // One that is under way is dead when its try ends.
                Question::Breaches(Invariant::DeliveriesEnd) => breaches!(
                    "SELECT subscriber || ' ' || outbox_id AS what FROM delivery
                     WHERE NOT dead AND tries > (SELECT tries_max FROM terms)
                       AND leased_until <= (SELECT now FROM terms)"
                ),
                Question::Orders => concat!(
                    "SELECT CAST(", $object, "('name', state, 'count', count(*)) AS TEXT)
                     FROM order_ WHERE $1 IS NOT NULL GROUP BY state"
                ),
                Question::Reservations => concat!(
                    "WITH terms AS (", $terms, ")
                     SELECT CAST(", $object, "('count', count(*),
                         'overdue', count(CASE WHEN expires_at <= (SELECT now FROM terms) THEN 1 END),
                         'next_expiry', min(CASE WHEN expires_at > (SELECT now FROM terms)
                                                 THEN expires_at END)) AS TEXT)
                     FROM reservation"
                ),
                Question::Tasks => concat!(
                    "SELECT CAST(", $object, "('name', kind, 'count', count(*)) AS TEXT)
                     FROM task WHERE $1 IS NOT NULL GROUP BY kind"
                ),
                Question::OldestTask => concat!(
                    "WITH terms AS (", $terms, ")
                     SELECT CAST(", $object, "('due', min(run_at)) AS TEXT)
                     FROM task WHERE run_at <= (SELECT now FROM terms)"
                ),
                Question::Deliveries => concat!(
                    "SELECT CAST(", $object, "('subscriber', subscriber,
                         'waiting', count(CASE WHEN NOT dead THEN 1 END),
                         'dead', count(CASE WHEN dead THEN 1 END),
                         'oldest', min(CASE WHEN NOT dead THEN outbox.at END)) AS TEXT)
                     FROM delivery JOIN outbox ON outbox.outbox_id = delivery.outbox_id
                     WHERE $1 IS NOT NULL GROUP BY subscriber"
                ),
            }
        }
    };
}

pub(super) use audit_statements;
