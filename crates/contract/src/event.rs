//! Events: `CloudEvents` 1.0 in JSON, as the outbox delivers them.

use merkato_commerce::{ids::EventId, order::Announcement};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// An event. Delivered at least once; `id` tells a repeated one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Always `1.0`.
    pub specversion: String,
    /// Its id.
    pub id: EventId,
    /// Who says it: `/coordinator`.
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
