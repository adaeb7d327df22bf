//! The coordinator's HTTP interface, for services only. A handler parses, calls one function of `app`, answers.

mod carts;
mod dead_letters;
mod health;
mod observe;
mod offers;
mod orders;
mod payments;
mod problem;
mod promotions;
mod query;
mod staff;
mod stock;
mod users;
mod wishes;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Request, State},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
    middleware::{self, Next},
    response::Response,
};
use merkato_commerce::ids::UserId;
use merkato_contract::{BODY_BYTES_MAX, headers, problem::Code};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use self::{
    problem::{Answer, Json},
    query::{Query, limit},
};
use crate::{
    app::{Actor, App},
    outbox,
    watch::Watch,
};

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    app: Arc<App>,
    /// SHA-256 of the service token: comparing hashes takes the same time whatever the caller sent.
    service_token_hash: [u8; 32],
    watch: Arc<Watch>,
    /// Cancelled once the coordinator has been asked to stop.
    closing: CancellationToken,
}

/// The whole interface over `app`; callers must bear `service_token`. Says that it is not ready once `closing`.
pub fn router(app: Arc<App>, service_token: &str, closing: CancellationToken) -> Router {
    let service_token_hash = Sha256::digest(service_token).into();
    let watch = Arc::new(Watch::new(Arc::clone(&app)));
    let shared = Shared { app, service_token_hash, watch, closing };
    let internal = Router::new()
        .merge(offers::router())
        .merge(stock::router())
        .merge(carts::router())
        .merge(orders::router())
        .merge(payments::router())
        .merge(dead_letters::router())
        .merge(wishes::router())
        .merge(users::router())
        .merge(promotions::router())
        .merge(staff::router())
        .layer(middleware::from_fn_with_state(shared.clone(), require_service_token))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    Router::new()
        .merge(health::router())
        .merge(internal)
        .fallback(async || problem::refuse(Code::NotFound, "There is nothing at this address."))
        .method_not_allowed_fallback(async || {
            problem::refuse(Code::MethodNotAllowed, "This address does not take that method.")
        })
        .layer(middleware::from_fn(observe::observe))
        .with_state(shared)
}

async fn require_service_token(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Result<Response, Response> {
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let hash: [u8; 32] = Sha256::digest(token).into();
    if hash != shared.service_token_hash {
        return Err(problem::refuse(Code::Unauthenticated, "Only services of this shop may call here."));
    }
    Ok(next.run(request).await)
}

/// Reads who is acting from headers that only services can set.
impl FromRequestParts<Shared> for Actor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Response> {
        let text =
            |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let user = text(headers::USER_ID).map(|id| id.parse::<UserId>()).transpose();
        let user = user.map_err(|_| problem::refuse(Code::MalformedRequest, "x-user-id is not a UUID."))?;
        Ok(Self {
            user,
            cart_token: text(headers::CART_TOKEN),
            order_token: text(headers::ORDER_TOKEN),
            staff: text(headers::STAFF).as_deref() == Some("true"),
            service: text(headers::SERVICE).filter(|name| outbox::check_name(name).is_ok()),
        })
    }
}

/// The version in `If-Match: "7"`, which a write may name.
fn expected_version(headers: &HeaderMap) -> Result<Option<i64>, Answer> {
    let Some(value) = headers.get("if-match") else { return Ok(None) };
    let version = value.to_str().ok().and_then(|value| value.trim().trim_matches('"').parse().ok());
    match version {
        Some(version) => Ok(Some(version)),
        None => Err(Answer::refused(Code::MalformedRequest, "If-Match must be a version, such as \"7\".")),
    }
}
