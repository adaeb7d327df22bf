//! What a database must do for the till: run a statement, with JSON in and JSON out.
//!
//! Which statements there are stands in [`Statement`]; an engine is little more than their texts. Parameters are one
//! JSON text (`$1`), rows come back as one JSON text each.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::Migrator;
use tokio::sync::watch;

use super::{Error, audit_statements::Question, staff_statements::StaffQuestion};

/// A database.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Begins a transaction that may change rows.
    async fn begin(&self) -> Result<Box<dyn Session>, Error>;
    /// Begins to look, without changing anything. Each statement sees one moment, and two may see two.
    async fn look(&self) -> Result<Box<dyn Session>, Error>;
    /// Begins to look at one moment of everything.
    async fn snapshot(&self) -> Result<Box<dyn Session>, Error>;
    /// Changes whenever another coordinator on the same database has committed work; none if there can be no other.
    fn others(&self) -> Option<watch::Receiver<()>>;
    /// Its connections.
    fn pools(&self) -> Vec<Pool>;
}

/// Connections that are used for the same.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// What for.
    pub name: &'static str,
    /// How many are in use.
    pub in_use: u32,
    /// How many there may be.
    pub max: u32,
}

impl Pool {
    /// Those of `pool`.
    pub fn of<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Self {
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        Self { name, in_use: pool.size().saturating_sub(idle), max: pool.options().get_max_connections() }
    }
}

/// A transaction under way; dropping it undoes it.
#[async_trait]
pub trait Session: Send {
    /// Makes `calls` in this order and gives the rows of each. Where an answer is a trip away, the next call does not
    /// wait for it. Stops at the first that fails.
    async fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, Error>;
    /// What the database should have been brought up to.
    fn migrations(&self) -> &'static Migrator;
    /// Makes everything that was done last.
    async fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// A statement and its parameter.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which.
    pub statement: Statement,
    /// A JSON text.
    pub parameter: String,
}

impl Call {
    /// A call with `parameter` as JSON.
    pub fn new(statement: Statement, parameter: &(impl Serialize + ?Sized)) -> Result<Self, Error> {
        let parameter = serde_json::to_string(parameter)
            .map_err(|error| Error::Unusable(format!("a value has no JSON: {error}")))?;
        Ok(Self { statement, parameter })
    }
}

