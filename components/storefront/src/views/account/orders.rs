//! All that somebody has ordered.

use maud::html;
use merkato_contract::{List, order::Order};

use super::{Reply, Section, inside, overview::order_list};
use crate::views::layout::Frame;

/// A page of orders. `at_the_end` says that there were others before.
pub fn orders(frame: &Frame, list: &List<Order>, at_the_end: bool) -> String {
    let content = html! {
        @if list.items.is_empty() {
            p.soft {
                @if at_the_end { "There are no more." } @else { "Nothing yet. " a href="/" { "Look around the market" } "." }
            }
        } @else {
            (order_list(&list.items))
        }
        @if at_the_end || list.next.is_some() {
            nav.actions aria-label="More orders" {
                @if let Some(next) = &list.next {
                    a.button.button-plain rel="next" href={ "/account/orders?" (after(next)) } { "Older orders" }
                }
                @if at_the_end { a.button.button-plain href=(Section::Orders.address()) { "The latest orders" } }
            }
        }
    };
    inside(frame, Section::Orders, "Orders", &Reply::default(), &content)
}

fn after(cursor: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("after", cursor).finish()
}
