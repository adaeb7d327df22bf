//! Carts.

use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::{delete, get, post, put},
};
use merkato_commerce::text::{PromotionCode, Sku};
use merkato_contract::{
    List,
    cart::{AddPromotion, Cart, Delivery, MergeCart, SetLine, ShippingMethod},
};

use super::{Answer, Json, Shared, expected_version};
use crate::app::Actor;

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/cart", get(cart))
        .route("/v1/cart/lines/{sku}", put(set_cart_line))
        .route("/v1/cart/saved/{sku}", post(save_cart_line).delete(remove_saved_line))
        .route("/v1/cart/promotions", post(add_cart_promotion))
        .route("/v1/cart/promotions/{code}", delete(remove_cart_promotion))
        .route("/v1/cart/delivery", put(set_cart_delivery))
        .route("/v1/cart/shipping-methods", get(shipping_methods))
        .route("/v1/cart/merge", post(merge_cart))
}

async fn cart(State(shared): State<Shared>, actor: Actor) -> Result<Json<Cart>, Answer> {
    Ok(Json(shared.app.cart(&actor).await?))
}

async fn set_cart_line(
    State(shared): State<Shared>,
    actor: Actor,
    Path(sku): Path<String>,
    headers: HeaderMap,
    Json(line): Json<SetLine>,
) -> Result<Json<Cart>, Answer> {
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.set_cart_line(&actor, sku.parse::<Sku>()?, line.quantity, expected).await?))
}

async fn save_cart_line(
    State(shared): State<Shared>,
    actor: Actor,
    Path(sku): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Cart>, Answer> {
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.save_cart_line(&actor, sku.parse::<Sku>()?, expected).await?))
}

async fn remove_saved_line(
    State(shared): State<Shared>,
    actor: Actor,
    Path(sku): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Cart>, Answer> {
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.remove_saved_line(&actor, sku.parse::<Sku>()?, expected).await?))
}

async fn add_cart_promotion(
    State(shared): State<Shared>,
    actor: Actor,
    headers: HeaderMap,
    Json(promotion): Json<AddPromotion>,
) -> Result<Json<Cart>, Answer> {
    let code = promotion.code.parse::<PromotionCode>()?;
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.add_cart_promotion(&actor, code, expected).await?))
}

async fn remove_cart_promotion(
    State(shared): State<Shared>,
    actor: Actor,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Cart>, Answer> {
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.remove_cart_promotion(&actor, code.parse::<PromotionCode>()?, expected).await?))
}

async fn set_cart_delivery(
    State(shared): State<Shared>,
    actor: Actor,
    headers: HeaderMap,
    Json(delivery): Json<Delivery>,
) -> Result<Json<Cart>, Answer> {
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.set_cart_delivery(&actor, delivery, expected).await?))
}

async fn shipping_methods(
    State(shared): State<Shared>,
    actor: Actor,
) -> Result<Json<List<ShippingMethod>>, Answer> {
    Ok(Json(List { items: shared.app.shipping_methods(&actor).await?, next: None }))
}

async fn merge_cart(
    State(shared): State<Shared>,
    actor: Actor,
    headers: HeaderMap,
    Json(merge): Json<MergeCart>,
) -> Result<Json<Cart>, Answer> {
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.merge_cart(&actor, merge, expected).await?))
}
