//! The till's memory, behind one interface.
//!
//! [`Store::write`] runs a piece of work in one transaction and commits it; [`Store::read`] runs one that only looks.
//! The work is given as a function that may be run again, because an engine may ask for a transaction to be repeated,
//! and because work that arrives together shares a commit. All SQL stands in the engine's folder; nothing outside of
//! `store/` knows which engine it is.

pub mod audit;
mod audit_statements;
mod changes;
mod engine;
mod gate;
mod group;
mod postgres;
pub mod records;
mod rows;
mod sqlite;
pub mod staff;
mod staff_rows;
mod staff_statements;
mod unit;

use std::{path::Path, pin::Pin, sync::Arc};

use async_trait::async_trait;
use merkato_commerce::{
    ids::{CartId, EventId, OrderId, PaymentId, TaskId, UserId, WishId},
    text::{PromotionCode, Sku},
    time::Timestamp,
};
use merkato_contract::{
    coordinator::{Offer, StockLevel},
    event::DeadLetterSelection,
};
use tokio::sync::watch;

use self::unit::Fault;
use self::{
    audit::{AuditTerms, Backlog, Breaches, Invariant},
    records::{
        CartOwner, CartRecord, DeadLetterRecord, DeliveryRecord, IdempotencyRecord, LineRecord, NewEvent,
        NewOrder, OfferRecord, OrderRecord, PromotionRecord, RefundRecord, ReminderRecord,
        StockMovementRecord, TaskRecord, WishRecord,
    },
    staff::{Overviews, Records},
};

pub use self::{
    engine::{Pool, Statement},
    gate::{Gate, Step},
};

/// What can go wrong in the store. None of it is a shopper's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be opened, or is not one of ours, or went away.
    #[error("{0}")]
    Unusable(String),
    /// More work waits already than is sensible.
    #[error("too much work is waiting")]
    Busy,
    /// Another transaction was in the way, and this one was undone for it.
    #[error("another transaction was in the way: {0}")]
    Conflict(String),
    /// The connection was cut, or the server is about to stop or not yet up. Only before COMMIT does that mean that
    /// nothing was stored.
    #[error("the connection to the database was lost: {0}")]
    Cut(String),
    /// The database refused or failed.
    #[error("the database failed: {0}")]
    Database(String),
    /// A row holds what no code of ours writes.
    #[error("the database is inconsistent: what {statement:?} gave cannot be read: {reason}")]
    Inconsistent {
        /// What was asked.
        statement: Statement,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl Error {
    /// Whether the same work may succeed when it is begun anew.
    const fn is_transient(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Cut(_))
    }
}

/// A future of a piece of work on a transaction.
pub type WorkFuture<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// How often work is begun anew when a conflict or a cut connection undid it: once for each connection that a restart
/// of the server may have cut, and a few more.
const TRIES_MAX: u32 = 12;

/// What a piece of work is going to look at, so that work which shares a transaction can load it in one go. What is
/// not named here is loaded when it is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Saved answers, by owner and key.
    pub idempotency: Vec<(String, String)>,
    /// Carts by id.
    pub carts: Vec<CartId>,
    /// Carts by owner, with offers, promotions and stock of all that is in them.
    pub priced_carts: Vec<CartOwner>,
    /// Orders, and the stock of their lines.
    pub orders: Vec<OrderId>,
    /// How some of these orders stood when they were committed last, as far as is known. What has changed since is read
    /// all the same.
    pub known_orders: Vec<Arc<OrderRecord>>,
    /// Offers and stock.
    pub skus: Vec<Sku>,
    /// How many orders are going to be placed.
    pub new_orders: u32,
}

impl Wanted {
    /// An order, and the stock of its lines.
    pub fn order(id: OrderId) -> Self {
        Self { orders: vec![id], ..Self::default() }
    }

    /// The same, and what `other` wants.
    fn and(mut self, other: &Self) -> Self {
        self.idempotency.extend_from_slice(&other.idempotency);
        self.carts.extend_from_slice(&other.carts);
        self.priced_carts.extend_from_slice(&other.priced_carts);
        self.orders.extend_from_slice(&other.orders);
        self.known_orders.extend_from_slice(&other.known_orders);
        self.skus.extend_from_slice(&other.skus);
        self.new_orders += other.new_orders;
        self
    }
}

