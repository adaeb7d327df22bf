//! `/api/cart`: reads what the shopper wants, refuses what cannot be wanted, and asks the coordinator.

use http::Method;
use merkato_commerce::{
    Invalid,
    text::{PromotionCode, Sku},
};
use merkato_contract::{
    cart::{AddPromotion, Delivery, MergeCart, SetLine},
    problem::{Code, Problem},
};
use merkato_edge::{Call, Context, Request, Response};

use crate::validate;

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", ["api", "cart"]) => get_cart(context, request).await,
        ("PUT", ["api", "cart", "lines", sku]) => set_line(context, request, sku).await,
        ("POST", ["api", "cart", "promotions"]) => add_promotion(context, request).await,
        ("DELETE", ["api", "cart", "promotions", code]) => remove_promotion(context, request, code).await,
        ("PUT", ["api", "cart", "delivery"]) => set_delivery(context, request).await,
        ("GET", ["api", "cart", "shipping-methods"]) => shipping_methods(context, request).await,
        ("POST", ["api", "cart", "merge"]) => merge_cart(context, request).await,
        (_, ["api", "cart"] | ["api", "cart", "shipping-methods"]) => Ok(Response::method_not_allowed("GET")),
        (_, ["api", "cart", "lines", _] | ["api", "cart", "delivery"]) => {
            Ok(Response::method_not_allowed("PUT"))
        }
        (_, ["api", "cart", "promotions" | "merge"]) => Ok(Response::method_not_allowed("POST")),
        (_, ["api", "cart", "promotions", _]) => Ok(Response::method_not_allowed("DELETE")),
        _ => Err(Problem::not_found("address")),
    }
}

async fn get_cart(context: &Context, request: &Request) -> Result<Response, Problem> {
    let call = coordinator(context, request, Method::GET, "/v1/cart".to_owned())?;
    context.forward(call).await
}

async fn set_line(context: &Context, request: &Request, sku: &str) -> Result<Response, Problem> {
    let sku: Sku = sku.parse().map_err(|_| Problem::not_found("article"))?;
    let set_line = request.json::<SetLine>()?;
    refuse(validate::set_line(&set_line))?;
    let call = coordinator(context, request, Method::PUT, format!("/v1/cart/lines/{sku}"))?;
    context.forward(call.json(&set_line)?).await
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
    if context.caller(request)?.user_id().is_none() {
        return Err(Problem::new(
            Code::Unauthenticated,
            "Only an account has a cart to merge into. Please sign in.",
        ));
    }
    let merge_cart = request.json::<MergeCart>()?;
    refuse(validate::merge_cart(&merge_cart))?;
    let call = coordinator(context, request, Method::POST, "/v1/cart/merge".to_owned())?;
    context.forward(call.json(&merge_cart)?).await
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
