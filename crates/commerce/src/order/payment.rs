//! The way of an order's money: set aside, taken, let go, given back.
//!
//! Nothing here is taken for granted: money counts as captured or refunded when the gateway says so, and what is asked
//! for in between has a state of its own.

use super::{
    Announcement, Capture, Effect, Order, Outcome, PaymentState, Rejection, State, StockState, unchanged,
};
use crate::money::Money;

/// Whether the gateway's first word on the present try is still out.
const fn is_waiting(order: &Order) -> bool {
    matches!(order.payment, PaymentState::Authorizing | PaymentState::Challenged)
}

/// Whether the present try has come to nothing so far: no money was set aside for it.
const fn is_open(order: &Order) -> bool {
    is_waiting(order) || matches!(order.payment, PaymentState::Declined)
}

pub(super) fn approve(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    if attempt < order.attempt {
        // An earlier try was approved after a later one had begun: one order is paid once.
        return (order, vec![Effect::Void { attempt }]);
    }
    if attempt > order.attempt || !is_open(&order) {
        return unchanged(order);
    }
    take_in(order, PaymentState::Authorized)
}

pub(super) fn note_capture(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    if attempt < order.attempt {
        return (order, vec![Effect::RefundAttempt { attempt }]);
    }
    if attempt > order.attempt {
        return unchanged(order);
    }
    match order.payment {
        // The gateway did not wait to be asked.
        PaymentState::Authorizing | PaymentState::Challenged | PaymentState::Declined => {
            take_in(order, PaymentState::Captured)
        }
        PaymentState::Authorized
        | PaymentState::Capturing
        | PaymentState::CaptureFailed
        | PaymentState::Voided => {
            let captured = Order { payment: PaymentState::Captured, ..order };
            // Letting it go came too late, or the order was called off while the answer was on its way.
            let unwanted = order.state == State::Cancelled || order.payment == PaymentState::Voided;
            if unwanted { let_go(captured) } else { (captured, Vec::new()) }
        }
        PaymentState::NotNeeded
        | PaymentState::Captured
        | PaymentState::Refunding
        | PaymentState::PartiallyRefunded
        | PaymentState::Refunded => unchanged(order),
    }
}

/// The first money of the present try: `payment` says whether it was set aside or taken.
fn take_in(order: Order, payment: PaymentState) -> (Order, Vec<Effect>) {
    let paid = Order { payment, ..order };
    match order.state {
        State::PendingPayment => confirm(paid),
        // The reservation is gone, yet the money came: match it with new stock, or give it back.
        State::Expired | State::PaymentFailed => (paid, vec![Effect::ReserveOrRefund]),
        _ => let_go(paid),
    }
}

fn confirm(order: Order) -> (Order, Vec<Effect>) {
    let confirmed = Order { state: State::Confirmed, stock: StockState::Sold, ..order };
    let mut effects = vec![Effect::SellStock, Effect::Announce(Announcement::Confirmed)];
    if order.capture == Capture::Shipment || order.payment != PaymentState::Authorized {
        return (confirmed, effects);
    }
    effects.push(Effect::Capture { attempt: order.attempt });
    (Order { payment: PaymentState::Capturing, ..confirmed }, effects)
}

pub(super) fn match_late_money(order: Order, reserved: bool) -> (Order, Vec<Effect>) {
    let expected = matches!(order.payment, PaymentState::Authorized | PaymentState::Captured)
        && matches!(order.state, State::Expired | State::PaymentFailed);
    if !expected {
        return unchanged(order);
    }
    if reserved {
        let (order, mut effects) = confirm(order);
        effects.push(Effect::TakeCart);
        return (order, effects);
    }
    let (order, mut effects) = let_go(Order { state: State::Cancelled, ..order });
    effects.push(Effect::Announce(Announcement::Cancelled));
    (order, effects)
}

