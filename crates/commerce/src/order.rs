//! What may happen to an order, and what follows from it.
//!
//! [`apply`] is the only place that moves an order from one state to another. It decides and does nothing: the
//! coordinator carries the [`Effect`]s out in the transaction that stores the new order, so that neither exists
//! without the other. Every command may arrive late, twice, or never; a command that has no further meaning is
//! answered with no effects rather than with an error, where its sender is a machine that would only repeat it.

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// Where an order stands, as the shopper sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Placed; stock is reserved and the payment is under way.
    PendingPayment,
    /// The payment was declined; the shopper may try again.
    PaymentFailed,
    /// Nobody paid in time; the stock is free again.
    Expired,
    /// Paid for; to be shipped.
    Confirmed,
    /// With the carrier.
    Shipped,
    /// With the shopper.
    Delivered,
    /// Called off before it was shipped.
    Cancelled,
    /// Sent back after delivery.
    Returned,
    /// All money went back.
    Refunded,
}

/// Where the money stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Nothing is to be paid.
    NotNeeded,
    /// The gateway has been asked, or is about to be.
    Authorizing,
    /// The gateway waits for the shopper.
    Challenged,
    /// The gateway said no.
    Declined,
    /// The money is set aside for the shop.
    Authorized,
    /// The shop has the money.
    Captured,
    /// Set-aside money was let go.
    Voided,
    /// Some of the money went back.
    PartiallyRefunded,
    /// All of the money went back.
    Refunded,
}

/// Where the pieces stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockState {
    /// Promised to this order.
    Reserved,
    /// Taken off the shelf for this order.
    Sold,
    /// Free for others.
    Released,
}

macro_rules! names {
    ($type:ident { $($case:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// Every case, in the order of the type.
            pub const ALL: &[Self] = &[$(Self::$case),*];

            /// The name in the API and in the database.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$case => $name),* }
            }

            /// The case of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$case),)* _ => None }
            }
        }
    };
}

names!(State {
    PendingPayment = "pending_payment",
    PaymentFailed = "payment_failed",
    Expired = "expired",
    Confirmed = "confirmed",
    Shipped = "shipped",
    Delivered = "delivered",
    Cancelled = "cancelled",
    Returned = "returned",
    Refunded = "refunded",
});
names!(PaymentState {
    NotNeeded = "not_needed",
    Authorizing = "authorizing",
    Challenged = "challenged",
    Declined = "declined",
    Authorized = "authorized",
    Captured = "captured",
    Voided = "voided",
    PartiallyRefunded = "partially_refunded",
    Refunded = "refunded",
});
names!(StockState { Reserved = "reserved", Sold = "sold", Released = "released" });

/// As much of an order as its rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Where the order stands.
    pub state: State,
    /// Where the money stands.
    pub payment: PaymentState,
    /// Where the pieces stand.
    pub stock: StockState,
    /// Which try at paying this is, from 1. An answer to an earlier try finds a later one under way.
    pub attempt: u32,
    /// What is to be paid.
    pub total: Money,
    /// What went back so far; never more than `total`.
    pub refunded: Money,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The gateway set the money of try `attempt` aside. May arrive long after the reservation ran out.
    PaymentApproved {
        /// The try that it answers.
        attempt: u32,
    },
    /// The gateway refused try `attempt`.
    PaymentDeclined {
        /// The try that it answers.
        attempt: u32,
    },
    /// The gateway waits for the shopper in try `attempt`.
    PaymentChallenged {
        /// The try that it answers.
        attempt: u32,
    },
    /// The answer to [`Effect::ReserveOrRefund`].
    LateMoneyMatched {
        /// Whether the pieces could be reserved once more.
        reserved: bool,
    },
    /// The shopper tries to pay once more.
    RetryPayment,
    /// The reservation ran out.
    ReservationExpired,
    /// Shopper or staff call the order off.
    Cancel,
    /// Staff handed the parcel to the carrier.
    Ship,
    /// The carrier delivered it.
    Deliver,
    /// The goods came back.
    Return,
    /// Staff give money back.
    Refund {
        /// How much, at least one minor unit.
        amount: Money,
    },
}

/// What must be done in the transaction that stores the new state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Turn the reservation into sold pieces.
    SellStock,
    /// Give the reserved pieces back to the shelf.
    ReleaseStock,
    /// Reserve the pieces again; if they are gone, the command fails.
    ReserveStock,
    /// Try to reserve the pieces again, then go on with [`Command::LateMoneyMatched`].
    ReserveOrRefund,
    /// Put sold pieces back on the shelf.
    Restock,
    /// Put the lines back into the cart if it is still empty.
    RestoreCart,
    /// Take lines that were put back out of the cart again, if they are all that is in it.
    TakeCart,
    /// Ask the gateway for the money.
    Authorize {
        /// Which try this is.
        attempt: u32,
    },
    /// Take the money that is set aside.
    Capture,
    /// Let go of money that is set aside for try `attempt`.
    Void {
        /// The try whose money it is.
        attempt: u32,
    },
    /// Give money back.
    Refund {
        /// How much.
        amount: Money,
    },
    /// Tell the other services.
    Announce(Announcement),
}

