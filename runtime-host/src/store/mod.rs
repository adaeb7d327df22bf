//! The till's memory, behind one interface.
//!
//! [`Store::write`] runs a piece of work in one transaction and commits it; [`Store::read`] runs one that only looks.
//! The work is given as a function that may be run again, because an engine may ask for a transaction to be repeated,
//! and because work that arrives together may share a commit. All SQL stands in the engine's folder; nothing outside
//! of `store/` knows which engine it is.

pub mod records;
mod sqlite;

use std::{path::Path, pin::Pin};

use async_trait::async_trait;
use merkato_commerce::{
    ids::{CartId, EventId, OrderId, PaymentId, TaskId, UserId},
    promotion::Promotion,
    text::{PromotionCode, Sku},
    time::Timestamp,
};
use merkato_contract::coordinator::{Offer, StockLevel};
use uuid::Uuid;

use self::records::{
    CartOwner, CartRecord, DeliveryRecord, IdempotencyRecord, LineRecord, NewOrder, OfferRecord, OrderRecord,
    OutboxRecord, RefundRecord, TaskRecord,
};

/// What can go wrong in the store. None of it is a shopper's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be opened, or is not one of ours.
    #[error("{0}")]
    Unusable(String),
    /// The database refused or failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row holds what no code of ours writes.
    #[error("the database is inconsistent: {table}.{column} holds {value:?}")]
    Inconsistent {
        /// Where it stands.
        table: &'static str,
        /// In which column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
}

/// A future of a piece of work on a transaction.
pub type WorkFuture<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// The store of one coordinator. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: sqlite::Engine,
}

impl Store {
    /// Opens the SQLite database at `path`, which [`Store::migrate_sqlite`] has made.
    pub async fn open_sqlite(path: &Path) -> Result<Self, Error> {
        Ok(Self { engine: sqlite::Engine::open(path).await? })
    }

    /// Creates the SQLite database at `path` or brings it up to date.
    pub async fn migrate_sqlite(path: &Path) -> Result<(), Error> {
        sqlite::migrate(path).await
    }

    /// Runs `work` in one transaction and commits it; an error of `work` undoes all that it did.
    pub async fn write<T, E>(
        &self,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let mut transaction = self.engine.begin_write().await?;
        // On an error the transaction is dropped, and with it everything that it did.
        let value = work(&mut transaction).await?;
        transaction.commit().await?;
        Ok(value)
    }

    /// Runs `work` on one consistent view of the data, which it must not change.
    pub async fn read<T, E>(
        &self,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let mut transaction = self.engine.begin_read().await?;
        work(&mut transaction).await
    }
}

/// The price book and its promotions.
#[async_trait]
pub trait Offers: Send {
    /// Stores `offer` unless a newer version is known; says whether it was stored.
    async fn put_offer(&mut self, sku: &Sku, offer: &Offer) -> Result<bool, Error>;
    /// The offers of `skus`, active or not; unknown skus are left out.
    async fn offers(&mut self, skus: &[Sku]) -> Result<Vec<OfferRecord>, Error>;
    /// Stores `promotion`, replacing one of the same code.
    async fn put_promotion(&mut self, promotion: &Promotion) -> Result<(), Error>;
    /// The promotions of `codes`; unknown codes are left out.
    async fn promotions(&mut self, codes: &[PromotionCode]) -> Result<Vec<Promotion>, Error>;
}

/// Pieces on the shelf, and which of them are promised.
#[async_trait]
pub trait Stock: Send {
    /// Makes a ledger for a sku with no pieces; says whether it is new.
    async fn create_stock(&mut self, sku: &Sku) -> Result<bool, Error>;
    /// What can be bought of each of `skus`; unknown skus are left out.
    async fn stock_levels(&mut self, skus: &[Sku]) -> Result<Vec<StockLevel>, Error>;
    /// Promises `pieces` if that many are left; says whether they were.
    async fn reserve_stock(&mut self, sku: &Sku, pieces: u32) -> Result<bool, Error>;
    /// Takes a promise of `pieces` back.
    async fn release_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error>;
    /// Takes `pieces`, promised before, off the shelf.
    async fn sell_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error>;
    /// Puts `pieces` on the shelf, or takes them off if negative; says whether that many were free to take.
    async fn move_stock(&mut self, sku: &Sku, pieces: i64) -> Result<bool, Error>;
    /// Writes a line of the ledger.
    async fn insert_stock_movement(
        &mut self,
        id: Uuid,
        sku: &Sku,
        pieces: i64,
        order: Option<OrderId>,
        note: &str,
        at: Timestamp,
    ) -> Result<(), Error>;
}

