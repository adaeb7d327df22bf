//! Shoppers: they fill carts, order, order twice, lose answers and ask again, cancel, and send back.
//!
//! A new command is a function here that enters an actor, and a line in [`act`].

use merkato::app::{Actor, Error, Rejection, hash_of, orders::Placed};
use merkato_commerce::{
    address::Address,
    ids::{OrderId, UserId},
    text::PromotionCode,
};
use merkato_contract::{
    cart::{Cart, Delivery},
    order::{Order, PaymentRequest, PlaceOrder, Return},
};
use uuid::Uuid;

use crate::{
    gateway::{GOOD_TOKENS, TOKENS},
    requests::{self, Told},
    shop::FARES,
    staff::{PROMOTIONS, some_pieces},
    world::{About, Ending, Violation, World, broken, excuse},
};

/// What a shopper does at a time: more is no shopper.
const BUSY_MAX: u32 = 3;
/// Most pieces of a line; there are not many more on the shelves.
const PIECES_MAX: i64 = 3;

/// Somebody with a cart.
pub struct Shopper {
    number: usize,
    actor: Actor,
    /// Requests under way.
    pub busy: u32,
    /// The cart as it was last shown.
    seen: Option<Cart>,
    placings: Vec<Placing>,
    /// Orders that were acknowledged, with what a guest reads them by.
    orders: Vec<(OrderId, Option<String>)>,
}

/// A request to place an order, with what was said to it.
#[derive(Clone)]
struct Placing {
    key: String,
    request: PlaceOrder,
    promised: Option<(OrderId, Option<String>)>,
}

impl Shopper {
    /// Every other one has an account.
    pub fn new(number: usize) -> Self {
        let mut actor = Actor::default();
        if number.is_multiple_of(2) {
            actor.cart_token = Some(format!("guest-{number}"));
        } else {
            actor.user = Some(UserId(Uuid::from_u128(u128::try_from(number).expect("a small number"))));
        }
        Self { number, actor, busy: 0, seen: None, placings: Vec::new(), orders: Vec::new() }
    }

    /// How the database names the owner of the shopper's cart.
    pub fn cart_owner(&self) -> String {
        match (self.actor.user, &self.actor.cart_token) {
            (Some(user), _) => user.to_string(),
            (None, token) => hash_of(token.as_deref().unwrap_or_default()),
        }
    }
}

/// What a shopper may do.
#[derive(Debug, Clone, Copy)]
enum Wish {
    SetLine,
    Promotion,
    Delivery,
    Look,
    Place,
    Repeat,
    ReuseKey,
    PayAgain,
    Cancel,
    Return,
    Read,
}

/// Some shopper does something.
pub fn act(world: &mut World) {
    let shopper = world.chance.below(world.shoppers.len());
    let Shopper { busy, seen, placings, orders, .. } = &world.shoppers[shopper];
    if *busy >= BUSY_MAX {
        return;
    }
    let full = u32::from(seen.as_ref().is_some_and(|cart| !cart.lines.is_empty()));
    let (placed, ordered) = (u32::from(!placings.is_empty()), u32::from(!orders.is_empty()));
    let has =
        |(id, _): &(OrderId, _)| world.books.orders.get(id).is_some_and(|order| order.state == "delivered");
    let delivered = u32::from(orders.iter().any(has));
    let wishes = [
        (8, Wish::SetLine),
        (2, Wish::Promotion),
        (2, Wish::Delivery),
        (1, Wish::Look),
        (30 * full, Wish::Place),
        (4 * placed, Wish::Repeat),
        (placed, Wish::ReuseKey),
        (3 * ordered, Wish::PayAgain),
        (2 * ordered, Wish::Cancel),
        (ordered + 25 * delivered, Wish::Return),
        (ordered, Wish::Read),
    ];
    match world.chance.weighed(&wishes).expect("a line can always be set") {
        Wish::SetLine => set_line(world, shopper),
        Wish::Promotion => change_promotions(world, shopper),
        Wish::Delivery => set_delivery(world, shopper),
        Wish::Look => look_at_cart(world, shopper),
        Wish::Place => place(world, shopper),
        Wish::Repeat => repeat(world, shopper),
        Wish::ReuseKey => reuse_key(world, shopper),
        Wish::PayAgain => pay_again(world, shopper),
        Wish::Cancel => cancel(world, shopper),
        Wish::Return => give_back(world, shopper),
        Wish::Read => read(world, shopper),
    }
}

/// A version that the shopper's page may send along.
fn version_seen(world: &mut World, shopper: usize) -> Option<i64> {
    let sends = world.chance.percent(20);
    world.shoppers[shopper].seen.as_ref().map(|cart| cart.version).filter(|_| sends)
}

