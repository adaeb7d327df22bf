//! One order, and all that can be done to it.

use maud::{Markup, html};
use merkato_commerce::{
    address::Address,
    order::{PaymentState, State},
};
use merkato_contract::{
    order::{Order, OrderLine},
    payment::PaymentStatus,
    problem::Problem,
};

use super::{
    badge,
    field::{self, Complaints, KEY_FIELD, Text},
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{Column, facts, table},
};
use crate::figures::{amount, count, moment, money};

/// Name of the field for the amount of a refund.
pub const AMOUNT_FIELD: &str = "amount";
/// Name of the field for who carries a parcel.
pub const CARRIER_FIELD: &str = "carrier";
/// Name of the field for what the carrier calls it.
pub const TRACKING_FIELD: &str = "tracking_number";
/// What the names of the fields for pieces begin with; the sku comes behind it.
pub const PIECES_PREFIX: &str = "pieces.";

/// What was typed and did not do, so that it comes back.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Who carries the parcel.
    pub carrier: String,
    /// What the carrier calls it.
    pub tracking_number: String,
    /// How much to give back.
    pub amount: String,
}

/// The page of an order.
pub struct OrderPage<'a> {
    /// The order.
    pub order: &'a Order,
    /// What the till says of its money.
    pub payment: &'a Result<PaymentStatus, Problem>,
    /// What happened just now.
    pub message: Option<&'a Message>,
    /// What is wrong with what was sent.
    pub complaints: Complaints,
    /// What was typed.
    pub typed: Typed,
    /// Makes a form that is sent twice known as one.
    pub key: &'a str,
}

/// The page.
pub fn order(frame: &Frame, page: &OrderPage) -> String {
    let order = page.order;
    let main = html! {
        (message::live(page.message))
        div.columns {
            div.column {
                section.panel aria-labelledby="lines" {
                    h2 id="lines" { "What was bought" }
                    (lines(order))
                    (sums(order))
                }
                (deeds(frame, page))
                section.panel aria-labelledby="history" {
                    h2 id="history" { "History" }
                    ol.timeline {
                        @for entry in order.history.iter().rev() {
                            li {
                                time datetime=(entry.at) { (moment(entry.at)) }
                                div { (badge::order(entry.state)) p.long { (entry.note) } }
                            }
                        }
                    }
                }
            }
            aside.column { (about(page)) }
        }
    };
    let title = format!("Order {}", order.number);
    let actions = html! { (badge::order(order.state)) " " (badge::payment(order.payment.state)) };
    document(frame, &Page { title: &title, section: Section::Orders, actions, main })
}

fn lines(order: &Order) -> Markup {
    let columns = [
        Column::Words("Product"),
        Column::Figures("Price"),
        Column::Figures("Pieces"),
        Column::Figures("Back"),
        Column::Figures("Refunded"),
        Column::Figures("Total"),
    ];
    let row = |line: &OrderLine| {
        html! {
            tr {
                td.long { (line.title) br; code.soft { (line.sku) } }
                td.figure { (money(line.unit_price)) }
                td.figure { (line.quantity) }
                td.figure { (count(u64::from(line.returned))) }
                td.figure { (count(u64::from(line.refunded))) }
                td.figure { (money(line.total)) }
            }
        }
    };
    table("Lines of the order", &columns, &order.lines.iter().map(row).collect::<Vec<_>>())
}

fn sums(order: &Order) -> Markup {
    let totals = &order.totals;
    html! {
        dl.sums {
            div { dt { "Goods" } dd { (money(totals.subtotal)) } }
            @for promotion in &order.promotions {
                div { dt { "Promotion " code { (promotion.code) } } dd { (money(promotion.amount)) } }
            }
            div { dt { "Shipping" } dd { (money(totals.shipping)) } }
            div { dt { "Tax" } dd { (money(totals.tax)) } }
            div.total { dt { "Total" } dd { (money(totals.total)) } }
        }
    }
}

fn about(page: &OrderPage) -> Markup {
    let order = page.order;
    let shopper = html! {
        @if let Some(user) = order.user_id {
            a href={ "/backoffice/customers/" (user) } { (order.email) }
        } @else {
            (order.email) " " span.soft { "(guest)" }
        }
    };
    let one_address = order.addresses.shipping == order.addresses.billing;
    html! {
        section.panel aria-labelledby="about" {
            h2 id="about" { "About it" }
            (facts(&[
                ("Placed", html! { (moment(order.placed_at)) }),
                ("Shopper", shopper),
                ("Shipping", html! { (order.shipping_method) }),
                ("Its log", html! { a href={ "/backoffice/audit?subject=order/" (order.id) } { "What staff did" } }),
            ]))
        }
        section.panel aria-labelledby="payment" {
            h2 id="payment" { "Payment" }
            (facts(&[
                ("State", badge::payment(order.payment.state)),
                ("Means", html! { (order.payment.method) }),
            ]))
            (message::part("The payment", page.payment, |payment| {
                facts(&[("Tries", html! { (payment.attempt) })])
            }))
        }
        section.panel aria-labelledby="parcels" {
            h2 id="parcels" { "Parcels" }
            @if order.shipments.is_empty() { (message::empty("None yet.")) }
            @for shipment in &order.shipments {
                p.long { (shipment.carrier) br; code { (shipment.tracking_number) } }
            }
        }
        section.panel aria-labelledby="addresses" {
            h2 id="addresses" { "Where it goes" }
            (address(&order.addresses.shipping))
            @if !one_address { h3 { "Invoice" } (address(&order.addresses.billing)) }
        }
    }
}

