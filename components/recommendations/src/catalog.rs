//! What the catalog knows: products by slug, by id and by sku.

use merkato_commerce::{
    ids::ProductId,
    text::{Sku, Slug},
};
use merkato_contract::{
    List,
    catalog::{Product, ProductQuery, SkuOwner, SkuQuery},
    language::Language,
    problem::Problem,
};
use merkato_edge::{Call, Context};

/// The product of `slug`, which is for sale.
pub async fn product(context: &Context, slug: &Slug) -> Result<Product, Problem> {
    let path = format!("/api/catalog/products/{slug}");
    context.call_json(Call::get(context.setting("catalog_url")?, path)).await
}

/// Those of `ids` that are for sale, with what is in stock.
pub async fn products(
    context: &Context,
    ids: &[ProductId],
    language: Option<&Language>,
) -> Result<Vec<Product>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = ProductQuery { ids: ids.to_vec(), language: language.cloned() };
    let call = service(context, "/internal/catalog/products/query")?.json(&query)?;
    Ok(context.call_json::<List<Product>>(call).await?.items)
}

/// Up to `limit` products that lie in a category.
pub async fn in_category(
    context: &Context,
    category: &Slug,
    language: Option<&Language>,
    limit: u32,
) -> Result<Vec<Product>, Problem> {
    let language = language.map(|language| format!("&language={language}")).unwrap_or_default();
    let path = format!("/api/catalog/products?category={category}&limit={limit}{language}");
    let call = Call::get(context.setting("catalog_url")?, path);
    Ok(context.call_json::<List<Product>>(call).await?.items)
}

/// The products that `skus` belong to.
pub async fn owners(context: &Context, skus: Vec<Sku>) -> Result<Vec<SkuOwner>, Problem> {
    let call = service(context, "/internal/catalog/skus/query")?.json(&SkuQuery { skus })?;
    Ok(context.call_json::<List<SkuOwner>>(call).await?.items)
}

fn service(context: &Context, path: &'static str) -> Result<Call, Problem> {
    Ok(Call::post(context.setting("catalog_url")?, path).bearer(&context.setting("service_token")?))
}
