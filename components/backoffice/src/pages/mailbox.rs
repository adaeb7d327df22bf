//! What the shop has written to people.

use merkato_contract::problem::Problem;
use merkato_edge::Response;

use crate::{
    views,
    visit::{Visit, letter_page, page},
};

/// Shows a page of messages.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (state, recipient, after) = (visit.query("state"), visit.query("recipient"), visit.query("after"));
    let messages = visit.shop.notifications(&state, &recipient, &after).await;
    let filters = (state.as_str(), recipient.as_str());
    Ok(page(200, views::mailbox::mailbox(&visit.frame(), filters, after.is_empty(), &messages)))
}

/// Shows a message.
pub async fn show(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found("message"))?;
    Ok(letter_page(views::mailbox::opened(&visit.frame(), &visit.shop.notification(id).await?)))
}
