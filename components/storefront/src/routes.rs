//! Which page answers which address.

use std::path::Path;

use http::Method;
use merkato_contract::problem::{Code, Problem};
use merkato_edge::{Context, Request, Response, entity_tag};

use crate::{
    assets,
    pages::{
        account, cart, category, checkout, home, order, privacy, problem, product, search, sitemap,
        write_review,
    },
    security::secured,
    sign_in, views,
    visit::{PAGE_CACHE, Visit, page},
};

/// Answers one request. What goes wrong becomes a page, too.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    // The wildcard also takes what no service has; programs that ask there want a problem and not a page.
    if matches!(request.segments().first(), Some(&("api" | "internal"))) {
        return Err(Problem::not_found("address"));
    }
    if let Some(response) = file(request) {
        return Ok(response);
    }
    let mut visit = Visit::begin(context, request).await?;
    let response = match answer(&mut visit).await {
        Ok(response) => response,
        Err(problem) if problem.code == Code::Unauthenticated => sign_in::ask(&mut visit)?,
        Err(problem) => problem::at_hand(&visit, &problem).await,
    };
    match response.header("cache-control") {
        // What anybody may keep is about nobody, and begins no session.
        Some(caching) if caching.starts_with("public") => Ok(response),
        // What a browser keeps it asks about again, and learns in a few bytes that it still holds.
        Some(PAGE_CACHE) => Ok(visit.session.leave(entity_tag::tagged(request, response, 0))),
        _ => Ok(visit.session.leave(response)),
    }
}

/// Files need no session and nobody else.
fn file(request: &Request) -> Option<Response> {
    if request.method != Method::GET {
        return None;
    }
    match request.path.as_str() {
        "/service-worker.js" => Some(assets::service_worker(request)),
        "/offline" => Some(secured(Response::html(200, views::offline::offline()))),
        _ => assets::file(Path::new(assets::ROOT), request),
    }
}

async fn answer(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let request = visit.request;
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", []) => home::show(visit).await,
        ("GET", ["about"]) => Ok(page(200, views::about::about(&visit.frame().await))),
        ("GET", ["categories", slug]) => category::show(visit, slug).await,
        ("GET", ["products", slug]) => product::show(visit, slug).await,
        ("POST", ["products", slug]) => product::add_to_cart(visit, slug).await,
        (_, ["account", rest @ ..]) => account::route(visit, rest).await,
        ("POST", ["products", slug, "wish"]) => product::add_wish(visit, slug).await,
        ("POST", ["products", slug, "back-in-stock"]) => product::wait_for(visit, slug).await,
        ("GET", ["products", slug, "review"]) => write_review::show(visit, slug).await,
        ("POST", ["products", slug, "review"]) => write_review::create_review(visit, slug).await,
        ("GET", ["cart"]) => cart::show(visit).await,
        ("POST", ["cart", "lines", sku]) => cart::set_line(visit, sku).await,
        ("POST", ["cart", "lines", sku, "later"]) => cart::save_line(visit, sku).await,
        ("POST", ["cart", "saved", sku, "removal"]) => cart::forget_saved_line(visit, sku).await,
        ("POST", ["cart", "promotions"]) => cart::add_promotion(visit).await,
        ("POST", ["cart", "promotions", code, "remove"]) => cart::remove_promotion(visit, code).await,
        ("GET", ["checkout"]) => checkout::show(visit).await,
        ("POST", ["checkout", "delivery"]) => checkout::set_delivery(visit).await,
        ("POST", ["checkout"]) => checkout::place_order(visit).await,
        ("GET", ["orders", id]) => order::show(visit, id).await,
        ("GET", ["orders", id, "invoice"]) => order::invoice(visit, id).await,
        ("POST", ["orders", id, "cancel"]) => order::cancel_order(visit, id).await,
        ("POST", ["orders", id, "return"]) => order::return_order(visit, id).await,
        ("POST", ["orders", id, "reorder"]) => order::reorder(visit, id).await,
        ("POST", ["orders", id, "payment"]) => order::retry_payment(visit, id).await,
        ("GET", ["search"]) => search::show(visit).await,
        ("GET", ["search", "suggestions"]) => search::suggest(visit).await,
        ("GET", ["privacy"]) => privacy::show(visit).await,
        ("POST", ["privacy"]) => privacy::choose(visit).await,
        ("GET", ["robots.txt"]) => Ok(sitemap::robots(visit)),
        ("GET", ["sitemap.xml"]) => sitemap::index(visit).await,
        ("GET", ["sitemap", "pages.xml"]) => sitemap::pages(visit).await,
        ("GET", ["sitemap", "products.xml"]) => sitemap::products(visit).await,
        ("GET", ["problems"]) => Ok(page(200, views::problem::index(&visit.frame().await))),
        ("GET", ["problems", code]) => problem::help(visit, code).await,
        ("GET" | "POST", _) => Err(Problem::not_found("page")),
        _ => Err(Problem::new(Code::MethodNotAllowed, "Pages are read with GET and changed with POST.")),
    }
}
