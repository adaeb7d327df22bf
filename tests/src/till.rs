//! Holds a shop's books against the rules that no fault may break.

use std::path::PathBuf;

use sqlx::{AnyConnection, Connection as _, Row as _};

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
const RULES: [(&str, &str); 5] = [
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
             AND payment_state NOT IN ('authorized', 'captured', 'partially_refunded', 'not_needed')",
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
