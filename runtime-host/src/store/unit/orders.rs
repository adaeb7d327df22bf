//! Orders, refunds, and the answers to repeated requests.

use std::sync::Arc;

use async_trait::async_trait;
use merkato_commerce::{
    ids::{OrderId, PaymentId, TaskId, UserId},
    time::Timestamp,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Access, Rows, Unit, known,
    load::{Load, remember},
    missing,
};
use crate::store::{
    Error, Orders,
    engine::{Call, Statement, read},
    records::{IdempotencyRecord, NewOrder, OrderRecord, RefundRecord},
    rows::{
        ChangedOrderRow, ClosedRefundRow, HeldOrderRow, IdempotencyRow, LineGoneBackRow, OrderEventRow,
        OrderLineRow, OrderPaymentRow, OrderRefundRow, OrderRow, RefundState,
    },
};

/// Holds orders until the end, without reading them yet.
struct HoldOrders(Vec<OrderId>);

impl Load for HoldOrders {
    fn calls(&self, _: Access) -> Result<Vec<Call>, Error> {
        Ok(vec![Call::new(Statement::LockOrders, &self.0)?])
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let held = read::<HeldOrderRow>(Statement::LockOrders, rows)?;
        unit.held_orders.extend(held.into_iter().map(|row| (row.order_id, row.version)));
        Ok(())
    }
}

struct LoadOrders(Vec<OrderId>);

impl Load for LoadOrders {
    fn calls(&self, access: Access) -> Result<Vec<Call>, Error> {
        let statements: &[_] = match access {
            Access::Look => &[Statement::Orders],
            // Held first and read after: what is read must be what the holder before has left.
            Access::Change => &[Statement::LockOrders, Statement::Orders],
        };
        statements.iter().map(|statement| Call::new(*statement, &self.0)).collect()
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let found = read::<OrderRow>(Statement::Orders, rows)?.into_iter();
        let found = found.map(|row| (row.order_id, OrderRecord::from(row)));
        remember(&mut unit.base.rows.orders, self.0, found);
        Ok(())
    }
}

struct LoadRefunds(Vec<TaskId>);

impl Load for LoadRefunds {
    fn calls(&self, _: Access) -> Result<Vec<Call>, Error> {
        Ok(vec![Call::new(Statement::OrderRefunds, &self.0)?])
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let found = read::<OrderRefundRow>(Statement::OrderRefunds, rows)?.into_iter();
        remember(&mut unit.base.rows.refunds, self.0, found.map(|row| (row.refund_id, row)));
        Ok(())
    }
}

/// Saved answers by owner and key.
struct LoadIdempotency(Vec<(String, String)>);

impl Load for LoadIdempotency {
    fn calls(&self, _: Access) -> Result<Vec<Call>, Error> {
        let keys = self.0.iter().map(|(owner, key)| json!({ "owner": owner, "key": key }));
        Ok(vec![Call::new(Statement::Idempotency, &keys.collect::<Vec<_>>())?])
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let found = read::<IdempotencyRow>(Statement::Idempotency, rows)?.into_iter().map(|row| {
            let key = (row.owner.clone(), row.key.clone());
            (key, IdempotencyRecord::from(row))
        });
        remember(&mut unit.base.rows.idempotency, self.0, found);
        Ok(())
    }
}

/// Order numbers that nobody has yet.
struct LoadNumbers {
    count: u32,
    after: i64,
}

impl Load for LoadNumbers {
    fn calls(&self, _: Access) -> Result<Vec<Call>, Error> {
        let keys = json!({ "count": self.count, "after": self.after });
        Ok(vec![Call::new(Statement::OrderNumbers, &keys)?])
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        unit.numbers = read(Statement::OrderNumbers, rows)?.into();
        Ok(())
    }
}

impl Unit {
    /// So many numbers, if there are none left.
    pub(super) fn numbers_to_load(&self, count: u32) -> Option<Box<dyn Load>> {
        let wanted = count > 0 && self.numbers.is_empty();
        wanted.then(|| Box::new(LoadNumbers { count, after: self.last_number }) as _)
    }

    /// Orders to be held, where they may be changed.
    pub(super) fn orders_to_hold(&self, ids: &[OrderId]) -> Option<Box<dyn Load>> {
        let missing = missing(ids, &self.own.rows.orders, &self.base.rows.orders);
        (self.access == Access::Change && !missing.is_empty()).then(|| Box::new(HoldOrders(missing)) as _)
    }

