//! What must hold, whatever happens. Computed from the simulation's own look at the database and from what the
//! outside saw, never by asking the till.

use std::collections::{BTreeMap, BTreeSet};

use merkato::{
    outbox::Limits,
    store::{
        self,
        audit::{AuditTerms, Invariant},
    },
};
use merkato_commerce::{
    ids::{CartId, OrderId},
    time::Timestamp,
};

use crate::{
    books::{Books, CartRow, EventRow, Facts, OrderRow, RefundRow},
    gateway::{Desk, Payment, State},
    requests::TAKEN,
    shop::{FARES, TAX_BASIS_POINTS},
    turns::ActorId,
    world::{CLOCKS_APART_MAX_MS, Violation, World, broken},
};

/// What may have been written in a step.
#[derive(Debug, Default)]
pub struct Done {
    /// Whose calls wrote.
    pub writers: Vec<ActorId>,
    /// Owner, sku and pieces of the lines that shoppers may have set.
    pub lines_set: Vec<(String, String, i64)>,
}

/// States of orders that are paid for, and hold for good: none of them leads back to one that is not.
const PAID: [&str; 5] = ["confirmed", "shipped", "delivered", "returned", "refunded"];

fn ensure(holds: bool, rule: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { broken(rule()) }
}

/// What holds between any two transactions, and what a transaction may change.
pub fn after_a_step(before: &Books, now: &Books, done: &Done) -> Result<(), Violation> {
    of_stock(now)?;
    for (id, order) in &now.orders {
        of_an_order(*id, order, now)?;
        match before.orders.get(id) {
            Some(earlier) => of_a_changed_order(*id, earlier, order, done.writers.len() <= 1)?,
            None => of_a_new_order(*id, order, before)?,
        }
    }
    of_new_tasks(before, now)?;
    let lost = before.orders.keys().find(|id| !now.orders.contains_key(id));
    ensure(lost.is_none(), || format!("an order stands for ever: {lost:?}"))?;
    let answered_otherwise = before.answers.iter().find(|(key, id)| now.answers.get(*key) != Some(*id));
    ensure(answered_otherwise.is_none(), || format!("a key has one answer: {answered_otherwise:?}"))?;
    let carts = before.carts.keys().chain(now.carts.keys()).collect::<BTreeSet<_>>();
    carts.into_iter().try_for_each(|cart| of_a_cart(*cart, before, now, done))
}

fn of_stock(books: &Books) -> Result<(), Violation> {
    let (mut reserved, mut sold) = (BTreeMap::<&str, i64>::new(), BTreeMap::<&str, i64>::new());
    for order in books.orders.values() {
        let held = match order.stock.as_str() {
            "reserved" => &mut reserved,
            "sold" => &mut sold,
            _ => continue,
        };
        let sold = order.stock == "sold";
        for (sku, (pieces, _)) in &order.facts.lines {
            // What came back of an order is on the shelf again.
            let back = if sold { order.returned(sku) } else { 0 };
            *held.entry(sku).or_default() += pieces - back;
        }
    }
    for (sku, level) in &books.stock {
        let of = |pieces: &BTreeMap<&str, i64>| pieces.get(sku.as_str()).copied().unwrap_or(0);
        let (reserved, sold) = (of(&reserved), of(&sold));
        let counted = books.counts.iter().filter(|((counted, _), _)| counted == sku);
        let put_on_shelf: i64 = counted.map(|(_, pieces)| pieces).sum();
        let on_shelf = level.on_hand;
        ensure(on_shelf >= 0, || format!("no shelf holds less than nothing: {sku} {level:?}"))?;
        ensure(level.moved == on_shelf, || format!("the ledger adds up to the shelf: {sku} {level:?}"))?;
        ensure(level.reserved == reserved, || {
            format!("what is reserved is what open orders hold: {sku} {level:?}, orders hold {reserved}")
        })?;
        ensure(sold + reserved <= put_on_shelf && sold + on_shelf == put_on_shelf, || {
            format!(
                "nothing is sold twice: {sku} {level:?}, {put_on_shelf} came, {sold} sold, {reserved} reserved"
            )
        })?;
    }
    Ok(())
}

