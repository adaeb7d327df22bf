//! Orders, refunds, and the answers to repeated requests.

use async_trait::async_trait;
use merkato_commerce::{
    ids::{OrderId, PaymentId, TaskId, UserId},
    time::Timestamp,
};
use serde_json::json;
use uuid::Uuid;

use super::{Access, Rows, Unit, known, missing, remember};
use crate::store::{
    Error, Orders,
    engine::Statement,
    records::{IdempotencyRecord, NewOrder, OrderRecord, RefundRecord},
    rows::{
        ClosedRefundRow, IdempotencyRow, LineGoneBackRow, OrderEventRow, OrderLineRow, OrderPaymentRow,
        OrderRefundRow, OrderRow, RefundState,
    },
};

impl Unit {
    pub(super) async fn reserve_numbers(&mut self, count: u32) -> Result<(), Error> {
        if self.numbers.is_empty() {
            let keys = json!({ "count": count, "after": self.last_number });
            let numbers = self.session.rows(Statement::OrderNumbers, &keys).await;
            self.numbers = self.noting(numbers)?.into();
        }
        Ok(())
    }

    pub(super) async fn load_orders(&mut self, ids: &[OrderId]) -> Result<(), Error> {
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

    pub(super) async fn load_idempotency(&mut self, keys: &[(String, String)]) -> Result<(), Error> {
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
        let (id, row) = (order.facts.id, OrderRow::from(order));
        // One that the same work has placed is written once, as it stands now.
        match self.own.changes.new_orders.iter_mut().find(|new| new.order_id == id) {
            Some(new) => *new = row,
            None => drop(self.own.changes.orders.insert(id, row)),
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
