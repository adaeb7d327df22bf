//! Carts.

use merkato_commerce::{
    address::Address,
    ids::CartId,
    money::Money,
    text::{PromotionCode, Sku},
};
use serde::{Deserialize, Serialize};

/// Most lines in a cart: pricing, stock and the order's transaction all walk over them.
pub const CART_LINES_MAX: usize = 200;

/// A cart with everything that a page shows of it. `total = subtotal - discount + shipping + tax`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Its id.
    pub id: CartId,
    /// Names a guest's cart in later calls; given by the first write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_token: Option<String>,
    /// Grows with every change.
    pub version: i64,
    /// What is in it.
    pub lines: Vec<CartLine>,
    /// Promotions that the shopper typed, with what each takes off.
    pub promotions: Vec<AppliedPromotion>,
    /// Where it goes, once the shopper has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// All lines at their unit prices.
    pub subtotal: Money,
    /// What promotions took off.
    pub discount: Money,
    /// What the carrier is paid.
    pub shipping: Money,
    /// Tax on top of the prices; zero until the destination is known.
    pub tax: Money,
    /// What is to be paid.
    pub total: Money,
}

/// A line of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// What is bought.
    pub sku: Sku,
    /// What it is called.
    pub title: String,
    /// What a piece costs.
    pub unit_price: Money,
    /// Pieces.
    pub quantity: u32,
    /// Pieces times price, before discounts.
    pub total: Money,
    /// Pieces that can be bought now.
    pub available: i64,
}

/// A promotion in a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedPromotion {
    /// What the shopper typed.
    pub code: PromotionCode,
    /// What it is called.
    #[serde(default)]
    pub title: String,
    /// What it takes off the lines; zero while its minimum is not reached, once it has ended, and for free shipping.
    pub amount: Money,
}

/// `PUT /api/cart/lines/{sku}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetLine {
    /// Pieces; 0 removes the line.
    pub quantity: i64,
}

/// `POST /api/cart/promotions`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddPromotion {
    /// What the shopper typed.
    pub code: String,
}

/// `PUT /api/cart/delivery`, and what a cart remembers of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Where it goes.
    pub address: Address,
    /// How it goes there.
    pub shipping_method: String,
}

/// `POST /api/cart/merge`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeCart {
    /// The guest's cart that goes into the user's.
    pub cart_token: String,
}

/// A way to get the parcel. `GET /api/cart/shipping-methods`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingMethod {
    /// What `shipping_method` takes.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// What it costs for this cart; to the shop's own country while the destination is not known.
    pub price: Money,
    /// Fewest and most working days that it takes.
    pub days: [u32; 2],
}
