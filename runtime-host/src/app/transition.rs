//! Carries out what the rules of [`merkato_commerce::order`] decide, inside the caller's transaction.

use std::sync::Arc;

use merkato_commerce::{
    ids::{EventId, Ids, OrderId, PaymentId, StockMovementId, TaskId},
    money::Money,
    order::{self, Announcement, Command, Effect},
    pieces::{self, Pieces, Way},
    text::Sku,
    time::Timestamp,
};
use merkato_contract::event::{STOCK_CHANGED, order_event_type};
use serde::Serialize;

use super::{App, Error, Rejection, history, once::Once, orders::shown};
use crate::{
    metrics,
    outbox::{Subscriber, wanted_by},
    store::{
        Transaction,
        records::{
            LineRecord, NewEvent, OrderRecord, RefundRecord, StockMovementRecord, TaskRecord, TaskWork,
        },
        staff::SalesRecord,
    },
    trace,
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
    /// The pieces that come back or are refunded, where the command is not about the whole order. They are counted
    /// in the record already.
    pieces: Vec<Pieces>,
    /// By what a repeated request for it is known; none if it came without a key.
    pub(super) once: Option<Once>,
    /// Until when whoever asked for the transition holds the tasks that it asks for; none if anybody may take them.
    leased_until: Option<Timestamp>,
    /// The trace that tasks and events belong to.
    traceparent: Option<String>,
}

/// What a transition led to, to be seen to once it is committed.
#[derive(Debug, Default)]
pub(super) struct FollowUp {
    /// What events tell of.
    pub(super) announced: Vec<Announcement>,
    /// What is to be done.
    pub(super) tasks: Vec<TaskRecord>,
    /// Orders that were changed, and how often by now.
    pub(super) changed: Vec<(OrderId, i64)>,
}

impl FollowUp {
    pub(super) fn extend(&mut self, other: Self) {
        self.announced.extend(other.announced);
        self.tasks.extend(other.tasks);
        self.changed.extend(other.changed);
    }
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
            pieces: Vec::new(),
            once: None,
            leased_until: None,
            traceparent: trace::traceparent(),
        }
    }

    /// Sees to what a committed transition led to.
    pub(super) fn follow_up(&self, led_to: &FollowUp) {
        metrics::announced(&led_to.announced);
        for task in &led_to.tasks {
            self.wake.ring_for(task.run_at.max(task.leased_until));
        }
        if !led_to.announced.is_empty() {
            self.wake.deliveries.notify_one();
        }
        for (order, version) in &led_to.changed {
            self.watched.announce(*order, *version);
        }
    }
}

impl Transition {
    /// The same, where the command starts a try at paying with `token`.
    pub(super) fn paying_with(self, token: String) -> Self {
        Self { payment_token: Some(token), ..self }
    }

    /// The same, which is done once however often it is asked for.
    pub(super) fn once(self, once: Option<Once>) -> Self {
        Self { once, ..self }
    }

    /// The same, where whoever asks for it does what it leads to.
    pub(super) fn holding_tasks(self, until: Timestamp) -> Self {
        Self { leased_until: Some(until), ..self }
    }

    /// The same, where the command is about `pieces` only.
    pub(super) fn about(self, pieces: Vec<Pieces>) -> Self {
        Self { pieces, ..self }
    }

    /// Moves `record` by `command`: decides, carries out, stores. Nothing happens if the command changes nothing; none
    /// then. For `detail` see [`history::note`].
    pub(super) async fn apply(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
        command: Command,
        detail: &str,
    ) -> Result<Option<FollowUp>, Error> {
        let before = record.order;
        let (after, effects) = order::apply(before, command).map_err(Rejection::from)?;
        if after == before && effects.is_empty() {
            return Ok(None);
        }
        if let Some(once) = &self.once {
            once.note(transaction, self.now).await?;
        }
        record.order = after;
        let refunded = after.refunded.amount - before.refunded.amount;
        if refunded > 0 {
            let nothing = SalesRecord::nothing(self.now.day(), after.total.currency);
            transaction.count_sales(&SalesRecord { refunded, ..nothing }).await?;
        }
        let note = history::note(command, &before, &after, detail);
        self.carry_out(transaction, record, effects, &note).await.map(Some)
    }