/// What other services are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Announcement {
    /// The order was placed.
    Placed,
    /// The order is paid for.
    Confirmed,
    /// The payment was declined.
    PaymentFailed,
    /// Nobody paid in time.
    Expired,
    /// The order was called off.
    Cancelled,
    /// The parcel is on its way.
    Shipped,
    /// The parcel arrived.
    Delivered,
    /// The goods came back.
    Returned,
    /// Money went back.
    Refunded,
}

/// Why a command cannot be followed. The shopper or staff caused it and can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The order is past, or not yet at, the point where this is possible.
    #[error("an order that is {} cannot be {}", .state.name().replace('_', " "), .wanted)]
    WrongState {
        /// Where the order stands.
        state: State,
        /// What was asked, as a participle.
        wanted: &'static str,
    },
    /// More money back than was paid.
    #[error("at most {} can be refunded", .refundable)]
    RefundTooLarge {
        /// What can still go back.
        refundable: Money,
    },
}

type Outcome = Result<(Order, Vec<Effect>), Rejection>;

/// A new order whose pieces have just been reserved. An order of zero is confirmed at once.
pub fn place(total: Money) -> (Order, Vec<Effect>) {
    let order = Order {
        state: State::PendingPayment,
        payment: PaymentState::Authorizing,
        stock: StockState::Reserved,
        attempt: 1,
        total,
        refunded: Money::zero(total.currency),
    };
    let placed = Effect::Announce(Announcement::Placed);
    if total.amount > 0 {
        return (order, vec![placed, Effect::Authorize { attempt: 1 }]);
    }
    let confirmed =
        Order { state: State::Confirmed, payment: PaymentState::NotNeeded, stock: StockState::Sold, ..order };
    (confirmed, vec![placed, Effect::SellStock, Effect::Announce(Announcement::Confirmed)])
}

/// What becomes of `order` by `command`.
pub fn apply(order: Order, command: Command) -> Outcome {
    match command {
        Command::PaymentApproved { attempt } => Ok(approve_payment(order, attempt)),
        Command::PaymentDeclined { attempt } => Ok(decline_payment(order, attempt)),
        Command::PaymentChallenged { attempt } => Ok(challenge_payment(order, attempt)),
        Command::LateMoneyMatched { reserved } => Ok(match_late_money(order, reserved)),
        Command::ReservationExpired => Ok(expire(order)),
        Command::RetryPayment => retry_payment(order),
        Command::Cancel => cancel(order),
        Command::Ship => ship(order),
        Command::Deliver => deliver(order),
        Command::Return => take_back(order),
        Command::Refund { amount } => refund(order, amount),
    }
}

/// Answers that change nothing: repeated, or overtaken.
const fn unchanged(order: Order) -> (Order, Vec<Effect>) {
    (order, Vec::new())
}

fn approve_payment(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    let waiting = matches!(order.payment, PaymentState::Authorizing | PaymentState::Challenged);
    let settled = matches!(
        order.payment,
        PaymentState::Authorized
            | PaymentState::Captured
            | PaymentState::PartiallyRefunded
            | PaymentState::Refunded
            | PaymentState::Voided
    );
    if attempt > order.attempt || (attempt == order.attempt && settled) {
        return unchanged(order);
    }
    let authorized = Order { payment: PaymentState::Authorized, ..order };
    match order.state {
        State::PendingPayment if attempt == order.attempt && waiting => (
            Order { state: State::Confirmed, stock: StockState::Sold, ..authorized },
            vec![Effect::SellStock, Effect::Announce(Announcement::Confirmed)],
        ),
        // The reservation is gone, yet the money came: match it with new stock, or give it back.
        State::Expired | State::PaymentFailed if attempt == order.attempt => {
            (authorized, vec![Effect::ReserveOrRefund])
        }
        State::Cancelled if attempt == order.attempt => {
            (Order { payment: PaymentState::Voided, ..order }, vec![Effect::Void { attempt }])
        }
        // An earlier try was approved after a later one had begun: one order is paid once.
        _ => (order, vec![Effect::Void { attempt }]),
    }
}

fn match_late_money(order: Order, reserved: bool) -> (Order, Vec<Effect>) {
    let expected = order.payment == PaymentState::Authorized
        && matches!(order.state, State::Expired | State::PaymentFailed);
    if !expected {
        return unchanged(order);
    }
    if reserved {
        let order = Order { state: State::Confirmed, stock: StockState::Sold, ..order };
        return (order, vec![Effect::SellStock, Effect::Announce(Announcement::Confirmed)]);
    }
    let order = Order { state: State::Cancelled, payment: PaymentState::Voided, ..order };
    let void = Effect::Void { attempt: order.attempt };
    (order, vec![void, Effect::Announce(Announcement::Cancelled)])
}

