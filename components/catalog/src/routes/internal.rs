//! For the coordinator's timer, for a search service that builds its index anew, and for services that know products
//! by id or sku.

use merkato_commerce::{Invalid, ids::ProductId, time::Timestamp};
use merkato_contract::{
    List,
    catalog::{ProductQuery, QUERY_MAX, RatingChange, SkuQuery},
    problem::Problem,
    search::DOCUMENTS_MAX,
};
use merkato_edge::{Context, Page, Request, Response, availability};
use serde::Serialize;

use super::{after, product};
use crate::{index, publish, store::Store};

/// The answer to the timer.
#[derive(Debug, Clone, Copy, Serialize)]
struct Swept {
    /// Variants that the till was told of, and products that search was told of.
    published: u64,
    /// Those that they still have to be told of.
    left: i64,
    /// Milliseconds until the next scheduled product is due, if there is one.
    next_due_ms: Option<i64>,
}

pub(super) async fn publish(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let store = Store::open(context)?;
    store.publish_due(publish::SWEEP_MAX)?;
    let offers = publish::some(context, &store, publish::SWEEP_MAX).await?;
    let documents = index::some(context, &store, index::SWEEP_MAX).await?;
    let waiting = store.waiting()?;
    let until = |due: Timestamp| due.milliseconds_since(context.now()).max(0);
    let next_due_ms = store.next_due()?.map(until);
    let left = waiting.offers + waiting.documents;
    Response::json(200, &Swept { published: offers + documents, left, next_due_ms })
}

/// Pages through all products that an index has to know of, those that are gone included.
pub(super) fn list_documents(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let after = after(&Page::of(request)?)?;
    let limit = u32::try_from(DOCUMENTS_MAX).unwrap_or(u32::MAX);
    let items = Store::open(context)?.documents(after, limit)?;
    let next = items.last().filter(|_| items.len() == DOCUMENTS_MAX).map(|last| last.product_id.to_string());
    Response::json(200, &List { items, next })
}

/// All categories, as an index is told of them.
pub(super) fn category_tree(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let tree = Store::open(context)?.category_tree(true)?;
    Response::json(200, &tree.ok_or_else(|| Problem::not_found("category"))?)
}

/// Products by id, as shoppers see them.
pub(super) async fn query_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let query = request.json::<ProductQuery>()?;
    limited("ids", query.ids.len())?;
    let stored = Store::open(context)?.published(&query.ids)?;
    let products = stored.iter().map(|stored| product::in_language(stored, query.language.as_ref()));
    let mut items = products.collect::<Vec<_>>();
    availability::fill(context, &mut items).await;
    Response::json(200, &List { items, next: None })
}

/// Whose skus these are.
pub(super) fn query_skus(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let query = request.json::<SkuQuery>()?;
    limited("skus", query.skus.len())?;
    let items = Store::open(context)?.sku_owners(&query.skus)?;
    Response::json(200, &List { items, next: None })
}

/// What shoppers say of a product. Search is told at once, as it is of every change.
pub(super) async fn put_rating(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.service(request)?;
    let id = id.parse::<ProductId>().map_err(|_| Problem::not_found("product"))?;
    let rating = request.json::<RatingChange>()?;
    let problems = rating.problems();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let store = Store::open(context)?;
    if !store.put_rating(id, &rating)? {
        return Err(Problem::not_found("product"));
    }
    index::product(context, &store, id).await?;
    Ok(Response::empty(204))
}

fn limited(field: &str, count: usize) -> Result<(), Problem> {
    if count > QUERY_MAX {
        return Err(Invalid::new(field, format!("must be at most {QUERY_MAX}")).into());
    }
    Ok(())
}
