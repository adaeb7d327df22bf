//! Wishlists.

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, put},
};
use merkato_commerce::{
    ids::{UserId, WishId},
    text::Sku,
};
use merkato_contract::{List, cart::Wish, problem::Code};
use serde::Deserialize;

use super::{Answer, Json, Shared, orders::page_limit};
use crate::app::Actor;

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/wishlist", get(wishes))
        .route("/v1/wishlist/{sku}", put(put_wish).delete(delete_wish))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<u32>,
    after: Option<WishId>,
}

async fn wishes(
    State(shared): State<Shared>,
    actor: Actor,
    Query(page): Query<Page>,
) -> Result<Json<List<Wish>>, Answer> {
    let limit = page_limit(page.limit)?;
    Ok(Json(shared.app.wishes(user(&actor)?, page.after, limit).await?))
}

async fn put_wish(
    State(shared): State<Shared>,
    actor: Actor,
    Path(sku): Path<String>,
) -> Result<Json<Wish>, Answer> {
    Ok(Json(shared.app.put_wish(user(&actor)?, sku.parse::<Sku>()?).await?))
}

async fn delete_wish(
    State(shared): State<Shared>,
    actor: Actor,
    Path(sku): Path<String>,
) -> Result<StatusCode, Answer> {
    shared.app.delete_wish(user(&actor)?, sku.parse::<Sku>()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Only somebody with an account has a wishlist.
fn user(actor: &Actor) -> Result<UserId, Answer> {
    actor.user.ok_or_else(|| Answer::refused(Code::Unauthenticated, "Sign in to keep a wishlist."))
}
