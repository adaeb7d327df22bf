//! Tells the search service what changed. What it could not be told stays marked and is told later, when the
//! coordinator's timer asks; so a write never fails because search is away.

use std::time::Duration;

use merkato_commerce::ids::ProductId;
use merkato_contract::{
    BODY_BYTES_MAX,
    problem::{Code, Problem},
    search::{DOCUMENTS_BYTES_MAX, DOCUMENTS_MAX, Document, Documents},
};
use merkato_edge::{Call, Context};

use crate::store::Store;

/// Most products that an import tells of before it answers; the rest is left to the timer.
pub const AT_ONCE_MAX: u32 = 200;
/// Most products that one call of the timer tells of, so that it ends well within its deadline.
pub const SWEEP_MAX: u32 = 500;
/// A delivery ends with the product that makes it larger than this, in bytes. A product is not much larger than the
/// request that wrote it, so the search service takes what there is then.
const DELIVERY_BYTES: usize = 1024 * 1024;
/// How long a delivery may take. Whoever waits for the answer wrote a product and not an index.
const DEADLINE: Duration = Duration::from_secs(5);

const _: () =
    assert!(DELIVERY_BYTES + 2 * BODY_BYTES_MAX < DOCUMENTS_BYTES_MAX, "more than the search service takes");

/// Tells what changed of one product.
pub async fn product(context: &Context, store: &Store<'_>, id: ProductId) -> Result<(), Problem> {
    deliver(context, store, &store.unindexed(Some(id), 1)?).await.map(drop)
}

/// Tells of all categories, if one has changed.
pub async fn categories(context: &Context, store: &Store<'_>) -> Result<(), Problem> {
    let Some(tree) = store.category_tree(false)? else { return Ok(()) };
    let call = search(context, Call::put, "/internal/search/categories")?.json(&tree)?;
    if told(context, call).await == Told::Known {
        store.mark_categories_indexed(tree.version)?;
    }
    Ok(())
}

/// Tells of the categories and of up to `limit` products, and says of how many of these it did.
pub async fn some(context: &Context, store: &Store<'_>, limit: u32) -> Result<u64, Problem> {
    categories(context, store).await?;
    deliver(context, store, &store.unindexed(None, limit)?).await
}

async fn deliver(context: &Context, store: &Store<'_>, documents: &[Document]) -> Result<u64, Problem> {
    let mut delivered = 0;
    let mut rest = documents;
    while !rest.is_empty() {
        let (some, others) = rest.split_at(delivery(rest));
        rest = others;
        let call = search(context, Call::post, "/internal/search/products")?;
        match told(context, call.json(&Documents { items: some.to_vec() })?).await {
            Told::Known => {}
            // Those behind it need not wait for what is wrong with these.
            Told::Refused => continue,
            Told::Away => break,
        }
        for document in some {
            store.mark_indexed(document.product_id, document.version)?;
        }
        delivered += some.len() as u64;
    }
    Ok(delivered)
}

/// How many of the first of `documents`, which are not none, make one delivery.
fn delivery(documents: &[Document]) -> usize {
    let mut bytes = 0;
    let fits = documents.iter().take(DOCUMENTS_MAX).take_while(|document| {
        let fits = bytes < DELIVERY_BYTES;
        bytes += serde_json::to_vec(document).map_or(0, |json| json.len());
        fits
    });
    fits.count().max(1)
}

fn search(
    context: &Context,
    call: fn(String, &'static str) -> Call,
    path: &'static str,
) -> Result<Call, Problem> {
    let call = call(context.setting("search_url")?, path);
    Ok(call.bearer(&context.setting("service_token")?).within(DEADLINE))
}

/// What became of a call.
#[derive(PartialEq)]
enum Told {
    /// The search service knows.
    Known,
    /// It would not take it. It will be told again; whoever reads the log may help.
    Refused,
    /// It does not answer. It will be told again.
    Away,
}

async fn told(context: &Context, call: Call) -> Told {
    match context.call(call).await {
        Ok(_) => Told::Known,
        Err(problem) if problem.code == Code::Unavailable => Told::Away,
        Err(problem) => {
            // The call itself worked, so nobody has logged this yet.
            context.report("the search service refused what changed", problem);
            Told::Refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_never_empty_and_never_longer_than_the_search_service_takes() {
        let id: ProductId = "0198f0a0-0000-7000-8000-000000000000".parse().expect("an id");
        let documents = vec![Document { product_id: id, version: 1, listed: None }; 3 * DOCUMENTS_MAX];
        assert_eq!(delivery(&documents), DOCUMENTS_MAX);
        assert_eq!(delivery(&documents[..1]), 1);
    }
}
