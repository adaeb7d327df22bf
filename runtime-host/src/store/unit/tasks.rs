//! Reservations, and work to be done after a commit.

use async_trait::async_trait;
use merkato_commerce::{
    ids::{OrderId, TaskId},
    time::Timestamp,
};
use serde_json::json;

use super::Unit;
use crate::store::{
    Error, Reservations, Tasks,
    engine::Statement,
    records::TaskRecord,
    rows::{PostponedTaskRow, TaskRow},
};

#[async_trait]
impl Reservations for Unit {
    async fn insert_reservation(&mut self, order: OrderId, expires_at: Timestamp) -> Result<(), Error> {
        self.own.changes.reservations.insert(order, Some(expires_at));
        Ok(())
    }

    async fn delete_reservation(&mut self, order: OrderId) -> Result<(), Error> {
        self.own.changes.reservations.insert(order, None);
        Ok(())
    }

    async fn expired_reservations(&mut self, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, Error> {
        let ids = self.ask(Statement::ExpiredReservations, &json!({ "now": now, "limit": limit })).await?;
        self.load_orders(&ids).await?;
        Ok(ids)
    }
}

#[async_trait]
impl Tasks for Unit {
    async fn insert_task(&mut self, task: &TaskRecord) -> Result<(), Error> {
        self.own.changes.new_tasks.push(TaskRow::from(task));
        Ok(())
    }

    async fn lease_tasks(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<TaskRecord>, Error> {
        let lease = json!({ "now": now, "leased_until": leased_until, "limit": limit });
        let tasks = self.change::<TaskRow>(Statement::LeaseTasks, &lease).await?;
        Ok(tasks.into_iter().map(TaskRecord::from).collect())
    }

    async fn delete_task(&mut self, id: TaskId) -> Result<(), Error> {
        self.own.changes.deleted_tasks.insert(id);
        Ok(())
    }

    async fn postpone_task(&mut self, task: &TaskRecord, run_at: Timestamp) -> Result<(), Error> {
        let row = PostponedTaskRow { task_id: task.id, tries: task.tries, run_at };
        self.own.changes.postponed_tasks.push(row);
        Ok(())
    }

    async fn release_leases(&mut self) -> Result<(), Error> {
        self.change::<serde_json::Value>(Statement::ReleaseTasks, &json!(null)).await?;
        self.change::<serde_json::Value>(Statement::ReleaseDeliveries, &json!(null)).await?;
        Ok(())
    }
}
