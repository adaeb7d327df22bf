//! Takes deliveries that are due and sends them, each subscriber in room of its own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use merkato_commerce::{
    ids::EventId,
    time::{Clock, Timestamp},
};
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
pub const LEASE_MS: i64 = 60_000;
/// How long a subscriber that is away is left in peace; at most a minute, since that is how long one that is back
/// waits for what is new.
const REST: Backoff = Backoff { first_ms: 500, max_ms: 60_000 };
/// Wait after the database failed, so that a broken one is not hammered.
const FAULT_PAUSE: Duration = Duration::from_secs(1);
/// What stands in the outbox of a delivery that was under way when its coordinator stopped.
const GIVEN_BACK: &str = "the coordinator stopped before there was an answer";
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

/// What fell due.
pub struct Due {
    /// Deliveries that are ours now.
    pub deliveries: Vec<Leased>,
    /// How long there is nothing else to do; zero if there may be more at once.
    pub wait: Duration,
}

/// A delivery that is ours, with its place among those of its subscriber that are under way.
pub struct Leased {
    route: Arc<Route>,
    delivery: DeliveryRecord,
    _place: OwnedSemaphorePermit,
}

impl Leased {
    /// What is to be delivered.
    pub const fn delivery(&self) -> &DeliveryRecord {
        &self.delivery
    }
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
        let sink = |subscriber: &Subscriber| -> anyhow::Result<(Subscriber, Box<dyn Sink>)> {
            let sink: Box<dyn Sink> = match subscriber.target.clone() {
                Target::Http(target) => {
                    let clock = Arc::clone(&surroundings.clock);
                    Box::new(HttpSink::new(subscriber, target, service_token, clock)?)
                }
                Target::Nats(target) => Box::new(NatsSink::new(target)),
            };
            Ok((subscriber.clone(), sink))
        };
        let sinks = subscribers.iter().map(sink).collect::<anyhow::Result<_>>()?;
        Ok(Self::through(surroundings, source, sinks))
    }

    /// The same, through ways to the subscribers that the caller gives.
    pub fn through(
        surroundings: Surroundings,
        source: String,
        sinks: Vec<(Subscriber, Box<dyn Sink>)>,
    ) -> Self {
        let Surroundings { store, clock, entropy, wake } = surroundings;
        let route = |(subscriber, sink): (Subscriber, Box<dyn Sink>)| {
            let places = Arc::new(Semaphore::new(subscriber.limits.parallel_max as usize));
            let health = Mutex::new(Health { away: 0, rests_until: Timestamp(0) });
            Arc::new(Route { subscriber, sink, places, health })
        };
        let routes = sinks.into_iter().map(route).collect();
        Self { store, clock, entropy, wake, source, routes }
    }

    /// Delivers until `shutdown`, then finishes what is under way. What is not finished when `abandon` comes is given
    /// back, so that another coordinator need not wait for its lease to end.
    pub async fn run(self, shutdown: CancellationToken, abandon: CancellationToken) {
        let dispatcher = Arc::new(self);
        if let Err(error) = dispatcher.bury_unsubscribed().await {
            tracing::error!(%error, "deliveries to former subscribers could not be looked for");
        }
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            let wait = match dispatcher.start_due_deliveries(&mut under_way, &abandon).await {
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
    async fn start_due_deliveries(
        self: &Arc<Self>,
        under_way: &mut JoinSet<()>,
        abandon: &CancellationToken,
    ) -> Result<Duration, Error> {
        while under_way.try_join_next().is_some() {}
        loop {
            let Due { deliveries, wait } = self.lease_due().await?;
            for leased in deliveries {
                let (dispatcher, abandon) = (Arc::clone(self), abandon.clone());
                let traceparent = leased.delivery.record.traceparent.as_deref();
                let (parent, span) = (trace::restored(traceparent), trace::delivery_span(&leased.delivery));
                let work = async move { dispatcher.deliver(leased, &abandon).await };
                under_way.spawn(trace::within(parent, span, work));
            }
            if !wait.is_zero() {
                return Ok(wait);
            }
        }
    }

    /// Takes what is due and has room. Only one may do so at a time: places are counted first and taken after.
    pub async fn lease_due(&self) -> Result<Due, Error> {
        let now = self.clock.now();
        let ready = self.routes.iter().filter(|route| route.room(now) > 0).cloned().collect::<Vec<_>>();
        // Looking costs no place in the queue of writers; most rings are for somebody else.
        let due = self.next_due(ready.clone(), now).await?;
        if due.is_none_or(|due| due > now) {
            let rests = self.routes.iter().filter_map(|route| route.rests_until(now));
            let wait = wait_until(due.into_iter().chain(rests).min(), now);
            return Ok(Due { deliveries: Vec::new(), wait });
        }
        let leased = self.lease(ready, now).await?.into_iter().filter_map(|(route, delivery)| {
            let place = Arc::clone(&route.places).try_acquire_owned().ok()?;
            Some(Leased { route, delivery, _place: place })
        });
        Ok(Due { deliveries: leased.collect(), wait: Duration::ZERO })
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
    /// of its subject can follow at once. One that is not finished when `abandon` comes is given back.
    pub async fn deliver(&self, leased: Leased, abandon: &CancellationToken) {
        let begun = Instant::now();
        let Leased { route, delivery, _place } = leased;
        let event = cloud_event(&delivery, &self.source);
        let timeout = route.subscriber.limits.timeout;
        let tried = tokio::time::timeout(timeout, route.sink.deliver(&event));
        let result = match abandon.run_until_cancelled(tried).await {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Failure::away(format!("gave no answer within {} s", timeout.as_secs_f32()))),
            None => return self.give_back(&route, delivery, begun).await,
        };
        self.note_result(&route, delivery, result, begun).await;
    }

    /// Leaves a delivery to whoever looks next. What came of it is not known, and says nothing of the subscriber.
    async fn give_back(&self, route: &Route, delivery: DeliveryRecord, begun: Instant) {
        Span::current().record("otel.status_code", "error");
        metrics::delivery_tried(&route.subscriber.name, "given_back", begun.elapsed());
        let id = delivery.event;
        let stored = self.postpone(delivery, self.clock.now(), false, GIVEN_BACK.to_owned()).await;
        report_unstored(route, id, stored);
    }

    async fn note_result(
        &self,
        route: &Route,
        delivery: DeliveryRecord,
        result: Result<(), Failure>,
        begun: Instant,
    ) {
        let (name, limits) = (&route.subscriber.name, route.subscriber.limits);
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
        report_unstored(route, id, stored);
    }

    async fn confirm(&self, delivery: DeliveryRecord) -> Result<(), Error> {
        let (delivery, now) = (Arc::new(delivery), self.clock.now());
        self.store
            .write(move |transaction| {
                let delivery = Arc::clone(&delivery);
                Box::pin(async move { transaction.delete_delivery(&delivery, now).await })
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

fn report_unstored(route: &Route, id: EventId, stored: Result<(), Error>) {
    let name = &route.subscriber.name;
    if let Err(error) = stored {
        tracing::error!(subscriber = name, event.id = %id, %error, "a delivery could not be stored; its lease will run out");
    }
}

fn wait_until(moment: Option<Timestamp>, now: Timestamp) -> Duration {
    /// Nothing is due at all: only a ring can bring work.
    const FOR_EVER: Duration = Duration::from_hours(24);
    moment.map_or(FOR_EVER, |moment| {
        Duration::from_millis(moment.milliseconds_since(now).max(0).unsigned_abs())
    })
}