fn of_an_order(id: OrderId, order: &OrderRow, books: &Books) -> Result<(), Violation> {
    let Facts { subtotal, discount, shipping, tax, total, lines, .. } = &order.facts;
    let by_line: i64 = lines.values().map(|(pieces, price)| pieces * price).sum();
    ensure(by_line == *subtotal && *total == subtotal - discount + shipping + tax, || {
        format!("an order adds up: {id} {order:?}")
    })?;
    ensure((0..=*subtotal).contains(discount), || format!("at most everything is free: {id} {order:?}"))?;
    let stock_fits = match order.state.as_str() {
        "pending_payment" => order.stock == "reserved",
        "confirmed" | "shipped" | "delivered" => order.stock == "sold",
        "refunded" => order.stock != "reserved",
        _ => order.stock == "released",
    };
    ensure(stock_fits, || format!("an order holds what it says: {id} {order:?}"))?;
    ensure((order.stock == "reserved") == books.reservations.contains(&id), || {
        format!("an order holds stock just while its reservation stands: {id} {order:?}")
    })?;
    for (sku, (returned, refunded)) in &order.gone_back {
        let bought = lines.get(sku).map_or(0, |(pieces, _)| *pieces);
        ensure((0..=bought).contains(returned) && (0..=bought).contains(refunded), || {
            format!("a piece goes back once: {id} {sku} {order:?}")
        })?;
    }
    of_refunds(id, order)
}

fn of_refunds(id: OrderId, order: &OrderRow) -> Result<(), Violation> {
    let OrderRow { refunded, refunding, .. } = *order;
    ensure(refunded >= 0 && refunding >= 0 && refunded + refunding <= order.facts.total, || {
        format!("at most what was paid goes back: {id} {order:?}")
    })?;
    let (done, asked) = (order.refunds_that_are("done"), order.refunds_that_are("asked"));
    ensure((done, asked) == (refunded, refunding), || {
        format!("what goes back is what its refunds come to: {id} {order:?}")
    })?;
    let of_present_try = order.refunds.values().all(|refund| refund.attempt == order.attempt);
    ensure(of_present_try, || format!("the money of the present try goes back: {id} {order:?}"))
}

fn of_a_new_order(id: OrderId, order: &OrderRow, before: &Books) -> Result<(), Violation> {
    of_history(id, &[], order)?;
    let begins =
        order.history.first().is_some_and(|state| state == "pending_payment" || state == "confirmed");
    ensure(begins, || format!("an order begins by being placed: {id} {order:?}"))?;
    for (sku, (_, price)) in &order.facts.lines {
        let offer = before.offers.get(sku);
        ensure(offer.is_some_and(|offer| offer.active && offer.price == *price), || {
            format!("an order is at the price of its moment: {id} {sku} at {price}, offered {offer:?}")
        })?;
    }
    let Facts { subtotal, discount, shipping, tax, rest, lines, .. } = &order.facts;
    let fare = FARES.iter().find(|(method, _)| rest.contains(&format!(" {method} "))).map(|(_, fare)| *fare);
    ensure(*shipping == 0 || Some(*shipping) == fare, || {
        format!("the carrier gets the fare: {id} {order:?}")
    })?;
    if *discount == 0 && *subtotal > 0 {
        let rounded = |amount: i64| (amount * i64::from(TAX_BASIS_POINTS) + 5_000) / 10_000;
        let by_line: i64 = lines.values().map(|(pieces, price)| rounded(pieces * price)).sum();
        ensure(*tax == by_line + rounded(*shipping), || {
            format!("tax is rounded once a line: {id} {order:?}")
        })?;
    }
    Ok(())
}

fn of_a_changed_order(
    id: OrderId,
    earlier: &OrderRow,
    order: &OrderRow,
    alone: bool,
) -> Result<(), Violation> {
    let same = (&earlier.facts, earlier.cart, &earlier.capture) == (&order.facts, order.cart, &order.capture);
    ensure(same, || format!("an order's content never changes: {id} {earlier:?} and now {order:?}"))?;
    of_history(id, &earlier.history, order)?;
    ensure(may_become(earlier, order), || {
        format!("money that was taken stays so, or goes back: {id} {earlier:?} and now {order:?}")
    })?;
    let shipped = earlier.state == "confirmed" && order.state == "shipped";
    let paid_for = !matches!(earlier.payment.as_str(), "capture_failed" | "refunded" | "voided");
    ensure(!alone || !shipped || paid_for, || format!("nothing leaves unpaid: {id} {earlier:?}"))?;
    let closed = |refund: &RefundRow| refund.state != "asked";
    let refunds_kept = earlier.refunds.iter().all(|(refund, was)| {
        order.refunds.get(refund).is_some_and(|is| is == was || (!closed(was) && closed(is)))
    });
    ensure(earlier.refunded <= order.refunded && refunds_kept, || {
        format!("what went back does not come again, and is closed once: {id} {earlier:?}, {order:?}")
    })?;
    let back = earlier.gone_back.keys().all(|sku| earlier.returned(sku) <= order.returned(sku));
    ensure(back, || format!("what came back stays: {id} {earlier:?}, {order:?}"))?;
    let tries_kept = earlier.payments.iter().all(|(attempt, id)| order.payments.get(attempt) == Some(id));
    ensure(tries_kept, || format!("a try at paying is never forgotten: {id} {earlier:?}, {order:?}"))
}

