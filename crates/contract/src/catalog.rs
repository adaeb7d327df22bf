//! Products and categories.

use std::{collections::BTreeMap, str::FromStr};

use merkato_commerce::{
    Invalid,
    ids::ProductId,
    money::Money,
    text::{Sku, Slug},
    totals::TaxClass,
};
use serde::{Deserialize, Serialize};

use crate::{language::Language, review::STARS_MAX, time::Rfc3339};

/// Most variants of a product: Shopify's old limit, and more than a page can offer for choice.
pub const VARIANTS_MAX: usize = 100;
/// Most pictures of a product.
pub const IMAGES_MAX: usize = 20;
/// Longest title, in characters.
pub const TITLE_CHARACTERS_MAX: usize = 200;
/// Longest description, in characters.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 20_000;
/// Longest name of an option or attribute, in characters: it heads a column or a list of choices.
pub const NAME_CHARACTERS_MAX: usize = 60;
/// Longest value of an option, in characters: it stands on a button.
pub const OPTION_CHARACTERS_MAX: usize = 100;
/// Most options of a variant: as many as a sheet of Shopify has columns for.
pub const OPTIONS_MAX: usize = 3;
/// Longest value of an attribute, in characters.
pub const ATTRIBUTE_CHARACTERS_MAX: usize = 500;
/// Most attributes of a product: a table that a person reads.
pub const ATTRIBUTES_MAX: usize = 50;
/// Longest address of a picture, in characters: what browsers and servers take.
pub const URL_CHARACTERS_MAX: usize = 2_000;
/// Most languages that a product is translated into.
pub const TRANSLATIONS_MAX: usize = 20;
/// Largest price, in minor units: a slip of the keyboard is larger.
pub const PRICE_MAX: i64 = 1_000_000_000;
/// Most pieces that can be taken into stock at once.
pub const STOCK_MAX: i64 = 10_000_000;
/// Products in one part of the list for search engines. The protocol allows 50,000 addresses in a file; with this many
/// a file is made in a moment and takes half a megabyte.
pub const SITEMAP_PRODUCTS_MAX: u32 = 5_000;
/// Most products or skus in one question of another service: a page of a list, the lines of a cart.
pub const QUERY_MAX: usize = 200;

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

/// `PUT /internal/catalog/products/{id}/rating`: what shoppers say of a product, told by the reviews service. An older
/// `version` than the one known is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatingChange {
    /// The average of the stars, in hundredths; 0 while there is none.
    pub average_hundredths: u32,
    /// Number of reviews.
    pub count: u32,
    /// Grows with every change.
    pub version: i64,
}

impl RatingChange {
    /// Everything that is wrong with this; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut faults = Faults::default();
        let stars = 100..=u32::from(STARS_MAX) * 100;
        let fine = if self.count == 0 {
            self.average_hundredths == 0
        } else {
            stars.contains(&self.average_hundredths)
        };
        if !fine {
            faults.add(
                "average_hundredths",
                format!("must be 100 to {}, or 0 if there are no reviews", stars.end()),
            );
        }
        if self.version < 1 {
            faults.add("version", "must be at least 1");
        }
        faults.0
    }
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
    /// What else there is to know, by name, such as `Material: Cotton`.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// What shoppers say.
    pub rating: Rating,
}

/// `POST /internal/catalog/products/query`: these products as shoppers see them, with what is in stock.
///
/// For the shop's own services. Answers a [`crate::List`] in the order of ids; what is not for sale is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductQuery {
    /// At most [`QUERY_MAX`].
    pub ids: Vec<ProductId>,
    /// The language of their texts, where they are translated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// `POST /internal/catalog/skus/query`: which products these skus belong to, for sale or not.
///
/// For the shop's own services. Answers a [`crate::List`] of [`SkuOwner`]; a sku of no product is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkuQuery {
    /// At most [`QUERY_MAX`].
    pub skus: Vec<Sku>,
}

/// The product that a sku belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuOwner {
    /// The sku.
    pub sku: Sku,
    /// The product's id.
    pub product_id: ProductId,
    /// Its name in addresses.
    pub slug: Slug,
    /// Slug of its category.
    pub category: Slug,
}

/// `GET /api/catalog/sitemap`: where the parts of the list of all products that are for sale begin. For all.
///
/// A part holds [`SITEMAP_PRODUCTS_MAX`] products in the order of their ids, which is that of their creation: new ones
/// come at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SitemapIndex {
    /// For each part but the first, the `after` that it is asked for by.
    pub cursors: Vec<ProductId>,
}

/// A product in the list for search engines. `GET /api/catalog/sitemap/products?after=` answers a [`crate::List`] of
/// one part of it. For all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SitemapEntry {
    /// Its name in addresses.
    pub slug: Slug,
    /// When it was last changed.
    pub updated_at: Rfc3339,
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
    /// Number of published products in it, of which no more than 500 are counted in each category that lies in it.
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

