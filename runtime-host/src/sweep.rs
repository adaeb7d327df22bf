//! Asks services to do what they could not do before: a service lives for one request and has no timer.
//!
//! The catalog publishes a changed variant at once, and the notifications service sends a message at once. If the other
//! side was away at that moment, the work waits in the service's table, and this timer makes it try again.

use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

/// Wait between sweeps while nothing is left: long, because it wakes a service that may be asleep.
const IDLE_PAUSE: Duration = Duration::from_mins(10);
/// Wait between sweeps while something is left, or the service did not answer.
const BUSY_PAUSE: Duration = Duration::from_secs(10);
/// How long a sweep may take.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(30);

/// The timer of one service.
pub struct Sweep {
    client: reqwest::Client,
    service: &'static str,
    url: String,
    service_token: String,
}

/// The service's answer.
#[derive(Deserialize)]
struct Swept {
    #[serde(alias = "published")]
    done: u64,
    left: u64,
}

impl Sweep {
    /// Sweeps `service`, which is at `address`, by way of `path`.
    pub fn new(
        client: reqwest::Client,
        service: &'static str,
        address: &str,
        path: &str,
        service_token: String,
    ) -> Self {
        let url = format!("{}{path}", address.trim_end_matches('/'));
        Self { client, service, url, service_token }
    }

    /// Sweeps until `shutdown`; the first sweep comes after a pause, when the service has had time to start.
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
                Ok(Swept { done, left }) => {
                    if done > 0 {
                        tracing::info!(service = self.service, done, left, "a service did what had waited");
                    }
                    if left > 0 { BUSY_PAUSE } else { IDLE_PAUSE }
                }
                Err(error) => {
                    let error = error.without_url();
                    tracing::debug!(service = self.service, %error, "a service could not be swept");
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
