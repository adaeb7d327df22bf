//! An invoice: one page on paper, for the books of whoever bought.

use maud::{Markup, html};
use merkato_contract::order::{Invoice, Seller};

use super::{
    cart::sums,
    layout::{Frame, Page, Style, document},
    message,
    order::address,
};
use crate::price::{day, price};

/// The page.
pub fn invoice(frame: &Frame, invoice: &Invoice) -> String {
    let order = &invoice.order;
    let one_address = order.addresses.shipping == order.addresses.billing;
    let main = html! {
        div.wrap {
            article.invoice {
                header.invoice-head {
                    div {
                        p.invoice-title { "Invoice" }
                        h1 { (invoice.number) }
                    }
                    (seller(&invoice.seller))
                }
                div.invoice-facts {
                    div { h2 { "Sold to" } (address(&order.addresses.billing)) }
                    @if !one_address { div { h2 { "Sent to" } (address(&order.addresses.shipping)) } }
                    dl {
                        div { dt { "Invoice of" } dd { (day(invoice.issued_at)) } }
                        div { dt { "Order of" } dd { (day(order.placed_at)) } }
                        div { dt { "Paid by" } dd { (order.payment.method) } }
                    }
                }
                (lines(invoice))
                div.invoice-sums { (sums(&order.totals, &order.promotions, true)) }
                div.actions {
                    button.button type="button" data-print hidden { "Print it" }
                    a.button.button-plain href={ "/orders/" (order.id) } { "Back to the order" }
                }
            }
        }
    };
    page(frame, &format!("Invoice {}", invoice.number), main)
}

fn seller(seller: &Seller) -> Markup {
    html! {
        address.address {
            strong { (seller.name) }
            @for line in &seller.address { br; (line) }
            @if let Some(tax_id) = &seller.tax_id { br; "Tax number " (tax_id) }
        }
    }
}

fn lines(invoice: &Invoice) -> Markup {
    let went_back = invoice.order.lines.iter().any(|line| line.returned > 0);
    html! {
        table.invoice-lines {
            thead {
                tr {
                    th scope="col" { "What" }
                    th.number scope="col" { "Pieces" }
                    th.number scope="col" { "Price" }
                    th.number scope="col" { "Total" }
                }
            }
            tbody {
                @for line in &invoice.order.lines {
                    tr {
                        td {
                            (line.title) " " span.soft.small { (line.sku) }
                            @if line.returned > 0 { br; span.soft.small { (line.returned) " came back" } }
                        }
                        td.number { (line.quantity) }
                        td.number { (price(line.unit_price)) }
                        td.number { (price(line.total)) }
                    }
                }
            }
        }
        @if went_back { p.soft.small { "The sums are those of the sale; what came back is refunded besides." } }
    }
}

/// The page for an order that is not paid.
pub fn not_yet(frame: &Frame, id: &str) -> String {
    let title = "There is no invoice yet";
    let back = format!("/orders/{id}");
    let main = message::empty(
        title,
        "It is written once the order is paid.",
        &[(back.as_str(), "Back to the order")],
    );
    page(frame, title, main)
}

fn page(frame: &Frame, title: &str, main: Markup) -> String {
    let page =
        Page { title, description: "", style: Style::Order, category: None, refresh_seconds: None, main };
    document(frame, &page)
}
