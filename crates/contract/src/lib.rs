//! What services, coordinator and clients say to each other.
//!
//! The public API is in [`catalog`], [`search`], [`cart`], [`order`], [`payment`], [`user`], [`review`],
//! [`recommendation`] and [`notification`]; [`coordinator`] is what services say to the coordinator, [`staff`] what they
//! ask it in the name of staff, [`event`] what it says to them, and [`message`] what `notifications` is asked to send.
//! Whatever goes wrong is a [`problem::Problem`].

pub mod cart;
pub mod catalog;
pub mod coordinator;
pub mod event;
pub mod headers;
pub mod language;
pub mod message;
pub mod notification;
pub mod order;
pub mod order_validation;
pub mod payment;
pub mod problem;
pub mod recommendation;
pub mod review;
pub mod search;
pub mod staff;
pub mod time;
pub mod token;
pub mod user;
pub mod user_validation;

use serde::{Deserialize, Serialize};

/// Largest request body, in bytes; an import may be [`IMPORT_BYTES_MAX`].
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Largest file that the catalog imports, in bytes.
pub const IMPORT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest picture that the catalog keeps, in bytes: what the smallest of Spin's key-value stores takes (Cosmos DB).
pub const IMAGE_BYTES_MAX: usize = 2_000_000;
/// Entries of a list when the client does not say: two, three and four columns all fill.
pub const LIST_LIMIT_DEFAULT: u32 = 24;
/// Most entries of a list, whatever the client says.
pub const LIST_LIMIT_MAX: u32 = 100;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<T> {
    /// The entries.
    pub items: Vec<T>,
    /// What to pass as `after` to get the next page; null on the last.
    pub next: Option<String>,
}
