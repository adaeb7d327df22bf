//! Measures every request, and makes it a part of its trace.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tracing::Span;

use super::health;
use crate::{metrics, trace};

/// The route of a request to an address that there is not.
const NO_ROUTE: &str = "none";

/// Wraps every request to the coordinator.
pub async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let method = request.method().clone();
    let parent = trace::extract(request.headers());
    // Probes and scrapes come every few seconds and are no part of anything.
    let span = if health::is_probe(route) {
        Span::none()
    } else {
        trace::server_span(&method, route, request.uri().path())
    };
    let response = trace::within(parent, span.clone(), next.run(request)).await;
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "error");
    }
    metrics::answered(route, &method, status.as_u16(), begun.elapsed());
    response
}
