//! Tells the catalog how products are rated. What it could not be told stays marked and is told later, when the
//! coordinator's timer asks; so staff decide while the catalog is away, and no page of a product waits for this service.

use std::time::Duration;

use merkato_contract::problem::{Code, Problem};
use merkato_edge::{Call, Context};

use crate::store::{Store, Untold};

/// Most products that a decision of staff tells of before it is answered: its own, and a few that waited.
pub const AT_ONCE_MAX: u32 = 5;
/// Most products that one call of the timer tells of, so that it ends well within its deadline.
pub const SWEEP_MAX: u32 = 200;
/// How long the catalog may take. Whoever waits for the answer has decided of a review, and not of a product.
const DEADLINE: Duration = Duration::from_secs(5);

/// Tells of up to `limit` products, and says of how many it did.
pub async fn tell(context: &Context, store: &Store<'_>, limit: u32) -> Result<u64, Problem> {
    let mut told = 0;
    for untold in store.untold(limit)? {
        match put(context, &untold).await {
            // A product that is gone has no page that could show it.
            Ok(()) | Err(Problem { code: Code::NotFound, .. }) => {
                store.mark_told(&untold)?;
                told += 1;
            }
            Err(problem) if problem.code == Code::Unavailable => break,
            // The call itself worked, so nobody has logged this yet. Those behind it need not wait.
            Err(problem) => context.report("the catalog refused a rating", problem),
        }
    }
    Ok(told)
}

async fn put(context: &Context, untold: &Untold) -> Result<(), Problem> {
    let path = format!("/internal/catalog/products/{}/rating", untold.product);
    let call = Call::put(context.setting("catalog_url")?, path).bearer(&context.setting("service_token")?);
    context.call(call.within(DEADLINE).json(&untold.rating)?).await.map(drop)
}
