//! Promotions, for staff.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use merkato_commerce::text::PromotionCode;
use merkato_contract::{
    List,
    problem::Problem,
    staff::promotion::{Promotion, PromotionDraft},
};
use serde::Deserialize;

use super::{Answer, Json, Query, Shared, expected_version, limit, orders::staff_only};
use crate::app::Actor;

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/promotions", get(promotions))
        .route("/v1/promotions/{code}", get(promotion).put(put_promotion).delete(end_promotion))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    after: Option<PromotionCode>,
    limit: Option<u32>,
}

/// What cannot be a code names no promotion.
fn known_code(text: &str) -> Result<PromotionCode, Answer> {
    text.parse().map_err(|_| Problem::not_found("promotion").into())
}

async fn promotions(
    State(shared): State<Shared>,
    actor: Actor,
    Query(page): Query<Page>,
) -> Result<Json<List<Promotion>>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.promotions(page.after, limit(page.limit)?).await?))
}

async fn promotion(
    State(shared): State<Shared>,
    actor: Actor,
    Path(code): Path<String>,
) -> Result<Json<Promotion>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.promotion(known_code(&code)?).await?))
}

async fn put_promotion(
    State(shared): State<Shared>,
    actor: Actor,
    Path(code): Path<String>,
    headers: HeaderMap,
    Json(draft): Json<PromotionDraft>,
) -> Result<Response, Answer> {
    staff_only(&actor)?;
    let (code, expected) = (code.parse::<PromotionCode>()?, expected_version(&headers)?);
    let promotion = shared.app.put_promotion(&actor, code, draft, expected).await?;
    let status = if promotion.version == 1 { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(promotion)).into_response())
}

async fn end_promotion(
    State(shared): State<Shared>,
    actor: Actor,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Promotion>, Answer> {
    staff_only(&actor)?;
    let expected = expected_version(&headers)?;
    Ok(Json(shared.app.end_promotion(&actor, known_code(&code)?, expected).await?))
}
