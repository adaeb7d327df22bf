//! Recommends: what the tables hold, as products that can be bought now, each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use merkato_commerce::{ids::ProductId, text::Slug};
use merkato_contract::{
    LIST_LIMIT_MAX,
    catalog::{Product, QUERY_MAX},
    language::Language,
    problem::Problem,
    recommendation::{Origin, Reason, Recommendation},
};
use merkato_edge::Context;

use crate::{
    catalog,
    ranking::{Ground, Ranked, rank},
    shopper::Shopper,
    store::Store,
};

/// For each product that is wanted so many are looked up, since some have sold out or are gone.
const SPARE_FACTOR: usize = 2;
/// And so many more, since of few all may be gone.
const SPARE: usize = 8;

/// How much is wanted, and in which language.
#[derive(Debug)]
pub struct Asked {
    /// Most products, at most [`LIST_LIMIT_MAX`].
    pub limit: u32,
    /// The language of their texts.
    pub language: Option<Language>,
}

/// What goes with the product of `slug`.
pub async fn for_product(
    context: &Context,
    store: &Store<'_>,
    slug: &Slug,
    asked: &Asked,
) -> Result<Vec<Recommendation>, Problem> {
    if let Some(id) = store.product(slug)?
        && let Some(items) = companions(context, store, slug, id, asked).await?
    {
        return Ok(items);
    }
    // Not heard of yet, or the slug stands for something else by now.
    let product = catalog::product(context, slug).await?;
    store.put_product(&product)?;
    let items = companions(context, store, slug, product.id, asked).await?;
    items.ok_or_else(|| Problem::not_found("product"))
}

/// What may please `shopper`, or anybody.
pub async fn for_shopper(
    context: &Context,
    store: &Store<'_>,
    shopper: Option<&Shopper>,
    asked: &Asked,
) -> Result<Vec<Recommendation>, Problem> {
    let ranked = rank(store.find(None, shopper)?, context.now());
    let products = look_up(context, store, None, &ranked, asked).await?;
    Ok(recommended(&ranked, &products, asked.limit))
}

/// The same for the product of that id; none if `slug` is not its name.
async fn companions(
    context: &Context,
    store: &Store<'_>,
    slug: &Slug,
    id: ProductId,
    asked: &Asked,
) -> Result<Option<Vec<Recommendation>>, Problem> {
    let ranked = rank(store.find(Some(id), None)?, context.now());
    let products = look_up(context, store, Some(id), &ranked, asked).await?;
    let Some(subject) = products.get(&id).filter(|product| product.slug == *slug) else { return Ok(None) };
    let mut items = recommended(&ranked, &products, asked.limit);
    if items.len() < asked.limit as usize {
        let known = items.iter().map(|item| item.product.id).chain([id]).collect::<BTreeSet<_>>();
        // Those that are known may come again.
        let limit = LIST_LIMIT_MAX.min(asked.limit + 1);
        let language = asked.language.as_ref();
        let others = catalog::in_category(context, &subject.category, language, limit).await?;
        let others = others.into_iter().filter(|other| !known.contains(&other.id) && can_be_bought(other));
        items.extend(others.map(|product| {
            let reason = Reason::SameCategory { category: product.category.clone() };
            Recommendation { product, reason }
        }));
        items.truncate(asked.limit as usize);
    }
    Ok(Some(items))
}

/// The first of `ranked`, more than are wanted, and all that they go back to. What the catalog does not offer any more
/// is noted, so that it does not stand in the way of others for long.
async fn look_up(
    context: &Context,
    store: &Store<'_>,
    subject: Option<ProductId>,
    ranked: &[Ranked],
    asked: &Asked,
) -> Result<BTreeMap<ProductId, Product>, Problem> {
    let mut ids = subject.into_iter().collect::<BTreeSet<_>>();
    for candidate in ranked.iter().take(SPARE_FACTOR * asked.limit as usize + SPARE) {
        let origins = candidate.grounds.iter().filter_map(Ground::origin);
        let more = origins.chain([candidate.product]).filter(|id| !ids.contains(id)).collect::<BTreeSet<_>>();
        if ids.len() + more.len() > QUERY_MAX {
            break;
        }
        ids.extend(more);
    }
    let ids = ids.into_iter().collect::<Vec<_>>();
    let products = catalog::products(context, &ids, asked.language.as_ref()).await?;
    let products = products.into_iter().map(|product| (product.id, product)).collect::<BTreeMap<_, _>>();
    let gone = ids.into_iter().filter(|id| !products.contains_key(id)).collect::<Vec<_>>();
    store.unlist(&gone)?;
    Ok(products)
}