    /// Takes those of `known` that are held and that nobody has changed since, and so need not be read.
    pub(super) async fn take_known_orders(&mut self, known: &[Arc<OrderRecord>]) -> Result<(), Error> {
        let unchanged = |order: &&Arc<OrderRecord>| {
            self.held_orders.get(&order.facts.id).is_some_and(|version| *version == order.version)
        };
        let unchanged = known.iter().filter(unchanged).cloned().collect::<Vec<_>>();
        // Whoever tries this code out hears of a change that was not counted.
        if cfg!(debug_assertions) {
            let ids = unchanged.iter().map(|order| order.facts.id).collect::<Vec<_>>();
            self.load_orders(&ids).await?;
            for order in &unchanged {
                let stored = self.base.rows.orders.get(&order.facts.id).and_then(Option::as_ref);
                assert_eq!(stored, Some(&**order), "an order has changed, and its version has not");
            }
        }
        for order in unchanged {
            self.base.rows.orders.entry(order.facts.id).or_insert_with(|| Some(Arc::unwrap_or_clone(order)));
        }
        Ok(())
    }

    pub(super) fn orders_to_load(&self, ids: &[OrderId]) -> Option<Box<dyn Load>> {
        let missing = missing(ids, &self.own.rows.orders, &self.base.rows.orders);
        (!missing.is_empty()).then(|| Box::new(LoadOrders(missing)) as _)
    }

    pub(super) async fn load_orders(&mut self, ids: &[OrderId]) -> Result<(), Error> {
        self.load_all(self.orders_to_load(ids)).await
    }

    async fn load_refunds(&mut self, ids: &[TaskId]) -> Result<(), Error> {
        let missing = missing(ids, &self.own.rows.refunds, &self.base.rows.refunds);
        let load = (!missing.is_empty()).then(|| Box::new(LoadRefunds(missing)) as Box<dyn Load>);
        self.load_all(load).await
    }

    pub(super) fn idempotency_to_load(&self, keys: &[(String, String)]) -> Option<Box<dyn Load>> {
        let missing = missing(keys, &self.own.rows.idempotency, &self.base.rows.idempotency);
        (!missing.is_empty()).then(|| Box::new(LoadIdempotency(missing)) as _)
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

#[async_trait]
impl Orders for Unit {
    async fn insert_order(&mut self, order: &NewOrder) -> Result<i64, Error> {
        self.load_all(self.numbers_to_load(1)).await?;
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

    async fn order_versions(&mut self, ids: &[OrderId]) -> Result<Vec<(OrderId, i64)>, Error> {
        let rows = self.ask::<HeldOrderRow>(Statement::OrderVersions, &json!(ids)).await?;
        Ok(rows.into_iter().map(|row| (row.order_id, row.version)).collect())
    }

    async fn orders(&mut self, ids: &[OrderId]) -> Result<Vec<OrderRecord>, Error> {
        self.load_orders(ids).await?;
        let (own, base) = (&self.own.rows.orders, &self.base.rows.orders);
        Ok(ids.iter().filter_map(|id| known(id, own, base)).cloned().collect())
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

    async fn update_order(&mut self, order: &mut OrderRecord) -> Result<(), Error> {
        order.version += 1;
        let id = order.facts.id;
        // One that the same work has placed is written once, as it stands now.
        match self.own.changes.new_orders.iter_mut().find(|new| new.order_id == id) {
            Some(new) => *new = OrderRow::from(&*order),
            None => drop(self.own.changes.orders.insert(id, ChangedOrderRow::from(&*order))),
        }
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
        self.load_all(self.idempotency_to_load(std::slice::from_ref(&key))).await?;
        Ok(known(&key, &self.own.rows.idempotency, &self.base.rows.idempotency).cloned())
    }

    async fn insert_idempotency(&mut self, record: &IdempotencyRecord, at: Timestamp) -> Result<(), Error> {
        let key = (record.owner.clone(), record.key.clone());
        self.own.changes.idempotency.push(IdempotencyRow::of(record, at));
        self.own.rows.idempotency.insert(key, Some(record.clone()));
        Ok(())
    }
}