fn set_line(world: &mut World, shopper: usize) {
    let pieces = world.chance.between(0, PIECES_MAX);
    want(world, shopper, pieces);
}

/// A shopper wants so many pieces of something.
fn want(world: &mut World, shopper: usize, pieces: i64) {
    let number = world.chance.below(world.staff.skus.len());
    let sku = world.staff.skus[number].clone();
    let version = version_seen(world, shopper);
    let (coordinator, app) = world.any_coordinator();
    let actor = world.shoppers[shopper].actor.clone();
    let name = format!("shopper {shopper} wants {pieces} of {sku}, version {version:?}");
    world.enter(coordinator, About::Shopper { shopper, line: Some((number, pieces)) }, name, async move {
        let cart = app.set_cart_line(&actor, sku, pieces, version).await;
        hearing_of_cart(shopper, cart)
    });
}

fn change_promotions(world: &mut World, shopper: usize) {
    let code = world.chance.pick(&PROMOTIONS).parse::<PromotionCode>().expect("a code");
    let adds = world.chance.percent(75);
    let (coordinator, app) = world.any_coordinator();
    let actor = world.shoppers[shopper].actor.clone();
    let name = format!("shopper {shopper} {} {code}", if adds { "adds" } else { "takes out" });
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let cart = if adds {
            app.add_cart_promotion(&actor, code, None).await
        } else {
            app.remove_cart_promotion(&actor, code, None).await
        };
        hearing_of_cart(shopper, cart)
    });
}

fn set_delivery(world: &mut World, shopper: usize) {
    let (method, _) = *world.chance.pick(&FARES);
    let (coordinator, app) = world.any_coordinator();
    let actor = world.shoppers[shopper].actor.clone();
    let delivery = Delivery { address: address(), shipping_method: method.to_owned() };
    let name = format!("shopper {shopper} wants it by {method}");
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let cart = app.set_cart_delivery(&actor, delivery, None).await;
        hearing_of_cart(shopper, cart)
    });
}

fn look_at_cart(world: &mut World, shopper: usize) {
    let (coordinator, app) = world.any_coordinator();
    let actor = world.shoppers[shopper].actor.clone();
    let name = format!("shopper {shopper} looks at the cart");
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let cart = app.cart(&actor).await;
        hearing_of_cart(shopper, cart)
    });
}

fn hearing_of_cart(shopper: usize, cart: Result<Cart, Error>) -> Ending {
    Box::new(move |world| {
        let cart = match cart {
            Ok(cart) => cart,
            Err(error) => return excuse(&error),
        };
        let lines: i64 =
            cart.lines.iter().map(|line| line.unit_price.amount * i64::from(line.quantity)).sum();
        let whole = cart.subtotal.amount - cart.discount.amount + cart.shipping.amount + cart.tax.amount;
        if (lines, whole) != (cart.subtotal.amount, cart.total.amount) {
            return broken(format!("a cart adds up: {cart:?}"));
        }
        let stored = world.books.cart_of(&world.shoppers[shopper].cart_owner());
        if stored.map_or(0, |stored| stored.version) < cart.version {
            return broken(format!("a cart that was shown is stored: {stored:?}, but shown {cart:?}"));
        }
        if let Some(stored) = stored.filter(|stored| stored.version == cart.version) {
            let shown = cart.lines.iter().map(|line| (line.sku.to_string(), i64::from(line.quantity)));
            if stored.lines != shown.collect() {
                return broken(format!("a cart is shown as it is stored: {stored:?}, but shown {cart:?}"));
            }
        }
        let line = format!("version {}, total {}", cart.version, cart.total);
        world.shoppers[shopper].seen = Some(cart);
        Ok(line)
    })
}

fn address() -> Address {
    Address {
        name: "Hanna Bekele".to_owned(),
        line1: "12 Market Street".to_owned(),
        line2: None,
        city: "Portland".to_owned(),
        region: Some("OR".to_owned()),
        postal_code: "97201".to_owned(),
        country: "US".to_owned(),
    }
}

/// Somebody fills a cart.
pub fn fill_cart(world: &mut World, shopper: usize) {
    let pieces = world.chance.between(1, PIECES_MAX);
    want(world, shopper, pieces);
}

/// Orders what is in the cart, and can pay for it.
pub fn buy(world: &mut World, shopper: usize) {
    let placing = new_placing(world, shopper, &GOOD_TOKENS);
    submit(world, shopper, placing);
}

/// Orders what is in the cart, perhaps twice at once, perhaps also under another key.
fn place(world: &mut World, shopper: usize) {
    let placing = new_placing(world, shopper, &TOKENS);
    submit(world, shopper, placing);
    if world.chance.percent(25) {
        submit(world, shopper, placing);
    }
    if world.chance.percent(20) {
        let other = new_placing(world, shopper, &TOKENS);
        submit(world, shopper, other);
    }
}

