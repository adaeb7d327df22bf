//! Carts: what a shopper means to buy, priced each time it is looked at.

use std::{collections::HashMap, sync::Arc};

use merkato_commerce::{
    Invalid,
    cart::{Contents, SAVED_MAX},
    ids::CartId,
    promotion::PROMOTIONS_MAX,
    quantity::Quantity,
    text::{PromotionCode, Sku},
    time::Timestamp,
    totals::Totals,
};
use merkato_contract::cart::{
    AppliedPromotion, CART_LINES_MAX, Cart, CartLine, Delivery, MergeCart, SavedLine, ShippingMethod,
};

use super::{Actor, App, Error, Rejection, hash_of};
use crate::{
    policy::{PriceLine, PriceRequest, Priced},
    store::{
        self, Transaction, Wanted,
        records::{CartOwner, CartRecord, LineRecord, OfferRecord, PromotionRecord},
        staff::SalesRecord,
    },
};

/// A change of a cart, decided before the transaction and applied in it.
enum Change {
    SetLine { sku: Sku, quantity: u32 },
    SaveLine(Sku),
    RemoveSavedLine(Sku),
    AddPromotion(PromotionCode),
    RemovePromotion(PromotionCode),
    SetDelivery(Box<Delivery>),
}

/// A cart with all that is needed to price it, seen in one moment.
pub(super) struct CartView {
    pub(super) cart: CartRecord,
    pub(super) offers: HashMap<Sku, OfferRecord>,
    available: HashMap<Sku, i64>,
    /// Of its codes, whether they hold or not.
    pub(super) promotions: Vec<PromotionRecord>,
}

impl CartView {
    /// Reads what belongs to what is in `cart`.
    pub(super) async fn of(
        transaction: &mut dyn Transaction,
        cart: CartRecord,
    ) -> Result<Self, store::Error> {
        let promotions = transaction.promotions(&cart.promotions).await?;
        let mut view = Self { promotions, ..Self::empty(cart) };
        let skus = view.cart.lines.iter().map(|line| line.sku.clone()).collect::<Vec<_>>();
        view.look_at(transaction, &skus).await?;
        Ok(view)
    }

    /// The same, and what belongs to what is put aside, to be shown.
    pub(super) async fn whole(transaction: &mut dyn Transaction, cart: CartRecord) -> Result<Self, Error> {
        let mut view = Self::of(transaction, cart).await?;
        if !view.cart.saved.is_empty() {
            let skus = view.cart.saved.iter().map(|line| line.sku.clone()).collect::<Vec<_>>();
            view.look_at(transaction, &skus).await?;
        }
        Ok(view)
    }

    async fn look_at(&mut self, transaction: &mut dyn Transaction, skus: &[Sku]) -> Result<(), store::Error> {
        let offers = transaction.offers(skus).await?;
        let levels = transaction.stock_levels(skus).await?;
        self.offers.extend(offers.into_iter().map(|offer| (offer.sku.clone(), offer)));
        self.available.extend(levels.into_iter().map(|level| (level.sku, level.available)));
        Ok(())
    }

    /// A cart without lines.
    fn empty(cart: CartRecord) -> Self {
        Self { cart, offers: HashMap::new(), available: HashMap::new(), promotions: Vec::new() }
    }

    /// Pieces that can be bought now: none of what is no longer offered.
    fn available(&self, sku: &Sku) -> i64 {
        let offered = self.offers.get(sku).is_some_and(|offer| offer.active);
        if offered { self.available.get(sku).copied().unwrap_or(0) } else { 0 }
    }

    /// What the pricing policy is asked. Lines whose offer was never seen cannot be priced and are left out.
    pub(super) fn price_request(&self, app: &App) -> PriceRequest {
        let lines = self.cart.lines.iter().filter_map(|line| {
            let offer = self.offers.get(&line.sku)?;
            Some(PriceLine {
                sku: line.sku.clone(),
                unit_price: offer.price,
                quantity: line.quantity,
                tax_class: offer.tax_class,
                weight_grams: offer.weight_grams,
            })
        });
        let delivery = self.cart.delivery.as_ref();
        let now = app.clock.now();
        let holding = self.promotions.iter().filter(|known| known.validity.holds_at(now));
        PriceRequest {
            currency: app.settings.currency,
            lines: lines.collect(),
            promotions: holding.map(|known| known.promotion.clone()).collect(),
            destination: delivery.map(|delivery| delivery.address.clone()),
            shipping_method: delivery.map(|delivery| delivery.shipping_method.clone()),
        }
    }

