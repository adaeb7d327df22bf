//! Takes deliveries that are due and sends them, each subscriber in room of its own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use merkato_commerce::time::{Clock, Timestamp};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::{
    Subscriber, Target, cloud_event,
    http::HttpSink,
    nats::NatsSink,
    sink::{Advice, Failure, Sink},
};
use crate::{
    app::Entropy,
    backoff::Backoff,
    metrics,
    store::{Error, Store, records::DeliveryRecord},
    trace,
    wake::Wake,
};

/// How long a delivery is ours before another coordinator may take it: twice the longest timeout that can be set.
const LEASE_MS: i64 = 60_000;
/// How long a subscriber that is away is left in peace; at most a minute, since that is how long one that is back
/// waits for what is new.
const REST: Backoff = Backoff { first_ms: 500, max_ms: 60_000 };
/// Wait after the database failed, so that a broken one is not hammered.
const FAULT_PAUSE: Duration = Duration::from_secs(1);
/// What becomes of deliveries whose subscriber is gone.
const UNSUBSCRIBED: &str = "nobody of that name is subscribed any more";

/// What a dispatcher needs of the rest of the coordinator.
pub struct Surroundings {
    /// Where the outbox is.
    pub store: Store,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes waits differ.
    pub entropy: Arc<dyn Entropy>,
    /// Rings when there may be something to deliver.
    pub wake: Arc<Wake>,
}

/// Sends what the outbox holds.
pub struct Dispatcher {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    wake: Arc<Wake>,
    source: String,
    routes: Vec<Arc<Route>>,
}

/// A subscriber, the way to it, and how it fares.
struct Route {
    subscriber: Subscriber,
    sink: Box<dyn Sink>,
    places: Arc<Semaphore>,
    health: Mutex<Health>,
}

/// How a subscriber fares.
#[derive(Debug, Clone, Copy)]
struct Health {
    /// How often in a row it was away.
    away: u32,
    /// Until when it is left in peace.
    rests_until: Timestamp,
}

impl Route {
    /// How many deliveries may be started. One that was away is tried with one delivery until it takes one, so that
    /// the others keep their tries and it is not greeted by all of them at once.
    fn room(&self, now: Timestamp) -> usize {
        let health = *self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.places.available_permits();
        if health.rests_until > now {
            0
        } else if health.away > 0 {
            usize::from(free == self.subscriber.limits.parallel_max as usize)
        } else {
            free
        }
    }

    /// When it need no longer be left in peace, if it rests now.
    fn rests_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.health.lock().unwrap_or_else(PoisonError::into_inner).rests_until;
        (until > now).then_some(until)
    }

    fn note(&self, result: &Result<(), Failure>, now: Timestamp, entropy: &dyn Entropy) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Err(Failure { advice: Advice::GiveRest { at_least }, .. }) => {
                health.away = health.away.saturating_add(1);
                let rest_ms = REST.wait_ms(health.away, entropy).max(milliseconds(*at_least));
                health.rests_until = health.rests_until.max(now.plus_milliseconds(rest_ms));
            }
            // Whatever it said of this event, it is there.
            _ => *health = Health { away: 0, rests_until: Timestamp(0) },
        }
    }
}

