//! What the payments service reports.

use axum::{Router, extract::State, http::StatusCode, routing::post};
use merkato_contract::payment::PaymentOutcome;

use super::{Answer, Json, Shared};

pub fn router() -> Router<Shared> {
    Router::new().route("/v1/payments/outcomes", post(settle_payment))
}

async fn settle_payment(
    State(shared): State<Shared>,
    Json(outcome): Json<PaymentOutcome>,
) -> Result<StatusCode, Answer> {
    shared.app.settle_payment(outcome).await?;
    Ok(StatusCode::NO_CONTENT)
}
