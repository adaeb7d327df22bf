//! Orders that something stands in the way of.

use merkato_contract::problem::Problem;
use merkato_edge::Response;

use crate::{
    views,
    visit::{Visit, page},
};

/// Shows a page of the list.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    let after = visit.query("after");
    let orders = visit.shop.stuck_orders(&after).await;
    Ok(page(200, views::stuck::stuck(&visit.frame(), after.is_empty(), &orders)))
}
