//! Stock: what can be bought, and what staff count.

use std::sync::Arc;

use merkato_commerce::{Invalid, text::Sku};
use merkato_contract::{
    catalog::STOCK_MAX,
    coordinator::{MoveStock, STOCK_SKUS_MAX, StockLevel},
};

use super::{App, Error, Rejection};

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
        let (movement, now) = (self.ids.next(), self.clock.now());
        let known = Arc::new((sku, change, self.transition()));
        let level = self
            .store
            .write(move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (sku, change, transition) = &*known;
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
                    transition.announce_back_in_stock(transaction, sku, change.pieces).await?;
                    Ok::<_, Error>(level)
                })
            })
            .await?;
        self.wake.ring();
        Ok(level)
    }
}