/// Whether a step of an order may follow upon another. Several steps that share a transaction are all in the history.
fn may_follow(was: &str, is: &str) -> bool {
    let next: &[&str] = match was {
        "pending_payment" => &["payment_failed", "expired", "confirmed", "cancelled"],
        "payment_failed" => &["pending_payment", "confirmed", "cancelled"],
        "expired" => &["confirmed", "cancelled"],
        "confirmed" => &["shipped", "cancelled", "refunded"],
        "shipped" => &["delivered", "refunded"],
        "delivered" => &["returned", "refunded"],
        "returned" => &["refunded"],
        _ => &[],
    };
    was == is || next.contains(&is)
}

fn of_history(id: OrderId, earlier: &[String], order: &OrderRow) -> Result<(), Violation> {
    let kept = order.history.starts_with(earlier) && order.history.last() == Some(&order.state);
    ensure(kept && order.steps_since(earlier).all(|(was, is)| may_follow(was, is)), || {
        format!("an order goes its way, and its history tells all of it: {id} {earlier:?}, {order:?}")
    })
}

/// Whether what is known of an order's money may be followed by that, in one step or in several.
fn may_become(earlier: &OrderRow, order: &OrderRow) -> bool {
    const OPEN: [&str; 3] = ["authorizing", "challenged", "declined"];
    let (was, is) = (earlier.payment.as_str(), order.payment.as_str());
    if earlier.attempt != order.attempt {
        return earlier.attempt < order.attempt && OPEN.contains(&was);
    }
    match was {
        "not_needed" => is == "not_needed",
        "refunded" => is == "refunded",
        _ if TAKEN.contains(&was) => TAKEN.contains(&is),
        "voided" => is == "voided" || TAKEN.contains(&is),
        _ => OPEN.contains(&was) || !OPEN.contains(&is),
    }
}

/// What is there already is not asked for.
fn of_new_tasks(before: &Books, now: &Books) -> Result<(), Violation> {
    for (id, task) in now.tasks.iter().filter(|(id, _)| !before.tasks.contains_key(*id)) {
        let earlier = before.orders.get(&task.order);
        let there = earlier.is_some_and(|order| TAKEN.contains(&order.payment.as_str()));
        ensure(!(there && task.kind == "capture"), || {
            format!("money that the shop has is not asked for: {id} {task:?} {earlier:?}")
        })?;
    }
    Ok(())
}

/// Pieces by sku.
type Lines = BTreeMap<String, i64>;

/// What happens to the lines of a cart.
#[derive(Debug, Clone)]
enum Move {
    /// An order is made of them.
    Order(Lines),
    /// Those of an order that was not paid for come back, if the cart is empty.
    Back(Lines),
    /// Those of an order that is paid for after all go, if they are all that is in the cart.
    Take(Lines),
    /// Its shopper sets one, if the till lets it happen.
    Set(String, i64),
}

impl Move {
    /// What becomes of `lines`; none if this cannot happen to them.
    fn applied(&self, lines: &Lines) -> Option<Lines> {
        match self {
            Self::Order(ordered) => (ordered == lines).then(Lines::new),
            Self::Back(back) => Some(if lines.is_empty() { back.clone() } else { lines.clone() }),
            Self::Take(taken) => Some(if taken == lines { Lines::new() } else { lines.clone() }),
            Self::Set(sku, pieces) => {
                let mut lines = lines.clone();
                lines.insert(sku.clone(), *pieces);
                lines.retain(|_, pieces| *pieces > 0);
                Some(lines)
            }
        }
    }
}

/// Whether `moves` make `is` of `was` in some order. There are few, so that all orders can be tried.
fn leads_to(was: &Lines, is: &Lines, moves: &[Move]) -> bool {
    if was == is && moves.iter().all(|one| matches!(one, Move::Set(..))) {
        return true;
    }
    (0..moves.len()).any(|place| {
        let mut others = moves.to_vec();
        let next = others.remove(place);
        next.applied(was).is_some_and(|lines| leads_to(&lines, is, &others))
    })
}

