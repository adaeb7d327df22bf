//! What staff look at: the shop at a glance, orders, what is stuck, who did what, how subscribers fare.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use merkato_commerce::ids::{OrderId, UserId};
use merkato_contract::{
    List,
    order::Order,
    staff::{
        action::{ReportAction, StaffAction},
        dashboard::Dashboard,
        orders::{OrderFilter, StuckOrder},
        outbox::OutboxOverview,
    },
};
use serde::Deserialize;

use super::{Answer, Json, Query, Shared, limit, orders::staff_only};
use crate::{app::Actor, store::staff::ActionFilter};

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/staff/dashboard", get(dashboard))
        .route("/v1/staff/orders", get(find_orders))
        .route("/v1/staff/stuck-orders", get(stuck_orders))
        .route("/v1/staff/actions", get(staff_actions).post(report_action))
        .route("/v1/staff/outbox", get(outbox))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Glance {
    days: Option<u32>,
    low_stock_below: Option<i64>,
}

async fn dashboard(
    State(shared): State<Shared>,
    actor: Actor,
    Query(glance): Query<Glance>,
) -> Result<Json<Dashboard>, Answer> {
    staff_only(&actor)?;
    let reading = shared.watch.reading().await;
    let seen = shared.app.dashboard(glance.days, glance.low_stock_below, reading.as_deref()).await?;
    Ok(Json(seen))
}

/// One by one rather than as an [`OrderFilter`] flattened into it: a query is text, and what is flattened is not read as
/// the numbers that it stands for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    state: Option<merkato_commerce::order::State>,
    email: Option<String>,
    number: Option<String>,
    sku: Option<merkato_commerce::text::Sku>,
    from: Option<merkato_contract::time::Rfc3339>,
    to: Option<merkato_contract::time::Rfc3339>,
    after: Option<OrderId>,
    limit: Option<u32>,
}

async fn find_orders(
    State(shared): State<Shared>,
    actor: Actor,
    Query(search): Query<Search>,
) -> Result<Json<List<Order>>, Answer> {
    staff_only(&actor)?;
    let Search { state, email, number, sku, from, to, after, limit: asked } = search;
    let filter = OrderFilter { state, email, number, sku, from, to };
    Ok(Json(shared.app.find_orders(filter, after, limit(asked)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StuckPage {
    after: Option<OrderId>,
    limit: Option<u32>,
}

async fn stuck_orders(
    State(shared): State<Shared>,
    actor: Actor,
    Query(page): Query<StuckPage>,
) -> Result<Json<List<StuckOrder>>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.stuck_orders(page.after, limit(page.limit)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionsPage {
    actor: Option<UserId>,
    subject: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

async fn staff_actions(
    State(shared): State<Shared>,
    actor: Actor,
    Query(page): Query<ActionsPage>,
) -> Result<Json<List<StaffAction>>, Answer> {
    staff_only(&actor)?;
    let filter = ActionFilter { actor: page.actor, subject: page.subject };
    Ok(Json(shared.app.staff_actions(filter, page.after, limit(page.limit)?).await?))
}

async fn report_action(
    State(shared): State<Shared>,
    actor: Actor,
    Json(report): Json<ReportAction>,
) -> Result<StatusCode, Answer> {
    staff_only(&actor)?;
    shared.app.report_action(&actor, report).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn outbox(State(shared): State<Shared>, actor: Actor) -> Result<Json<OutboxOverview>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.outbox().await?))
}
