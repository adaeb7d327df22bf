//! The past of a shop that has been selling for years.

use merkato_tests_postgres::Database;
use sqlx::{AssertSqlSafe, Executor as _};

/// Writes so many delivered orders and so many skus into the till's tables.
pub async fn write(database: &Database, orders: u32, skus: u32) -> anyhow::Result<()> {
    eprintln!("  writing {orders} orders, which takes a minute or two ...");
    let script = include_str!("history.sql");
    let script = script.replace("{orders}", &orders.to_string()).replace("{skus}", &skus.to_string());
    database.connect().await.execute(AssertSqlSafe(script)).await?;
    Ok(())
}
