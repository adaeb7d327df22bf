use async_trait::async_trait;
use merkato_commerce::{ids::EventId, time::Timestamp};
use sqlx::{Row, sqlite::SqliteRow};

use super::{Column, Error, SqliteTransaction, to_json};
use crate::store::{
    Outbox,
    records::{DeliveryRecord, OutboxRecord},
};

#[async_trait]
impl Outbox for SqliteTransaction {
    async fn insert_event(
        &mut self,
        id: EventId,
        event: &OutboxRecord,
        subscribers: &[String],
    ) -> Result<(), Error> {
        let outbox_id: i64 = sqlx::query_scalar(
            "INSERT INTO outbox (event_id, kind, subject, data, at) VALUES ($1, $2, $3, $4, $5)
             RETURNING outbox_id",
        )
        .bind(id.to_string())
        .bind(&event.kind)
        .bind(&event.subject)
        .bind(to_json(&event.data)?)
        .bind(event.at.0)
        .fetch_one(self.connection())
        .await?;
        for subscriber in subscribers {
            sqlx::query(
                "INSERT INTO delivery (subscriber, outbox_id, subject, run_at) VALUES ($1, $2, $3, $4)",
            )
            .bind(subscriber)
            .bind(outbox_id)
            .bind(&event.subject)
            .bind(event.at.0)
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    async fn lease_deliveries(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, Error> {
        // Only the oldest of a subject is taken, so that a subscriber hears of one order's steps in order. A dead
        // letter no longer holds the later ones up: staff have been told of it.
        let rows = sqlx::query(
            "UPDATE delivery SET leased_until = $2, tries = tries + 1
             WHERE (subscriber, outbox_id) IN (
                 SELECT subscriber, outbox_id FROM delivery AS oldest
                 WHERE run_at <= $1 AND leased_until <= $1 AND NOT dead
                   AND NOT EXISTS (SELECT 1 FROM delivery AS older
                                   WHERE older.subscriber = oldest.subscriber AND older.subject = oldest.subject
                                     AND older.outbox_id < oldest.outbox_id AND NOT older.dead)
                 ORDER BY run_at LIMIT $3)
             RETURNING subscriber, outbox_id, tries",
        )
        .bind(now.0)
        .bind(leased_until.0)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in rows {
            let outbox_id: i64 = row.try_get("outbox_id")?;
            let event = sqlx::query("SELECT * FROM outbox WHERE outbox_id = $1")
                .bind(outbox_id)
                .fetch_one(self.connection())
                .await?;
            deliveries.push(delivery(&row, &event)?);
        }
        Ok(deliveries)
    }

    async fn delete_delivery(&mut self, delivery: &DeliveryRecord) -> Result<(), Error> {
        sqlx::query("DELETE FROM delivery WHERE subscriber = $1 AND outbox_id = $2")
            .bind(&delivery.subscriber)
            .bind(delivery.outbox_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn postpone_delivery(
        &mut self,
        delivery: &DeliveryRecord,
        run_at: Timestamp,
        dead: bool,
        error: &str,
    ) -> Result<(), Error> {
        sqlx::query(
            "UPDATE delivery SET run_at = $3, leased_until = 0, dead = $4, last_error = $5
             WHERE subscriber = $1 AND outbox_id = $2",
        )
        .bind(&delivery.subscriber)
        .bind(delivery.outbox_id)
        .bind(run_at.0)
        .bind(dead)
        .bind(error)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn delivery(row: &SqliteRow, event: &SqliteRow) -> Result<DeliveryRecord, Error> {
    Ok(DeliveryRecord {
        subscriber: row.try_get("subscriber")?,
        outbox_id: row.try_get("outbox_id")?,
        event: Column("outbox", "event_id").parse(event)?,
        record: OutboxRecord {
            kind: event.try_get("kind")?,
            subject: event.try_get("subject")?,
            data: Column("outbox", "data").json(event)?,
            at: Timestamp(event.try_get("at")?),
        },
        tries: Column("delivery", "tries").number(row)?,
    })
}
