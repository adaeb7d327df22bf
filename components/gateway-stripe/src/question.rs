//! What the shop asks of Stripe. Each question may come again, because the answer to the first was lost, and then has
//! the same effect: by the key that it carries, and beyond the day for which Stripe remembers keys by a look at what
//! Stripe already has.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    amount::Amount,
    api::Stripe,
    bindings::{
        exports::merkato::payments::gateway::{AuthorizeRequest, Outcome},
        merkato::commerce::types::Money,
    },
    fault::Fault,
    intent::{Intent, ORDER_ID, PAYMENT_ID, Status},
};

/// The key in the metadata under which a refund knows the shop's own.
const REFUND_KEY: &str = "merkato_refund_key";
/// Refunds of one payment that are looked through: the most that Stripe lists at once, and more than any order has.
const REFUNDS_MAX: &str = "100";

/// A list, as Stripe gives one.
#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
    #[serde(default)]
    has_more: bool,
}

/// A refund (<https://docs.stripe.com/api/refunds/object>).
#[derive(Deserialize)]
struct Refund {
    id: String,
    amount: i64,
    currency: String,
    /// Absent for some means of payment, which then have nothing to wait for.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// Sets money aside.
pub fn authorize(stripe: &Stripe, request: &AuthorizeRequest) -> Result<Outcome, Fault> {
    let amount = Amount::of(&request.amount)?;
    let known = if request.attempt > 1 { find(stripe, &request.payment_id)? } else { None };
    let intent = match known {
        // What is found is as old as the index.
        Some(reference) => retrieve(stripe, &reference),
        None => create(stripe, request, &amount),
    };
    let intent = match intent {
        Err(Fault::Declined(reason)) => return Ok(Outcome::Declined(reason)),
        intent => intent?,
    };
    intent.expect_amount(&amount)?;
    intent.outcome()
}

/// Makes an intent and confirms it. Should Stripe fail in the middle, it gives that same failure for a day to whoever
/// asks with the key again: the payment then has no answer until its order ends, and its money is let go by webhook.
fn create(stripe: &Stripe, request: &AuthorizeRequest, amount: &Amount) -> Result<Intent, Fault> {
    let form = [
        ("amount", amount.minor.to_string()),
        ("currency", amount.currency.clone()),
        ("confirm", "true".to_owned()),
        ("capture_method", "manual".to_owned()),
        ("payment_method", request.token.clone()),
        ("payment_method_types[]", request.method.clone()),
        ("return_url", request.return_url.clone()),
        (&*format!("metadata[{PAYMENT_ID}]"), request.payment_id.clone()),
        (&*format!("metadata[{ORDER_ID}]"), request.order_id.clone()),
    ];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    stripe.change("/v1/payment_intents", &form, &format!("merkato-authorize-{}", request.payment_id))
}

/// The name of the intent of a payment whose answer the shop never had. Stripe's index is up to a minute behind, so that
/// none found does not mean that there is none.
fn find(stripe: &Stripe, payment_id: &str) -> Result<Option<String>, Fault> {
    // It is put into Stripe's query language, in which a quote would end the value.
    if !payment_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Fault::Unexpected("a payment id that is none".to_owned()));
    }
    let query = format!("metadata['{PAYMENT_ID}']:'{payment_id}'");
    match stripe.look_up::<List<Intent>>("/v1/payment_intents/search", &[("query", &query)]) {
        Ok(found) => Ok(found.data.into_iter().next().map(|intent| intent.id)),
        // Accounts in India may not search. The key protects them for a day, and webhooks after it.
        Err(Fault::Refused(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Takes money that was set aside.
pub fn capture(stripe: &Stripe, payment_id: &str, reference: &str, amount: &Money) -> Result<(), Fault> {
    let amount = Amount::of(amount)?;
    let path = format!("{}/capture", path_of(reference)?);
    let key = format!("merkato-capture-{payment_id}");
    let answer = stripe.change(&path, &[("amount_to_capture", &amount.minor.to_string())], &key);
    let taken =
        |intent: &Intent| intent.status == Status::Succeeded && intent.amount_received == amount.minor;
    let intent = settled(stripe, reference, answer, taken)?;
    intent.expect_amount(&amount)
}

/// Lets money go that was set aside.
pub fn void(stripe: &Stripe, payment_id: &str, reference: Option<&str>) -> Result<(), Fault> {
    let reference = match reference {
        Some(reference) => reference.to_owned(),
        None => match find(stripe, payment_id)? {
            Some(reference) => reference,
            // Should Stripe have one all the same, its webhook names it, and the shop asks again.
            None => return Ok(()),
        },
    };
    let path = format!("{}/cancel", path_of(&reference)?);
    let answer = stripe.change(&path, &[], &format!("merkato-void-{payment_id}"));
    let cancelled = settled(stripe, &reference, answer, |intent| intent.status == Status::Canceled);
    match cancelled {
        Ok(_) => Ok(()),
        Err(Fault::Refused(_)) if retrieve(stripe, &reference)?.status == Status::Succeeded => {
            Err(Fault::AlreadyCaptured)
        }
        Err(fault) => Err(fault),
    }
}

/// The intent that a change led to. An answer that was lost, or that refuses to do again what was done, is made up for
/// by a look at the intent itself; it stands if that is not where it should be.
fn settled(
    stripe: &Stripe,
    reference: &str,
    answer: Result<Intent, Fault>,
    is_done: impl Fn(&Intent) -> bool,
) -> Result<Intent, Fault> {
    match answer {
        Ok(intent) if is_done(&intent) => Ok(intent),
        Ok(intent) => Err(Fault::Unexpected(format!("{reference} stands at {:?} after all", intent.status))),
        Err(fault @ (Fault::NoAnswer(_) | Fault::Refused(_) | Fault::Declined(_))) => {
            retrieve(stripe, reference).ok().filter(is_done).ok_or(fault)
        }
        Err(fault) => Err(fault),
    }
}

/// Gives money back that was taken.
pub fn refund(stripe: &Stripe, reference: &str, refund_key: &str, amount: &Money) -> Result<(), Fault> {
    let amount = Amount::of(amount)?;
    path_of(reference)?;
    let known = find_refund(stripe, reference, refund_key)?;
    let refund = known.map_or_else(|| create_refund(stripe, reference, refund_key, &amount), Ok)?;
    let given = Amount { minor: refund.amount, currency: refund.currency };
    if given != amount {
        return Err(Fault::Unexpected(format!("{} gives back {given} and not {amount}", refund.id)));
    }
    match refund.status.as_deref() {
        Some("failed" | "canceled") => Err(Fault::Unexpected(format!("{} did not arrive", refund.id))),
        _ => Ok(()),
    }
}

fn create_refund(
    stripe: &Stripe,
    reference: &str,
    refund_key: &str,
    amount: &Amount,
) -> Result<Refund, Fault> {
    let form = [
        ("payment_intent", reference),
        ("amount", &amount.minor.to_string()),
        (&*format!("metadata[{REFUND_KEY}]"), refund_key),
    ];
    stripe.change("/v1/refunds", &form, &format!("merkato-refund-{refund_key}"))
}

/// A refund that was asked for before. Unlike capturing, refunding twice is possible, and Stripe forgets keys after a
/// day.
fn find_refund(stripe: &Stripe, reference: &str, refund_key: &str) -> Result<Option<Refund>, Fault> {
    let query = [("payment_intent", reference), ("limit", REFUNDS_MAX)];
    let refunds = stripe.look_up::<List<Refund>>("/v1/refunds", &query)?;
    let known = |refund: &Refund| refund.metadata.get(REFUND_KEY).is_some_and(|key| key == refund_key);
    let found = refunds.data.into_iter().find(known);
    if found.is_none() && refunds.has_more {
        return Err(Fault::Unexpected(format!("{reference} has more refunds than can be looked through")));
    }
    Ok(found)
}

fn retrieve(stripe: &Stripe, reference: &str) -> Result<Intent, Fault> {
    stripe.look_up(&path_of(reference)?, &[])
}

/// The path of an intent. A reference that is none of Stripe's, such as one of a gateway that the shop used before,
/// gets no further.
fn path_of(reference: &str) -> Result<String, Fault> {
    let is_name = reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name && reference.starts_with("pi_") {
        return Ok(format!("/v1/payment_intents/{reference}"));
    }
    Err(Fault::Unexpected(format!("{reference:?} is no payment of Stripe's")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_of_another_gateway_is_not_asked_for() {
        assert_eq!(path_of("pi_3MtwBw").expect("a path"), "/v1/payment_intents/pi_3MtwBw");
        for reference in ["", "sandbox-1", "pi_1/../../v1/refunds", "pi_1?expand[]=x", "ch_1"] {
            assert!(path_of(reference).is_err(), "{reference}");
        }
    }
}