fn address(address: &Address) -> Markup {
    html! {
        address.long {
            (address.name) br;
            (address.line1) br;
            @if let Some(line2) = &address.line2 { (line2) br; }
            (address.postal_code) " " (address.city) br;
            @if let Some(region) = &address.region { (region) br; }
            (address.country)
        }
    }
}

/// What can be done to an order that stands so. The till decides in the end; this only spares what it would refuse.
fn deeds(frame: &Frame, page: &OrderPage) -> Markup {
    let (state, payment) = (page.order.state, page.order.payment.state);
    let can_cancel =
        matches!(state, State::PendingPayment | State::PaymentFailed | State::Expired | State::Confirmed);
    let can_refund =
        matches!(payment, PaymentState::Captured | PaymentState::PartiallyRefunded | PaymentState::Refunding);
    let can_return = matches!(state, State::Delivered | State::Refunded)
        && page.order.lines.iter().any(|line| line.returned < line.quantity);
    html! {
        @if state == State::Confirmed && payment != PaymentState::CaptureFailed { (ship(frame, page)) }
        @if payment == PaymentState::CaptureFailed {
            (one_button(frame, page, "capture", "The gateway refused to hand the money over",
                "Ask for it once more. Until it is there the parcel must not leave.", "Ask again"))
        }
        @if state == State::Shipped {
            (one_button(frame, page, "deliver", "On its way",
                "Note that the carrier has delivered it.", "It was delivered"))
        }
        @if can_refund { (refund(frame, page)) }
        @if can_return {
            (by_pieces(frame, page, "return", "Goods that came back",
                "They are put back on the shelf. Their money is given back separately.", "Take back"))
        }
        @if can_cancel {
            (one_button(frame, page, "cancel", "Call it off",
                "The pieces go back on the shelf and the money is let go or given back. You are asked once more.",
                "Cancel the order …"))
        }
    }
}

fn deed(frame: &Frame, page: &OrderPage, step: &str, title: &str, fields: &Markup) -> Markup {
    html! {
        section.panel aria-labelledby={ "do-" (step) } {
            h2 id={ "do-" (step) } { (title) }
            form method="post" action={ "/backoffice/orders/" (page.order.id) "/" (step) } {
                (field::csrf(&frame.csrf))
                (field::hidden(KEY_FIELD, page.key))
                (fields)
            }
        }
    }
}

fn one_button(frame: &Frame, page: &OrderPage, step: &str, title: &str, text: &str, button: &str) -> Markup {
    let fields = html! { p { (text) } div.actions { button.button.quiet type="submit" { (button) } } };
    deed(frame, page, step, title, &fields)
}

fn ship(frame: &Frame, page: &OrderPage) -> Markup {
    let fields = html! {
        div.fields {
            (Text::new(CARRIER_FIELD, "Carrier", &page.typed.carrier).required().render(&page.complaints))
            (Text::new(TRACKING_FIELD, "Tracking number", &page.typed.tracking_number).required()
                .render(&page.complaints))
        }
        div.actions { button.button type="submit" { "Ship it" } }
    };
    deed(frame, page, "ship", "Hand it to the carrier", &fields)
}

fn refund(frame: &Frame, page: &OrderPage) -> Markup {
    let total = amount(page.order.totals.total);
    let hint = format!("In {}; the whole order came to {total}.", page.order.totals.total.currency);
    let fields = html! {
        div.fields {
            (Text::new(AMOUNT_FIELD, "Amount", &page.typed.amount).hint(&hint).render(&page.complaints))
        }
        div.actions { button.button.quiet type="submit" { "Refund an amount …" } }
    };
    html! {
        (deed(frame, page, "refund", "Give money back", &fields))
        @if page.order.lines.iter().any(|line| line.refunded < line.quantity) {
            (by_pieces(frame, page, "refund", "Give money back for pieces",
                "What was paid for them, after discounts and with tax, is worked out by the till.", "Refund pieces …"))
        }
    }
}

/// A form that takes a number of pieces for each line.
fn by_pieces(frame: &Frame, page: &OrderPage, step: &str, title: &str, text: &str, button: &str) -> Markup {
    let columns = [Column::Words("Product"), Column::Figures("Left"), Column::Figures("Pieces")];
    let is_return = step == "return";
    let left = |line: &OrderLine| line.quantity - if is_return { line.returned } else { line.refunded };
    let rows = page.order.lines.iter().filter(|line| left(line) > 0).map(|line| {
        let label = format!("Pieces of {}", line.title);
        html! {
            tr {
                td.long { (line.title) br; code.soft { (line.sku) } }
                td.figure { (left(line)) }
                td.figure {
                    input.cell.cell-figure name={ (PIECES_PREFIX) (line.sku) } type="number" min="0" max=(left(line))
                        value="0" aria-label=(label);
                }
            }
        }
    });
    let anchor = format!("pieces-{step}");
    html! {
        section.panel aria-labelledby=(anchor) {
            h2 id=(anchor) { (title) }
            form method="post" action={ "/backoffice/orders/" (page.order.id) "/" (step) } {
                (field::csrf(&frame.csrf))
                (field::hidden(KEY_FIELD, page.key))
                p { (text) }
                (table(title, &columns, &rows.collect::<Vec<_>>()))
                @if let Some(complaint) = page.complaints.of("lines") {
                    p.field-error { (field::sentence("Pieces", complaint)) }
                }
                div.actions { button.button.quiet type="submit" { (button) } }
            }
        }
    }
}