    fn shown(&self, priced: Option<Priced>, app: &App, cart_token: Option<String>) -> Result<Cart, Error> {
        let priced = priced.unwrap_or_else(|| Priced {
            totals: Totals::zero(app.settings.currency),
            promotions: Vec::new(),
        });
        let mut lines = Vec::with_capacity(self.cart.lines.len());
        for line in &self.cart.lines {
            let Some(offer) = self.offers.get(&line.sku) else { continue };
            lines.push(CartLine {
                sku: line.sku.clone(),
                title: offer.title.clone(),
                unit_price: offer.price,
                quantity: line.quantity,
                total: offer.price.times(line.quantity)?,
                available: self.available(&line.sku),
            });
        }
        let Totals { subtotal, discount, shipping, tax, total } = priced.totals;
        Ok(Cart {
            id: self.cart.id,
            cart_token,
            version: self.cart.version,
            lines,
            saved: self.shown_saved(),
            promotions: self.applied(&priced, app),
            delivery: self.cart.delivery.clone(),
            subtotal,
            discount,
            shipping,
            tax,
            total,
        })
    }

    fn shown_saved(&self) -> Vec<SavedLine> {
        let lines = self.cart.saved.iter().filter_map(|line| {
            let offer = self.offers.get(&line.sku)?;
            Some(SavedLine {
                sku: line.sku.clone(),
                title: offer.title.clone(),
                unit_price: offer.price,
                quantity: line.quantity,
                available: self.available(&line.sku),
            })
        });
        lines.collect()
    }

    /// Each promotion with what it takes off; zero for one whose minimum is not reached, or which does not hold.
    pub(super) fn applied(&self, priced: &Priced, app: &App) -> Vec<AppliedPromotion> {
        let zero = merkato_commerce::money::Money::zero(app.settings.currency);
        let amount = |code: &PromotionCode| {
            priced.promotions.iter().find(|(applied, _)| applied == code).map_or(zero, |(_, amount)| *amount)
        };
        self.promotions
            .iter()
            .map(|PromotionRecord { promotion, .. }| AppliedPromotion {
                code: promotion.code.clone(),
                title: promotion.title.clone(),
                amount: amount(&promotion.code),
            })
            .collect()
    }
}

impl App {
    /// The actor's cart; an empty one that is stored nowhere if there is none yet.
    pub async fn cart(&self, actor: &Actor) -> Result<Cart, Error> {
        let owner = actor.cart_owner();
        let nobody = CartRecord::empty(CartId::generate(&*self.ids));
        let Some(owner) = owner else { return self.show(&CartView::empty(nobody), None) };
        let found = self.cart_view(owner).await?;
        self.show(&found.unwrap_or_else(|| CartView::empty(nobody)), None)
    }

    /// The cart of `owner` with all that is needed to price it, if there is one.
    async fn cart_view(&self, owner: CartOwner) -> Result<Option<CartView>, Error> {
        let wanted = Wanted { priced_carts: vec![owner.clone()], ..Wanted::default() };
        let owner = Arc::new(owner);
        self.store
            .read_wanting(wanted, move |transaction| {
                let owner = Arc::clone(&owner);
                Box::pin(async move {
                    let Some(cart) = transaction.cart(&owner).await? else { return Ok(None) };
                    Ok::<_, Error>(Some(CartView::whole(transaction, cart).await?))
                })
            })
            .await
    }

    /// Sets a line to `quantity`; 0 removes it.
    pub async fn set_cart_line(
        &self,
        actor: &Actor,
        sku: Sku,
        quantity: i64,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        let quantity = if quantity == 0 { 0 } else { Quantity::new(quantity)?.get() };
        self.change_cart(actor, Change::SetLine { sku, quantity }, expected_version).await
    }

