//! Asks services to hand over what they could not hand over before, and what was to be handed over by now.
//!
//! A changed variant is published at once by the catalog itself, and so is the product to the search service; a message
//! is sent at once by users or notifications. If whoever takes them was away at that moment, they wait in the service's
//! own table, and this timer makes it try again. A product that is scheduled for later is published when its time
//! comes; one that is scheduled for sooner than the next sweep, at that sweep. Services clear away at the same time what
//! they need no longer.

use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

/// Wait between sweeps while nothing is left: long, because it wakes a service that may be asleep.
const IDLE_PAUSE: Duration = Duration::from_mins(10);
/// Wait between sweeps while each gets something done, as after a large import: enough for others to be served.
const BRISK_PAUSE: Duration = Duration::from_millis(100);
/// Wait between sweeps while something is left that nobody takes, or the service did not answer.
const BUSY_PAUSE: Duration = Duration::from_secs(10);
/// Shortest wait for a product that is due: two clocks may differ by a moment.
const DUE_PAUSE_MIN: Duration = Duration::from_secs(1);
/// How long a sweep may take.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(30);

/// The timer of one service.
pub struct Sweep {
    client: reqwest::Client,
    service: &'static str,
    url: String,
    service_token: String,
}

/// The service's answer. One that only clears away has nothing to say here.
#[derive(Deserialize)]
struct Swept {
    #[serde(default, alias = "published", alias = "sent")]
    handed_over: u64,
    #[serde(default)]
    left: u64,
    /// Milliseconds until the next scheduled product is due.
    next_due_ms: Option<u64>,
}

impl Sweep {
    /// Makes the catalog at `catalog_url` publish offers.
    pub fn of_catalog(client: reqwest::Client, catalog_url: &str, service_token: String) -> Self {
        let url = format!("{}/internal/catalog/publish", catalog_url.trim_end_matches('/'));
        Self { client, service: "catalog", url, service_token }
    }

    /// Makes the users service at `users_url` send messages, and clear away what is over.
    pub fn of_users(client: reqwest::Client, users_url: &str, service_token: String) -> Self {
        let url = format!("{}/internal/users/sweep", users_url.trim_end_matches('/'));
        Self { client, service: "users", url, service_token }
    }

    /// Makes the notifications service at `notifications_url` send what its carriers did not take.
    pub fn of_notifications(client: reqwest::Client, notifications_url: &str, service_token: String) -> Self {
        let url = format!("{}/internal/notifications/sweep", notifications_url.trim_end_matches('/'));
        Self { client, service: "notifications", url, service_token }
    }

    /// Makes the reviews service at `reviews_url` tell the catalog of ratings.
    pub fn of_reviews(client: reqwest::Client, reviews_url: &str, service_token: String) -> Self {
        let url = format!("{}/internal/reviews/sweep", reviews_url.trim_end_matches('/'));
        Self { client, service: "reviews", url, service_token }
    }

    /// Makes the recommendations service at `recommendations_url` clear away what is over.
    pub fn of_recommendations(
        client: reqwest::Client,
        recommendations_url: &str,
        service_token: String,
    ) -> Self {
        let url = format!("{}/internal/recommendations/sweep", recommendations_url.trim_end_matches('/'));
        Self { client, service: "recommendations", url, service_token }
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
                Ok(Swept { handed_over, left, next_due_ms }) => {
                    if handed_over > 0 {
                        tracing::info!(
                            self.service,
                            handed_over,
                            left,
                            "a service handed over what had waited"
                        );
                    }
                    let due = next_due_ms.map_or(IDLE_PAUSE, Duration::from_millis);
                    let idle = due.clamp(DUE_PAUSE_MIN, IDLE_PAUSE);
                    match (left, handed_over) {
                        (0, _) => idle,
                        (_, 0) => BUSY_PAUSE.min(idle),
                        _ => BRISK_PAUSE,
                    }
                }
                Err(error) => {
                    tracing::debug!(self.service, error = %error.without_url(), "a service could not be swept");
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
