//! Orders, in a list and in the ways to look for them.

use maud::{Markup, html};
use merkato_commerce::order::State;
use merkato_contract::{List, order::Order, problem::Problem};

use super::{
    badge,
    layout::{Frame, Page, Section, document},
    message,
    table::{Column, pages, table, tabs, with_query},
};
use crate::figures::{count, moment, money};

/// What the list is narrowed to, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Name of a state; empty for all.
    pub state: String,
    /// The order's number.
    pub number: String,
    /// The address that it was placed with.
    pub email: String,
    /// A sku in it.
    pub sku: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
}

impl Filters {
    /// Their names and values, as the address of the page has them.
    pub fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("state", &self.state),
            ("number", &self.number),
            ("email", &self.email),
            ("sku", &self.sku),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }
}

/// The page. `is_first` on the first page of the list.
pub fn orders(
    frame: &Frame,
    filters: &Filters,
    is_first: bool,
    orders: &Result<List<Order>, Problem>,
) -> String {
    let states = State::ALL.iter().map(|state| (state.name(), badge::state_words(*state)));
    let states = [("", "All")].into_iter().chain(states).collect::<Vec<_>>();
    let main = html! {
        (tabs("State", Section::Orders.path(), "state", &filters.state, &states))
        (search(filters))
        (message::part("The list", orders, |list| html! {
            @if list.items.is_empty() && list.next.is_none() {
                (message::empty("No order meets this. Orders appear here as soon as somebody places one."))
            } @else {
                @if list.items.is_empty() {
                    (message::empty("None among those that were looked through so far. There are more to look through."))
                } @else {
                    (table("Orders", COLUMNS, &list.items.iter().map(row).collect::<Vec<_>>()))
                }
                (pages(Section::Orders.path(), &filters.pairs(), is_first, list.next.as_deref()))
            }
        }))
    };
    let actions = html! { a.button.quiet href=(Section::Stuck.path()) { "Stuck orders" } };
    document(frame, &Page { title: "Orders", section: Section::Orders, actions, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("Order"),
    Column::Words("Placed"),
    Column::Words("State"),
    Column::Words("Payment"),
    Column::Words("Shopper"),
    Column::Figures("Pieces"),
    Column::Figures("Total"),
];

fn row(order: &Order) -> Markup {
    let pieces = order.lines.iter().map(|line| u64::from(line.quantity)).sum();
    html! {
        tr {
            td { a.strong href={ "/backoffice/orders/" (order.id) } { (order.number) } }
            td.nowrap { (moment(order.placed_at)) }
            td { (badge::order(order.state)) }
            td { (badge::payment(order.payment.state)) }
            td.long { (order.email) }
            td.figure { (count(pieces)) }
            td.figure { (money(order.totals.total)) }
        }
    }
}

fn search(filters: &Filters) -> Markup {
    let field = |name: &str, label: &str, value: &str, kind: &str| {
        html! {
            div.field {
                label for=(name) { (label) }
                input id=(name) name=(name) type=(kind) value=(value) autocomplete="off";
            }
        }
    };
    html! {
        form.search method="get" action=(Section::Orders.path()) role="search" {
            @if !filters.state.is_empty() { input type="hidden" name="state" value=(filters.state); }
            (field("number", "Number", &filters.number, "text"))
            (field("email", "E-mail address", &filters.email, "text"))
            (field("sku", "Sku", &filters.sku, "text"))
            (field("from", "From", &filters.from, "date"))
            (field("to", "To", &filters.to, "date"))
            div.actions {
                button.button type="submit" { "Find" }
                a.button.quiet href=(with_query(Section::Orders.path(), &[])) { "Clear" }
            }
        }
    }
}
