//! Whole sheets of products.

use merkato_commerce::Invalid;
use merkato_contract::problem::{Code, Problem};
use merkato_edge::Response;

use crate::{
    sheet::{Portion, portions},
    views::{
        self,
        message::Message,
        sheet::{Outcome, SHEET_FIELD},
    },
    visit::{Visit, page},
};

/// How long an import may take before it says how far it came, in milliseconds: browsers and proxies wait longer.
const PATIENCE_MS: i64 = 45_000;
/// Most files that an export is put together from: ten thousand products.
const FILES_MAX: usize = 20;
/// Most errors that the page lists; they are counted all the same.
const ERRORS_LISTED_MAX: usize = 500;

/// Shows the page.
pub fn show(visit: &Visit<'_>) -> Response {
    page(200, views::sheet::sheet(&visit.frame(), None, None))
}

/// Imports a sheet portion by portion, and reports on all of them.
pub async fn import(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form().await?;
    let Some(file) = form.files(SHEET_FIELD).next() else {
        return Err(Invalid::new(SHEET_FIELD, "must be chosen").into());
    };
    let portions = portions(&file.bytes);
    let mut outcome = Outcome {
        name: file.name.clone(),
        rows_total: portions.iter().map(|portion| portion.rows.len() as u64).sum(),
        ..Outcome::default()
    };
    let stopped = take(visit, &portions, &mut outcome).await;
    let counted =
        format!("{} created, {} updated, {} rows failed", outcome.created, outcome.updated, outcome.failed);
    visit.report("catalog.import", "products".to_owned(), &counted).await;
    outcome.errors.sort_by_key(|(row, _)| *row);
    outcome.errors.truncate(ERRORS_LISTED_MAX);
    let (status, message) = match &stopped {
        None => (200, None),
        Some(problem) => (problem.status, Some(said(problem))),
    };
    // What is no sheet at all has nothing to report.
    let report = Some(&outcome).filter(|outcome| outcome.rows_total > 0);
    Ok(page(status, views::sheet::sheet(&visit.frame(), message.as_ref(), report)))
}

/// Takes the portions one after the other, and gives why it stopped before the last if it did.
async fn take(visit: &Visit<'_>, portions: &[Portion], outcome: &mut Outcome) -> Option<Problem> {
    let end = visit.context.now().plus_milliseconds(PATIENCE_MS);
    for portion in portions {
        if visit.context.now() >= end {
            let detail = "The time is over. Import the sheet once more, or its rest by itself.";
            return Some(Problem::new(Code::Unavailable, detail));
        }
        match visit.shop.import(portion.sheet.clone()).await {
            Ok(report) => {
                outcome.created += report.created;
                outcome.updated += report.updated;
                outcome.failed += report.failed;
                let errors = report.errors.into_iter();
                outcome.errors.extend(errors.map(|error| (portion.row_in_whole(error.row), error.message)));
                outcome.rows_done += portion.rows.len() as u64;
            }
            Err(problem) => return Some(problem),
        }
    }
    None
}

fn said(problem: &Problem) -> Message {
    match problem.code {
        Code::Unavailable | Code::Internal => Message::bad("It came no further", problem.detail.clone()),
        _ => Message::bad("This cannot be imported", problem.detail.clone()),
    }
}

/// Hands the export on as one file: the catalog gives it in several, each of which names the next.
pub async fn export(visit: &Visit<'_>) -> Result<Response, Problem> {
    let mut sheet = Vec::new();
    let mut after = String::new();
    for _ in 0..FILES_MAX {
        let file = visit.shop.export(&after).await?;
        let rows = if sheet.is_empty() { file.body.as_slice() } else { without_head(&file.body) };
        sheet.extend(rows);
        match file.header("link").and_then(next_of) {
            Some(next) => next.clone_into(&mut after),
            None => {
                return Ok(Response::typed(200, "text/csv; charset=utf-8", sheet)
                    .with_header("content-disposition", "attachment; filename=\"products.csv\"")
                    .with_header("cache-control", "no-store"));
            }
        }
    }
    let detail =
        "There are more products than fit into one file. Ask the API for them: GET /api/catalog/export.";
    Err(Problem::new(Code::BodyTooLarge, detail))
}

/// What the next file comes after, by the header of this one.
fn next_of(link: &str) -> Option<&str> {
    let address = link.strip_prefix('<')?.split_once('>')?.0;
    Some(address.split_once("after=")?.1)
}

/// A sheet without its first row, which holds no line break.
fn without_head(sheet: &[u8]) -> &[u8] {
    let end = sheet.iter().position(|byte| *byte == b'\n').map_or(sheet.len(), |end| end + 1);
    &sheet[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_file_is_found_and_its_head_left_out() {
        let link = "</api/catalog/export?after=0197f2f0-0000-7000-8000-000000000000>; rel=\"next\"";
        assert_eq!(next_of(link), Some("0197f2f0-0000-7000-8000-000000000000"));
        assert_eq!(next_of("nonsense"), None);
        assert_eq!(without_head(b"Handle,Title\na,b\n"), b"a,b\n");
        assert_eq!(without_head(b"Handle"), b"");
    }
}