pub(super) fn decline(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    if attempt != order.attempt || !is_waiting(&order) {
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

pub(super) fn challenge(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    if attempt != order.attempt || order.payment != PaymentState::Authorizing {
        return unchanged(order);
    }
    (Order { payment: PaymentState::Challenged, ..order }, Vec::new())
}

pub(super) fn retry(order: Order) -> Outcome {
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

pub(super) fn note_failed_capture(order: Order, attempt: u32) -> (Order, Vec<Effect>) {
    if attempt != order.attempt || order.payment != PaymentState::Capturing {
        return unchanged(order);
    }
    let failed = Order { payment: PaymentState::CaptureFailed, ..order };
    // Nobody wants this money any more; what may still be set aside must not stay so.
    if matches!(order.state, State::Cancelled | State::Returned) {
        return let_go(failed);
    }
    (failed, vec![Effect::Announce(Announcement::CaptureFailed)])
}

pub(super) fn retry_capture(order: Order) -> Outcome {
    if order.payment != PaymentState::CaptureFailed {
        return Err(Rejection::WrongState { state: order.state, wanted: "charged again" });
    }
    let capture = Effect::Capture { attempt: order.attempt };
    Ok((Order { payment: PaymentState::Capturing, ..order }, vec![capture]))
}

/// Sees to it that no money of an order that ended stays with the shop or set aside.
pub(super) fn let_go(order: Order) -> (Order, Vec<Effect>) {
    match order.payment {
        PaymentState::Authorizing
        | PaymentState::Challenged
        | PaymentState::Authorized
        | PaymentState::CaptureFailed => {
            let void = Effect::Void { attempt: order.attempt };
            (Order { payment: PaymentState::Voided, ..order }, vec![void])
        }
        PaymentState::Captured | PaymentState::Refunding | PaymentState::PartiallyRefunded => {
            let amount = order.refundable();
            if amount.amount == 0 { unchanged(order) } else { begin_refund(order, amount) }
        }
        // While the gateway is asked for the money, its answer decides between the two.
        PaymentState::Capturing
        | PaymentState::NotNeeded
        | PaymentState::Declined
        | PaymentState::Voided
        | PaymentState::Refunded => unchanged(order),
    }
}

pub(super) fn refund(order: Order, amount: Money) -> Outcome {
    let captured = matches!(
        order.payment,
        PaymentState::Captured | PaymentState::Refunding | PaymentState::PartiallyRefunded
    );
    if !captured {
        return Err(Rejection::WrongState { state: order.state, wanted: "refunded" });
    }
    let refundable = order.refundable();
    if amount.currency != refundable.currency || amount.amount < 1 || amount.amount > refundable.amount {
        return Err(Rejection::RefundTooLarge { refundable });
    }
    Ok(begin_refund(order, amount))
}

/// Reserves `amount`, at most what is refundable, so that no other refund can have it, and asks for it.
fn begin_refund(order: Order, amount: Money) -> (Order, Vec<Effect>) {
    let refunding = Money::new(order.refunding.amount + amount.amount, amount.currency);
    (Order { payment: PaymentState::Refunding, refunding, ..order }, vec![Effect::Refund { amount }])
}

pub(super) fn note_refund(order: Order, attempt: u32, amount: Money) -> (Order, Vec<Effect>) {
    if attempt != order.attempt || amount.amount > order.refunding.amount {
        return unchanged(order);
    }
    let refunding = Money::new(order.refunding.amount - amount.amount, amount.currency);
    let refunded = Money::new(order.refunded.amount + amount.amount, amount.currency);
    let order = with_refund_state(Order { refunded, refunding, ..order });
    let mut effects = vec![Effect::Announce(Announcement::Refunded)];
    if order.payment != PaymentState::Refunded {
        return (order, effects);
    }
    match order.state {
        // The goods never left.
        State::Confirmed => {
            effects.push(Effect::Restock);
            (Order { state: State::Refunded, stock: StockState::Released, ..order }, effects)
        }
        State::Shipped | State::Delivered | State::Returned => {
            (Order { state: State::Refunded, ..order }, effects)
        }
        _ => (order, effects),
    }
}

pub(super) fn note_failed_refund(order: Order, attempt: u32, amount: Money) -> (Order, Vec<Effect>) {
    let announce = vec![Effect::Announce(Announcement::RefundFailed)];
    if attempt < order.attempt {
        // Money of an earlier try is not in this order's books; people must see to it.
        return (order, announce);
    }
    if attempt > order.attempt || amount.amount > order.refunding.amount {
        return unchanged(order);
    }
    let refunding = Money::new(order.refunding.amount - amount.amount, amount.currency);
    (with_refund_state(Order { refunding, ..order }), announce)
}

fn with_refund_state(order: Order) -> Order {
    let payment = if order.refunding.amount > 0 {
        PaymentState::Refunding
    } else if order.refunded.amount == 0 {
        PaymentState::Captured
    } else if order.refunded == order.total {
        PaymentState::Refunded
    } else {
        PaymentState::PartiallyRefunded
    };
    Order { payment, ..order }
}
