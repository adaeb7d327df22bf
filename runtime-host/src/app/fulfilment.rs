//! What happens to an order after it was placed: shipping, delivery, cancelling, returning, refunding.

use std::sync::Arc;

use merkato_commerce::{Invalid, ids::OrderId, money::Money, order::Command};
use merkato_contract::{
    order::{Order, Refund, Shipment},
    order_validation,
};

use super::{Actor, App, Error, Rejection, orders::shown, transition::Transition};
use crate::store::{Wanted, records::OrderRecord};

impl App {
    /// Calls an order off.
    pub async fn cancel_order(&self, actor: &Actor, id: OrderId) -> Result<Order, Error> {
        let note = if actor.staff { "Cancelled by the shop" } else { "Cancelled by you" };
        self.change_order(actor, id, self.transition(), move |_| Ok((Command::Cancel, None)), note).await
    }

    /// Takes goods back.
    pub async fn return_order(&self, actor: &Actor, id: OrderId) -> Result<Order, Error> {
        self.change_order(actor, id, self.transition(), |_| Ok((Command::Return, None)), "Returned").await
    }

    /// Notes that the carrier delivered. For staff.
    pub async fn deliver_order(&self, actor: &Actor, id: OrderId) -> Result<Order, Error> {
        self.change_order(actor, id, self.transition(), |_| Ok((Command::Deliver, None)), "Delivered").await
    }

    /// Hands a parcel to the carrier and takes the money. For staff.
    pub async fn ship_order(&self, actor: &Actor, id: OrderId, shipment: Shipment) -> Result<Order, Error> {
        let problems = order_validation::shipment(&shipment);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let note = format!("Shipped with {}, {}", shipment.carrier, shipment.tracking_number);
        let decide = move |_: &OrderRecord| Ok((Command::Ship, Some(shipment.clone())));
        self.change_order(actor, id, self.transition(), decide, &note).await
    }

    /// Gives money back, by amount or by lines. For staff.
    pub async fn refund_order(&self, actor: &Actor, id: OrderId, refund: Refund) -> Result<Order, Error> {
        let decide = move |record: &OrderRecord| {
            let amount = refund_amount(record, &refund)?;
            Ok((Command::Refund { amount }, None))
        };
        self.change_order(actor, id, self.transition(), decide, "Refunded").await
    }

    /// Reads, decides and stores in one transaction.
    pub(super) async fn change_order(
        &self,
        actor: &Actor,
        id: OrderId,
        transition: Transition,
        decide: impl Fn(&OrderRecord) -> Result<(Command, Option<Shipment>), Error> + Send + Sync + 'static,
        note: &str,
    ) -> Result<Order, Error> {
        let known = Arc::new((actor.clone(), transition, note.to_owned(), decide));
        let order = self
            .store
            .write_wanting(Wanted::order(id), move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (actor, transition, note, decide) = &*known;
                    let record = transaction.order(id).await?.filter(|record| actor.may_read(record));
                    let mut record = record.ok_or(Rejection::NotFound("order"))?;
                    let (command, shipment) = decide(&record)?;
                    record.shipments.extend(shipment);
                    transition.apply(transaction, &mut record, command, note).await?;
                    Ok::<_, Error>(shown(&record))
                })
            })
            .await?;
        self.wake.ring();
        Ok(order)
    }
}

/// What the refund comes to. Lines are refunded at what was paid for them, their part of the discount taken off.
fn refund_amount(record: &OrderRecord, refund: &Refund) -> Result<Money, Error> {
    let lines = match (&refund.amount, &refund.lines) {
        (Some(amount), None) => return Ok(*amount),
        (None, Some(lines)) => lines,
        _ => return Err(Invalid::new("amount", "give either an amount or lines").into()),
    };
    let totals = &record.facts.totals;
    let mut full = Money::zero(totals.total.currency);
    for (place, wanted) in lines.iter().enumerate() {
        let line = record.facts.lines.iter().find(|line| line.sku == wanted.sku);
        let pieces = u32::try_from(wanted.quantity).ok();
        let (Some(line), Some(pieces)) = (line, pieces.filter(|pieces| *pieces > 0)) else {
            let message = "must be a line of the order and at least one piece";
            return Err(Invalid::new(format!("lines[{place}]"), message).into());
        };
        if pieces > line.quantity {
            let message = format!("must be at most {}", line.quantity);
            return Err(Invalid::new(format!("lines[{place}].quantity"), message).into());
        }
        full = full.plus(line.unit_price.times(pieces)?)?;
    }
    let rest = totals.subtotal.minus(full)?;
    let paid = totals.subtotal.minus(totals.discount)?.plus(totals.tax)?;
    let parts = paid.split(&[full.amount, rest.amount.max(0)]);
    Ok(parts.first().copied().unwrap_or(full))
}
