//! Orders: placing, reading, and what shopper and staff do with them.

use std::sync::Arc;

use merkato_commerce::{
    ids::OrderId,
    order::{self, Command, PaymentState, State},
    text::{Email, IdempotencyKey},
};
use merkato_contract::{
    List,
    order::{Addresses, HistoryEntry, Invoice, Order, OrderLine, Payment, PaymentRequest, PlaceOrder},
    order_validation,
    payment::PaymentStatus,
    staff::action::actions,
};

use super::{Actor, App, Error, Rejection, carts::CartView, hash_of, settled::Waiting, transition::FollowUp};
use crate::{
    policy::PriceRequest,
    store::{
        Transaction, Wanted,
        records::{
            CartOwner, CartRecord, IdempotencyRecord, NewOrder, OrderFacts, OrderLineRecord, OrderRecord,
        },
    },
};

/// How often a cart that changes while it is being priced is priced anew before the shopper is told.
const PRICINGS_MAX: u32 = 3;

/// What placing an order leads to.
#[derive(Debug)]
pub enum Placed {
    /// The order stands: confirmed, or still being paid.
    Standing(Box<Order>),
    /// The gateway refused.
    Declined(Box<Order>),
}

/// A request to place an order, checked.
struct Placing {
    owner: CartOwner,
    owner_key: String,
    key: IdempotencyKey,
    request_hash: String,
    request: PlaceOrder,
    email: Email,
    access_token: Option<String>,
    actor: Actor,
}

/// What there is when an order is to be placed.
enum Seen {
    /// The answer to the same request before.
    Answered(IdempotencyRecord),
    /// The cart.
    Cart(Box<CartView>),
}

/// What the transaction of placing came to.
enum Stored {
    /// Nothing: the same request was quicker.
    Before(IdempotencyRecord),
    /// The answer to repeat, the order, and what it led to.
    Now(Box<(IdempotencyRecord, OrderRecord, FollowUp)>),
}

/// A cart with its price, as seen before the transaction.
struct Offered {
    view: CartView,
    facts: Arc<OrderFacts>,
}

impl App {
    /// Places an order of the actor's cart. The same key and request give the same answer, however often.
    pub async fn place_order(
        &self,
        actor: &Actor,
        key: IdempotencyKey,
        request: PlaceOrder,
    ) -> Result<Placed, Error> {
        let placing = Arc::new(self.check(actor, key, request)?);
        for _ in 0..PRICINGS_MAX {
            let view = match self.look(&placing).await? {
                Seen::Answered(saved) => return self.answer_again(saved).await,
                Seen::Cart(view) => view,
            };
            let offered = Arc::new(self.offer(&placing, *view)?);
            match self.store_order(Arc::clone(&placing), offered).await {
                Err(Error::Rejected(Rejection::CartChanged)) => {}
                placed => return placed,
            }
        }
        Err(Rejection::CartChanged.into())
    }

    fn check(&self, actor: &Actor, key: IdempotencyKey, request: PlaceOrder) -> Result<Placing, Error> {
        let problems = order_validation::place_order(&request);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let email = request.email.parse::<Email>()?;
        let owner = actor.cart_owner().ok_or(Rejection::CartEmpty)?;
        let owner_key = match &owner {
            CartOwner::Guest { token_hash } => format!("guest:{token_hash}"),
            CartOwner::User(user) => format!("user:{user}"),
        };
        let canonical = serde_json::to_string(&request)
            .map_err(|error| Error::Policy(format!("a request has no JSON: {error}")))?;
        let access_token = actor.user.is_none().then(|| self.new_token());
        Ok(Placing {
            owner,
            owner_key,
            key,
            request_hash: hash_of(&canonical),
            request,
            email,
            access_token,
            actor: actor.clone(),
        })
    }

    /// The answer that was given before, or else the cart with all that is needed to price it.
    async fn look(&self, placing: &Arc<Placing>) -> Result<Seen, Error> {
        let wanted = Wanted {
            idempotency: vec![placing.saved_as()],
            priced_carts: vec![placing.owner.clone()],
            ..Wanted::default()
        };
        let placing = Arc::clone(placing);
        self.store
            .read_wanting(wanted, move |transaction| {
                let placing = Arc::clone(&placing);
                Box::pin(async move {
                    let cart = transaction.cart(&placing.owner).await?;
                    // Asked for after the cart, which is empty if the same request was quicker on another connection.
                    if let Some(saved) = placing.saved_answer(transaction).await? {
                        return Ok(Seen::Answered(saved));
                    }
                    let cart = cart.filter(|cart| !cart.lines.is_empty()).ok_or(Rejection::CartEmpty)?;
                    Ok::<_, Error>(Seen::Cart(Box::new(CartView::of(transaction, cart).await?)))
                })
            })
            .await
    }

