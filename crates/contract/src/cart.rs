//! Carts, what is kept beside them for later, and wishlists.

use merkato_commerce::{
    address::Address,
    ids::CartId,
    money::Money,
    text::{PromotionCode, Sku},
};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

pub use merkato_commerce::cart::LINES_MAX as CART_LINES_MAX;

/// Most entries of a wishlist: more than anybody looks through.
pub const WISHES_MAX: u32 = 500;

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
    /// What was put aside for later: it is neither priced nor ordered. A sku is in the cart or put aside, never both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<SavedLine>,
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

/// A line that was put aside for later. Guests and users:
///
/// - `POST /api/cart/saved/{sku}` takes a line out of the cart and puts it aside, and answers with the Cart; 404 if
///   there is no such line, and no harm if it was put aside already;
/// - `PUT /api/cart/lines/{sku}` with its `quantity` brings it back, as it puts anything else in;
/// - `DELETE /api/cart/saved/{sku}` forgets it, and answers with the Cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLine {
    /// What.
    pub sku: Sku,
    /// What it is called.
    pub title: String,
    /// What a piece costs now.
    pub unit_price: Money,
    /// Pieces that were in the cart.
    pub quantity: u32,
    /// Pieces that can be bought now; 0 too for what is no longer sold.
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

/// `POST /api/cart/merge`, for users: pours a guest's cart into the user's, and answers with the Cart.
///
/// Quantities add up to what is in stock and to what a line may hold; what cannot be had now, and what does not fit, is
/// put aside for later. Promotions are kept. The guest's cart is gone after; a second merge, and one of a cart that
/// there is not, change nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeCart {
    /// The guest's cart that goes into the user's.
    pub cart_token: String,
}

/// Something that a user would like to have one day.
///
/// - `GET /api/cart/wishlist?limit=&after=` lists them, the newest first;
/// - `PUT /api/cart/wishlist/{sku}` adds one and answers with it; again, it stays as it was. 404 for what is not sold,
///   422 for one more than [`WISHES_MAX`];
/// - `DELETE /api/cart/wishlist/{sku}` takes one off (204), whether it was there or not.
///
/// All three are for users only: a guest is answered 401.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What.
    pub sku: Sku,
    /// What it is called.
    pub title: String,
    /// What a piece costs now.
    pub unit_price: Money,
    /// What a piece cost when it was added.
    pub added_price: Money,
    /// Whether it costs less now than then.
    pub price_fell: bool,
    /// Pieces that can be bought now; 0 too for what is no longer sold.
    pub available: i64,
    /// When it was added.
    pub added_at: Rfc3339,
}

/// `POST /api/orders/{id}/reorder`, for whoever placed the order: puts what it held into the cart, beside what is there,
/// until the cart has as many pieces of each; so to ask twice adds nothing. Prices, stock and limits are those of today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reordered {
    /// The cart as it is now.
    #[serde(flatten)]
    pub cart: Cart,
    /// Lines of the order that could not be had, or not whole.
    pub unavailable: Vec<UnavailableLine>,
}

/// A line of an order that could not be put into the cart as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnavailableLine {
    /// What.
    pub sku: Sku,
    /// What it was called.
    pub title: String,
    /// Why.
    pub reason: Unavailable,
}

/// Why a line of an order could not be put into the cart as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unavailable {
    /// It is no longer sold.
    NotSold,
    /// It is sold out, or all that is left is in the cart already.
    SoldOut,
    /// Fewer pieces than were ordered could be added, and were.
    FewerLeft,
    /// The cart holds as many lines as it can.
    CartFull,
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
