//! Puts the coordinator together and runs it: HTTP for services, the worker, the outbox, the sweeps of what services
//! could not hand over, and reminders of carts that were left alone.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::{App, Settings},
    http,
    outbox::{Dispatcher, Retention, Surroundings},
    payments::HttpPayments,
    policy::PricingComponent,
    reminders::{HttpReminders, Reminders},
    store::Store,
    sweep::Sweep,
    system::{SteadyClock, SystemEntropy, SystemIds},
    worker::Worker,
};

/// How long what is under way may take to finish after a signal to stop: an order being placed waits for its payment
/// less than that.
pub const DRAIN_MAX: Duration = Duration::from_secs(10);
/// How long it may take to give back what was not finished: one short transaction each.
const GIVE_BACK_MAX: Duration = Duration::from_secs(5);

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
    /// Where the users service is.
    pub users_url: String,
    /// Where the notifications service is.
    pub notifications_url: String,
    /// Where the reviews service is.
    pub reviews_url: String,
    /// Where the recommendations service is.
    pub recommendations_url: String,
    /// By which services and coordinator know each other.
    pub service_token: String,
    /// What an operator can set.
    pub settings: Settings,
    /// How long events are kept after everybody has heard of them.
    pub event_retention: Duration,
    /// How it ends.
    pub drain: Drain,
}

/// How a coordinator that is asked to stop ends.
#[derive(Debug, Clone, Copy)]
pub struct Drain {
    /// How long it goes on serving, and says that it is not ready, so that whoever sends traffic can look elsewhere.
    pub delay: Duration,
    /// How long what is under way may take then.
    pub limit: Duration,
}

/// A running coordinator.
pub struct Coordinator {
    address: SocketAddr,
    drain: Drain,
    /// No longer ready for traffic.
    closing: CancellationToken,
    /// No new requests.
    refusing: CancellationToken,
    /// No new work.
    shutdown: CancellationToken,
    /// No work at all.
    abandon: CancellationToken,
    requests: TaskTracker,
    workers: TaskTracker,
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
        let pricing = Arc::new(PricingComponent::load(start.pricing_policy, start.cache)?);
        let (clock, ids, entropy) =
            (Arc::new(SteadyClock::new()), Arc::new(SystemIds), Arc::new(SystemEntropy));
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
        let remind =
            HttpReminders::new(client.clone(), &start.notifications_url, start.service_token.clone());
        let sweeps = [
            Sweep::of_catalog(client.clone(), &start.catalog_url, start.service_token.clone()),
            Sweep::of_users(client.clone(), &start.users_url, start.service_token.clone()),
            Sweep::of_notifications(client.clone(), &start.notifications_url, start.service_token.clone()),
            Sweep::of_reviews(client.clone(), &start.reviews_url, start.service_token.clone()),
            Sweep::of_recommendations(client, &start.recommendations_url, start.service_token.clone()),
        ];
        let [closing, refusing, shutdown, abandon] = std::array::from_fn(|_| CancellationToken::new());
        let router = http::router(Arc::clone(&app), &start.service_token, closing.clone());

        let (requests, workers) = (TaskTracker::new(), TaskTracker::new());
        if let Some(others) = others {
            workers.spawn(hear_of_others(Arc::clone(&app), others.clone(), shutdown.clone()));
            workers.spawn(tell_watchers(Arc::clone(&app), others, shutdown.clone()));
        }
        if let Some(reminders) = Reminders::new(Arc::clone(&app), Arc::new(remind)) {
            workers.spawn(reminders.run(shutdown.clone()));
        }
        workers.spawn(Worker::new(app, payments, abandon.clone()).run(shutdown.clone()));
        workers.spawn(dispatcher.run(shutdown.clone(), abandon.clone()));
        workers.spawn(retention.run(shutdown.clone()));
        for sweep in sweeps {
            workers.spawn(sweep.run(shutdown.clone()));
        }
        workers.close();
        let stop = refusing.clone();
        requests.spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!(%error, "the coordinator stopped serving");
            }
        });
        requests.close();
        Ok(Self { address, drain: start.drain, closing, refusing, shutdown, abandon, requests, workers })
    }

    /// Where services find it.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says that it is no longer ready, and goes on until traffic has had time to leave.
    pub async fn close(&self) {
        self.closing.cancel();
        tokio::time::sleep(self.drain.delay).await;
    }

    /// Finishes what is under way, gives back what cannot be finished in time, and stops.
    pub async fn stop(self) {
        self.closing.cancel();
        self.refusing.cancel();
        let deadline = Instant::now() + self.drain.limit;
        // Requests end before the worker does: an order that is being placed waits for the worker to have it paid.
        if timeout_at(deadline, self.requests.wait()).await.is_err() {
            tracing::warn!("stopped with requests under way");
        }
        self.shutdown.cancel();
        if timeout_at(deadline, self.workers.wait()).await.is_ok() {
            return;
        }
        self.abandon.cancel();
        if timeout(GIVE_BACK_MAX, self.workers.wait()).await.is_err() {
            tracing::warn!("stopped with work under way; it goes on when its lease has run out");
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

/// The same for orders that are only watched. Apart from the above, because it asks the database, which may be slow.
async fn tell_watchers(app: Arc<App>, mut others: watch::Receiver<()>, shutdown: CancellationToken) {
    let telling = async {
        while others.changed().await.is_ok() {
            if let Err(error) = app.look_at_watched_orders().await {
                tracing::warn!(%error, "who watches an order does not hear what happened to it elsewhere");
            }
            tokio::time::sleep(OTHERS_PAUSE).await;
        }
    };
    shutdown.run_until_cancelled(telling).await;
}
