//! Lists of addresses for search engines.

use merkato_contract::problem::Problem;
use merkato_edge::{Response, entity_tag};

use crate::{views::sitemap, visit::Visit};

/// Search engines look every few hours at the most, and a list that is an hour old misleads none of them.
const CACHE: &str = "public, max-age=3600";

/// The index of all lists.
pub async fn index(visit: &Visit<'_>) -> Result<Response, Problem> {
    let index = visit.shop.sitemap_index().await?;
    Ok(xml(visit, sitemap::index(&visit.origin, &index.cursors)))
}

/// The list of pages that are no products.
pub async fn pages(visit: &Visit<'_>) -> Result<Response, Problem> {
    Ok(xml(visit, sitemap::pages(&visit.origin, &visit.shop.categories().await?)))
}

/// A part of the list of products.
pub async fn products(visit: &Visit<'_>) -> Result<Response, Problem> {
    let after = visit.request.query_value("after").filter(|after| !after.is_empty());
    let entries = visit.shop.sitemap_entries(after.as_deref()).await?;
    Ok(xml(visit, sitemap::products(&visit.origin, &entries)))
}

/// What search engines may leave alone: what is somebody's own, and what is endless.
pub fn robots(visit: &Visit<'_>) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /account\nDisallow: /cart\nDisallow: /checkout\nDisallow: /orders/\nDisallow: /search\n\n\
         Sitemap: {}/sitemap.xml\n",
        visit.origin
    );
    Response::typed(200, "text/plain; charset=utf-8", text.into()).with_header("cache-control", CACHE)
}

fn xml(visit: &Visit<'_>, document: String) -> Response {
    let response = Response::typed(200, "application/xml; charset=utf-8", document.into());
    entity_tag::tagged(visit.request, response.with_header("cache-control", CACHE), 0)
}
