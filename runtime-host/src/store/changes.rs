//! What a transaction has changed and not yet written.
//!
//! Work that shares a transaction shares its statements too: forty new orders are one `INSERT` into each table.

use std::collections::{BTreeMap, BTreeSet};

use merkato_commerce::{
    ids::{CartId, OrderId, TaskId},
    money::Currency,
    text::Sku,
    time::{Day, Timestamp},
};
use serde::Serialize;

use super::{
    Error,
    engine::{Call, Statement},
    rows::{
        CartLineRow, CartReminderRow, CartRow, ChangedOrderRow, ClosedRefundRow, DeliveryKey, IdempotencyRow,
        LineGoneBackRow, NewDeliveryRow, NewEventRow, OfferRow, OrderEventRow, OrderLineRow, OrderPaymentRow,
        OrderRefundRow, OrderRow, PostponedDeliveryRow, PostponedTaskRow, ReservationRow, StockMovementRow,
        StockRow, TaskRow, WishKey, WishRow,
    },
    staff::SalesRecord,
    staff_rows::{StaffActionRow, SuccessRow},
};

/// Changes by table. Where a row changes twice, the last word stands.
#[derive(Default)]
pub struct Changes {
    pub offers: BTreeMap<Sku, OfferRow>,
    pub new_stock: BTreeSet<Sku>,
    /// What is added to `on_hand` and `reserved`.
    pub stock: BTreeMap<Sku, (i64, i64)>,
    pub stock_movements: Vec<StockMovementRow>,
    pub carts: BTreeMap<CartId, CartRow>,
    /// Quantity and when it was set; 0 takes the line out.
    pub cart_lines: BTreeMap<(CartId, Sku), (u32, Timestamp)>,
    pub deleted_carts: BTreeSet<CartId>,
    /// When to look at carts, where that is not known.
    pub cart_reminders: BTreeMap<CartId, Timestamp>,
    /// When to look at carts again; never, if none.
    pub looked_at_carts: BTreeMap<CartId, Option<Timestamp>>,
    pub wishes: Vec<WishRow>,
    pub deleted_wishes: Vec<WishKey>,
    pub new_orders: Vec<OrderRow>,
    pub orders: BTreeMap<OrderId, ChangedOrderRow>,
    pub order_lines: Vec<OrderLineRow>,
    pub lines_gone_back: BTreeMap<(OrderId, Sku), LineGoneBackRow>,
    pub new_refunds: Vec<OrderRefundRow>,
    pub closed_refunds: BTreeMap<TaskId, ClosedRefundRow>,
    pub order_payments: Vec<OrderPaymentRow>,
    pub order_events: Vec<OrderEventRow>,
    pub idempotency: Vec<IdempotencyRow>,
    /// Until when stock is held; none if it no longer is.
    pub reservations: BTreeMap<OrderId, Option<Timestamp>>,
    pub new_tasks: Vec<TaskRow>,
    pub deleted_tasks: BTreeSet<TaskId>,
    pub postponed_tasks: Vec<PostponedTaskRow>,
    pub events: Vec<NewEventRow>,
    pub deliveries: Vec<NewDeliveryRow>,
    pub deleted_deliveries: Vec<DeliveryKey>,
    pub postponed_deliveries: Vec<PostponedDeliveryRow>,
    /// What is added to the figures of a day.
    pub sales: BTreeMap<(Day, Currency), SalesRecord>,
    pub staff_actions: Vec<StaffActionRow>,
    /// When subscribers took events.
    pub successes: BTreeMap<String, SuccessRow>,
}

#[derive(Serialize)]
struct CartLineKey<'a> {
    cart_id: CartId,
    sku: &'a Sku,
}

