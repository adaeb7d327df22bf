//! The log of what staff did.

use merkato_contract::problem::Problem;
use merkato_edge::Response;

use crate::{
    views,
    visit::{Visit, page},
};

/// Shows a page of the log.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (actor, subject, after) = (visit.query("actor"), visit.query("subject"), visit.query("after"));
    let actions = visit.shop.staff_actions(&actor, &subject, &after).await;
    let filters = (actor.as_str(), subject.as_str());
    Ok(page(200, views::audit::audit(&visit.frame(), filters, after.is_empty(), &actions)))
}
