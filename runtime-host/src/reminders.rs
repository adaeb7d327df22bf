//! Looks after carts that were left alone, and asks the notifications service to remind their owners.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use merkato_contract::notification::AbandonedCart;
use tokio_util::sync::CancellationToken;

use crate::app::{
    App,
    reminders::{NotReminded, Remind},
};

/// Longest wait between two looks: what another coordinator was told to look at is not told here.
const PAUSE_MAX: Duration = Duration::from_mins(10);
/// Shortest wait between two looks, unless there is more to look at than one look takes.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// Wait after the database or the notifications service failed.
const FAULT_PAUSE: Duration = Duration::from_mins(1);
/// How long the notifications service may take: it may have to wake up, and asks the users service.
const REMIND_TIMEOUT: Duration = Duration::from_secs(30);

/// The notifications service, which reminds people.
pub struct HttpReminders {
    client: reqwest::Client,
    url: String,
    service_token: String,
}

impl HttpReminders {
    /// The one at `notifications_url`.
    pub fn new(client: reqwest::Client, notifications_url: &str, service_token: String) -> Self {
        let base = notifications_url.trim_end_matches('/');
        Self { client, url: format!("{base}/internal/notifications/abandoned-carts"), service_token }
    }
}

#[async_trait]
impl Remind for HttpReminders {
    async fn remind(&self, reminder: &AbandonedCart) -> Result<(), NotReminded> {
        let request = self.client.post(&self.url).bearer_auth(&self.service_token).timeout(REMIND_TIMEOUT);
        let answer = request.json(reminder).send().await.and_then(reqwest::Response::error_for_status);
        answer.map(drop).map_err(|error| NotReminded(error.without_url().to_string()))
    }
}

/// The timer.
pub struct Reminders {
    app: Arc<App>,
    remind: Arc<dyn Remind>,
    /// How long a cart is left alone.
    after: Duration,
}

impl Reminders {
    /// Has `remind` remind people of the carts of `app`; none if nobody is to be reminded.
    pub fn new(app: Arc<App>, remind: Arc<dyn Remind>) -> Option<Self> {
        let after = app.settings.remind_after?;
        Some(Self { app, remind, after })
    }

    /// Looks until `shutdown`. A cart that is filled from now on is not looked at before it could have been left alone
    /// for long enough, so nobody needs to ring.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            // What is cut off is looked at again when its lease is over.
            let Some(pause) = shutdown.run_until_cancelled(self.look()).await else { return };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Looks at what is due, and gives when to look again.
    async fn look(&self) -> Duration {
        loop {
            let looked = match self.app.remind_of_carts(&*self.remind).await {
                Ok(looked) => looked,
                Err(error) => {
                    tracing::error!(%error, "carts that were left alone could not be looked at");
                    return FAULT_PAUSE;
                }
            };
            if looked.reminded > 0 {
                tracing::info!(looked.reminded, "people were reminded of their carts");
            }
            if looked.failed {
                return FAULT_PAUSE;
            }
            if looked.more {
                continue;
            }
            let now = self.app.clock.now();
            let due = looked.next.map_or(PAUSE_MAX, |next| {
                Duration::from_millis(next.milliseconds_since(now).max(0).unsigned_abs())
            });
            return due.min(self.after).clamp(PAUSE_MIN, PAUSE_MAX);
        }
    }
}
