//! A transaction as work sees it: rows as they would be if everything so far were already written.
//!
//! Reads go to the database once; changes are kept in memory and written together at the end. Each piece of work
//! writes into a layer of its own, so that one that fails is undone by forgetting its layer, and its neighbours in the
//! same transaction never notice.

mod audit;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    hash::Hash,
};

use async_trait::async_trait;
use merkato_commerce::{
    ids::{CartId, EventId, OrderId, PaymentId, TaskId, UserId},
    promotion::Promotion,
    text::{PromotionCode, Sku},
    time::Timestamp,
};
use merkato_contract::{
    coordinator::{Offer, StockLevel},
    event::DeadLetterSelection,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Carts, Error, Offers, Orders, Outbox, Reservations, Stock, Tasks, Transaction, Wanted,
    changes::Changes,
    engine::{Session, Statement},
    records::{
        CartOwner, CartRecord, DeadLetterRecord, DeliveryRecord, IdempotencyRecord, LineRecord, NewOrder,
        OfferRecord, OrderRecord, OutboxRecord, RefundRecord, TaskRecord,
    },
    rows::{
        CartRow, ClosedRefundRow, DeadLetterRow, DeliveryKey, EventRow, IdempotencyRow, LeasedDeliveryRow,
        LineGoneBackRow, NewDeliveryRow, OfferRow, OrderEventRow, OrderLineRow, OrderPaymentRow,
        OrderRefundRow, OrderRow, OwnedCart, PostponedDeliveryRow, PostponedTaskRow, RefundState,
        StockMovementRow, StockRow, TaskRow,
    },
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
    promotions: HashMap<PromotionCode, Option<Promotion>>,
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
        let (base, own, numbers) = (Layer::default(), Layer::default(), VecDeque::new());
        Self { session, access, base, own, numbers, last_number: 0, wrote: false, fault: None }
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
        let changes = std::mem::take(&mut self.base.changes);
        let written = changes.write(&mut *self.session).await;
        self.noting(written)
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

    /// Loads what all pieces of work said they would want.
    pub async fn load(&mut self, wanted: &Wanted) -> Result<(), Error> {
        self.load_carts(&wanted.priced_carts, &wanted.carts).await?;
        // After the carts: a cart that was emptied by placing an order has its saved answer by then.
        self.load_idempotency(&wanted.idempotency).await?;
        self.load_orders(&wanted.orders).await?;
        let (mut offers, mut promotions) = (wanted.skus.clone(), Vec::new());
        for owner in &wanted.priced_carts {
            let cart = known(owner, &self.own.rows.cart_of, &self.base.rows.cart_of);
            if let Some(owned) = cart.and_then(|id| self.known_cart(*id)) {
                offers.extend(owned.cart.lines.iter().map(|line| line.sku.clone()));
                promotions.extend_from_slice(&owned.cart.promotions);
            }
        }
        self.load_offers(&offers).await?;
        self.load_promotions(&promotions).await?;
        let mut skus = offers;
        // An order's stock is wanted with it: almost every change of an order moves its pieces.
        for id in wanted.orders.iter().filter(|_| self.access == Access::Change) {
            if let Some(Some(order)) = self.base.rows.orders.get(id) {
                skus.extend(order.facts.lines.iter().map(|line| line.sku.clone()));
            }
        }
        self.load_stock(&skus).await?;
        if wanted.new_orders > 0 {
            self.reserve_numbers(wanted.new_orders).await?;
        }
        Ok(())
    }

    async fn reserve_numbers(&mut self, count: u32) -> Result<(), Error> {
        if self.numbers.is_empty() {
            let keys = json!({ "count": count, "after": self.last_number });
            let numbers = self.session.rows(Statement::OrderNumbers, &keys).await;
            self.numbers = self.noting(numbers)?.into();
        }
        Ok(())
    }

    async fn load_offers(&mut self, skus: &[Sku]) -> Result<(), Error> {
        let missing = missing(skus, &self.own.rows.offers, &self.base.rows.offers);
        if missing.is_empty() {
            return Ok(());
        }
        let rows = self.session.rows::<OfferRow>(Statement::Offers, &missing).await;
        let found = self.noting(rows)?.into_iter().map(|row| (row.sku.clone(), OfferRecord::from(row)));
        remember(&mut self.base.rows.offers, missing, found);
        Ok(())
    }

    async fn load_promotions(&mut self, codes: &[PromotionCode]) -> Result<(), Error> {
        let missing = missing(codes, &self.own.rows.promotions, &self.base.rows.promotions);
        if missing.is_empty() {
            return Ok(());
        }
        let rows = self.session.rows::<Promotion>(Statement::Promotions, &missing).await;
        let found = self.noting(rows)?.into_iter().map(|row| (row.code.clone(), row));
        remember(&mut self.base.rows.promotions, missing, found);
        Ok(())
    }

    async fn load_stock(&mut self, skus: &[Sku]) -> Result<(), Error> {
        let missing = missing(skus, &self.own.rows.stock, &self.base.rows.stock);
        if missing.is_empty() {
            return Ok(());
        }
        let statement = match self.access {
            Access::Look => Statement::Stock,
            Access::Change => Statement::LockedStock,
        };
        let rows = self.session.rows::<StockRow>(statement, &missing).await;
        let found = self.noting(rows)?.into_iter().map(|row| (row.sku.clone(), row));
        remember(&mut self.base.rows.stock, missing, found);
        Ok(())
    }

    async fn load_carts(&mut self, owners: &[CartOwner], ids: &[CartId]) -> Result<(), Error> {
        let owners = missing(owners, &self.own.rows.cart_of, &self.base.rows.cart_of);
        let ids = missing(ids, &self.own.rows.carts, &self.base.rows.carts);
        if owners.is_empty() && ids.is_empty() {
            return Ok(());
        }
        let guests = owners.iter().filter_map(|owner| match owner {
            CartOwner::Guest { token_hash } => Some(token_hash),
            CartOwner::User(_) => None,
        });
        let users = owners.iter().filter_map(|owner| match owner {
            CartOwner::User(user) => Some(user),
            CartOwner::Guest { .. } => None,
        });
        let (guests, users) = (guests.collect::<Vec<_>>(), users.collect::<Vec<_>>());
        let keys = json!({ "guests": guests, "users": users, "ids": ids });
        // Held first and read after: what is read must be what the holder before has left.
        if self.access == Access::Change {
            let held = self.session.rows::<serde_json::Value>(Statement::LockCarts, &keys).await;
            self.noting(held)?;
        }
        let rows = self.session.rows::<CartRow>(Statement::Carts, &keys).await;
        let rows = self.noting(rows)?;
        let known = &mut self.base.rows;
        for owner in owners {
            known.cart_of.entry(owner).or_insert(None);
        }
        for id in ids {
            known.carts.entry(id).or_insert(None);
        }
        for row in rows {
            let cart = OwnedCart::try_from(row).map_err(|id| Error::Inconsistent {
                statement: Statement::Carts,
                reason: format!("cart {id} has not exactly one owner"),
            })?;
            // A cart that work has changed already is newer than its row.
            if self.own.rows.carts.contains_key(&cart.cart.id) {
                continue;
            }
            known.cart_of.insert(cart.owner.clone(), Some(cart.cart.id));
            let entry = known.carts.entry(cart.cart.id).or_insert(None);
            if entry.is_none() {
                *entry = Some(cart);
            }
        }
        Ok(())
    }

    async fn load_orders(&mut self, ids: &[OrderId]) -> Result<(), Error> {
        let missing = missing(ids, &self.own.rows.orders, &self.base.rows.orders);
        if missing.is_empty() {
            return Ok(());
        }
        if self.access == Access::Change {
            let held = self.session.rows::<serde_json::Value>(Statement::LockOrders, &missing).await;
            self.noting(held)?;
        }
        let rows = self.session.rows::<OrderRow>(Statement::Orders, &missing).await;
        let found = self.noting(rows)?.into_iter().map(|row| (row.order_id, OrderRecord::from(row)));
        remember(&mut self.base.rows.orders, missing, found);
        Ok(())
    }

    async fn load_refunds(&mut self, ids: &[TaskId]) -> Result<(), Error> {
        let missing = missing(ids, &self.own.rows.refunds, &self.base.rows.refunds);
        if missing.is_empty() {
            return Ok(());
        }
        let rows = self.session.rows::<OrderRefundRow>(Statement::OrderRefunds, &missing).await;
        let found = self.noting(rows)?.into_iter().map(|row| (row.refund_id, row));
        remember(&mut self.base.rows.refunds, missing, found);
        Ok(())
    }

    async fn load_idempotency(&mut self, keys: &[(String, String)]) -> Result<(), Error> {
        let missing = missing(keys, &self.own.rows.idempotency, &self.base.rows.idempotency);
        if missing.is_empty() {
            return Ok(());
        }
        let wanted =
            missing.iter().map(|(owner, key)| json!({ "owner": owner, "key": key })).collect::<Vec<_>>();
        let rows = self.session.rows::<IdempotencyRow>(Statement::Idempotency, &wanted).await;
        let found = self.noting(rows)?.into_iter().map(|row| {
            let key = (row.owner.clone(), row.key.clone());
            (key, IdempotencyRecord::from(row))
        });
        remember(&mut self.base.rows.idempotency, missing, found);
        Ok(())
    }

    fn known_cart(&self, id: CartId) -> Option<&OwnedCart> {
        known(&id, &self.own.rows.carts, &self.base.rows.carts)
    }

    fn put_cart(&mut self, cart: OwnedCart) {
        self.own.rows.cart_of.insert(cart.owner.clone(), Some(cart.cart.id));
        self.own.rows.carts.insert(cart.cart.id, Some(cart));
    }

    async fn owned_cart(&mut self, id: CartId) -> Result<Option<OwnedCart>, Error> {
        self.load_carts(&[], &[id]).await?;
        Ok(self.known_cart(id).cloned())
    }

    async fn stock_row(&mut self, sku: &Sku) -> Result<Option<StockRow>, Error> {
        self.load_stock(std::slice::from_ref(sku)).await?;
        Ok(known(sku, &self.own.rows.stock, &self.base.rows.stock).cloned())
    }

    fn change_stock(&mut self, row: StockRow, on_hand: i64, reserved: i64) {
        self.own.changes.change_stock(&row.sku, on_hand, reserved);
        let changed = StockRow {
            on_hand: row.on_hand.saturating_add(on_hand),
            reserved: row.reserved.saturating_add(reserved),
            sku: row.sku.clone(),
        };
        self.own.rows.stock.insert(row.sku, Some(changed));
    }

    /// The order as the work under way may change it.
    async fn own_order(&mut self, id: OrderId) -> Result<&mut OrderRecord, Error> {
        self.load_orders(&[id]).await?;
        let Rows { orders, .. } = &mut self.own.rows;
        let entry = orders.entry(id).or_insert_with(|| self.base.rows.orders.get(&id).cloned().flatten());
        entry.as_mut().ok_or_else(|| Error::Inconsistent {
            statement: Statement::Orders,
            reason: format!("order {id} is missing"),
        })
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

/// Remembers the rows that were found, and of the others that there are none.
fn remember<K: Eq + Hash, V>(
    rows: &mut HashMap<K, Option<V>>,
    asked: Vec<K>,
    found: impl Iterator<Item = (K, V)>,
) {
    rows.extend(asked.into_iter().map(|key| (key, None)));
    rows.extend(found.map(|(key, row)| (key, Some(row))));
}

#[async_trait]
impl Offers for Unit {
    async fn put_offer(&mut self, sku: &Sku, offer: &Offer) -> Result<bool, Error> {
        self.load_offers(std::slice::from_ref(sku)).await?;
        let held = known(sku, &self.own.rows.offers, &self.base.rows.offers);
        if held.is_some_and(|held| held.version >= offer.version) {
            return Ok(false);
        }
        let Offer { title, price, tax_class, weight_grams, version, active, initial_stock: _ } =
            offer.clone();
        let record = OfferRecord { sku: sku.clone(), title, price, tax_class, weight_grams, version, active };
        self.own.changes.offers.insert(sku.clone(), OfferRow::from(&record));
        self.own.rows.offers.insert(sku.clone(), Some(record));
        Ok(true)
    }

    async fn offers(&mut self, skus: &[Sku]) -> Result<Vec<OfferRecord>, Error> {
        self.load_offers(skus).await?;
        let found = skus.iter().filter_map(|sku| known(sku, &self.own.rows.offers, &self.base.rows.offers));
        Ok(found.cloned().collect())
    }

    async fn put_promotion(&mut self, promotion: &Promotion) -> Result<(), Error> {
        self.own.rows.promotions.insert(promotion.code.clone(), Some(promotion.clone()));
        self.own.changes.promotions.insert(promotion.code.clone(), promotion.clone());
        Ok(())
    }

    async fn promotions(&mut self, codes: &[PromotionCode]) -> Result<Vec<Promotion>, Error> {
        self.load_promotions(codes).await?;
        let (own, base) = (&self.own.rows.promotions, &self.base.rows.promotions);
        Ok(codes.iter().filter_map(|code| known(code, own, base)).cloned().collect())
    }
}

#[async_trait]
impl Stock for Unit {
    async fn create_stock(&mut self, sku: &Sku) -> Result<bool, Error> {
        if self.stock_row(sku).await?.is_some() {
            return Ok(false);
        }
        self.own.changes.new_stock.insert(sku.clone());
        let row = StockRow { sku: sku.clone(), on_hand: 0, reserved: 0 };
        self.own.rows.stock.insert(sku.clone(), Some(row));
        Ok(true)
    }

    async fn stock_levels(&mut self, skus: &[Sku]) -> Result<Vec<StockLevel>, Error> {
        self.load_stock(skus).await?;
        let found = skus.iter().filter_map(|sku| known(sku, &self.own.rows.stock, &self.base.rows.stock));
        Ok(found
            .map(|row| StockLevel { sku: row.sku.clone(), available: row.on_hand - row.reserved })
            .collect())
    }

    async fn reserve_stock(&mut self, sku: &Sku, pieces: u32) -> Result<bool, Error> {
        let Some(row) = self.stock_row(sku).await? else { return Ok(false) };
        if row.on_hand - row.reserved < i64::from(pieces) {
            return Ok(false);
        }
        self.change_stock(row, 0, i64::from(pieces));
        Ok(true)
    }

    async fn release_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error> {
        if let Some(row) = self.stock_row(sku).await? {
            self.change_stock(row, 0, -i64::from(pieces));
        }
        Ok(())
    }

    async fn sell_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error> {
        if let Some(row) = self.stock_row(sku).await? {
            self.change_stock(row, -i64::from(pieces), -i64::from(pieces));
        }
        Ok(())
    }

    async fn move_stock(&mut self, sku: &Sku, pieces: i64) -> Result<bool, Error> {
        let Some(row) = self.stock_row(sku).await? else { return Ok(false) };
        if row.on_hand.saturating_add(pieces) < row.reserved {
            return Ok(false);
        }
        self.change_stock(row, pieces, 0);
        Ok(true)
    }

    async fn insert_stock_movement(
        &mut self,
        id: Uuid,
        sku: &Sku,
        pieces: i64,
        order: Option<OrderId>,
        note: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.own.changes.stock_movements.push(StockMovementRow {
            stock_movement_id: id,
            sku: sku.clone(),
            pieces,
            order_id: order,
            note: note.to_owned(),
            at,
        });
        Ok(())
    }
}

#[async_trait]
impl Carts for Unit {
    async fn cart(&mut self, owner: &CartOwner) -> Result<Option<CartRecord>, Error> {
        self.load_carts(std::slice::from_ref(owner), &[]).await?;
        let id = known(owner, &self.own.rows.cart_of, &self.base.rows.cart_of).copied();
        Ok(id.and_then(|id| self.known_cart(id)).map(|owned| owned.cart.clone()))
    }

    async fn cart_by_id(&mut self, id: CartId) -> Result<Option<CartRecord>, Error> {
        Ok(self.owned_cart(id).await?.map(|owned| owned.cart))
    }

    async fn insert_cart(&mut self, id: CartId, owner: &CartOwner, at: Timestamp) -> Result<(), Error> {
        let lines = Vec::new();
        let cart = CartRecord { id, version: 0, promotions: Vec::new(), delivery: None, lines };
        let owned = OwnedCart { owner: owner.clone(), cart };
        self.own.changes.carts.insert(id, CartRow::of(&owned, at));
        self.put_cart(owned);
        Ok(())
    }

    async fn update_cart(&mut self, cart: &CartRecord, at: Timestamp) -> Result<(), Error> {
        let Some(mut owned) = self.owned_cart(cart.id).await? else { return Ok(()) };
        owned.cart.version += 1;
        owned.cart.promotions.clone_from(&cart.promotions);
        owned.cart.delivery.clone_from(&cart.delivery);
        self.own.changes.carts.insert(cart.id, CartRow::of(&owned, at));
        self.put_cart(owned);
        Ok(())
    }

    async fn set_cart_line(&mut self, cart: CartId, line: &LineRecord, at: Timestamp) -> Result<(), Error> {
        let Some(mut owned) = self.owned_cart(cart).await? else { return Ok(()) };
        let lines = &mut owned.cart.lines;
        match lines.iter_mut().find(|held| held.sku == line.sku) {
            _ if line.quantity == 0 => lines.retain(|held| held.sku != line.sku),
            Some(held) => held.quantity = line.quantity,
            None => lines.push(line.clone()),
        }
        self.own.changes.cart_lines.insert((cart, line.sku.clone()), (line.quantity, at));
        self.put_cart(owned);
        Ok(())
    }

    async fn clear_cart(&mut self, cart: CartId) -> Result<(), Error> {
        let Some(mut owned) = self.owned_cart(cart).await? else { return Ok(()) };
        for line in owned.cart.lines.drain(..) {
            self.own.changes.cart_lines.insert((cart, line.sku), (0, Timestamp(0)));
        }
        self.put_cart(owned);
        Ok(())
    }

    async fn delete_cart(&mut self, cart: CartId) -> Result<(), Error> {
        let Some(owned) = self.owned_cart(cart).await? else { return Ok(()) };
        self.own.rows.cart_of.insert(owned.owner, None);
        self.own.rows.carts.insert(cart, None);
        self.own.changes.deleted_carts.insert(cart);
        Ok(())
    }
}

#[async_trait]
impl Orders for Unit {
    async fn insert_order(&mut self, order: &NewOrder) -> Result<i64, Error> {
        self.reserve_numbers(1).await?;
        let number = self.numbers.pop_front().ok_or_else(|| Error::Inconsistent {
            statement: Statement::OrderNumbers,
            reason: "no number".to_owned(),
        })?;
        self.last_number = number;
        let record = order.clone().stored(number);
        self.own.changes.new_orders.push(OrderRow::from(&record));
        self.own.changes.order_lines.extend(OrderLineRow::of(&record.facts));
        self.own.rows.orders.insert(record.facts.id, Some(record));
        Ok(number)
    }

    async fn order(&mut self, id: OrderId) -> Result<Option<OrderRecord>, Error> {
        self.load_orders(&[id]).await?;
        Ok(known(&id, &self.own.rows.orders, &self.base.rows.orders).cloned())
    }

    async fn order_ids(
        &mut self,
        user: Option<UserId>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<OrderId>, Error> {
        // UUIDv7 sorts by time, so the id is the order of placing and the cursor at once.
        let before = after.unwrap_or(OrderId(Uuid::max()));
        let (statement, keys) = match user {
            Some(user) => {
                (Statement::OrderIdsOfUser, json!({ "user": user, "before": before, "limit": limit }))
            }
            None => (Statement::OrderIds, json!({ "before": before, "limit": limit })),
        };
        let ids = self.ask(statement, &keys).await?;
        self.load_orders(&ids).await?;
        Ok(ids)
    }

    async fn update_order(&mut self, order: &OrderRecord) -> Result<(), Error> {
        let id = order.facts.id;
        self.own.changes.orders.insert(id, OrderRow::from(order));
        self.own.rows.orders.insert(id, Some(order.clone()));
        Ok(())
    }

    async fn insert_order_event(
        &mut self,
        order: OrderId,
        state: &str,
        note: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        let record = self.own_order(order).await?;
        record.history.push((state.to_owned(), note.to_owned(), at));
        let position = i64::try_from(record.history.len()).unwrap_or(i64::MAX);
        let (state, note) = (state.to_owned(), note.to_owned());
        self.own.changes.order_events.push(OrderEventRow { order_id: order, position, state, note, at });
        Ok(())
    }

    async fn insert_order_payment(
        &mut self,
        order: OrderId,
        attempt: u32,
        payment: PaymentId,
    ) -> Result<(), Error> {
        self.own_order(order).await?.payments.push(payment);
        let row = OrderPaymentRow { order_id: order, attempt, payment_id: payment };
        self.own.changes.order_payments.push(row);
        Ok(())
    }

    async fn update_order_lines(&mut self, order: &OrderRecord) -> Result<(), Error> {
        let held = self.own_order(order.facts.id).await?;
        held.lines.clone_from(&order.lines);
        let rows = LineGoneBackRow::of(order).map(|row| ((row.order_id, row.sku.clone()), row));
        self.own.changes.lines_gone_back.extend(rows);
        Ok(())
    }

    async fn insert_order_refund(&mut self, refund: &RefundRecord, at: Timestamp) -> Result<(), Error> {
        let row = OrderRefundRow::of(refund, at);
        self.own.rows.refunds.insert(refund.id, Some(row.clone()));
        self.own.changes.new_refunds.push(row);
        Ok(())
    }

    async fn close_order_refund(&mut self, id: TaskId, done: bool) -> Result<Option<RefundRecord>, Error> {
        self.load_refunds(&[id]).await?;
        let held = known(&id, &self.own.rows.refunds, &self.base.rows.refunds);
        let Some(asked) = held.filter(|refund| refund.state == RefundState::Asked).cloned() else {
            return Ok(None);
        };
        let state = if done { RefundState::Done } else { RefundState::Refused };
        self.own.rows.refunds.insert(id, Some(OrderRefundRow { state, ..asked.clone() }));
        self.own.changes.closed_refunds.insert(id, ClosedRefundRow { refund_id: id, state });
        Ok(Some(asked.into()))
    }

    async fn idempotency(&mut self, owner: &str, key: &str) -> Result<Option<IdempotencyRecord>, Error> {
        let key = (owner.to_owned(), key.to_owned());
        self.load_idempotency(std::slice::from_ref(&key)).await?;
        Ok(known(&key, &self.own.rows.idempotency, &self.base.rows.idempotency).cloned())
    }

    async fn insert_idempotency(&mut self, record: &IdempotencyRecord, at: Timestamp) -> Result<(), Error> {
        let key = (record.owner.clone(), record.key.clone());
        self.own.changes.idempotency.push(IdempotencyRow::of(record, at));
        self.own.rows.idempotency.insert(key, Some(record.clone()));
        Ok(())
    }
}

#[async_trait]
impl Reservations for Unit {
    async fn insert_reservation(&mut self, order: OrderId, expires_at: Timestamp) -> Result<(), Error> {
        self.own.changes.reservations.insert(order, Some(expires_at));
        Ok(())
    }

    async fn delete_reservation(&mut self, order: OrderId) -> Result<(), Error> {
        self.own.changes.reservations.insert(order, None);
        Ok(())
    }

    async fn expired_reservations(&mut self, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, Error> {
        let ids = self.ask(Statement::ExpiredReservations, &json!({ "now": now, "limit": limit })).await?;
        self.load_orders(&ids).await?;
        Ok(ids)
    }
}

#[async_trait]
impl Tasks for Unit {
    async fn insert_task(&mut self, task: &TaskRecord) -> Result<(), Error> {
        self.own.changes.new_tasks.push(TaskRow::from(task));
        Ok(())
    }

    async fn lease_tasks(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<TaskRecord>, Error> {
        let lease = json!({ "now": now, "leased_until": leased_until, "limit": limit });
        let tasks = self.change::<TaskRow>(Statement::LeaseTasks, &lease).await?;
        Ok(tasks.into_iter().map(TaskRecord::from).collect())
    }

    async fn delete_task(&mut self, id: TaskId) -> Result<(), Error> {
        self.own.changes.deleted_tasks.insert(id);
        Ok(())
    }

    async fn postpone_task(&mut self, task: &TaskRecord, run_at: Timestamp) -> Result<(), Error> {
        let row = PostponedTaskRow { task_id: task.id, tries: task.tries, run_at };
        self.own.changes.postponed_tasks.push(row);
        Ok(())
    }

    async fn release_leases(&mut self) -> Result<(), Error> {
        self.change::<serde_json::Value>(Statement::ReleaseTasks, &json!(null)).await?;
        self.change::<serde_json::Value>(Statement::ReleaseDeliveries, &json!(null)).await?;
        Ok(())
    }
}

#[async_trait]
impl Outbox for Unit {
    async fn insert_event(
        &mut self,
        id: EventId,
        event: &OutboxRecord,
        subscribers: &[String],
    ) -> Result<(), Error> {
        self.own.changes.events.push(EventRow::of(id, event));
        let deliveries = subscribers.iter().cloned();
        self.own
            .changes
            .deliveries
            .extend(deliveries.map(|subscriber| NewDeliveryRow { event_id: id, subscriber }));
        Ok(())
    }

    async fn lease_deliveries(
        &mut self,
        subscriber: &str,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, Error> {
        let lease =
            json!({ "subscriber": subscriber, "now": now, "leased_until": leased_until, "limit": limit });
        let leased = self.change::<LeasedDeliveryRow>(Statement::LeaseDeliveries, &lease).await?;
        let ids = leased.iter().map(|delivery| delivery.outbox_id).collect::<BTreeSet<_>>();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let events = self.ask::<EventRow>(Statement::Events, &json!(ids)).await?;
        let events = events.into_iter().map(|event| (event.outbox_id, event)).collect::<HashMap<_, _>>();
        let with_event = leased.into_iter().filter_map(|delivery| {
            let event = events.get(&delivery.outbox_id)?.clone();
            Some(event.on_its_way_to(delivery.subscriber, delivery.tries))
        });
        Ok(with_event.collect())
    }

    async fn next_delivery(&mut self, subscriber: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let keys = json!({ "subscriber": subscriber, "now": now });
        let due = self.ask::<Option<i64>>(Statement::NextDelivery, &keys).await?;
        Ok(due.first().copied().flatten().map(Timestamp))
    }

    async fn delete_delivery(&mut self, delivery: &DeliveryRecord) -> Result<(), Error> {
        let DeliveryRecord { subscriber, outbox_id, .. } = delivery.clone();
        self.own.changes.deleted_deliveries.push(DeliveryKey { subscriber, outbox_id });
        Ok(())
    }

    async fn postpone_delivery(
        &mut self,
        delivery: &DeliveryRecord,
        run_at: Timestamp,
        dead: bool,
        error: &str,
    ) -> Result<(), Error> {
        let DeliveryRecord { subscriber, outbox_id, tries, .. } = delivery.clone();
        let last_error = error.to_owned();
        let row = PostponedDeliveryRow { subscriber, outbox_id, tries, run_at, dead, last_error };
        self.own.changes.postponed_deliveries.push(row);
        Ok(())
    }

    async fn awaited_subscribers(&mut self) -> Result<Vec<String>, Error> {
        self.ask(Statement::AwaitedSubscribers, &json!(null)).await
    }

    async fn bury_deliveries(&mut self, subscriber: &str, error: &str) -> Result<u64, Error> {
        let keys = json!({ "subscriber": subscriber, "error": error });
        self.count_changed(Statement::BuryDeliveries, &keys).await
    }

    async fn dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        after: Option<(i64, String)>,
        limit: u32,
    ) -> Result<Vec<DeadLetterRecord>, Error> {
        let (outbox_id, subscriber) = after.unwrap_or((i64::MIN, String::new()));
        let page = json!({ "after_outbox_id": outbox_id, "after_subscriber": subscriber, "limit": limit });
        let keys = with(selected(selection), page);
        let rows = self.ask::<DeadLetterRow>(Statement::DeadLetters, &keys).await?;
        let letters = rows.into_iter().map(|row| DeadLetterRecord {
            delivery: row.event.on_its_way_to(row.subscriber, row.tries),
            last_error: row.last_error.unwrap_or_default(),
        });
        Ok(letters.collect())
    }

    async fn replay_dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let keys = with(selected(selection), json!({ "now": now }));
        self.count_changed(Statement::ReplayDeadLetters, &keys).await
    }

    async fn drop_dead_letters(&mut self, selection: &DeadLetterSelection) -> Result<u64, Error> {
        self.count_changed(Statement::DropDeadLetters, &selected(selection)).await
    }

    async fn oldest_confirmed_event(&mut self) -> Result<Option<Timestamp>, Error> {
        let at = self.ask::<i64>(Statement::OldestConfirmedEvent, &json!(null)).await?;
        Ok(at.first().copied().map(Timestamp))
    }

    async fn delete_confirmed_events(&mut self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        let keys = json!({ "before": before, "limit": limit });
        self.count_changed(Statement::DeleteConfirmedEvents, &keys).await
    }
}

/// What a selection of dead letters is in the parameters of a statement.
fn selected(selection: &DeadLetterSelection) -> serde_json::Value {
    json!({ "subscriber": selection.subscriber, "event_id": selection.event_id })
}

/// Adds to the parameters of a statement.
fn with(mut keys: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    if let (Some(keys), serde_json::Value::Object(more)) = (keys.as_object_mut(), more) {
        keys.extend(more);
    }
    keys
}

#[async_trait]
impl Transaction for Unit {
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Error> {
        let due = self.ask::<Option<i64>>(Statement::NextDue, &json!(null)).await?;
        Ok(due.first().copied().flatten().map(Timestamp))
    }
}
