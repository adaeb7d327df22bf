//! The price book: what the till charges, as the catalog publishes it.

use std::sync::Arc;

use merkato_commerce::{promotion::Promotion, text::Sku};
use merkato_contract::{
    catalog::{PRICE_MAX, STOCK_MAX},
    coordinator::Offer,
};

use super::{App, Error};
use merkato_commerce::Invalid;

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
        let (movement, now) = (self.ids.next(), self.clock.now());
        let known = Arc::new((sku, offer));
        self.store
            .write(move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (sku, offer) = &*known;
                    transaction.put_offer(sku, offer).await?;
                    if transaction.create_stock(sku).await? && pieces > 0 {
                        transaction.move_stock(sku, pieces).await?;
                        transaction
                            .insert_stock_movement(movement, sku, pieces, None, "first stock", now)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Stores a promotion.
    pub async fn put_promotion(&self, promotion: Promotion) -> Result<(), Error> {
        let promotion = Arc::new(promotion);
        self.store
            .write(move |transaction| {
                let promotion = Arc::clone(&promotion);
                Box::pin(async move { Ok(transaction.put_promotion(&promotion).await?) })
            })
            .await
    }
}