fn new_placing(world: &mut World, shopper: usize, tokens: &[&str]) -> usize {
    let (method, _) = *world.chance.pick(&FARES);
    let token = (*world.chance.pick(tokens)).to_owned();
    let trusting = world.chance.percent(50);
    let Shopper { number, seen, placings, .. } = &mut world.shoppers[shopper];
    let priced = seen.as_ref().filter(|cart| {
        !trusting && cart.delivery.as_ref().is_some_and(|delivery| delivery.shipping_method == method)
    });
    let request = PlaceOrder {
        email: format!("shopper{number}@merkato.example"),
        shipping_address: address(),
        billing_address: None,
        shipping_method: method.to_owned(),
        payment: PaymentRequest { method: "card".to_owned(), token },
        expected_total: priced.map(|cart| cart.total),
    };
    let key = format!("key-{number}-{}", placings.len());
    placings.push(Placing { key, request, promised: None });
    placings.len() - 1
}

fn repeat(world: &mut World, shopper: usize) {
    let placing = world.chance.below(world.shoppers[shopper].placings.len());
    submit(world, shopper, placing);
}

fn submit(world: &mut World, shopper: usize, number: usize) {
    let (coordinator, app) = world.any_coordinator();
    let Shopper { actor, placings, .. } = &world.shoppers[shopper];
    let (actor, Placing { key, request, .. }) = (actor.clone(), placings[number].clone());
    // Stored is stored, whether anybody has heard of it or not.
    let stands = world.books.answers.keys().any(|(_, kept)| *kept == key);
    let name = format!("shopper {shopper} orders as {key}, pays with {}", request.payment.token);
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let placed = app.place_order(&actor, key.parse().expect("a key"), request).await;
        let ending: Ending = Box::new(move |world| match placed {
            Ok(Placed::Standing(order) | Placed::Declined(order)) => {
                hear_of_order(world, shopper, number, &order)
            }
            Err(Error::Rejected(rejection)) if stands => {
                broken(format!("a key has one answer: {key} had an order, and now {rejection}"))
            }
            Err(error) => excuse(&error),
        });
        ending
    });
}

/// An order was acknowledged. From now on it stands, and its key stands for it.
fn hear_of_order(
    world: &mut World,
    shopper: usize,
    number: usize,
    order: &Order,
) -> Result<String, Violation> {
    let guest = world.shoppers[shopper].actor.user.is_none();
    let placing = &mut world.shoppers[shopper].placings[number];
    let key = placing.key.clone();
    let promise = (order.id, order.access_token.clone());
    if guest != order.access_token.is_some() {
        return broken(format!("a guest, and nobody else, gets a token: {key}"));
    }
    match &placing.promised {
        Some(promised) if *promised != promise => {
            return broken(format!("a key has one answer: {key} had {promised:?}, and now {promise:?}"));
        }
        Some(_) => {}
        None => {
            placing.promised = Some(promise.clone());
            if placing.request.expected_total.is_some_and(|expected| expected != order.totals.total) {
                return broken(format!("nobody pays another total than was seen: {}", order.id));
            }
            world.shoppers[shopper].orders.push(promise);
        }
    }
    let Some(stored) = world.books.orders.get(&order.id) else {
        return broken(format!("an acknowledged order exists: {}", order.id));
    };
    let lines = order
        .lines
        .iter()
        .map(|line| (line.sku.to_string(), (i64::from(line.quantity), line.unit_price.amount)));
    let same = stored.facts.lines == lines.collect()
        && stored.facts.total == order.totals.total.amount
        && stored.facts.rest.contains(&order.email)
        && stored.facts.rest.starts_with(order.number.trim_start_matches("M-"));
    if !same {
        return broken(format!("an order is shown as it is stored: {stored:?}, but shown {order:?}"));
    }
    if !world.books.answers.iter().any(|((_, kept), id)| (kept, *id) == (&key, order.id)) {
        return broken(format!("the answer to {key} is kept"));
    }
    Ok(format!("{} is {}", order.id, order.state.name()))
}

/// A key that has its order is used for another request.
fn reuse_key(world: &mut World, shopper: usize) {
    let (coordinator, app) = world.any_coordinator();
    let Shopper { actor, placings, .. } = &world.shoppers[shopper];
    let Some(placing) = placings.iter().find(|placing| placing.promised.is_some()).cloned() else { return };
    let actor = actor.clone();
    let request = PlaceOrder { email: "other@merkato.example".to_owned(), ..placing.request };
    let name = format!("shopper {shopper} uses {} for something else", placing.key);
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let placed = app.place_order(&actor, placing.key.parse().expect("a key"), request).await;
        let ending: Ending = Box::new(move |_| match placed {
            Err(Error::Rejected(Rejection::IdempotencyKeyReused)) => Ok("refused".to_owned()),
            Err(Error::Store(error)) => excuse(&Error::Store(error)),
            other => broken(format!("a key stands for one request: {}, {other:?}", placing.key)),
        });
        ending
    });
}

