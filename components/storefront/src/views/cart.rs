//! The basket, and the sums that it shares with checkout and order.

use maud::{Markup, html};
use merkato_commerce::{quantity::Quantity, text::Sku, totals::Totals};
use merkato_contract::{
    cart::{AppliedPromotion, Cart, CartLine, SavedLine},
    recommendation::Recommendation,
};

use super::{
    field::{self, Complaints},
    layout::{Frame, Page, Style, document},
    message::{self, Message},
    recommendation,
};
use crate::price::{counted, price};

/// Different backgrounds of lines, `swatch-0` and so on in the style sheet.
const SWATCHES: usize = 5;
/// Name of the field for a promotion code; its complaints stand under it.
pub const PROMOTION_FIELD: &str = "code";

/// What the basket's page shows.
#[derive(Default)]
pub struct CartPage<'a> {
    /// What is in it; none if it cannot be read.
    pub cart: Option<&'a Cart>,
    /// What may please besides.
    pub recommended: &'a [Recommendation],
    /// What just happened.
    pub message: Option<&'a Message>,
    /// What is wrong, under [`line_field`] or [`PROMOTION_FIELD`].
    pub complaints: Complaints,
    /// The promotion code as it was typed.
    pub typed_code: &'a str,
}

/// Name of the quantity of `sku`; its complaints stand under it.
pub fn line_field(sku: &Sku) -> String {
    format!("quantity-{sku}")
}

/// Pieces in `cart`.
pub fn pieces(cart: &Cart) -> u64 {
    cart.lines.iter().map(|line| u64::from(line.quantity)).sum()
}

/// The page of the basket.
pub fn cart(frame: &Frame, page: &CartPage) -> String {
    let main = match page.cart.filter(|cart| !cart.lines.is_empty()) {
        None => html! {
            div.wrap { (message::live(page.message)) }
            (message::empty(
                "Your basket is light",
                "Nothing in it yet but the weave. Every good market day begins like this.",
                &[("/", "Look around the market")],
            ))
            @if let Some(cart) = page.cart { div.wrap { (saved(frame, cart, &page.complaints)) } }
        },
        Some(cart) => html! {
            div.wrap {
                header.page-head {
                    h1 { "Your basket" }
                    p.small { (counted(pieces(cart), "piece", "pieces")) }
                }
                (message::live(page.message))
                div.two-columns {
                    div.cart-parts {
                        (lines(frame, cart, &page.complaints))
                        (saved(frame, cart, &page.complaints))
                    }
                    div.receipt {
                        (promotions(frame, cart, page))
                        (cart_sums(cart))
                        a.button.button-wide href="/checkout" { "Go to the till" }
                    }
                }
            }
        },
    };
    let main = html! {
        (main)
        (recommendation::section("You may also like", page.recommended, &frame.categories))
    };
    let page = Page {
        title: "Your basket",
        description: "",
        style: Style::Order,
        category: None,
        refresh_seconds: None,
        main,
    };
    document(frame, &page)
}

fn lines(frame: &Frame, cart: &Cart, complaints: &Complaints) -> Markup {
    html! {
        section aria-labelledby="lines" {
            h2.unseen id="lines" { "What is in it" }
            ul.lines { @for line in &cart.lines { li { (line_row(frame, line, complaints)) } } }
        }
    }
}

fn line_row(frame: &Frame, line: &CartLine, complaints: &Complaints) -> Markup {
    let quantity_id = line_field(&line.sku);
    let complaint = complaints.of(&quantity_id).map(str::to_owned).or_else(|| shortage(line));
    let most = line.available.clamp(1, i64::from(Quantity::MAX)).max(i64::from(line.quantity));
    html! {
        div.line {
            (swatch(line.sku.as_str()))
            div {
                p.line-title { (line.title) }
                p.soft.small.number { (price(line.unit_price)) " each" }
            }
            p.line-total.number { (price(line.total)) }
            div.line-forms {
                form method="post" action={ "/cart/lines/" (line.sku) } data-send-changes {
                    (field::csrf(&frame.csrf))
                    label.unseen for=(quantity_id) { "Quantity of " (line.title) }
                    input.input.input-count id=(quantity_id) name="quantity" type="number" inputmode="numeric"
                        min="0" max=(most) value=(line.quantity) required
                        aria-invalid=[complaint.as_ref().map(|_| "true")]
                        aria-describedby=[complaint.as_ref().map(|_| field::complaint_id(&quantity_id))];
                    button.button.button-plain type="submit" name="action" value="update" { "Update" }
                }
                form method="post" action={ "/cart/lines/" (line.sku) "/later" } {
                    (field::csrf(&frame.csrf))
                    button.link-button type="submit" { "Keep for later" span.unseen { ": " (line.title) } }
                }
                form method="post" action={ "/cart/lines/" (line.sku) } {
                    (field::csrf(&frame.csrf))
                    input type="hidden" name="quantity" value="0";
                    button.link-button type="submit" {
                        "Remove" span.unseen { " " (line.title) }
                    }
                }
            }
            @if let Some(complaint) = complaint {
                p.field-error id=(field::complaint_id(&quantity_id)) { (complaint) }
            }
        }
    }
}

