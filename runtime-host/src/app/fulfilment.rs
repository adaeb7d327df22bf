//! What happens to an order after it was placed: shipping, delivery, cancelling, returning, refunding.

use std::sync::Arc;

use merkato_commerce::{
    Invalid,
    ids::OrderId,
    money::Money,
    order::{Command, PaymentState},
    pieces::{self, Pieces, Way},
    text::IdempotencyKey,
};
use merkato_contract::{
    order::{Order, Refund, Return, Shipment},
    order_validation::{self, RefundOf},
    staff::action::actions,
};

use super::{
    Actor, App, Error, Rejection,
    once::Once,
    orders::shown,
    transition::{FollowUp, Transition},
};
use crate::store::{Wanted, records::OrderRecord};

/// What a request comes to, decided in the transaction that carries it out.
pub(super) struct Change {
    command: Command,
    /// What the history says of it, where the command does not say it all.
    note: String,
    /// What it is about, if not the whole order; counted in the record already.
    pieces: Vec<Pieces>,
}

impl From<Command> for Change {
    fn from(command: Command) -> Self {
        Self { command, note: String::new(), pieces: Vec::new() }
    }
}

impl App {
    /// Calls an order off.
    pub async fn cancel_order(&self, actor: &Actor, id: OrderId) -> Result<Order, Error> {
        let note = if actor.staff { "Cancelled by the shop" } else { "Cancelled by you" };
        let decide =
            move |_: &mut OrderRecord| Ok(Change { note: note.to_owned(), ..Command::Cancel.into() });
        self.change_order(actor, actions::CANCEL_ORDER, id, self.transition(), decide).await
    }

    /// Takes goods back: some lines, or all that have not come back yet. Their money is refunded by staff. The same key
    /// is the same goods, however often.
    pub async fn return_order(
        &self,
        actor: &Actor,
        id: OrderId,
        key: Option<IdempotencyKey>,
        back: Return,
    ) -> Result<Order, Error> {
        let once = key.map(|key| Once::of(id, "return", &key, &back)).transpose()?;
        let wanted = order_validation::take_back(&back).map_err(Rejection::Invalid)?;
        let decide = move |record: &mut OrderRecord| {
            let pieces = wanted.clone().unwrap_or_else(|| pieces::all_left(&record.lines, Way::Return));
            pieces::send(&mut record.lines, &pieces, Way::Return).map_err(Rejection::Invalid)?;
            let complete = pieces::all_left(&record.lines, Way::Return).is_empty();
            let note = format!("Came back: {}", named(record, &pieces));
            Ok(Change { command: Command::Return { complete }, note, pieces })
        };
        self.change_order(actor, actions::RETURN_ORDER, id, self.transition().once(once), decide).await
    }

    /// Notes that the carrier delivered. For staff.
    pub async fn deliver_order(&self, actor: &Actor, id: OrderId) -> Result<Order, Error> {
        self.change_order(actor, actions::DELIVER_ORDER, id, self.transition(), |_| {
            Ok(Command::Deliver.into())
        })
        .await
    }

    /// Hands a parcel to the carrier and, unless that was done before, asks for the money. The answer waits a bounded
    /// time for it. For staff.
    pub async fn ship_order(&self, actor: &Actor, id: OrderId, shipment: Shipment) -> Result<Order, Error> {
        let problems = order_validation::shipment(&shipment);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let decide = move |record: &mut OrderRecord| {
            record.shipments.push(shipment.clone());
            let note = format!("Shipped with {}, {}", shipment.carrier, shipment.tracking_number);
            Ok(Change { note, ..Command::Ship.into() })
        };
        self.change_order(actor, actions::SHIP_ORDER, id, self.transition(), decide).await?;
        self.settled_order(id, PaymentState::Capturing).await
    }

    /// Gives money back, by amount or by lines. The answer waits a bounded time for the gateway. The same key is the same
    /// refund, however often. For staff.
    pub async fn refund_order(
        &self,
        actor: &Actor,
        id: OrderId,
        key: Option<IdempotencyKey>,
        refund: Refund,
    ) -> Result<Order, Error> {
        let once = key.map(|key| Once::of(id, "refund", &key, &refund)).transpose()?;
        let wanted = order_validation::refund(&refund).map_err(Rejection::Invalid)?;
        let decide = move |record: &mut OrderRecord| match &wanted {
            RefundOf::Amount(amount) => {
                let note = format!("{amount} are on their way back to you");
                Ok(Change { note, ..Command::Refund { amount: *amount }.into() })
            }
            RefundOf::Pieces(pieces) => {
                let amount = refund_pieces(record, pieces)?;
                let note = format!("{amount} are on their way back to you for {}", named(record, pieces));
                Ok(Change { command: Command::Refund { amount }, note, pieces: pieces.clone() })
            }
        };
        self.change_order(actor, actions::REFUND_ORDER, id, self.transition().once(once), decide).await?;
        self.settled_order(id, PaymentState::Refunding).await
    }