/// Everything that is ever asked of the database. Changes take any number of rows at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// Offers of `[sku]`.
    Offers,
    /// Promotions of `[code]`.
    Promotions,
    /// Stock of `[sku]`.
    Stock,
    /// The same, in key order, held until the end of the transaction.
    LockedStock,
    /// Carts of `{guests: [token_hash], users: [user_id], ids: [cart_id]}`, with their lines.
    Carts,
    /// Holds those carts, in key order, until the end of the transaction; gives nothing.
    LockCarts,
    /// Orders of `[order_id]`, with lines, payments and history.
    Orders,
    /// Holds those orders, in key order, until the end of the transaction; gives how often each was changed.
    LockOrders,
    /// How often orders of `[order_id]` were changed.
    OrderVersions,
    /// Ids of the orders of `{user, before, limit}`, newest first.
    OrderIdsOfUser,
    /// Ids of all orders, of `{before, limit}`, newest first.
    OrderIds,
    /// As many order numbers as `{count, after}` says, none of them used and all greater than `after`.
    OrderNumbers,
    /// Wishes of `{user, before, limit}`, newest first.
    Wishes,
    /// The wish of `{user, sku}`.
    Wish,
    /// How many wishes `{user}` has.
    CountWishes,
    /// Forgets the wishes of `{user}`; a row for each.
    ForgetWishes,
    /// Takes reminders of `{now, leased_until, limit}`; gives them with how their carts are.
    LeaseCartReminders,
    /// When the next reminder falls due.
    NextCartReminder,
    /// Refunds of `[refund_id]`.
    OrderRefunds,
    /// Saved answers of `[{owner, key}]`.
    Idempotency,
    /// Ids of orders whose reservation ran out, of `{now, limit}`.
    ExpiredReservations,
    /// Takes tasks of `{now, leased_until, limit}`.
    LeaseTasks,
    /// Takes deliveries of `{subscriber, now, leased_until, limit}`.
    LeaseDeliveries,
    /// When the next delivery of `{subscriber, now}` falls due.
    NextDelivery,
    /// Subscribers for whom there are deliveries that are not dead.
    AwaitedSubscribers,
    /// Makes dead letters of `{subscriber, error}`; a row for each.
    BuryDeliveries,
    /// Dead letters of `{subscriber, event_id, after_outbox_id, after_subscriber, limit}`.
    DeadLetters,
    /// Makes deliveries of dead letters again, of `{subscriber, event_id, now}`; a row for each.
    ReplayDeadLetters,
    /// Forgets dead letters of `{subscriber, event_id}`; a row for each.
    DropDeadLetters,
    /// When the oldest event happened of those that nobody has yet to hear of.
    OldestConfirmedEvent,
    /// Forgets such events of `{before, limit}`; a row for each.
    DeleteConfirmedEvents,
    /// Events of `[outbox_id]`.
    Events,
    /// When the next task or reservation falls due.
    NextDue,
    /// Numbers of the migrations that the database has had.
    AppliedMigrations,
    /// A question about the books as a whole.
    Audit(Question),
    /// What staff ask.
    Staff(StaffQuestion),
    /// Gives all tasks back.
    ReleaseTasks,
    /// Gives all deliveries back.
    ReleaseDeliveries,

    /// Stores offers unless newer ones are known.
    PutOffers,
    /// Stores the next version of a promotion, of `[promotion]`; a row if it is the next.
    PutPromotion,
    /// Makes ledgers without pieces, of `[sku]`.
    InsertStock,
    /// Adds to stock.
    ChangeStock,
    /// Writes lines of the ledger.
    InsertStockMovements,
    /// Stores carts, new ones and known ones.
    PutCarts,
    /// Sets lines of carts.
    PutCartLines,
    /// Takes lines out, of `[{cart_id, sku}]`.
    DeleteCartLines,
    /// Forgets carts and their lines, of `[cart_id]`.
    DeleteCarts,
    /// Stores when to look at carts, unless that is known.
    InsertCartReminders,
    /// Stores when to look at carts again, of `[{cart_id, due_at}]`.
    PostponeCartReminders,
    /// Forgets to look at carts, of `[cart_id]`.
    DeleteCartReminders,
    /// Stores wishes, unless the same are known.
    InsertWishes,
    /// Forgets wishes, of `[{user_id, sku}]`.
    DeleteWishes,
    /// Stores new orders.
    InsertOrders,
    /// Stores what may change of orders.
    UpdateOrders,
    /// Stores lines of new orders.
    InsertOrderLines,
    /// Stores how many pieces of lines went back.
    UpdateOrderLines,
    /// Remembers refunds that are being asked for.
    InsertOrderRefunds,
    /// Closes refunds, of `[{refund_id, state}]`.
    CloseOrderRefunds,
    /// Remembers payment ids.
    InsertOrderPayments,
    /// Adds steps to histories.
    InsertOrderEvents,
    /// Remembers answers.
    InsertIdempotency,
    /// Notes that orders hold stock.
    InsertReservations,
    /// Notes that they hold none, of `[order_id]`.
    DeleteReservations,
    /// Asks for work.
    InsertTasks,
    /// Forgets work that is done, of `[task_id]`.
    DeleteTasks,
    /// Gives work back.
    PostponeTasks,
    /// Adds events.
    InsertEvents,
    /// Says who is to hear of them.
    InsertDeliveries,
    /// Forgets deliveries that were confirmed.
    DeleteDeliveries,
    /// Gives deliveries back.
    PostponeDeliveries,
    /// Adds to what was sold on days.
    CountSales,
    /// Writes lines of the log of what staff did; what stands there already stays.
    InsertStaffActions,
    /// Notes when subscribers took events, of `[{subscriber, at}]`.
    NoteSuccesses,
    /// Tells the other coordinators that there is work.
    Announce,
}

impl dyn Session + '_ {
    /// Runs `statement` with `parameter` and reads its rows.
    pub async fn rows<T: DeserializeOwned>(
        &mut self,
        statement: Statement,
        parameter: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Vec<T>, Error> {
        let call = Call::new(statement, parameter)?;
        let rows = self.run(std::slice::from_ref(&call)).await?.pop();
        read(statement, &rows.unwrap_or_default())
    }
}

/// Reads rows that `statement` gave.
pub fn read<T: DeserializeOwned>(statement: Statement, rows: &[String]) -> Result<Vec<T>, Error> {
    let read = rows.iter().map(|row| serde_json::from_str(row));
    read.collect::<Result<_, _>>()
        .map_err(|error| Error::Inconsistent { statement, reason: error.to_string() })
}
