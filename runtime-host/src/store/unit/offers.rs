//! The price book.

use async_trait::async_trait;
use merkato_commerce::{
    promotion::Promotion,
    text::{PromotionCode, Sku},
};
use merkato_contract::coordinator::Offer;

use super::{Unit, known, missing, remember};
use crate::store::{Error, Offers, engine::Statement, records::OfferRecord, rows::OfferRow};

impl Unit {
    pub(super) async fn load_offers(&mut self, skus: &[Sku]) -> Result<(), Error> {
        let missing = missing(skus, &self.own.rows.offers, &self.base.rows.offers);
        if missing.is_empty() {
            return Ok(());
        }
        let rows = self.session.rows::<OfferRow>(Statement::Offers, &missing).await;
        let found = self.noting(rows)?.into_iter().map(|row| (row.sku.clone(), OfferRecord::from(row)));
        remember(&mut self.base.rows.offers, missing, found);
        Ok(())
    }

    pub(super) async fn load_promotions(&mut self, codes: &[PromotionCode]) -> Result<(), Error> {
        let missing = missing(codes, &self.own.rows.promotions, &self.base.rows.promotions);
        if missing.is_empty() {
            return Ok(());
        }
        let rows = self.session.rows::<Promotion>(Statement::Promotions, &missing).await;
        let found = self.noting(rows)?.into_iter().map(|row| (row.code.clone(), row));
        remember(&mut self.base.rows.promotions, missing, found);
        Ok(())
    }
}

#[async_trait]
impl Offers for Unit {
    async fn put_offer(&mut self, sku: &Sku, offer: &Offer) -> Result<bool, Error> {
        self.load_offers(std::slice::from_ref(sku)).await?;
        let held = known(sku, &self.own.rows.offers, &self.base.rows.offers);
        if held.is_some_and(|held| held.version >= offer.version) {
            return Ok(false);
        }
        let Offer { title, price, tax_class, weight_grams, version, active, initial_stock: _ } =
            offer.clone();
        let record = OfferRecord { sku: sku.clone(), title, price, tax_class, weight_grams, version, active };
        self.own.changes.offers.insert(sku.clone(), OfferRow::from(&record));
        self.own.rows.offers.insert(sku.clone(), Some(record));
        Ok(true)
    }

    async fn offers(&mut self, skus: &[Sku]) -> Result<Vec<OfferRecord>, Error> {
        self.load_offers(skus).await?;
        let found = skus.iter().filter_map(|sku| known(sku, &self.own.rows.offers, &self.base.rows.offers));
        Ok(found.cloned().collect())
    }

    async fn put_promotion(&mut self, promotion: &Promotion) -> Result<(), Error> {
        self.own.rows.promotions.insert(promotion.code.clone(), Some(promotion.clone()));
        self.own.changes.promotions.insert(promotion.code.clone(), promotion.clone());
        Ok(())
    }

    async fn promotions(&mut self, codes: &[PromotionCode]) -> Result<Vec<Promotion>, Error> {
        self.load_promotions(codes).await?;
        let (own, base) = (&self.own.rows.promotions, &self.base.rows.promotions);
        Ok(codes.iter().filter_map(|code| known(code, own, base)).cloned().collect())
    }
}
