//! The price book.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::put,
};
use merkato_commerce::text::Sku;
use merkato_contract::coordinator::Offer;

use super::{Answer, Json, Shared};

pub fn router() -> Router<Shared> {
    Router::new().route("/v1/offers/{sku}", put(put_offer))
}

async fn put_offer(
    State(shared): State<Shared>,
    Path(sku): Path<String>,
    Json(offer): Json<Offer>,
) -> Result<StatusCode, Answer> {
    shared.app.put_offer(sku.parse::<Sku>()?, offer).await?;
    Ok(StatusCode::NO_CONTENT)
}
