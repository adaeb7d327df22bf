//! Brings events to those who subscribed: `CloudEvents` 1.0, at least once, in order for each subject.
//!
//! A transaction writes an event together with one delivery for each subscriber that wants its type; here they are
//! sent. What holds, whatever happens:
//!
//! - **At least once.** A delivery is forgotten only after the subscriber confirmed it. A repeated event has the same
//!   `id`, by which the subscriber knows it.
//! - **In order for each subject.** Of one order's events a subscriber has only the oldest under way; the next is sent
//!   when it is confirmed. A dead letter no longer holds up the later ones, so a replayed one comes after them.
//! - **Each for itself.** A subscriber has a number of deliveries under way that is its own; a slow one fills its own
//!   places and nobody else's.
//! - **Nothing polls.** The dispatcher sleeps until it is rung, until a delivery ends, or until the next falls due.
//!
//! In reading order: [`Subscriber`] is who wants what, [`configuration`] reads that from a file, [`Dispatcher`] sends
//! through a sink ([`http`] or [`nats`]), and [`Retention`] removes what everybody has heard of.

pub mod configuration;
mod dispatcher;
mod http;
mod nats;
mod retention;
mod signature;
mod sink;
mod subscriber;

pub use self::{
    dispatcher::{Dispatcher, Due, LEASE_MS, Leased, Surroundings},
    retention::{RETENTION, Retention},
    signature::SigningKey,
    sink::{Advice, Failure, Sink},
    subscriber::{EventPattern, HttpTarget, Invalid, Limits, NatsTarget, Subscriber, Target, check_name},
};

use merkato_contract::event::{Event, SPEC_VERSION};

use crate::store::records::DeliveryRecord;

/// The names of those `subscribers` that want events of type `kind`.
pub fn wanted_by(subscribers: &[Subscriber], kind: &str) -> Vec<String> {
    let wanting = subscribers.iter().filter(|subscriber| subscriber.wants(kind));
    wanting.map(|subscriber| subscriber.name.clone()).collect()
}

/// The event of a delivery as `CloudEvents` writes it; `source` is the shop's public address.
pub fn cloud_event(delivery: &DeliveryRecord, source: &str) -> Event {
    Event {
        specversion: SPEC_VERSION.to_owned(),
        id: delivery.event,
        source: source.to_owned(),
        kind: delivery.record.kind.clone(),
        subject: delivery.record.subject.clone(),
        time: delivery.record.at.into(),
        datacontenttype: "application/json".to_owned(),
        data: delivery.record.data.clone(),
    }
}
