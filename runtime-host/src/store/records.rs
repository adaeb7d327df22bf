//! Rows as the code sees them.

use std::sync::Arc;

use merkato_commerce::{
    address::Address,
    cart::{self, Contents},
    ids::{CartId, EventId, OrderId, PaymentId, StockMovementId, TaskId, UserId, WishId},
    money::Money,
    order::Order,
    pieces::{Line, Pieces},
    promotion::{Promotion, Validity},
    text::{PromotionCode, Sku},
    time::Timestamp,
    totals::{TaxClass, Totals},
};
use merkato_contract::{
    cart::{AppliedPromotion, Delivery},
    order::Shipment,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the till charges for a sku.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRecord {
    /// What.
    pub sku: Sku,
    /// What it is called.
    pub title: String,
    /// What a piece costs.
    pub price: Money,
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// Weight of a piece in grams.
    pub weight_grams: u32,
    /// Grows with each change.
    pub version: i64,
    /// Whether it can be bought.
    pub active: bool,
}

/// A promotion as the till knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionRecord {
    /// What it does.
    pub promotion: Promotion,
    /// From when until when.
    pub validity: Validity,
    /// Grows with each change, from 1.
    pub version: i64,
}

/// A line of the stock's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMovementRecord {
    /// Its id.
    pub id: StockMovementId,
    /// Of what.
    pub sku: Sku,
    /// Pieces that came (positive) or went (negative).
    pub pieces: i64,
    /// The order that they went to or came back from.
    pub order: Option<OrderId>,
    /// Why.
    pub note: String,
    /// When.
    pub at: Timestamp,
    /// Who moved them, where a person did.
    pub staff: Option<UserId>,
    /// By what a repeated request is known.
    pub key: Option<String>,
}

/// Whose cart it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CartOwner {
    /// A guest's, by the hash of the token that the guest holds.
    Guest {
        /// SHA-256 of the token, in hex.
        token_hash: String,
    },
    /// A user's.
    User(UserId),
}

/// A line of a cart; its quantity is 0 only to remove it.
pub type LineRecord = cart::Line;

/// A cart with its lines, in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartRecord {
    /// Its id.
    pub id: CartId,
    /// Grows with each change.
    pub version: i64,
    /// Codes that the shopper typed.
    pub promotions: Vec<PromotionCode>,
    /// Where it goes.
    pub delivery: Option<Delivery>,
    /// What is in it.
    pub lines: Vec<LineRecord>,
    /// What is put aside for later.
    pub saved: Vec<LineRecord>,
}

impl CartRecord {
    /// A new cart.
    pub const fn empty(id: CartId) -> Self {
        Self { id, version: 0, promotions: Vec::new(), delivery: None, lines: Vec::new(), saved: Vec::new() }
    }

    /// What it holds.
    pub fn contents(&self) -> Contents {
        Contents { lines: self.lines.clone(), saved: self.saved.clone() }
    }
}

/// That a user's cart may have been left alone, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderRecord {
    /// Which cart.
    pub cart: CartId,
    /// Whose it is; none for a guest's.
    pub user: Option<UserId>,
    /// How often it was changed.
    pub version: i64,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Whether there is anything in it.
    pub has_lines: bool,
}

/// An entry of a wishlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishRecord {
    /// Its id, greater than those of all earlier ones.
    pub id: WishId,
    /// Whose it is.
    pub user: UserId,
    /// What.
    pub sku: Sku,
    /// What a piece cost when it was added.
    pub price: Money,
    /// When it was added.
    pub added_at: Timestamp,
}

/// What never changes of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// Its id.
    pub id: OrderId,
    /// The cart that it was made of.
    pub cart: CartId,
    /// Whose it is; none for a guest.
    pub user: Option<UserId>,
    /// SHA-256 of the token by which a guest reads it, in hex.
    pub access_token_hash: Option<String>,
    /// Where the confirmation goes.
    pub email: String,
    /// The sums.
    pub totals: Totals,
    /// What each promotion took off.
    pub promotions: Vec<AppliedPromotion>,
    /// Where it goes.
    pub shipping_address: Address,
    /// Whom it is billed to.
    pub billing_address: Address,
    /// How it goes there.
    pub shipping_method: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// What was bought.
    pub lines: Vec<OrderLineRecord>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLineRecord {
    /// What.
    pub sku: Sku,
    /// What it was called.
    pub title: String,
    /// What a piece cost.
    pub unit_price: Money,
    /// Pieces.
    pub quantity: u32,
}

/// An order to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// What never changes.
    pub facts: Arc<OrderFacts>,
    /// Where it stands.
    pub order: Order,
    /// How it is paid.
    pub payment_method: String,
}

