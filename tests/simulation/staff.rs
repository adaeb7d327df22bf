//! Staff: they count stock, change prices, ship, deliver, cancel, refund.
//!
//! A new command is a function here that enters an actor, and a line in [`act`].

use std::collections::BTreeMap;

use merkato::app::{Actor, Error};
use merkato_commerce::{
    ids::OrderId,
    money::{Currency, Money},
    promotion::Rule,
    text::Sku,
    totals::TaxClass,
};
use merkato_contract::{
    coordinator::{MoveStock, Offer},
    event::DeadLetterSelection,
    order::{LinePieces, Refund, Shipment},
    staff::promotion::PromotionDraft,
};

use crate::{
    books::Books,
    requests::{TAKEN, Told, Wish},
    shoppers::hearing_of_change,
    world::{About, Ending, Violation, World, broken, excuse},
};

/// What shoppers may type.
pub const PROMOTIONS: [&str; 5] = ["TENTH", "FIVE", "ALL", "3FOR2", "SHIPPED"];
/// What counts as the first stock in the ledger.
const FIRST_STOCK: &str = "first stock";

/// What staff remember.
#[derive(Default)]
pub struct Staff {
    pub skus: Vec<Sku>,
    /// Pieces, and what was said to it, by sku and note.
    counts: BTreeMap<(String, String), (i64, Told)>,
    /// The newest version of each offer that was sent.
    versions: BTreeMap<Sku, i64>,
}

impl Staff {
    /// What staff count stands in the ledger once if they were told so, not at all if it was refused, and nothing
    /// stands there that nobody counted.
    pub fn check_counts(&self, books: &Books) -> Result<(), Violation> {
        for (count, pieces) in &books.counts {
            match self.counts.get(count) {
                Some((counted, told)) if counted == pieces && *told != Told::Refused => {}
                other => {
                    return broken(format!(
                        "the ledger has what staff counted: {count:?} {pieces}, {other:?}"
                    ));
                }
            }
        }
        let missing = self
            .counts
            .iter()
            .find(|(count, (_, told))| *told == Told::Done && !books.counts.contains_key(*count));
        missing.map_or(Ok(()), |missing| broken(format!("a count that was acknowledged stands: {missing:?}")))
    }
}

fn staff() -> Actor {
    Actor { staff: true, ..Actor::default() }
}

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

/// Goods, prices and promotions of an opening shop: few pieces, so that shoppers get into each other's way.
pub fn fill_shelves(world: &mut World) {
    for number in 0..world.swarm.skus {
        let sku = format!("SKU-{number}").parse::<Sku>().expect("a sku");
        let pieces = world.chance.between(0, 8);
        if pieces > 0 {
            let count = (sku.to_string(), FIRST_STOCK.to_owned());
            world.staff.counts.insert(count, (pieces, Told::Nothing));
        }
        world.staff.skus.push(sku.clone());
        let price = world.chance.between(1, 5_000);
        put_offer(world, sku, price, true, Some(pieces));
    }
    let skus = world.staff.skus.clone();
    let rules = [
        (Rule::Percentage { basis_points: 1_000 }, 0),
        (Rule::Fixed { amount: 500 }, 2_000),
        (Rule::Percentage { basis_points: 10_000 }, 0),
        (Rule::BuyXGetY { buy: 2, get: 1, skus }, 0),
        (Rule::FreeShipping, 3_000),
    ];
    for (code, (rule, minimum_subtotal)) in PROMOTIONS.iter().zip(rules) {
        let name = format!("staff begin promotion {code}");
        let title = (*code).to_owned();
        let code = code.parse().expect("a code");
        let draft = PromotionDraft { title, rule, minimum_subtotal, starts_at: None, ends_at: None };
        let (coordinator, app) = world.any_coordinator();
        world.enter(coordinator, About::Staff, name, async move {
            ending(app.put_promotion(&staff(), code, draft, None).await, |_, _| Ok("done".to_owned()))
        });
    }
}

/// What an answer means, if it is one.
fn ending<T: 'static>(
    answer: Result<T, Error>,
    learn: impl FnOnce(T, &mut World) -> Result<String, Violation> + 'static,
) -> Ending {
    Box::new(move |world| match answer {
        Ok(answer) => learn(answer, world),
        Err(error) => excuse(&error),
    })
}

#[derive(Debug, Clone, Copy)]
enum Duty {
    Count,
    Price,
    Ship,
    Deliver,
    Cancel,
    Refund,
    RetryCapture,
    ReplayDeadLetters,
    DropDeadLetters,
}