    /// Takes a line out of the cart and puts it aside for later.
    pub async fn save_cart_line(
        &self,
        actor: &Actor,
        sku: Sku,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        self.change_cart(actor, Change::SaveLine(sku), expected_version).await
    }

    /// Forgets a line that was put aside.
    pub async fn remove_saved_line(
        &self,
        actor: &Actor,
        sku: Sku,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        self.change_cart(actor, Change::RemoveSavedLine(sku), expected_version).await
    }

    /// Adds a promotion by its code.
    pub async fn add_cart_promotion(
        &self,
        actor: &Actor,
        code: PromotionCode,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        self.change_cart(actor, Change::AddPromotion(code), expected_version).await
    }

    /// Takes a promotion out.
    pub async fn remove_cart_promotion(
        &self,
        actor: &Actor,
        code: PromotionCode,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        self.change_cart(actor, Change::RemovePromotion(code), expected_version).await
    }

    /// Says where the cart goes and how.
    pub async fn set_cart_delivery(
        &self,
        actor: &Actor,
        delivery: Delivery,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        let problems = delivery.address.problems();
        if !problems.is_empty() {
            let problems = problems.into_iter().map(|problem| problem.within("address")).collect();
            return Err(Rejection::Invalid(problems).into());
        }
        // Asked of the policy with an empty cart: whether it is served does not depend on what is in it.
        let request = PriceRequest {
            currency: self.settings.currency,
            lines: Vec::new(),
            promotions: Vec::new(),
            destination: Some(delivery.address.clone()),
            shipping_method: Some(delivery.shipping_method.clone()),
        };
        self.pricing.price(&request)?;
        self.change_cart(actor, Change::SetDelivery(Box::new(delivery)), expected_version).await
    }

    /// The ways to get this cart's parcel, with what each costs.
    pub async fn shipping_methods(&self, actor: &Actor) -> Result<Vec<ShippingMethod>, Error> {
        let Some(owner) = actor.cart_owner() else {
            return Ok(self.pricing.shipping_methods(&PriceRequest::empty(self.settings.currency))?);
        };
        let view = self.cart_view(owner).await?;
        let request = match view {
            Some(view) => PriceRequest { shipping_method: None, ..view.price_request(self) },
            None => PriceRequest::empty(self.settings.currency),
        };
        Ok(self.pricing.shipping_methods(&request)?)
    }

    /// Pours a guest's cart into the user's. Quantities add up to what is in stock; the guest's cart is gone after.
    pub async fn merge_cart(
        &self,
        actor: &Actor,
        merge: MergeCart,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        let Some(user) = actor.user else { return Err(Rejection::NotFound("cart").into()) };
        let owners =
            Arc::new((CartOwner::User(user), CartOwner::Guest { token_hash: hash_of(&merge.cart_token) }));
        let (id, now, remind_at) = (CartId::generate(&*self.ids), self.clock.now(), self.remind_at());
        let wanted = Wanted { priced_carts: vec![owners.0.clone(), owners.1.clone()], ..Wanted::default() };
        let view = self
            .store
            .write_wanting(wanted, move |transaction| {
                let owners = Arc::clone(&owners);
                Box::pin(async move {
                    let (user, guest) = &*owners;
                    let mut cart = find_or_insert_cart(transaction, user, id, now).await?;
                    // A second merge finds no guest's cart, and is done.
                    let Some(guest) = transaction.cart(guest).await? else {
                        return CartView::whole(transaction, cart).await;
                    };
                    if expected_version.is_some_and(|expected| expected != cart.version) {
                        return Err(Rejection::CartChanged.into());
                    }
                    let guest = CartView::of(transaction, guest).await?;
                    let mut contents = cart.contents();
                    contents.merge(guest.cart.contents(), |sku| guest.available(sku));
                    set_contents(transaction, &mut cart, contents, now).await?;
                    for code in &guest.cart.promotions {
                        if !cart.promotions.contains(code) && cart.promotions.len() < PROMOTIONS_MAX {
                            cart.promotions.push(code.clone());
                        }
                    }
                    cart.delivery = cart.delivery.or_else(|| guest.cart.delivery.clone());
                    transaction.delete_cart(guest.cart.id).await?;
                    store_cart(transaction, user, &cart, now, remind_at).await
                })
            })
            .await?;
        self.show(&view, None)
    }