impl Changes {
    /// Adds what came later.
    pub fn extend(&mut self, later: Self) {
        self.offers.extend(later.offers);
        self.new_stock.extend(later.new_stock);
        for (sku, (on_hand, reserved)) in later.stock {
            self.change_stock(&sku, on_hand, reserved);
        }
        self.stock_movements.extend(later.stock_movements);
        self.carts.extend(later.carts);
        self.cart_lines.extend(later.cart_lines);
        self.deleted_carts.extend(later.deleted_carts);
        self.cart_reminders.extend(later.cart_reminders);
        self.looked_at_carts.extend(later.looked_at_carts);
        self.wishes.extend(later.wishes);
        self.deleted_wishes.extend(later.deleted_wishes);
        self.new_orders.extend(later.new_orders);
        self.orders.extend(later.orders);
        self.order_lines.extend(later.order_lines);
        self.lines_gone_back.extend(later.lines_gone_back);
        self.new_refunds.extend(later.new_refunds);
        self.closed_refunds.extend(later.closed_refunds);
        self.order_payments.extend(later.order_payments);
        self.order_events.extend(later.order_events);
        self.idempotency.extend(later.idempotency);
        self.reservations.extend(later.reservations);
        self.new_tasks.extend(later.new_tasks);
        self.deleted_tasks.extend(later.deleted_tasks);
        self.postponed_tasks.extend(later.postponed_tasks);
        self.events.extend(later.events);
        self.deliveries.extend(later.deliveries);
        self.deleted_deliveries.extend(later.deleted_deliveries);
        self.postponed_deliveries.extend(later.postponed_deliveries);
        for sale in later.sales.into_values() {
            self.count_sales(&sale);
        }
        self.staff_actions.extend(later.staff_actions);
        self.successes.extend(later.successes);
    }

    pub fn count_sales(&mut self, added: &SalesRecord) {
        let key = (added.day, added.currency);
        let sales = self.sales.entry(key).or_insert_with(|| SalesRecord::nothing(added.day, added.currency));
        sales.add(added);
    }

    pub fn change_stock(&mut self, sku: &Sku, on_hand: i64, reserved: i64) {
        let change = self.stock.entry(sku.clone()).or_default();
        // Each is within what a cart or a delivery note can hold, so the sums are far from the ends of the type.
        *change = (change.0.saturating_add(on_hand), change.1.saturating_add(reserved));
    }

    /// What writes everything. Tables in one fixed order, so that two coordinators never wait for each other in a
    /// circle.
    pub fn calls(self) -> Result<Vec<Call>, Error> {
        let announced = !self.new_tasks.is_empty() || !self.deliveries.is_empty() || !self.orders.is_empty();
        let mut calls = Calls::default();
        calls.store(Statement::PutOffers, &values(self.offers))?;
        calls.store(Statement::InsertStock, &self.new_stock.into_iter().collect::<Vec<_>>())?;
        let stock =
            self.stock.into_iter().map(|(sku, (on_hand, reserved))| StockRow { sku, on_hand, reserved });
        calls.store(Statement::ChangeStock, &stock.collect::<Vec<_>>())?;
        calls.store(Statement::InsertStockMovements, &self.stock_movements)?;
        // What was looked at before something was put in: the work that looks reads the cart first.
        calls.store_looked_at_carts(self.looked_at_carts)?;
        calls.store_carts(self.carts, self.cart_lines, self.cart_reminders, self.deleted_carts)?;
        calls.store(Statement::InsertWishes, &self.wishes)?;
        calls.store(Statement::DeleteWishes, &self.deleted_wishes)?;
        calls.store(Statement::InsertOrders, &self.new_orders)?;
        calls.store(Statement::UpdateOrders, &values(self.orders))?;
        calls.store(Statement::InsertOrderLines, &self.order_lines)?;
        calls.store(Statement::UpdateOrderLines, &values(self.lines_gone_back))?;
        calls.store(Statement::InsertOrderRefunds, &self.new_refunds)?;
        calls.store(Statement::CloseOrderRefunds, &values(self.closed_refunds))?;
        calls.store(Statement::InsertOrderPayments, &self.order_payments)?;
        calls.store(Statement::InsertOrderEvents, &self.order_events)?;
        calls.store(Statement::InsertIdempotency, &self.idempotency)?;
        let mut held = Vec::new();
        let mut free = Vec::new();
        for (order_id, expires_at) in self.reservations {
            match expires_at {
                Some(expires_at) => held.push(ReservationRow { order_id, expires_at }),
                None => free.push(order_id),
            }
        }
        calls.store(Statement::InsertReservations, &held)?;
        calls.store(Statement::DeleteReservations, &free)?;
        calls.store(Statement::InsertTasks, &self.new_tasks)?;
        calls.store(Statement::DeleteTasks, &self.deleted_tasks.into_iter().collect::<Vec<_>>())?;
        calls.store(Statement::PostponeTasks, &self.postponed_tasks)?;
        calls.store(Statement::InsertEvents, &self.events)?;
        calls.store(Statement::InsertDeliveries, &self.deliveries)?;
        calls.store(Statement::DeleteDeliveries, &self.deleted_deliveries)?;
        calls.store(Statement::PostponeDeliveries, &self.postponed_deliveries)?;
        calls.store(Statement::CountSales, &values(self.sales))?;
        calls.store(Statement::InsertStaffActions, &self.staff_actions)?;
        calls.store(Statement::NoteSuccesses, &values(self.successes))?;
        if announced {
            calls.0.push(Call::new(Statement::Announce, &())?);
        }
        Ok(calls.0)
    }
}

