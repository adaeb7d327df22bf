//! Stock.

use axum::{
    Router,
    extract::{Path, State},
    routing::post,
};
use merkato_commerce::text::Sku;
use merkato_contract::coordinator::{MoveStock, StockLevel, StockLevels, StockQuery};

use super::{Answer, Json, Shared};

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/stock/query", post(stock_levels))
        .route("/v1/stock/{sku}/movements", post(move_stock))
}

async fn stock_levels(
    State(shared): State<Shared>,
    Json(query): Json<StockQuery>,
) -> Result<Json<StockLevels>, Answer> {
    Ok(Json(StockLevels { items: shared.app.stock_levels(query.skus).await? }))
}

async fn move_stock(
    State(shared): State<Shared>,
    Path(sku): Path<String>,
    Json(change): Json<MoveStock>,
) -> Result<Json<StockLevel>, Answer> {
    Ok(Json(shared.app.move_stock(sku.parse::<Sku>()?, change).await?))
}
