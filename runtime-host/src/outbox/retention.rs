//! Removes events that everybody has heard of, some time after.

use std::{sync::Arc, time::Duration};

use merkato_commerce::time::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::store::{Error, Store};

/// How long an event is kept after it happened: long enough to look into a complaint of last month.
pub const RETENTION: Duration = Duration::from_hours(30 * 24);
/// Events removed in one transaction: it takes milliseconds, and checkouts wait no longer than that.
const BATCH_MAX: u32 = 500;
/// Shortest wait between two rounds, so that a busy shop removes an hour's events at once rather than each alone.
const PAUSE_MIN: Duration = Duration::from_hours(1);
/// Wait after the database failed.
const FAULT_PAUSE: Duration = Duration::from_mins(1);

/// The one who clears up.
pub struct Retention {
    store: Store,
    clock: Arc<dyn Clock>,
    keep: Duration,
}

impl Retention {
    /// Keeps events for `keep`.
    pub fn new(store: Store, clock: Arc<dyn Clock>, keep: Duration) -> Self {
        Self { store, clock, keep }
    }

    /// Clears up until `shutdown`. Where nothing is old enough, it sleeps until something can be.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            let pause = match self.remove_old_events().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "old events could not be removed");
                    FAULT_PAUSE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Removes what is old enough, and gives how long nothing else can be.
    async fn remove_old_events(&self) -> Result<Duration, Error> {
        let keep_ms = i64::try_from(self.keep.as_millis()).unwrap_or(i64::MAX);
        let now = self.clock.now();
        let before = now.plus_milliseconds(-keep_ms);
        let mut removed = 0;
        loop {
            let batch = self.remove_batch(before).await?;
            removed += batch;
            if batch < u64::from(BATCH_MAX) {
                break;
            }
        }
        if removed > 0 {
            tracing::info!(removed, "old events were removed");
        }
        let oldest = self
            .store
            .read(|transaction| Box::pin(async move { transaction.oldest_confirmed_event().await }))
            .await?;
        // An event that does not exist yet, or is not confirmed yet, cannot be too old before this time has passed.
        let next = oldest.unwrap_or(now).plus_milliseconds(keep_ms);
        Ok(pause_until(next, now).max(PAUSE_MIN.min(self.keep)))
    }

    async fn remove_batch(&self, before: Timestamp) -> Result<u64, Error> {
        self.store
            .write(move |transaction| {
                Box::pin(async move { transaction.delete_confirmed_events(before, BATCH_MAX).await })
            })
            .await
    }
}

fn pause_until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(moment.milliseconds_since(now).max(0).unsigned_abs())
}