/// Staff do something.
pub fn act(world: &mut World) {
    let ordered = u32::from(!world.books.orders.is_empty());
    let any = |states: &[&str]| {
        let mut orders = world.books.orders.values();
        u32::from(orders.any(|order| states.contains(&order.state.as_str())))
    };
    let (confirmed, shipped) = (any(&["confirmed"]), any(&["shipped"]));
    let paid = any(&["shipped", "delivered", "returned"]);
    let money = |known: &[&str]| {
        u32::from(world.books.orders.values().any(|order| known.contains(&order.payment.as_str())))
    };
    let (refused, taken) = (money(&["capture_failed"]), money(&TAKEN));
    let dead = u32::from(world.books.dead_letters().next().is_some());
    let duties = [
        (3, Duty::Count),
        (2, Duty::Price),
        (ordered + 12 * confirmed, Duty::Ship),
        (ordered + 8 * shipped, Duty::Deliver),
        (ordered, Duty::Cancel),
        (ordered + 8 * paid, Duty::Refund),
        (4 * refused + taken, Duty::RetryCapture),
        (2 * dead, Duty::ReplayDeadLetters),
        (dead, Duty::DropDeadLetters),
    ];
    match world.chance.weighed(&duties).expect("stock can always be counted") {
        Duty::Count => count(world),
        Duty::Price => change_price(world),
        Duty::Ship => ship(world),
        Duty::Deliver => deliver(world),
        Duty::Cancel => cancel(world),
        Duty::Refund => refund(world),
        Duty::RetryCapture => retry_capture(world),
        Duty::ReplayDeadLetters => see_to_dead_letters(world, true),
        Duty::DropDeadLetters => see_to_dead_letters(world, false),
    }
}

fn count(world: &mut World) {
    let sku = world.chance.pick(&world.staff.skus).clone();
    let pieces = [-3, -2, -1, 1, 2, 4][world.chance.below(6)];
    let note = format!("count {}", world.staff.counts.len());
    let known = (sku.to_string(), note.clone());
    world.staff.counts.insert(known.clone(), (pieces, Told::Nothing));
    let (coordinator, app) = world.any_coordinator();
    let name = format!("staff move {pieces} of {sku}, {note}");
    world.enter(coordinator, About::Staff, name, async move {
        let moved = app.move_stock(&staff(), sku, MoveStock { pieces, note }, None).await;
        let ending: Ending = Box::new(move |world| {
            world.staff.counts.insert(known, (pieces, Told::by(&moved)));
            world.staff.check_counts(&world.books)?;
            match moved {
                Ok(level) => Ok(format!("{} left", level.available)),
                Err(error) => excuse(&error),
            }
        });
        ending
    });
}

fn change_price(world: &mut World) {
    let sku = world.chance.pick(&world.staff.skus).clone();
    let price = world.chance.between(1, 5_000);
    let active = world.chance.percent(90);
    put_offer(world, sku, price, active, None);
}

/// The catalog publishes; now and then an old version comes late.
fn put_offer(world: &mut World, sku: Sku, price: i64, active: bool, initial_stock: Option<i64>) {
    let newest = world.staff.versions.get(&sku).copied().unwrap_or(0);
    let late = newest > 1 && world.chance.percent(20);
    let version = if late { newest - 1 } else { newest + 1 };
    world.staff.versions.insert(sku.clone(), newest.max(version));
    let offer = Offer {
        title: sku.to_string(),
        price: usd(price),
        tax_class: TaxClass::Standard,
        weight_grams: 100,
        version,
        active,
        initial_stock,
    };
    let (coordinator, app) = world.any_coordinator();
    let name = format!("staff offer {sku} at {price}, active {active}, version {version}");
    world.enter(coordinator, About::Staff, name, async move {
        let stored = app.put_offer(sku.clone(), offer).await;
        ending(stored, move |(), world| {
            let known = world.books.offers.get(sku.as_str()).map(|offer| offer.version);
            if known.is_none_or(|known| known < version) {
                return broken(format!("an acknowledged offer is known: {sku} {version}, but {known:?}"));
            }
            Ok("done".to_owned())
        })
    });
}

/// Any order, mostly one that staff would look at for this.
fn any_order(world: &mut World, wanted: &str) -> OrderId {
    let fitting = world.books.orders.iter().filter(|(_, order)| order.state == wanted).map(|(id, _)| *id);
    let fitting = fitting.collect::<Vec<_>>();
    if !fitting.is_empty() && world.chance.percent(85) {
        return *world.chance.pick(&fitting);
    }
    let all = world.books.orders.keys().copied().collect::<Vec<_>>();
    *world.chance.pick(&all)
}

