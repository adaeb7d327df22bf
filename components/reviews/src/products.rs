//! What a slug stands for: the catalog knows, and what it said is kept.

use merkato_commerce::{ids::ProductId, text::Slug};
use merkato_contract::{catalog::Product, problem::Problem};
use merkato_edge::{Call, Context};

use crate::store::Store;

/// Asks the catalog for the product of `slug`, and keeps what it says.
pub async fn ask(context: &Context, store: &Store<'_>, slug: &Slug) -> Result<ProductId, Problem> {
    let call = Call::get(context.setting("catalog_url")?, format!("/api/catalog/products/{slug}"));
    let product = context.call_json::<Product>(call).await?;
    let skus = product.variants.into_iter().map(|variant| variant.sku).collect::<Vec<_>>();
    store.put_product(slug, product.id, &skus)?;
    Ok(product.id)
}

/// The product of `slug`; the catalog is asked only for one that nobody has asked for before.
pub async fn known(context: &Context, store: &Store<'_>, slug: &Slug) -> Result<ProductId, Problem> {
    match store.product(slug)? {
        Some(product) => Ok(product),
        None => ask(context, store, slug).await,
    }
}
