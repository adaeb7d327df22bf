use async_trait::async_trait;
use merkato_commerce::{ids::OrderId, text::Sku, time::Timestamp};
use merkato_contract::coordinator::StockLevel;
use sqlx::Row;
use uuid::Uuid;

use super::{Column, Error, SqliteTransaction, to_json};
use crate::store::Stock;

#[async_trait]
impl Stock for SqliteTransaction {
    async fn create_stock(&mut self, sku: &Sku) -> Result<bool, Error> {
        let done =
            sqlx::query("INSERT INTO stock (sku, on_hand) VALUES ($1, 0) ON CONFLICT (sku) DO NOTHING")
                .bind(sku.as_str())
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn stock_levels(&mut self, skus: &[Sku]) -> Result<Vec<StockLevel>, Error> {
        let rows = sqlx::query(
            "SELECT sku, on_hand - reserved AS available FROM stock
             WHERE sku IN (SELECT value FROM json_each($1))",
        )
        .bind(to_json(&skus)?)
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StockLevel {
                    sku: Column("stock", "sku").parse(row)?,
                    available: row.try_get("available")?,
                })
            })
            .collect()
    }

    async fn reserve_stock(&mut self, sku: &Sku, pieces: u32) -> Result<bool, Error> {
        // The condition and the change are one statement: nobody can come between them.
        let done = sqlx::query(
            "UPDATE stock SET reserved = reserved + $2 WHERE sku = $1 AND on_hand - reserved >= $2",
        )
        .bind(sku.as_str())
        .bind(pieces)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn release_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error> {
        sqlx::query("UPDATE stock SET reserved = reserved - $2 WHERE sku = $1")
            .bind(sku.as_str())
            .bind(pieces)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn sell_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error> {
        sqlx::query("UPDATE stock SET reserved = reserved - $2, on_hand = on_hand - $2 WHERE sku = $1")
            .bind(sku.as_str())
            .bind(pieces)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn move_stock(&mut self, sku: &Sku, pieces: i64) -> Result<bool, Error> {
        let done = sqlx::query(
            "UPDATE stock SET on_hand = on_hand + $2 WHERE sku = $1 AND on_hand + $2 >= reserved",
        )
        .bind(sku.as_str())
        .bind(pieces)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn insert_stock_movement(
        &mut self,
        id: Uuid,
        sku: &Sku,
        pieces: i64,
        order: Option<OrderId>,
        note: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO stock_movement (stock_movement_id, sku, pieces, order_id, note, at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.to_string())
        .bind(sku.as_str())
        .bind(pieces)
        .bind(order.map(|order| order.to_string()))
        .bind(note)
        .bind(at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