/// The store of one coordinator. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn engine::Engine>,
    changes: group::Queue,
    looks: group::Queue,
    gate: Option<Arc<dyn Gate>>,
}

impl Store {
    /// Opens the SQLite database at `path`, which [`Store::migrate_sqlite`] has made.
    pub async fn open_sqlite(path: &Path) -> Result<Self, Error> {
        let engine: Arc<dyn engine::Engine> = Arc::new(sqlite::Database::open(path).await?);
        let changes = group::Queue::to_change(&engine);
        Ok(Self::on(engine, changes))
    }

    /// Creates the SQLite database at `path` or brings it up to date.
    pub async fn migrate_sqlite(path: &Path) -> Result<(), Error> {
        sqlite::migrate(path).await
    }

    /// Opens the PostgreSQL database at `url`, whose schema `till` [`Store::migrate_postgres`] has made.
    pub async fn open_postgres(url: &str) -> Result<Self, Error> {
        let engine: Arc<dyn engine::Engine> = Arc::new(postgres::Database::open(url).await?);
        // SQLite's driver has a thread of its own already; another would only pass everything on.
        let changes = group::Queue::to_change_on_a_thread(&engine)?;
        Ok(Self::on(engine, changes))
    }

    /// Creates the schema `till` in the PostgreSQL database at `url` or brings it up to date. Safe to run in several
    /// places at once.
    pub async fn migrate_postgres(url: &str) -> Result<(), Error> {
        postgres::migrate(url).await
    }

    fn on(engine: Arc<dyn engine::Engine>, changes: group::Queue) -> Self {
        let looks = group::Queue::to_look(&engine);
        Self { engine, changes, looks, gate: None }
    }

    /// The same database behind `gate`, which every call passes.
    #[must_use]
    pub fn behind(self, gate: Arc<dyn Gate>) -> Self {
        let engine = gate::Gated { engine: self.engine, gate: Arc::clone(&gate) };
        let engine: Arc<dyn engine::Engine> = Arc::new(engine);
        // Among the other tasks, where the test decides what happens next.
        let changes = group::Queue::to_change(&engine);
        Self { gate: Some(gate), ..Self::on(engine, changes) }
    }

    async fn pass(&self, step: Step) -> Result<(), Error> {
        match &self.gate {
            Some(gate) => gate.pass(step).await,
            None => Ok(()),
        }
    }

    /// Runs `work` in a transaction and commits it; an error of `work` undoes all that it did, and nothing else.
    pub async fn write<T, E>(
        &self,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.write_wanting(Wanted::default(), work).await
    }

    /// The same, for work that knows beforehand what it wants to look at.
    pub async fn write_wanting<T, E>(
        &self,
        wanted: Wanted,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.pass(Step::Write).await?;
        let answer = self.changes.run(wanted, work).await;
        self.pass(Step::Written).await?;
        answer
    }

    /// Runs `work`, which must not change anything. For work that may take long; what is quick and asked often says
    /// what it wants, see [`Store::read_wanting`].
    pub async fn read<T, E>(
        &self,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.pass(Step::Read).await?;
        let mut tries = 1;
        loop {
            let mut unit = unit::Unit::to_look(self.engine.look().await?);
            let result = work(&mut unit).await;
            if unit.fault() != Some(Fault::Transient) || tries >= TRIES_MAX {
                return result;
            }
            tries += 1;
        }
    }

    /// The same, for work that knows beforehand what it wants to look at: looks that come together are one.
    pub async fn read_wanting<T, E>(
        &self,
        wanted: Wanted,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.pass(Step::Read).await?;
        self.looks.run(wanted, work).await
    }

    /// The same, on one moment of everything, for work that holds one table against another.
    pub async fn read_snapshot<T, E>(
        &self,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.pass(Step::Read).await?;
        work(&mut unit::Unit::to_look(self.engine.snapshot().await?)).await
    }

    /// Changes whenever another coordinator on the same database has committed work; none if there can be no other.
    pub fn others(&self) -> Option<watch::Receiver<()>> {
        self.engine.others()
    }

    /// Its connections.
    pub fn pools(&self) -> Vec<Pool> {
        self.engine.pools()
    }
}

