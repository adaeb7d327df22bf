//! Carries out what the rules of [`merkato_commerce::order`] decide, inside the caller's transaction.

use std::sync::Arc;

use merkato_commerce::{
    ids::{EventId, Ids, OrderId, PaymentId, TaskId},
    order::{self, Announcement, Command, Effect},
    time::Timestamp,
};
use merkato_contract::event::order_event_type;

use super::{App, Error, Rejection, orders::shown};
use crate::{
    outbox::{Subscriber, wanted_by},
    store::{
        Transaction,
        records::{LineRecord, OrderRecord, OutboxRecord, TaskRecord, TaskWork},
    },
};

/// What a transition needs beside the order: taken before the transaction, so that a repeated one is the same.
#[derive(Clone)]
pub(super) struct Transition {
    now: Timestamp,
    reserved_until: Timestamp,
    ids: Arc<dyn Ids>,
    subscribers: Arc<[Subscriber]>,
    /// The means of payment, where the command starts a try at paying.
    payment_token: Option<String>,
}

impl App {
    pub(super) fn transition(&self) -> Transition {
        let now = self.clock.now();
        let reservation_ms = i64::try_from(self.settings.reservation.as_millis()).unwrap_or(i64::MAX);
        Transition {
            now,
            reserved_until: now.plus_milliseconds(reservation_ms),
            ids: Arc::clone(&self.ids),
            subscribers: Arc::clone(&self.settings.subscribers),
            payment_token: None,
        }
    }
}

impl Transition {
    /// The same, where the command starts a try at paying with `token`.
    pub(super) fn paying_with(self, token: String) -> Self {
        Self { payment_token: Some(token), ..self }
    }

    /// Moves `record` by `command`: decides, carries out, stores. Nothing happens if the command changes nothing.
    pub(super) async fn apply(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
        command: Command,
        note: &str,
    ) -> Result<(), Error> {
        let (order, effects) = order::apply(record.order, command).map_err(Rejection::from)?;
        if order == record.order && effects.is_empty() {
            return Ok(());
        }
        record.order = order;
        self.carry_out(transaction, record, effects, note).await
    }

    /// Carries out `effects` for `record`, whose new state they belong to, and stores it.
    pub(super) async fn carry_out(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
        effects: Vec<Effect>,
        note: &str,
    ) -> Result<(), Error> {
        let id = record.facts.id;
        transaction.insert_order_event(id, record.order.state.name(), note, self.now).await?;
        record.history.push((record.order.state.name().to_owned(), note.to_owned(), self.now));
        transaction.update_order(record).await?;
        for effect in effects {
            match effect {
                Effect::SellStock => self.sell_stock(transaction, record).await?,
                Effect::ReleaseStock => self.release_stock(transaction, record).await?,
                Effect::ReserveStock => self.reserve_stock(transaction, record).await?,
                Effect::ReserveOrRefund => self.match_late_money(transaction, record).await?,
                Effect::Restock => self.restock(transaction, record).await?,
                Effect::RestoreCart => self.restore_cart(transaction, record).await?,
                Effect::TakeCart => self.take_cart(transaction, record).await?,
                Effect::Authorize { attempt } => self.authorize(transaction, record, attempt).await?,
                Effect::Capture => {
                    self.insert_task(transaction, id, TaskWork::Capture { attempt: record.order.attempt })
                        .await?;
                }
                Effect::Void { attempt } => {
                    self.insert_task(transaction, id, TaskWork::Void { attempt }).await?;
                }
                Effect::Refund { amount } => {
                    let attempt = record.order.attempt;
                    self.insert_task(transaction, id, TaskWork::Refund { attempt, amount }).await?;
                }
                Effect::Announce(announcement) => self.announce(transaction, record, announcement).await?,
            }
        }
        Ok(())
    }

    /// Reserves all lines or fails; skus in key order, so that two orders never wait for each other.
    pub(super) async fn reserve_stock(
        &self,
        transaction: &mut dyn Transaction,
        record: &OrderRecord,
    ) -> Result<(), Error> {
        for (sku, pieces) in lines_in_key_order(record) {
            if !transaction.reserve_stock(sku, pieces).await? {
                let level = transaction.stock_levels(std::slice::from_ref(sku)).await?.pop();
                let available = level.map_or(0, |level| level.available);
                return Err(Rejection::StockTooLow { sku: sku.clone(), available }.into());
            }
        }
        transaction.insert_reservation(record.facts.id, self.reserved_until).await?;
        Ok(())
    }

    async fn sell_stock(&self, transaction: &mut dyn Transaction, record: &OrderRecord) -> Result<(), Error> {
        let id = record.facts.id;
        for (sku, pieces) in lines_in_key_order(record) {
            transaction.sell_stock(sku, pieces).await?;
            let movement = self.ids.next();
            let taken = -i64::from(pieces);
            transaction.insert_stock_movement(movement, sku, taken, Some(id), "sold", self.now).await?;
        }
        transaction.delete_reservation(id).await?;
        Ok(())
    }

