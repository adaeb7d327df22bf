//! Asks the catalog to publish what it could not publish before, and what was to be published by now.
//!
//! A changed variant is published at once by the catalog itself, and so is the product to the search service. If one of
//! them was away at that moment, the change waits in the catalog's table, and this timer makes it try again. A product
//! that is scheduled for later is published when its time comes; one that is scheduled for sooner than the next sweep,
//! at that sweep.

use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

/// Wait between sweeps while nothing is left: long, because it wakes a catalog that may be asleep.
const IDLE_PAUSE: Duration = Duration::from_mins(10);
/// Wait between sweeps while something is left, or the catalog did not answer.
const BUSY_PAUSE: Duration = Duration::from_secs(10);
/// Shortest wait for a product that is due: two clocks may differ by a moment.
const DUE_PAUSE_MIN: Duration = Duration::from_secs(1);
/// How long a sweep may take.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(30);

/// The timer.
pub struct PublishSweep {
    client: reqwest::Client,
    url: String,
    service_token: String,
}

/// The catalog's answer.
#[derive(Deserialize)]
struct Swept {
    published: u64,
    left: u64,
    /// Milliseconds until the next scheduled product is due.
    next_due_ms: Option<u64>,
}

impl PublishSweep {
    /// Sweeps the catalog at `catalog_url`.
    pub fn new(client: reqwest::Client, catalog_url: &str, service_token: String) -> Self {
        let url = format!("{}/internal/catalog/publish", catalog_url.trim_end_matches('/'));
        Self { client, url, service_token }
    }

    /// Sweeps until `shutdown`; the first sweep comes after a pause, when the catalog has had time to start.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut pause = BUSY_PAUSE;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => return,
            }
            // A sweep that is cut off is begun anew by the next coordinator; none must hold up the end of this one.
            let Some(swept) = shutdown.run_until_cancelled(self.sweep()).await else { return };
            pause = match swept {
                Ok(Swept { published, left, next_due_ms }) => {
                    if published > 0 {
                        tracing::info!(published, left, "the catalog published what had waited");
                    }
                    let due = next_due_ms.map_or(IDLE_PAUSE, Duration::from_millis);
                    let idle = due.clamp(DUE_PAUSE_MIN, IDLE_PAUSE);
                    if left > 0 { BUSY_PAUSE.min(idle) } else { idle }
                }
                Err(error) => {
                    tracing::debug!(error = %error.without_url(), "the catalog could not be swept");
                    BUSY_PAUSE
                }
            };
        }
    }

    async fn sweep(&self) -> Result<Swept, reqwest::Error> {
        let request = self.client.post(&self.url).bearer_auth(&self.service_token).timeout(SWEEP_TIMEOUT);
        request.send().await?.error_for_status()?.json().await
    }
}
