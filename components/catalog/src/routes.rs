//! `/api/catalog`, and what other services ask for: what they have not been told, and what they know by name only.

mod category;
mod files;
mod internal;
mod product;
mod sitemap;

use http::Method;
use merkato_commerce::{Invalid, ids::ProductId, text::Slug};
use merkato_contract::{
    BODY_BYTES_MAX, IMAGE_BYTES_MAX, IMPORT_BYTES_MAX,
    problem::{Code, Problem},
};
use merkato_edge::{Context, Page, Request, Response, entity_tag};

/// Products change price and stock at any moment, so a cache asks each time; the tag makes that cheap.
const PRODUCT_CACHE: &str = "public, no-cache";
/// Categories change with the season.
const CATEGORY_CACHE: &str = "public, max-age=60";
/// A picture's address is a digest of it, so it never changes.
const IMAGE_CACHE: &str = "public, max-age=31536000, immutable";

/// The import takes a file and pictures are large; everything else is a form's worth.
pub fn body_bytes_max(path: &str) -> usize {
    match path.trim_end_matches('/') {
        "/api/catalog/import" => IMPORT_BYTES_MAX,
        "/api/catalog/images" => IMAGE_BYTES_MAX,
        _ => BODY_BYTES_MAX,
    }
}

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    let segments = request.segments();
    match segments.as_slice() {
        ["api", "catalog", rest @ ..] => route_public(context, request, rest).await,
        ["internal", "catalog", rest @ ..] => match (&request.method, rest) {
            (&Method::POST, ["publish"]) => internal::publish(context, request).await,
            (&Method::GET, ["documents"]) => internal::list_documents(context, request),
            (&Method::GET, ["categories"]) => internal::category_tree(context, request),
            (&Method::POST, ["products", "query"]) => internal::query_products(context, request).await,
            (&Method::POST, ["skus", "query"]) => internal::query_skus(context, request),
            (&Method::PUT, ["products", id, "rating"]) => internal::put_rating(context, request, id).await,
            (_, ["products", _, "rating"]) => Ok(Response::method_not_allowed("PUT")),
            (_, ["publish"] | ["products" | "skus", "query"]) => Ok(Response::method_not_allowed("POST")),
            (_, ["documents" | "categories"]) => Ok(Response::method_not_allowed("GET")),
            _ => Err(Problem::not_found("address")),
        },
        _ => Err(Problem::not_found("address")),
    }
}

async fn route_public(context: &Context, request: &Request, path: &[&str]) -> Result<Response, Problem> {
    match (&request.method, path) {
        (&Method::GET, ["products"]) => product::list_products(context, request).await,
        (&Method::POST, ["products"]) => product::create_product(context, request).await,
        (&Method::GET, ["products", slug]) => product::get_product(context, request, slug).await,
        (&Method::PUT, ["products", slug]) => product::update_product(context, request, slug).await,
        (&Method::DELETE, ["products", slug]) => product::delete_product(context, request, slug).await,
        (&Method::GET, ["staff", "products"]) => product::list_staff_products(context, request),
        (&Method::GET, ["staff", "products", slug]) => product::get_staff_product(context, request, slug),
        (&Method::GET, ["categories"]) => category::list_categories(context, request),
        (&Method::GET, ["categories", slug]) => category::get_category(context, request, slug),
        (&Method::PUT, ["categories", slug]) => category::put_category(context, request, slug).await,
        (&Method::DELETE, ["categories", slug]) => category::delete_category(context, request, slug).await,
        (&Method::GET, ["sitemap"]) => sitemap::index(context, request),
        (&Method::GET, ["sitemap", "products"]) => sitemap::list_products(context, request),
        (&Method::POST, ["import"]) => files::import_products(context, request).await,
        (&Method::GET, ["export"]) => files::export_products(context, request).await,
        (&Method::POST, ["images"]) => files::upload_image(context, request),
        (&Method::GET, ["images", name]) => files::get_image(context, request, name),
        (_, ["products"]) => Ok(Response::method_not_allowed("GET, POST")),
        (_, ["products" | "categories", _]) => Ok(Response::method_not_allowed("GET, PUT, DELETE")),
        (
            _,
            ["staff" | "sitemap", "products"]
            | ["staff", "products", _]
            | ["categories" | "export" | "sitemap"]
            | ["images", _],
        ) => Ok(Response::method_not_allowed("GET")),
        (_, ["import" | "images"]) => Ok(Response::method_not_allowed("POST")),
        _ => Err(Problem::not_found("address")),
    }
}

/// The version that an edit was made against, if the client says so. A tag that is not ours matches nothing.
fn expected_version(request: &Request, what: &str) -> Result<Option<i64>, Problem> {
    match request.header("if-match") {
        None | Some("*") => Ok(None),
        Some(tag) => entity_tag::version_of(tag).map(Some).ok_or_else(|| changed_meanwhile(what)),
    }
}

fn changed_meanwhile(what: &str) -> Problem {
    let detail = format!("The {what} was changed meanwhile. Read it again and repeat the edit.");
    Problem::new(Code::Conflict, detail)
}

fn known_slug(text: &str, what: &str) -> Result<Slug, Problem> {
    text.parse().map_err(|_| Problem::not_found(what))
}

/// A query parameter as `T`; nothing if it is not there or empty.
fn optional<T>(request: &Request, name: &str) -> Result<Option<T>, Problem>
where
    T: std::str::FromStr<Err = Invalid>,
{
    let given = request.query_value(name).filter(|value| !value.is_empty());
    let parsed = given.map(|text| text.parse::<T>()).transpose();
    parsed.map_err(|invalid| Invalid::new(name, invalid.message).into())
}

/// The product that a page of a list comes after.
fn after(page: &Page) -> Result<Option<ProductId>, Problem> {
    page.after.as_deref().map(str::parse).transpose().map_err(|_| Page::unknown_cursor())
}
