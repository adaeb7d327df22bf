//! Whole sheets of products: import and export.

use maud::{Markup, html};

use super::{
    field,
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{Column, table},
};
use crate::figures::{count, counted};

/// Name of the field for the sheet.
pub const SHEET_FIELD: &str = "sheet";

/// What became of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the file is called.
    pub name: String,
    /// Products that are new.
    pub created: u64,
    /// Products that were there.
    pub updated: u64,
    /// Rows that could not be taken.
    pub failed: u64,
    /// Which, and why: the number of the row, and what is wrong with it.
    pub errors: Vec<(u64, String)>,
    /// Rows that were looked at.
    pub rows_done: u64,
    /// Rows of the whole sheet.
    pub rows_total: u64,
}

/// The page; with what became of the sheet that was just sent.
pub fn sheet(frame: &Frame, message: Option<&Message>, outcome: Option<&Outcome>) -> String {
    let main = html! {
        (message::live(message))
        @if let Some(outcome) = outcome { (report(outcome)) }
        div.columns.even {
            section.panel aria-labelledby="import" {
                h2 id="import" { "Import" }
                p { "A CSV file in the format of Shopify's product export, up to 16 MB. What is new is created, what is there is brought up to date, and a row that is wrong stops no other." }
                form method="post" action="/backoffice/sheet" enctype="multipart/form-data" {
                    (field::csrf(&frame.csrf))
                    div.field {
                        label for=(SHEET_FIELD) { "Sheet" }
                        input id=(SHEET_FIELD) name=(SHEET_FIELD) type="file" accept=".csv,text/csv" required;
                    }
                    div.actions { button.button type="submit" { "Import it" } }
                }
                p.soft { "It is taken in portions, for a minute at most. Should a large sheet not be done by then, the report says how far it came; import it again, and what was taken is only looked at." }
            }
            section.panel aria-labelledby="export" {
                h2 id="export" { "Export" }
                p { "All products in any state, as the same kind of file. What is exported can be imported." }
                div.actions { a.button.quiet href="/backoffice/sheet/export" { "Download products.csv" } }
            }
        }
    };
    document(frame, &Page { title: "Import and export", section: Section::Products, actions: html! {}, main })
}

fn report(outcome: &Outcome) -> Markup {
    let is_whole = outcome.rows_done >= outcome.rows_total;
    let percent = (outcome.rows_done * 100).checked_div(outcome.rows_total).unwrap_or(100).min(100);
    let rows = outcome.errors.iter().map(|(row, message)| {
        html! { tr { td.figure { (count(*row)) } td.long { (message) } } }
    });
    html! {
        section.panel .warning[!is_whole] aria-labelledby="report" {
            h2 id="report" { (outcome.name) }
            progress.progress max="100" value=(percent) aria-label="Rows that were looked at" {}
            p {
                (count(outcome.rows_done)) " of " (counted(outcome.rows_total, "row", "rows")) " looked at: "
                strong { (counted(outcome.created, "product", "products")) } " created, "
                strong { (count(outcome.updated)) } " brought up to date, "
                strong { (counted(outcome.failed, "row", "rows")) } " could not be taken."
            }
            @if !outcome.errors.is_empty() {
                (table("Rows that could not be taken", &[Column::Figures("Row"), Column::Words("What is wrong")],
                    &rows.collect::<Vec<_>>()))
            }
        }
    }
}
