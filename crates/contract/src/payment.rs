//! Payments: what the coordinator asks of the payments service, and what comes back.

use merkato_commerce::{
    ids::{OrderId, PaymentId},
    money::Money,
    order::PaymentState,
};
use serde::{Deserialize, Serialize};

/// `POST /internal/payments/authorize`. The same `payment_id` is the same payment, however often it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorize {
    /// Made by the coordinator, one for each try; the key under which a repeated request is known as one.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
    /// Which try of the order this is, from 1.
    pub attempt: u32,
    /// How much.
    pub amount: Money,
    /// The gateway's name for the means.
    pub method: String,
    /// What the gateway's own form gave.
    pub token: String,
}

/// `POST /internal/payments/{payment_id}/{capture,void}` take no body; `.../refund` takes this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundPayment {
    /// Makes a repeated refund known as one.
    pub refund_key: String,
    /// How much.
    pub amount: Money,
}

/// What the gateway said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The money is set aside.
    Approved,
    /// The gateway refused.
    Declined,
    /// The gateway waits for the shopper.
    Challenged,
    /// The gateway will say later, by webhook.
    Pending,
    /// The shop has the money: it asked for it, or the gateway took it unasked.
    Captured,
    /// What was asked for, be it capture, void or refund, is done.
    Done,
    /// The gateway refuses, for good, to hand the money over or to give it back.
    Refused,
}

/// The payments service's answer, and what its webhook handler sends to `POST /v1/payments/outcomes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentOutcome {
    /// Which payment.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
    /// Which try of the order.
    pub attempt: u32,
    /// What the gateway said.
    pub outcome: Outcome,
    /// Where the shopper confirms, when challenged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Why it was declined or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `GET /api/orders/{id}/payment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentStatus {
    /// Where the money stands.
    pub state: PaymentState,
    /// Which try this is.
    pub attempt: u32,
    /// Where the shopper confirms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
}
