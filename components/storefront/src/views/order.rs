//! An order: where it stands, what happened to it, and what the shopper can do now.

use maud::{Markup, html};
use merkato_commerce::{
    address::Address,
    order::{PaymentState, State},
};
use merkato_contract::{
    catalog::Product,
    order::{HistoryEntry, Order},
};

use super::{
    cart::sums,
    field::{self, Complaints},
    layout::{Frame, Page, Style, document},
    message::{self, Message},
    order_choices::choices,
    payment,
};
use crate::price::{moment, price};

/// Seconds between looks at an order whose payment is under way: a bank's answer comes within a few.
const UNDER_WAY_REFRESH_SECONDS: u32 = 3;
/// Seconds between looks while the shopper is at the bank.
const CHALLENGED_REFRESH_SECONDS: u32 = 10;

/// What an order's page shows.
pub struct OrderPage<'a> {
    /// The order.
    pub order: &'a Order,
    /// What can be spoken of: the products of what has arrived.
    pub products: &'a [Product],
    /// What just happened.
    pub message: Option<&'a Message>,
    /// What is wrong with the choice of a card.
    pub complaints: Complaints,
}

/// How the page's head looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Waiting,
    Good,
    Bad,
    Over,
}

/// What is said of an order at the top of its page.
struct Headline {
    mood: Mood,
    title: &'static str,
    text: &'static str,
}

const fn headline(state: State, payment: PaymentState) -> Headline {
    let (mood, title, text) = match (state, payment) {
        (State::PendingPayment, PaymentState::Challenged) => (
            Mood::Waiting,
            "Your bank has a question",
            "Confirm the payment there. Your pieces are set aside meanwhile.",
        ),
        (State::PendingPayment, _) => (
            Mood::Waiting,
            "Waiting for your bank",
            "Your pieces are set aside. This page looks again by itself.",
        ),
        (State::PaymentFailed, _) => (
            Mood::Bad,
            "The payment was declined",
            "Nothing was charged. You can try another card below; the pieces are set aside again when you do.",
        ),
        (State::Expired, _) => (
            Mood::Over,
            "The time to pay ran out",
            "The pieces went back to the stall. If money still arrives, the order is filled or the money goes back.",
        ),
        (State::Confirmed, _) => (
            Mood::Good,
            "Thank you, it is yours",
            "The order is confirmed. The trader is looking for wrapping paper.",
        ),
        (State::Shipped, _) => (Mood::Good, "On its way", "The carrier has your parcel."),
        (State::Delivered, _) => {
            (Mood::Good, "It has arrived", "The carrier has delivered your parcel. Enjoy it.")
        }
        (State::Cancelled, _) => {
            (Mood::Over, "Called off", "This order was cancelled. Nothing will be sent.")
        }
        (State::Returned, _) => (Mood::Over, "Back at the stall", "The goods came back to us."),
        (State::Refunded, _) => (Mood::Over, "Money returned", "All of the money went back to your card."),
    };
    Headline { mood, title, text }
}

/// What happened, as the shopper reads it.
pub const fn step(state: State) -> &'static str {
    match state {
        State::PendingPayment => "Waiting for the payment",
        State::PaymentFailed => "Payment declined",
        State::Expired => "Time to pay ran out",
        State::Confirmed => "Confirmed",
        State::Shipped => "Handed to the carrier",
        State::Delivered => "Delivered",
        State::Cancelled => "Cancelled",
        State::Returned => "Returned",
        State::Refunded => "Refunded",
    }
}

/// Where the money stands, as the shopper reads it.
const fn money_state(state: PaymentState) -> &'static str {
    match state {
        PaymentState::NotNeeded => "nothing to pay",
        PaymentState::Authorizing => "waiting for the bank",
        PaymentState::Challenged => "waiting for you to confirm",
        PaymentState::Declined => "declined",
        PaymentState::Authorized => "set aside on your card; charged when the parcel leaves",
        PaymentState::Capturing => "being charged",
        PaymentState::CaptureFailed => "could not be charged; we will be in touch",
        PaymentState::Captured => "paid",
        PaymentState::Voided => "let go; nothing was charged",
        PaymentState::Refunding => "on its way back to you",
        PaymentState::PartiallyRefunded => "paid, and partly refunded",
        PaymentState::Refunded => "refunded",
    }
}

/// Seconds after which the page should be looked at again; none once the payment is decided.
const fn refresh_seconds(order: &Order) -> Option<u32> {
    match (order.state, order.payment.state) {
        (State::PendingPayment, PaymentState::Challenged) => Some(CHALLENGED_REFRESH_SECONDS),
        (State::PendingPayment, _) => Some(UNDER_WAY_REFRESH_SECONDS),
        _ => None,
    }
}

/// Whether something is still to happen to it, so that a page that is left open should hear of it.
const fn is_under_way(state: State) -> bool {
    matches!(state, State::PendingPayment | State::Confirmed | State::Shipped)
}

