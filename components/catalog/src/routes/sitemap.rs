//! The list of all products for search engines.

use merkato_contract::{
    List,
    catalog::{SITEMAP_PRODUCTS_MAX, SitemapIndex},
    problem::Problem,
};
use merkato_edge::{Context, Page, Request, Response, entity_tag};

use super::after;
use crate::store::Store;

/// Search engines look every few hours at the most.
const SITEMAP_CACHE: &str = "public, max-age=3600";

pub(super) fn index(context: &Context, request: &Request) -> Result<Response, Problem> {
    let cursors = Store::open(context)?.sitemap_cursors(SITEMAP_PRODUCTS_MAX)?;
    Ok(answer(request, Response::json(200, &SitemapIndex { cursors })?))
}

pub(super) fn list_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    let after = after(&Page::of(request)?)?;
    // One more than a part holds says whether there is a next one.
    let mut items = Store::open(context)?.sitemap_entries(after, SITEMAP_PRODUCTS_MAX + 1)?;
    let more = items.len() > SITEMAP_PRODUCTS_MAX as usize;
    items.truncate(SITEMAP_PRODUCTS_MAX as usize);
    let next = items.last().filter(|_| more).map(|(id, _)| id.to_string());
    let items = items.into_iter().map(|(_, entry)| entry).collect();
    Ok(answer(request, Response::json(200, &List { items, next })?))
}

fn answer(request: &Request, response: Response) -> Response {
    entity_tag::tagged(request, response.with_header("cache-control", SITEMAP_CACHE), 0)
}
