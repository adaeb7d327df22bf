//! The way of each question: note it, ask the gateway, note the answer, tell whoever waits for it.

use http::Method;
use merkato_commerce::{ids::PaymentId, money::Money};
use merkato_contract::{
    payment::{Authorize, Outcome, PaymentOutcome, RefundPayment},
    problem::{Code, Problem},
};
use merkato_edge::{Context, secret};

use crate::{
    gateway::{self, News, Refusal},
    store::{Payment, RefundAnswer, Settlement, State, Store},
};

/// Why money that is not set aside any more cannot be taken.
const LET_GO: &str = "the money was let go";

/// Sets money aside. A payment that has its answer is answered with it and the gateway is left alone.
pub fn authorize(context: &Context, request: &Authorize) -> Result<PaymentOutcome, Problem> {
    let store = Store::open(context)?;
    let payment = store.ask(request, &gateway::name())?;
    let same = payment.order_id == request.order_id
        && payment.attempt == request.attempt
        && payment.amount == request.amount
        && payment.method == request.method;
    if !same {
        return Err(Problem::new(Code::Conflict, "Another payment has this id."));
    }
    if payment.state != State::Asking {
        return outcome(context, &payment);
    }
    let settlement = gateway::authorize(context, request, payment.asks)?;
    let payment = store.settle(request.payment_id, &settlement)?.unwrap_or(payment);
    let_go_if_unwanted(context, &payment, &settlement)?;
    outcome(context, &payment)
}

/// Takes the money. Whoever lets it go at the same moment finds that it is being taken, or is found so.
pub fn capture(context: &Context, id: PaymentId) -> Result<PaymentOutcome, Problem> {
    let store = Store::open(context)?;
    if !store.advance(id, State::Capturing)? {
        let payment = known(&store, id)?;
        return match payment.state {
            State::Captured => outcome(context, &payment),
            State::Declined | State::Voiding | State::Voided => Ok(refused(&payment, LET_GO)),
            state => Err(impossible("captured", state)),
        };
    }
    let payment = known(&store, id)?;
    match gateway::capture(context, &payment) {
        Ok(()) | Err(Refusal::AlreadyCaptured) => {
            store.advance(id, State::Captured)?;
            Ok(PaymentOutcome { outcome: Outcome::Captured, ..done(&payment) })
        }
        Err(Refusal::ForGood(reason)) => {
            store.advance(id, State::Approved)?;
            // A webhook may have said meanwhile that the money was taken after all.
            match known(&store, id)? {
                captured if captured.state == State::Captured => outcome(context, &captured),
                payment => Ok(refused(&payment, &reason)),
            }
        }
        // Whether the money moved is not known, so nobody else may touch it until the gateway is asked again.
        Err(Refusal::ForNow(problem)) => Err(problem),
    }
}

/// Lets the money go. A payment that was never approved may have none to let go, but must not be approved any more.
/// Money that turns out to have been taken is answered as taken.
pub fn void(context: &Context, id: PaymentId) -> Result<PaymentOutcome, Problem> {
    let store = Store::open(context)?;
    let payment = match store.payment(id)? {
        Some(payment) => payment,
        None => store.call_off(id, &gateway::name())?.ok_or_else(|| Problem::not_found("payment"))?,
    };
    if payment.asks == 0 {
        // The answer would have to name the order.
        let detail = "This payment has not been asked for yet. It is called off; ask again once it has been.";
        return Err(Problem::new(Code::NotFound, detail));
    }
    let begun = store.advance(id, State::Voiding)?;
    // Read after nobody can settle it any more, so that no name that the gateway gave it is missed.
    let payment = known(&store, id)?;
    if !begun {
        return match payment.state {
            State::Voided | State::Declined => Ok(done(&payment)),
            State::Captured => outcome(context, &payment),
            state => Err(impossible("voided", state)),
        };
    }
    match gateway::void(context, &payment) {
        // What the gateway refuses to let go is no longer set aside.
        Ok(()) | Err(Refusal::ForGood(_)) => {
            store.advance(id, State::Voided)?;
            Ok(done(&payment))
        }
        Err(Refusal::AlreadyCaptured) => {
            store.advance(id, State::Captured)?;
            Ok(PaymentOutcome { outcome: Outcome::Captured, ..done(&payment) })
        }
        Err(Refusal::ForNow(problem)) => Err(problem),
    }
}

