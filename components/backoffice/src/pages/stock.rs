//! Stock and its ledger.

use merkato_commerce::{Invalid, text::Sku};
use merkato_contract::{coordinator::MoveStock, problem::Problem};
use merkato_edge::Response;

use crate::{
    form::Form,
    views::{
        self,
        field::Complaints,
        message::Message,
        stock::{LedgerPage, NOTE_FIELD, PIECES_FIELD, Typed, WAY_FIELD, WAY_OUT},
    },
    visit::{Visit, page},
};

/// What is said after something was done.
const DONE: &[(&str, &str)] = &[("moved", "It stands in the ledger")];

/// Shows a page of the list, or goes on to the ledger of the sku that was asked for.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (sku, below, after) = (visit.query("sku"), visit.query("below"), visit.query("after"));
    let mut message = None;
    if !sku.is_empty() {
        match sku.parse::<Sku>() {
            Ok(sku) => return Response::see_other(&format!("/backoffice/stock/{sku}")),
            Err(invalid) => message = Some(Message::refused(&invalid.into())),
        }
    }
    let entries = visit.shop.stock(&below, &after).await;
    let filters = (sku.as_str(), below.as_str());
    let html = views::stock::stock(&visit.frame(), filters, after.is_empty(), message.as_ref(), &entries);
    Ok(page(if message.is_some() { 422 } else { 200 }, html))
}

/// Shows the ledger of a sku.
pub async fn ledger(visit: &Visit<'_>, sku: &str) -> Result<Response, Problem> {
    let message = visit.done(DONE);
    let reply = Reply { message, ..Reply::default() };
    ledger_with(visit, &known_sku(sku)?, 200, reply, &visit.fresh_key()).await
}

/// What is said of what was just sent.
#[derive(Default)]
struct Reply {
    message: Option<Message>,
    complaints: Complaints,
    typed: Typed,
}

async fn ledger_with(
    visit: &Visit<'_>,
    sku: &Sku,
    status: u16,
    reply: Reply,
    key: &str,
) -> Result<Response, Problem> {
    let after = visit.query("after");
    let movements = visit.shop.stock_movements(sku, &after).await;
    let shown = LedgerPage {
        sku: sku.as_str(),
        is_first: after.is_empty(),
        message: reply.message.as_ref(),
        complaints: reply.complaints,
        typed: reply.typed,
        key,
        movements: &movements,
    };
    Ok(page(status, views::stock::ledger(&visit.frame(), &shown)))
}

/// Adds a line to the ledger.
pub async fn move_stock(visit: &Visit<'_>, sku: &str) -> Result<Response, Problem> {
    let (sku, form) = (known_sku(sku)?, visit.form().await?);
    let key = visit.key_of(&form);
    let moved = match change(&form) {
        Ok(change) => visit.shop.move_stock(&sku, &change, &key).await,
        Err(invalid) => Err(invalid.into()),
    };
    match moved {
        Ok(_) => Response::see_other(&format!("/backoffice/stock/{sku}?done=moved")),
        Err(problem) => {
            let text = |name| form.text(name).to_owned();
            let typed = Typed { pieces: text(PIECES_FIELD), way: text(WAY_FIELD), note: text(NOTE_FIELD) };
            let complaints = Complaints::of_problem(&problem);
            let reply = Reply { message: Some(Message::refused(&problem)), complaints, typed };
            ledger_with(visit, &sku, problem.status, reply, &key).await
        }
    }
}

fn change(form: &Form) -> Result<MoveStock, Invalid> {
    let pieces = form.number(PIECES_FIELD)?;
    if pieces < 1 {
        return Err(Invalid::new(PIECES_FIELD, "must be at least one"));
    }
    let pieces = if form.text(WAY_FIELD) == WAY_OUT { -pieces } else { pieces };
    Ok(MoveStock { pieces, note: form.text(NOTE_FIELD).to_owned() })
}

fn known_sku(sku: &str) -> Result<Sku, Problem> {
    sku.parse().map_err(|_| Problem::not_found("sku"))
}
