//! Whether the coordinator runs, whether it can work, and what it counts. Without the service token: who calls here has
//! none, and is told nothing of anybody.
//!
//! The metrics hold counts, times, and names that the code or an operator gave. The service token opens the whole till,
//! so a monitoring system is better off without it; in a cluster a network policy says who may call at all.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use merkato_contract::problem::Code;

use super::{Answer, Shared};
use crate::{app::Error, metrics};

const HEALTHY: &str = "/healthz";
const READY: &str = "/readyz";
const METRICS: &str = "/metrics";

pub fn router() -> Router<Shared> {
    Router::new().route(HEALTHY, get(healthy)).route(READY, get(ready)).route(METRICS, get(show_metrics))
}

/// Whether a route is one of these.
pub fn is_probe(route: &str) -> bool {
    [HEALTHY, READY, METRICS].contains(&route)
}

/// The process runs. A database that is away is no reason to restart it.
async fn healthy() -> StatusCode {
    StatusCode::OK
}

/// The database answers and is up to date, and nobody has asked the coordinator to stop.
async fn ready(State(shared): State<Shared>) -> Result<StatusCode, Answer> {
    if shared.closing.is_cancelled() {
        return Err(Answer::refused(Code::Unavailable, "This coordinator is closing."));
    }
    let missing = shared
        .app
        .store
        .read(|transaction| Box::pin(async move { Ok::<_, Error>(transaction.missing_migrations().await?) }))
        .await?;
    if missing.is_empty() {
        return Ok(StatusCode::OK);
    }
    let detail = format!("The till's database lacks {}; run `merkato migrate`.", missing.join(", "));
    Err(Answer::refused(Code::Unavailable, detail))
}

async fn show_metrics(State(shared): State<Shared>) -> Result<Response, Answer> {
    let reading = shared.watch.reading().await;
    metrics::connected(&shared.app.store.pools());
    let text = metrics::render(reading.as_deref(), &shared.app.settings).map_err(|error| {
        Answer::refused(Code::Internal, format!("The metrics cannot be written: {error}."))
    })?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text).into_response())
}