/// The first `limit` of `ranked` that can be bought.
fn recommended(
    ranked: &[Ranked],
    products: &BTreeMap<ProductId, Product>,
    limit: u32,
) -> Vec<Recommendation> {
    let recommend = |candidate: &Ranked| {
        let product = products.get(&candidate.product).filter(|product| can_be_bought(product))?;
        // Nobody can be told of a product that is not there any more.
        let reason = candidate.grounds.iter().find_map(|ground| reason(ground, products))?;
        Some(Recommendation { product: product.clone(), reason })
    };
    ranked.iter().filter_map(recommend).take(limit as usize).collect()
}

fn reason(ground: &Ground, products: &BTreeMap<ProductId, Product>) -> Option<Reason> {
    let origin = |id: &ProductId| {
        let product = products.get(id)?;
        Some(Origin { slug: product.slug.clone(), title: product.title.clone() })
    };
    Some(match ground {
        Ground::BoughtTogether(id) => Reason::BoughtTogether { product: origin(id)? },
        Ground::ViewedTogether(id) => Reason::ViewedTogether { product: origin(id)? },
        Ground::BecauseYouBought(id) => Reason::BecauseYouBought { product: origin(id)? },
        Ground::BecauseYouViewed(id) => Reason::BecauseYouViewed { product: origin(id)? },
        Ground::PopularInCategory(category) => Reason::PopularInCategory { category: category.clone() },
        Ground::Popular => Reason::Popular,
    })
}

/// Whether some variant is in stock, or may be while the till does not say.
fn can_be_bought(product: &Product) -> bool {
    product.variants.iter().any(|variant| variant.available.is_none_or(|pieces| pieces > 0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn product(number: u8, available: Option<i64>) -> (ProductId, Product) {
        let product: Product = serde_json::from_value(json!({
            "id": format!("0198f0a0-0000-7000-8000-0000000000{number:02x}"), "slug": format!("cup-{number}"),
            "title": format!("Cup {number}"), "description": "", "category": "cups", "images": [],
            "rating": { "average": 0.0, "count": 0 },
            "variants": [{ "sku": "CUP", "title": "", "options": {}, "compare_at_price": null,
                "price": { "amount": 900, "currency": "USD" }, "available": available }],
        }))
        .expect("a product");
        (product.id, product)
    }

    #[test]
    fn what_cannot_be_bought_and_what_has_no_reason_left_is_left_out() {
        let products =
            BTreeMap::from([product(1, Some(0)), product(2, Some(1)), product(3, None), product(4, Some(1))]);
        let id = |number| product(number, None).0;
        let ranked = |number, grounds: &[Ground]| Ranked { product: id(number), grounds: grounds.to_vec() };
        let gone = Ground::BecauseYouViewed(id(9));
        let ranked = [
            ranked(1, &[Ground::Popular]),
            ranked(2, std::slice::from_ref(&gone)),
            ranked(3, &[gone, Ground::Popular]),
            ranked(5, &[Ground::Popular]),
            ranked(4, &[Ground::BecauseYouViewed(id(1)), Ground::Popular]),
        ];
        let origin = Origin { slug: "cup-1".parse().expect("a slug"), title: "Cup 1".to_owned() };
        let told = |limit| {
            let items = recommended(&ranked, &products, limit);
            items.into_iter().map(|item| (item.product.id, item.reason)).collect::<Vec<_>>()
        };
        let first = (id(3), Reason::Popular);
        assert_eq!(told(1), std::slice::from_ref(&first));
        assert_eq!(told(9), [first, (id(4), Reason::BecauseYouViewed { product: origin })]);
    }
}