/// One of the shopper's orders, mostly one for which it makes sense, and who the shopper is to it.
fn own_order(world: &mut World, shopper: usize, wanted: &str) -> (OrderId, Actor) {
    let World { shoppers, books, chance, .. } = world;
    let Shopper { actor, orders, .. } = &shoppers[shopper];
    let fits = |(id, _): &&(OrderId, _)| books.orders.get(id).is_some_and(|order| order.state == wanted);
    let fitting = orders.iter().filter(fits).collect::<Vec<_>>();
    let (id, order_token) = if fitting.is_empty() || chance.percent(15) {
        chance.pick(orders).clone()
    } else {
        (*chance.pick(&fitting)).clone()
    };
    (id, Actor { order_token, ..actor.clone() })
}

fn pay_again(world: &mut World, shopper: usize) {
    let (id, actor) = own_order(world, shopper, "payment_failed");
    let token = (*world.chance.pick(&TOKENS)).to_owned();
    let (coordinator, app) = world.any_coordinator();
    let name = format!("shopper {shopper} pays {id} again with {token}");
    let request = world.requests.ask(id, requests::Wish::PayAgain, &world.books);
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let paid = app.pay_order(&actor, id, PaymentRequest { method: "card".to_owned(), token }).await;
        let paid = paid.map(|(Placed::Standing(order) | Placed::Declined(order))| *order);
        hearing_of_change(request, paid, &[])
    });
}

fn cancel(world: &mut World, shopper: usize) {
    let wanted =
        *world.chance.pick(&["confirmed", "confirmed", "pending_payment", "payment_failed", "expired"]);
    let (id, actor) = own_order(world, shopper, wanted);
    let (coordinator, app) = world.any_coordinator();
    let name = format!("shopper {shopper} cancels {id}");
    let request = world.requests.ask(id, requests::Wish::Cancel, &world.books);
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let order = app.cancel_order(&actor, id).await;
        hearing_of_change(request, order, &["cancelled"])
    });
}

fn give_back(world: &mut World, shopper: usize) {
    let wanted = *world.chance.pick(&["delivered", "delivered", "refunded"]);
    let (id, actor) = own_order(world, shopper, wanted);
    let bought = world.books.orders.get(&id).map(|order| order.facts.pieces());
    let lines = bought.filter(|_| world.chance.percent(60)).map(|bought| some_pieces(world, &bought));
    let (coordinator, app) = world.any_coordinator();
    let name = format!("shopper {shopper} returns {id}: {lines:?}");
    let pieces = lines
        .as_ref()
        .map(|lines| lines.iter().map(|pieces| (pieces.sku.to_string(), pieces.quantity)).collect());
    let request = world.requests.ask(id, requests::Wish::Return(pieces), &world.books);
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let order = app.return_order(&actor, id, None, Return { lines }).await;
        hearing_of_change(request, order, &["delivered", "returned", "refunded"])
    });
}

fn read(world: &mut World, shopper: usize) {
    let (id, actor) = own_order(world, shopper, "expired");
    let (coordinator, app) = world.any_coordinator();
    let name = format!("shopper {shopper} reads {id}");
    world.enter(coordinator, About::Shopper { shopper, line: None }, name, async move {
        let order = app.order(&actor, id).await;
        let ending: Ending = Box::new(move |_| match order {
            Ok(order) => Ok(order.state.name().to_owned()),
            Err(Error::Rejected(rejection)) => {
                broken(format!("an acknowledged order can be read: {id}, {rejection}"))
            }
            Err(error) => excuse(&error),
        });
        ending
    });
}

/// What was said to `request`. If it was acknowledged, the order is in the state that it led to, or in one that only
/// comes after it; any will do if no `since` is given.
pub fn hearing_of_change(
    request: usize,
    order: Result<Order, Error>,
    since: &'static [&'static str],
) -> Ending {
    Box::new(move |world| {
        world.requests.tell(request, Told::by(&order))?;
        world.requests.check(&world.books)?;
        let order = match order {
            Ok(order) => order,
            Err(error) => return excuse(&error),
        };
        let stored = world.books.orders.get(&order.id).map(|stored| stored.state.clone());
        let state = stored.unwrap_or_default();
        if since.is_empty() || since.contains(&state.as_str()) {
            return Ok(state);
        }
        broken(format!("what was acknowledged has happened: {} is {state}, none of {since:?}", order.id))
    })
}