/// A cart changes only by its shopper's hand, by orders made of it, and by those that come back into it.
fn of_a_cart(cart: CartId, before: &Books, now: &Books, done: &Done) -> Result<(), Violation> {
    let nothing = CartRow::default();
    let (was, is) = (before.carts.get(&cart).unwrap_or(&nothing), now.carts.get(&cart));
    let Some(is) = is else { return broken(format!("no cart is lost: {cart} {was:?}")) };
    let set = done.lines_set.iter().filter(|(owner, ..)| *owner == is.owner);
    let mut moves = set.map(|(_, sku, pieces)| Move::Set(sku.clone(), *pieces)).collect::<Vec<_>>();
    for (id, order) in now.orders.iter().filter(|(_, order)| order.cart == cart) {
        let pieces = || order.facts.pieces();
        let earlier = before.orders.get(id).map_or(&[][..], |earlier| &earlier.history);
        if earlier.is_empty() {
            moves.push(Move::Order(pieces()));
        }
        let unpaid = |state: &str| matches!(state, "payment_failed" | "expired");
        for (was, is) in order.steps_since(earlier) {
            match is {
                is if was == "pending_payment" && unpaid(is) => moves.push(Move::Back(pieces())),
                "pending_payment" | "confirmed" if unpaid(was) => moves.push(Move::Take(pieces())),
                _ => {}
            }
        }
    }
    let orders = moves.iter().filter(|one| matches!(one, Move::Order(_))).count();
    ensure(orders <= 1 && leads_to(&was.lines, &is.lines, &moves), || {
        format!("a cart changes by its shopper's hand and by its orders: {cart} {was:?}, {is:?}, {moves:?}")
    })
}

/// What the gateway's books and the till's agree on at any time.
pub fn of_money_under_way(books: &Books, desk: &Desk) -> Result<(), Violation> {
    for (id, order) in &books.orders {
        let asked = desk.of(*id).filter(|(_, payment, _)| payment.captures_asked > 0).count();
        ensure(asked <= 1, || format!("no order is charged twice: {id}"))?;
        let shipped = matches!(order.state.as_str(), "shipped" | "delivered" | "returned" | "refunded");
        ensure(asked == 0 || shipped || order.capture == "order", || {
            format!("money is taken when the till was set to: {id} {order:?}")
        })?;
        for (payment, held, amount) in desk.of(*id) {
            ensure(amount.amount == order.facts.total, || {
                format!("the total is what is asked for: {id} {held:?}")
            })?;
            let attempt = order.payments.iter().find(|(_, known)| **known == payment);
            let Some((attempt, _)) = attempt else {
                return broken(format!("only tries at paying are asked for: {id} {held:?}"));
            };
            let under_way = order.refunded + order.refunding;
            ensure(i64::from(*attempt) != order.attempt || held.refunded() <= under_way, || {
                format!("no more goes back than the till says: {id} {order:?} {held:?}")
            })?;
        }
    }
    Ok(())
}

/// What holds once nothing is under way: nothing is left over, money and events have arrived.
pub fn at_the_end(world: &World, events: &[EventRow]) -> Result<(), Violation> {
    let Books { orders, reservations, tasks, stock, .. } = &world.books;
    let deliveries = world.books.open_deliveries();
    ensure(tasks.is_empty() && deliveries == 0 && reservations.is_empty(), || {
        format!("nothing is left over: {tasks:?}, {deliveries} deliveries, {reservations:?}")
    })?;
    let held = stock.values().map(|level| level.reserved).sum::<i64>();
    ensure(held == 0, || format!("no pieces are held for ever: {stock:?}"))?;
    let desk = world.gateway.desk();
    for (id, order) in orders {
        let waits = order.state == "pending_payment" || order.payment == "capturing" || order.refunding > 0;
        ensure(!waits, || format!("no order waits for ever: {id} {order:?}"))?;
        of_settled_money(*id, order, &desk)?;
        of_events(*id, order, events)?;
    }
    of_heard_events(world, events)
}

fn of_settled_money(id: OrderId, order: &OrderRow, desk: &Desk) -> Result<(), Violation> {
    for (payment_id, payment, _) in desk.of(id) {
        let present = i64::from(payment.about.as_ref().map_or(0, |about| about.attempt)) == order.attempt;
        let state = order.state.as_str();
        let stands = present && (PAID.contains(&state) && order.payment != "voided");
        let total = order.facts.total;
        let kept = match payment.state {
            State::Approved if payment.lapsed => 0,
            State::Approved | State::Capturing => total,
            State::Captured => total - payment.refunded(),
            _ => 0,
        };
        ensure(stands || kept == 0 || payment.has_refused_refund(), || {
            format!("money that nobody is to have is let go: {id} {order:?}, {payment_id} {payment:?}")
        })?;
        if present {
            ensure(payment.refunded() == order.refunded, || {
                format!("what the till gave back went back: {id} {order:?}, {payment:?}")
            })?;
            of_known_money(id, order, payment)?;
        }
    }
    let paid = order.facts.total == 0 || !PAID.contains(&order.state.as_str()) || order.payment == "voided";
    let live = |(_, payment, _): &(_, &Payment, _)| {
        payment.is_live()
            && payment.about.as_ref().is_some_and(|about| i64::from(about.attempt) == order.attempt)
    };
    ensure(paid || desk.of(id).any(|payment| live(&payment)), || {
        format!("a paid order has an approved payment: {id} {order:?}")
    })
}

