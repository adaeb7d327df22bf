//! What staff wrote, brought into the form in which it is kept.

use std::collections::BTreeMap;

use merkato_commerce::{money::Money, text::Sku, totals::TaxClass};
use merkato_contract::catalog::{ProductDraft, Variant, VariantDraft};
use serde::{Deserialize, Serialize};

/// A variant in the column `product.variants`. The tables' triggers read it too, so its names are part of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredVariant {
    /// Its stock keeping unit.
    pub sku: Sku,
    /// What sets it apart.
    pub title: String,
    /// What it is called on cart and invoice.
    pub offer_title: String,
    /// The choices that lead to it.
    pub options: BTreeMap<String, String>,
    /// What a piece costs.
    pub price: Money,
    /// What it cost before.
    pub compare_at_price: Option<Money>,
    /// Pieces on the shelf when the sku first appears.
    pub stock: Option<i64>,
    /// Weight of a piece with its packing, in grams.
    pub weight_grams: u32,
    /// How it is taxed.
    pub tax_class: TaxClass,
}

impl StoredVariant {
    /// How `variant` of the product titled `product_title` is kept.
    pub fn new(product_title: &str, variant: &VariantDraft) -> Self {
        let variant = variant.clone();
        Self {
            offer_title: offer_title(product_title, &variant.title),
            sku: variant.sku,
            title: variant.title,
            options: variant.options,
            price: variant.price,
            compare_at_price: variant.compare_at_price,
            stock: variant.stock,
            weight_grams: variant.weight_grams,
            tax_class: variant.tax_class,
        }
    }
}

impl From<StoredVariant> for VariantDraft {
    fn from(stored: StoredVariant) -> Self {
        Self {
            sku: stored.sku,
            title: stored.title,
            options: stored.options,
            price: stored.price,
            compare_at_price: stored.compare_at_price,
            stock: stored.stock,
            weight_grams: stored.weight_grams,
            tax_class: stored.tax_class,
        }
    }
}

/// A variant as shoppers see it, without what is in stock.
pub fn shown_variant(draft: VariantDraft) -> Variant {
    Variant {
        sku: draft.sku,
        title: draft.title,
        options: draft.options,
        price: draft.price,
        compare_at_price: draft.compare_at_price,
        available: None,
    }
}

/// The draft without blanks around its titles.
pub fn tidied(mut draft: ProductDraft) -> ProductDraft {
    draft.title = draft.title.trim().to_owned();
    for translation in draft.translations.values_mut() {
        translation.title = translation.title.trim().to_owned();
    }
    for variant in &mut draft.variants {
        variant.title = variant.title.trim().to_owned();
    }
    draft
}

/// `Yirgacheffe, 250 g`; a variant that has nothing to set it apart is called as its product.
fn offer_title(product: &str, variant: &str) -> String {
    if variant.is_empty() || variant == product {
        product.to_owned()
    } else {
        format!("{product}, {variant}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_called_as_its_product_and_what_sets_it_apart() {
        assert_eq!(offer_title("Jebena", ""), "Jebena");
        assert_eq!(offer_title("Jebena", "Jebena"), "Jebena");
        assert_eq!(offer_title("Yirgacheffe", "250 g"), "Yirgacheffe, 250 g");
    }
}
