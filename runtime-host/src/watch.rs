//! Looks at the books for those who watch the shop: whether they balance, and what waits.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use merkato_commerce::time::Timestamp;
use tokio::sync::Mutex;

use crate::{
    app::App,
    outbox::Limits,
    store::{
        Error, Store,
        audit::{AuditTerms, Backlog, Breaches, Invariant},
    },
};

/// For how long a reading is good, at least: Prometheus asks every 15 seconds or so, and so may many.
const READING_GOOD: Duration = Duration::from_secs(2);
/// A reading is good for so many times what it took: looking takes at most a hundredth of the database's time,
/// however large it has become.
const READING_REST: u32 = 100;
/// How long a scrape waits for the database: below the ten seconds after which Prometheus gives up by itself.
const READING_MAX: Duration = Duration::from_secs(5);
/// How late the end of a reservation may be, in milliseconds, before its order counts as stuck: longer than a restart
/// and the work that it finds.
const OVERDUE_MS_MAX: i64 = 5 * 60 * 1_000;
/// Keys of what breaks an invariant that are read: enough to find the cause.
pub const BREACH_KEYS_MAX: u32 = 10;

/// What a look at the books showed.
#[derive(Debug)]
pub struct Reading {
    /// When it was.
    pub now: Timestamp,
    /// What there is and what waits.
    pub backlog: Backlog,
    /// What breaks each invariant.
    pub breaches: Vec<(Invariant, Breaches)>,
}

impl Reading {
    /// Looks at the books.
    pub async fn take(store: &Store, now: Timestamp) -> Result<Self, Error> {
        let terms = AuditTerms {
            now,
            overdue_before: now.plus_milliseconds(-OVERDUE_MS_MAX),
            delivery_tries_max: Limits::TRIES_LIMIT,
        };
        store
            .read_snapshot(move |transaction| {
                Box::pin(async move {
                    let backlog = transaction.backlog(now).await?;
                    let mut breaches = Vec::with_capacity(Invariant::ALL.len());
                    for invariant in Invariant::ALL {
                        let found = transaction.breaches(*invariant, terms, BREACH_KEYS_MAX).await?;
                        breaches.push((*invariant, found));
                    }
                    Ok(Self { now, backlog, breaches })
                })
            })
            .await
    }
}

/// Takes readings for all who ask, but not more than the database can well bear.
pub struct Watch {
    app: Arc<App>,
    last: Arc<Mutex<Option<Taken>>>,
}

struct Taken {
    begun: Instant,
    good_for: Duration,
    reading: Arc<Reading>,
}

impl Watch {
    /// Watches the books of `app`.
    pub fn new(app: Arc<App>) -> Self {
        Self { app, last: Arc::default() }
    }

    /// A reading that is good still; none if the database does not give one in time.
    pub async fn reading(&self) -> Option<Arc<Reading>> {
        // In a task of its own, so that a reading that takes longer than anybody waits is there for the next scrape.
        let taking = tokio::spawn(good_reading(Arc::clone(&self.app), Arc::clone(&self.last)));
        match tokio::time::timeout(READING_MAX, taking).await {
            Ok(Ok(Ok(reading))) => Some(reading),
            Ok(Ok(Err(error))) => {
                tracing::warn!(%error, "the books cannot be read for metrics");
                None
            }
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("reading the books for metrics takes too long");
                None
            }
        }
    }
}

async fn good_reading(app: Arc<App>, last: Arc<Mutex<Option<Taken>>>) -> Result<Arc<Reading>, Error> {
    let mut last = last.lock().await;
    if let Some(taken) = &*last
        && taken.begun.elapsed() < taken.good_for
    {
        return Ok(Arc::clone(&taken.reading));
    }
    let begun = Instant::now();
    let reading = Arc::new(Reading::take(&app.store, app.clock.now()).await?);
    let good_for = READING_GOOD.max(begun.elapsed() * READING_REST);
    *last = Some(Taken { begun, good_for, reading: Arc::clone(&reading) });
    Ok(reading)
}