    async fn change_cart(
        &self,
        actor: &Actor,
        change: Change,
        expected_version: Option<i64>,
    ) -> Result<Cart, Error> {
        let (owner, token) = self.cart_to_change(actor);
        let (id, now, remind_at) = (CartId::generate(&*self.ids), self.clock.now(), self.remind_at());
        let skus = match &change {
            Change::SetLine { sku, .. } => vec![sku.clone()],
            _ => Vec::new(),
        };
        let wanted = Wanted { priced_carts: vec![owner.clone()], skus, ..Wanted::default() };
        let known = Arc::new((owner, change));
        let view = self
            .store
            .write_wanting(wanted, move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (owner, change) = &*known;
                    let mut cart = find_or_insert_cart(transaction, owner, id, now).await?;
                    if expected_version.is_some_and(|expected| expected != cart.version) {
                        return Err(Rejection::CartChanged.into());
                    }
                    apply_change(transaction, &mut cart, change, now).await?;
                    store_cart(transaction, owner, &cart, now, remind_at).await
                })
            })
            .await?;
        self.show(&view, token)
    }

    /// The owner of the cart that the actor changes, and the token by which a guest names it. A guest without one gets
    /// one with the first cart.
    pub(super) fn cart_to_change(&self, actor: &Actor) -> (CartOwner, Option<String>) {
        match (actor.cart_owner(), &actor.cart_token) {
            (Some(owner @ CartOwner::Guest { .. }), token) => (owner, token.clone()),
            (Some(owner), _) => (owner, None),
            (None, _) => {
                let token = self.new_token();
                (CartOwner::Guest { token_hash: hash_of(&token) }, Some(token))
            }
        }
    }

    /// When to look whether a cart that is changed now was left alone; never, if nobody is reminded.
    pub(super) fn remind_at(&self) -> Option<Timestamp> {
        let after = i64::try_from(self.settings.remind_after?.as_millis()).unwrap_or(i64::MAX);
        Some(self.clock.now().plus_milliseconds(after))
    }

    /// The cart with its prices of this moment.
    pub(super) fn show(&self, view: &CartView, cart_token: Option<String>) -> Result<Cart, Error> {
        let request = view.price_request(self);
        let priced = if request.lines.is_empty() { None } else { Some(self.pricing.price(&request)?) };
        view.shown(priced, self, cart_token)
    }
}

pub(super) async fn find_or_insert_cart(
    transaction: &mut dyn Transaction,
    owner: &CartOwner,
    id: CartId,
    now: Timestamp,
) -> Result<CartRecord, Error> {
    if let Some(cart) = transaction.cart(owner).await? {
        return Ok(cart);
    }
    transaction.insert_cart(id, owner, now).await?;
    Ok(CartRecord::empty(id))
}

/// Makes `contents`, which are those of `cart` and more, its own.
pub(super) async fn set_contents(
    transaction: &mut dyn Transaction,
    cart: &mut CartRecord,
    contents: Contents,
    now: Timestamp,
) -> Result<(), Error> {
    let Contents { lines, saved } = contents;
    for line in lines.iter().filter(|line| !cart.lines.contains(line)) {
        transaction.set_cart_line(cart.id, line, now).await?;
    }
    (cart.lines, cart.saved) = (lines, saved);
    Ok(())
}