/// The page of an order.
pub fn order(frame: &Frame, page: &OrderPage) -> String {
    let order = page.order;
    let refresh_seconds = refresh_seconds(order);
    let main = html! {
        div id="order" data-live=[is_under_way(order.state).then_some(order.version)] {
            (head(order))
            div.wrap.order-body {
                (message::live(page.message))
                div.two-columns {
                    div.order-parts {
                        @if can_be_paid_again(order) { (pay_again(frame, page)) }
                        (timeline(&order.history))
                        (facts(order))
                        (choices(frame, order, page.products, &page.complaints))
                    }
                    (receipt(order))
                }
            }
        }
    };
    let title = format!("Order {}", order.number);
    let page =
        Page { title: &title, description: "", style: Style::Order, category: None, refresh_seconds, main };
    document(frame, &page)
}

/// The page for an order that this browser cannot read.
pub fn unknown(frame: &Frame) -> String {
    let title = "This order is not known here";
    let text = "An order can be read in the browser that placed it, with its private link, or by whoever is signed in to \
                the account that it belongs to.";
    let ways = match &frame.sign_in {
        Some(door) => vec![(door.as_str(), "Sign in"), ("/", "Back to the market")],
        None => vec![("/account/orders", "Your orders"), ("/", "Back to the market")],
    };
    let main = message::empty(title, text, &ways);
    let page =
        Page { title, description: "", style: Style::Order, category: None, refresh_seconds: None, main };
    document(frame, &page)
}

fn head(order: &Order) -> Markup {
    let Headline { mood, title, text } = headline(order.state, order.payment.state);
    html! {
        div.order-state.on-dark
            .order-good[mood == Mood::Good]
            .order-bad[mood == Mood::Bad]
            .order-over[mood == Mood::Over] {
            div.wrap.order-words {
                p.eyebrow { "Order " (order.number) }
                h1 { (title) }
                p { (text) }
                @if let Some(address) = confirmation_address(order) {
                    div.actions {
                        a.button.button-saffron href=(address) { "Confirm payment with your bank" }
                    }
                }
            }
        }
        div.tibeb {}
    }
}

/// Where the shopper confirms the payment. Only an address of the web: a gateway's answer is not trusted further.
fn confirmation_address(order: &Order) -> Option<&str> {
    let waits = order.state == State::PendingPayment && order.payment.state == PaymentState::Challenged;
    let address = order.payment.redirect_url.as_deref().filter(|_| waits)?;
    let own = address.starts_with('/') && !address[1..].starts_with(['/', '\\']);
    (own || address.starts_with("https://") || address.starts_with("http://")).then_some(address)
}

const fn can_be_paid_again(order: &Order) -> bool {
    matches!((order.state, order.payment.state), (State::PaymentFailed, PaymentState::Declined))
}

fn pay_again(frame: &Frame, page: &OrderPage) -> Markup {
    html! {
        section aria-labelledby="pay-again" {
            form method="post" action={ "/orders/" (page.order.id) "/payment" } {
                (field::csrf(&frame.csrf))
                div.group {
                    h2 id="pay-again" { "Try another card" }
                    (payment::cards("", &page.complaints))
                    div.actions {
                        button.button type="submit" { "Pay " (price(page.order.totals.total)) }
                    }
                }
            }
        }
    }
}

fn timeline(history: &[HistoryEntry]) -> Markup {
    html! {
        section.group aria-labelledby="history" {
            h2 id="history" { "What happened" }
            ol.timeline {
                @for entry in history {
                    li {
                        strong { (step(entry.state)) }
                        @if !entry.note.is_empty() { span { (entry.note) } }
                        time.soft.small.number datetime=(entry.at) { (moment(entry.at)) }
                    }
                }
            }
        }
    }
}

fn facts(order: &Order) -> Markup {
    let one_address = order.addresses.shipping == order.addresses.billing;
    html! {
        section.group aria-labelledby="facts" {
            h2 id="facts" { "Where it goes" }
            div.facts {
                div { h3 { "Delivery" } (address(&order.addresses.shipping)) }
                @if !one_address { div { h3 { "Invoice" } (address(&order.addresses.billing)) } }
                div { h3 { "Confirmation" } p.address { (order.email) } }
                @if !order.shipments.is_empty() {
                    div {
                        h3 { "Parcels" }
                        ul.steps {
                            @for shipment in &order.shipments {
                                li { (shipment.carrier) br; code { (shipment.tracking_number) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// An address, line by line.
pub fn address(address: &Address) -> Markup {
    html! {
        address.address {
            (address.name) br;
            (address.line1) br;
            @if let Some(line2) = &address.line2 { (line2) br; }
            (address.postal_code) " " (address.city) br;
            @if let Some(region) = &address.region { (region) br; }
            (crate::countries::name(&address.country))
        }
    }
}

fn receipt(order: &Order) -> Markup {
    html! {
        div.receipt {
            h2 { "Receipt" }
            ul.mini-lines {
                @for line in &order.lines {
                    li { span { (line.quantity) " × " (line.title) } span.number { (price(line.total)) } }
                }
            }
            (sums(&order.totals, &order.promotions, true))
            p.sum-note { "Payment: " (money_state(order.payment.state)) "." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undecided_payment_and_only_that_is_looked_at_again() {
        for state in State::ALL {
            let headline = headline(*state, PaymentState::Authorizing);
            assert_eq!(headline.mood == Mood::Waiting, *state == State::PendingPayment, "{}", state.name());
        }
    }
}