/// Gives money back.
pub fn refund(context: &Context, id: PaymentId, request: &RefundPayment) -> Result<PaymentOutcome, Problem> {
    let store = Store::open(context)?;
    let payment = known(&store, id)?;
    if payment.state != State::Captured {
        return Err(impossible("refunded", payment.state));
    }
    let Some(refund) = store.begin_refund(id, &request.refund_key, request.amount)? else {
        return Ok(refused(&payment, &format!("of {} not so much is left to give back", payment.amount)));
    };
    if refund.payment_id != id || refund.amount != request.amount {
        return Err(Problem::new(Code::Conflict, "Another refund has this key."));
    }
    let answer = if let Some(answer) = refund.answer {
        answer
    } else {
        let answer = match gateway::refund(context, &payment, &request.refund_key, request.amount) {
            Ok(()) => RefundAnswer::Done,
            Err(Refusal::ForGood(reason)) => RefundAnswer::Refused(reason),
            Err(Refusal::AlreadyCaptured) => return Err(impossible("refunded", payment.state)),
            Err(Refusal::ForNow(problem)) => return Err(problem),
        };
        store.finish_refund(&request.refund_key, &answer)?;
        answer
    };
    Ok(match answer {
        RefundAnswer::Done => done(&payment),
        RefundAnswer::Refused(reason) => refused(&payment, &reason),
    })
}

/// Takes what a webhook says. It counts as handled only once the coordinator has it; until then the gateway's
/// repetition is welcome. One about a payment of somebody else, who shares the gateway's account, is let pass.
pub async fn handle_event(context: &Context, event: &gateway::Event) -> Result<(), Problem> {
    let store = Store::open(context)?;
    let gateway = gateway::name();
    let payment = store.payment(event.payment_id)?;
    let Some(payment) = payment.filter(|payment| payment.gateway == gateway) else { return Ok(()) };
    let (ours, theirs) = (payment.reference.as_ref(), event.reference.as_ref());
    if ours.zip(theirs).is_some_and(|(ours, theirs)| ours != theirs) {
        return Ok(());
    }
    if store.receive_event(&gateway, &event.id, payment.id)? {
        return Ok(());
    }
    match &event.news {
        News::Settled(settlement) => {
            refuse_another_amount(context, &payment, event.amount)?;
            if is_lost(payment.state, settlement.state) {
                context.report(
                    "money that was set aside is gone, unless the shop let it go just now",
                    payment.id,
                );
            }
            settle_and_tell(context, &store, payment.id, settlement).await?;
        }
        News::Refunded(total) => report_foreign_refund(context, &store, &payment, *total)?,
    }
    store.finish_event(&gateway, &event.id)
}

/// News about another amount than the shop asked for is a fault, in the gateway or in how it was set up.
fn refuse_another_amount(context: &Context, payment: &Payment, said: Option<Money>) -> Result<(), Problem> {
    // A payment that nobody has asked for yet is over nothing so far; its row says so with no asks.
    let differs = |said: &Money| payment.asks > 0 && *said != payment.amount;
    said.filter(differs).map_or(Ok(()), |said| {
        let detail = format!("{}: {said} and not {}", payment.id, payment.amount);
        Err(context.internal("the gateway speaks of another amount", detail))
    })
}

/// Leaves a trace of money that went back without the shop, such as by hand on the gateway's own pages: the order
/// does not show it, so staff have to see to it.
fn report_foreign_refund(
    context: &Context,
    store: &Store<'_>,
    payment: &Payment,
    total: Money,
) -> Result<(), Problem> {
    let own = Money::new(store.refunded_amount(payment.id)?, payment.amount.currency);
    if total.currency != own.currency || total.amount > own.amount {
        let detail = format!("{}: {total}, of which the shop sent {own}", payment.id);
        context.report("money went back that the shop did not send", detail);
    }
    Ok(())
}

/// Takes what the shopper decided on the challenge page. Told again, so that a hand-over that failed is repeated
/// when they press the button once more.
pub async fn decide_challenge(context: &Context, id: PaymentId, approved: bool) -> Result<Payment, Problem> {
    let settlement = if approved {
        Settlement { state: State::Approved, reference: None, redirect_url: None, reason: None }
    } else {
        let reason = Some("the payment was not confirmed".to_owned());
        Settlement { state: State::Declined, reference: None, redirect_url: None, reason }
    };
    settle_and_tell(context, &Store::open(context)?, id, &settlement).await
}

async fn settle_and_tell(
    context: &Context,
    store: &Store<'_>,
    id: PaymentId,
    settlement: &Settlement,
) -> Result<Payment, Problem> {
    let payment = store.settle(id, settlement)?.ok_or_else(|| Problem::not_found("payment"))?;
    let_go_if_unwanted(context, &payment, settlement)?;
    // What is being let go or taken was the coordinator's own wish, and it hears the end of that.
    if matches!(payment.state, State::Approved | State::Declined | State::Captured) {
        let call = context.coordinator(Method::POST, "/v1/payments/outcomes")?;
        context.call(call.json(&outcome(context, &payment)?)?).await?;
    }
    Ok(payment)
}

/// Lets go of money that the gateway set aside for a payment that had ended meanwhile. A gateway that is asked twice
/// does it once.
fn let_go_if_unwanted(context: &Context, payment: &Payment, said: &Settlement) -> Result<(), Problem> {
    let Some(reference) = said.reference.as_ref().filter(|_| is_unwanted(payment.state, said.state)) else {
        return Ok(());
    };
    match gateway::void(context, &Payment { reference: Some(reference.clone()), ..payment.clone() }) {
        Ok(()) | Err(Refusal::ForGood(_)) => Ok(()),
        // It was taken: the coordinator is told, and gives it back.
        Err(Refusal::AlreadyCaptured) => {
            Store::open(context)?.advance(payment.id, State::Captured)?;
            Err(context.unavailable("money that nobody wants was taken", payment.id))
        }
        Err(Refusal::ForNow(problem)) => Err(problem),
    }
}

