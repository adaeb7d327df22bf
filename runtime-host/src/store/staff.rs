//! What staff look at, and what is kept of what they did. Knows no engine.

use async_trait::async_trait;
use merkato_commerce::{
    ids::{OrderId, StaffActionId, StockMovementId, UserId},
    money::Currency,
    order::State,
    text::{PromotionCode, Sku},
    time::{Day, Timestamp},
};
use merkato_contract::staff::orders::ObstacleKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Error;

/// What was sold on a day in one currency; in a change, what is added to it. Its fields are the columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesRecord {
    /// The day.
    pub day: Day,
    /// Of the amounts.
    pub currency: Currency,
    /// Carts that got their first line.
    pub carts: i64,
    /// Orders that were confirmed.
    pub orders: i64,
    /// What they came to, in minor units.
    pub gross: i64,
    /// What went back, of whatever order, in minor units.
    pub refunded: i64,
}

impl SalesRecord {
    /// Nothing yet.
    pub const fn nothing(day: Day, currency: Currency) -> Self {
        Self { day, currency, carts: 0, orders: 0, gross: 0, refunded: 0 }
    }

    /// Adds the figures of `other`. Sums stay far from the ends of the type: an order is below a trillion.
    pub const fn add(&mut self, other: &Self) {
        self.carts = self.carts.saturating_add(other.carts);
        self.orders = self.orders.saturating_add(other.orders);
        self.gross = self.gross.saturating_add(other.gross);
        self.refunded = self.refunded.saturating_add(other.refunded);
    }
}

/// A place in a list that is sorted by time, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the entry was made.
    pub at: Timestamp,
    /// Its id: entries of one moment are sorted by it.
    pub id: Uuid,
}

impl Place {
    /// Before the newest entry.
    pub const NEWEST: Self = Self { at: Timestamp(i64::MAX), id: Uuid::max() };
}

/// A line of the log of what staff did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffActionRecord {
    /// Its id.
    pub id: StaffActionId,
    /// When.
    pub at: Timestamp,
    /// Who; none where a service acted for the shop itself.
    pub actor: Option<UserId>,
    /// Through which service.
    pub service: Option<String>,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// What was said with it.
    pub detail: String,
    /// What came of it.
    pub outcome: String,
}

/// Which lines of the log are meant: those that meet both conditions; all, if there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionFilter {
    /// Of this person.
    pub actor: Option<UserId>,
    /// On this.
    pub subject: Option<String>,
}

/// Which orders are looked for. Those are found that meet every condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSearch {
    /// In this state.
    pub state: Option<State>,
    /// Of this e-mail address, whatever its capitals.
    pub email: Option<String>,
    /// Of this number.
    pub number: Option<i64>,
    /// With this in it.
    pub sku: Option<Sku>,
    /// Placed at this moment or later.
    pub from: Option<Timestamp>,
    /// Placed before this moment.
    pub to: Option<Timestamp>,
    /// Older than this one.
    pub after: Option<OrderId>,
}

/// What a search for orders came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOrders {
    /// The orders, newest first.
    pub ids: Vec<OrderId>,
    /// Where to go on: the last that was looked at, if there may be more.
    pub next: Option<OrderId>,
}

/// From when on something counts as an obstacle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObstacleTerms {
    /// Work that was due by then should have been done.
    pub due_before: Timestamp,
    /// So many tries without an answer are many.
    pub tries_min: u32,
    /// Reservations that ran out by then should have been ended.
    pub overdue_before: Timestamp,
    /// Money that was set aside before then should have been taken.
    pub captured_before: Timestamp,
    /// Refunds that were asked for and refused since then still matter.
    pub refused_since: Timestamp,
}

/// What stands in the way of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObstacleRecord {
    /// Of which.
    pub order: OrderId,
    /// What.
    pub kind: ObstacleKind,
    /// Since when, if that is known; else since the order's last step.
    pub since: Option<Timestamp>,
    /// How often it was tried.
    pub tries: Option<u32>,
}

/// What there is of a sku.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockEntryRecord {
    /// What.
    pub sku: Sku,
    /// What it is called, if it was ever offered.
    pub title: Option<String>,
    /// Whether it is offered.
    pub active: bool,
    /// Pieces on the shelf.
    pub on_hand: i64,
    /// Of these, pieces that are promised.
    pub reserved: i64,
}

