//! How many pieces: at least one, and not absurdly many.

use std::fmt;

use serde::{Deserialize, Serialize, de::Error as _};

use crate::Invalid;

/// A number of pieces of one sku, from 1 to [`Quantity::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Quantity(u32);

impl Quantity {
    /// More than any shopper means; a larger number is a slip of the finger or an attack on the stock.
    pub const MAX: u32 = 999;

    /// `pieces` if that is a number one can buy.
    pub fn new(pieces: i64) -> Result<Self, Invalid> {
        match u32::try_from(pieces) {
            Ok(pieces @ 1..=Self::MAX) => Ok(Self(pieces)),
            _ => Err(Invalid::new("quantity", format!("must be between 1 and {}", Self::MAX))),
        }
    }

    /// The number of pieces.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pieces = i64::deserialize(deserializer)?;
        Self::new(pieces).map_err(|invalid| D::Error::custom(invalid.message))
    }
}
