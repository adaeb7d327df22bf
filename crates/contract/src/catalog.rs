//! Products and categories.

use std::collections::BTreeMap;

use merkato_commerce::{
    Invalid,
    ids::ProductId,
    money::Money,
    text::{Sku, Slug},
    totals::TaxClass,
};
use serde::{Deserialize, Serialize};

/// Most variants of a product: Shopify's old limit, and more than a page can offer for choice.
pub const VARIANTS_MAX: usize = 100;
/// Most pictures of a product.
pub const IMAGES_MAX: usize = 20;
/// Longest title, in characters.
pub const TITLE_CHARACTERS_MAX: usize = 200;
/// Longest description, in characters.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 20_000;
/// Largest price, in minor units: a slip of the keyboard is larger.
pub const PRICE_MAX: i64 = 1_000_000_000;
/// Most pieces that can be taken into stock at once.
pub const STOCK_MAX: i64 = 10_000_000;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Where it is: a path of this shop, or an `https` address.
    pub url: String,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

/// What can be bought of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its stock keeping unit.
    pub sku: Sku,
    /// What sets it apart, such as `250 g`.
    pub title: String,
    /// The choices that lead to it, such as `Size: 250 g`.
    pub options: BTreeMap<String, String>,
    /// What a piece costs.
    pub price: Money,
    /// What it cost before, if the shop says so.
    pub compare_at_price: Option<Money>,
    /// Pieces that can be bought now; null when the till cannot be asked at the moment.
    pub available: Option<i64>,
}

/// Stars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// From 1 to 5; 0 while there is none.
    pub average: f64,
    /// Number of reviews.
    pub count: u64,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// What it is, in plain text; an empty line parts paragraphs.
    pub description: String,
    /// Slug of its category.
    pub category: Slug,
    /// Its pictures, the first one leading.
    pub images: Vec<Image>,
    /// What can be bought.
    pub variants: Vec<Variant>,
    /// What shoppers say.
    pub rating: Rating,
}

/// A category as shoppers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
    /// The category that it lies in.
    pub parent: Option<Slug>,
    /// Number of products in it.
    pub product_count: u64,
}

/// What staff say of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryDraft {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
    /// The category that it lies in.
    #[serde(default)]
    pub parent: Option<Slug>,
}

/// What staff say of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantDraft {
    /// Its stock keeping unit.
    pub sku: Sku,
    /// What sets it apart.
    pub title: String,
    /// The choices that lead to it.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// What a piece costs.
    pub price: Money,
    /// What it cost before.
    #[serde(default)]
    pub compare_at_price: Option<Money>,
    /// Pieces on the shelf when the sku first appears; later counts go through the stock ledger.
    #[serde(default)]
    pub stock: Option<i64>,
    /// Weight of a piece with its packing, in grams; shipping is priced by it.
    #[serde(default)]
    pub weight_grams: u32,
    /// How it is taxed.
    #[serde(default)]
    pub tax_class: TaxClass,
}

/// What staff say of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductDraft {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Slug of its category.
    pub category: Slug,
    /// Its pictures.
    #[serde(default)]
    pub images: Vec<Image>,
    /// What can be bought.
    pub variants: Vec<VariantDraft>,
}

impl ProductDraft {
    /// Everything that is wrong with this draft; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut problems = Vec::new();
        let mut longest = |field: String, text: &str, max: usize| {
            if text.chars().count() > max {
                problems.push(Invalid::new(field, format!("must be at most {max} characters")));
            }
        };
        longest("title".into(), &self.title, TITLE_CHARACTERS_MAX);
        longest("description".into(), &self.description, DESCRIPTION_CHARACTERS_MAX);
        for (place, variant) in self.variants.iter().enumerate() {
            longest(format!("variants[{place}].title"), &variant.title, TITLE_CHARACTERS_MAX);
        }
        if self.title.trim().is_empty() {
            problems.push(Invalid::new("title", "must not be empty"));
        }
        if self.variants.is_empty() || self.variants.len() > VARIANTS_MAX {
            problems.push(Invalid::new("variants", format!("must be 1 to {VARIANTS_MAX}")));
        }
        if self.images.len() > IMAGES_MAX {
            problems.push(Invalid::new("images", format!("must be at most {IMAGES_MAX}")));
        }
        for (place, image) in self.images.iter().enumerate() {
            // `//host` is another shop's address, and `javascript:` is no picture.
            let own = image.url.starts_with('/') && !image.url.starts_with("//");
            if !own && !image.url.starts_with("https://") {
                let message = "must be a path of this shop or an https address";
                problems.push(Invalid::new(format!("images[{place}].url"), message));
            }
        }
        for (place, variant) in self.variants.iter().enumerate() {
            let repeated = self.variants[..place].iter().any(|earlier| earlier.sku == variant.sku);
            problems.extend(
                variant
                    .problems(repeated)
                    .into_iter()
                    .map(|problem| problem.within(&format!("variants[{place}]"))),
            );
        }
        problems
    }
}

impl VariantDraft {
    fn problems(&self, repeated: bool) -> Vec<Invalid> {
        let mut problems = Vec::new();
        if repeated {
            problems.push(Invalid::new("sku", "must not appear twice"));
        }
        if !(0..=PRICE_MAX).contains(&self.price.amount) {
            problems.push(Invalid::new("price.amount", format!("must be between 0 and {PRICE_MAX}")));
        }
        if let Some(before) = self.compare_at_price
            && (before.currency != self.price.currency || !(0..=PRICE_MAX).contains(&before.amount))
        {
            problems.push(Invalid::new("compare_at_price", "must be an amount in the currency of the price"));
        }
        if self.stock.is_some_and(|stock| !(0..=STOCK_MAX).contains(&stock)) {
            problems.push(Invalid::new("stock", format!("must be between 0 and {STOCK_MAX}")));
        }
        problems
    }
}
