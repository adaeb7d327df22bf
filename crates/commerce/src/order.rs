//! What may happen to an order, and what follows from it.
//!
//! [`apply`] is the only place that moves an order from one state to another. It decides and does nothing: the
//! coordinator carries the [`Effect`]s out in the transaction that stores the new order, so that neither exists
//! without the other. Every command may arrive late, twice, or never; a command that has no further meaning is
//! answered with no effects rather than with an error, where its sender is a machine that would only repeat it.
//!
//! The way of the goods is in this file, the way of the money in `payment`.

mod payment;

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
    /// The gateway has been asked to hand the money over, or is about to be.
    Capturing,
    /// The gateway refused to hand the money over. Staff may ask it again.
    CaptureFailed,
    /// The shop has the money.
    Captured,
    /// The gateway has been told to let set-aside money go, or is about to be.
    Voided,
    /// Money is on its way back: the gateway has been asked, or is about to be.
    Refunding,
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

/// When the shop takes the money that is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// When the parcel leaves: nobody is charged for what is not sent.
    #[default]
    Shipment,
    /// As soon as the order is confirmed: for goods that are made to order.
    Order,
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
    Capturing = "capturing",
    CaptureFailed = "capture_failed",
    Captured = "captured",
    Voided = "voided",
    Refunding = "refunding",
    PartiallyRefunded = "partially_refunded",
    Refunded = "refunded",
});
names!(Capture { Shipment = "shipment", Order = "order" });
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
    /// What went back so far, by the gateway's word.
    pub refunded: Money,
    /// What is on its way back. With `refunded` never more than `total`.
    pub refunding: Money,
    /// When the money is taken, as the till was set when the order was placed.
    pub capture: Capture,
}

