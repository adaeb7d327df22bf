//! `/api/recommendations` for shoppers, `/internal/recommendations` for the coordinator and other services.

use std::{collections::BTreeSet, str::FromStr as _};

use http::Method;
use merkato_commerce::{Invalid, ids::UserId, text::Slug};
use merkato_contract::{
    List,
    cart::CART_LINES_MAX,
    catalog::QUERY_MAX,
    language::Language,
    problem::{Code, Problem},
    recommendation::View,
};
use merkato_edge::{Context, Page, Request, Response, entity_tag};
use serde::Serialize;

use crate::{
    catalog,
    recommend::{self, Asked},
    sale::Sale,
    shopper::Shopper,
    store::{HOUR_MS, Store},
};

/// What goes with a product changes with stock at any moment, so a cache asks each time; the tag makes that cheap.
const PRODUCT_CACHE: &str = "public, no-cache";
/// What pleases a shopper is for them alone.
const PERSONAL_CACHE: &str = "private, no-store";

const _: () =
    assert!(CART_LINES_MAX <= QUERY_MAX, "the catalog is asked about all lines of an order at once");

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (&request.method, request.segments().as_slice()) {
        (&Method::GET, ["api", "recommendations"]) => list_recommendations(context, request).await,
        (&Method::POST, ["api", "recommendations", "views"]) => view_product(context, request).await,
        (&Method::DELETE, ["api", "recommendations", "history"]) => forget_caller(context, request),
        (&Method::POST, ["internal", "recommendations", "events"]) => take_event(context, request).await,
        (&Method::POST, ["internal", "recommendations", "sweep"]) => sweep(context, request),
        (&Method::DELETE, ["internal", "recommendations", "users", id, "history"]) => {
            forget_user(context, request, id)
        }
        (_, ["api", "recommendations"]) => Ok(Response::method_not_allowed("GET")),
        (_, ["api", "recommendations", "views"] | ["internal", "recommendations", "events" | "sweep"]) => {
            Ok(Response::method_not_allowed("POST"))
        }
        (
            _,
            ["api", "recommendations", "history"] | ["internal", "recommendations", "users", _, "history"],
        ) => Ok(Response::method_not_allowed("DELETE")),
        _ => Err(Problem::not_found("address")),
    }
}

async fn list_recommendations(context: &Context, request: &Request) -> Result<Response, Problem> {
    let page = Page::of(request)?;
    if page.after.is_some() {
        return Err(Page::unknown_cursor());
    }
    let given = |name| request.query_value(name).filter(|text| !text.is_empty());
    let language = given("language").map(|text| Language::from_str(&text)).transpose();
    let language = language.map_err(|invalid| Invalid::new("language", invalid.message))?;
    let asked = Asked { limit: page.limit, language };
    if let Some(slug) = given("product") {
        // The same for everybody, so nobody is asked who they are.
        let slug = slug.parse::<Slug>().map_err(|_| Problem::not_found("product"))?;
        let items = recommend::for_product(context, &Store::open(context)?, &slug, &asked).await?;
        let response = Response::json(200, &List { items, next: None })?;
        let response = response.with_header("cache-control", PRODUCT_CACHE);
        return Ok(entity_tag::tagged(request, response, 0));
    }
    let shopper = Shopper::of(context, request)?;
    let store = Store::open(context)?;
    let items = recommend::for_shopper(context, &store, shopper.as_ref(), &asked).await?;
    Ok(Response::json(200, &List { items, next: None })?.with_header("cache-control", PERSONAL_CACHE))
}

async fn view_product(context: &Context, request: &Request) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    let shopper = Shopper::proven(context, &store, request).await?;
    let view = request.json::<View>()?;
    let product = catalog::product(context, &view.product).await?;
    store.put_product(&product)?;
    if store.put_view(&shopper, product.id)? {
        return Ok(Response::empty(204));
    }
    let detail = "Nobody looks at so many products in an hour. Please go on later.";
    let seconds = HOUR_MS / 1_000;
    Ok(Response::from(Problem::new(Code::TooManyAttempts, detail))
        .with_header("retry-after", &seconds.to_string()))
}

fn forget_caller(context: &Context, request: &Request) -> Result<Response, Problem> {
    let shopper = Shopper::of(context, request)?;
    let shopper = shopper.ok_or_else(|| Problem::new(Code::Unauthenticated, "Nobody knows who you are."))?;
    Store::open(context)?.forget(&shopper)?;
    Ok(Response::empty(204))
}

/// For whoever deletes an account.
fn forget_user(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.service(request)?;
    let id = id.parse::<UserId>().map_err(|_| Problem::not_found("account"))?;
    Store::open(context)?.forget(&Shopper::user(id))?;
    Ok(Response::empty(204))
}

async fn take_event(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let store = Store::open(context)?;
    match Sale::of(&request.cloud_event()?)? {
        Some(Sale::Counted { order, user, skus, at }) => {
            let owners = catalog::owners(context, skus).await?;
            store.put_sold(&owners)?;
            let products = owners.iter().map(|owner| owner.product_id).collect::<BTreeSet<_>>();
            let buyer = user.map(Shopper::user);
            store.put_sale(order, buyer.as_ref(), &Vec::from_iter(products), at)?;
        }
        Some(Sale::TakenBack { order, at }) => store.take_back_sale(order, at)?,
        None => {}
    }
    Ok(Response::empty(204))
}

/// The answer to the timer.
#[derive(Debug, Serialize)]
struct Swept {
    /// Rows that were cleared away.
    cleared: u64,
}

fn sweep(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    Response::json(200, &Swept { cleared: Store::open(context)?.clear()? })
}