/// A line of a sku's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRecord {
    /// Its id.
    pub id: StockMovementId,
    /// When.
    pub at: Timestamp,
    /// Pieces that came or went.
    pub pieces: i64,
    /// Why.
    pub note: String,
    /// For which order.
    pub order: Option<OrderId>,
    /// Who did it, where a person did.
    pub staff: Option<UserId>,
}

/// What was asked for under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedMovement {
    /// Pieces that came or went.
    pub pieces: i64,
    /// Why.
    pub note: String,
}

/// What waits, counted up to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingRecord {
    /// Tasks that are not done.
    pub tasks: u32,
    /// Events that were given up.
    pub dead_letters: u32,
}

/// How a subscriber fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriberRecord {
    /// Events that it has yet to take, counted up to a limit.
    pub waiting: u32,
    /// Events that were given up, counted up to a limit.
    pub dead: u32,
    /// When the oldest event happened that it has yet to take.
    pub oldest: Option<Timestamp>,
    /// When it last took one.
    pub last_success: Option<Timestamp>,
}

/// What is counted and written down for staff, in the transaction of what it is about.
#[async_trait]
pub trait Records: Send {
    /// Adds to the figures of a day.
    async fn count_sales(&mut self, added: &SalesRecord) -> Result<(), Error>;
    /// Writes a line of the log; not if one of its id is there.
    async fn insert_staff_action(&mut self, action: &StaffActionRecord) -> Result<(), Error>;
}

/// What staff look at. No function takes longer because the shop is old.
#[async_trait]
pub trait Overviews: Send {
    /// What was sold from one day to another, both among them: the newest day first, then by currency.
    async fn sales(&mut self, from: Day, to: Day) -> Result<Vec<SalesRecord>, Error>;
    /// Lines of the log, newest first, older than `after`, at most `limit`.
    async fn staff_actions(
        &mut self,
        filter: &ActionFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<StaffActionRecord>, Error>;
    /// Looks for orders, through at most `looked_max` of them; finds at most `limit`.
    async fn find_orders(
        &mut self,
        search: &OrderSearch,
        looked_max: u32,
        limit: u32,
    ) -> Result<FoundOrders, Error>;
    /// What stands in the way of orders younger than `after`, by order: all of the first `limit` orders, and perhaps some
    /// of later ones.
    async fn obstacles(
        &mut self,
        terms: ObstacleTerms,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<ObstacleRecord>, Error>;
    /// Stock by sku, after `after`, of which fewer than `below` can be bought if that is given, at most `limit`.
    async fn stock_entries(
        &mut self,
        below: Option<i64>,
        after: Option<&Sku>,
        limit: u32,
    ) -> Result<Vec<StockEntryRecord>, Error>;
    /// Stock of what is offered and of which fewer than `below` can be bought, the lowest first, at most `limit`.
    async fn low_stock(&mut self, below: i64, limit: u32) -> Result<Vec<StockEntryRecord>, Error>;
    /// The ledger of a sku, newest first, older than `after`, at most `limit`.
    async fn stock_movements(
        &mut self,
        sku: &Sku,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<LedgerRecord>, Error>;
    /// The movement of a sku that was asked for under `key`.
    async fn keyed_movement(&mut self, sku: &Sku, key: &str) -> Result<Option<KeyedMovement>, Error>;
    /// Codes of promotions, in order, after `after`, at most `limit`.
    async fn promotion_codes(
        &mut self,
        after: Option<&PromotionCode>,
        limit: u32,
    ) -> Result<Vec<PromotionCode>, Error>;
    /// What waits, each counted up to `count_max`.
    async fn waiting(&mut self, count_max: u32) -> Result<WaitingRecord, Error>;
    /// Everybody for whom there is a delivery, dead or not, by name.
    async fn subscribers(&mut self) -> Result<Vec<String>, Error>;
    /// How a subscriber fares, counted up to `count_max`.
    async fn subscriber(&mut self, name: &str, count_max: u32) -> Result<SubscriberRecord, Error>;
}
