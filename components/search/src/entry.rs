//! What the index keeps of a product.

use std::collections::BTreeSet;

use merkato_commerce::{money::Money, text::Sku};
use merkato_contract::{catalog::Product, search::Listed};

use crate::{
    spelling::spellings,
    words::{Word, folded, words},
};

/// Most words of all descriptions of a product that are indexed: what matters of a text stands before its end, and
/// PostgreSQL takes no more than a megabyte of words.
const DESCRIPTION_WORDS_MAX: usize = 3_000;

/// What a product is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The price of the cheapest variant.
    pub price: Money,
    /// What sorts it among others by name.
    pub title_key: String,
    /// Stems of its names in all languages.
    pub title_words: String,
    /// Stems of all short texts: category, variants, options, attributes, skus.
    pub label_words: String,
    /// Stems of its descriptions in all languages.
    pub description_words: String,
    /// All its words.
    pub words: BTreeSet<Word>,
    /// What can be bought of it.
    pub skus: Vec<Sku>,
}

impl Entry {
    /// What to keep of a product; nothing of one that has no variant, since nobody could buy it.
    pub fn of(listed: &Listed) -> Option<Self> {
        let Listed { product, category_title, translations } = listed;
        let cheapest = product.variants.iter().min_by_key(|variant| variant.price.amount)?;
        let titles = std::iter::once(&product.title).chain(translations.values().map(|texts| &texts.title));
        let descriptions = std::iter::once(&product.description)
            .chain(translations.values().map(|texts| &texts.description));
        let titles = titles.flat_map(|text| words(text)).collect::<Vec<_>>();
        let labels = labels(product, category_title).iter().flat_map(|text| words(text)).collect::<Vec<_>>();
        let descriptions =
            descriptions.flat_map(|text| words(text)).take(DESCRIPTION_WORDS_MAX).collect::<Vec<_>>();
        Some(Self {
            price: cheapest.price,
            title_key: folded(&product.title),
            title_words: stems(&titles),
            label_words: stems(&labels),
            description_words: stems(&descriptions),
            words: titles.into_iter().chain(labels).chain(descriptions).collect(),
            skus: product.variants.iter().map(|variant| variant.sku.clone()).collect(),
        })
    }

    /// Its words under all spellings by which a slip may look for them.
    pub fn misspellings(&self) -> Vec<(String, String)> {
        let spelt = |word: &Word| {
            let text = word.text.clone();
            spellings(&text).into_iter().map(move |spelling| (spelling, text.clone()))
        };
        self.words.iter().flat_map(spelt).collect()
    }
}

fn labels(product: &Product, category_title: &str) -> Vec<String> {
    let mut labels = vec![category_title.to_owned()];
    labels.extend(product.attributes.values().cloned());
    for variant in &product.variants {
        labels.push(variant.title.clone());
        labels.extend(variant.options.values().cloned());
        labels.push(variant.sku.to_string());
    }
    let mut known = BTreeSet::new();
    labels.retain(|label| known.insert(label.clone()));
    labels
}

fn stems(words: &[Word]) -> String {
    words.iter().map(|word| word.stem.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Listed {
        serde_json::from_str(
            r#"{ "category_title": "Cups", "translations": { "am": { "title": "ስኒ", "description": "" } },
                "product": {
                    "id": "0198f0a0-0000-7000-8000-000000000000", "slug": "sini-cup", "title": "Sini cups",
                    "description": "Without handles.", "category": "cups", "images": [],
                    "attributes": { "Material": "Porcelain" }, "rating": { "average": 0.0, "count": 0 },
                    "variants": [
                        { "sku": "SINI-B", "title": "Blue", "options": { "Colour": "Blue" }, "compare_at_price": null,
                          "price": { "amount": 1100, "currency": "USD" }, "available": null },
                        { "sku": "SINI-W", "title": "White", "options": { "Colour": "White" }, "compare_at_price": null,
                          "price": { "amount": 900, "currency": "USD" }, "available": null }
                    ] } }"#,
        )
        .expect("a product")
    }

    #[test]
    fn a_product_is_found_by_all_that_is_said_of_it_and_costs_what_its_cheapest_variant_does() {
        let entry = Entry::of(&listed()).expect("an entry");
        assert_eq!(entry.price.amount, 900);
        assert_eq!(entry.title_words, "sini cup ስኒ");
        assert_eq!(entry.label_words, "cup porcelain blue sini b white sini w");
        assert_eq!(entry.description_words, "without handl");
        assert!(entry.misspellings().contains(&("porcelin".to_owned(), "porcelain".to_owned())));
    }

    #[test]
    fn a_description_without_end_is_cut() {
        let mut listed = listed();
        listed.product.description = "word ".repeat(100_000);
        let entry = Entry::of(&listed).expect("an entry");
        assert_eq!(entry.description_words.split(' ').count(), DESCRIPTION_WORDS_MAX);
    }
}