    /// Prices the cart before the transaction, so that no lock is held while the policy runs.
    fn offer(&self, placing: &Placing, view: CartView) -> Result<Offered, Error> {
        for line in &view.cart.lines {
            if !view.offers.get(&line.sku).is_some_and(|offer| offer.active) {
                return Err(Rejection::StockTooLow { sku: line.sku.clone(), available: 0 }.into());
            }
        }
        let request = &placing.request;
        let priced = self.pricing.price(&PriceRequest {
            destination: Some(request.shipping_address.clone()),
            shipping_method: Some(request.shipping_method.clone()),
            ..view.price_request(self)
        })?;
        let total = priced.totals.total;
        if request.expected_total.is_some_and(|expected| expected != total) {
            return Err(Rejection::PriceChanged { total }.into());
        }
        let applied = view.applied(&priced, self);
        let facts = Arc::new(self.facts(placing, &view, priced.totals, applied));
        Ok(Offered { view, facts })
    }

    fn facts(
        &self,
        placing: &Placing,
        view: &CartView,
        totals: merkato_commerce::totals::Totals,
        promotions: Vec<merkato_contract::cart::AppliedPromotion>,
    ) -> OrderFacts {
        let request = &placing.request;
        let lines = view.cart.lines.iter().filter_map(|line| {
            let offer = view.offers.get(&line.sku)?;
            Some(OrderLineRecord {
                sku: line.sku.clone(),
                title: offer.title.clone(),
                unit_price: offer.price,
                quantity: line.quantity,
            })
        });
        OrderFacts {
            id: OrderId::generate(&*self.ids),
            cart: view.cart.id,
            user: placing.actor.user,
            access_token_hash: placing.access_token.as_deref().map(hash_of),
            email: placing.email.as_str().to_owned(),
            totals,
            promotions,
            shipping_address: request.shipping_address.clone(),
            billing_address: request
                .billing_address
                .clone()
                .unwrap_or_else(|| request.shipping_address.clone()),
            shipping_method: request.shipping_method.clone(),
            placed_at: self.clock.now(),
            lines: lines.collect(),
        }
    }

    /// The one transaction of placing: replay or check, reserve, write order and answer, empty the cart. Then has the
    /// order paid.
    async fn store_order(&self, placing: Arc<Placing>, offered: Arc<Offered>) -> Result<Placed, Error> {
        let mut transition = self.transition().paying_with(placing.request.payment.token.clone());
        let room = self.room_to_hand_over();
        if room.is_some() {
            transition = transition.holding_tasks(self.lease_end());
        }
        let (now, capture) = (self.clock.now(), self.settings.capture);
        let wanted = Wanted {
            idempotency: vec![placing.saved_as()],
            carts: vec![offered.facts.cart],
            skus: offered.facts.lines.iter().map(|line| line.sku.clone()).collect(),
            new_orders: 1,
            ..Wanted::default()
        };
        let waiting = self.settled.wait_for(offered.facts.id);
        let stored = self
            .store
            .write_wanting(wanted, move |transaction| {
                let (placing, offered) = (Arc::clone(&placing), Arc::clone(&offered));
                let transition = transition.clone();
                Box::pin(async move {
                    if let Some(saved) = placing.saved_answer(transaction).await? {
                        return Ok(Stored::Before(saved));
                    }
                    offered.still_holds(transaction).await?;
                    let (state, effects) = order::place(offered.facts.totals.total, capture);
                    let new = NewOrder {
                        facts: Arc::clone(&offered.facts),
                        order: state,
                        payment_method: placing.request.payment.method.clone(),
                    };
                    let number = transaction.insert_order(&new).await?;
                    let mut record = new.stored(number);
                    transition.reserve_stock(transaction, &record).await?;
                    let led_to =
                        transition.carry_out(transaction, &mut record, effects, "Order placed").await?;
                    transaction.clear_cart(record.facts.cart).await?;
                    let emptied = CartRecord { promotions: Vec::new(), ..offered.view.cart.clone() };
                    transaction.update_cart(&emptied, now).await?;
                    let saved = placing.answer_for(record.facts.id);
                    transaction.insert_idempotency(&saved, now).await?;
                    Ok::<_, Error>(Stored::Now(Box::new((saved, record, led_to))))
                })
            })
            .await?;
        let (saved, record, mut led_to) = match stored {
            Stored::Before(saved) => return self.answer_again(saved).await,
            Stored::Now(stored) => *stored,
        };
        self.follow_up(&led_to);
        if let Some((room, task)) = room.zip(led_to.tasks.pop()) {
            self.hand_over(task, Arc::new(record.clone()), room).await;
        }
        let record = self.settle_within(waiting, Some(record), is_being_paid).await?;
        Ok(Placed::of(&record, saved.access_token))
    }

