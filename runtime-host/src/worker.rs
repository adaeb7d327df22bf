//! Does what transactions asked for: payments, and the end of reservations. Events have a
//! [`crate::outbox::Dispatcher`] of their own, so that no subscriber ever keeps a payment waiting.
//!
//! The worker sleeps until it is rung or until the next thing falls due; an idle shop leaves the database idle.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use merkato_commerce::time::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::{
    app::{App, Error, payments::TaskResult},
    backoff::Backoff,
    metrics,
    payments::Payments,
    store::records::TaskRecord,
    trace,
};

/// Tasks under way at a time: more would only queue at the payments service.
const UNDER_WAY_MAX: usize = 64;
/// How long a task is ours before another coordinator may take it; far longer than any of its calls can last.
pub const LEASE: Duration = Duration::from_mins(1);
/// Reservations ended in one transaction: keeps the transaction short after a long stop.
const EXPIRED_BATCH_MAX: u32 = 100;
/// Waits before a task is tried again: short at first, since a shopper waits for the first answer; at most a minute,
/// since money that is owed back must not wait longer once the gateway is there again.
const BACKOFF: Backoff = Backoff { first_ms: 500, max_ms: 60_000 };
/// Wait after the database failed, so that a broken one is not hammered.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// The worker of one coordinator.
pub struct Worker {
    app: Arc<App>,
    payments: Arc<dyn Payments>,
    lease: Duration,
}

impl Worker {
    /// A worker for `app`, whose tasks are its own for [`LEASE`].
    pub fn new(app: Arc<App>, payments: Arc<dyn Payments>) -> Self {
        Self { app, payments, lease: LEASE }
    }

    /// The same, with another time for which its tasks are its own.
    #[must_use]
    pub fn leasing_for(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Works until `shutdown`, then finishes what is under way. What is not finished when `abandon` comes is given
    /// back, so that another coordinator need not wait for its lease to end.
    pub async fn run(self, shutdown: CancellationToken, abandon: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            let wait = match self.start_due_work(&mut under_way, &abandon).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the worker could not look for work");
                    FAULT_PAUSE
                }
            };
            tokio::select! {
                () = self.app.wake.tasks.notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(_) = under_way.join_next() => {}
                () = shutdown.cancelled() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Starts everything that is due and gives how long there is nothing to do.
    async fn start_due_work(
        &self,
        under_way: &mut JoinSet<()>,
        abandon: &CancellationToken,
    ) -> Result<Duration, Error> {
        while under_way.try_join_next().is_some() {}
        while self.app.expire_reservations(EXPIRED_BATCH_MAX).await? == EXPIRED_BATCH_MAX as usize {}
        let room = u32::try_from(UNDER_WAY_MAX.saturating_sub(under_way.len())).unwrap_or(0);
        if room == 0 {
            // The next one that ends makes room and wakes us.
            return Ok(self.lease);
        }
        let now = self.app.clock.now();
        let until = now.plus_milliseconds(i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX));
        let (tasks, due) = self
            .app
            .store
            .write(move |transaction| {
                Box::pin(async move {
                    let tasks = transaction.lease_tasks(now, until, room).await?;
                    let due = transaction.next_due().await?;
                    Ok::<_, Error>((tasks, due))
                })
            })
            .await?;
        for task in tasks {
            let (app, payments) = (Arc::clone(&self.app), Arc::clone(&self.payments));
            let abandon = abandon.clone();
            let (parent, span) = (trace::restored(task.traceparent.as_deref()), trace::task_span(&task));
            let work = async move { run_task(&app, &*payments, task, &abandon).await };
            under_way.spawn(trace::within(parent, span, work));
        }
        Ok(until_due(due, now))
    }
}

fn until_due(due: Option<Timestamp>, now: Timestamp) -> Duration {
    /// Nothing is due at all: only a ring can bring work.
    const FOR_EVER: Duration = Duration::from_hours(24);
    due.map_or(FOR_EVER, |due| Duration::from_millis(due.milliseconds_since(now).max(0).unsigned_abs()))
}

/// How a try ended, as metrics have it.
fn task_outcome(tried: Option<&Result<TaskResult, Error>>) -> &'static str {
    match tried {
        Some(Ok(TaskResult::Done)) => "done",
        Some(Ok(TaskResult::NoAnswer)) => "no_answer",
        Some(Err(_)) => "failed",
        None => "given_back",
    }
}

async fn run_task(app: &App, payments: &dyn Payments, task: TaskRecord, abandon: &CancellationToken) {
    let begun = Instant::now();
    let tried = abandon.run_until_cancelled(app.run_task(&task, payments)).await;
    metrics::task_tried(&task.work, task_outcome(tried.as_ref()), begun.elapsed());
    let run_at = match tried {
        Some(Ok(TaskResult::Done)) => return,
        Some(Ok(TaskResult::NoAnswer)) => next_try(app, task.tries),
        Some(Err(error)) => {
            tracing::error!(task.id = %task.id, order.id = %task.order, %error, "a task failed");
            next_try(app, task.tries)
        }
        None => app.clock.now(),
    };
    Span::current().record("otel.status_code", "error");
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

fn next_try(app: &App, tries: u32) -> Timestamp {
    app.clock.now().plus_milliseconds(BACKOFF.wait_ms(tries, &*app.entropy))
}
