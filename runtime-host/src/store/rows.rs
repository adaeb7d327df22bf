//! Rows as they travel to and from a database: JSON objects whose keys are the columns.
//!
//! One statement then takes or gives any number of rows, and both engines read the same text.

use std::sync::Arc;

use merkato_commerce::{
    address::Address,
    ids::{CartId, EventId, OrderId, PaymentId, StockMovementId, TaskId, UserId, WishId},
    money::{Currency, Money},
    order::{Capture, Order, PaymentState, State, StockState},
    pieces::{Line, Pieces},
    promotion::{Promotion, Rule, Validity},
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

use super::records::{
    CartOwner, CartRecord, DeliveryRecord, IdempotencyRecord, LineRecord, NewEvent, NewOrder, OfferRecord,
    OrderFacts, OrderLineRecord, OrderRecord, OutboxRecord, PromotionRecord, RefundRecord, ReminderRecord,
    StockMovementRecord, TaskRecord, TaskWork, WishRecord,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfferRow {
    pub sku: Sku,
    pub title: String,
    pub price: i64,
    pub currency: Currency,
    pub tax_class: TaxClass,
    pub weight_grams: u32,
    pub version: i64,
    pub active: bool,
}

impl From<&OfferRecord> for OfferRow {
    fn from(offer: &OfferRecord) -> Self {
        Self {
            sku: offer.sku.clone(),
            title: offer.title.clone(),
            price: offer.price.amount,
            currency: offer.price.currency,
            tax_class: offer.tax_class,
            weight_grams: offer.weight_grams,
            version: offer.version,
            active: offer.active,
        }
    }
}

impl From<OfferRow> for OfferRecord {
    fn from(row: OfferRow) -> Self {
        let OfferRow { sku, title, price, currency, tax_class, weight_grams, version, active } = row;
        Self { sku, title, price: Money::new(price, currency), tax_class, weight_grams, version, active }
    }
}

/// A row of `stock`; in a change, what is added to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StockRow {
    pub sku: Sku,
    pub on_hand: i64,
    pub reserved: i64,
}

/// A row of `stock_movement`. What only staff's have is left out of the others: they are written with every sale.
#[derive(Debug, Clone, Serialize)]
pub struct StockMovementRow {
    pub stock_movement_id: StockMovementId,
    pub sku: Sku,
    pub pieces: i64,
    pub order_id: Option<OrderId>,
    pub note: String,
    pub at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

impl From<StockMovementRecord> for StockMovementRow {
    fn from(movement: StockMovementRecord) -> Self {
        let StockMovementRecord { id, sku, pieces, order, note, at, staff, key } = movement;
        Self {
            stock_movement_id: id,
            sku,
            pieces,
            order_id: order,
            note,
            at,
            staff_id: staff,
            idempotency_key: key,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PromotionRow {
    pub code: PromotionCode,
    pub title: String,
    pub rule: Rule,
    pub minimum_subtotal: i64,
    pub version: i64,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
}

impl From<&PromotionRecord> for PromotionRow {
    fn from(record: &PromotionRecord) -> Self {
        let Promotion { code, title, rule, minimum_subtotal } = record.promotion.clone();
        let Validity { starts_at, ends_at } = record.validity;
        Self { code, title, rule, minimum_subtotal, version: record.version, starts_at, ends_at }
    }
}

impl From<PromotionRow> for PromotionRecord {
    fn from(row: PromotionRow) -> Self {
        let PromotionRow { code, title, rule, minimum_subtotal, version, starts_at, ends_at } = row;
        Self {
            promotion: Promotion { code, title, rule, minimum_subtotal },
            validity: Validity { starts_at, ends_at },
            version,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CartRow {
    pub cart_id: CartId,
    pub token_hash: Option<String>,
    pub user_id: Option<UserId>,
    pub version: i64,
    pub promotions: Vec<PromotionCode>,
    pub delivery: Option<Delivery>,
    /// None where nothing is put aside.
    pub saved: Option<Vec<LineRecord>>,
    pub updated_at: Timestamp,
    /// Not a column: the rows of `cart_line`, when a cart is read.
    #[serde(default, skip_serializing)]
    pub lines: Vec<LineRecord>,
}

#[derive(Debug, Clone, Serialize)]
pub struct CartLineRow {
    pub cart_id: CartId,
    pub sku: Sku,
    pub quantity: u32,
    pub added_at: Timestamp,
}

impl CartRow {
    pub fn of(cart: &OwnedCart, updated_at: Timestamp) -> Self {
        let (token_hash, user_id) = match &cart.owner {
            CartOwner::Guest { token_hash } => (Some(token_hash.clone()), None),
            CartOwner::User(user) => (None, Some(*user)),
        };
        let CartRecord { id, version, promotions, delivery, lines: _, saved } = cart.cart.clone();
        let saved = (!saved.is_empty()).then_some(saved);
        let lines = Vec::new();
        Self { cart_id: id, token_hash, user_id, version, promotions, delivery, saved, updated_at, lines }
    }
}

/// A cart together with whose it is.
#[derive(Debug, Clone)]
pub struct OwnedCart {
    pub owner: CartOwner,
    pub cart: CartRecord,
}

impl TryFrom<CartRow> for OwnedCart {
    /// The cart has no owner, or two: no code of ours writes that, and a constraint forbids it.
    type Error = CartId;

    fn try_from(row: CartRow) -> Result<Self, CartId> {
        let CartRow {
            cart_id,
            token_hash,
            user_id,
            version,
            promotions,
            delivery,
            saved,
            updated_at: _,
            lines,
        } = row;
        let owner = match (token_hash, user_id) {
            (Some(token_hash), None) => CartOwner::Guest { token_hash },
            (None, Some(user)) => CartOwner::User(user),
            _ => return Err(cart_id),
        };
        let saved = saved.unwrap_or_default();
        let cart = CartRecord { id: cart_id, version, promotions, delivery, lines, saved };
        Ok(Self { owner, cart })
    }
}

/// When to look at a cart.
#[derive(Debug, Clone, Serialize)]
pub struct CartReminderRow {
    pub cart_id: CartId,
    pub due_at: Timestamp,
}

/// A reminder as it is taken.
#[derive(Debug, Clone, Deserialize)]
pub struct LeasedReminderRow {
    pub cart_id: CartId,
    pub user_id: Option<UserId>,
    pub version: i64,
    pub updated_at: Timestamp,
    pub has_lines: bool,
}

impl From<LeasedReminderRow> for ReminderRecord {
    fn from(row: LeasedReminderRow) -> Self {
        let LeasedReminderRow { cart_id, user_id, version, updated_at, has_lines } = row;
        Self { cart: cart_id, user: user_id, version, updated_at, has_lines }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WishRow {
    pub wish_id: WishId,
    pub user_id: UserId,
    pub sku: Sku,
    pub price: i64,
    pub currency: Currency,
    pub added_at: Timestamp,
}

impl From<&WishRecord> for WishRow {
    fn from(wish: &WishRecord) -> Self {
        Self {
            wish_id: wish.id,
            user_id: wish.user,
            sku: wish.sku.clone(),
            price: wish.price.amount,
            currency: wish.price.currency,
            added_at: wish.added_at,
        }
    }
}

impl From<WishRow> for WishRecord {
    fn from(row: WishRow) -> Self {
        let WishRow { wish_id, user_id, sku, price, currency, added_at } = row;
        Self { id: wish_id, user: user_id, sku, price: Money::new(price, currency), added_at }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct WishKey {
    pub user_id: UserId,
    pub sku: Sku,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderRow {
    pub order_id: OrderId,
    pub number: i64,
    pub cart_id: CartId,
    pub user_id: Option<UserId>,
    pub access_token_hash: Option<String>,
    pub email: String,
    pub state: State,
    pub payment_state: PaymentState,
    pub stock_state: StockState,
    pub attempt: u32,
    pub currency: Currency,
    pub subtotal: i64,
    pub discount: i64,
    pub shipping: i64,
    pub tax: i64,
    pub total: i64,
    pub refunded: i64,
    pub refunding: i64,
    pub capture: Capture,
    pub promotions: Vec<AppliedPromotion>,
    pub shipping_address: Address,
    pub billing_address: Address,
    pub shipping_method: String,
    pub payment_method: String,
    pub redirect_url: Option<String>,
    pub decline_reason: Option<String>,
    pub shipments: Vec<Shipment>,
    pub placed_at: Timestamp,
    pub version: i64,
    /// Not columns: the rows that belong to an order, when one is read.
    #[serde(default, skip_serializing)]
    pub lines: Vec<BoughtLine>,
    #[serde(default, skip_serializing)]
    pub payments: Vec<PaymentId>,
    #[serde(default, skip_serializing)]
    pub history: Vec<Step>,
}

/// What may change of an order.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedOrderRow {
    pub order_id: OrderId,
    pub state: State,
    pub payment_state: PaymentState,
    pub stock_state: StockState,
    pub attempt: u32,
    pub refunded: i64,
    pub refunding: i64,
    pub payment_method: String,
    pub redirect_url: Option<String>,
    pub decline_reason: Option<String>,
    pub shipments: Vec<Shipment>,
    pub version: i64,
}

impl From<&OrderRecord> for ChangedOrderRow {
    fn from(record: &OrderRecord) -> Self {
        Self {
            order_id: record.facts.id,
            state: record.order.state,
            payment_state: record.order.payment,
            stock_state: record.order.stock,
            attempt: record.order.attempt,
            refunded: record.order.refunded.amount,
            refunding: record.order.refunding.amount,
            payment_method: record.payment_method.clone(),
            redirect_url: record.redirect_url.clone(),
            decline_reason: record.decline_reason.clone(),
            shipments: record.shipments.clone(),
            version: record.version,
        }
    }
}

/// An order that is held or asked about, and how often it was changed.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct HeldOrderRow {
    pub order_id: OrderId,
    pub version: i64,
}

/// A line as it comes with its order.
#[derive(Debug, Clone, Deserialize)]
pub struct BoughtLine {
    pub sku: Sku,
    pub title: String,
    pub unit_price: i64,
    pub quantity: u32,
    pub returned: u32,
    pub refunded: u32,
}

/// A step of its history as it comes with an order.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    pub state: String,
    pub note: String,
    pub at: Timestamp,
}

impl From<&OrderRecord> for OrderRow {
    fn from(record: &OrderRecord) -> Self {
        let OrderFacts { totals, .. } = &*record.facts;
        Self {
            order_id: record.facts.id,
            number: record.number,
            cart_id: record.facts.cart,
            user_id: record.facts.user,
            access_token_hash: record.facts.access_token_hash.clone(),
            email: record.facts.email.clone(),
            state: record.order.state,
            payment_state: record.order.payment,
            stock_state: record.order.stock,
            attempt: record.order.attempt,
            currency: record.order.total.currency,
            subtotal: totals.subtotal.amount,
            discount: totals.discount.amount,
            shipping: totals.shipping.amount,
            tax: totals.tax.amount,
            total: totals.total.amount,
            refunded: record.order.refunded.amount,
            refunding: record.order.refunding.amount,
            capture: record.order.capture,
            promotions: record.facts.promotions.clone(),
            shipping_address: record.facts.shipping_address.clone(),
            billing_address: record.facts.billing_address.clone(),
            shipping_method: record.facts.shipping_method.clone(),
            payment_method: record.payment_method.clone(),
            redirect_url: record.redirect_url.clone(),
            decline_reason: record.decline_reason.clone(),
            shipments: record.shipments.clone(),
            placed_at: record.facts.placed_at,
            version: record.version,
            lines: Vec::new(),
            payments: Vec::new(),
            history: Vec::new(),
        }
    }
}

impl From<OrderRow> for OrderRecord {
    fn from(row: OrderRow) -> Self {
        let money = |amount| Money::new(amount, row.currency);
        let lines = row.lines.into_iter().map(|line| {
            let sold = OrderLineRecord {
                sku: line.sku,
                title: line.title,
                unit_price: money(line.unit_price),
                quantity: line.quantity,
            };
            let gone = Line { returned: line.returned, refunded: line.refunded, ..sold.untouched() };
            (sold, gone)
        });
        let (sold, lines) = lines.unzip();
        Self {
            number: row.number,
            version: row.version,
            order: Order {
                state: row.state,
                payment: row.payment_state,
                stock: row.stock_state,
                attempt: row.attempt,
                total: money(row.total),
                refunded: money(row.refunded),
                refunding: money(row.refunding),
                capture: row.capture,
            },
            lines,
            payment_method: row.payment_method,
            redirect_url: row.redirect_url,
            decline_reason: row.decline_reason,
            shipments: row.shipments,
            payments: row.payments,
            history: row.history.into_iter().map(|step| (step.state, step.note, step.at)).collect(),
            facts: Arc::new(OrderFacts {
                id: row.order_id,
                cart: row.cart_id,
                user: row.user_id,
                access_token_hash: row.access_token_hash,
                email: row.email,
                totals: Totals {
                    subtotal: money(row.subtotal),
                    discount: money(row.discount),
                    shipping: money(row.shipping),
                    tax: money(row.tax),
                    total: money(row.total),
                },
                promotions: row.promotions,
                shipping_address: row.shipping_address,
                billing_address: row.billing_address,
                shipping_method: row.shipping_method,
                placed_at: row.placed_at,
                lines: sold,
            }),
        }
    }
}

impl NewOrder {
    /// The order as it will be read, under its number.
    pub fn stored(self, number: i64) -> OrderRecord {
        OrderRecord {
            lines: self.facts.lines.iter().map(OrderLineRecord::untouched).collect(),
            facts: self.facts,
            number,
            version: 0,
            order: self.order,
            payment_method: self.payment_method,
            redirect_url: None,
            decline_reason: None,
            shipments: Vec::new(),
            payments: Vec::new(),
            history: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct OrderLineRow {
    pub order_id: OrderId,
    pub position: i64,
    pub sku: Sku,
    pub title: String,
    pub unit_price: i64,
    pub quantity: u32,
    pub returned: u32,
    pub refunded: u32,
}

/// How much of a line went back.
#[derive(Debug, Clone, Serialize)]
pub struct LineGoneBackRow {
    pub order_id: OrderId,
    pub sku: Sku,
    pub returned: u32,
    pub refunded: u32,
}

impl LineGoneBackRow {
    pub fn of(order: &OrderRecord) -> impl Iterator<Item = Self> {
        order.lines.iter().map(|line| Self {
            order_id: order.facts.id,
            sku: line.sku.clone(),
            returned: line.returned,
            refunded: line.refunded,
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderRefundRow {
    pub refund_id: TaskId,
    pub order_id: OrderId,
    pub attempt: u32,
    pub amount: i64,
    pub pieces: Vec<Pieces>,
    pub state: RefundState,
    pub asked_at: Timestamp,
    /// Not a column: that of the order, when a refund is read.
    #[serde(skip_serializing)]
    pub currency: Currency,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    Asked,
    Done,
    Refused,
}

impl OrderRefundRow {
    pub fn of(refund: &RefundRecord, asked_at: Timestamp) -> Self {
        let RefundRecord { id, order, attempt, amount, pieces } = refund.clone();
        let (state, currency, amount) = (RefundState::Asked, amount.currency, amount.amount);
        Self { refund_id: id, order_id: order, attempt, amount, pieces, state, asked_at, currency }
    }
}

impl From<OrderRefundRow> for RefundRecord {
    fn from(row: OrderRefundRow) -> Self {
        let OrderRefundRow { refund_id, order_id, attempt, amount, pieces, currency, .. } = row;
        let amount = Money::new(amount, currency);
        Self { id: refund_id, order: order_id, attempt, amount, pieces }
    }
}

/// That a refund was answered.
#[derive(Debug, Clone, Serialize)]
pub struct ClosedRefundRow {
    pub refund_id: TaskId,
    pub state: RefundState,
}

impl OrderLineRow {
    pub fn of(order: &OrderFacts) -> impl Iterator<Item = Self> {
        (0..).zip(&order.lines).map(|(position, line)| Self {
            order_id: order.id,
            position,
            sku: line.sku.clone(),
            title: line.title.clone(),
            unit_price: line.unit_price.amount,
            quantity: line.quantity,
            returned: 0,
            refunded: 0,
        })
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct OrderPaymentRow {
    pub order_id: OrderId,
    pub attempt: u32,
    pub payment_id: PaymentId,
}

#[derive(Debug, Clone, Serialize)]
pub struct OrderEventRow {
    pub order_id: OrderId,
    pub position: i64,
    pub state: String,
    pub note: String,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IdempotencyRow {
    pub owner: String,
    pub key: String,
    pub request_hash: String,
    pub order_id: OrderId,
    pub access_token: Option<String>,
    pub at: Timestamp,
}

impl IdempotencyRow {
    pub fn of(record: &IdempotencyRecord, at: Timestamp) -> Self {
        let IdempotencyRecord { owner, key, request_hash, order, access_token } = record.clone();
        Self { owner, key, request_hash, order_id: order, access_token, at }
    }
}

impl From<IdempotencyRow> for IdempotencyRecord {
    fn from(row: IdempotencyRow) -> Self {
        let IdempotencyRow { owner, key, request_hash, order_id, access_token, at: _ } = row;
        Self { owner, key, request_hash, order: order_id, access_token }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct ReservationRow {
    pub order_id: OrderId,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaskRow {
    pub task_id: TaskId,
    pub order_id: OrderId,
    #[serde(default)]
    pub kind: String,
    pub payload: TaskWork,
    pub tries: u32,
    pub run_at: Timestamp,
    pub leased_until: Timestamp,
    pub traceparent: Option<String>,
}

impl From<&TaskRecord> for TaskRow {
    fn from(task: &TaskRecord) -> Self {
        Self {
            task_id: task.id,
            order_id: task.order,
            kind: task.work.kind().to_owned(),
            payload: task.work.clone(),
            tries: task.tries,
            run_at: task.run_at,
            leased_until: task.leased_until,
            traceparent: task.traceparent.clone(),
        }
    }
}

impl From<TaskRow> for TaskRecord {
    fn from(row: TaskRow) -> Self {
        let TaskRow { task_id, order_id, payload, tries, run_at, leased_until, traceparent, .. } = row;
        Self { id: task_id, order: order_id, work: payload, tries, run_at, leased_until, traceparent }
    }
}

/// When a task is tried again.
#[derive(Debug, Clone, Serialize)]
pub struct PostponedTaskRow {
    pub task_id: TaskId,
    /// Of the lease that is given back.
    pub tries: u32,
    pub run_at: Timestamp,
}

/// A row of `outbox`, to be written.
#[derive(Debug, Clone, Serialize)]
pub struct NewEventRow {
    pub event_id: EventId,
    pub kind: String,
    pub subject: String,
    pub data: Box<RawValue>,
    pub at: Timestamp,
    pub traceparent: Option<String>,
}

impl NewEventRow {
    pub fn of(event_id: EventId, event: NewEvent) -> Self {
        let NewEvent { kind, subject, data, at, traceparent } = event;
        Self { event_id, kind, subject, data, at, traceparent }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct EventRow {
    pub outbox_id: i64,
    pub event_id: EventId,
    pub kind: String,
    pub subject: String,
    pub data: serde_json::Value,
    pub at: Timestamp,
    pub traceparent: Option<String>,
}

impl EventRow {
    /// The event on its way to a subscriber.
    pub fn on_its_way_to(self, subscriber: String, tries: u32) -> DeliveryRecord {
        let Self { outbox_id, event_id, kind, subject, data, at, traceparent } = self;
        let record = OutboxRecord { kind, subject, data, at, traceparent };
        DeliveryRecord { subscriber, outbox_id, event: event_id, record, tries }
    }
}

/// That a subscriber is to hear of an event.
#[derive(Debug, Clone, Serialize)]
pub struct NewDeliveryRow {
    pub event_id: EventId,
    pub subscriber: String,
}

/// A delivery as it is taken.
#[derive(Debug, Clone, Deserialize)]
pub struct LeasedDeliveryRow {
    pub subscriber: String,
    pub outbox_id: i64,
    pub tries: u32,
}

/// A dead letter with its event.
#[derive(Debug, Clone, Deserialize)]
pub struct DeadLetterRow {
    pub subscriber: String,
    pub tries: u32,
    pub last_error: Option<String>,
    pub event: EventRow,
}

#[derive(Debug, Clone, Serialize)]
pub struct DeliveryKey {
    pub subscriber: String,
    pub outbox_id: i64,
}

/// When a delivery is tried again, if it is.
#[derive(Debug, Clone, Serialize)]
pub struct PostponedDeliveryRow {
    pub subscriber: String,
    pub outbox_id: i64,
    /// Of the lease that is given back.
    pub tries: u32,
    pub run_at: Timestamp,
    pub dead: bool,
    pub last_error: String,
}