    async fn release_stock(
        &self,
        transaction: &mut dyn Transaction,
        record: &OrderRecord,
    ) -> Result<(), Error> {
        for (sku, pieces) in lines_in_key_order(record) {
            transaction.release_stock(sku, pieces).await?;
        }
        transaction.delete_reservation(record.facts.id).await?;
        Ok(())
    }

    async fn restock(&self, transaction: &mut dyn Transaction, record: &OrderRecord) -> Result<(), Error> {
        for (sku, pieces) in lines_in_key_order(record) {
            transaction.move_stock(sku, i64::from(pieces)).await?;
            let (movement, id) = (self.ids.next(), record.facts.id);
            let note = record.order.state.name();
            transaction
                .insert_stock_movement(movement, sku, i64::from(pieces), Some(id), note, self.now)
                .await?;
        }
        Ok(())
    }

    async fn match_late_money(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
    ) -> Result<(), Error> {
        let mut held = Vec::new();
        let mut reserved = true;
        for (sku, pieces) in lines_in_key_order(record) {
            if transaction.reserve_stock(sku, pieces).await? {
                held.push((sku, pieces));
            } else {
                reserved = false;
                break;
            }
        }
        if !reserved {
            for (sku, pieces) in held {
                transaction.release_stock(sku, pieces).await?;
            }
        }
        let note = if reserved {
            "Your payment arrived late; everything was still in stock."
        } else {
            "Your payment arrived after the goods had sold out; the money goes back to you."
        };
        // Boxed because it comes back to `carry_out`; the rules never ask for this effect twice in a row.
        Box::pin(self.apply(transaction, record, Command::LateMoneyMatched { reserved }, note)).await
    }

    async fn restore_cart(
        &self,
        transaction: &mut dyn Transaction,
        record: &OrderRecord,
    ) -> Result<(), Error> {
        // A cart that was filled again, or merged into another, is left as the shopper has it now.
        let Some(mut cart) = transaction.cart_by_id(record.facts.cart).await? else { return Ok(()) };
        if !cart.lines.is_empty() {
            return Ok(());
        }
        for line in &record.facts.lines {
            let line = LineRecord { sku: line.sku.clone(), quantity: line.quantity };
            transaction.set_cart_line(cart.id, &line, self.now).await?;
        }
        cart.promotions = record.facts.promotions.iter().map(|applied| applied.code.clone()).collect();
        Ok(transaction.update_cart(&cart, self.now).await?)
    }

    async fn take_cart(&self, transaction: &mut dyn Transaction, record: &OrderRecord) -> Result<(), Error> {
        let Some(mut cart) = transaction.cart_by_id(record.facts.cart).await? else { return Ok(()) };
        let restored = record.facts.lines.iter().all(|line| {
            cart.lines.iter().any(|held| (&held.sku, held.quantity) == (&line.sku, line.quantity))
        });
        // Whatever the shopper has added or changed since is meant for another order.
        if !restored || cart.lines.len() != record.facts.lines.len() {
            return Ok(());
        }
        transaction.clear_cart(cart.id).await?;
        cart.promotions.clear();
        Ok(transaction.update_cart(&cart, self.now).await?)
    }

    async fn authorize(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
        attempt: u32,
    ) -> Result<(), Error> {
        let payment = PaymentId::generate(&*self.ids);
        transaction.insert_order_payment(record.facts.id, attempt, payment).await?;
        record.payments.push(payment);
        let token = self.payment_token.clone().unwrap_or_default();
        self.insert_task(transaction, record.facts.id, TaskWork::Authorize { attempt, token }).await
    }

    async fn insert_task(
        &self,
        transaction: &mut dyn Transaction,
        order: OrderId,
        work: TaskWork,
    ) -> Result<(), Error> {
        let id = TaskId::generate(&*self.ids);
        let task = TaskRecord { id, order, work, tries: 0, run_at: self.now };
        Ok(transaction.insert_task(&task).await?)
    }

    async fn announce(
        &self,
        transaction: &mut dyn Transaction,
        record: &OrderRecord,
        announcement: Announcement,
    ) -> Result<(), Error> {
        let data = serde_json::to_value(shown(record))
            .map_err(|error| Error::Policy(format!("an order has no JSON: {error}")))?;
        let event = OutboxRecord {
            kind: order_event_type(announcement).to_owned(),
            subject: record.facts.id.to_string(),
            data,
            at: self.now,
        };
        let wanted_by = wanted_by(&self.subscribers, &event.kind);
        Ok(transaction.insert_event(EventId::generate(&*self.ids), &event, &wanted_by).await?)
    }
}

/// An order's lines as stock sees them. A cart holds a sku once, so no sku comes twice.
fn lines_in_key_order(record: &OrderRecord) -> Vec<(&merkato_commerce::text::Sku, u32)> {
    let mut lines = record.facts.lines.iter().map(|line| (&line.sku, line.quantity)).collect::<Vec<_>>();
    lines.sort_by_key(|(sku, _)| *sku);
    lines
}