fn decline_payment(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    let waiting = matches!(order.payment, PaymentState::Authorizing | PaymentState::Challenged);
    if attempt != order.attempt || !waiting {
        return unchanged(order);
    }
    let declined = Order { payment: PaymentState::Declined, ..order };
    if order.state != State::PendingPayment {
        return (declined, Vec::new());
    }
    (
        Order { state: State::PaymentFailed, stock: StockState::Released, ..declined },
        vec![Effect::ReleaseStock, Effect::RestoreCart, Effect::Announce(Announcement::PaymentFailed)],
    )
}

fn challenge_payment(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    if attempt != order.attempt || order.payment != PaymentState::Authorizing {
        return unchanged(order);
    }
    (Order { payment: PaymentState::Challenged, ..order }, Vec::new())
}

fn expire(order: Order) -> (Order, Vec<Effect>) {
    if order.state != State::PendingPayment {
        return unchanged(order);
    }
    (
        Order { state: State::Expired, stock: StockState::Released, ..order },
        vec![Effect::ReleaseStock, Effect::RestoreCart, Effect::Announce(Announcement::Expired)],
    )
}

fn retry_payment(order: Order) -> Outcome {
    // An expired order whose earlier try is still unanswered could be paid twice, so it is not tried again.
    if order.state != State::PaymentFailed || order.payment != PaymentState::Declined {
        return Err(Rejection::WrongState { state: order.state, wanted: "paid again" });
    }
    let attempt = order.attempt + 1;
    let order = Order {
        state: State::PendingPayment,
        payment: PaymentState::Authorizing,
        stock: StockState::Reserved,
        attempt,
        ..order
    };
    Ok((order, vec![Effect::ReserveStock, Effect::TakeCart, Effect::Authorize { attempt }]))
}

fn cancel(order: Order) -> Outcome {
    let cancelled = Order { state: State::Cancelled, ..order };
    let announce = Effect::Announce(Announcement::Cancelled);
    match order.state {
        // The gateway may still approve; that money is let go when it does.
        State::PendingPayment => {
            Ok((Order { stock: StockState::Released, ..cancelled }, vec![Effect::ReleaseStock, announce]))
        }
        State::PaymentFailed => Ok((cancelled, vec![announce])),
        State::Confirmed => {
            let order = Order { stock: StockState::Released, ..cancelled };
            let mut effects = vec![Effect::Restock, announce];
            let payment = match order.payment {
                PaymentState::Authorized => {
                    effects.push(Effect::Void { attempt: order.attempt });
                    PaymentState::Voided
                }
                PaymentState::Captured | PaymentState::PartiallyRefunded => {
                    effects.push(Effect::Refund { amount: refundable(&order) });
                    PaymentState::Refunded
                }
                other => other,
            };
            let refunded = if payment == PaymentState::Refunded { order.total } else { order.refunded };
            Ok((Order { payment, refunded, ..order }, effects))
        }
        State::Cancelled => Ok(unchanged(order)),
        state => Err(Rejection::WrongState { state, wanted: "cancelled" }),
    }
}

fn ship(order: Order) -> Outcome {
    if order.state != State::Confirmed {
        return Err(Rejection::WrongState { state: order.state, wanted: "shipped" });
    }
    let mut effects = vec![Effect::Announce(Announcement::Shipped)];
    let mut payment = order.payment;
    if payment == PaymentState::Authorized {
        effects.push(Effect::Capture);
        payment = PaymentState::Captured;
    }
    Ok((Order { state: State::Shipped, payment, ..order }, effects))
}

fn deliver(order: Order) -> Outcome {
    if order.state != State::Shipped {
        return Err(Rejection::WrongState { state: order.state, wanted: "delivered" });
    }
    let order = Order { state: State::Delivered, ..order };
    Ok((order, vec![Effect::Announce(Announcement::Delivered)]))
}

fn take_back(order: Order) -> Outcome {
    if order.state != State::Delivered {
        return Err(Rejection::WrongState { state: order.state, wanted: "returned" });
    }
    let order = Order { state: State::Returned, stock: StockState::Released, ..order };
    Ok((order, vec![Effect::Restock, Effect::Announce(Announcement::Returned)]))
}

fn refund(order: Order, amount: Money) -> Outcome {
    let captured = matches!(order.payment, PaymentState::Captured | PaymentState::PartiallyRefunded);
    if !captured {
        return Err(Rejection::WrongState { state: order.state, wanted: "refunded" });
    }
    let refundable = refundable(&order);
    if amount.currency != refundable.currency || amount.amount < 1 || amount.amount > refundable.amount {
        return Err(Rejection::RefundTooLarge { refundable });
    }
    let whole = amount == refundable;
    let refunded = Money::new(order.refunded.amount + amount.amount, order.refunded.currency);
    let order = if whole {
        Order { state: State::Refunded, payment: PaymentState::Refunded, refunded, ..order }
    } else {
        Order { payment: PaymentState::PartiallyRefunded, refunded, ..order }
    };
    Ok((order, vec![Effect::Refund { amount }, Effect::Announce(Announcement::Refunded)]))
}

/// What can still go back to the shopper.
fn refundable(order: &Order) -> Money {
    Money::new(order.total.amount - order.refunded.amount, order.total.currency)
}
