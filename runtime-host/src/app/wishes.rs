//! Wishlists: what users would like to have one day.

use std::collections::HashMap;

use merkato_commerce::{
    Invalid,
    ids::{UserId, WishId},
    text::Sku,
    time::Timestamp,
};
use merkato_contract::{
    List,
    cart::{WISHES_MAX, Wish},
};

use super::{App, Error, Rejection};
use crate::store::{
    Transaction,
    records::{OfferRecord, WishRecord},
};

impl App {
    /// Wishes of `user`, the newest first.
    pub async fn wishes(&self, user: UserId, after: Option<WishId>, limit: u32) -> Result<List<Wish>, Error> {
        self.store
            .read(move |transaction| {
                Box::pin(async move {
                    // One more than asked for tells whether there is a next page, without counting.
                    let mut wishes = transaction.wishes(user, after, limit + 1).await?;
                    let more = wishes.len() > limit as usize;
                    wishes.truncate(limit as usize);
                    let next = wishes.last().filter(|_| more).map(|wish| wish.id.to_string());
                    Ok(List { items: shown(transaction, wishes).await?, next })
                })
            })
            .await
    }

    /// Adds `sku` to the wishes of `user`. What is there already stays as it was.
    pub async fn put_wish(&self, user: UserId, sku: Sku) -> Result<Wish, Error> {
        let (id, added_at) = (WishId::generate(&*self.ids), self.clock.now());
        self.store
            .write(move |transaction| {
                let sku = sku.clone();
                Box::pin(async move {
                    let known = transaction.wish(user, &sku).await?;
                    let wish = match known {
                        Some(wish) => wish,
                        None => new_wish(transaction, WishDraft { id, user, sku, added_at }).await?,
                    };
                    let shown = shown(transaction, vec![wish]).await?.pop();
                    Ok(shown.ok_or(Rejection::NotFound("product"))?)
                })
            })
            .await
    }

    /// Takes `sku` off the wishes of `user`.
    pub async fn delete_wish(&self, user: UserId, sku: Sku) -> Result<(), Error> {
        self.store
            .write(move |transaction| {
                let sku = sku.clone();
                Box::pin(async move { Ok(transaction.delete_wish(user, &sku).await?) })
            })
            .await
    }
}

/// A wish whose price is not known yet.
struct WishDraft {
    id: WishId,
    user: UserId,
    sku: Sku,
    added_at: Timestamp,
}

async fn new_wish(transaction: &mut dyn Transaction, draft: WishDraft) -> Result<WishRecord, Error> {
    let WishDraft { id, user, sku, added_at } = draft;
    let offer = transaction.offers(std::slice::from_ref(&sku)).await?.pop().filter(|offer| offer.active);
    let price = offer.ok_or(Rejection::NotFound("product"))?.price;
    // Two coordinators that are asked at the same moment may each add the last one, which harms nobody.
    if transaction.wish_count(user).await? >= WISHES_MAX {
        return Err(Invalid::new("sku", format!("a wishlist holds at most {WISHES_MAX} entries")).into());
    }
    let wish = WishRecord { id, user, sku, price, added_at };
    transaction.insert_wish(&wish).await?;
    Ok(wish)
}

/// Wishes with what they cost now and whether they can be had.
async fn shown(transaction: &mut dyn Transaction, wishes: Vec<WishRecord>) -> Result<Vec<Wish>, Error> {
    let skus = wishes.iter().map(|wish| wish.sku.clone()).collect::<Vec<_>>();
    let offers = transaction.offers(&skus).await?.into_iter();
    let offers = offers.map(|offer| (offer.sku.clone(), offer)).collect::<HashMap<_, _>>();
    let levels = transaction.stock_levels(&skus).await?.into_iter();
    let available = levels.map(|level| (level.sku, level.available)).collect::<HashMap<_, _>>();
    let shown = wishes.into_iter().filter_map(|wish| {
        let offer = offers.get(&wish.sku)?;
        let available = available.get(&wish.sku).copied().filter(|_| offer.active).unwrap_or(0);
        Some(wish_at(offer, wish, available))
    });
    Ok(shown.collect())
}

fn wish_at(offer: &OfferRecord, wish: WishRecord, available: i64) -> Wish {
    // Amounts of two currencies are neither more nor less.
    let comparable = offer.price.currency == wish.price.currency;
    Wish {
        title: offer.title.clone(),
        unit_price: offer.price,
        price_fell: comparable && offer.price.amount < wish.price.amount,
        added_price: wish.price,
        available,
        added_at: wish.added_at.into(),
        sku: wish.sku,
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::{
        money::{Currency, Money},
        totals::TaxClass,
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_price_falls_only_in_its_own_currency() {
        let sku: Sku = "CUP".parse().expect("a sku");
        let fell = |now: i64, currency: Currency| {
            let offer = OfferRecord {
                sku: sku.clone(),
                title: "A cup".to_owned(),
                price: Money::new(now, currency),
                tax_class: TaxClass::Standard,
                weight_grams: 1,
                version: 1,
                active: true,
            };
            let wish = WishRecord {
                id: WishId(Uuid::nil()),
                user: UserId(Uuid::nil()),
                sku: sku.clone(),
                price: Money::new(1_000, Currency::USD),
                added_at: Timestamp(0),
            };
            wish_at(&offer, wish, 1).price_fell
        };
        assert_eq!([1_001, 1_000, 999].map(|now| fell(now, Currency::USD)), [false, false, true]);
        assert!(!fell(1, "ETB".parse().expect("a currency")));
    }
}