/// The price book and its promotions.
#[async_trait]
pub trait Offers: Send {
    /// Stores `offer` unless a newer version is known; says whether it was stored.
    async fn put_offer(&mut self, sku: &Sku, offer: &Offer) -> Result<bool, Error>;
    /// The offers of `skus`, active or not; unknown skus are left out.
    async fn offers(&mut self, skus: &[Sku]) -> Result<Vec<OfferRecord>, Error>;
    /// Stores a promotion if its version is the one after that which is there, or 1 if none is; says whether it was.
    async fn put_promotion(&mut self, promotion: &PromotionRecord) -> Result<bool, Error>;
    /// The promotions of `codes`, whether they hold or not; unknown codes are left out.
    async fn promotions(&mut self, codes: &[PromotionCode]) -> Result<Vec<PromotionRecord>, Error>;
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
    async fn insert_stock_movement(&mut self, movement: StockMovementRecord) -> Result<(), Error>;
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
    /// Stores promotions, delivery, what is put aside and a version one higher; the lines have functions of their own.
    async fn update_cart(&mut self, cart: &CartRecord, at: Timestamp) -> Result<(), Error>;
    /// Sets a line to `quantity`, which may be 0.
    async fn set_cart_line(&mut self, cart: CartId, line: &LineRecord, at: Timestamp) -> Result<(), Error>;
    /// Takes all lines out.
    async fn clear_cart(&mut self, cart: CartId) -> Result<(), Error>;
    /// Forgets a cart and its lines.
    async fn delete_cart(&mut self, cart: CartId) -> Result<(), Error>;
}

