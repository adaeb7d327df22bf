//! Searching, and what the catalog tells the search service so that there is something to find.

use merkato_commerce::{
    ids::ProductId,
    money::{Currency, Money},
    text::Slug,
};
use serde::{Deserialize, Serialize};

use crate::catalog::{Product, Translations};

/// Longest question, in characters: a long sentence. What is longer is no search.
pub const QUERY_CHARACTERS_MAX: usize = 200;
/// Most matches that are ranked and counted. A question that finds more is too wide for its last page to matter, and
/// the cost of an answer has an end.
pub const MATCHES_MAX: u32 = 10_000;
/// Most products that can be paged through.
pub const RESULTS_MAX: u32 = 1_000;
/// Most products in one delivery to the index: what is indexed in a moment.
pub const DOCUMENTS_MAX: usize = 25;
/// Largest delivery to the index, in bytes: several of the largest products that the catalog takes.
pub const DOCUMENTS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most synonyms of one word.
pub const SYNONYMS_MAX: usize = 20;

/// `GET /api/search`: what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResults {
    /// The products of this page.
    pub items: Vec<Product>,
    /// How many there are in all, counted up to [`MATCHES_MAX`].
    pub total: u64,
    /// Whether there are more than could be counted.
    pub more: bool,
    /// What they could be narrowed down by.
    pub facets: Facets,
    /// The question with its misspelt words put right, if it had some.
    pub did_you_mean: Option<String>,
    /// What to pass as `after` to get the next page; null on the last.
    pub next: Option<String>,
}

/// What results can be narrowed down by. Each facet counts what all filters but its own leave, so that a shopper sees
/// what another choice would give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// By category, each with all that lie in it.
    pub category: Vec<CategoryFacet>,
    /// By the price of the cheapest variant.
    pub price: Vec<PriceFacet>,
}

/// How many results lie in a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryFacet {
    /// Which.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// The category that it lies in.
    pub parent: Option<Slug>,
    /// How many.
    pub count: u64,
}

/// How many results lie in a range of prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceFacet {
    /// The lowest price in it.
    pub from: Money,
    /// The lowest price above it; null where there is none.
    pub below: Option<Money>,
    /// How many.
    pub count: u64,
}

/// The order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The best match first.
    Relevance,
    /// The newest first.
    Newest,
    /// The cheapest first.
    PriceAsc,
    /// The dearest first.
    PriceDesc,
    /// By name.
    Title,
}

impl std::str::FromStr for Sort {
    type Err = merkato_commerce::Invalid;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "relevance" => Self::Relevance,
            "newest" => Self::Newest,
            "price_asc" => Self::PriceAsc,
            "price_desc" => Self::PriceDesc,
            "title" => Self::Title,
            _ => {
                let message = "must be relevance, newest, price_asc, price_desc or title";
                return Err(merkato_commerce::Invalid::new("sort", message));
            }
        })
    }
}

/// `POST /internal/search/products`: what changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// At most [`DOCUMENTS_MAX`].
    pub items: Vec<Document>,
}

/// A product as the index is told of it. An older version than the one known is ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Which.
    pub product_id: ProductId,
    /// Grows with every change of what is below, and goes on growing when the product is gone.
    pub version: i64,
    /// What can be found of it; null when it is not, or no longer, for sale.
    pub listed: Option<Listed>,
}

/// What can be found of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// As shoppers see it.
    pub product: Product,
    /// The name of its category.
    pub category_title: String,
    /// Its texts in other languages.
    pub translations: Translations,
}

/// `PUT /internal/search/categories`: all categories. An older version than the one known is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryTree {
    /// Grows with every change of any of them.
    pub version: i64,
    /// The categories.
    pub items: Vec<CategoryNode>,
}

/// A category's place among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryNode {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// The category that it lies in.
    pub parent: Option<Slug>,
}

/// `POST /internal/search/rebuild`: goes on after this product, or begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rebuild {
    /// The `next` of the step before.
    #[serde(default)]
    pub after: Option<ProductId>,
}

/// What a step of rebuilding did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// Products that were read from the catalog and indexed.
    pub indexed: u64,
    /// Products that the catalog does not know, and that the index has forgotten.
    pub removed: u64,
    /// Where to go on; null when all is done.
    pub next: Option<ProductId>,
}

/// What else is meant by a word. `PUT /api/search/synonyms/{word}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynonymsDraft {
    /// Words or short phrases, at most [`SYNONYMS_MAX`].
    pub synonyms: Vec<String>,
}

/// A word with what else is meant by it. `GET /api/search/synonyms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synonyms {
    /// What is typed.
    pub word: String,
    /// What is found as well.
    pub synonyms: Vec<String>,
}

/// A question that found nothing. `GET /api/search/zero-results`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZeroResult {
    /// Its words.
    pub query: String,
    /// How often it was asked.
    pub count: u64,
    /// When it was last asked.
    pub last_at: crate::time::Rfc3339,
}

/// Where the ranges of prices begin, in minor units of `currency`: those of a shop that sells for a few to a few
/// hundred.
pub fn price_steps(currency: Currency) -> [i64; 6] {
    let unit = 10_i64.pow(currency.minor_digits());
    [0, 10, 25, 50, 100, 200].map(|step| step * unit)
}
