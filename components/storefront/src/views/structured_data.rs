//! What a page says, in the vocabulary of schema.org, which search engines read.

use merkato_contract::catalog::{Category, Product, Rating, Variant};
use serde_json::{Value, json};

use super::{layout::absolute, product_card::address};
use crate::price::decimal;

/// A product with an offer for each variant.
pub fn product(origin: &str, product: &Product, rating: Rating) -> Value {
    let url = format!("{origin}{}", address(&product.slug));
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": url,
        "name": product.title,
        "url": url,
        "offers": product.variants.iter().map(|variant| offer(&url, variant)).collect::<Vec<_>>(),
    });
    if !product.description.is_empty() {
        data["description"] = json!(product.description);
    }
    if !product.images.is_empty() {
        let pictures = product.images.iter().map(|image| absolute(origin, &image.url));
        data["image"] = pictures.collect::<Vec<_>>().into();
    }
    // A rating of nobody is an error to those who read this.
    if rating.count > 0 {
        data["aggregateRating"] = json!({
            "@type": "AggregateRating", "ratingValue": rating.average, "reviewCount": rating.count,
        });
    }
    data
}

fn offer(url: &str, variant: &Variant) -> Value {
    let mut offer = json!({
        "@type": "Offer",
        "sku": variant.sku,
        "name": variant.title,
        "price": decimal(variant.price),
        "priceCurrency": variant.price.currency,
        "url": format!("{url}?variant={}", variant.sku),
    });
    // Nothing is said of a stock that nobody could be asked about.
    if let Some(available) = variant.available {
        let availability = if available > 0 { "InStock" } else { "OutOfStock" };
        offer["availability"] = json!(format!("https://schema.org/{availability}"));
    }
    offer
}

/// Where a page lies: from the front of the shop to `here`, which has no address of its own in the list.
pub fn breadcrumbs(origin: &str, above: &[&Category], here: &str) -> Value {
    let front = ("Market".to_owned(), Some(format!("{origin}/")));
    let between = above
        .iter()
        .map(|category| (category.title.clone(), Some(format!("{origin}/categories/{}", category.slug))));
    let items = std::iter::once(front).chain(between).chain([(here.to_owned(), None)]);
    let items = items.zip(1..).map(|((name, address), position)| {
        let mut item = json!({ "@type": "ListItem", "position": position, "name": name });
        if let Some(address) = address {
            item["item"] = json!(address);
        }
        item
    });
    json!({
        "@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items.collect::<Vec<_>>(),
    })
}

/// The shop, and how it is searched.
pub fn shop(origin: &str) -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": "Merkato",
        "url": format!("{origin}/"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": { "@type": "EntryPoint", "urlTemplate": format!("{origin}/search?q={{search_term_string}}") },
            "query-input": "required name=search_term_string",
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::from_value;

    use super::*;

    fn cup(available: Option<i64>) -> Product {
        from_value(json!({
            "id": uuid::Uuid::nil(), "slug": "cup", "title": "Cup", "description": "", "category": "cups",
            "images": [{ "url": "/images/cup.svg", "alt": "" }],
            "variants": [{ "sku": "CUP", "title": "Blue", "options": {}, "price": { "amount": 1_105, "currency": "USD" },
                           "compare_at_price": null, "available": available }],
            "rating": { "average": 4.5, "count": 2 },
        }))
        .expect("a product")
    }

    #[test]
    fn an_offer_says_its_price_in_units_and_what_is_known_of_the_stock() {
        let data = product("https://shop.example", &cup(Some(3)), Rating { average: 4.5, count: 2 });
        assert_eq!(
            (&data["offers"][0]["price"], &data["offers"][0]["priceCurrency"]),
            (&json!("11.05"), &json!("USD"))
        );
        assert_eq!(data["offers"][0]["availability"], "https://schema.org/InStock");
        assert_eq!(data["image"][0], "https://shop.example/images/cup.svg");
        assert_eq!(data["aggregateRating"]["reviewCount"], 2);
        let data = product("https://shop.example", &cup(None), Rating { average: 0.0, count: 0 });
        assert_eq!((data["offers"][0].get("availability"), data.get("aggregateRating")), (None, None));
    }

    #[test]
    fn the_last_breadcrumb_is_the_page_itself() {
        let data = breadcrumbs("https://shop.example", &[], "Cup");
        assert_eq!(data["itemListElement"].as_array().map(Vec::len), Some(2));
        assert_eq!(data["itemListElement"][0]["item"], "https://shop.example/");
        assert_eq!(data["itemListElement"][1].get("item"), None);
    }
}