/// An order as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRecord {
    /// What never changes.
    pub facts: Arc<OrderFacts>,
    /// What people call it.
    pub number: i64,
    /// How often it was changed.
    pub version: i64,
    /// Where it stands.
    pub order: Order,
    /// How it is paid.
    pub payment_method: String,
    /// Where the shopper confirms the payment.
    pub redirect_url: Option<String>,
    /// Why the gateway refused.
    pub decline_reason: Option<String>,
    /// Parcels.
    pub shipments: Vec<Shipment>,
    /// Payment id of each try, the first first.
    pub payments: Vec<PaymentId>,
    /// State, note and time of each step.
    pub history: Vec<(String, String, Timestamp)>,
    /// How much of each line of the facts has gone back, in their order.
    pub lines: Vec<Line>,
}

/// A refund of the present try that the gateway was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRecord {
    /// The id of the task that asks for it.
    pub id: TaskId,
    /// Of which order.
    pub order: OrderId,
    /// Which try's money.
    pub attempt: u32,
    /// How much.
    pub amount: Money,
    /// The pieces that it is for; none if it is for an amount.
    pub pieces: Vec<Pieces>,
}

impl OrderLineRecord {
    /// The line before any of its pieces went back.
    pub fn untouched(&self) -> Line {
        Line {
            sku: self.sku.clone(),
            // Was computed without overflow when the order was priced.
            full: self.unit_price.times(self.quantity).unwrap_or(self.unit_price),
            quantity: self.quantity,
            returned: 0,
            refunded: 0,
        }
    }
}

impl OrderRecord {
    /// The payment id of try `attempt`, counted from 1.
    pub fn payment_id(&self, attempt: u32) -> Option<PaymentId> {
        self.payments.get(usize::try_from(attempt.checked_sub(1)?).ok()?).copied()
    }
}

/// The answer that a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Whose key it is.
    pub owner: String,
    /// The key.
    pub key: String,
    /// SHA-256 of the request, in hex.
    pub request_hash: String,
    /// What came of it.
    pub order: OrderId,
    /// What a guest was given to read the order.
    pub access_token: Option<String>,
}

/// Work to be done outside of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    /// Its id.
    pub id: TaskId,
    /// The order that it is for.
    pub order: OrderId,
    /// What is to be done.
    pub work: TaskWork,
    /// How often it was tried.
    pub tries: u32,
    /// When it is due.
    pub run_at: Timestamp,
    /// Until when somebody holds it; nobody else takes it before.
    pub leased_until: Timestamp,
    /// The W3C trace context of what asked for it.
    pub traceparent: Option<String>,
}

/// What a task does. Stored as JSON: cases are added, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskWork {
    /// Ask the payments service for the money.
    Authorize {
        /// Which try.
        attempt: u32,
        /// What the gateway's own form gave. Gone from the database when the task is done.
        token: String,
    },
    /// Take the money.
    Capture {
        /// Which try's money.
        attempt: u32,
    },
    /// Let the money go.
    Void {
        /// Which try's money.
        attempt: u32,
    },
    /// Give money back.
    Refund {
        /// Which try's money.
        attempt: u32,
        /// How much.
        amount: Money,
    },
    /// Give all money of an earlier try back.
    RefundAttempt {
        /// Which try's money.
        attempt: u32,
    },
}

impl TaskWork {
    /// Every name that [`TaskWork::kind`] gives.
    pub const KINDS: &[&str] = &["authorize", "capture", "void", "refund", "refund_attempt"];

    /// The name in the database and in metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Authorize { .. } => "authorize",
            Self::Capture { .. } => "capture",
            Self::Void { .. } => "void",
            Self::Refund { .. } => "refund",
            Self::RefundAttempt { .. } => "refund_attempt",
        }
    }
}

/// An event to be stored.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What happened.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The thing itself, as JSON.
    pub data: Box<RawValue>,
    /// When.
    pub at: Timestamp,
    /// The W3C trace context of what caused it.
    pub traceparent: Option<String>,
}

/// An event as it was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRecord {
    /// What happened.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The thing itself.
    pub data: serde_json::Value,
    /// When.
    pub at: Timestamp,
    /// The W3C trace context of what caused it.
    pub traceparent: Option<String>,
}

/// An event on its way to a subscriber.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRecord {
    /// Who is to hear of it.
    pub subscriber: String,
    /// Its place in the outbox.
    pub outbox_id: i64,
    /// Its id.
    pub event: EventId,
    /// What happened.
    pub record: OutboxRecord,
    /// How often it was tried.
    pub tries: u32,
}

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetterRecord {
    /// What was to be delivered, to whom.
    pub delivery: DeliveryRecord,
    /// Why it was not taken the last time.
    pub last_error: String,
}
