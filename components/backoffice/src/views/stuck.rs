//! Orders that something stands in the way of, with what can be done about it.

use maud::{Markup, html};
use merkato_contract::{
    List,
    problem::Problem,
    staff::orders::{Obstacle, Remedy, StuckOrder},
};

use super::{
    badge,
    layout::{Frame, Page, Section, document},
    message,
    table::pages,
};
use crate::figures::{moment, money};

/// The page.
pub fn stuck(frame: &Frame, is_first: bool, orders: &Result<List<StuckOrder>, Problem>) -> String {
    let main = html! {
        p.soft { "Most orders go on by themselves. These do not, or have not for too long." }
        (message::part("The list", orders, |list| html! {
            @if list.items.is_empty() { (message::empty("No order is stuck.")) }
            @for order in &list.items { (one(order)) }
            (pages(Section::Stuck.path(), &[], is_first, list.next.as_deref()))
        }))
    };
    document(frame, &Page { title: "Stuck orders", section: Section::Stuck, actions: html! {}, main })
}

fn one(order: &StuckOrder) -> Markup {
    html! {
        article.panel {
            header.article-head {
                h2 { a href={ "/backoffice/orders/" (order.id) } { (order.number) } }
                div { (badge::order(order.state)) " " (badge::payment(order.payment)) }
            }
            p.soft { (money(order.total)) " · placed " (moment(order.placed_at)) }
            @for obstacle in &order.obstacles { (reason(obstacle)) }
            div.actions { a.button.quiet href={ "/backoffice/orders/" (order.id) } { "Open the order" } }
        }
    }
}

fn reason(obstacle: &Obstacle) -> Markup {
    html! {
        div.obstacle {
            p.long { (obstacle.explanation) }
            p.soft {
                "Since " (moment(obstacle.since))
                @if let Some(tries) = obstacle.tries { ", tried " (tries) " times" }
                ". What helps: "
                @for (place, remedy) in obstacle.remedies.iter().enumerate() {
                    @if place > 0 { ", or " }
                    (remedy_words(*remedy))
                }
                "."
            }
        }
    }
}

const fn remedy_words(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Wait => "waiting, for it is tried again by itself",
        Remedy::CheckPayments => "looking after the payments service and its gateway",
        Remedy::Ship => "shipping it, with which the money is taken",
        Remedy::RetryCapture => "asking for the money once more",
        Remedy::Refund => "giving the money back once more",
        Remedy::RefundOtherwise => "giving the money back by another way than the gateway’s",
        Remedy::Cancel => "calling it off",
        Remedy::TellOperator => "telling whoever operates the shop",
    }
}
