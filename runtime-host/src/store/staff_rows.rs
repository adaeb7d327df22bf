//! Rows of what staff look at, as they travel to and from a database: JSON objects whose keys are the columns.

use merkato_commerce::{
    ids::{OrderId, StaffActionId, StockMovementId, UserId},
    text::{PromotionCode, Sku},
    time::Timestamp,
};
use merkato_contract::staff::orders::ObstacleKind;
use serde::{Deserialize, Serialize};

use super::staff::{
    KeyedMovement, LedgerRecord, ObstacleRecord, StaffActionRecord, StockEntryRecord, SubscriberRecord,
    WaitingRecord,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StaffActionRow {
    pub staff_action_id: StaffActionId,
    pub at: Timestamp,
    pub actor_id: Option<UserId>,
    pub service: Option<String>,
    pub action: String,
    pub subject: String,
    pub detail: String,
    pub outcome: String,
}

impl From<StaffActionRecord> for StaffActionRow {
    fn from(record: StaffActionRecord) -> Self {
        let StaffActionRecord { id, at, actor, service, action, subject, detail, outcome } = record;
        Self { staff_action_id: id, at, actor_id: actor, service, action, subject, detail, outcome }
    }
}

impl From<StaffActionRow> for StaffActionRecord {
    fn from(row: StaffActionRow) -> Self {
        let StaffActionRow { staff_action_id, at, actor_id, service, action, subject, detail, outcome } = row;
        Self { id: staff_action_id, at, actor: actor_id, service, action, subject, detail, outcome }
    }
}

/// That a subscriber took an event.
#[derive(Debug, Clone, Serialize)]
pub struct SuccessRow {
    pub subscriber: String,
    pub at: Timestamp,
}

/// An order that was found; or, with how many were looked at, the last of these.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct FoundOrderRow {
    pub order_id: OrderId,
    pub looked: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct ObstacleRow {
    pub order_id: OrderId,
    pub kind: ObstacleKind,
    pub since: Option<Timestamp>,
    pub tries: Option<u32>,
}

impl From<ObstacleRow> for ObstacleRecord {
    fn from(row: ObstacleRow) -> Self {
        let ObstacleRow { order_id, kind, since, tries } = row;
        // Only of work is it said how often it was tried, and only where that is the matter.
        let tries = tries.filter(|_| kind == ObstacleKind::NoAnswer);
        Self { order: order_id, kind, since, tries }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct StockEntryRow {
    pub sku: Sku,
    pub title: Option<String>,
    /// 1 or 0: one engine has no other truth.
    pub active: u8,
    pub on_hand: i64,
    pub reserved: i64,
}

impl From<StockEntryRow> for StockEntryRecord {
    fn from(row: StockEntryRow) -> Self {
        let StockEntryRow { sku, title, active, on_hand, reserved } = row;
        Self { sku, title, active: active == 1, on_hand, reserved }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct LedgerRow {
    pub stock_movement_id: StockMovementId,
    pub pieces: i64,
    pub order_id: Option<OrderId>,
    pub note: String,
    pub at: Timestamp,
    pub staff_id: Option<UserId>,
}

impl From<LedgerRow> for LedgerRecord {
    fn from(row: LedgerRow) -> Self {
        let LedgerRow { stock_movement_id, pieces, order_id, note, at, staff_id } = row;
        Self { id: stock_movement_id, at, pieces, note, order: order_id, staff: staff_id }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct KeyedMovementRow {
    pub pieces: i64,
    pub note: String,
}

impl From<KeyedMovementRow> for KeyedMovement {
    fn from(row: KeyedMovementRow) -> Self {
        Self { pieces: row.pieces, note: row.note }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct CodeRow {
    pub code: PromotionCode,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct WaitingRow {
    pub tasks: u32,
    pub dead_letters: u32,
}

impl From<WaitingRow> for WaitingRecord {
    fn from(row: WaitingRow) -> Self {
        Self { tasks: row.tasks, dead_letters: row.dead_letters }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct NameRow {
    pub subscriber: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct SubscriberRow {
    pub waiting: u32,
    pub dead: u32,
    pub oldest: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
}

impl From<SubscriberRow> for SubscriberRecord {
    fn from(row: SubscriberRow) -> Self {
        let SubscriberRow { waiting, dead, oldest, last_success } = row;
        Self { waiting, dead, oldest, last_success }
    }
}
