use async_trait::async_trait;
use merkato_commerce::{ids::OrderId, time::Timestamp};

use super::{Column, Error, SqliteTransaction};
use crate::store::Reservations;

#[async_trait]
impl Reservations for SqliteTransaction {
    async fn insert_reservation(&mut self, order: OrderId, expires_at: Timestamp) -> Result<(), Error> {
        sqlx::query("INSERT INTO reservation (order_id, expires_at) VALUES ($1, $2)")
            .bind(order.to_string())
            .bind(expires_at.0)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn delete_reservation(&mut self, order: OrderId) -> Result<(), Error> {
        sqlx::query("DELETE FROM reservation WHERE order_id = $1")
            .bind(order.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn expired_reservations(&mut self, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, Error> {
        let rows = sqlx::query(
            "SELECT order_id FROM reservation WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Column("reservation", "order_id").parse(row)).collect()
    }
}