impl Order {
    /// What can still go back to the shopper, once the shop has the money.
    pub fn refundable(&self) -> Money {
        let going = self.refunded.amount + self.refunding.amount;
        Money::new(self.total.amount - going, self.total.currency)
    }
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
    /// The shop has the money of try `attempt`: because it asked for it, or because the gateway took it unasked.
    PaymentCaptured {
        /// The try whose money it is.
        attempt: u32,
    },
    /// The gateway refuses to hand over the money of try `attempt`.
    CaptureFailed {
        /// The try whose money it is.
        attempt: u32,
    },
    /// The answer to [`Effect::ReserveOrRefund`].
    LateMoneyMatched {
        /// Whether the pieces could be reserved once more.
        reserved: bool,
    },
    /// The shopper tries to pay once more.
    RetryPayment,
    /// Staff ask once more for money that the gateway refused to hand over.
    RetryCapture,
    /// The reservation ran out.
    ReservationExpired,
    /// Shopper or staff call the order off.
    Cancel,
    /// Staff handed the parcel to the carrier.
    Ship,
    /// The carrier delivered it.
    Deliver,
    /// Pieces came back.
    Return {
        /// Whether with these all pieces are back.
        complete: bool,
    },
    /// Staff give money back.
    Refund {
        /// How much, at least one minor unit.
        amount: Money,
    },
    /// The gateway gave `amount` of try `attempt` back.
    RefundDone {
        /// The try whose money it was.
        attempt: u32,
        /// How much.
        amount: Money,
    },
    /// The gateway refuses, for good, to give `amount` of try `attempt` back.
    RefundFailed {
        /// The try whose money it is.
        attempt: u32,
        /// How much.
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
    /// Put sold pieces back on the shelf: those that came back, or all that have not yet.
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
    /// Take the money that is set aside for try `attempt`.
    Capture {
        /// The try whose money it is.
        attempt: u32,
    },
    /// Let go of money that is set aside for try `attempt`. Asked for twice, it is done once.
    Void {
        /// The try whose money it is.
        attempt: u32,
    },
    /// Give `amount` of the present try's money back.
    Refund {
        /// How much.
        amount: Money,
    },
    /// Give all money of an earlier try back. Asked for twice, it is done once.
    RefundAttempt {
        /// The try whose money it is.
        attempt: u32,
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
    /// The gateway refused to hand over the money of an order that stands. Staff have to see to it.
    CaptureFailed,
    /// The parcel arrived.
    Delivered,
    /// Pieces came back.
    Returned,
    /// Money went back.
    Refunded,
    /// The gateway refused to give money back. Staff have to see to it.
    RefundFailed,
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
    /// The goods must not leave: their money could not be taken, or went back.
    #[error("the money for this order is not there: its payment is {}", .payment.name().replace('_', " "))]
    MoneyMissing {
        /// Where the money stands.
        payment: PaymentState,
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
pub fn place(total: Money, capture: Capture) -> (Order, Vec<Effect>) {
    let order = Order {
        state: State::PendingPayment,
        payment: PaymentState::Authorizing,
        stock: StockState::Reserved,
        attempt: 1,
        total,
        refunded: Money::zero(total.currency),
        refunding: Money::zero(total.currency),
        capture,
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
        Command::PaymentApproved { attempt } => Ok(payment::approve(order, attempt)),
        Command::PaymentDeclined { attempt } => Ok(payment::decline(order, attempt)),
        Command::PaymentChallenged { attempt } => Ok(payment::challenge(order, attempt)),
        Command::PaymentCaptured { attempt } => Ok(payment::note_capture(order, attempt)),
        Command::CaptureFailed { attempt } => Ok(payment::note_failed_capture(order, attempt)),
        Command::LateMoneyMatched { reserved } => Ok(payment::match_late_money(order, reserved)),
        Command::RetryPayment => payment::retry(order),
        Command::RetryCapture => payment::retry_capture(order),
        Command::ReservationExpired => Ok(expire(order)),
        Command::Cancel => cancel(order),
        Command::Ship => ship(order),
        Command::Deliver => deliver(order),
        Command::Return { complete } => take_back(order, complete),
        Command::Refund { amount } => payment::refund(order, amount),
        Command::RefundDone { attempt, amount } => Ok(payment::note_refund(order, attempt, amount)),
        Command::RefundFailed { attempt, amount } => Ok(payment::note_failed_refund(order, attempt, amount)),
    }
}

/// Answers that change nothing: repeated, or overtaken.
const fn unchanged(order: Order) -> (Order, Vec<Effect>) {
    (order, Vec::new())
}

fn expire(order: Order) -> (Order, Vec<Effect>) {
    if order.state != State::PendingPayment {
        return unchanged(order);
    }
    // The payment is left open: money that still comes is matched with what is in stock.
    (
        Order { state: State::Expired, stock: StockState::Released, ..order },
        vec![Effect::ReleaseStock, Effect::RestoreCart, Effect::Announce(Announcement::Expired)],
    )
}

fn cancel(order: Order) -> Outcome {
    let goods = match order.state {
        State::PendingPayment => Some(Effect::ReleaseStock),
        State::Confirmed => Some(Effect::Restock),
        State::PaymentFailed | State::Expired => None,
        State::Cancelled => return Ok(unchanged(order)),
        state => return Err(Rejection::WrongState { state, wanted: "cancelled" }),
    };
    let cancelled = Order { state: State::Cancelled, stock: StockState::Released, ..order };
    let (cancelled, money) = payment::let_go(cancelled);
    let mut effects = Vec::from_iter(goods);
    effects.extend(money);
    effects.push(Effect::Announce(Announcement::Cancelled));
    Ok((cancelled, effects))
}

fn ship(order: Order) -> Outcome {
    if order.state != State::Confirmed {
        return Err(Rejection::WrongState { state: order.state, wanted: "shipped" });
    }
    let all_goes_back = order.payment == PaymentState::Refunding && order.refundable().amount == 0;
    if order.payment == PaymentState::CaptureFailed || all_goes_back {
        return Err(Rejection::MoneyMissing { payment: order.payment });
    }
    let mut effects = vec![Effect::Announce(Announcement::Shipped)];
    let shipped = Order { state: State::Shipped, ..order };
    if order.payment != PaymentState::Authorized {
        return Ok((shipped, effects));
    }
    effects.push(Effect::Capture { attempt: order.attempt });
    Ok((Order { payment: PaymentState::Capturing, ..shipped }, effects))
}

fn deliver(order: Order) -> Outcome {
    if order.state != State::Shipped {
        return Err(Rejection::WrongState { state: order.state, wanted: "delivered" });
    }
    let order = Order { state: State::Delivered, ..order };
    Ok((order, vec![Effect::Announce(Announcement::Delivered)]))
}

fn take_back(order: Order, complete: bool) -> Outcome {
    // Money may go back before the goods do.
    let refunded_first = order.state == State::Refunded && order.stock == StockState::Sold;
    if order.state != State::Delivered && !refunded_first {
        return Err(Rejection::WrongState { state: order.state, wanted: "returned" });
    }
    let mut effects = vec![Effect::Restock, Effect::Announce(Announcement::Returned)];
    if !complete {
        return Ok((order, effects));
    }
    let state = if refunded_first { State::Refunded } else { State::Returned };
    let mut returned = Order { state, stock: StockState::Released, ..order };
    if order.payment == PaymentState::CaptureFailed {
        // Nothing is left to be paid for.
        let (free, money) = payment::let_go(returned);
        returned = free;
        effects.extend(money);
    }
    Ok((returned, effects))
}
