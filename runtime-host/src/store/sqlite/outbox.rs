use async_trait::async_trait;
use merkato_commerce::{ids::EventId, time::Timestamp};
use merkato_contract::event::DeadLetterSelection;
use sqlx::{Row, sqlite::SqliteRow};

use super::{Column, Error, SqliteTransaction, to_json};
use crate::store::{
    Outbox,
    records::{DeadLetterRecord, DeliveryRecord, OutboxRecord},
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
        subscriber: &str,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, Error> {
        // Only the oldest of a subject is taken, so that a subscriber hears of one order's steps in order. A dead
        // letter no longer holds the later ones up: staff have been told of it.
        let rows = sqlx::query(
            "UPDATE delivery SET leased_until = $3, tries = tries + 1
             WHERE subscriber = $1 AND outbox_id IN (
                 SELECT outbox_id FROM delivery AS oldest
                 WHERE subscriber = $1 AND run_at <= $2 AND leased_until <= $2 AND NOT dead
                   AND NOT EXISTS (SELECT 1 FROM delivery AS older
                                   WHERE older.subscriber = oldest.subscriber AND older.subject = oldest.subject
                                     AND older.outbox_id < oldest.outbox_id AND NOT older.dead)
                 ORDER BY run_at LIMIT $4)
             RETURNING subscriber, outbox_id, tries",
        )
        .bind(subscriber)
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

    async fn next_delivery(&mut self, subscriber: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        // What waits for an older one of its subject is woken by that one's end, not by time. In the order of the
        // index, so that a long queue is not read to its end each time.
        let due: Option<i64> = sqlx::query_scalar(
            "SELECT min(due) FROM (
                 SELECT (SELECT run_at FROM delivery AS oldest
                         WHERE subscriber = $1 AND leased_until <= $2 AND NOT dead
                           AND NOT EXISTS (SELECT 1 FROM delivery AS older
                                           WHERE older.subscriber = oldest.subscriber
                                             AND older.subject = oldest.subject
                                             AND older.outbox_id < oldest.outbox_id AND NOT older.dead)
                         ORDER BY run_at LIMIT 1) AS due
                 UNION ALL
                 SELECT min(leased_until) FROM delivery
                 WHERE subscriber = $1 AND leased_until > 0 AND leased_until > $2) AS waiting",
        )
        .bind(subscriber)
        .bind(now.0)
        .fetch_one(self.connection())
        .await?;
        Ok(due.map(Timestamp))
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

    async fn awaited_subscribers(&mut self) -> Result<Vec<String>, Error> {
        let names = "SELECT DISTINCT subscriber FROM delivery WHERE NOT dead ORDER BY subscriber";
        Ok(sqlx::query_scalar(names).fetch_all(self.connection()).await?)
    }

    async fn bury_deliveries(&mut self, subscriber: &str, error: &str) -> Result<u64, Error> {
        let buried = sqlx::query(
            "UPDATE delivery SET dead = TRUE, leased_until = 0, last_error = $2
             WHERE subscriber = $1 AND NOT dead",
        )
        .bind(subscriber)
        .bind(error)
        .execute(self.connection())
        .await?;
        Ok(buried.rows_affected())
    }

    async fn dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        after: Option<(i64, String)>,
        limit: u32,
    ) -> Result<Vec<DeadLetterRecord>, Error> {
        let (after_outbox_id, after_subscriber) = after.unwrap_or((i64::MIN, String::new()));
        let rows = sqlx::query(
            "SELECT subscriber, delivery.outbox_id, tries, last_error, event_id, kind, outbox.subject, data, at
             FROM delivery JOIN outbox ON outbox.outbox_id = delivery.outbox_id
             WHERE dead AND ($1 IS NULL OR subscriber = $1) AND ($2 IS NULL OR event_id = $2)
               AND (delivery.outbox_id > $3 OR (delivery.outbox_id = $3 AND subscriber > $4))
             ORDER BY delivery.outbox_id, subscriber LIMIT $5",
        )
        .bind(selection.subscriber.as_deref())
        .bind(selection.event_id.map(|id| id.to_string()))
        .bind(after_outbox_id)
        .bind(after_subscriber)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                let last_error: Option<String> = row.try_get("last_error")?;
                Ok(DeadLetterRecord {
                    delivery: delivery(row, row)?,
                    last_error: last_error.unwrap_or_default(),
                })
            })
            .collect()
    }

    async fn replay_dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let replayed = sqlx::query(
            "UPDATE delivery SET dead = FALSE, tries = 0, run_at = $3, leased_until = 0
             WHERE dead AND ($1 IS NULL OR subscriber = $1)
               AND ($2 IS NULL OR outbox_id = (SELECT outbox_id FROM outbox WHERE event_id = $2))",
        )
        .bind(selection.subscriber.as_deref())
        .bind(selection.event_id.map(|id| id.to_string()))
        .bind(now.0)
        .execute(self.connection())
        .await?;
        Ok(replayed.rows_affected())
    }

    async fn drop_dead_letters(&mut self, selection: &DeadLetterSelection) -> Result<u64, Error> {
        let dropped = sqlx::query(
            "DELETE FROM delivery
             WHERE dead AND ($1 IS NULL OR subscriber = $1)
               AND ($2 IS NULL OR outbox_id = (SELECT outbox_id FROM outbox WHERE event_id = $2))",
        )
        .bind(selection.subscriber.as_deref())
        .bind(selection.event_id.map(|id| id.to_string()))
        .execute(self.connection())
        .await?;
        Ok(dropped.rows_affected())
    }

    async fn oldest_confirmed_event(&mut self) -> Result<Option<Timestamp>, Error> {
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT at FROM outbox
             WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.outbox_id = outbox.outbox_id)
             ORDER BY at LIMIT 1",
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(at.map(Timestamp))
    }

    async fn delete_confirmed_events(&mut self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        let deleted = sqlx::query(
            "DELETE FROM outbox WHERE outbox_id IN (
                 SELECT outbox_id FROM outbox
                 WHERE at < $1
                   AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.outbox_id = outbox.outbox_id)
                 ORDER BY at LIMIT $2)",
        )
        .bind(before.0)
        .bind(limit)
        .execute(self.connection())
        .await?;
        Ok(deleted.rows_affected())
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
