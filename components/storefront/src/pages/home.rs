//! The front of the shop.

use std::{collections::BTreeMap, path::Path};

use futures::join;
use merkato_contract::{LIST_LIMIT_MAX, catalog::Product, problem::Problem};
use merkato_edge::Response;

use crate::{
    assets,
    views::home::{HERO_PICTURE, Home, home, tile},
    visit::{Visit, page},
};

/// Products on the front page: two rows of four, or four of two.
const PRODUCTS: usize = 8;

/// Shows the front of the shop.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (frame, products) = join!(visit.frame(), visit.shop.products(None, None, LIST_LIMIT_MAX));
    let products = picked(products?.items);
    let has_picture = |path: &str| assets::exists(Path::new(assets::ROOT), path);
    let top_level = frame.categories.iter().filter(|category| category.parent.is_none());
    let front = Home {
        hero: has_picture(HERO_PICTURE).then(|| HERO_PICTURE.to_owned()),
        tiles: top_level.map(|category| tile(category, has_picture)).collect(),
        products: &products,
    };
    Ok(page(200, home(&frame, &front)))
}

/// A few of `products` from as many categories as possible: the first of each, then the second, and so on. What is sold
/// out comes last.
fn picked(products: Vec<Product>) -> Vec<Product> {
    let mut seen = BTreeMap::new();
    let mut ranks = Vec::with_capacity(products.len());
    for product in &products {
        let is_sold_out =
            product.variants.iter().all(|variant| variant.available.is_some_and(|left| left <= 0));
        let rank = seen.entry((is_sold_out, product.category.clone())).or_insert(0_usize);
        ranks.push((is_sold_out, *rank));
        *rank += 1;
    }
    let mut ranked = ranks.into_iter().zip(products).collect::<Vec<_>>();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, product)| product).take(PRODUCTS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn product(slug: &str, category: &str, available: i64) -> Product {
        from_value(json!({
            "id": uuid::Uuid::nil(), "slug": slug, "title": slug, "description": "", "category": category, "images": [],
            "variants": [{"sku": slug, "title": "", "options": {}, "price": {"amount": 1, "currency": "USD"},
                          "compare_at_price": null, "available": available}],
            "rating": {"average": 0.0, "count": 0},
        }))
        .expect("a product")
    }

    #[test]
    fn every_category_is_picked_from_before_any_a_second_time_and_what_is_sold_out_last() {
        let products = vec![
            product("a1", "a", 0),
            product("a2", "a", 3),
            product("a3", "a", 3),
            product("b1", "b", 3),
            product("c1", "c", 3),
        ];
        let slugs = picked(products).into_iter().map(|product| product.slug.to_string()).collect::<Vec<_>>();
        assert_eq!(slugs, ["a2", "b1", "c1", "a3", "a1"]);
    }
}
