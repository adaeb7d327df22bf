//! A transaction as work sees it: rows as they would be if everything so far were already written.
//!
//! Reads go to the database once; changes are kept in memory and written together at the end. Each piece of work
//! writes into a layer of its own, so that one that fails is undone by forgetting its layer, and its neighbours in the
//! same transaction never notice.

mod audit;
mod carts;
mod load;
mod offers;
mod orders;
mod outbox;
mod reminders;
mod staff;
mod stock;
mod tasks;
mod wishes;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    hash::Hash,
};

use async_trait::async_trait;
use merkato_commerce::{
    ids::{CartId, OrderId, TaskId},
    text::{PromotionCode, Sku},
    time::Timestamp,
};
use serde_json::json;

use super::{
    Error, Transaction,
    changes::Changes,
    engine::{Session, Statement},
    records::{CartOwner, IdempotencyRecord, OfferRecord, OrderRecord, PromotionRecord},
    rows::{OrderRefundRow, OwnedCart, StockRow},
};

/// Whether rows that are read may be changed, and are held until the end for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Look,
    Change,
}

/// Rows as far as they are known; none for a row that is known not to be.
#[derive(Default)]
struct Rows {
    offers: HashMap<Sku, Option<OfferRecord>>,
    promotions: HashMap<PromotionCode, Option<PromotionRecord>>,
    stock: HashMap<Sku, Option<StockRow>>,
    carts: HashMap<CartId, Option<OwnedCart>>,
    cart_of: HashMap<CartOwner, Option<CartId>>,
    orders: HashMap<OrderId, Option<OrderRecord>>,
    refunds: HashMap<TaskId, Option<OrderRefundRow>>,
    idempotency: HashMap<(String, String), Option<IdempotencyRecord>>,
}

/// What one piece of work has done.
#[derive(Default)]
struct Layer {
    rows: Rows,
    changes: Changes,
}

/// The transaction.
pub struct Unit {
    session: Box<dyn Session>,
    access: Access,
    /// What was loaded, and what finished work has done to it.
    base: Layer,
    /// What the piece of work under way has done.
    own: Layer,
    /// How often the orders were changed that are held.
    held_orders: HashMap<OrderId, i64>,
    /// Order numbers that nobody has yet.
    numbers: VecDeque<i64>,
    /// The last order number that was given away here.
    last_number: i64,
    /// Whether the piece of work under way has changed the database itself, which cannot be forgotten.
    wrote: bool,
    /// What the database refused. The transaction cannot go on after that.
    fault: Option<Fault>,
}

/// How a transaction failed, as far as it matters for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Another transaction was in the way, or the connection was cut; the same again may do.
    Transient,
    /// Anything else.
    Failure,
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        if error.is_transient() { Self::Transient } else { Self::Failure }
    }
}

impl Unit {
    /// One that may change rows.
    pub fn to_change(session: Box<dyn Session>) -> Self {
        Self::new(session, Access::Change)
    }

    /// One that only looks.
    pub fn to_look(session: Box<dyn Session>) -> Self {
        Self::new(session, Access::Look)
    }

    fn new(session: Box<dyn Session>, access: Access) -> Self {
        Self {
            session,
            access,
            base: Layer::default(),
            own: Layer::default(),
            held_orders: HashMap::new(),
            numbers: VecDeque::new(),
            last_number: 0,
            wrote: false,
            fault: None,
        }
    }

    /// What went wrong with the transaction itself, if anything did.
    pub const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Keeps what the piece of work has done, for the next to see.
    pub fn keep(&mut self) {
        self.wrote = false;
        let Layer { rows, changes } = std::mem::take(&mut self.own);
        let base = &mut self.base.rows;
        base.offers.extend(rows.offers);
        base.promotions.extend(rows.promotions);
        base.stock.extend(rows.stock);
        base.carts.extend(rows.carts);
        base.cart_of.extend(rows.cart_of);
        base.orders.extend(rows.orders);
        base.refunds.extend(rows.refunds);
        base.idempotency.extend(rows.idempotency);
        self.base.changes.extend(changes);
    }

    /// Forgets what the piece of work has done; says whether that was possible.
    pub fn forget(&mut self) -> bool {
        self.own = Layer::default();
        !self.wrote
    }

    /// Writes what finished work has changed.
    pub async fn write(&mut self) -> Result<(), Error> {
        let calls = std::mem::take(&mut self.base.changes).calls();
        let calls = self.noting(calls)?;
        if calls.is_empty() {
            return Ok(());
        }
        let written = self.session.run(&calls).await;
        self.noting(written).map(drop)
    }

    /// Makes everything last. What [`Unit::write`] has not written is lost.
    pub async fn commit(self) -> Result<(), Error> {
        self.session.commit().await
    }

    fn noting<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.fault = Some(error.into());
        }
        result
    }

    /// Asks the database about rows that have no place in memory, after writing what it has not heard of yet.
    async fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        statement: Statement,
        parameter: &serde_json::Value,
    ) -> Result<Vec<T>, Error> {
        self.write().await?;
        let rows = self.session.rows(statement, parameter).await;
        self.noting(rows)
    }

    /// Changes rows that have no place in memory, at once.
    async fn change<T: serde::de::DeserializeOwned>(
        &mut self,
        statement: Statement,
        parameter: &serde_json::Value,
    ) -> Result<Vec<T>, Error> {
        self.wrote = true;
        self.ask(statement, parameter).await
    }

    /// The same, for a statement that gives a row for each that it changed.
    async fn count_changed(
        &mut self,
        statement: Statement,
        parameter: &serde_json::Value,
    ) -> Result<u64, Error> {
        Ok(self.change::<serde_json::Value>(statement, parameter).await?.len() as u64)
    }
}

/// Which of `keys` neither layer knows, each once and in order.
fn missing<K: Clone + Eq + Hash + Ord, V>(
    keys: &[K],
    own: &HashMap<K, Option<V>>,
    base: &HashMap<K, Option<V>>,
) -> Vec<K> {
    let unknown = keys.iter().filter(|key| !own.contains_key(*key) && !base.contains_key(*key));
    unknown.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The row of `key`, as the work under way sees it.
fn known<'a, K: Eq + Hash, V>(
    key: &K,
    own: &'a HashMap<K, Option<V>>,
    base: &'a HashMap<K, Option<V>>,
) -> Option<&'a V> {
    own.get(key).or_else(|| base.get(key)).and_then(Option::as_ref)
}

#[async_trait]
impl Transaction for Unit {
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Error> {
        let due = self.ask::<Option<i64>>(Statement::NextDue, &json!(null)).await?;
        Ok(due.first().copied().flatten().map(Timestamp))
    }
}
