//! Orders.

use merkato_commerce::{
    address::Address,
    ids::{OrderId, UserId},
    money::Money,
    order::{PaymentState, State},
    text::Sku,
    totals::Totals,
};
use serde::{Deserialize, Serialize};

use crate::{cart::AppliedPromotion, time::Rfc3339};

/// `POST /api/orders`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// Where the confirmation goes.
    pub email: String,
    /// Where the parcel goes.
    pub shipping_address: Address,
    /// Whom the invoice is for, if that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// One of `GET /api/cart/shipping-methods`.
    pub shipping_method: String,
    /// How it is paid.
    pub payment: PaymentRequest,
    /// What the shopper saw; another total is answered with `price_changed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_total: Option<Money>,
}

/// How an order is paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentRequest {
    /// The gateway's name for the means, such as `card`.
    pub method: String,
    /// What the gateway's own form gave for the card; a card number never comes here.
    pub token: String,
}

/// Longest wait for news of an order, in seconds. It leaves room for the ways there and back within the half minute
/// that a request may take.
pub const ORDER_WAIT_SECONDS_MAX: u64 = 25;

/// An order. `GET /api/orders/{id}`, for owner and staff.
///
/// With `?since=<version>&wait=<seconds>` the answer comes once the order is no longer at that `version`: at once if it
/// is not, and else when something happens to it, or after `wait` seconds (1 to [`ORDER_WAIT_SECONDS_MAX`]) as it
/// stands. It may come early with nothing new, when many wait or the shop is about to restart; whoever asks again in a
/// loop should pause a moment before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What people call it, such as `M-1042`.
    pub number: String,
    /// Grows with everything that happens to it.
    #[serde(default)]
    pub version: i64,
    /// Where it stands.
    pub state: State,
    /// Whose account it was placed with; none for a guest's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Where the confirmation went.
    pub email: String,
    /// What was bought, at the prices of that moment.
    pub lines: Vec<OrderLine>,
    /// Promotions, with what each took off.
    pub promotions: Vec<AppliedPromotion>,
    /// The sums.
    pub totals: Totals,
    /// Where it goes and whom it is billed to.
    pub addresses: Addresses,
    /// How it goes there.
    pub shipping_method: String,
    /// Where the money stands.
    pub payment: Payment,
    /// Parcels on their way.
    pub shipments: Vec<Shipment>,
    /// What happened, the oldest first.
    pub history: Vec<HistoryEntry>,
    /// When it was placed.
    pub placed_at: Rfc3339,
    /// Lets a guest read the order; given only in the answer to placing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What was bought.
    pub sku: Sku,
    /// What it was called.
    pub title: String,
    /// What a piece cost.
    pub unit_price: Money,
    /// Pieces.
    pub quantity: u32,
    /// Pieces times price, before discounts.
    pub total: Money,
    /// Pieces that came back.
    #[serde(default)]
    pub returned: u32,
    /// Pieces whose money went back, or is on its way.
    #[serde(default)]
    pub refunded: u32,
}

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// Where the parcel goes.
    pub shipping: Address,
    /// Whom the invoice is for.
    pub billing: Address,
}

/// How an order is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Where the money stands.
    pub state: PaymentState,
    /// The gateway's name for the means.
    pub method: String,
    /// Where the shopper confirms the payment, while the gateway waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipment {
    /// Who carries it.
    pub carrier: String,
    /// What the carrier calls it.
    pub tracking_number: String,
}

/// A step in an order's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Rfc3339,
    /// The state that it led to.
    pub state: State,
    /// What happened, for people.
    pub note: String,
}

/// What is printed for the books of whoever bought. `GET /api/orders/{id}/invoice`, for owner and staff; 409
/// `order_state` while the order is not paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The order's number.
    pub number: String,
    /// When the order was paid.
    pub issued_at: Rfc3339,
    /// Who sold it.
    pub seller: Seller,
    /// What was sold to whom: lines, sums and the billing address. What went back since stands in its lines.
    pub order: Order,
}

/// Who sells, as the coordinator is told by `--seller-name`, `--seller-address` and `--seller-tax-id`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// The name that the business is registered under.
    pub name: String,
    /// Its address, line by line.
    pub address: Vec<String>,
    /// By which the tax office knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
}

/// `POST /api/orders/{id}/refund`: an amount or lines, not both. With `Idempotency-Key` the same refund is done once,
/// however often it comes, and answered with the order as it stands; the key with another one is answered with
/// `idempotency_key_reused`. `POST /api/orders/{id}/return` takes the header likewise.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Which pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<LinePieces>>,
}

/// `POST /api/orders/{id}/return`: some lines, or everything that has not come back yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Which pieces; all if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<LinePieces>>,
}

/// Pieces to be returned or refunded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinePieces {
    /// Of what.
    pub sku: Sku,
    /// How many.
    pub quantity: i64,
}