    /// The answer to a request that was answered before: the order as it stands.
    async fn answer_again(&self, saved: IdempotencyRecord) -> Result<Placed, Error> {
        let waiting = self.settled.wait_for(saved.order);
        let record = self.settle_within(waiting, None, is_being_paid).await?;
        Ok(Placed::of(&record, saved.access_token))
    }

    /// The order that somebody is `waiting` for, once it no longer `is_waiting` for the gateway or
    /// [`super::ANSWER_WAIT`] is over. It is looked up unless it is `known` how it stood after the waiting began.
    pub(super) async fn settle_within(
        &self,
        mut waiting: Waiting<'_>,
        mut known: Option<OrderRecord>,
        is_waiting: impl Fn(&order::Order) -> bool,
    ) -> Result<OrderRecord, Error> {
        let deadline = tokio::time::Instant::now() + self.settings.answer_wait;
        loop {
            let record = match known.take() {
                Some(record) => record,
                None => self.order_record(waiting.order).await?,
            };
            if !is_waiting(&record.order) {
                return Ok(record);
            }
            match tokio::time::timeout_at(deadline, waiting.news()).await {
                Ok(news) => known = news.map(Arc::unwrap_or_clone),
                Err(_) => return Ok(record),
            }
        }
    }

    /// An order that the actor may read.
    pub async fn order(&self, actor: &Actor, id: OrderId) -> Result<Order, Error> {
        let record = self.order_record(id).await?;
        if actor.may_read(&record) { Ok(shown(&record)) } else { Err(Rejection::NotFound("order").into()) }
    }

    pub(super) async fn order_record(&self, id: OrderId) -> Result<OrderRecord, Error> {
        self.store
            .read_wanting(Wanted::order(id), move |transaction| {
                Box::pin(async move { Ok(transaction.order(id).await?.ok_or(Rejection::NotFound("order"))?) })
            })
            .await
    }

    /// The actor's orders, or all for staff, newest first.
    pub async fn orders(
        &self,
        actor: &Actor,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<List<Order>, Error> {
        let (user, staff) = (actor.user, actor.staff);
        if user.is_none() && !staff {
            return Ok(List { items: Vec::new(), next: None });
        }
        self.store
            .read(move |transaction| {
                Box::pin(async move {
                    let user = if staff { None } else { user };
                    // One more than asked for tells whether there is a next page, without counting.
                    let mut ids = transaction.order_ids(user, after, limit + 1).await?;
                    let more = ids.len() > limit as usize;
                    ids.truncate(limit as usize);
                    let mut items = Vec::with_capacity(ids.len());
                    for id in &ids {
                        items.extend(transaction.order(*id).await?.as_ref().map(shown));
                    }
                    let next = ids.last().filter(|_| more).map(ToString::to_string);
                    Ok(List { items, next })
                })
            })
            .await
    }

    /// What is printed of an order once it is paid.
    pub async fn invoice(&self, actor: &Actor, id: OrderId) -> Result<Invoice, Error> {
        let order = self.order(actor, id).await?;
        let paid = order.history.iter().find(|entry| entry.state == State::Confirmed);
        let issued_at = paid.ok_or(Rejection::NotPaid)?.at;
        let seller = self.settings.seller.clone();
        Ok(Invoice { number: order.number.clone(), issued_at, seller, order })
    }

    /// Where the payment of an order stands.
    pub async fn payment(&self, actor: &Actor, id: OrderId) -> Result<PaymentStatus, Error> {
        let record = self.order_record(id).await?;
        if !actor.may_read(&record) {
            return Err(Rejection::NotFound("order").into());
        }
        let order::Order { payment: state, attempt, .. } = record.order;
        Ok(PaymentStatus { state, attempt, redirect_url: record.redirect_url })
    }

    /// Tries to pay a declined order once more.
    pub async fn pay_order(
        &self,
        actor: &Actor,
        id: OrderId,
        request: PaymentRequest,
    ) -> Result<Placed, Error> {
        let problems = order_validation::payment(&request);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let transition = self.transition().paying_with(request.token);
        let decide = |_: &mut OrderRecord| Ok(Command::RetryPayment.into());
        self.change_order(actor, actions::PAY_ORDER, id, transition, decide).await?;
        // What is told of the try before may still be on its way here, so the order is looked up.
        let record = self.settle_within(self.settled.wait_for(id), None, is_being_paid).await?;
        Ok(Placed::of(&record, None))
    }
}

/// Whether the gateway's word is still out, and the shopper not at the bank.
fn is_being_paid(order: &order::Order) -> bool {
    order.state == State::PendingPayment && order.payment == PaymentState::Authorizing
}

impl Placed {
    fn of(record: &OrderRecord, access_token: Option<String>) -> Self {
        let order = Box::new(Order { access_token, ..shown(record) });
        match record.order.state {
            State::PaymentFailed => Self::Declined(order),
            _ => Self::Standing(order),
        }
    }
}

impl Placing {
    /// By what the answer is remembered.
    fn saved_as(&self) -> (String, String) {
        (self.owner_key.clone(), self.key.as_str().to_owned())
    }

