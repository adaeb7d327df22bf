//! What services say to the coordinator, beside the carts and orders of the public API.
//!
//! Every call carries `Authorization: Bearer <service token>`; who the shopper is stands in [`crate::headers`].
//!
//! `DELETE /v1/users/{id}` forgets what the till keeps for somebody beside the books: cart, what is put aside, wishlist.
//! Answers 204, also for somebody of whom there is nothing.

use merkato_commerce::{money::Money, text::Sku, totals::TaxClass};
use serde::{Deserialize, Serialize};

/// Most skus in one question about stock: a page of products with many variants.
pub const STOCK_SKUS_MAX: usize = 1_000;

/// `PUT /v1/offers/{sku}`: what the till charges. An older `version` than the one known is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// What it is called on cart and invoice.
    pub title: String,
    /// What a piece costs.
    pub price: Money,
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// Weight of a piece with its packing, in grams.
    pub weight_grams: u32,
    /// Grows with every change of the variant.
    pub version: i64,
    /// Whether it can be bought at all.
    pub active: bool,
    /// Pieces on the shelf if the sku is new to the till; ignored if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_stock: Option<i64>,
}

/// `POST /v1/stock/query`: how much can be bought of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockQuery {
    /// What is asked about, at most [`STOCK_SKUS_MAX`].
    pub skus: Vec<Sku>,
}

/// The answer to [`StockQuery`]; skus that the till does not know are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLevels {
    /// One for each known sku.
    pub items: Vec<StockLevel>,
}

/// How much there is of a sku.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLevel {
    /// What.
    pub sku: Sku,
    /// Pieces that can be bought now.
    pub available: i64,
}

/// `POST /v1/stock/{sku}/movements`: staff count, receive or write off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveStock {
    /// Pieces that come (positive) or go (negative).
    pub pieces: i64,
    /// Why, for the ledger.
    pub note: String,
}