/// Whether the gateway, having `said` this, holds money for a payment whose `state` wants none.
const fn is_unwanted(state: State, said: State) -> bool {
    match state {
        State::Voiding | State::Voided => !matches!(said, State::Declined | State::Captured),
        State::Declined => matches!(said, State::Approved),
        _ => false,
    }
}

/// Whether the gateway, having `said` this, holds money no longer that the shop still counts on. Gateways let it go by
/// themselves after some days, and people can on the gateway's own pages.
const fn is_lost(state: State, said: State) -> bool {
    matches!((state, said), (State::Approved, State::Declined))
}

/// The link to the page where the shopper confirms: signed, so that nobody finds it by guessing.
pub fn challenge_url(context: &Context, id: PaymentId, gateway_url: &str) -> Result<String, Problem> {
    if !gateway_url.starts_with('/') {
        return Ok(gateway_url.to_owned());
    }
    let public_url = context.setting("public_url")?;
    Ok(format!("{}{gateway_url}?sig={}", public_url.trim_end_matches('/'), challenge_signature(context, id)?))
}

/// Whether `signature` belongs to the link for this payment.
pub fn is_challenge_signature(context: &Context, id: PaymentId, signature: &str) -> Result<bool, Problem> {
    Ok(secret::equal(challenge_signature(context, id)?.as_bytes(), signature.as_bytes()))
}

fn challenge_signature(context: &Context, id: PaymentId) -> Result<String, Problem> {
    let key = context.setting("sandbox_webhook_secret")?;
    Ok(secret::sign(key.as_bytes(), format!("challenge:{id}").as_bytes()))
}

fn known(store: &Store<'_>, id: PaymentId) -> Result<Payment, Problem> {
    store.payment(id)?.ok_or_else(|| Problem::not_found("payment"))
}

fn impossible(wanted: &str, state: State) -> Problem {
    Problem::new(Code::Conflict, format!("The payment is {} and cannot be {wanted}.", state.name()))
}

/// What the coordinator hears of a payment.
fn outcome(context: &Context, payment: &Payment) -> Result<PaymentOutcome, Problem> {
    let (outcome, reason) = match payment.state {
        State::Approved | State::Capturing => (Outcome::Approved, None),
        State::Captured => (Outcome::Captured, None),
        State::Declined => (Outcome::Declined, payment.reason.clone()),
        State::Voiding | State::Voided => (Outcome::Declined, Some("the payment was called off".to_owned())),
        State::Challenged => (Outcome::Challenged, None),
        State::Pending => (Outcome::Pending, None),
        State::Asking => return Err(context.unavailable("a payment has no answer yet", payment.id)),
    };
    let gateway_url = payment.redirect_url.as_deref().filter(|_| outcome == Outcome::Challenged);
    let redirect_url = gateway_url.map(|url| challenge_url(context, payment.id, url)).transpose()?;
    Ok(PaymentOutcome { outcome, redirect_url, reason, ..done(payment) })
}

fn refused(payment: &Payment, reason: &str) -> PaymentOutcome {
    PaymentOutcome { outcome: Outcome::Refused, reason: Some(reason.to_owned()), ..done(payment) }
}

fn done(payment: &Payment) -> PaymentOutcome {
    PaymentOutcome {
        payment_id: payment.id,
        order_id: payment.order_id,
        attempt: payment.attempt,
        outcome: Outcome::Done,
        redirect_url: None,
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_comes_for_a_payment_that_was_called_off_is_let_go() {
        for said in [State::Approved, State::Challenged, State::Pending] {
            assert!(is_unwanted(State::Voided, said) && is_unwanted(State::Voiding, said), "{said:?}");
        }
        assert!(is_unwanted(State::Declined, State::Approved));
    }

    #[test]
    fn money_that_is_gone_is_missed_only_where_it_was_set_aside() {
        assert!(is_lost(State::Approved, State::Declined));
        for state in [State::Asking, State::Challenged, State::Pending, State::Declined, State::Voided] {
            assert!(!is_lost(state, State::Declined), "{state:?}");
        }
        assert!(!is_lost(State::Approved, State::Approved));
    }

    #[test]
    fn money_that_is_wanted_or_was_never_set_aside_is_left_alone() {
        for state in [State::Approved, State::Captured, State::Challenged, State::Pending] {
            assert!(!is_unwanted(state, State::Approved), "{state:?}");
        }
        for state in [State::Voided, State::Declined] {
            assert!(!is_unwanted(state, State::Declined), "{state:?}");
        }
        assert!(!is_unwanted(State::Declined, State::Pending));
    }
}