    /// Asks once more for money that the gateway refused to hand over. The answer waits a bounded time. For staff.
    pub async fn retry_capture(&self, actor: &Actor, id: OrderId) -> Result<Order, Error> {
        self.change_order(actor, actions::RETRY_CAPTURE, id, self.transition(), |_| {
            Ok(Command::RetryCapture.into())
        })
        .await?;
        self.settled_order(id, PaymentState::Capturing).await
    }

    /// The order, once its payment is no longer `under_way` or the wait is over.
    async fn settled_order(&self, id: OrderId, under_way: PaymentState) -> Result<Order, Error> {
        let waiting = self.settled.wait_for(id);
        let record = self.settle_within(waiting, None, |order| order.payment == under_way).await?;
        Ok(shown(&record))
    }

    /// Reads, decides and stores in one transaction. If it is staff who do so, that is written down as `action`.
    pub(super) async fn change_order(
        &self,
        actor: &Actor,
        action: &'static str,
        id: OrderId,
        transition: Transition,
        decide: impl Fn(&mut OrderRecord) -> Result<Change, Error> + Send + Sync + 'static,
    ) -> Result<Order, Error> {
        let idempotency = transition.once.iter().map(Once::saved_as).collect();
        let wanted = Wanted { idempotency, ..Wanted::order(id) };
        let deed = self.deed(actor, action, format!("order/{id}"));
        let known = Arc::new((actor.clone(), transition, decide, deed));
        let (order, led_to) = self
            .store
            .write_wanting(wanted, move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (actor, transition, decide, deed) = &*known;
                    let record = transaction.order(id).await?.filter(|record| actor.may_read(record));
                    let mut record = record.ok_or(Rejection::NotFound("order"))?;
                    if let Some(once) = &transition.once
                        && once.was_done(transaction).await?
                    {
                        return Ok::<_, Error>((shown(&record), FollowUp::default()));
                    }
                    let Change { command, note, pieces } = decide(&mut record)?;
                    let transition = transition.clone().about(pieces);
                    let led_to = transition.apply(transaction, &mut record, command, &note).await?;
                    if let Some(deed) = deed.as_ref().filter(|_| led_to.is_some()) {
                        let said = record.history.last().map_or("", |(_, note, _)| note.as_str());
                        deed.log(transaction, said, standing(&record)).await?;
                    }
                    Ok((shown(&record), led_to.unwrap_or_default()))
                })
            })
            .await?;
        self.follow_up(&led_to);
        Ok(order)
    }
}

/// Where an order and its money stand, in the words of the API.
fn standing(record: &OrderRecord) -> String {
    format!("order {}, payment {}", record.order.state.name(), record.order.payment.name())
}

/// Counts `pieces` as refunded, and gives what was paid for them.
fn refund_pieces(record: &mut OrderRecord, pieces: &[Pieces]) -> Result<Money, Error> {
    let before = record.lines.clone();
    pieces::send(&mut record.lines, pieces, Way::Refund).map_err(Rejection::Invalid)?;
    let totals = &record.facts.totals;
    let amount = pieces::paid_for(&before, &record.lines, totals.total, totals.shipping);
    let refundable = record.order.refundable();
    if amount.amount < 1 || amount.amount > refundable.amount {
        let message =
            format!("come to {amount}; at least one minor unit and at most {refundable} can be refunded");
        return Err(Invalid::new("lines", message).into());
    }
    Ok(amount)
}

/// Pieces by the names that the shopper knows.
fn named(record: &OrderRecord, pieces: &[Pieces]) -> String {
    let named = pieces.iter().map(|Pieces { sku, quantity }| {
        let line = record.facts.lines.iter().find(|line| line.sku == *sku);
        format!("{quantity} × {}", line.map_or(sku.as_str(), |line| line.title.as_str()))
    });
    named.collect::<Vec<_>>().join(", ")
}