/// Carts and their lines.
#[async_trait]
pub trait Carts: Send {
    /// The cart of `owner`, if there is one.
    async fn cart(&mut self, owner: &CartOwner) -> Result<Option<CartRecord>, Error>;
    /// The cart of that id, if there is one.
    async fn cart_by_id(&mut self, id: CartId) -> Result<Option<CartRecord>, Error>;
    /// Makes an empty cart at version 0.
    async fn insert_cart(&mut self, id: CartId, owner: &CartOwner, at: Timestamp) -> Result<(), Error>;
    /// Stores promotions, delivery and a version one higher; the lines have functions of their own.
    async fn update_cart(&mut self, cart: &CartRecord, at: Timestamp) -> Result<(), Error>;
    /// Sets a line to `quantity`, which may be 0.
    async fn set_cart_line(&mut self, cart: CartId, line: &LineRecord, at: Timestamp) -> Result<(), Error>;
    /// Takes all lines out.
    async fn clear_cart(&mut self, cart: CartId) -> Result<(), Error>;
    /// Forgets a cart and its lines.
    async fn delete_cart(&mut self, cart: CartId) -> Result<(), Error>;
}

/// Orders, their payments, their history, and the answers to repeated requests.
#[async_trait]
pub trait Orders: Send {
    /// Stores a new order with its lines and gives its number.
    async fn insert_order(&mut self, order: &NewOrder) -> Result<i64, Error>;
    /// An order with its lines, payments and history.
    async fn order(&mut self, id: OrderId) -> Result<Option<OrderRecord>, Error>;
    /// Ids of a user's orders (or of all, for staff), newest first, older than `after`.
    async fn order_ids(
        &mut self,
        user: Option<UserId>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<OrderId>, Error>;
    /// Stores what may change of an order.
    async fn update_order(&mut self, order: &OrderRecord) -> Result<(), Error>;
    /// Adds a step to an order's history.
    async fn insert_order_event(
        &mut self,
        order: OrderId,
        state: &str,
        note: &str,
        at: Timestamp,
    ) -> Result<(), Error>;
    /// Remembers the payment id of a try.
    async fn insert_order_payment(
        &mut self,
        order: OrderId,
        attempt: u32,
        payment: PaymentId,
    ) -> Result<(), Error>;
    /// Stores how many pieces of each line came back and were refunded.
    async fn update_order_lines(&mut self, order: &OrderRecord) -> Result<(), Error>;
    /// Remembers a refund that is being asked for.
    async fn insert_order_refund(&mut self, refund: &RefundRecord, at: Timestamp) -> Result<(), Error>;
    /// Closes a refund that was asked for, as `done` or refused, and gives it; none if it was closed before.
    async fn close_order_refund(&mut self, id: TaskId, done: bool) -> Result<Option<RefundRecord>, Error>;
    /// The answer that was given for a key.
    async fn idempotency(&mut self, owner: &str, key: &str) -> Result<Option<IdempotencyRecord>, Error>;
    /// Remembers the answer for a key.
    async fn insert_idempotency(&mut self, record: &IdempotencyRecord, at: Timestamp) -> Result<(), Error>;
}

/// How long unpaid orders hold their stock.
#[async_trait]
pub trait Reservations: Send {
    /// Notes that an order holds stock until `expires_at`.
    async fn insert_reservation(&mut self, order: OrderId, expires_at: Timestamp) -> Result<(), Error>;
    /// Notes that it holds none.
    async fn delete_reservation(&mut self, order: OrderId) -> Result<(), Error>;
    /// Orders whose reservation ran out by `now`, at most `limit`.
    async fn expired_reservations(&mut self, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, Error>;
}

/// Work to be done after a commit.
#[async_trait]
pub trait Tasks: Send {
    /// Asks for work after the commit.
    async fn insert_task(&mut self, task: &TaskRecord) -> Result<(), Error>;
    /// Takes up to `limit` due tasks until `leased_until`; nobody else gets them before then.
    async fn lease_tasks(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<TaskRecord>, Error>;
    /// Forgets a task that is done.
    async fn delete_task(&mut self, id: TaskId) -> Result<(), Error>;
    /// Gives a task back, to be tried again at `run_at`.
    async fn postpone_task(&mut self, id: TaskId, run_at: Timestamp) -> Result<(), Error>;
    /// Gives back what a coordinator that is gone had taken. Only where no other can be running.
    async fn release_leases(&mut self) -> Result<(), Error>;
}

/// Events, and who has yet to hear of them.
#[async_trait]
pub trait Outbox: Send {
    /// Adds an event, with a delivery for each subscriber.
    async fn insert_event(
        &mut self,
        id: EventId,
        event: &OutboxRecord,
        subscribers: &[String],
    ) -> Result<(), Error>;
    /// Takes up to `limit` due deliveries; of one subject and subscriber only the oldest.
    async fn lease_deliveries(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, Error>;
    /// Forgets a delivery that was confirmed.
    async fn delete_delivery(&mut self, delivery: &DeliveryRecord) -> Result<(), Error>;
    /// Gives a delivery back, to be tried again at `run_at`, or not at all.
    async fn postpone_delivery(
        &mut self,
        delivery: &DeliveryRecord,
        run_at: Timestamp,
        dead: bool,
        error: &str,
    ) -> Result<(), Error>;
}

/// Everything that can be done inside a transaction. Each function is one statement, or a few of one purpose.
#[async_trait]
pub trait Transaction: Offers + Stock + Carts + Orders + Reservations + Tasks + Outbox {
    /// When the next task, delivery or reservation falls due; none if there is nothing to wait for.
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Error>;
}