pub fn ship(world: &mut World) {
    let id = any_order(world, "confirmed");
    let (coordinator, app) = world.any_coordinator();
    let parcel = world.requests.parcel();
    let shipment = Shipment { carrier: "Post".to_owned(), tracking_number: parcel.clone() };
    let request = world.requests.ask(id, Wish::Ship { parcel }, &world.books);
    world.enter(coordinator, About::Staff, format!("staff ship {id}"), async move {
        let order = app.ship_order(&staff(), id, shipment).await;
        hearing_of_change(request, order, &["shipped", "delivered", "returned", "refunded"])
    });
}

pub fn deliver(world: &mut World) {
    let id = any_order(world, "shipped");
    let (coordinator, app) = world.any_coordinator();
    let request = world.requests.ask(id, Wish::Deliver, &world.books);
    world.enter(coordinator, About::Staff, format!("staff note that {id} is delivered"), async move {
        let order = app.deliver_order(&staff(), id).await;
        hearing_of_change(request, order, &["delivered", "returned", "refunded"])
    });
}

fn cancel(world: &mut World) {
    let id = any_order(world, "confirmed");
    let (coordinator, app) = world.any_coordinator();
    let request = world.requests.ask(id, Wish::Cancel, &world.books);
    world.enter(coordinator, About::Staff, format!("staff cancel {id}"), async move {
        let order = app.cancel_order(&staff(), id).await;
        hearing_of_change(request, order, &["cancelled"])
    });
}

fn refund(world: &mut World) {
    let wanted = *world.chance.pick(&["confirmed", "shipped", "delivered", "returned", "cancelled"]);
    let id = any_order(world, wanted);
    let order = &world.books.orders[&id];
    let (total, lines) = (order.facts.total, order.facts.pieces());
    let refund = match world.chance.below(3) {
        0 => Refund { amount: Some(usd(total)), lines: None },
        1 => Refund { amount: Some(usd(world.chance.between(1, total.max(1) + 1))), lines: None },
        _ => Refund { amount: None, lines: Some(some_pieces(world, &lines)) },
    };
    let (coordinator, app) = world.any_coordinator();
    let name = format!("staff refund {id}: {refund:?}");
    let request = world.requests.ask(id, Wish::Refund, &world.books);
    world.enter(coordinator, About::Staff, name, async move {
        hearing_of_change(request, app.refund_order(&staff(), id, None, refund).await, &[])
    });
}

/// Some pieces of some lines, now and then more than there are.
pub fn some_pieces(world: &mut World, lines: &BTreeMap<String, i64>) -> Vec<LinePieces> {
    let mut pieces = Vec::new();
    for (sku, bought) in lines {
        if pieces.is_empty() || world.chance.percent(50) {
            let more = i64::from(world.chance.percent(10));
            let quantity = world.chance.between(1, bought + more);
            pieces.push(LinePieces { sku: sku.parse().expect("a sku"), quantity });
        }
    }
    pieces
}

/// Money that was refused, or is there already.
fn retry_capture(world: &mut World) {
    let asked = |payment: &str| payment == "capture_failed" || TAKEN.contains(&payment);
    let asked = world.books.orders.iter().filter(|(_, order)| asked(&order.payment)).map(|(id, _)| *id);
    let asked = asked.collect::<Vec<_>>();
    let id = *world.chance.pick(&asked);
    let (coordinator, app) = world.any_coordinator();
    let request = world.requests.ask(id, Wish::RetryCapture, &world.books);
    let name = format!("staff ask once more for the money of {id}");
    world.enter(coordinator, About::Staff, name, async move {
        hearing_of_change(request, app.retry_capture(&staff(), id).await, &[])
    });
}

fn see_to_dead_letters(world: &mut World, replay: bool) {
    let dead = world.books.dead_letters().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let subscriber = world.chance.pick(&dead).clone();
    let (coordinator, app) = world.any_coordinator();
    let what = if replay { "deliver again" } else { "drop" };
    let name = format!("staff {what} what {subscriber} did not take");
    let selection = DeadLetterSelection { subscriber: Some(subscriber), event_id: None };
    world.enter(coordinator, About::Staff, name, async move {
        let letters = if replay {
            app.replay_dead_letters(&staff(), selection).await
        } else {
            app.drop_dead_letters(&staff(), selection).await
        };
        ending(letters, |count, _| Ok(format!("{count} letters")))
    });
}
