//! Ids: a type of its own for each thing, so that an order's id cannot be passed where a cart's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Invalid;

/// Makes fresh ids. A parameter wherever one is needed, so that a test can repeat them.
pub trait Ids: Send + Sync {
    /// A `UUIDv7`: its leading bits are the time, so that rows written together lie together on disk.
    fn next(&self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id.
            pub fn generate(ids: &dyn Ids) -> Self {
                Self(ids.next())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                Uuid::parse_str(text).map(Self).map_err(|_| Invalid::new("id", "is not a UUID"))
            }
        }
    )*};
}

ids! {
    /// A shopper's cart.
    CartId,
    /// A placed order.
    OrderId,
    /// A payment for an order, as the payments service knows it.
    PaymentId,
    /// Work that the coordinator still has to do.
    TaskId,
    /// An event in the outbox; consumers tell duplicates by it.
    EventId,
    /// A product of the catalog.
    ProductId,
    /// A person with an account.
    UserId,
    /// An address that a person keeps.
    AddressId,
    /// A message to somebody.
    NotificationId,
    /// What somebody says of a product.
    ReviewId,
    /// An entry of a wishlist.
    WishId,
    /// A line of the stock's ledger.
    StockMovementId,
    /// A line of the log of what staff did.
    StaffActionId,
}
