//! `/api/cart`: reads what the shopper wants, refuses what cannot be wanted, and asks the coordinator.

use http::Method;
use merkato_commerce::{
    Invalid,
    ids::WishId,
    text::{PromotionCode, Sku},
};
use merkato_contract::{
    cart::{AddPromotion, Delivery, MergeCart, SetLine},
    problem::{Code, Problem},
};
use merkato_edge::{Call, Context, Page, Request, Response};

use crate::validate;

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", ["api", "cart"]) => get_cart(context, request).await,
        ("PUT", ["api", "cart", "lines", sku]) => set_line(context, request, sku).await,
        ("POST", ["api", "cart", "saved", sku]) => save_line(context, request, sku).await,
        ("DELETE", ["api", "cart", "saved", sku]) => remove_saved_line(context, request, sku).await,
        ("POST", ["api", "cart", "promotions"]) => add_promotion(context, request).await,
        ("DELETE", ["api", "cart", "promotions", code]) => remove_promotion(context, request, code).await,
        ("PUT", ["api", "cart", "delivery"]) => set_delivery(context, request).await,
        ("GET", ["api", "cart", "shipping-methods"]) => shipping_methods(context, request).await,
        ("POST", ["api", "cart", "merge"]) => merge_cart(context, request).await,
        ("GET", ["api", "cart", "wishlist"]) => list_wishes(context, request).await,
        ("PUT", ["api", "cart", "wishlist", sku]) => put_wish(context, request, sku).await,
        ("DELETE", ["api", "cart", "wishlist", sku]) => delete_wish(context, request, sku).await,
        (_, ["api", "cart"] | ["api", "cart", "shipping-methods" | "wishlist"]) => {
            Ok(Response::method_not_allowed("GET"))
        }
        (_, ["api", "cart", "lines", _] | ["api", "cart", "delivery"]) => {
            Ok(Response::method_not_allowed("PUT"))
        }
        (_, ["api", "cart", "promotions" | "merge"]) => Ok(Response::method_not_allowed("POST")),
        (_, ["api", "cart", "promotions", _]) => Ok(Response::method_not_allowed("DELETE")),
        (_, ["api", "cart", "saved", _]) => Ok(Response::method_not_allowed("POST, DELETE")),
        (_, ["api", "cart", "wishlist", _]) => Ok(Response::method_not_allowed("PUT, DELETE")),
        _ => Err(Problem::not_found("address")),
    }
}

async fn get_cart(context: &Context, request: &Request) -> Result<Response, Problem> {
    let call = coordinator(context, request, Method::GET, "/v1/cart".to_owned())?;
    context.forward(call).await
}

async fn set_line(context: &Context, request: &Request, sku: &str) -> Result<Response, Problem> {
    let sku = article(sku)?;
    let set_line = request.json::<SetLine>()?;
    refuse(validate::set_line(&set_line))?;
    let call = coordinator(context, request, Method::PUT, format!("/v1/cart/lines/{sku}"))?;
    context.forward(call.json(&set_line)?).await
}

async fn save_line(context: &Context, request: &Request, sku: &str) -> Result<Response, Problem> {
    let path = format!("/v1/cart/saved/{}", article(sku)?);
    context.forward(coordinator(context, request, Method::POST, path)?).await
}

async fn remove_saved_line(context: &Context, request: &Request, sku: &str) -> Result<Response, Problem> {
    let path = format!("/v1/cart/saved/{}", article(sku)?);
    context.forward(coordinator(context, request, Method::DELETE, path)?).await
}

async fn add_promotion(context: &Context, request: &Request) -> Result<Response, Problem> {
    let add_promotion = request.json::<AddPromotion>()?;
    add_promotion.code.parse::<PromotionCode>()?;
    let call = coordinator(context, request, Method::POST, "/v1/cart/promotions".to_owned())?;
    context.forward(call.json(&add_promotion)?).await
}

async fn remove_promotion(context: &Context, request: &Request, code: &str) -> Result<Response, Problem> {
    let code: PromotionCode = code.parse().map_err(|_| Problem::not_found("promotion"))?;
    let call = coordinator(context, request, Method::DELETE, format!("/v1/cart/promotions/{code}"))?;
    context.forward(call).await
}

async fn set_delivery(context: &Context, request: &Request) -> Result<Response, Problem> {
    let delivery = request.json::<Delivery>()?;
    refuse(validate::delivery(&delivery))?;
    let call = coordinator(context, request, Method::PUT, "/v1/cart/delivery".to_owned())?;
    context.forward(call.json(&delivery)?).await
}

async fn shipping_methods(context: &Context, request: &Request) -> Result<Response, Problem> {
    let call = coordinator(context, request, Method::GET, "/v1/cart/shipping-methods".to_owned())?;
    context.forward(call).await
}

async fn merge_cart(context: &Context, request: &Request) -> Result<Response, Problem> {
    require_user(context, request, "Only an account has a cart to merge into. Please sign in.")?;
    let merge_cart = request.json::<MergeCart>()?;
    refuse(validate::merge_cart(&merge_cart))?;
    let call = coordinator(context, request, Method::POST, "/v1/cart/merge".to_owned())?;
    context.forward(call.json(&merge_cart)?).await
}

async fn list_wishes(context: &Context, request: &Request) -> Result<Response, Problem> {
    require_user(context, request, "Sign in to see your wishlist.")?;
    let page = Page::of(request)?;
    let after = page.after.map(|after| after.parse::<WishId>().map_err(|_| Page::unknown_cursor()));
    let after = after.transpose()?.map(|after| format!("&after={after}")).unwrap_or_default();
    let path = format!("/v1/wishlist?limit={}{after}", page.limit);
    context.forward(coordinator(context, request, Method::GET, path)?).await
}

async fn put_wish(context: &Context, request: &Request, sku: &str) -> Result<Response, Problem> {
    require_user(context, request, "Sign in to keep a wishlist.")?;
    let path = format!("/v1/wishlist/{}", article(sku)?);
    context.forward(coordinator(context, request, Method::PUT, path)?).await
}

async fn delete_wish(context: &Context, request: &Request, sku: &str) -> Result<Response, Problem> {
    require_user(context, request, "Sign in to change your wishlist.")?;
    let path = format!("/v1/wishlist/{}", article(sku)?);
    context.forward(coordinator(context, request, Method::DELETE, path)?).await
}

/// What is no sku names nothing that is sold.
fn article(sku: &str) -> Result<Sku, Problem> {
    sku.parse().map_err(|_| Problem::not_found("article"))
}

/// Refuses guests, with `detail`.
fn require_user(context: &Context, request: &Request, detail: &str) -> Result<(), Problem> {
    match context.caller(request)?.user_id() {
        Some(_) => Ok(()),
        None => Err(Problem::new(Code::Unauthenticated, detail)),
    }
}

/// A call in the shopper's name, with the version of the cart that they saw if they say so.
fn coordinator(context: &Context, request: &Request, method: Method, path: String) -> Result<Call, Problem> {
    let caller = context.caller(request)?;
    let call = context.coordinator(method, path)?.on_behalf_of(&caller, request);
    Ok(call.header_if("if-match", request.header("if-match")))
}

fn refuse(problems: Vec<Invalid>) -> Result<(), Problem> {
    if problems.is_empty() { Ok(()) } else { Err(Problem::invalid(problems)) }
}
