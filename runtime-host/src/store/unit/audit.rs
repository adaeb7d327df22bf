//! Looks at the books without changing them.

use async_trait::async_trait;
use merkato_commerce::{order::State, time::Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::Unit;
use crate::store::{
    Audit, Error,
    audit::{AuditTerms, Backlog, Breaches, DeliveryBacklog, Invariant},
    audit_statements::Question,
    engine::Statement,
};

#[derive(Deserialize)]
struct Breach {
    what: String,
    total: u64,
}

#[derive(Deserialize)]
struct Counted<N> {
    name: N,
    count: u64,
}

#[derive(Deserialize)]
struct Reservations {
    count: u64,
    overdue: u64,
    next_expiry: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Oldest {
    due: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Deliveries {
    subscriber: String,
    waiting: u64,
    dead: u64,
    oldest: Option<Timestamp>,
}

#[async_trait]
impl Audit for Unit {
    async fn missing_migrations(&mut self) -> Result<Vec<String>, Error> {
        let applied = self.ask::<i64>(Statement::AppliedMigrations, &json!(null)).await?;
        let missing = self.session.migrations().iter().filter(|one| !applied.contains(&one.version));
        Ok(missing.map(|one| format!("{:04} {}", one.version, one.description)).collect())
    }

    async fn breaches(
        &mut self,
        invariant: Invariant,
        terms: AuditTerms,
        limit: u32,
    ) -> Result<Breaches, Error> {
        let terms = json!({
            "now": terms.now, "overdue_before": terms.overdue_before, "tries_max": terms.delivery_tries_max,
            "keys_max": limit,
        });
        let found = self.ask::<Breach>(Statement::Audit(Question::Breaches(invariant)), &terms).await?;
        let count = found.first().map_or(0, |breach| breach.total);
        Ok(Breaches { count, keys: found.into_iter().map(|breach| breach.what).collect() })
    }

    async fn backlog(&mut self, now: Timestamp) -> Result<Backlog, Error> {
        let terms = json!({ "now": now });
        let orders = self.ask::<Counted<State>>(Statement::Audit(Question::Orders), &terms).await?;
        let held = self.ask::<Reservations>(Statement::Audit(Question::Reservations), &terms).await?.pop();
        let tasks = self.ask::<Counted<String>>(Statement::Audit(Question::Tasks), &terms).await?;
        let oldest = self.ask::<Oldest>(Statement::Audit(Question::OldestTask), &terms).await?.pop();
        let deliveries = self.ask::<Deliveries>(Statement::Audit(Question::Deliveries), &terms).await?;
        let held = held.unwrap_or(Reservations { count: 0, overdue: 0, next_expiry: None });
        let deliveries = deliveries.into_iter().map(|to| DeliveryBacklog {
            subscriber: to.subscriber,
            waiting: to.waiting,
            oldest: to.oldest,
            dead: to.dead,
        });
        Ok(Backlog {
            orders: orders.into_iter().map(|of| (of.name, of.count)).collect(),
            reservations: held.count,
            reservations_overdue: held.overdue,
            next_expiry: held.next_expiry,
            tasks: tasks.into_iter().map(|of| (of.name, of.count)).collect(),
            oldest_task_due: oldest.and_then(|oldest| oldest.due),
            deliveries: deliveries.collect(),
        })
    }
}