    /// The answer that was given before for this key; an error if it was for another request.
    async fn saved_answer(
        &self,
        transaction: &mut dyn Transaction,
    ) -> Result<Option<IdempotencyRecord>, Error> {
        let saved = transaction.idempotency(&self.owner_key, self.key.as_str()).await?;
        match saved {
            Some(saved) if saved.request_hash != self.request_hash => {
                Err(Rejection::IdempotencyKeyReused.into())
            }
            saved => Ok(saved),
        }
    }

    fn answer_for(&self, order: OrderId) -> IdempotencyRecord {
        IdempotencyRecord {
            owner: self.owner_key.clone(),
            key: self.key.as_str().to_owned(),
            request_hash: self.request_hash.clone(),
            order,
            access_token: self.access_token.clone(),
        }
    }
}

impl Offered {
    /// Whether cart, prices and promotions are still those that were priced.
    async fn still_holds(&self, transaction: &mut dyn Transaction) -> Result<(), Error> {
        let cart = transaction.cart_by_id(self.view.cart.id).await?;
        let same_cart = cart.is_some_and(|cart| cart.version == self.view.cart.version);
        let skus = self.facts.lines.iter().map(|line| line.sku.clone()).collect::<Vec<_>>();
        let offers = transaction.offers(&skus).await?;
        let same_offers = offers.iter().all(|offer| self.view.offers.get(&offer.sku) == Some(offer));
        let codes = self.view.promotions.iter().map(|known| known.promotion.code.clone()).collect::<Vec<_>>();
        let same_promotions = transaction.promotions(&codes).await? == self.view.promotions;
        if same_cart && same_offers && same_promotions { Ok(()) } else { Err(Rejection::CartChanged.into()) }
    }
}

impl Actor {
    /// Owner or staff.
    pub(super) fn may_read(&self, record: &OrderRecord) -> bool {
        self.staff || self.owns(record)
    }

    /// Whether the actor placed it. A guest owns an order by its token.
    pub(super) fn owns(&self, record: &OrderRecord) -> bool {
        let owner = self.user.is_some() && self.user == record.facts.user;
        let hash = self.order_token.as_deref().map(hash_of);
        owner || (hash.is_some() && hash == record.facts.access_token_hash)
    }
}

/// An order as the API shows it.
pub(super) fn shown(record: &OrderRecord) -> Order {
    let OrderFacts { id, email, totals, promotions, shipping_address, billing_address, .. } = &*record.facts;
    let lines = record.facts.lines.iter().zip(&record.lines).map(|(line, gone)| OrderLine {
        sku: line.sku.clone(),
        title: line.title.clone(),
        unit_price: line.unit_price,
        quantity: line.quantity,
        total: gone.full,
        returned: gone.returned,
        refunded: gone.refunded,
    });
    let history = record.history.iter().map(|(state, note, at)| HistoryEntry {
        at: (*at).into(),
        state: State::from_name(state).unwrap_or(record.order.state),
        note: note.clone(),
    });
    Order {
        id: *id,
        number: format!("M-{}", record.number),
        version: record.version,
        state: record.order.state,
        user_id: record.facts.user,
        email: email.clone(),
        lines: lines.collect(),
        promotions: promotions.clone(),
        totals: *totals,
        addresses: Addresses { shipping: shipping_address.clone(), billing: billing_address.clone() },
        shipping_method: record.facts.shipping_method.clone(),
        payment: Payment {
            state: record.order.payment,
            method: record.payment_method.clone(),
            redirect_url: record.redirect_url.clone(),
        },
        shipments: record.shipments.clone(),
        history: history.collect(),
        placed_at: record.facts.placed_at.into(),
        access_token: None,
    }
}
