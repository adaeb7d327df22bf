//! What can be bought now: the till knows, services that show products ask.

use std::{collections::BTreeMap, time::Duration};

use http::Method;
use merkato_commerce::text::Sku;
use merkato_contract::{
    catalog::Product,
    coordinator::{STOCK_SKUS_MAX, StockLevels, StockQuery},
    problem::Problem,
};

use crate::Context;

/// How long the till may take. A page without stock is better than a page that comes late.
const DEADLINE: Duration = Duration::from_secs(2);

/// Fills in what is available of each variant: one question for all of them, as long as they are not more than the
/// till answers at once. When the till does not answer they stay unknown, and the products are shown all the same.
pub async fn fill(context: &Context, products: &mut [Product]) {
    let skus = products.iter().flat_map(|product| &product.variants).map(|variant| variant.sku.clone());
    let skus = skus.collect::<Vec<_>>();
    let mut levels = BTreeMap::new();
    for some in skus.chunks(STOCK_SKUS_MAX) {
        // The fault is in the log by now.
        let Ok(known) = query_stock(context, some).await else { return };
        // A sku that the till does not know yet has not been published, so none can be bought.
        levels.extend(some.iter().map(|sku| (sku.clone(), 0)));
        levels.extend(known.items.into_iter().map(|level| (level.sku, level.available)));
    }
    for variant in products.iter_mut().flat_map(|product| &mut product.variants) {
        variant.available = levels.get(&variant.sku).copied();
    }
}

/// How much there is of each of `skus`, which are at most [`STOCK_SKUS_MAX`]; those that the till does not know are
/// left out.
pub async fn query_stock(context: &Context, skus: &[Sku]) -> Result<StockLevels, Problem> {
    let call = context.coordinator(Method::POST, "/v1/stock/query")?.within(DEADLINE);
    context.call_json(call.json(&StockQuery { skus: skus.to_vec() })?).await
}
