//! What lies on the shelf, and its ledger.

use maud::{Markup, html};
use merkato_contract::{
    List,
    problem::Problem,
    staff::stock::{StockEntry, StockMovement},
};

use super::{
    badge::{Tone, badge},
    field::{self, Complaints, KEY_FIELD, Text},
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{Column, pages, table, tabs},
};
use crate::figures::{moment, signed};

/// Name of the field for the number of pieces.
pub const PIECES_FIELD: &str = "pieces";
/// Name of the field for the reason.
pub const NOTE_FIELD: &str = "note";
/// Name of the field for which way they go.
pub const WAY_FIELD: &str = "way";
/// Pieces come.
pub const WAY_IN: &str = "in";
/// Pieces go.
pub const WAY_OUT: &str = "out";

/// All skus, or those of which there are fewer than `below`.
pub fn stock(
    frame: &Frame,
    (sku, below): (&str, &str),
    is_first: bool,
    message: Option<&Message>,
    entries: &Result<List<StockEntry>, Problem>,
) -> String {
    let choices = [("", "All"), ("5", "Fewer than 5"), ("1", "Sold out")];
    let main = html! {
        (message::live(message))
        (tabs("How many", Section::Stock.path(), "below", below, &choices))
        form.search method="get" action=(Section::Stock.path()) role="search" {
            div.field {
                label for="sku" { "Sku" }
                input id="sku" name="sku" type="text" value=(sku) autocomplete="off" required;
            }
            div.actions { button.button type="submit" { "Open its ledger" } }
        }
        (message::part("The list", entries, |list| html! {
            @if list.items.is_empty() {
                (message::empty("No sku here. A sku appears as soon as the catalog has published it."))
            } @else {
                (table("Stock", COLUMNS, &list.items.iter().map(row).collect::<Vec<_>>()))
            }
            (pages(Section::Stock.path(), &[("below", below)], is_first, list.next.as_deref()))
        }))
    };
    document(frame, &Page { title: "Stock", section: Section::Stock, actions: html! {}, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("Sku"),
    Column::Words("Product"),
    Column::Figures("On the shelf"),
    Column::Figures("Promised"),
    Column::Figures("To be had"),
];

fn row(entry: &StockEntry) -> Markup {
    html! {
        tr {
            td { a.strong href={ "/backoffice/stock/" (entry.sku) } { (entry.sku) } }
            td.long {
                (entry.title.as_deref().unwrap_or("not published"))
                @if !entry.active { " " (badge(Tone::Over, "Not for sale")) }
            }
            td.figure { (signed(entry.on_hand)) }
            td.figure { (signed(entry.reserved)) }
            td.figure { strong { (signed(entry.available)) } }
        }
    }
}

/// What was typed into the form of the ledger.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Pieces, without a sign.
    pub pieces: String,
    /// Which way they go.
    pub way: String,
    /// Why.
    pub note: String,
}

/// The page of one sku.
pub struct LedgerPage<'a> {
    /// Which.
    pub sku: &'a str,
    /// Whether this is the first page of the ledger.
    pub is_first: bool,
    /// What happened just now.
    pub message: Option<&'a Message>,
    /// What is wrong with what was sent.
    pub complaints: Complaints,
    /// What was typed.
    pub typed: Typed,
    /// Makes a form that is sent twice known as one.
    pub key: &'a str,
    /// The ledger.
    pub movements: &'a Result<List<StockMovement>, Problem>,
}

/// The ledger of a sku, and the form that adds a line to it.
pub fn ledger(frame: &Frame, page: &LedgerPage) -> String {
    let path = format!("/backoffice/stock/{}", page.sku);
    let ways = [(WAY_IN, "Pieces that come"), (WAY_OUT, "Pieces that go")];
    let way = if page.typed.way.is_empty() { WAY_IN } else { page.typed.way.as_str() };
    let main = html! {
        (message::live(page.message))
        div.columns {
            div.column {
                section.panel aria-labelledby="ledger" {
                    h2 id="ledger" { "Ledger" }
                    (message::part("The ledger", page.movements, |list| html! {
                        @if list.items.is_empty() {
                            (message::empty("No line yet."))
                        } @else {
                            (table("Ledger", LEDGER_COLUMNS, &list.items.iter().map(movement).collect::<Vec<_>>()))
                        }
                        (pages(&path, &[], page.is_first, list.next.as_deref()))
                    }))
                }
            }
            aside.column {
                section.panel aria-labelledby="move" {
                    h2 id="move" { "Count, receive, write off" }
                    form.stack method="post" action=(path) {
                        (field::csrf(&frame.csrf))
                        (field::hidden(KEY_FIELD, page.key))
                        (field::choice(WAY_FIELD, "Way", &ways, way, &page.complaints))
                        (Text::new(PIECES_FIELD, "Pieces", &page.typed.pieces).kind("number").required()
                            .render(&page.complaints))
                        (Text::new(NOTE_FIELD, "Why", &page.typed.note).required()
                            .hint("For the ledger, such as: delivery of 12 May.").render(&page.complaints))
                        div.actions { button.button type="submit" { "Write it down" } }
                    }
                }
            }
        }
    };
    document(frame, &Page { title: page.sku, section: Section::Stock, actions: html! {}, main })
}

const LEDGER_COLUMNS: &[Column] =
    &[Column::Words("When"), Column::Figures("Pieces"), Column::Words("Why"), Column::Words("By")];

fn movement(movement: &StockMovement) -> Markup {
    let plus = if movement.pieces > 0 { "+" } else { "" };
    html! {
        tr {
            td.nowrap { (moment(movement.at)) }
            td.figure { (plus) (signed(movement.pieces)) }
            td.long { (movement.note) }
            td {
                @if let Some(order) = movement.order_id { a href={ "/backoffice/orders/" (order) } { "order" } }
                @else if let Some(staff) = movement.staff_id { a href={ "/backoffice/customers/" (staff) } { "staff" } }
                @else { span.soft { "the shop" } }
            }
        }
    }
}
