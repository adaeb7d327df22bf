//! What was asked of orders, and what was said to it: an acknowledged request has happened, once; one that was refused
//! has not; and one whose answer got lost has happened once or not at all.

use std::collections::BTreeMap;

use merkato::app::Error;
use merkato_commerce::ids::OrderId;

use crate::{
    books::{Books, OrderRow},
    world::{Violation, broken},
};

/// What was said to somebody who asked for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Nothing,
    Done,
    Refused,
}

impl Told {
    /// What an answer says.
    pub const fn by<T>(answer: &Result<T, Error>) -> Self {
        match answer {
            Ok(_) => Self::Done,
            Err(Error::Rejected(_)) => Self::Refused,
            Err(_) => Self::Nothing,
        }
    }
}

/// What is asked of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    PayAgain,
    Cancel,
    /// A parcel that the carrier calls so.
    Ship {
        parcel: String,
    },
    Deliver,
    /// Pieces by sku, or all that are left.
    Return(Option<BTreeMap<String, i64>>),
    Refund,
    RetryCapture,
}

#[derive(Debug)]
struct Request {
    order: OrderId,
    wish: Wish,
    told: Told,
    /// When it was made there was no way that it could be followed, then or ever after.
    hopeless: bool,
}

#[derive(Debug, Default)]
pub struct Requests(Vec<Request>);

/// States of the money from which there is no way back: the shop has it, or had it.
pub const TAKEN: [&str; 4] = ["captured", "refunding", "partially_refunded", "refunded"];

impl Requests {
    /// Somebody asks for something; gives the number of the request.
    pub fn ask(&mut self, order: OrderId, wish: Wish, books: &Books) -> usize {
        let hopeless = books.orders.get(&order).is_some_and(|order| is_hopeless(&wish, order));
        self.0.push(Request { order, wish, told: Told::Nothing, hopeless });
        self.0.len() - 1
    }

    /// They were told something.
    pub fn tell(&mut self, number: usize, told: Told) -> Result<(), Violation> {
        let request = &mut self.0[number];
        request.told = told;
        if request.hopeless && told == Told::Done {
            return broken(format!("what is over is over: {request:?}"));
        }
        Ok(())
    }

    /// A parcel's number that nobody has used.
    pub fn parcel(&self) -> String {
        format!("parcel {};", self.0.len())
    }

    /// What was said agrees with what stands in the books.
    pub fn check(&self, books: &Books) -> Result<(), Violation> {
        let mut by_order = BTreeMap::<OrderId, Vec<&Request>>::new();
        for request in &self.0 {
            by_order.entry(request.order).or_default().push(request);
        }
        for (id, requests) in by_order {
            let Some(order) = books.orders.get(&id) else { continue };
            let holds = tries_are_asked_for(order, &requests)
                && parcels_are_told_of(order, &requests)
                && refunds_are_asked_for(order, &requests)
                && returns_are_asked_for(order, &requests);
            if !holds {
                return broken(format!("what is asked for happens once: {id} {order:?}, {requests:?}"));
            }
        }
        Ok(())
    }
}

fn is_hopeless(wish: &Wish, order: &OrderRow) -> bool {
    let state = order.state.as_str();
    let closed = matches!(state, "cancelled" | "returned" | "refunded");
    match wish {
        Wish::PayAgain => closed || matches!(state, "confirmed" | "shipped" | "delivered"),
        // To call off what is called off is fine.
        Wish::Cancel => matches!(state, "shipped" | "delivered" | "returned" | "refunded"),
        Wish::Ship { .. } => closed || matches!(state, "shipped" | "delivered"),
        Wish::Deliver => closed || state == "delivered",
        Wish::Return(_) => {
            let all_back = order.facts.lines.iter().all(|(sku, (bought, _))| order.returned(sku) == *bought);
            state == "cancelled" || all_back
        }
        Wish::Refund => order.refunded == order.facts.total,
        Wish::RetryCapture => TAKEN.contains(&order.payment.as_str()),
    }
}

/// How many of the requests for which `is_meant` happened: at least, and at most.
fn happened(requests: &[&Request], is_meant: impl Fn(&Wish) -> bool) -> std::ops::RangeInclusive<usize> {
    let meant = || requests.iter().filter(|request| is_meant(&request.wish));
    let done = meant().filter(|request| request.told == Told::Done).count();
    done..=meant().filter(|request| request.told != Told::Refused).count()
}

fn tries_are_asked_for(order: &OrderRow, requests: &[&Request]) -> bool {
    let again = happened(requests, |wish| *wish == Wish::PayAgain);
    usize::try_from(order.attempt - 1).is_ok_and(|tries| again.contains(&tries))
}

fn parcels_are_told_of(order: &OrderRow, requests: &[&Request]) -> bool {
    requests.iter().all(|request| {
        let Wish::Ship { parcel } = &request.wish else { return true };
        let sent = order.shipments.matches(parcel).count();
        happened(&[request], |_| true).contains(&sent)
    })
}

fn refunds_are_asked_for(order: &OrderRow, requests: &[&Request]) -> bool {
    let asked = happened(requests, |wish| *wish == Wish::Refund);
    // The till gives back on its own what came for an order that was called off, or that came back, and only once.
    let by_the_till = usize::from(matches!(order.state.as_str(), "cancelled" | "returned" | "refunded"));
    (*asked.start()..=asked.end() + by_the_till).contains(&order.refunds.len())
}

fn returns_are_asked_for(order: &OrderRow, requests: &[&Request]) -> bool {
    // What never left the house is back without anybody bringing it.
    if !order.history.iter().any(|state| state == "shipped") {
        return true;
    }
    let of = |sku: &String, bought: i64, counts: fn(Told) -> bool| {
        let returns = requests.iter().filter(|request| counts(request.told));
        let pieces = returns.map(|request| match &request.wish {
            Wish::Return(None) => bought,
            Wish::Return(Some(pieces)) => pieces.get(sku).copied().unwrap_or(0),
            _ => 0,
        });
        pieces.sum::<i64>().min(bought)
    };
    order.facts.lines.iter().all(|(sku, (bought, _))| {
        let least = of(sku, *bought, |told| told == Told::Done);
        let most = of(sku, *bought, |told| told != Told::Refused);
        (least..=most).contains(&order.returned(sku))
    })
}
