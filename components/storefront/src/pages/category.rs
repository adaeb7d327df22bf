//! The products of a category.

use futures::join;
use merkato_commerce::text::Slug;
use merkato_contract::{LIST_LIMIT_DEFAULT, problem::Problem};
use merkato_edge::Response;

use crate::{
    views::{self, layout::Frame},
    visit::{Visit, page},
};

/// Shows a page of the category's products.
pub async fn show(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let slug = slug.parse::<Slug>().map_err(|_| Problem::not_found("category"))?;
    let after = visit.request.query_value("after").filter(|after| !after.is_empty());
    let (categories, products, pieces_in_cart) = join!(
        visit.shop.categories(),
        visit.shop.products(Some(&slug), after.as_deref(), LIST_LIMIT_DEFAULT),
        visit.shop.pieces_in_cart(visit.session.cart()),
    );
    let frame = Frame { categories: categories?, pieces_in_cart, ..visit.bare_frame() };
    let category = frame.categories.iter().find(|category| category.slug == slug);
    let category = category.ok_or_else(|| Problem::not_found("category"))?;
    Ok(page(200, views::category::category(&frame, category, &products?, after.as_deref())))
}
