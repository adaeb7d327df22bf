//! The rules of the shop, and nothing else: no I/O, no clock, no randomness.
//!
//! Everything here compiles for wasm and for the coordinator alike, so that a rule has one home. Read in this
//! order: [`money`] and [`quantity`] are the arithmetic, [`ids`] and [`text`] the names of things, [`cart`] says what
//! fits into a cart, [`promotion`] and [`totals`] price it, [`order`] says what may happen to an order, and [`pieces`]
//! which of it can go back.

pub mod address;
pub mod cart;
pub mod ids;
pub mod money;
pub mod order;
pub mod pieces;
pub mod promotion;
pub mod quantity;
pub mod text;
pub mod time;
pub mod totals;

/// What is wrong with one field of an input, in words for the person who filled it in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Invalid {
    /// Path of the field, such as `shipping_address.country`.
    pub field: String,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
}

impl Invalid {
    /// Says what is wrong with `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same complaint about a field that lies inside `parent`.
    #[must_use]
    pub fn within(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}
