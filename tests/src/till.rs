//! Holds a shop's books against the rules that no fault may break.

use std::path::{Path, PathBuf};

use sqlx::{AnyConnection, Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::shop::{Builder, Shop};

/// Where the till's tables are.
#[derive(Debug, Clone)]
pub enum Location {
    /// In a data folder.
    Folder(PathBuf),
    /// At a PostgreSQL server.
    Server(String),
}

impl From<&PathBuf> for Location {
    fn from(data_dir: &PathBuf) -> Self {
        Self::Folder(data_dir.clone())
    }
}

impl From<&Builder> for Location {
    fn from(shop: &Builder) -> Self {
        shop.database_url().map_or_else(|| Self::Folder(shop.data_dir()), |url| Self::Server(url.to_owned()))
    }
}

impl From<&Shop> for Location {
    fn from(shop: &Shop) -> Self {
        shop.builder().into()
    }
}

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
        "SELECT CAST(order_id AS TEXT) AS what FROM order_ WHERE (stock_state = 'reserved') <>
             EXISTS (SELECT 1 FROM reservation WHERE reservation.order_id = order_.order_id)",
    ),
    (
        "a confirmed order has its pieces",
        "SELECT CAST(order_id AS TEXT) AS what FROM order_
         WHERE state IN ('confirmed', 'shipped', 'delivered') AND stock_state <> 'sold'",
    ),
    (
        "no order is charged more than once",
        "SELECT CAST(order_id AS TEXT) AS what FROM order_ WHERE state IN ('confirmed', 'shipped', 'delivered')
             AND payment_state NOT IN ('authorized', 'capturing', 'capture_failed', 'captured', 'refunding',
                                       'partially_refunded', 'not_needed')",
    ),
    (
        "what is on its way back is what refunds were asked for",
        "SELECT CAST(order_id AS TEXT) AS what FROM order_ WHERE refunding <>
             (SELECT coalesce(sum(amount), 0) FROM order_refund
              WHERE order_refund.order_id = order_.order_id AND state = 'asked')",
    ),
    (
        "what went back is what refunds gave back",
        "SELECT CAST(order_id AS TEXT) AS what FROM order_ WHERE refunded <>
             (SELECT coalesce(sum(amount), 0) FROM order_refund
              WHERE order_refund.order_id = order_.order_id AND state = 'done')",
    ),
    (
        "no money of an order that ended is still set aside",
        "SELECT CAST(order_id AS TEXT) AS what FROM order_ WHERE state IN ('cancelled', 'expired', 'payment_failed')
             AND payment_state IN ('authorized', 'capture_failed')",
    ),
    (
        "pieces that came back are on the shelf",
        "SELECT CAST(order_id AS TEXT) AS what FROM order_ WHERE stock_state = 'sold' AND NOT EXISTS
             (SELECT 1 FROM order_line WHERE order_line.order_id = order_.order_id AND returned < quantity)",
    ),
];

/// A connection that sees the till's tables.
pub async fn open(location: impl Into<Location>) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = match location.into() {
        Location::Folder(data_dir) => format!("sqlite://{}?mode=ro", data_dir.join("till.db").display()),
        Location::Server(url) => format!("{url}?options=-c%20search_path%3Dtill"),
    };
    AnyConnection::connect(&url).await.expect("the till's database")
}

/// The same, to break it.
pub async fn open_for_writing(data_dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(data_dir.join("till.db")).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.expect("the till's database")
}

/// Fails if any rule is broken.
pub async fn assert_books_balance(location: impl Into<Location>) {
    let mut connection = open(location).await;
    for (rule, query) in RULES {
        let broken = sqlx::query(query).fetch_all(&mut connection).await.expect("a query");
        let broken = broken.iter().map(|row| row.get::<String, _>("what")).collect::<Vec<_>>();
        assert!(broken.is_empty(), "{rule}, but not for {broken:?}");
    }
}

/// Pieces of `sku` on the shelf and of these promised.
pub async fn stock(location: impl Into<Location>, sku: &str) -> (i64, i64) {
    let mut connection = open(location).await;
    let row = sqlx::query("SELECT on_hand, reserved FROM stock WHERE sku = $1")
        .bind(sku.to_owned())
        .fetch_one(&mut connection)
        .await
        .expect("a known sku");
    (row.get("on_hand"), row.get("reserved"))
}

/// How often `subject` had an event of that `kind`.
pub async fn events(location: impl Into<Location>, kind: &str, subject: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM outbox WHERE kind = $1 AND subject = $2")
        .bind(kind.to_owned())
        .bind(subject.to_owned())
        .fetch_one(&mut open(location).await)
        .await
        .expect("a count")
}

/// Work that is still to be done.
pub async fn tasks(location: impl Into<Location>) -> i64 {
    let mut connection = open(location).await;
    sqlx::query_scalar("SELECT count(*) FROM task").fetch_one(&mut connection).await.expect("a count")
}
