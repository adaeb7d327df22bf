//! Stock: what can be bought, and what staff count.

use std::sync::Arc;

use merkato_commerce::{Invalid, ids::EventId, text::Sku, time::Timestamp};
use merkato_contract::{
    catalog::STOCK_MAX,
    coordinator::{MoveStock, STOCK_SKUS_MAX, StockLevel},
    event::STOCK_CHANGED,
};

use super::{App, Error, Rejection};
use crate::{
    outbox::{Subscriber, wanted_by},
    store::{Transaction, records::OutboxRecord},
    trace,
};

/// Longest note in the ledger, in characters.
const NOTE_CHARACTERS_MAX: usize = 200;

impl App {
    /// What can be bought of each of `skus`; unknown skus are left out.
    pub async fn stock_levels(&self, skus: Vec<Sku>) -> Result<Vec<StockLevel>, Error> {
        if skus.len() > STOCK_SKUS_MAX {
            return Err(Invalid::new("skus", format!("must be at most {STOCK_SKUS_MAX}")).into());
        }
        let skus = Arc::new(skus);
        self.store
            .read(move |transaction| {
                let skus = Arc::clone(&skus);
                Box::pin(async move { Ok(transaction.stock_levels(&skus).await?) })
            })
            .await
    }

    /// Adds pieces to the shelf or takes them off. Promised pieces stay.
    pub async fn move_stock(&self, sku: Sku, change: MoveStock) -> Result<StockLevel, Error> {
        if change.pieces == 0 || !(-STOCK_MAX..=STOCK_MAX).contains(&change.pieces) {
            let message = format!("must be between -{STOCK_MAX} and {STOCK_MAX}, and not 0");
            return Err(Invalid::new("pieces", message).into());
        }
        if change.note.chars().count() > NOTE_CHARACTERS_MAX {
            return Err(
                Invalid::new("note", format!("must be at most {NOTE_CHARACTERS_MAX} characters")).into()
            );
        }
        let (movement, event, now) = (self.ids.next(), EventId::generate(&*self.ids), self.clock.now());
        let known = Arc::new((sku, change, Arc::clone(&self.settings.subscribers)));
        let level = self
            .store
            .write(move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (sku, change, subscribers) = &*known;
                    let one = std::slice::from_ref(sku);
                    let moved = transaction.move_stock(sku, change.pieces).await?;
                    let level = transaction.stock_levels(one).await?.pop();
                    let level = level.ok_or(Rejection::NotFound("sku"))?;
                    if !moved {
                        let available = level.available;
                        return Err(Rejection::StockTooLow { sku: sku.clone(), available }.into());
                    }
                    transaction
                        .insert_stock_movement(movement, sku, change.pieces, None, &change.note, now)
                        .await?;
                    announce_back_in_stock(transaction, event, sku, change.pieces, subscribers, now).await?;
                    Ok::<_, Error>(level)
                })
            })
            .await?;
        self.wake.ring();
        Ok(level)
    }
}

/// Tells that a sku can be bought again, if it is the `pieces` that just came which made it so: then they are all
/// that there is. The row of the stock is locked since they came, so nobody can have come between.
pub(super) async fn announce_back_in_stock(
    transaction: &mut dyn Transaction,
    event: EventId,
    sku: &Sku,
    pieces: i64,
    subscribers: &[Subscriber],
    at: Timestamp,
) -> Result<(), Error> {
    let level = transaction.stock_levels(std::slice::from_ref(sku)).await?.pop();
    let Some(level) = level.filter(|level| level.available > 0 && level.available == pieces) else {
        return Ok(());
    };
    let data = serde_json::to_value(&level)
        .map_err(|error| Error::Policy(format!("a stock level has no JSON: {error}")))?;
    let traceparent = trace::traceparent();
    let changed =
        OutboxRecord { kind: STOCK_CHANGED.to_owned(), subject: sku.to_string(), data, at, traceparent };
    Ok(transaction.insert_event(event, &changed, &wanted_by(subscribers, STOCK_CHANGED)).await?)
}