/// What the till says of the present try's money is what the gateway has.
fn of_known_money(id: OrderId, order: &OrderRow, payment: &Payment) -> Result<(), Violation> {
    let known: &[&str] = match payment.state {
        // A question that was still on its way when the same was refused elsewhere: staff see the refusal, ask once
        // more, and hear that the money was taken.
        State::Captured if payment.captures_crossed => {
            &["captured", "partially_refunded", "refunded", "capture_failed"]
        }
        State::Captured => &["captured", "partially_refunded", "refunded"],
        State::Approved | State::Capturing => &["authorized", "capture_failed"],
        State::Voided => &["voided"],
        State::Declined => &["declined", "voided"],
        // The reservation ran out, and whoever was to decide never did.
        State::Asking | State::Challenged | State::Pending => &["authorizing", "challenged"],
    };
    let lapsed = payment.lapsed && order.payment == "voided";
    ensure(lapsed || known.contains(&order.payment.as_str()), || {
        format!("the till knows where the money is: {id} {order:?}, the gateway {payment:?}")
    })
}

/// Each step of an order that others are to know of was announced once.
fn of_events(id: OrderId, order: &OrderRow, events: &[EventRow]) -> Result<(), Violation> {
    let subject = id.to_string();
    let count = |name: &str| {
        let kind = format!("merkato.order.{name}");
        events.iter().filter(|event| event.subject == subject && event.kind == kind).count()
    };
    let once = ["confirmed", "cancelled", "shipped", "delivered", "expired"];
    ensure(count("placed") == 1 && once.iter().all(|name| count(name) <= 1), || {
        format!("a step is announced once: {id} {order:?}")
    })?;
    let refunds = order.refunds.values().filter(|refund| refund.state == "done").count();
    ensure(count("refunded") == refunds, || format!("each refund is announced: {id} {order:?}"))?;
    let state = order.state.as_str();
    let announced = state == "refunded" || state == "payment_failed" || count(state) == 1;
    ensure(announced || state == "returned", || {
        format!("where an order stands was announced: {id} {order:?}")
    })
}

fn of_heard_events(world: &World, events: &[EventRow]) -> Result<(), Violation> {
    let ears = world.subscribers.ears();
    for subscriber in &*world.subscriptions {
        let name = &subscriber.name;
        let given_up = |id: &String| world.given_up.contains(&(name.clone(), id.clone()));
        let mut announced = BTreeMap::<&String, Vec<&String>>::new();
        for event in events.iter().filter(|event| subscriber.wants(&event.kind) && !given_up(&event.id)) {
            announced.entry(&event.subject).or_default().push(&event.id);
        }
        for (subject, ids) in announced {
            let heard = ears.heard.get(&(name.clone(), subject.clone())).into_iter().flatten();
            let heard = heard.filter(|id| !given_up(id)).collect::<Vec<_>>();
            ensure(heard == ids, || {
                format!("each hears all, in order: {name} of {subject}: {heard:?} instead of {ids:?}")
            })?;
        }
    }
    Ok(())
}

/// The till's own audit finds nothing either.
pub async fn of_the_audit(world: &World) -> Result<(), Violation> {
    /// Keys that are named in a report.
    const KEYS_MAX: u32 = 3;
    let now = Timestamp(world.time.now_ms() + CLOCKS_APART_MAX_MS);
    let terms = AuditTerms { now, overdue_before: now, delivery_tries_max: Limits::TRIES_LIMIT };
    let audited = world.coordinators[0].store.read_snapshot(move |transaction| {
        Box::pin(async move {
            let mut found = Vec::new();
            for invariant in Invariant::ALL {
                let breaches = transaction.breaches(*invariant, terms, KEYS_MAX).await?;
                if breaches.count > 0 {
                    found.push((*invariant, breaches));
                }
            }
            Ok::<_, store::Error>(found)
        })
    });
    let found = audited.await.expect("an audit");
    ensure(found.is_empty(), || format!("the till's own audit finds nothing: {found:?}"))
}
