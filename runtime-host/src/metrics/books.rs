//! What stands in the books, as gauges. Coordinators on one database all show the same: take one, not their sum.

use std::{hash::Hash, sync::atomic::AtomicU64, time::Duration};

use merkato_commerce::{order::State, time::Timestamp};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

use crate::{app::Settings, store::records::TaskWork, watch::Reading};

type Number = Gauge<f64, AtomicU64>;
type Numbers<L> = Family<L, Number>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct To {
    subscriber: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rule {
    invariant: &'static str,
}

/// A registry of its own for each scrape, so that two at once do not mix.
pub fn registry(reading: Option<&Reading>, settings: &Settings) -> Registry {
    let mut registry = Registry::with_prefix("merkato");
    let readable = number(f64::from(u8::from(reading.is_some())));
    registry.register("books_readable", "Whether the till's database could be read for this", readable);
    if let Some(reading) = reading {
        register_orders(&mut registry, reading, settings);
        register_tasks(&mut registry, reading);
        register_deliveries(&mut registry, reading, settings);
        let broken = Numbers::default();
        for (invariant, breaches) in &reading.breaches {
            set(&broken, &Rule { invariant: invariant.name() }, count(breaches.count));
        }
        let help = "What breaks an invariant of the books; anything but 0 is a fault of the shop";
        registry.register("invariant_breaches", help, broken);
    }
    registry
}

fn register_orders(registry: &mut Registry, Reading { now, backlog, .. }: &Reading, settings: &Settings) {
    let orders = Numbers::default();
    for state in State::ALL {
        let found = backlog.orders.iter().find(|(found, _)| found == state);
        set(&orders, &InState { state: state.name() }, count(found.map_or(0, |(_, orders)| *orders)));
    }
    registry.register("orders", "Orders by state", orders);
    registry.register("reservations", "Unpaid orders that hold stock", number(count(backlog.reservations)));
    let help = "Unpaid orders that hold stock although their time is over";
    registry.register("reservations_overdue", help, number(count(backlog.reservations_overdue)));
    // What is stored is when it ends.
    let age = backlog
        .next_expiry
        .map_or(Duration::ZERO, |expiry| settings.reservation.saturating_sub(between(*now, expiry)));
    let help = "Age of the oldest reservation whose time is not over";
    registry.register_with_unit("reservation_oldest_age", help, Unit::Seconds, number(age.as_secs_f64()));
}

fn register_tasks(registry: &mut Registry, Reading { now, backlog, .. }: &Reading) {
    let tasks = Numbers::default();
    for kind in TaskWork::KINDS {
        set(&tasks, &OfKind { kind: (*kind).to_owned() }, 0.0);
    }
    for (kind, found) in &backlog.tasks {
        set(&tasks, &OfKind { kind: kind.clone() }, count(*found));
    }
    registry.register("tasks", "Tasks that are not done, by kind", tasks);
    let lag = backlog.oldest_task_due.map_or(Duration::ZERO, |due| between(due, *now));
    let help = "For how long the task that has waited longest has been due";
    registry.register_with_unit("task_lag", help, Unit::Seconds, number(lag.as_secs_f64()));
}

fn register_deliveries(registry: &mut Registry, Reading { now, backlog, .. }: &Reading, settings: &Settings) {
    let (waiting, lag, dead) = (Numbers::default(), Numbers::default(), Numbers::default());
    for subscriber in settings.subscribers.iter() {
        let to = To { subscriber: subscriber.name.clone() };
        for family in [&waiting, &lag, &dead] {
            set(family, &to, 0.0);
        }
    }
    for found in &backlog.deliveries {
        let to = To { subscriber: found.subscriber.clone() };
        let oldest = found.oldest.map_or(Duration::ZERO, |oldest| between(oldest, *now));
        set(&waiting, &to, count(found.waiting));
        set(&lag, &to, oldest.as_secs_f64());
        set(&dead, &to, count(found.dead));
    }
    registry.register("outbox_waiting_events", "Events that a subscriber has yet to confirm", waiting);
    let help = "Age of the oldest event that a subscriber has yet to confirm";
    registry.register_with_unit("outbox_lag", help, Unit::Seconds, lag);
    registry.register("outbox_dead_letters", "Events that were given up", dead);
}

fn number(value: f64) -> Number {
    let number = Number::default();
    number.set(value);
    number
}

fn set<L: Clone + Hash + Eq>(family: &Numbers<L>, labels: &L, value: f64) {
    family.get_or_create(labels).set(value);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a double, and nobody counts beyond 2^53")]
const fn count(number: u64) -> f64 {
    number as f64
}

/// Nothing where the clock went back.
fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::from_millis(later.milliseconds_since(earlier).max(0).unsigned_abs())
}
