//! Stock.

use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::{get, post},
};
use merkato_commerce::text::{IdempotencyKey, Sku};
use merkato_contract::{
    List,
    coordinator::{MoveStock, StockLevel, StockLevels, StockQuery},
    headers::IDEMPOTENCY_KEY,
    staff::stock::{StockEntry, StockMovement},
};
use serde::Deserialize;

use super::{Answer, Json, Query, Shared, limit, orders::staff_only};
use crate::app::Actor;

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/stock", get(stock))
        .route("/v1/stock/query", post(stock_levels))
        .route("/v1/stock/{sku}/movements", get(stock_movements).post(move_stock))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StockPage {
    below: Option<i64>,
    after: Option<Sku>,
    limit: Option<u32>,
}

async fn stock(
    State(shared): State<Shared>,
    actor: Actor,
    Query(page): Query<StockPage>,
) -> Result<Json<List<StockEntry>>, Answer> {
    staff_only(&actor)?;
    Ok(Json(shared.app.stock(page.below, page.after, limit(page.limit)?).await?))
}

async fn stock_levels(
    State(shared): State<Shared>,
    Json(query): Json<StockQuery>,
) -> Result<Json<StockLevels>, Answer> {
    Ok(Json(StockLevels { items: shared.app.stock_levels(query.skus).await? }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerPage {
    after: Option<String>,
    limit: Option<u32>,
}

async fn stock_movements(
    State(shared): State<Shared>,
    actor: Actor,
    Path(sku): Path<String>,
    Query(page): Query<LedgerPage>,
) -> Result<Json<List<StockMovement>>, Answer> {
    staff_only(&actor)?;
    let sku = sku.parse::<Sku>()?;
    Ok(Json(shared.app.stock_movements(sku, page.after, limit(page.limit)?).await?))
}

async fn move_stock(
    State(shared): State<Shared>,
    actor: Actor,
    Path(sku): Path<String>,
    headers: HeaderMap,
    Json(change): Json<MoveStock>,
) -> Result<Json<StockLevel>, Answer> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| key.to_str().unwrap_or_default());
    let key = key.map(str::parse::<IdempotencyKey>).transpose()?;
    Ok(Json(shared.app.move_stock(&actor, sku.parse::<Sku>()?, change, key).await?))
}
