//! Stock as staff see it: the shelf, and its ledger.
//!
//! `POST /v1/stock/{sku}/movements` (see [`crate::coordinator::MoveStock`]) writes a line of the ledger. With
//! `Idempotency-Key` the same request is carried out once, however often it comes, and answered with the level of that
//! moment each time; the key with another request for the same sku is answered with `idempotency_key_reused`.

use merkato_commerce::{
    ids::{OrderId, StockMovementId, UserId},
    text::Sku,
};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// What there is of a sku. `GET /v1/stock?below=&after=&limit=` lists all, by sku: with `below`, those of which fewer
/// pieces than that can be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockEntry {
    /// What.
    pub sku: Sku,
    /// What it is called; none if the catalog has not published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether it is offered at all.
    pub active: bool,
    /// Pieces on the shelf.
    pub on_hand: i64,
    /// Of these, pieces promised to orders that are not paid for yet.
    pub reserved: i64,
    /// Pieces that can be bought: the difference.
    pub available: i64,
}

/// A line of the ledger. `GET /v1/stock/{sku}/movements?after=&limit=` lists those of a sku, the newest first. All of
/// them add up to what is on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockMovement {
    /// Its id.
    pub id: StockMovementId,
    /// When.
    pub at: Rfc3339,
    /// Pieces that came (positive) or went (negative).
    pub pieces: i64,
    /// Why: what staff wrote, or what happened to the order.
    pub note: String,
    /// The order that they went to or came back from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The member of staff who moved them; none where an order or a service did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<UserId>,
}