    /// Carries out `effects` for `record`, whose new state they belong to, and stores it.
    pub(super) async fn carry_out(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
        effects: Vec<Effect>,
        note: &str,
    ) -> Result<FollowUp, Error> {
        let id = record.facts.id;
        let (mut led_to, mut matched) = (FollowUp::default(), FollowUp::default());
        transaction.insert_order_event(id, record.order.state.name(), note, self.now).await?;
        record.history.push((record.order.state.name().to_owned(), note.to_owned(), self.now));
        transaction.update_order(record).await?;
        led_to.changed.push((id, record.version));
        for effect in effects {
            match effect {
                Effect::SellStock => self.sell_stock(transaction, record).await?,
                Effect::ReleaseStock => self.release_stock(transaction, record).await?,
                Effect::ReserveStock => self.reserve_stock(transaction, record).await?,
                // It has asked for its tasks already.
                Effect::ReserveOrRefund => matched = self.match_late_money(transaction, record).await?,
                Effect::Restock => self.restock(transaction, record).await?,
                Effect::RestoreCart => self.restore_cart(transaction, record).await?,
                Effect::TakeCart => self.take_cart(transaction, record).await?,
                Effect::Authorize { attempt } => {
                    led_to.tasks.push(self.authorize(transaction, record, attempt).await?);
                }
                Effect::Capture { attempt } => {
                    led_to.tasks.push(self.task(id, TaskWork::Capture { attempt }));
                }
                Effect::Void { attempt } => led_to.tasks.push(self.task(id, TaskWork::Void { attempt })),
                Effect::Refund { amount } => {
                    led_to.tasks.push(self.refund(transaction, record, amount).await?);
                }
                Effect::RefundAttempt { attempt } => {
                    led_to.tasks.push(self.task(id, TaskWork::RefundAttempt { attempt }));
                }
                Effect::Announce(announcement) => {
                    self.announce(transaction, record, announcement).await?;
                    led_to.announced.push(announcement);
                }
            }
        }
        for task in &led_to.tasks {
            transaction.insert_task(task).await?;
        }
        led_to.extend(matched);
        Ok(led_to)
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
            let sold = self.movement(sku, -i64::from(pieces), id, "sold");
            transaction.insert_stock_movement(sold).await?;
        }
        // An order's pieces are sold once, when it is confirmed.
        let total = record.order.total;
        let nothing = SalesRecord::nothing(self.now.day(), total.currency);
        transaction.count_sales(&SalesRecord { orders: 1, gross: total.amount, ..nothing }).await?;
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
            self.announce_back_in_stock(transaction, sku, i64::from(pieces)).await?;
        }
        transaction.delete_reservation(record.facts.id).await?;
        Ok(())
    }

    async fn restock(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
    ) -> Result<(), Error> {
        let mut back = self.pieces.clone();
        if back.is_empty() {
            back = pieces::all_left(&record.lines, Way::Return);
            pieces::send(&mut record.lines, &back, Way::Return).map_err(Rejection::Invalid)?;
        }
        back.sort_by(|one, other| one.sku.cmp(&other.sku));
        for Pieces { sku, quantity } in &back {
            transaction.move_stock(sku, i64::from(*quantity)).await?;
            let note = record.order.state.name();
            let back = self.movement(sku, i64::from(*quantity), record.facts.id, note);
            transaction.insert_stock_movement(back).await?;
            self.announce_back_in_stock(transaction, sku, i64::from(*quantity)).await?;
        }
        Ok(transaction.update_order_lines(record).await?)
    }

    /// A line of the ledger for an order's pieces.
    fn movement(&self, sku: &Sku, pieces: i64, order: OrderId, note: &str) -> StockMovementRecord {
        StockMovementRecord {
            id: StockMovementId::generate(&*self.ids),
            sku: sku.clone(),
            pieces,
            order: Some(order),
            note: note.to_owned(),
            at: self.now,
            staff: None,
            key: None,
        }
    }

    /// Tells that a sku can be bought again, if it is the `pieces` that just came which made it so: then they are all
    /// that there is. The row of the stock is locked since they came, so nobody can have come between.
    pub(super) async fn announce_back_in_stock(
        &self,
        transaction: &mut dyn Transaction,
        sku: &Sku,
        pieces: i64,
    ) -> Result<(), Error> {
        let level = transaction.stock_levels(std::slice::from_ref(sku)).await?.pop();
        let Some(level) = level.filter(|level| level.available > 0 && level.available == pieces) else {
            return Ok(());
        };
        self.tell(transaction, STOCK_CHANGED, sku.to_string(), &level).await
    }

    async fn match_late_money(
        &self,
        transaction: &mut dyn Transaction,
        record: &mut OrderRecord,
    ) -> Result<FollowUp, Error> {
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
        // Boxed because it comes back to `carry_out`; the rules never ask for this effect twice in a row.
        let matched = Command::LateMoneyMatched { reserved };
        let led_to = Box::pin(self.apply(transaction, record, matched, "")).await?;
        Ok(led_to.unwrap_or_default())
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
        // What was put aside meanwhile is in the cart once more.
        cart.saved.retain(|saved| record.facts.lines.iter().all(|line| line.sku != saved.sku));
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
    ) -> Result<TaskRecord, Error> {
        let payment = PaymentId::generate(&*self.ids);
        transaction.insert_order_payment(record.facts.id, attempt, payment).await?;
        record.payments.push(payment);
        let token = self.payment_token.clone().unwrap_or_default();
        Ok(self.task(record.facts.id, TaskWork::Authorize { attempt, token }))
    }

    async fn refund(
        &self,
        transaction: &mut dyn Transaction,
        record: &OrderRecord,
        amount: Money,
    ) -> Result<TaskRecord, Error> {
        let (order, attempt) = (record.facts.id, record.order.attempt);
        let task = self.task(order, TaskWork::Refund { attempt, amount });
        let refund = RefundRecord { id: task.id, order, attempt, amount, pieces: self.pieces.clone() };
        transaction.insert_order_refund(&refund, self.now).await?;
        transaction.update_order_lines(record).await?;
        Ok(task)
    }

    fn task(&self, order: OrderId, work: TaskWork) -> TaskRecord {
        TaskRecord {
            id: TaskId::generate(&*self.ids),
            order,
            work,
            // Whoever holds it from the start is at its first try.
            tries: self.leased_until.is_some().into(),
            run_at: self.now,
            leased_until: self.leased_until.unwrap_or(Timestamp(0)),
            traceparent: self.traceparent.clone(),
        }
    }

    async fn announce(
        &self,
        transaction: &mut dyn Transaction,
        record: &OrderRecord,
        announcement: Announcement,
    ) -> Result<(), Error> {
        let (kind, subject) = (order_event_type(announcement), record.facts.id.to_string());
        self.tell(transaction, kind, subject, &shown(record)).await
    }

    /// Writes an event, to be told to all who want to hear of its kind.
    async fn tell(
        &self,
        transaction: &mut dyn Transaction,
        kind: &str,
        subject: String,
        data: &(impl Serialize + Sync),
    ) -> Result<(), Error> {
        let data = serde_json::value::to_raw_value(data)
            .map_err(|error| Error::Policy(format!("an event has no JSON: {error}")))?;
        let (at, traceparent) = (self.now, self.traceparent.clone());
        let wanted_by = wanted_by(&self.subscribers, kind);
        let event = NewEvent { kind: kind.to_owned(), subject, data, at, traceparent };
        Ok(transaction.insert_event(EventId::generate(&*self.ids), event, &wanted_by).await?)
    }
}

/// An order's lines as stock sees them. A cart holds a sku once, so no sku comes twice.
fn lines_in_key_order(record: &OrderRecord) -> Vec<(&Sku, u32)> {
    let mut lines = record.facts.lines.iter().map(|line| (&line.sku, line.quantity)).collect::<Vec<_>>();
    lines.sort_by_key(|(sku, _)| *sku);
    lines
}
