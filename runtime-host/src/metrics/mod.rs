//! What the coordinator counts and measures, for Prometheus.
//!
//! Every name begins with `merkato_` and ends in its unit. Every label has few values: a route's template, a state, a
//! name that an operator gave; never an id, and nothing of a person. What happens here is counted in [`METERS`] as it
//! happens; what stands in the database is read when somebody asks, by [`crate::watch`].

mod books;

use std::{fmt, sync::LazyLock, time::Duration};

use axum::http::Method;
use merkato_commerce::order::Announcement;
use merkato_contract::payment::Outcome;
use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode_eof, encode_registry},
    },
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

use crate::{
    app::Settings,
    store::{self, records::TaskWork},
    watch::Reading,
};

/// Media type of what [`render`] writes.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds: from a read out of memory to the longest call, and close together where answers to
/// shoppers lie.
const SECONDS: [f64; 14] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds of how many writes share a commit.
const BATCHES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

type Seconds<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OrderEvent {
    event: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Work {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryTry {
    subscriber: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Question {
    question: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
}

/// Everything that is counted as it happens.
struct Meters {
    registry: Registry,
    requests: Seconds<Request>,
    order_events: Family<OrderEvent, Counter>,
    tasks: Seconds<Work>,
    deliveries: Seconds<DeliveryTry>,
    payment_calls: Seconds<Work>,
    pricing: Seconds<Question>,
    pricing_failures: Family<Question, Counter>,
    commit_queue: Gauge,
    commit_batch: Histogram,
    commit: Histogram,
    order_watchers: Gauge,
    connections_used: Family<Pool, Gauge>,
    connections_max: Family<Pool, Gauge>,
}

static METERS: LazyLock<Meters> = LazyLock::new(Meters::new);

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn by_seconds<L: Clone + std::hash::Hash + Eq>() -> Seconds<L> {
    Family::new_with_constructor(seconds)
}

impl Meters {
    fn new() -> Self {
        let mut meters = Self {
            registry: Registry::with_prefix("merkato"),
            requests: by_seconds(),
            order_events: Family::default(),
            tasks: by_seconds(),
            deliveries: by_seconds(),
            payment_calls: by_seconds(),
            pricing: by_seconds(),
            pricing_failures: Family::default(),
            commit_queue: Gauge::default(),
            commit_batch: Histogram::new(BATCHES),
            commit: seconds(),
            order_watchers: Gauge::default(),
            connections_used: Family::default(),
            connections_max: Family::default(),
        };
        meters.register();
        meters
    }

    fn register(&mut self) {
        let Self { registry, .. } = self;
        let help = "Requests to the coordinator";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, self.requests.clone());
        let help = "Tries at tasks after a commit";
        registry.register_with_unit("task_duration", help, Unit::Seconds, self.tasks.clone());
        let help = "Tries at bringing events to subscribers";
        registry.register_with_unit("delivery_duration", help, Unit::Seconds, self.deliveries.clone());
        let help = "Calls of the payments service";
        registry.register_with_unit("payment_call_duration", help, Unit::Seconds, self.payment_calls.clone());
        let help = "Runs of the pricing policy";
        registry.register_with_unit("pricing_duration", help, Unit::Seconds, self.pricing.clone());
        let help = "Runs of the pricing policy that broke";
        registry.register("pricing_failures", help, self.pricing_failures.clone());
        let help = "Steps of orders, by the event that tells of them";
        registry.register("order_events", help, self.order_events.clone());
        let help = "Commits of the till's database";
        registry.register_with_unit("commit_duration", help, Unit::Seconds, self.commit.clone());
        let help = "Writes that shared a commit";
        registry.register("commit_batch_writes", help, self.commit_batch.clone());
        let help = "Writes that wait for the next commit";
        registry.register("commit_queue_writes", help, self.commit_queue.clone());
        let help = "Shoppers who wait for news of an order";
        registry.register("order_watchers", help, self.order_watchers.clone());
        let help = "Connections to the till's database that are in use";
        registry.register("database_connections_in_use", help, self.connections_used.clone());
        let help = "Connections to the till's database that there may be";
        registry.register("database_connections_max", help, self.connections_max.clone());
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What is running", build);
        // Shown from the start, so that the first of them is seen as a change from 0.
        for announcement in ANNOUNCEMENTS {
            self.order_events.get_or_create(&OrderEvent { event: event_name(announcement) }).inc_by(0);
        }
        for question in [PRICE, SHIPPING_METHODS] {
            self.pricing_failures.get_or_create(&Question { question }).inc_by(0);
        }
    }
}

/// The pricing policy's question for a price.
pub const PRICE: &str = "price";
/// The pricing policy's question for the ways to ship.
pub const SHIPPING_METHODS: &str = "shipping_methods";

/// Every announcement.
const ANNOUNCEMENTS: [Announcement; 11] = [
    Announcement::Placed,
    Announcement::Confirmed,
    Announcement::PaymentFailed,
    Announcement::Expired,
    Announcement::Cancelled,
    Announcement::Shipped,
    Announcement::CaptureFailed,
    Announcement::Delivered,
    Announcement::Returned,
    Announcement::Refunded,
    Announcement::RefundFailed,
];

const fn event_name(announcement: Announcement) -> &'static str {
    match announcement {
        Announcement::Placed => "placed",
        Announcement::Confirmed => "confirmed",
        Announcement::PaymentFailed => "declined",
        Announcement::Expired => "expired",
        Announcement::Cancelled => "cancelled",
        Announcement::Shipped => "shipped",
        Announcement::CaptureFailed => "capture_failed",
        Announcement::Delivered => "delivered",
        Announcement::Returned => "returned",
        Announcement::Refunded => "refunded",
        Announcement::RefundFailed => "refund_failed",
    }
}

/// A request was answered. `route` is the template, not the path.
pub fn answered(route: &str, method: &Method, status: u16, took: Duration) {
    let request = Request { route: route.to_owned(), method: method_name(method), status };
    METERS.requests.get_or_create(&request).observe(took.as_secs_f64());
}

/// Methods have any name that a client makes up.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

/// These steps of orders were committed.
pub fn announced(announcements: &[Announcement]) {
    for announcement in announcements {
        METERS.order_events.get_or_create(&OrderEvent { event: event_name(*announcement) }).inc();
    }
}

/// A try at a task ended.
pub fn task_tried(work: &TaskWork, outcome: &'static str, took: Duration) {
    let work = Work { kind: work.kind(), outcome };
    METERS.tasks.get_or_create(&work).observe(took.as_secs_f64());
}

/// A try at a delivery ended.
pub fn delivery_tried(subscriber: &str, outcome: &'static str, took: Duration) {
    let delivery = DeliveryTry { subscriber: subscriber.to_owned(), outcome };
    METERS.deliveries.get_or_create(&delivery).observe(took.as_secs_f64());
}

/// The payments service was called; none is no answer.
pub fn payments_called(work: &TaskWork, outcome: Option<Outcome>, took: Duration) {
    let outcome = match outcome {
        Some(Outcome::Approved) => "approved",
        Some(Outcome::Declined) => "declined",
        Some(Outcome::Challenged) => "challenged",
        Some(Outcome::Pending) => "pending",
        Some(Outcome::Done) => "done",
        Some(Outcome::Captured) => "captured",
        Some(Outcome::Refused) => "refused",
        None => "no_answer",
    };
    let call = Work { kind: work.kind(), outcome };
    METERS.payment_calls.get_or_create(&call).observe(took.as_secs_f64());
}

/// The pricing policy was asked; `broke` says that it failed, rather than refused.
pub fn priced(question: &'static str, broke: bool, took: Duration) {
    METERS.pricing.get_or_create(&Question { question }).observe(took.as_secs_f64());
    if broke {
        METERS.pricing_failures.get_or_create(&Question { question }).inc();
    }
}

/// So many shoppers wait for news of an order.
pub fn watching(watchers: usize) {
    METERS.order_watchers.set(i64::try_from(watchers).unwrap_or(i64::MAX));
}

/// So many writes wait for the next commit.
pub fn commit_queued(writes: usize) {
    METERS.commit_queue.set(i64::try_from(writes).unwrap_or(i64::MAX));
}

/// A commit of `batch` writes took so long.
pub fn committed(batch: usize, took: Duration) {
    METERS.commit_batch.observe(f64::from(u32::try_from(batch).unwrap_or(u32::MAX)));
    METERS.commit.observe(took.as_secs_f64());
}

/// So many connections are in use, and so many there may be.
pub fn connected(pools: &[store::Pool]) {
    for &store::Pool { name: pool, in_use, max } in pools {
        METERS.connections_used.get_or_create(&Pool { pool }).set(i64::from(in_use));
        METERS.connections_max.get_or_create(&Pool { pool }).set(i64::from(max));
    }
}

/// Everything, in the text format of Prometheus. Without a reading of the books it is what was counted here, and that
/// the books could not be read.
pub fn render(reading: Option<&Reading>, settings: &Settings) -> Result<String, fmt::Error> {
    let mut text = String::new();
    encode_registry(&mut text, &METERS.registry)?;
    encode_registry(&mut text, &books::registry(reading, settings))?;
    encode_eof(&mut text)?;
    Ok(text)
}
