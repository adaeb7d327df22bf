//! Holds a shop's books against the rules that no fault may break.

use std::path::Path;

use sqlx::{Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};

/// Each rule as a query that finds what breaks it.
const RULES: [(&str, &str); 9] = [
    (
        "the ledger adds up to the shelf",
        "SELECT sku AS what FROM stock WHERE on_hand <>
             (SELECT coalesce(sum(pieces), 0) FROM stock_movement WHERE stock_movement.sku = stock.sku)",
    ),
    (
        "what is promised is what unpaid orders hold",
        "SELECT sku AS what FROM stock WHERE reserved <>
             (SELECT coalesce(sum(quantity), 0) FROM order_line JOIN order_ USING (order_id)
              WHERE order_line.sku = stock.sku AND order_.stock_state = 'reserved')",
    ),
    (
        "an order holds stock just while its reservation stands",
        "SELECT order_id AS what FROM order_ WHERE (stock_state = 'reserved') <>
             EXISTS (SELECT 1 FROM reservation WHERE reservation.order_id = order_.order_id)",
    ),
    (
        "a confirmed order has its pieces",
        "SELECT order_id AS what FROM order_
         WHERE state IN ('confirmed', 'shipped', 'delivered') AND stock_state <> 'sold'",
    ),
    (
        "no order is charged more than once",
        "SELECT order_id AS what FROM order_ WHERE state IN ('confirmed', 'shipped', 'delivered')
             AND payment_state NOT IN ('authorized', 'capturing', 'capture_failed', 'captured', 'refunding',
                                       'partially_refunded', 'not_needed')",
    ),
    (
        "what is on its way back is what refunds were asked for",
        "SELECT order_id AS what FROM order_ WHERE refunding <>
             (SELECT coalesce(sum(amount), 0) FROM order_refund
              WHERE order_refund.order_id = order_.order_id AND state = 'asked')",
    ),
    (
        "what went back is what refunds gave back",
        "SELECT order_id AS what FROM order_ WHERE refunded <>
             (SELECT coalesce(sum(amount), 0) FROM order_refund
              WHERE order_refund.order_id = order_.order_id AND state = 'done')",
    ),
    (
        "no money of an order that ended is still set aside",
        "SELECT order_id AS what FROM order_ WHERE state IN ('cancelled', 'expired', 'payment_failed')
             AND payment_state IN ('authorized', 'capture_failed')",
    ),
    (
        "pieces that came back are on the shelf",
        "SELECT order_id AS what FROM order_ WHERE stock_state = 'sold' AND NOT EXISTS
             (SELECT 1 FROM order_line WHERE order_line.order_id = order_.order_id AND returned < quantity)",
    ),
];

/// The till's database of a data folder.
pub async fn open(data_dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(data_dir.join("till.db")).read_only(true);
    SqliteConnection::connect_with(&options).await.expect("the till's database")
}

/// Fails if any rule is broken.
pub async fn assert_books_balance(data_dir: &Path) {
    let mut connection = open(data_dir).await;
    for (rule, query) in RULES {
        let broken = sqlx::query(query).fetch_all(&mut connection).await.expect("a query");
        let broken = broken.iter().map(|row| row.get::<String, _>("what")).collect::<Vec<_>>();
        assert!(broken.is_empty(), "{rule}, but not for {broken:?}");
    }
}

/// Pieces of `sku` on the shelf and of these promised.
pub async fn stock(data_dir: &Path, sku: &str) -> (i64, i64) {
    let mut connection = open(data_dir).await;
    let row = sqlx::query("SELECT on_hand, reserved FROM stock WHERE sku = $1")
        .bind(sku)
        .fetch_one(&mut connection)
        .await
        .expect("a known sku");
    (row.get("on_hand"), row.get("reserved"))
}

/// How often `subject` had an event of that `kind`.
pub async fn events(data_dir: &Path, kind: &str, subject: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM outbox WHERE kind = $1 AND subject = $2")
        .bind(kind)
        .bind(subject)
        .fetch_one(&mut open(data_dir).await)
        .await
        .expect("a count")
}

/// Work that is still to be done.
pub async fn tasks(data_dir: &Path) -> i64 {
    let mut connection = open(data_dir).await;
    sqlx::query_scalar("SELECT count(*) FROM task").fetch_one(&mut connection).await.expect("a count")
}