/// When to look whether carts were left alone.
#[async_trait]
pub trait Reminders: Send {
    /// Has a cart looked at when `due_at` has come; where that is arranged already, it stays.
    async fn insert_cart_reminder(&mut self, cart: CartId, due_at: Timestamp) -> Result<(), Error>;
    /// Takes up to `limit` due reminders until `leased_until`; nobody else gets them before then.
    async fn lease_cart_reminders(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ReminderRecord>, Error>;
    /// Has a cart looked at again at `due_at`.
    async fn postpone_cart_reminder(&mut self, cart: CartId, due_at: Timestamp) -> Result<(), Error>;
    /// Has a cart not looked at, until something is put in again. The work must have read the cart, so that nothing
    /// is put in at the same moment.
    async fn delete_cart_reminder(&mut self, cart: CartId) -> Result<(), Error>;
    /// When the next cart is to be looked at; none if there is none.
    async fn next_cart_reminder(&mut self) -> Result<Option<Timestamp>, Error>;
}

/// Wishlists.
#[async_trait]
pub trait Wishes: Send {
    /// Wishes of `user`, newest first, older than `after`, at most `limit`.
    async fn wishes(
        &mut self,
        user: UserId,
        after: Option<WishId>,
        limit: u32,
    ) -> Result<Vec<WishRecord>, Error>;
    /// What `user` wishes of `sku`, if they do.
    async fn wish(&mut self, user: UserId, sku: &Sku) -> Result<Option<WishRecord>, Error>;
    /// How many wishes `user` has.
    async fn wish_count(&mut self, user: UserId) -> Result<u32, Error>;
    /// Stores a wish, unless the user has one of the same sku.
    async fn insert_wish(&mut self, wish: &WishRecord) -> Result<(), Error>;
    /// Forgets a wish; no harm if there is none.
    async fn delete_wish(&mut self, user: UserId, sku: &Sku) -> Result<(), Error>;
    /// Forgets all wishes of `user`; says how many.
    async fn forget_wishes(&mut self, user: UserId) -> Result<u64, Error>;
}

/// Orders, their payments, their history, and the answers to repeated requests.
#[async_trait]
pub trait Orders: Send {
    /// Stores a new order with its lines and gives its number.
    async fn insert_order(&mut self, order: &NewOrder) -> Result<i64, Error>;
    /// An order with its lines, payments and history.
    async fn order(&mut self, id: OrderId) -> Result<Option<OrderRecord>, Error>;
    /// How often each of `ids` was changed; unknown ones are left out. Cheaper than reading them.
    async fn order_versions(&mut self, ids: &[OrderId]) -> Result<Vec<(OrderId, i64)>, Error>;
    /// The same of several, in the order of `ids`; unknown ones are left out.
    async fn orders(&mut self, ids: &[OrderId]) -> Result<Vec<OrderRecord>, Error>;
    /// Ids of a user's orders (or of all, for staff), newest first, older than `after`.
    async fn order_ids(
        &mut self,
        user: Option<UserId>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<OrderId>, Error>;
    /// Stores what may change of an order, whose version becomes one higher.
    async fn update_order(&mut self, order: &mut OrderRecord) -> Result<(), Error>;
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
    /// Asks for work after the commit; from whoever takes it, or from whom it names as its holder.
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
    /// Gives a task back, to be tried again at `run_at`; not if its lease ran out and another has taken it since.
    async fn postpone_task(&mut self, task: &TaskRecord, run_at: Timestamp) -> Result<(), Error>;
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
        event: NewEvent,
        subscribers: &[String],
    ) -> Result<(), Error>;
    /// Takes up to `limit` due deliveries of `subscriber`; of one subject only the oldest that is not dead.
    async fn lease_deliveries(
        &mut self,
        subscriber: &str,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, Error>;
    /// When the next delivery to `subscriber` falls due; none if there is nothing to wait for.
    async fn next_delivery(&mut self, subscriber: &str, now: Timestamp) -> Result<Option<Timestamp>, Error>;
    /// Forgets a delivery that was confirmed at `at`.
    async fn delete_delivery(&mut self, delivery: &DeliveryRecord, at: Timestamp) -> Result<(), Error>;
    /// Gives a delivery back, to be tried again at `run_at`, or not at all; not if its lease ran out and another has
    /// taken it since.
    async fn postpone_delivery(
        &mut self,
        delivery: &DeliveryRecord,
        run_at: Timestamp,
        dead: bool,
        error: &str,
    ) -> Result<(), Error>;
    /// Subscribers for whom there are deliveries that are not dead.
    async fn awaited_subscribers(&mut self) -> Result<Vec<String>, Error>;
    /// Makes all that waits for `subscriber` dead letters; says how many.
    async fn bury_deliveries(&mut self, subscriber: &str, error: &str) -> Result<u64, Error>;
    /// Dead letters of `selection`, the oldest event first, at most `limit`, after the one of that place in the
    /// outbox and that subscriber.
    async fn dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        after: Option<(i64, String)>,
        limit: u32,
    ) -> Result<Vec<DeadLetterRecord>, Error>;
    /// Makes deliveries of dead letters again, due at `now` and never tried; says how many.
    async fn replay_dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        now: Timestamp,
    ) -> Result<u64, Error>;
    /// Forgets dead letters; says how many.
    async fn drop_dead_letters(&mut self, selection: &DeadLetterSelection) -> Result<u64, Error>;
    /// When the oldest event happened of those that nobody has yet to hear of.
    async fn oldest_confirmed_event(&mut self) -> Result<Option<Timestamp>, Error>;
    /// Forgets up to `limit` events from before `before` that nobody has yet to hear of; says how many.
    async fn delete_confirmed_events(&mut self, before: Timestamp, limit: u32) -> Result<u64, Error>;
}

/// Looks at the books as a whole. Changes nothing; may take long where there is much to look at.
#[async_trait]
pub trait Audit: Send {
    /// Migrations that this program needs and the database has not had, by number and name.
    async fn missing_migrations(&mut self) -> Result<Vec<String>, Error>;
    /// What breaks `invariant`: how many, and the first `limit` keys in key order.
    async fn breaches(
        &mut self,
        invariant: Invariant,
        terms: AuditTerms,
        limit: u32,
    ) -> Result<Breaches, Error>;
    /// How much there is, and how much is still to be done.
    async fn backlog(&mut self, now: Timestamp) -> Result<Backlog, Error>;
}

/// Everything that can be done inside a transaction. Each function is one statement, or a few of one purpose.
#[async_trait]
pub trait Transaction:
    Offers
    + Stock
    + Carts
    + Reminders
    + Wishes
    + Orders
    + Reservations
    + Tasks
    + Outbox
    + Audit
    + Records
    + Overviews
{
    /// When the next task or reservation falls due; none if there is nothing to wait for. Deliveries have
    /// [`Outbox::next_delivery`].
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Error>;
}
