//! Does what transactions asked for: payments, deliveries of events, and the end of reservations.
//!
//! The worker sleeps until it is rung or until the next thing falls due; an idle shop leaves the database idle.

use std::{sync::Arc, time::Duration};

use merkato_commerce::time::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    app::{App, Error, payments::TaskResult},
    outbox::Deliverer,
    payments::Payments,
    store::records::{DeliveryRecord, TaskRecord},
};

/// Tasks and deliveries under way at a time: more would only queue at the payments service.
const UNDER_WAY_MAX: usize = 64;
/// How long a task is ours before another coordinator may take it; longer than any of its calls can last.
const LEASE_MS: i64 = 60_000;
/// Reservations ended in one transaction: keeps the transaction short after a long stop.
const EXPIRED_BATCH_MAX: u32 = 100;
/// First wait before a task or delivery is tried again; it doubles with each try.
const BACKOFF_FIRST_MS: i64 = 500;
/// Longest wait before it is tried again.
const BACKOFF_MAX_MS: i64 = 60_000;
/// Wait after the database failed, so that a broken one is not hammered.
const FAULT_PAUSE: Duration = Duration::from_secs(1);
/// Tries after which a delivery is dead: with the waits above, about a day.
const DELIVERY_TRIES_MAX: u32 = 1_440;

/// The worker of one coordinator.
pub struct Worker {
    app: Arc<App>,
    payments: Arc<dyn Payments>,
    deliverer: Arc<Deliverer>,
}

impl Worker {
    /// A worker for `app`.
    pub fn new(app: Arc<App>, payments: Arc<dyn Payments>, deliverer: Arc<Deliverer>) -> Self {
        Self { app, payments, deliverer }
    }

    /// Works until `shutdown`, then finishes what is under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            let wait = match self.start_due_work(&mut under_way).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the worker could not look for work");
                    FAULT_PAUSE
                }
            };
            tokio::select! {
                () = self.app.wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(_) = under_way.join_next() => {}
                () = shutdown.cancelled() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Starts everything that is due and gives how long there is nothing to do.
    async fn start_due_work(&self, under_way: &mut JoinSet<()>) -> Result<Duration, Error> {
        while under_way.try_join_next().is_some() {}
        while self.app.expire_reservations(EXPIRED_BATCH_MAX).await? == EXPIRED_BATCH_MAX as usize {}
        let room = u32::try_from(UNDER_WAY_MAX.saturating_sub(under_way.len())).unwrap_or(0);
        if room == 0 {
            // The next one that ends makes room and wakes us.
            return Ok(Duration::from_millis(LEASE_MS.unsigned_abs()));
        }
        let now = self.app.clock.now();
        let until = now.plus_milliseconds(LEASE_MS);
        let (tasks, deliveries, due) = self
            .app
            .store
            .write(move |transaction| {
                Box::pin(async move {
                    let tasks = transaction.lease_tasks(now, until, room).await?;
                    let deliveries = transaction.lease_deliveries(now, until, room).await?;
                    let due = transaction.next_due().await?;
                    Ok::<_, Error>((tasks, deliveries, due))
                })
            })
            .await?;
        for task in tasks {
            let (app, payments) = (Arc::clone(&self.app), Arc::clone(&self.payments));
            under_way.spawn(async move { run_task(&app, &*payments, task).await });
        }
        for delivery in deliveries {
            let (app, deliverer) = (Arc::clone(&self.app), Arc::clone(&self.deliverer));
            under_way.spawn(async move { deliver(&app, &deliverer, delivery).await });
        }
        Ok(until_due(due, now))
    }
}

fn until_due(due: Option<Timestamp>, now: Timestamp) -> Duration {
    /// Nothing is due at all: only a ring can bring work.
    const FOR_EVER: Duration = Duration::from_hours(24);
    due.map_or(FOR_EVER, |due| Duration::from_millis(due.milliseconds_since(now).max(0).unsigned_abs()))
}

/// The wait before the next try, with up to a fifth more so that many failures do not come back as one wave.
fn backoff_ms(tries: u32, jitter: u8) -> i64 {
    let doubled =
        BACKOFF_FIRST_MS.saturating_mul(1_i64.checked_shl(tries.saturating_sub(1).min(30)).unwrap_or(1));
    let wait = doubled.min(BACKOFF_MAX_MS);
    wait + wait * i64::from(jitter) / (5 * i64::from(u8::MAX))
}

async fn run_task(app: &App, payments: &dyn Payments, task: TaskRecord) {
    match app.run_task(&task, payments).await {
        Ok(TaskResult::Done) => return,
        Ok(TaskResult::NoAnswer) => {}
        Err(error) => tracing::error!(task.id = %task.id, order.id = %task.order, %error, "a task failed"),
    }
    let run_at = next_try(app, task.tries);
    let postponed = app
        .store
        .write(move |transaction| {
            Box::pin(async move { Ok::<_, Error>(transaction.postpone_task(task.id, run_at).await?) })
        })
        .await;
    if let Err(error) = postponed {
        tracing::error!(task.id = %task.id, %error, "a task could not be given back; its lease will run out");
    }
}

async fn deliver(app: &App, deliverer: &Deliverer, delivery: DeliveryRecord) {
    let result = deliverer.deliver(&delivery).await;
    let run_at = next_try(app, delivery.tries);
    let dead = delivery.tries >= DELIVERY_TRIES_MAX;
    let known = Arc::new((delivery, result.err()));
    let told = Arc::clone(&known);
    let stored = app
        .store
        .write(move |transaction| {
            let known = Arc::clone(&known);
            Box::pin(async move {
                match &*known {
                    (delivery, None) => transaction.delete_delivery(delivery).await?,
                    (delivery, Some(reason)) => {
                        transaction.postpone_delivery(delivery, run_at, dead, reason).await?;
                    }
                }
                Ok::<_, Error>(())
            })
        })
        .await;
    if let (delivery, Some(reason)) = &*told {
        tracing::warn!(delivery.subscriber, event.id = %delivery.event, reason, dead, "an event was not taken");
    }
    if let Err(error) = stored {
        tracing::error!(%error, "a delivery could not be stored; its lease will run out");
    }
}

fn next_try(app: &App, tries: u32) -> Timestamp {
    let mut jitter = [0; 1];
    app.entropy.fill(&mut jitter);
    app.clock.now().plus_milliseconds(backoff_ms(tries, jitter[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_a_fifth() {
        assert_eq!(backoff_ms(1, 0), 500);
        assert_eq!(backoff_ms(3, 0), 2_000);
        assert_eq!(backoff_ms(u32::MAX, u8::MAX), 72_000);
    }
}