/// Where a product is on its way through the shop. Shoppers see published ones only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductState {
    /// Being written.
    Draft,
    /// Written, to be published by itself at a set time.
    Scheduled,
    /// For sale.
    #[default]
    Published,
    /// No longer for sale, kept for the record.
    Archived,
}

impl ProductState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Scheduled, Self::Published, Self::Archived];

    /// The name in JSON and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }
}

impl FromStr for ProductState {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let state = Self::ALL.into_iter().find(|state| state.name() == text);
        state.ok_or_else(|| Invalid::new("state", "must be draft, scheduled, published or archived"))
    }
}

/// A product's texts in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// Its name.
    pub title: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
}

/// A product's texts in other languages.
pub type Translations = BTreeMap<Language, Translation>;

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
    /// What else there is to know.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Its texts in other languages.
    #[serde(default)]
    pub translations: Translations,
    /// Whether it is for sale.
    #[serde(default)]
    pub state: ProductState,
    /// When it is published by itself; needed while it is scheduled.
    #[serde(default)]
    pub publish_at: Option<Rfc3339>,
}

/// A product as staff see it: all that they say of it, in any state. `GET /api/catalog/staff/products/{slug}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffProduct {
    /// Its id.
    pub id: ProductId,
    /// Grows with every change; `If-Match` demands it.
    pub version: i64,
    /// When it was created.
    pub created_at: Rfc3339,
    /// When it was last changed.
    pub updated_at: Rfc3339,
    /// What staff say of it; without the slug of the address, what a `PUT` takes.
    pub draft: ProductDraft,
}

/// The answer to a picture that was uploaded. `POST /api/catalog/images`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedImage {
    /// Where it is: what [`Image::url`] takes.
    pub url: String,
}

impl Product {
    /// This product with its texts in `language`, if it is translated into it; else in the shop's own.
    #[must_use]
    pub fn in_language(mut self, language: Option<&Language>, translations: &Translations) -> Self {
        if let Some(translation) = language.and_then(|language| translations.get(language)) {
            self.title.clone_from(&translation.title);
            if !translation.description.is_empty() {
                self.description.clone_from(&translation.description);
            }
        }
        self
    }
}

impl CategoryDraft {
    /// Everything that is wrong with this draft by itself; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut faults = Faults::default();
        faults.title("title", &self.title);
        faults.longest("description", &self.description, DESCRIPTION_CHARACTERS_MAX);
        faults.0
    }
}

impl ProductDraft {
    /// Everything that is wrong with this draft; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut faults = Faults::default();
        faults.title("title", &self.title);
        faults.longest("description", &self.description, DESCRIPTION_CHARACTERS_MAX);
        faults.pairs("attributes", &self.attributes, ATTRIBUTES_MAX, ATTRIBUTE_CHARACTERS_MAX);
        faults.most("images", self.images.len(), IMAGES_MAX);
        for (place, image) in self.images.iter().enumerate() {
            faults.image(&format!("images[{place}]"), image);
        }
        faults.most("translations", self.translations.len(), TRANSLATIONS_MAX);
        for (language, translation) in &self.translations {
            faults.title(&format!("translations.{language}.title"), &translation.title);
            let field = format!("translations.{language}.description");
            faults.longest(&field, &translation.description, DESCRIPTION_CHARACTERS_MAX);
        }
        if self.state == ProductState::Scheduled && self.publish_at.is_none() {
            faults.add("publish_at", "must say when, since the product is scheduled");
        }
        if self.variants.is_empty() || self.variants.len() > VARIANTS_MAX {
            faults.add("variants", format!("must be 1 to {VARIANTS_MAX}"));
        }
        let mut known = std::collections::BTreeSet::new();
        for (place, variant) in self.variants.iter().enumerate() {
            let repeated = !known.insert(&variant.sku);
            let problems = variant.problems(repeated).into_iter();
            faults.0.extend(problems.map(|problem| problem.within(&format!("variants[{place}]"))));
        }
        faults.0
    }
}

impl VariantDraft {
    fn problems(&self, repeated: bool) -> Vec<Invalid> {
        let mut faults = Faults::default();
        if repeated {
            faults.add("sku", "must not appear twice");
        }
        faults.longest("title", &self.title, TITLE_CHARACTERS_MAX);
        faults.pairs("options", &self.options, OPTIONS_MAX, OPTION_CHARACTERS_MAX);
        if !(0..=PRICE_MAX).contains(&self.price.amount) {
            faults.add("price.amount", format!("must be between 0 and {PRICE_MAX}"));
        }
        if let Some(before) = self.compare_at_price
            && (before.currency != self.price.currency || !(0..=PRICE_MAX).contains(&before.amount))
        {
            faults.add("compare_at_price", "must be an amount in the currency of the price");
        }
        if self.stock.is_some_and(|stock| !(0..=STOCK_MAX).contains(&stock)) {
            faults.add("stock", format!("must be between 0 and {STOCK_MAX}"));
        }
        faults.0
    }
}

