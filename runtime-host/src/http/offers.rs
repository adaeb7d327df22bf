//! The price book.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::put,
};
use merkato_commerce::{Invalid, promotion::Promotion, text::Sku};
use merkato_contract::coordinator::Offer;

use super::{Answer, Json, Shared};

pub fn router() -> Router<Shared> {
    Router::new().route("/v1/offers/{sku}", put(put_offer)).route("/v1/promotions/{code}", put(put_promotion))
}

async fn put_offer(
    State(shared): State<Shared>,
    Path(sku): Path<String>,
    Json(offer): Json<Offer>,
) -> Result<StatusCode, Answer> {
    shared.app.put_offer(sku.parse::<Sku>()?, offer).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put_promotion(
    State(shared): State<Shared>,
    Path(code): Path<String>,
    Json(promotion): Json<Promotion>,
) -> Result<StatusCode, Answer> {
    if promotion.code.as_str() != code {
        return Err(Invalid::new("code", "must be the code in the address").into());
    }
    shared.app.put_promotion(promotion).await?;
    Ok(StatusCode::NO_CONTENT)
}
