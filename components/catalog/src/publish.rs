//! Tells the till what changed. What it could not be told stays marked and is told later, when the coordinator's
//! timer asks; so a write never fails because the till is away.

use futures::future::join_all;
use http::Method;
use merkato_commerce::ids::ProductId;
use merkato_contract::{
    catalog::VARIANTS_MAX,
    problem::{Code, Problem},
};
use merkato_edge::Context;

use crate::store::{Store, Unpublished};

/// Most variants that a staff request publishes before it answers; an import leaves the rest to the timer.
pub const AT_ONCE_MAX: u32 = 200;
/// Most variants that one call of the timer publishes, so that it ends well within its deadline.
pub const SWEEP_MAX: u32 = 500;
/// Calls under way at a time: enough to hide the way to the till, few enough not to crowd it.
const CALLS_MAX: usize = 8;

/// Publishes what changed of one product.
pub async fn product(context: &Context, store: &Store<'_>, id: ProductId) -> Result<(), Problem> {
    // What it offers now, and as many again that it may have withdrawn.
    let limit = u32::try_from(2 * VARIANTS_MAX).unwrap_or(AT_ONCE_MAX);
    publish(context, store, &store.unpublished(Some(id), limit)?).await.map(drop)
}

/// Publishes up to `limit` variants of any product, and says how many it did.
pub async fn some(context: &Context, store: &Store<'_>, limit: u32) -> Result<u64, Problem> {
    publish(context, store, &store.unpublished(None, limit)?).await
}

async fn publish(context: &Context, store: &Store<'_>, offers: &[Unpublished]) -> Result<u64, Problem> {
    let mut published = 0;
    for some in offers.chunks(CALLS_MAX) {
        let told = join_all(some.iter().map(|unpublished| tell(context, unpublished))).await;
        for (unpublished, told) in some.iter().zip(&told) {
            match told {
                Ok(()) => {
                    store.mark_published(&unpublished.sku, unpublished.offer.version)?;
                    published += 1;
                }
                Err(problem) if problem.code != Code::Unavailable => {
                    // The call itself worked, so nobody has logged this yet. It will be tried again.
                    context.internal("the till refused an offer", format!("{}: {problem}", unpublished.sku));
                }
                Err(_) => {}
            }
        }
        if told.iter().any(|told| told.as_ref().is_err_and(|problem| problem.code == Code::Unavailable)) {
            break;
        }
    }
    Ok(published)
}

async fn tell(context: &Context, unpublished: &Unpublished) -> Result<(), Problem> {
    let call = context.coordinator(Method::PUT, format!("/v1/offers/{}", unpublished.sku))?;
    context.call(call.json(&unpublished.offer)?).await.map(drop)
}
