//! Products, in a list.

use futures::join;
use merkato_contract::problem::Problem;
use merkato_edge::Response;

use crate::{
    views::{self, products::ProductsPage},
    visit::{Visit, page},
};

/// What is said after something was done.
const DONE: &[(&str, &str)] = &[("archived", "The product is archived: it is no longer for sale")];

/// Shows a page of the list.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (state, category, after) = (visit.query("state"), visit.query("category"), visit.query("after"));
    let (categories, products) =
        join!(visit.shop.categories(), visit.shop.products(&state, &category, &after));
    let message = visit.done(DONE);
    let shown = ProductsPage {
        state: &state,
        category: &category,
        is_first: after.is_empty(),
        message: message.as_ref(),
        categories: &categories,
        products: &products,
    };
    Ok(page(200, views::products::products(&visit.frame(), &shown)))
}
