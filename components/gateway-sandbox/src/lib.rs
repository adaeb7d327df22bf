//! The policy `gateway-sandbox`: a payment gateway that moves no money.
//!
//! [`card`] says what each test card does, [`webhook`] which webhooks are believed. Both are pure: the sandbox keeps
//! nothing, so the same question always gets the same answer.

pub mod card;
pub mod webhook;

mod bindings {
    #![cfg_attr(
        target_family = "wasm",
        expect(unsafe_code, reason = "the glue to the host that the macro writes")
    )]
    #![expect(clippy::same_length_and_capacity, reason = "the glue to the host that the macro writes")]

    wit_bindgen::generate!({
        path: ["../../wit/merkato-commerce@0.1.0", "../../wit/merkato-payments@0.1.0"],
        world: "merkato:payments/gateway-policy",
        generate_all,
    });

    // The exported names hold colons, which only wasm's linker takes.
    #[cfg(target_family = "wasm")]
    export!(Gateway with_types_in self);
    #[cfg(target_family = "wasm")]
    use crate::Gateway;
}

use self::card::Manner;
use bindings::{
    exports::merkato::payments::gateway::{
        AuthorizeRequest, Challenge, Error, Guest, Header, News, Outcome, WebhookError, WebhookEvent,
    },
    merkato::commerce::types::Money,
};

/// The gateway.
pub struct Gateway;

impl Guest for Gateway {
    fn name() -> String {
        "sandbox".to_owned()
    }

    fn authorize(request: AuthorizeRequest) -> Result<Outcome, Error> {
        let reference = reference(&request.payment_id, Manner::of_token(&request.token));
        match card::answer(&request.token, request.attempt) {
            card::Answer::Approved => Ok(Outcome::Approved(reference)),
            card::Answer::Declined(reason) => Ok(Outcome::Declined(reason.to_owned())),
            card::Answer::Challenged => {
                // The shop itself plays the bank, at this path of its payments service.
                let redirect_url = format!("/api/payments/sandbox/challenge/{}", request.payment_id);
                Ok(Outcome::Challenged(Challenge { reference, redirect_url }))
            }
            card::Answer::Pending => Ok(Outcome::Pending(reference)),
            card::Answer::None => Err(Error::NoAnswer("the card answers when it is asked again".to_owned())),
        }
    }

    fn capture(payment_id: String, reference: String, _amount: Money) -> Result<(), Error> {
        match manner(&payment_id, &reference)? {
            Manner::CaptureRefused => Err(Error::Refused("the bank's approval has expired".to_owned())),
            Manner::CaptureSlow => Err(Error::NoAnswer("this card is slow to be charged".to_owned())),
            Manner::Ordinary | Manner::CapturedEarly | Manner::RefundRefused => Ok(()),
        }
    }

    fn void(payment_id: String, reference: Option<String>) -> Result<(), Error> {
        let Some(reference) = reference else { return Ok(()) };
        match manner(&payment_id, &reference)? {
            Manner::CapturedEarly => Err(Error::AlreadyCaptured),
            _ => Ok(()),
        }
    }

    fn refund(
        payment_id: String,
        reference: String,
        _refund_key: String,
        _amount: Money,
    ) -> Result<(), Error> {
        match manner(&payment_id, &reference)? {
            Manner::RefundRefused => Err(Error::Refused("the account is closed".to_owned())),
            _ => Ok(()),
        }
    }

    fn verify_webhook(
        headers: Vec<Header>,
        body: Vec<u8>,
        secret: String,
        now_epoch_seconds: i64,
    ) -> Result<Option<WebhookEvent>, WebhookError> {
        let signature =
            headers.iter().find(|header| header.name.eq_ignore_ascii_case(webhook::SIGNATURE_HEADER));
        let signature = signature.map(|header| header.value.as_str()).unwrap_or_default();
        let notice = webhook::verified(signature, &body, secret.as_bytes(), now_epoch_seconds)?;
        let reference = reference(&notice.payment_id, Manner::Ordinary);
        let outcome = match notice.outcome {
            webhook::Outcome::Approved => Outcome::Approved(reference),
            webhook::Outcome::Captured => Outcome::Captured(reference),
            webhook::Outcome::Declined => Outcome::Declined(notice.reason),
        };
        Ok(Some(WebhookEvent {
            event_id: notice.event_id,
            payment_id: notice.payment_id,
            amount: None,
            news: News::Outcome(outcome),
            reference: None,
        }))
    }
}