/// Stores what has changed of a cart beside its lines, and gives it as it is then.
pub(super) async fn store_cart(
    transaction: &mut dyn Transaction,
    owner: &CartOwner,
    cart: &CartRecord,
    now: Timestamp,
    remind_at: Option<Timestamp>,
) -> Result<CartView, Error> {
    transaction.update_cart(cart, now).await?;
    let changed = transaction.cart_by_id(cart.id).await?.ok_or(Rejection::NotFound("cart"))?;
    if let (CartOwner::User(_), false, Some(due_at)) = (owner, changed.lines.is_empty(), remind_at) {
        transaction.insert_cart_reminder(changed.id, due_at).await?;
    }
    CartView::whole(transaction, changed).await
}

async fn apply_change(
    transaction: &mut dyn Transaction,
    cart: &mut CartRecord,
    change: &Change,
    now: Timestamp,
) -> Result<(), Error> {
    match change {
        Change::SetLine { sku, quantity } => set_line(transaction, cart, sku, *quantity, now).await?,
        Change::SaveLine(sku) => save_line(transaction, cart, sku, now).await?,
        Change::RemoveSavedLine(sku) => cart.saved.retain(|saved| saved.sku != *sku),
        Change::AddPromotion(code) => {
            let known = transaction.promotions(std::slice::from_ref(code)).await?.pop();
            let known = known.filter(|known| known.validity.has_begun(now));
            match known {
                None => return Err(Invalid::new("code", format!("{code} is not a code of this shop")).into()),
                Some(known) if known.validity.is_over(now) => {
                    return Err(Invalid::new("code", format!("{code} has ended")).into());
                }
                Some(_) => {}
            }
            if !cart.promotions.contains(code) {
                if cart.promotions.len() >= PROMOTIONS_MAX {
                    return Err(
                        Invalid::new("code", format!("at most {PROMOTIONS_MAX} codes at a time")).into()
                    );
                }
                cart.promotions.push(code.clone());
            }
        }
        Change::RemovePromotion(code) => cart.promotions.retain(|held| held != code),
        Change::SetDelivery(delivery) => cart.delivery = Some((**delivery).clone()),
    }
    Ok(())
}

async fn set_line(
    transaction: &mut dyn Transaction,
    cart: &mut CartRecord,
    sku: &Sku,
    quantity: u32,
    now: Timestamp,
) -> Result<(), Error> {
    if quantity > 0 {
        let one = std::slice::from_ref(sku);
        let offer = transaction.offers(one).await?.pop().filter(|offer| offer.active);
        let offer = offer.ok_or(Rejection::NotFound("product"))?;
        let available = transaction.stock_levels(one).await?.pop().map_or(0, |level| level.available);
        if available < i64::from(quantity) {
            return Err(Rejection::StockTooLow { sku: sku.clone(), available }.into());
        }
        let known = cart.lines.iter().any(|line| line.sku == *sku);
        if !known && cart.lines.len() >= CART_LINES_MAX {
            return Err(Invalid::new("sku", format!("a cart holds at most {CART_LINES_MAX} lines")).into());
        }
        cart.saved.retain(|saved| saved.sku != *sku);
        if cart.lines.is_empty() {
            let nothing = SalesRecord::nothing(now.day(), offer.price.currency);
            transaction.count_sales(&SalesRecord { carts: 1, ..nothing }).await?;
        }
    }
    transaction.set_cart_line(cart.id, &LineRecord { sku: sku.clone(), quantity }, now).await?;
    Ok(())
}

/// Takes a line out and puts it aside. Done twice, it is the same as once.
async fn save_line(
    transaction: &mut dyn Transaction,
    cart: &mut CartRecord,
    sku: &Sku,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(place) = cart.lines.iter().position(|line| line.sku == *sku) else {
        let there = cart.saved.iter().any(|saved| saved.sku == *sku);
        return if there { Ok(()) } else { Err(Rejection::NotFound("line").into()) };
    };
    let mut contents = cart.contents();
    let line = contents.lines.remove(place);
    if !contents.save(line) {
        return Err(Invalid::new("sku", format!("at most {SAVED_MAX} lines can be put aside")).into());
    }
    (cart.lines, cart.saved) = (contents.lines, contents.saved);
    transaction.set_cart_line(cart.id, &LineRecord { sku: sku.clone(), quantity: 0 }, now).await?;
    Ok(())
}
