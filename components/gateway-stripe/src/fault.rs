//! What Stripe says when it does not do what it was asked (<https://docs.stripe.com/api/errors>).

use std::fmt;

use serde::Deserialize;

use crate::decline;

/// Why a question to Stripe has no good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nobody knows what Stripe did; the same question may be asked again.
    NoAnswer(String),
    /// Stripe does not let the shop in, or cannot take its prices. Only the shop's owner can change that.
    Misconfigured(String),
    /// The means of payment was refused; why, in words for the shopper.
    Declined(String),
    /// Stripe refused and did nothing.
    Refused(Refusal),
    /// Money that cannot be let go, because Stripe has taken it for the shop.
    AlreadyCaptured,
    /// Stripe's answer is not what it was asked for.
    Unexpected(String),
}

/// A refusal by Stripe. Its message is left out, for it may quote what must not be logged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The kind of error, such as `invalid_request_error`.
    pub kind: String,
    /// Its code, if it has one.
    pub code: Option<String>,
    /// The parameter that it is about, if it is about one.
    pub param: Option<String>,
    /// By which Stripe's support finds it.
    pub request_id: Option<String>,
}

/// The object `error` in an answer, and `last_payment_error` of a `PaymentIntent`: what is read of them.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ErrorObject {
    /// The kind of error.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Its code.
    #[serde(default)]
    pub code: Option<String>,
    /// Why the bank declined.
    #[serde(default)]
    pub decline_code: Option<String>,
    /// The parameter that it is about.
    #[serde(default)]
    pub param: Option<String>,
}

impl ErrorObject {
    /// Why the payment failed, for the shopper.
    pub fn reason(&self) -> String {
        decline::reason(self.code.as_deref(), self.decline_code.as_deref()).to_owned()
    }

    /// Why the shopper's means of payment is refused, if that is what was wrong, so that another one may do. A token that
    /// is wrong or used up is no card error to Stripe, but to the shopper it is much the same.
    fn refusal_of_means(&self) -> Option<String> {
        let is_token = self.param.as_ref().is_some_and(|param| param.starts_with("payment_method"));
        match (self.kind.as_str(), self.code.as_deref()) {
            ("card_error", _) | ("invalid_request_error", Some("amount_too_small" | "amount_too_large")) => {
                Some(self.reason())
            }
            ("invalid_request_error", _) if is_token => {
                Some("the card's details do not hold any more; please enter them again".to_owned())
            }
            _ => None,
        }
    }
}

impl Fault {
    /// What an answer that is no success means. `what` was asked, and `request_id` is Stripe's name for the answer.
    pub fn of_answer(what: &str, status: u16, request_id: Option<&str>, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        struct Body {
            error: ErrorObject,
        }
        let request_id = request_id.map(str::to_owned);
        let shown = request_id.as_deref().unwrap_or("no request id");
        match status {
            401 => {
                return Self::Misconfigured(format!(
                    "Stripe does not know the key in stripe_secret_key ({shown})"
                ));
            }
            403 => {
                return Self::Misconfigured(format!("the key in stripe_secret_key may not {what} ({shown})"));
            }
            // Another question with the same key is under way, another part of Stripe failed, too many questions, and
            // faults of Stripe: none of them says what became of the payment.
            409 | 424 | 429 | 500.. => {
                return Self::NoAnswer(format!("{what}: Stripe answered {status} ({shown})"));
            }
            _ => {}
        }
        let Body { error } = serde_json::from_slice(body).unwrap_or_default();
        match error.refusal_of_means() {
            Some(reason) => Self::Declined(reason),
            None => Self::Refused(Refusal {
                status,
                kind: error.kind,
                code: error.code,
                param: error.param,
                request_id,
            }),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(text) | Self::Misconfigured(text) | Self::Unexpected(text) => {
                formatter.write_str(text)
            }
            Self::Declined(reason) => write!(formatter, "Stripe declined: {reason}"),
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::AlreadyCaptured => formatter.write_str("Stripe has taken the money already"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Stripe refused with {} {}", self.status, self.kind)?;
        for (name, value) in [("code", &self.code), ("param", &self.param), ("request", &self.request_id)] {
            if let Some(value) = value {
                write!(formatter, " {name}={value}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(status: u16, body: &str) -> Fault {
        Fault::of_answer("POST /v1/payment_intents", status, Some("req_1"), body.as_bytes())
    }

    #[test]
    fn a_declined_card_is_told_in_words_for_the_shopper() {
        let body = r#"{"error": {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
            "message": "Your card has insufficient funds.", "payment_intent": {"id": "pi_1"}}}"#;
        assert_eq!(fault(402, body), Fault::Declined("the account has not enough money".to_owned()));
    }

    #[test]
    fn a_token_that_stripe_does_not_take_is_declined_and_stays_out_of_the_log() {
        let body = r#"{"error": {"type": "invalid_request_error", "code": "resource_missing",
            "message": "No such PaymentMethod: 'pm_secret'", "param": "payment_method"}}"#;
        assert!(matches!(fault(400, body), Fault::Declined(reason) if reason.contains("enter them again")));
        let body = r#"{"error": {"type": "invalid_request_error", "message": "'pm_secret'", "param": "return_url"}}"#;
        let text = fault(400, body).to_string();
        assert_eq!(text, "Stripe refused with 400 invalid_request_error param=return_url request=req_1");
    }

    #[test]
    fn a_key_that_stripe_does_not_take_is_a_matter_for_the_owner() {
        for status in [401, 403] {
            let body =
                r#"{"error": {"type": "invalid_request_error", "message": "Invalid API Key: sk_live_x"}}"#;
            let fault = fault(status, body);
            assert!(matches!(&fault, Fault::Misconfigured(text) if !text.contains("sk_live")), "{fault:?}");
        }
    }

    #[test]
    fn a_key_that_was_used_for_another_question_is_not_read_as_declined() {
        let body =
            r#"{"error": {"type": "idempotency_error", "message": "Keys for idempotent requests ..."}}"#;
        assert!(matches!(fault(400, body), Fault::Refused(refusal) if refusal.kind == "idempotency_error"));
    }

    proptest! {
        #[test]
        fn what_does_not_say_what_became_of_the_payment_is_never_read_as_declined(
            status in prop::sample::select(vec![409_u16, 424, 429, 500, 502, 503, 504, 599]),
            body in prop::sample::select(vec!["", "<html>", r#"{"error": {"type": "card_error"}}"#]),
        ) {
            prop_assert!(matches!(fault(status, body), Fault::NoAnswer(_)));
        }

        #[test]
        fn any_body_can_be_read(status in 300_u16..600, body in ".*") {
            let text = fault(status, &body).to_string();
            prop_assert!(!text.is_empty());
        }
    }
}