/// What was put aside.
fn saved(frame: &Frame, cart: &Cart, complaints: &Complaints) -> Markup {
    html! {
        @if !cart.saved.is_empty() {
            section.group aria-labelledby="saved" {
                h2 id="saved" { "Kept for later" }
                ul.lines { @for line in &cart.saved { li { (saved_row(frame, line, complaints)) } } }
            }
        }
    }
}

fn saved_row(frame: &Frame, line: &SavedLine, complaints: &Complaints) -> Markup {
    html! {
        div.line {
            (swatch(line.sku.as_str()))
            div {
                p.line-title { (line.title) }
                p.soft.small.number { (line.quantity) " × " (price(line.unit_price)) }
            }
            div.line-total { @if line.available <= 0 { span.stock.stock-out { "Sold out" } } }
            div.line-forms {
                @if line.available > 0 {
                    form method="post" action={ "/cart/lines/" (line.sku) } {
                        (field::csrf(&frame.csrf))
                        input type="hidden" name="quantity" value=(i64::from(line.quantity).min(line.available));
                        button.link-button type="submit" { "Put back into the basket" span.unseen { ": " (line.title) } }
                    }
                }
                form method="post" action={ "/cart/saved/" (line.sku) "/removal" } {
                    (field::csrf(&frame.csrf))
                    button.link-button type="submit" { "Forget it" span.unseen { ": " (line.title) } }
                }
            }
            (field::complaint_of(&line_field(&line.sku), "The quantity", complaints))
        }
    }
}

/// What a shopper should know before the till says it.
fn shortage(line: &CartLine) -> Option<String> {
    if line.available >= i64::from(line.quantity) {
        return None;
    }
    Some(match line.available {
        ..=0 => "Sold out meanwhile. Please remove it.".to_owned(),
        available => format!("Only {available} left. Please take fewer."),
    })
}

/// A woven square in place of a picture; the same sku always has the same colour.
fn swatch(sku: &str) -> Markup {
    let place = sku.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    html! { div class={ "swatch swatch-" (place % SWATCHES) } {} }
}

fn promotions(frame: &Frame, cart: &Cart, page: &CartPage) -> Markup {
    let complaint = page.complaints.of(PROMOTION_FIELD);
    html! {
        section.promotion aria-labelledby="promotions" {
            h2.unseen id="promotions" { "Promotions" }
            @if !cart.promotions.is_empty() {
                ul.promotions {
                    @for promotion in &cart.promotions {
                        li {
                            form method="post" action={ "/cart/promotions/" (promotion.code) "/remove" } {
                                (field::csrf(&frame.csrf))
                                span {
                                    strong { (promotion.code) }
                                    @if !promotion.title.is_empty() { br; span.small { (promotion.title) } }
                                }
                                button.link-button type="submit" {
                                    "Remove" span.unseen { " promotion " (promotion.code) }
                                }
                            }
                        }
                    }
                }
            }
            form.promotion-add method="post" action="/cart/promotions" {
                (field::csrf(&frame.csrf))
                div.field {
                    label for=(PROMOTION_FIELD) { "Promotion code" }
                    input.input id=(PROMOTION_FIELD) name=(PROMOTION_FIELD) type="text" autocomplete="off"
                        autocapitalize="characters" spellcheck="false" maxlength="32" required value=(page.typed_code)
                        aria-invalid=[complaint.map(|_| "true")]
                        aria-describedby=[complaint.map(|_| field::complaint_id(PROMOTION_FIELD))];
                }
                button.button.button-plain type="submit" { "Apply" }
                @if let Some(complaint) = complaint {
                    p.field-error role="alert" id=(field::complaint_id(PROMOTION_FIELD)) { (complaint) }
                }
            }
        }
    }
}

/// The sums of a cart.
pub fn cart_sums(cart: &Cart) -> Markup {
    let totals = Totals {
        subtotal: cart.subtotal,
        discount: cart.discount,
        shipping: cart.shipping,
        tax: cart.tax,
        total: cart.total,
    };
    let known = cart.delivery.is_some();
    html! {
        h2.unseen { "Sums" }
        (sums(&totals, &cart.promotions, known))
        @if !known { p.sum-note { "Shipping and tax are added once we know where it goes." } }
    }
}

/// The sums under a cart or an order; shipping and tax only once the destination is known.
pub fn sums(totals: &Totals, promotions: &[AppliedPromotion], is_destination_known: bool) -> Markup {
    let named = promotions.iter().filter(|promotion| promotion.amount.amount > 0);
    html! {
        dl.sums {
            div { dt { "Goods" } dd { (price(totals.subtotal)) } }
            @for promotion in named {
                div.sum-off { dt { "Promotion " (promotion.code) } dd { "\u{2212}" (price(promotion.amount)) } }
            }
            @if is_destination_known {
                div { dt { "Shipping" } dd {
                    @if totals.shipping.amount == 0 { "free" } @else { (price(totals.shipping)) }
                } }
                div { dt { "Tax" } dd { (price(totals.tax)) } }
            }
            div.sum-total { dt { "Total" } dd { (price(totals.total)) } }
        }
    }
}
