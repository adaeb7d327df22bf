//! Puts the coordinator together and runs it: HTTP for services, the worker, the outbox, and the sweep of unpublished
//! offers.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::{App, Settings},
    http,
    outbox::{Dispatcher, Retention, Surroundings},
    payments::HttpPayments,
    policy::Pricing,
    store::Store,
    sweep::PublishSweep,
    system::{SystemClock, SystemEntropy, SystemIds},
    worker::Worker,
};

/// How long requests under way may take to finish after a signal to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Least time between two looks at what others committed: they do their own work, so this is for the rare rest.
const OTHERS_PAUSE: Duration = Duration::from_millis(250);

/// What a coordinator needs to know to start.
pub struct Start<'a> {
    /// The till's tables.
    pub store: Store,
    /// The pricing policy's component.
    pub pricing_policy: &'a Path,
    /// Where compiled policies are kept.
    pub cache: &'a Path,
    /// Where the payments service is.
    pub payments_url: String,
    /// Where the catalog is.
    pub catalog_url: String,
    /// By which services and coordinator know each other.
    pub service_token: String,
    /// What an operator can set.
    pub settings: Settings,
    /// How long events are kept after everybody has heard of them.
    pub event_retention: Duration,
}

/// A running coordinator.
pub struct Coordinator {
    address: SocketAddr,
    shutdown: CancellationToken,
    parts: TaskTracker,
}

impl Coordinator {
    /// Starts on `listener`.
    pub async fn start(listener: TcpListener, start: Start<'_>) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("the coordinator's address cannot be read")?;
        let store = start.store;
        let others = store.others();
        if others.is_none() {
            // One process has this database (it holds the folder's lock), so whoever had taken work before is gone.
            store.write(|transaction| Box::pin(async move { transaction.release_leases().await })).await?;
        }
        let pricing = Pricing::load(start.pricing_policy, start.cache)?;
        let (clock, ids, entropy) = (Arc::new(SystemClock), Arc::new(SystemIds), Arc::new(SystemEntropy));
        let retention = Retention::new(store.clone(), clock.clone(), start.event_retention);
        let app = Arc::new(App::new(store, pricing, clock, ids, entropy, start.settings));
        let surroundings = Surroundings {
            store: app.store.clone(),
            clock: Arc::clone(&app.clock),
            entropy: Arc::clone(&app.entropy),
            wake: Arc::clone(&app.wake),
        };
        let (source, subscribers) = (app.settings.public_url.clone(), Arc::clone(&app.settings.subscribers));
        let dispatcher = Dispatcher::new(surroundings, source, &subscribers, &start.service_token)?;

        let client = reqwest::Client::builder().build().context("no HTTP client can be made")?;
        let payments =
            Arc::new(HttpPayments::new(client.clone(), start.payments_url, start.service_token.clone()));
        let sweep = PublishSweep::new(client, &start.catalog_url, start.service_token.clone());
        let router = http::router(Arc::clone(&app), &start.service_token);

        let (shutdown, parts) = (CancellationToken::new(), TaskTracker::new());
        if let Some(others) = others {
            parts.spawn(hear_of_others(Arc::clone(&app), others, shutdown.clone()));
        }
        parts.spawn(Worker::new(app, payments).run(shutdown.clone()));
        parts.spawn(dispatcher.run(shutdown.clone()));
        parts.spawn(retention.run(shutdown.clone()));
        parts.spawn(sweep.run(shutdown.clone()));
        let stop = shutdown.clone();
        parts.spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!(%error, "the coordinator stopped serving");
            }
        });
        parts.close();
        Ok(Self { address, shutdown, parts })
    }

    /// Where services find it.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Finishes what is under way and stops.
    pub async fn stop(self) {
        self.shutdown.cancel();
        if tokio::time::timeout(DRAIN_MAX, self.parts.wait()).await.is_err() {
            tracing::warn!("stopped with work under way; it goes on at the next start");
        }
    }
}

/// Looks whether what other coordinators committed concerns this one: an order that somebody here waits for, or work
/// that is left when the other is gone.
async fn hear_of_others(app: Arc<App>, mut others: watch::Receiver<()>, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            changed = others.changed() => if changed.is_err() { return },
            () = shutdown.cancelled() => return,
        }
        app.hear_of_others();
        tokio::select! {
            () = tokio::time::sleep(OTHERS_PAUSE) => {}
            () = shutdown.cancelled() => return,
        }
    }
}
