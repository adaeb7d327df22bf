//! Does what transactions asked for: payments, and the end of reservations. Events have a
//! [`crate::outbox::Dispatcher`] of their own, so that no subscriber ever keeps a payment waiting.
//!
//! The worker sleeps until it is rung or until the next thing falls due; an idle shop leaves the database idle.
//!
//! Each of its steps is a function of its own ([`Worker::lease_due`], [`Worker::run_task`]), so that a simulation can
//! take them one by one.

use std::{sync::Arc, time::Instant};

use merkato_commerce::time::Timestamp;
use tokio::time::{Duration, sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Span;

use crate::{
    app::{
        App, Error,
        handover::{HandedOver, Room},
        payments::TaskResult,
    },
    backoff::Backoff,
    metrics,
    payments::Payments,
    store::records::{OrderRecord, TaskRecord},
    trace,
};

/// Reservations ended in one transaction: keeps the transaction short after a long stop.
const EXPIRED_BATCH_MAX: u32 = 100;
/// Waits before a task is tried again: short at first, since a shopper waits for the first answer; at most a minute,
/// since money that is owed back must not wait longer once the gateway is there again.
const BACKOFF: Backoff = Backoff { first_ms: 500, max_ms: 60_000 };
/// Wait after the database failed, so that a broken one is not hammered.
const FAULT_PAUSE: Duration = Duration::from_secs(1);
/// Nothing is due at all: only a ring can bring work.
const FOR_EVER: Duration = Duration::from_hours(24);

/// The worker of one coordinator.
#[derive(Clone)]
pub struct Worker {
    app: Arc<App>,
    payments: Arc<dyn Payments>,
    under_way: TaskTracker,
    abandon: CancellationToken,
}

/// What fell due.
pub struct Due {
    /// Tasks that are ours now.
    pub tasks: Vec<Leased>,
    /// How long there is nothing else to do.
    pub wait: Duration,
}

/// A task that is ours.
pub struct Leased {
    task: TaskRecord,
    /// The order, if it is known how it was committed last.
    known: Option<Arc<OrderRecord>>,
    /// Given back when the task is no longer under way.
    _room: Option<Room>,
}

impl Leased {
    /// What is to be done.
    pub const fn task(&self) -> &TaskRecord {
        &self.task
    }
}

impl From<HandedOver> for Leased {
    fn from(HandedOver { task, record, room }: HandedOver) -> Self {
        Self { task, known: Some(record), _room: Some(room) }
    }
}

impl Worker {
    /// A worker for `app`. What is not finished when `abandon` comes is given back, so that another coordinator need
    /// not wait for its lease to end.
    pub fn new(app: Arc<App>, payments: Arc<dyn Payments>, abandon: CancellationToken) -> Self {
        Self { app, payments, under_way: TaskTracker::new(), abandon }
    }

    /// Works until `shutdown`, then finishes what is under way.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::join!(self.look_for_work(&shutdown), self.take_over_work(&shutdown));
        self.under_way.close();
        self.under_way.wait().await;
    }

    /// Does what falls due in the database.
    async fn look_for_work(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            let wait = match self.start_due_work().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the worker could not look for work");
                    FAULT_PAUSE
                }
            };
            tokio::select! {
                () = self.app.wake.tasks.notified() => {}
                () = sleep(wait) => {}
                () = shutdown.cancelled() => {}
            }
            // Nothing can be taken before something has ended.
            tokio::select! {
                () = self.app.handover.wait_for_room() => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Does what comes from whoever asked for it.
    async fn take_over_work(&self, shutdown: &CancellationToken) {
        let mut handed_over = self.app.handover.open();
        loop {
            tokio::select! {
                handed = handed_over.recv() => match handed {
                    Some(handed) => self.start(handed.into()),
                    None => return,
                },
                // What was handed over before is still received.
                () = shutdown.cancelled(), if !handed_over.is_closed() => handed_over.close(),
            }
        }
    }

    /// Starts everything that is due and gives how long there is nothing to do.
    async fn start_due_work(&self) -> Result<Duration, Error> {
        let Due { tasks, wait } = self.lease_due().await?;
        for leased in tasks {
            self.start(leased);
        }
        Ok(wait)
    }

    /// Ends reservations that ran out, then takes tasks that are due, as many as there is room for.
    pub async fn lease_due(&self) -> Result<Due, Error> {
        let app = &self.app;
        app.wake.begin_look();
        while app.expire_reservations(EXPIRED_BATCH_MAX).await? == EXPIRED_BATCH_MAX as usize {}
        let room = app.handover.free();
        let (now, until) = (app.clock.now(), app.lease_end());
        let (tasks, due) = app
            .store
            .write(move |transaction| {
                Box::pin(async move {
                    let tasks = transaction.lease_tasks(now, until, room).await?;
                    let due = transaction.next_due().await?;
                    Ok::<_, Error>((tasks, due))
                })
            })
            .await?;
        let tasks = tasks.into_iter().map(|task| Leased { task, known: None, _room: app.handover.room() });
        let tasks = tasks.collect();
        let wait = app.wake.end_look(due).map_or(FOR_EVER, |at| until_due(at, now));
        Ok(Due { tasks, wait })
    }

    fn start(&self, leased: Leased) {
        let worker = self.clone();
        let task = leased.task();
        let (parent, span) = (trace::restored(task.traceparent.as_deref()), trace::task_span(task));
        self.under_way.spawn(trace::within(parent, span, async move { worker.run_task(leased).await }));
    }

    /// Does a task. One that must be tried again, or is not finished when all is to be abandoned, is given back.
    pub async fn run_task(&self, leased: Leased) {
        let Leased { task, known, _room } = leased;
        let (app, begun) = (&self.app, Instant::now());
        // One that overslept its lease before it began leaves the task to whoever has it by now.
        if app.clock.now() >= task.leased_until {
            return app.wake.ring_for(task.leased_until);
        }
        let tried = self.abandon.run_until_cancelled(app.run_task(&task, known, &*self.payments)).await;
        metrics::task_tried(&task.work, task_outcome(tried.as_ref()), begun.elapsed());
        let run_at = match tried {
            Some(Ok(TaskResult::Done)) => return,
            Some(Ok(TaskResult::NoAnswer)) => self.next_try(task.tries),
            Some(Err(error)) => {
                tracing::error!(task.id = %task.id, order.id = %task.order, %error, "a task failed");
                self.next_try(task.tries)
            }
            None => app.clock.now(),
        };
        Span::current().record("otel.status_code", "error");
        app.give_back(task, run_at).await;
    }

    fn next_try(&self, tries: u32) -> Timestamp {
        self.app.clock.now().plus_milliseconds(BACKOFF.wait_ms(tries, &*self.app.entropy))
    }
}

fn until_due(due: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(due.milliseconds_since(now).max(0).unsigned_abs())
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
