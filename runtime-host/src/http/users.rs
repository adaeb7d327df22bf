//! What the till keeps for somebody with an account.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::delete,
};
use merkato_commerce::ids::UserId;
use merkato_contract::problem::Problem;

use super::{Answer, Shared};

pub fn router() -> Router<Shared> {
    Router::new().route("/v1/users/{id}", delete(forget_user))
}

async fn forget_user(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Answer> {
    let user = id.parse::<UserId>().map_err(|_| Problem::not_found("account"))?;
    shared.app.forget_user(user).await?;
    Ok(StatusCode::NO_CONTENT)
}
