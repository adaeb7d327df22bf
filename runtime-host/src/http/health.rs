//! Whether the coordinator runs, and whether it can work.

use axum::{Router, extract::State, http::StatusCode, routing::get};

use super::{Answer, Shared};
use crate::app::Error;

pub fn router() -> Router<Shared> {
    Router::new().route("/healthz", get(healthy)).route("/readyz", get(ready))
}

/// The process runs. A database that is away is no reason to restart it.
async fn healthy() -> StatusCode {
    StatusCode::OK
}

/// The database answers and has our tables.
async fn ready(State(shared): State<Shared>) -> Result<StatusCode, Answer> {
    shared
        .app
        .store
        .read(|transaction| Box::pin(async move { Ok::<_, Error>(transaction.next_due().await?) }))
        .await?;
    Ok(StatusCode::OK)
}
