//! The price book.

use async_trait::async_trait;
use merkato_commerce::text::{PromotionCode, Sku};
use merkato_contract::coordinator::Offer;
use serde_json::json;

use super::{
    Access, Unit, known,
    load::{Load, remember},
    missing,
};
use crate::store::{
    Error, Offers,
    engine::{Call, Statement, read},
    records::{OfferRecord, PromotionRecord},
    rows::{OfferRow, PromotionRow},
};

struct LoadOffers(Vec<Sku>);

impl Load for LoadOffers {
    fn calls(&self, _: Access) -> Result<Vec<Call>, Error> {
        Ok(vec![Call::new(Statement::Offers, &self.0)?])
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let found = read::<OfferRow>(Statement::Offers, rows)?.into_iter();
        let found = found.map(|row| (row.sku.clone(), OfferRecord::from(row)));
        remember(&mut unit.base.rows.offers, self.0, found);
        Ok(())
    }
}

struct LoadPromotions(Vec<PromotionCode>);

impl Load for LoadPromotions {
    fn calls(&self, _: Access) -> Result<Vec<Call>, Error> {
        Ok(vec![Call::new(Statement::Promotions, &self.0)?])
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let found = read::<PromotionRow>(Statement::Promotions, rows)?.into_iter();
        let found = found.map(|row| (row.code.clone(), PromotionRecord::from(row)));
        remember(&mut unit.base.rows.promotions, self.0, found);
        Ok(())
    }
}

impl Unit {
    pub(super) fn offers_to_load(&self, skus: &[Sku]) -> Option<Box<dyn Load>> {
        let missing = missing(skus, &self.own.rows.offers, &self.base.rows.offers);
        (!missing.is_empty()).then(|| Box::new(LoadOffers(missing)) as _)
    }

    pub(super) fn promotions_to_load(&self, codes: &[PromotionCode]) -> Option<Box<dyn Load>> {
        let missing = missing(codes, &self.own.rows.promotions, &self.base.rows.promotions);
        (!missing.is_empty()).then(|| Box::new(LoadPromotions(missing)) as _)
    }

    async fn load_offers(&mut self, skus: &[Sku]) -> Result<(), Error> {
        self.load_all(self.offers_to_load(skus)).await
    }

    pub(super) async fn load_promotions(&mut self, codes: &[PromotionCode]) -> Result<(), Error> {
        self.load_all(self.promotions_to_load(codes)).await
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

    async fn put_promotion(&mut self, promotion: &PromotionRecord) -> Result<bool, Error> {
        // At once rather than at the end: only the database knows who else has changed it.
        let row = json!([PromotionRow::from(promotion)]);
        let stored = self.count_changed(Statement::PutPromotion, &row).await? > 0;
        if stored {
            self.own.rows.promotions.insert(promotion.promotion.code.clone(), Some(promotion.clone()));
        }
        Ok(stored)
    }

    async fn promotions(&mut self, codes: &[PromotionCode]) -> Result<Vec<PromotionRecord>, Error> {
        self.load_promotions(codes).await?;
        let (own, base) = (&self.own.rows.promotions, &self.base.rows.promotions);
        Ok(codes.iter().filter_map(|code| known(code, own, base)).cloned().collect())
    }
}