#[derive(Default)]
struct Calls(Vec<Call>);

impl Calls {
    /// Adds `statement` for `rows`, if there are any.
    fn store<T: Serialize>(&mut self, statement: Statement, rows: &[T]) -> Result<(), Error> {
        if !rows.is_empty() {
            self.0.push(Call::new(statement, rows)?);
        }
        Ok(())
    }

    fn store_looked_at_carts(&mut self, looked_at: BTreeMap<CartId, Option<Timestamp>>) -> Result<(), Error> {
        let (mut again, mut never) = (Vec::new(), Vec::new());
        for (cart_id, due_at) in looked_at {
            match due_at {
                Some(due_at) => again.push(CartReminderRow { cart_id, due_at }),
                None => never.push(cart_id),
            }
        }
        self.store(Statement::PostponeCartReminders, &again)?;
        self.store(Statement::DeleteCartReminders, &never)
    }

    fn store_carts(
        &mut self,
        mut carts: BTreeMap<CartId, CartRow>,
        mut lines: BTreeMap<(CartId, Sku), (u32, Timestamp)>,
        mut reminders: BTreeMap<CartId, Timestamp>,
        deleted: BTreeSet<CartId>,
    ) -> Result<(), Error> {
        carts.retain(|id, _| !deleted.contains(id));
        lines.retain(|(id, _), _| !deleted.contains(id));
        reminders.retain(|id, _| !deleted.contains(id));
        self.store(Statement::PutCarts, &values(carts))?;
        let gone = lines.iter().filter(|(_, (quantity, _))| *quantity == 0);
        let gone = gone.map(|((cart_id, sku), _)| CartLineKey { cart_id: *cart_id, sku });
        self.store(Statement::DeleteCartLines, &gone.collect::<Vec<_>>())?;
        let held = lines.iter().filter(|(_, (quantity, _))| *quantity > 0);
        let held = held.map(|((cart_id, sku), (quantity, added_at))| CartLineRow {
            cart_id: *cart_id,
            sku: sku.clone(),
            quantity: *quantity,
            added_at: *added_at,
        });
        self.store(Statement::PutCartLines, &held.collect::<Vec<_>>())?;
        let reminders = reminders.into_iter().map(|(cart_id, due_at)| CartReminderRow { cart_id, due_at });
        self.store(Statement::InsertCartReminders, &reminders.collect::<Vec<_>>())?;
        self.store(Statement::DeleteCarts, &deleted.into_iter().collect::<Vec<_>>())
    }
}

fn values<K, V>(map: BTreeMap<K, V>) -> Vec<V> {
    map.into_values().collect()
}