impl From<webhook::Error> for WebhookError {
    fn from(error: webhook::Error) -> Self {
        match error {
            webhook::Error::BadSignature => Self::BadSignature,
            webhook::Error::Stale => Self::Stale,
            webhook::Error::Malformed(message) => Self::Malformed(message),
        }
    }
}

/// The sandbox's name for a payment: all that it can remember without a memory.
fn reference(payment_id: &str, manner: Manner) -> String {
    format!("sandbox-{payment_id}{}", manner.suffix())
}

/// How the card of a payment behaves, by the name that the sandbox gave the payment.
fn manner(payment_id: &str, given: &str) -> Result<Manner, Error> {
    let suffix = given.strip_prefix(&reference(payment_id, Manner::Ordinary));
    suffix
        .and_then(Manner::of_suffix)
        .ok_or_else(|| Error::Other(format!("the sandbox knows no payment {given}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorize(token: &str, attempt: u32) -> Result<Outcome, Error> {
        Gateway::authorize(AuthorizeRequest {
            payment_id: "p1".to_owned(),
            order_id: "o1".to_owned(),
            attempt,
            amount: Money { amount: 1_250, currency: "USD".to_owned() },
            method: "card".to_owned(),
            token: token.to_owned(),
            return_url: "http://localhost/orders/o1".to_owned(),
        })
    }

    #[test]
    fn the_money_of_an_approved_payment_can_be_taken_let_go_and_given_back() {
        let Ok(Outcome::Approved(reference)) = authorize("tok_approve", 1) else { panic!("approved") };
        let amount = || Money { amount: 1_250, currency: "USD".to_owned() };
        assert!(Gateway::capture("p1".to_owned(), reference.clone(), amount()).is_ok());
        assert!(Gateway::void("p1".to_owned(), Some(reference.clone())).is_ok());
        assert!(Gateway::refund("p1".to_owned(), reference.clone(), "r1".to_owned(), amount()).is_ok());
        assert!(Gateway::capture("p2".to_owned(), reference, amount()).is_err());
        assert!(Gateway::void("p2".to_owned(), None).is_ok());
    }

    #[test]
    fn each_unusual_card_refuses_in_its_own_manner() {
        let amount = || Money { amount: 1_250, currency: "USD".to_owned() };
        let ask = |token: &str| {
            let Ok(Outcome::Approved(reference)) = authorize(token, 1) else { panic!("approved") };
            let id = || "p1".to_owned();
            (
                Gateway::capture(id(), reference.clone(), amount()),
                Gateway::void(id(), Some(reference.clone())),
                Gateway::refund(id(), reference, "r1".to_owned(), amount()),
            )
        };
        assert!(matches!(ask("tok_capture_refused"), (Err(Error::Refused(_)), Ok(()), Ok(()))));
        assert!(matches!(ask("tok_capture_slow"), (Err(Error::NoAnswer(_)), Ok(()), Ok(()))));
        assert!(matches!(ask("tok_captured_early"), (Ok(()), Err(Error::AlreadyCaptured), Ok(()))));
        assert!(matches!(ask("tok_refund_refused"), (Ok(()), Ok(()), Err(Error::Refused(_)))));
    }

    #[test]
    fn a_challenge_names_the_page_where_the_shopper_confirms() {
        let Ok(Outcome::Challenged(challenge)) = authorize("tok_challenge", 1) else { panic!("challenged") };
        assert_eq!(challenge.redirect_url, "/api/payments/sandbox/challenge/p1");
    }

    #[test]
    fn a_question_without_an_answer_is_an_error_and_not_a_refusal() {
        assert!(matches!(authorize("tok_timeout", 1), Err(Error::NoAnswer(_))));
        assert!(matches!(authorize("tok_timeout", 2), Ok(Outcome::Approved(_))));
    }
}
