//! What was ordered once comes into the cart again.

use std::{collections::HashMap, sync::Arc};

use merkato_commerce::{
    cart::{Added, Contents, Line},
    ids::{CartId, OrderId},
    text::Sku,
};
use merkato_contract::cart::{Reordered, Unavailable, UnavailableLine};

use super::{
    Actor, App, Error, Rejection,
    carts::{CartView, find_or_insert_cart, set_contents, store_cart},
};
use crate::store::{
    Transaction, Wanted,
    records::{OrderFacts, OrderLineRecord},
};

impl App {
    /// Puts what order `id` held into the cart of the actor, who must have placed it, as far as it can be had today.
    pub async fn reorder(&self, actor: &Actor, id: OrderId) -> Result<Reordered, Error> {
        let record = self.order_record(id).await?;
        if !actor.owns(&record) {
            return Err(Rejection::NotFound("order").into());
        }
        let (owner, token) = self.cart_to_change(actor);
        let (cart_id, now, remind_at) = (CartId::generate(&*self.ids), self.clock.now(), self.remind_at());
        let facts = Arc::clone(&record.facts);
        let skus = facts.lines.iter().map(|line| line.sku.clone()).collect::<Vec<_>>();
        let wanted = Wanted { priced_carts: vec![owner.clone()], skus, ..Wanted::default() };
        let (view, unavailable) = self
            .store
            .write_wanting(wanted, move |transaction| {
                let (owner, facts) = (owner.clone(), Arc::clone(&facts));
                Box::pin(async move {
                    let mut cart = find_or_insert_cart(transaction, &owner, cart_id, now).await?;
                    let mut contents = cart.contents();
                    let unavailable = put_in(transaction, &mut contents, &facts).await?;
                    set_contents(transaction, &mut cart, contents, now).await?;
                    let view = store_cart(transaction, &owner, &cart, now, remind_at).await?;
                    Ok::<(CartView, _), Error>((view, unavailable))
                })
            })
            .await?;
        Ok(Reordered { cart: self.show(&view, token)?, unavailable })
    }
}

/// Adds what is still sold and in stock; gives what is not.
async fn put_in(
    transaction: &mut dyn Transaction,
    contents: &mut Contents,
    facts: &OrderFacts,
) -> Result<Vec<UnavailableLine>, Error> {
    let skus = facts.lines.iter().map(|line| line.sku.clone()).collect::<Vec<_>>();
    let levels = transaction.stock_levels(&skus).await?.into_iter();
    let levels = levels.map(|level| (level.sku, level.available)).collect::<HashMap<_, _>>();
    let offers = transaction.offers(&skus).await?;
    let sold = |sku: &Sku| offers.iter().any(|offer| offer.active && offer.sku == *sku);
    let mut unavailable = Vec::new();
    for line in &facts.lines {
        let OrderLineRecord { sku, quantity, .. } = line;
        let reason = if sold(sku) {
            let wanted = Line { sku: sku.clone(), quantity: *quantity };
            let available = levels.get(sku).copied().unwrap_or(0);
            match contents.add_up_to(&wanted, available) {
                Added::Whole => continue,
                Added::InPart => Unavailable::FewerLeft,
                Added::NoneLeft => Unavailable::SoldOut,
                Added::CartFull => Unavailable::CartFull,
            }
        } else {
            Unavailable::NotSold
        };
        unavailable.push(UnavailableLine { sku: sku.clone(), title: line.title.clone(), reason });
    }
    Ok(unavailable)
}