/// What is wrong with a draft so far.
#[derive(Default)]
struct Faults(Vec<Invalid>);

impl Faults {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(Invalid::new(field, message));
    }

    fn most(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.add(field, format!("must be at most {max}"));
        }
    }

    fn longest(&mut self, field: &str, text: &str, max: usize) {
        if text.chars().count() > max {
            self.add(field, format!("must be at most {max} characters"));
        }
    }

    fn title(&mut self, field: &str, text: &str) {
        if text.trim().is_empty() {
            self.add(field, "must not be empty");
        }
        self.longest(field, text, TITLE_CHARACTERS_MAX);
    }

    fn pairs(&mut self, field: &str, pairs: &BTreeMap<String, String>, max: usize, characters_max: usize) {
        self.most(field, pairs.len(), max);
        for (name, value) in pairs {
            if name.trim().is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
                self.add(field, format!("must have names of 1 to {NAME_CHARACTERS_MAX} characters"));
            } else {
                self.longest(&format!("{field}.{name}"), value, characters_max);
            }
        }
    }

    fn image(&mut self, field: &str, image: &Image) {
        // `//host` and `/\host` are other shops' addresses to a browser, and `javascript:` is no picture.
        let own = image.url.starts_with('/') && !image.url[1..].starts_with(['/', '\\']);
        if !own && !image.url.starts_with("https://") {
            self.add(&format!("{field}.url"), "must be a path of this shop or an https address");
        }
        self.longest(&format!("{field}.url"), &image.url, URL_CHARACTERS_MAX);
        self.longest(&format!("{field}.alt"), &image.alt, ATTRIBUTE_CHARACTERS_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> ProductDraft {
        let json = r#"{ "slug": "cup", "title": "Cup", "category": "cups",
            "variants": [{ "sku": "CUP", "title": "", "price": { "amount": 100, "currency": "USD" } }] }"#;
        serde_json::from_str(json).expect("a draft")
    }

    #[test]
    fn what_is_left_out_has_a_sensible_value() {
        assert_eq!(draft().problems(), []);
        assert_eq!(draft().state, ProductState::Published);
    }

    #[test]
    fn every_text_has_an_end_and_is_named_when_it_goes_on() {
        let long = "x".repeat(DESCRIPTION_CHARACTERS_MAX + 1);
        let mut bad = draft();
        bad.title.clone_from(&long);
        bad.description.clone_from(&long);
        bad.variants[0].title.clone_from(&long);
        bad.variants[0].options = [("Size".to_owned(), long.clone()), (long.clone(), String::new())].into();
        bad.attributes = [("Care".to_owned(), long.clone()), (String::new(), String::new())].into();
        bad.images = vec![Image { url: format!("/{long}"), alt: long.clone() }];
        let translation = Translation { title: " ".to_owned(), description: long };
        bad.translations = [("am".parse().expect("a tag"), translation)].into();
        let fields = bad.problems().into_iter().map(|problem| problem.field).collect::<Vec<_>>();
        for field in [
            "title",
            "description",
            "attributes",
            "attributes.Care",
            "images[0].url",
            "images[0].alt",
            "translations.am.title",
            "translations.am.description",
            "variants[0].title",
            "variants[0].options",
            "variants[0].options.Size",
        ] {
            assert!(fields.iter().any(|named| named == field), "{field}: {fields:?}");
        }
    }

    #[test]
    fn a_scheduled_product_says_when() {
        let scheduled = ProductDraft { state: ProductState::Scheduled, ..draft() };
        assert_eq!(scheduled.problems()[0].field, "publish_at");
    }

    #[test]
    fn a_rating_is_of_one_to_five_stars_or_of_nobody() {
        let problems = |average_hundredths, count, version| {
            let change = RatingChange { average_hundredths, count, version };
            change.problems().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(problems(0, 0, 1), [""; 0]);
        assert_eq!(problems(100, 1, 1), [""; 0]);
        assert_eq!(problems(500, 2, 9), [""; 0]);
        for (average_hundredths, count) in [(0, 1), (99, 1), (501, 1), (100, 0)] {
            assert_eq!(problems(average_hundredths, count, 0), ["average_hundredths", "version"]);
        }
    }

    #[test]
    fn a_picture_lies_in_this_shop_or_behind_https() {
        for url in [
            "",
            "javascript:alert(1)",
            "//evil.example/x",
            "/\\evil.example",
            "http://a.example/1.png",
            "data:x",
        ] {
            let images = vec![Image { url: url.to_owned(), alt: String::new() }];
            assert_eq!(ProductDraft { images, ..draft() }.problems()[0].field, "images[0].url", "{url}");
        }
    }
}
