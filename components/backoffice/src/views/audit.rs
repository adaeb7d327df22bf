//! The log of what staff did.

use maud::{Markup, html};
use merkato_contract::{List, problem::Problem, staff::action::StaffAction};

use super::{
    layout::{Frame, Page, Section, document},
    message,
    table::{Column, pages, table, with_query},
};
use crate::figures::moment;

/// The page, narrowed to whoever acted and to what they acted on, where those are given.
pub fn audit(
    frame: &Frame,
    (actor, subject): (&str, &str),
    is_first: bool,
    actions: &Result<List<StaffAction>, Problem>,
) -> String {
    let filters = [("actor", actor), ("subject", subject)];
    let main = html! {
        form.search method="get" action=(Section::Audit.path()) role="search" {
            div.field {
                label for="subject" { "On what" }
                input id="subject" name="subject" type="text" value=(subject) autocomplete="off"
                    placeholder="order/…, sku/…, promotion/…";
            }
            div.field {
                label for="actor" { "By whom (id)" }
                input id="actor" name="actor" type="text" value=(actor) autocomplete="off";
            }
            div.actions {
                button.button type="submit" { "Find" }
                a.button.quiet href=(Section::Audit.path()) { "Clear" }
            }
        }
        (message::part("The log", actions, |list| html! {
            @if list.items.is_empty() {
                (message::empty("Nothing here. Whatever staff do is written down in this place and stays."))
            } @else {
                (table("What staff did", COLUMNS, &list.items.iter().map(row).collect::<Vec<_>>()))
            }
            (pages(Section::Audit.path(), &filters, is_first, list.next.as_deref()))
        }))
    };
    document(frame, &Page { title: "Audit log", section: Section::Audit, actions: html! {}, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("When"),
    Column::Words("What"),
    Column::Words("On what"),
    Column::Words("Said with it"),
    Column::Words("What came of it"),
    Column::Words("By"),
];

fn row(action: &StaffAction) -> Markup {
    html! {
        tr {
            td.nowrap { (moment(action.at)) }
            td { code { (action.action) } }
            td.long { (subject(&action.subject)) }
            td.long { (action.detail) }
            td.long { (action.outcome) }
            td {
                @match action.actor {
                    Some(actor) => {
                        a href=(with_query(Section::Audit.path(), &[("actor", &actor.to_string())])) title=(actor) { "what else" }
                        " · "
                        a href={ "/backoffice/customers/" (actor) } { "who" }
                    }
                    None => { span.soft { "the shop" } }
                }
                @if let Some(service) = &action.service { br; span.soft { (service) } }
            }
        }
    }
}

/// What was acted on, with the way to its page where it has one.
fn subject(subject: &str) -> Markup {
    let address = match subject.split_once('/') {
        Some(("order", id)) => format!("/backoffice/orders/{id}"),
        Some(("sku", sku)) => format!("/backoffice/stock/{sku}"),
        Some(("product", slug)) => format!("/backoffice/products/{slug}"),
        Some(("promotion", code)) => format!("/backoffice/promotions/{code}"),
        Some(("user", id)) => format!("/backoffice/customers/{id}"),
        _ => return html! { (subject) },
    };
    html! { a href=(address) { (subject) } }
}
