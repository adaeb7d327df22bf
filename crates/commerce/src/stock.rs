//! What may be promised of one sku. The store enforces the same rule in SQL; this is the rule in words.

use serde::{Deserialize, Serialize};

/// Pieces of one sku. Invariant: `0 <= reserved <= on_hand`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Pieces on the shelf.
    pub on_hand: i64,
    /// Of these, pieces that are promised to orders not yet paid.
    pub reserved: i64,
}

/// There is less than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only {available} left")]
pub struct StockTooLow {
    /// Pieces that can still be promised.
    pub available: i64,
}

impl Stock {
    /// Pieces that can still be promised.
    pub const fn available(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// Promises `pieces` to an order.
    pub const fn reserve(self, pieces: u32) -> Result<Self, StockTooLow> {
        let available = self.available();
        // The comparison subtracts instead of adding, so that it cannot overflow.
        if available < pieces as i64 {
            return Err(StockTooLow { available });
        }
        Ok(Self { reserved: self.reserved + pieces as i64, ..self })
    }
}
