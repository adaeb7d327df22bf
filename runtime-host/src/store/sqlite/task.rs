use async_trait::async_trait;
use merkato_commerce::{ids::TaskId, time::Timestamp};
use sqlx::{Row, sqlite::SqliteRow};

use super::{Column, Error, SqliteTransaction, to_json};
use crate::store::{Tasks, records::TaskRecord};

#[async_trait]
impl Tasks for SqliteTransaction {
    async fn insert_task(&mut self, task: &TaskRecord) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO task (task_id, order_id, kind, payload, run_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(task.id.to_string())
        .bind(task.order.to_string())
        .bind(task.work.kind())
        .bind(to_json(&task.work)?)
        .bind(task.run_at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn lease_tasks(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<TaskRecord>, Error> {
        let rows = sqlx::query(
            "UPDATE task SET leased_until = $2, tries = tries + 1
             WHERE task_id IN (SELECT task_id FROM task WHERE run_at <= $1 AND leased_until <= $1
                               ORDER BY run_at LIMIT $3)
             RETURNING *",
        )
        .bind(now.0)
        .bind(leased_until.0)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(task).collect()
    }

    async fn delete_task(&mut self, id: TaskId) -> Result<(), Error> {
        sqlx::query("DELETE FROM task WHERE task_id = $1")
            .bind(id.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn postpone_task(&mut self, id: TaskId, run_at: Timestamp) -> Result<(), Error> {
        sqlx::query("UPDATE task SET run_at = $2, leased_until = 0 WHERE task_id = $1")
            .bind(id.to_string())
            .bind(run_at.0)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn release_leases(&mut self) -> Result<(), Error> {
        sqlx::query("UPDATE task SET leased_until = 0 WHERE leased_until > 0")
            .execute(self.connection())
            .await?;
        sqlx::query("UPDATE delivery SET leased_until = 0 WHERE leased_until > 0")
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn task(row: &SqliteRow) -> Result<TaskRecord, Error> {
    Ok(TaskRecord {
        id: Column("task", "task_id").parse(row)?,
        order: Column("task", "order_id").parse(row)?,
        work: Column("task", "payload").json(row)?,
        tries: Column("task", "tries").number(row)?,
        run_at: Timestamp(row.try_get("run_at")?),
    })
}
