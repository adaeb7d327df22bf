//! What a shopper can do with an order that was placed.

use maud::{Markup, html};
use merkato_commerce::{order::State, text::Sku};
use merkato_contract::{catalog::Product, order::Order};

use super::{
    field::{self, Complaints, complaint_id, complaint_of},
    layout::Frame,
};

/// Name of the hidden field that says which state of the order a form was made of.
pub const FIELD_VERSION: &str = "version";

/// Name of the field for how many pieces of `sku` come back.
pub fn return_field(sku: &Sku) -> String {
    format!("return-{sku}")
}

/// Whether the shopper may call it off.
const fn can_be_cancelled(state: State) -> bool {
    matches!(state, State::PendingPayment | State::PaymentFailed | State::Confirmed)
}

/// Whether it is paid, or was, and so has an invoice.
const fn has_invoice(state: State) -> bool {
    matches!(state, State::Confirmed | State::Shipped | State::Delivered | State::Returned | State::Refunded)
}

/// The choices.
pub fn choices(frame: &Frame, order: &Order, products: &[Product], complaints: &Complaints) -> Markup {
    html! {
        section.group aria-labelledby="choices" {
            h2 id="choices" { "What you can do" }
            div.actions {
                form method="post" action={ "/orders/" (order.id) "/reorder" } {
                    (field::csrf(&frame.csrf))
                    button.button.button-plain type="submit" { "Order it again" }
                }
                @if has_invoice(order.state) {
                    a.button.button-plain href={ "/orders/" (order.id) "/invoice" } { "Invoice to print" }
                }
            }
            @if !products.is_empty() {
                ul.steps {
                    @for product in products {
                        li { a href={ "/products/" (product.slug) "/review" } { "Say what you think of " (product.title) } }
                    }
                }
            }
            @if order.state == State::Delivered && order.lines.iter().any(|line| line.returned < line.quantity) {
                (send_back(frame, order, complaints))
            }
            @if can_be_cancelled(order.state) { (call_off(frame, order)) }
        }
    }
}

fn call_off(frame: &Frame, order: &Order) -> Markup {
    html! {
        details.fold {
            summary { "Call it off" }
            form method="post" action={ "/orders/" (order.id) "/cancel" } {
                (field::csrf(&frame.csrf))
                p { "Nothing is sent then, and what was set aside on your card is let go. This cannot be taken back." }
                div.actions { button.button.button-plain type="submit" { "Call off order " (order.number) } }
            }
        }
    }
}

fn send_back(frame: &Frame, order: &Order, complaints: &Complaints) -> Markup {
    html! {
        details.fold open[!complaints.is_empty()] {
            summary { "Send something back" }
            form method="post" action={ "/orders/" (order.id) "/return" } {
                (field::csrf(&frame.csrf))
                input type="hidden" name=(FIELD_VERSION) value=(order.version);
                p { "Say what comes back, and put it into the parcel. The money follows once it is here." }
                ul.return-lines {
                    @for line in order.lines.iter().filter(|line| line.returned < line.quantity) {
                        @let name = return_field(&line.sku);
                        @let complaint = complaints.of(&name);
                        li {
                            label for=(name) {
                                (line.title)
                                span.soft.small { "of " (line.quantity - line.returned) }
                            }
                            input.input.input-count id=(name) name=(name) type="number" inputmode="numeric"
                                min="0" max=(line.quantity - line.returned) value="0"
                                aria-invalid=[complaint.map(|_| "true")]
                                aria-describedby=[complaint.map(|_| complaint_id(&name))];
                            (complaint_of(&name, "The number", complaints))
                        }
                    }
                }
                div.actions { button.button.button-plain type="submit" { "Send it back" } }
            }
        }
    }
}
