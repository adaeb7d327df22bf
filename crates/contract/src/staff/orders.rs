//! Orders as staff look for them.

use merkato_commerce::{
    ids::OrderId,
    money::Money,
    order::{PaymentState, State},
    text::Sku,
};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// `GET /v1/staff/orders?state=&email=&number=&sku=&from=&to=&after=&limit=`: a [`crate::List`] of
/// [`crate::order::Order`], the newest first. Orders meet every condition that is given; all do, if there is none.
/// `GET /api/orders` takes the same from staff.
///
/// One answer looks through a bounded number of orders, so that a search that finds little takes no longer than one
/// that finds much. So **a page may have fewer entries than asked for, or none, and a `next` all the same**: ask on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFilter {
    /// That are in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// That were placed with this e-mail address; capitals do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Of this number, as people write it: `M-1042`, or `1042`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// With this sku in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// That were placed at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Rfc3339>,
    /// That were placed before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Rfc3339>,
}

/// An order that something stands in the way of. `GET /v1/staff/stuck-orders?after=&limit=`, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckOrder {
    /// The order.
    pub id: OrderId,
    /// What people call it.
    pub number: String,
    /// Where it stands.
    pub state: State,
    /// Where its money stands.
    pub payment: PaymentState,
    /// What it came to.
    pub total: Money,
    /// When it was placed.
    pub placed_at: Rfc3339,
    /// What stands in its way, at least one thing.
    pub obstacles: Vec<Obstacle>,
}

/// What stands in the way of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// What.
    pub kind: ObstacleKind,
    /// Since when.
    pub since: Rfc3339,
    /// How often it was tried, where something is tried again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    /// The same, as a sentence for people.
    pub explanation: String,
    /// What staff can do about it, the likeliest remedy first.
    pub remedies: Vec<Remedy>,
}

/// What can stand in the way of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObstacleKind {
    /// The payments service was asked often and does not answer. It is asked again.
    NoAnswer,
    /// Work for it has been due for long, and nobody does it.
    WorkWaits,
    /// It is unpaid, its time is over, and nobody has ended it.
    NotEnded,
    /// It waits for the gateway's word, and nobody asks the gateway.
    NobodyAsks,
    /// Its money has been set aside for long and is not taken: gateways let it go after about a week.
    NotCaptured,
    /// The gateway refused to hand the money over.
    CaptureFailed,
    /// The gateway refused to give money back.
    RefundRefused,
    /// It is confirmed, and its pieces were not taken off the shelf for it.
    NotSold,
}

/// What staff can do about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Wait: it is tried again by itself.
    Wait,
    /// Look after the payments service and its gateway.
    CheckPayments,
    /// Ship it: `POST /v1/orders/{id}/ship`. The money is taken with it.
    Ship,
    /// Ask for the money once more: `POST /v1/orders/{id}/capture`.
    RetryCapture,
    /// Give the money back once more: `POST /v1/orders/{id}/refund`.
    Refund,
    /// Give the money back by another way than the gateway's.
    RefundOtherwise,
    /// Call it off: `POST /v1/orders/{id}/cancel`.
    Cancel,
    /// Tell whoever operates the shop: this should not be, and `merkato audit` says more.
    TellOperator,
}
