//! Where one arrives in the account.

use maud::{Markup, html};
use merkato_contract::{order::Order, user::User};

use super::{Reply, Section, form, inside, part};
use crate::{
    price::{day, price},
    views::{layout::Frame, order::step},
};

/// The page. `orders` are the latest; none if they cannot be read at the moment.
pub fn overview(frame: &Frame, user: &User, orders: Option<&[Order]>, reply: &Reply) -> String {
    let content = html! {
        @if !user.email_verified { (unverified(frame, user)) }
        (part("latest", "Your latest orders", &html! {
            @match orders {
                None => p.soft { "Your orders cannot be read at the moment. Please try again in a minute." },
                Some([]) => p.soft { "Nothing yet. " a href="/" { "Look around the market" } "." },
                Some(orders) => {
                    (order_list(orders))
                    p { a href=(Section::Orders.address()) { "All orders" } }
                }
            }
        }))
        (part("account", "Your account", &html! {
            dl.pairs {
                div { dt { "Name" } dd { (user.first_name) " " (user.last_name) } }
                div { dt { "E-mail address" } dd { (user.email) } }
                div { dt { "Second factor" } dd { @if user.mfa_enabled { "in use" } @else { "not in use" } } }
                div { dt { "At the market since" } dd { (day(user.created_at)) } }
            }
        }))
    };
    inside(frame, Section::Overview, &format!("Welcome, {}", user.first_name), reply, &content)
}

/// What is asked of somebody who has not answered the mail about their address.
pub fn unverified(frame: &Frame, user: &User) -> Markup {
    html! {
        div.message {
            strong { "Please confirm your address" }
            p { "We have sent a mail to " (user.email) ". Follow the link in it, so that you can get back in should you forget your password." }
            (form(frame, "/account/security/verification", &html! {
                button.link-button type="submit" { "Send the mail once more" }
            }))
        }
    }
}

/// Orders, each with the way to its page.
pub fn order_list(orders: &[Order]) -> Markup {
    html! {
        ul.rows {
            @for order in orders {
                li {
                    a.row href={ "/orders/" (order.id) } {
                        span.row-words {
                            strong { "Order " (order.number) }
                            span.soft.small { (day(order.placed_at)) " · " (pieces(order)) }
                        }
                        span.row-state { (step(order.state)) }
                        span.number { (price(order.totals.total)) }
                    }
                }
            }
        }
    }
}

fn pieces(order: &Order) -> String {
    let count = order.lines.iter().map(|line| u64::from(line.quantity)).sum();
    crate::price::counted(count, "piece", "pieces")
}