fn milliseconds(duration: Option<Duration>) -> i64 {
    duration.map_or(0, |duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

impl Dispatcher {
    /// A dispatcher for `subscribers`, on the store, the clock and the bell of `surroundings`. Events are said to come
    /// from `source`; services of this shop know us by `service_token`.
    pub fn new(
        surroundings: Surroundings,
        source: String,
        subscribers: &[Subscriber],
        service_token: &str,
    ) -> anyhow::Result<Self> {
        let Surroundings { store, clock, entropy, wake } = surroundings;
        let route = |subscriber: &Subscriber| -> anyhow::Result<Arc<Route>> {
            let sink: Box<dyn Sink> = match subscriber.target.clone() {
                Target::Http(target) => {
                    Box::new(HttpSink::new(subscriber, target, service_token, Arc::clone(&clock))?)
                }
                Target::Nats(target) => Box::new(NatsSink::new(target)),
            };
            let places = Arc::new(Semaphore::new(subscriber.limits.parallel_max as usize));
            let health = Mutex::new(Health { away: 0, rests_until: Timestamp(0) });
            Ok(Arc::new(Route { subscriber: subscriber.clone(), sink, places, health }))
        };
        let routes = subscribers.iter().map(route).collect::<anyhow::Result<_>>()?;
        Ok(Self { store, clock, entropy, wake, source, routes })
    }

    /// Delivers until `shutdown`, then finishes what is under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let dispatcher = Arc::new(self);
        if let Err(error) = dispatcher.bury_unsubscribed().await {
            tracing::error!(%error, "deliveries to former subscribers could not be looked for");
        }
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            let wait = match dispatcher.start_due_deliveries(&mut under_way).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "deliveries could not be looked for");
                    FAULT_PAUSE
                }
            };
            tokio::select! {
                () = dispatcher.wake.deliveries.notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(_) = under_way.join_next() => {}
                () = shutdown.cancelled() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// What waits for somebody whom nobody knows any more becomes dead letters: staff see them, and can replay them
    /// when the subscriber is back.
    async fn bury_unsubscribed(&self) -> Result<(), Error> {
        let awaited = self
            .store
            .read(|transaction| Box::pin(async move { transaction.awaited_subscribers().await }))
            .await?;
        for name in awaited {
            if self.routes.iter().any(|route| route.subscriber.name == name) {
                continue;
            }
            let former = name.clone();
            let buried = self
                .store
                .write(move |transaction| {
                    let former = former.clone();
                    Box::pin(async move { transaction.bury_deliveries(&former, UNSUBSCRIBED).await })
                })
                .await?;
            tracing::warn!(
                subscriber = name,
                buried,
                "{UNSUBSCRIBED}: what waited for it is in the dead letters"
            );
        }
        Ok(())
    }

    /// Starts everything that is due and has room, and gives how long there is nothing to do.
    async fn start_due_deliveries(self: &Arc<Self>, under_way: &mut JoinSet<()>) -> Result<Duration, Error> {
        while under_way.try_join_next().is_some() {}
        loop {
            let now = self.clock.now();
            let ready = self.routes.iter().filter(|route| route.room(now) > 0).cloned().collect::<Vec<_>>();
            // Looking costs no place in the queue of writers; most rings are for somebody else.
            let due = self.next_due(ready.clone(), now).await?;
            if due.is_none_or(|due| due > now) {
                let rests = self.routes.iter().filter_map(|route| route.rests_until(now));
                return Ok(wait_until(due.into_iter().chain(rests).min(), now));
            }
            for (route, delivery) in self.lease(ready, now).await? {
                // The room was counted by the only one who takes places, so there is one.
                let Ok(place) = Arc::clone(&route.places).try_acquire_owned() else { continue };
                let dispatcher = Arc::clone(self);
                let traceparent = delivery.record.traceparent.as_deref();
                let (parent, span) = (trace::restored(traceparent), trace::delivery_span(&delivery));
                let work = async move { dispatcher.deliver(&route, delivery, place).await };
                under_way.spawn(trace::within(parent, span, work));
            }
        }
    }

    async fn next_due(&self, routes: Vec<Arc<Route>>, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        self.store
            .read(move |transaction| {
                let routes = routes.clone();
                Box::pin(async move {
                    let mut due = None;
                    for route in routes {
                        let next = transaction.next_delivery(&route.subscriber.name, now).await?;
                        due = due.into_iter().chain(next).min();
                    }
                    Ok(due)
                })
            })
            .await
    }

    async fn lease(
        &self,
        routes: Vec<Arc<Route>>,
        now: Timestamp,
    ) -> Result<Vec<(Arc<Route>, DeliveryRecord)>, Error> {
        let until = now.plus_milliseconds(LEASE_MS);
        self.store
            .write(move |transaction| {
                let routes = routes.clone();
                Box::pin(async move {
                    let mut leased = Vec::new();
                    for route in routes {
                        let room = u32::try_from(route.room(now)).unwrap_or(u32::MAX);
                        let name = &route.subscriber.name;
                        let deliveries = transaction.lease_deliveries(name, now, until, room).await?;
                        leased.extend(deliveries.into_iter().map(|one| (Arc::clone(&route), one)));
                    }
                    Ok(leased)
                })
            })
            .await
    }

    /// Sends one delivery and stores what came of it. Its place is free again when that is stored, so that the next
    /// of its subject can follow at once.
    async fn deliver(&self, route: &Route, delivery: DeliveryRecord, _place: OwnedSemaphorePermit) {
        let (name, limits) = (&route.subscriber.name, route.subscriber.limits);
        let (event, begun) = (cloud_event(&delivery, &self.source), Instant::now());
        let result = match tokio::time::timeout(limits.timeout, route.sink.deliver(&event)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::away(format!("gave no answer within {} s", limits.timeout.as_secs_f32()))),
        };
        let now = self.clock.now();
        route.note(&result, now, &*self.entropy);
        let id = delivery.event;
        let outcome = match &result {
            Ok(()) => "delivered",
            Err(failure) if failure.gives_up(delivery.tries, limits) => "dead",
            Err(_) => "refused",
        };
        metrics::delivery_tried(name, outcome, begun.elapsed());
        let stored = match result {
            Ok(()) => self.confirm(delivery).await,
            Err(failure) => {
                Span::current().record("otel.status_code", "error");
                let dead = failure.gives_up(delivery.tries, limits);
                let (tries, reason) = (delivery.tries, &failure.reason);
                if dead {
                    tracing::error!(subscriber = name, event.id = %id, tries, reason, "an event was given up");
                } else {
                    tracing::warn!(subscriber = name, event.id = %id, tries, reason, "an event was not taken");
                }
                let asked_for = match failure.advice {
                    Advice::GiveRest { at_least } => milliseconds(at_least),
                    Advice::TryAgain | Advice::GiveUp => 0,
                };
                let wait_ms = limits.backoff.wait_ms(tries, &*self.entropy).max(asked_for);
                self.postpone(delivery, now.plus_milliseconds(wait_ms), dead, failure.reason).await
            }
        };
        if let Err(error) = stored {
            tracing::error!(subscriber = name, event.id = %id, %error, "a delivery could not be stored; its lease will run out");
        }
    }

    async fn confirm(&self, delivery: DeliveryRecord) -> Result<(), Error> {
        let delivery = Arc::new(delivery);
        self.store
            .write(move |transaction| {
                let delivery = Arc::clone(&delivery);
                Box::pin(async move { transaction.delete_delivery(&delivery).await })
            })
            .await
    }

    async fn postpone(
        &self,
        delivery: DeliveryRecord,
        run_at: Timestamp,
        dead: bool,
        reason: String,
    ) -> Result<(), Error> {
        let told = Arc::new((delivery, reason));
        self.store
            .write(move |transaction| {
                let told = Arc::clone(&told);
                Box::pin(async move { transaction.postpone_delivery(&told.0, run_at, dead, &told.1).await })
            })
            .await
    }
}

fn wait_until(moment: Option<Timestamp>, now: Timestamp) -> Duration {
    /// Nothing is due at all: only a ring can bring work.
    const FOR_EVER: Duration = Duration::from_hours(24);
    moment.map_or(FOR_EVER, |moment| {
        Duration::from_millis(moment.milliseconds_since(now).max(0).unsigned_abs())
    })
}
