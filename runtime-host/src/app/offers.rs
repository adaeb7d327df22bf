//! The price book: what the till charges, as the catalog publishes it.

use std::sync::Arc;

use merkato_commerce::{Invalid, ids::StockMovementId, text::Sku};
use merkato_contract::{
    catalog::{PRICE_MAX, STOCK_MAX},
    coordinator::Offer,
};

use super::{App, Error};
use crate::store::records::StockMovementRecord;

impl App {
    /// Stores an offer unless a newer version is known. A sku that is new to the till starts with its initial stock.
    pub async fn put_offer(&self, sku: Sku, offer: Offer) -> Result<(), Error> {
        if offer.price.currency != self.settings.currency {
            return Err(Invalid::new("price.currency", format!("must be {}", self.settings.currency)).into());
        }
        if !(0..=PRICE_MAX).contains(&offer.price.amount) {
            return Err(Invalid::new("price.amount", format!("must be between 0 and {PRICE_MAX}")).into());
        }
        let pieces = offer.initial_stock.unwrap_or(0);
        if !(0..=STOCK_MAX).contains(&pieces) {
            return Err(Invalid::new("initial_stock", format!("must be between 0 and {STOCK_MAX}")).into());
        }
        let first_stock = StockMovementRecord {
            id: StockMovementId::generate(&*self.ids),
            sku: sku.clone(),
            pieces,
            order: None,
            note: "first stock".to_owned(),
            at: self.clock.now(),
            staff: None,
            key: None,
        };
        let known = Arc::new((sku, offer, first_stock));
        self.store
            .write(move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (sku, offer, first_stock) = &*known;
                    transaction.put_offer(sku, offer).await?;
                    if transaction.create_stock(sku).await? && pieces > 0 {
                        transaction.move_stock(sku, pieces).await?;
                        transaction.insert_stock_movement(first_stock.clone()).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
