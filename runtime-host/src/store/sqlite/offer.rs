use async_trait::async_trait;
use merkato_commerce::{
    money::Money,
    promotion::Promotion,
    text::{PromotionCode, Sku},
};
use merkato_contract::coordinator::Offer;
use sqlx::{Row, sqlite::SqliteRow};

use super::{Column, Error, SqliteTransaction, to_json};
use crate::store::{Offers, records::OfferRecord};

#[async_trait]
impl Offers for SqliteTransaction {
    async fn put_offer(&mut self, sku: &Sku, offer: &Offer) -> Result<bool, Error> {
        let done = sqlx::query(
            "INSERT INTO offer (sku, title, price, currency, tax_class, weight_grams, version, active)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (sku) DO UPDATE SET title = excluded.title, price = excluded.price,
                 currency = excluded.currency, tax_class = excluded.tax_class,
                 weight_grams = excluded.weight_grams, version = excluded.version, active = excluded.active
             WHERE excluded.version > offer.version",
        )
        .bind(sku.as_str())
        .bind(&offer.title)
        .bind(offer.price.amount)
        .bind(offer.price.currency.code())
        .bind(offer.tax_class.name())
        .bind(offer.weight_grams)
        .bind(offer.version)
        .bind(offer.active)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn offers(&mut self, skus: &[Sku]) -> Result<Vec<OfferRecord>, Error> {
        let rows = sqlx::query("SELECT * FROM offer WHERE sku IN (SELECT value FROM json_each($1))")
            .bind(to_json(&skus)?)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(offer).collect()
    }

    async fn put_promotion(&mut self, promotion: &Promotion) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO promotion (code, title, rule, minimum_subtotal) VALUES ($1, $2, $3, $4)
             ON CONFLICT (code) DO UPDATE SET title = excluded.title, rule = excluded.rule,
                 minimum_subtotal = excluded.minimum_subtotal",
        )
        .bind(promotion.code.as_str())
        .bind(&promotion.title)
        .bind(to_json(&promotion.rule)?)
        .bind(promotion.minimum_subtotal)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn promotions(&mut self, codes: &[PromotionCode]) -> Result<Vec<Promotion>, Error> {
        let rows = sqlx::query("SELECT * FROM promotion WHERE code IN (SELECT value FROM json_each($1))")
            .bind(to_json(&codes)?)
            .fetch_all(self.connection())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Promotion {
                    code: Column("promotion", "code").parse(row)?,
                    title: row.try_get("title")?,
                    rule: Column("promotion", "rule").json(row)?,
                    minimum_subtotal: row.try_get("minimum_subtotal")?,
                })
            })
            .collect()
    }
}

fn offer(row: &SqliteRow) -> Result<OfferRecord, Error> {
    Ok(OfferRecord {
        sku: Column("offer", "sku").parse(row)?,
        title: row.try_get("title")?,
        price: Money::new(row.try_get("price")?, Column("offer", "currency").parse(row)?),
        tax_class: Column("offer", "tax_class").parse(row)?,
        weight_grams: Column("offer", "weight_grams").number(row)?,
        version: row.try_get("version")?,
        active: row.try_get("active")?,
    })
}
