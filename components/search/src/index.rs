//! Keeps the index true: to what the catalog tells, to what it holds, and to what happens to stock.

use std::collections::BTreeMap;

use merkato_commerce::{ids::ProductId, text::Sku};
use merkato_contract::{
    List,
    coordinator::{STOCK_SKUS_MAX, StockLevel},
    event::Event,
    problem::Problem,
    search::{CategoryTree, Document, Rebuilt},
};
use merkato_edge::{Call, Context, availability};
use serde_json::Value;

use crate::store::Store;

/// Takes what changed. What is in stock is asked first: a product whose stock is unknown would be missing from lists of
/// what can be bought, so the catalog is left to try again.
pub async fn put_documents(
    context: &Context,
    store: &Store<'_>,
    documents: &[Document],
) -> Result<(), Problem> {
    let listed = documents.iter().filter_map(|document| document.listed.as_ref());
    let skus = listed.flat_map(|listed| &listed.product.variants).map(|variant| variant.sku.clone());
    let levels = stock_of(context, &skus.collect::<Vec<_>>()).await?;
    for document in documents {
        store.put_document(document, &levels)?;
    }
    Ok(())
}

/// One step of building the index anew: reads what the catalog holds after `after`, and forgets what it does not. The
/// index can be searched all the while.
pub async fn rebuild(
    context: &Context,
    store: &Store<'_>,
    after: Option<ProductId>,
) -> Result<Rebuilt, Problem> {
    if after.is_none() {
        let tree: CategoryTree =
            context.call_json(catalog(context, "/internal/catalog/categories".to_owned())?).await?;
        store.put_categories(&tree)?;
    }
    let query = after.map(|id| format!("?after={id}")).unwrap_or_default();
    let call = catalog(context, format!("/internal/catalog/documents{query}"))?;
    let page: List<Document> = context.call_json(call).await?;
    put_documents(context, store, &page.items).await?;
    let known = page.items.iter().map(|document| document.product_id).collect::<Vec<_>>();
    let next = page.next.as_ref().and(known.last().copied());
    let removed = store.forget_others(after, next, &known)?;
    Ok(Rebuilt { indexed: known.len() as u64, removed, next })
}

/// Notes what there is now of the skus that an event is about.
pub async fn hear(context: &Context, store: &Store<'_>, event: &Event) -> Result<(), Problem> {
    let levels = stock_of(context, &skus_of(&event.data)).await?;
    let levels = levels.into_iter().map(|(sku, available)| StockLevel { sku, available });
    store.note_stock(&levels.collect::<Vec<_>>())
}

/// The skus that an event names: an order's are in its lines, a stock level names its own.
fn skus_of(data: &Value) -> Vec<Sku> {
    let lines = data["lines"].as_array().into_iter().flatten().map(|line| &line["sku"]);
    let skus = lines.chain([&data["sku"]]);
    skus.filter_map(|sku| sku.as_str()?.parse().ok()).collect()
}

async fn stock_of(context: &Context, skus: &[Sku]) -> Result<BTreeMap<Sku, i64>, Problem> {
    let mut levels = BTreeMap::new();
    for some in skus.chunks(STOCK_SKUS_MAX) {
        let known = availability::query_stock(context, some).await?;
        levels.extend(known.items.into_iter().map(|level| (level.sku, level.available)));
    }
    Ok(levels)
}

fn catalog(context: &Context, path: String) -> Result<Call, Problem> {
    let call = Call::get(context.setting("catalog_url")?, path);
    Ok(call.bearer(&context.setting("service_token")?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_names_the_skus_of_an_order_or_its_own() {
        let skus = |data| skus_of(&data).iter().map(Sku::to_string).collect::<Vec<_>>();
        assert_eq!(skus(json!({ "lines": [{ "sku": "A" }, { "sku": "B" }] })), ["A", "B"]);
        assert_eq!(skus(json!({ "sku": "A", "available": 3 })), ["A"]);
        assert!(skus(json!({ "lines": "none", "sku": "../x" })).is_empty());
    }
}
