//! Events: `CloudEvents` 1.0 in JSON, as the outbox delivers them, and the letters that could not be delivered.

use merkato_commerce::{ids::EventId, order::Announcement};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// The only version of `CloudEvents` that is spoken here.
pub const SPEC_VERSION: &str = "1.0";
/// Media type of an event in structured mode (`CloudEvents` 1.0, HTTP binding, 3.2).
pub const CLOUD_EVENT_JSON: &str = "application/cloudevents+json";
/// What each `type` begins with; subscriptions leave it out.
pub const TYPE_PREFIX: &str = "merkato.";
/// Every `type` that there is.
pub const TYPES: [&str; 12] = [
    order_event_type(Announcement::Placed),
    order_event_type(Announcement::Confirmed),
    order_event_type(Announcement::PaymentFailed),
    order_event_type(Announcement::Expired),
    order_event_type(Announcement::Cancelled),
    order_event_type(Announcement::Shipped),
    order_event_type(Announcement::CaptureFailed),
    order_event_type(Announcement::Delivered),
    order_event_type(Announcement::Returned),
    order_event_type(Announcement::Refunded),
    order_event_type(Announcement::RefundFailed),
    STOCK_CHANGED,
];

/// An event. Delivered at least once; `id` tells a repeated one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Always [`SPEC_VERSION`].
    pub specversion: String,
    /// Its id. With `source` it is unique: whoever saw the pair before has a duplicate.
    pub id: EventId,
    /// Who says it: the shop's public address.
    pub source: String,
    /// What happened, such as `merkato.order.confirmed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about; events of one subject arrive in order.
    pub subject: String,
    /// When it happened.
    pub time: Rfc3339,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// The thing itself, as the public API shows it.
    pub data: serde_json::Value,
}

/// The `type` of an order's event.
pub const fn order_event_type(announcement: Announcement) -> &'static str {
    match announcement {
        Announcement::Placed => "merkato.order.placed",
        Announcement::Confirmed => "merkato.order.confirmed",
        Announcement::PaymentFailed => "merkato.order.payment_failed",
        Announcement::Expired => "merkato.order.expired",
        Announcement::Cancelled => "merkato.order.cancelled",
        Announcement::Shipped => "merkato.order.shipped",
        Announcement::CaptureFailed => "merkato.order.capture_failed",
        Announcement::Delivered => "merkato.order.delivered",
        Announcement::Returned => "merkato.order.returned",
        Announcement::Refunded => "merkato.order.refunded",
        Announcement::RefundFailed => "merkato.order.refund_failed",
    }
}

/// The `type` of the event that says that a sku, which had sold out, can be bought again. Its subject is the sku, its
/// data a [`crate::coordinator::StockLevel`].
pub const STOCK_CHANGED: &str = "merkato.stock.changed";
/// An event that a subscriber did not take, however often it was offered. `GET /v1/dead-letters` lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Who did not take it.
    pub subscriber: String,
    /// The event's id.
    pub event_id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub time: Rfc3339,
    /// How often it was offered.
    pub tries: u32,
    /// Why it was not taken the last time.
    pub last_error: String,
}

/// A dead letter with the event in it. `GET /v1/dead-letters/{subscriber}/{event_id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedDeadLetter {
    /// Its envelope.
    #[serde(flatten)]
    pub letter: DeadLetter,
    /// What the subscriber would get.
    pub event: Event,
}

/// Which dead letters are meant: those that meet both conditions; all, if there is none.
///
/// `POST /v1/dead-letters/replay` offers them again, `POST /v1/dead-letters/drop` forgets them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterSelection {
    /// Of this subscriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscriber: Option<String>,
    /// Of this event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
}

/// How many dead letters were replayed or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLettersChanged {
    /// How many.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_named_in_the_way_that_subscriptions_can_match() {
        for kind in TYPES {
            let name = kind.strip_prefix(TYPE_PREFIX).expect("the prefix");
            assert!(name.split('.').all(|word| {
                !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
            }));
        }
    }
}
