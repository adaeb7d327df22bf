//! Orders.

use std::time::Duration;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use merkato_commerce::{Invalid, ids::OrderId, text::IdempotencyKey};
use merkato_contract::{
    LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, List,
    cart::Reordered,
    headers,
    order::{Invoice, Order, PaymentRequest, PlaceOrder, Refund, Return, Shipment},
    order_validation,
    payment::PaymentStatus,
    problem::{Code, Problem},
};
use opentelemetry::context::FutureExt as _;
use serde::Deserialize;
use tracing::Instrument as _;

use super::{Answer, Json, Shared};
use crate::app::{Actor, orders::Placed};

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/orders", get(orders).post(place_order))
        .route("/v1/orders/{id}", get(order))
        .route("/v1/orders/{id}/invoice", get(invoice))
        .route("/v1/orders/{id}/reorder", post(reorder))
        .route("/v1/orders/{id}/cancel", post(cancel_order))
        .route("/v1/orders/{id}/return", post(return_order))
        .route("/v1/orders/{id}/ship", post(ship_order))
        .route("/v1/orders/{id}/deliver", post(deliver_order))
        .route("/v1/orders/{id}/refund", post(refund_order))
        .route("/v1/orders/{id}/capture", post(retry_capture))
        .route("/v1/orders/{id}/payment", get(payment).post(pay_order))
}

async fn place_order(
    State(shared): State<Shared>,
    actor: Actor,
    headers: HeaderMap,
    Json(request): Json<PlaceOrder>,
) -> Result<Response, Answer> {
    let key = headers.get(headers::IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    let key = key.ok_or_else(|| {
        Answer::refused(
            Code::IdempotencyKeyRequired,
            "Send the header Idempotency-Key with a key of your own.",
        )
    })?;
    let key = key.parse::<IdempotencyKey>()?;
    // In a task of its own: of a shopper who hangs up, the order is paid for all the same, and at once.
    let placing = async move { shared.app.place_order(&actor, key, request).await };
    let placed = tokio::spawn(placing.in_current_span().with_current_context()).await;
    let placed = placed.map_err(|error| {
        tracing::error!(%error, "placing an order was abandoned");
        let detail = "Whether the order stands is not known here; please ask again under the same key.";
        Answer::refused(Code::Unavailable, detail)
    })??;
    answer(placed, StatusCode::CREATED)
}

/// A declined payment is a problem that carries the order, which can still be paid.
fn answer(placed: Placed, standing: StatusCode) -> Result<Response, Answer> {
    match placed {
        Placed::Standing(order) => Ok((standing, Json(order)).into_response()),
        Placed::Declined(order) => {
            let reason = order.history.last().map_or("", |entry| entry.note.as_str());
            let problem = Problem::new(Code::PaymentDeclined, format!("{reason}. Nothing was charged."));
            Err(Problem { order: Some(order), ..problem }.into())
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<u32>,
    after: Option<OrderId>,
}

async fn orders(
    State(shared): State<Shared>,
    actor: Actor,
    Query(page): Query<Page>,
) -> Result<Json<List<Order>>, Answer> {
    Ok(Json(shared.app.orders(&actor, page.after, page_limit(page.limit)?).await?))
}

/// How many entries of a list are asked for.
pub(super) fn page_limit(limit: Option<u32>) -> Result<u32, Answer> {
    let limit = limit.unwrap_or(LIST_LIMIT_DEFAULT);
    if (1..=LIST_LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Invalid::new("limit", format!("must be between 1 and {LIST_LIMIT_MAX}")).into())
}

/// An id that is no UUID names no order.
fn order_id(text: &str) -> Result<OrderId, Answer> {
    text.parse().map_err(|_| Problem::not_found("order").into())
}

/// The key of a deed that may come without one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Answer> {
    let key = headers.get(headers::IDEMPOTENCY_KEY).map(|key| key.to_str().unwrap_or_default());
    Ok(key.map(str::parse::<IdempotencyKey>).transpose()?)
}

/// What only staff may do. The service has checked; this is the second door.
pub(super) fn staff_only(actor: &Actor) -> Result<(), Answer> {
    if actor.staff { Ok(()) } else { Err(Answer::refused(Code::Forbidden, "Only staff may do this.")) }
}

/// Until when to wait for news of an order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct News {
    since: Option<i64>,
    wait: Option<u64>,
}

async fn order(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
    Query(news): Query<News>,
) -> Result<Json<Order>, Answer> {
    let id = order_id(&id)?;
    if let Some((since, seconds)) = order_validation::news(news.since, news.wait)? {
        let wait = Duration::from_secs(seconds);
        let order = shared.app.order_after(&actor, id, since, wait);
        // Whoever waits must not hold up the end.
        if let Some(order) = shared.closing.run_until_cancelled(order).await {
            return Ok(Json(order?));
        }
    }
    Ok(Json(shared.app.order(&actor, id).await?))
}

async fn invoice(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<Invoice>, Answer> {
    Ok(Json(shared.app.invoice(&actor, order_id(&id)?).await?))
}

async fn reorder(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<Reordered>, Answer> {
    Ok(Json(shared.app.reorder(&actor, order_id(&id)?).await?))
}

async fn cancel_order(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<Order>, Answer> {
    Ok(Json(shared.app.cancel_order(&actor, order_id(&id)?).await?))
}

async fn return_order(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(back): Json<Return>,
) -> Result<Json<Order>, Answer> {
    Ok(Json(shared.app.return_order(&actor, order_id(&id)?, idempotency_key(&headers)?, back).await?))
}

async fn deliver_order(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<Order>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.deliver_order(&actor, order_id(&id)?).await?))
}

async fn ship_order(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
    Json(shipment): Json<Shipment>,
) -> Result<Json<Order>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.ship_order(&actor, order_id(&id)?, shipment).await?))
}

async fn refund_order(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(refund): Json<Refund>,
) -> Result<Json<Order>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.refund_order(&actor, order_id(&id)?, idempotency_key(&headers)?, refund).await?))
}

async fn retry_capture(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<Order>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.retry_capture(&actor, order_id(&id)?).await?))
}

async fn payment(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<PaymentStatus>, Answer> {
    Ok(Json(shared.app.payment(&actor, order_id(&id)?).await?))
}

async fn pay_order(
    State(shared): State<Shared>,
    actor: Actor,
    Path(id): Path<String>,
    Json(request): Json<PaymentRequest>,
) -> Result<Response, Answer> {
    let placed = shared.app.pay_order(&actor, order_id(&id)?, request).await?;
    answer(placed, StatusCode::OK)
}
