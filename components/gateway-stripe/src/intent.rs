//! A `PaymentIntent`, as far as the shop reads it (<https://docs.stripe.com/api/payment_intents/object>).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    amount::Amount,
    bindings::exports::merkato::payments::gateway::{Challenge, Outcome},
    fault::{ErrorObject, Fault},
};

/// The key in the metadata under which an intent knows the shop's payment.
pub const PAYMENT_ID: &str = "merkato_payment_id";
/// The key in the metadata under which an intent knows the shop's order: for people who look at Stripe's pages.
pub const ORDER_ID: &str = "merkato_order_id";

/// A `PaymentIntent`.
#[derive(Debug, Clone, Deserialize)]
pub struct Intent {
    /// Stripe's name for it, `pi_...`.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// What it is over, in Stripe's minor units.
    pub amount: i64,
    /// Its currency, in small letters.
    pub currency: String,
    /// How much is set aside.
    #[serde(default)]
    pub amount_capturable: i64,
    /// How much was taken.
    #[serde(default)]
    pub amount_received: i64,
    /// What the shopper has to do.
    #[serde(default)]
    next_action: Option<NextAction>,
    /// Why the last try failed.
    #[serde(default)]
    last_payment_error: Option<ErrorObject>,
    /// What the shop noted on it.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The means of payment was refused.
    RequiresPaymentMethod,
    /// It was made and not confirmed, which the shop always does in one step.
    RequiresConfirmation,
    /// The shopper has to confirm.
    RequiresAction,
    /// The bank takes its time.
    Processing,
    /// The money is set aside.
    RequiresCapture,
    /// The money was let go, or never was set aside.
    Canceled,
    /// The money was taken.
    Succeeded,
    /// What a later version of Stripe may add.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
struct NextAction {
    #[serde(default)]
    redirect_to_url: Option<Redirect>,
}

#[derive(Debug, Clone, Deserialize)]
struct Redirect {
    url: String,
}

impl Intent {
    /// The shop's name for the payment; none if the intent is not of this shop's making.
    pub fn payment_id(&self) -> Option<&str> {
        self.metadata.get(PAYMENT_ID).map(String::as_str)
    }

    /// What it is over.
    pub fn amount(&self) -> Amount {
        Amount { minor: self.amount, currency: self.currency.clone() }
    }

    /// Fails if it is over anything else than what was asked.
    pub fn expect_amount(&self, asked: &Amount) -> Result<(), Fault> {
        let answered = self.amount();
        if answered == *asked {
            return Ok(());
        }
        Err(self.unexpected(&format!("is over {answered} and not {asked}")))
    }

    /// What became of the payment.
    pub fn outcome(&self) -> Result<Outcome, Fault> {
        match self.status {
            Status::RequiresCapture => self.approved(self.amount_capturable),
            // Whoever takes money by hand, on Stripe's pages, had it set aside before.
            Status::Succeeded => self.approved(self.amount_received),
            Status::RequiresAction => self.challenged(),
            Status::Processing => Ok(Outcome::Pending(self.id.clone())),
            Status::RequiresPaymentMethod => {
                Ok(Outcome::Declined(self.last_payment_error.clone().unwrap_or_default().reason()))
            }
            Status::Canceled => Ok(Outcome::Declined("the payment was called off".to_owned())),
            Status::RequiresConfirmation | Status::Unknown => {
                Err(self.unexpected(&format!("stands at {:?}", self.status)))
            }
        }
    }

    fn approved(&self, held: i64) -> Result<Outcome, Fault> {
        if held == self.amount {
            return Ok(Outcome::Approved(self.id.clone()));
        }
        Err(self.unexpected(&format!("holds {held} of {}", self.amount())))
    }

    fn challenged(&self) -> Result<Outcome, Fault> {
        let redirect = self.next_action.as_ref().and_then(|action| action.redirect_to_url.as_ref());
        let redirect = redirect.ok_or_else(|| self.unexpected("asks for something else than a visit"))?;
        Ok(Outcome::Challenged(Challenge { reference: self.id.clone(), redirect_url: redirect.url.clone() }))
    }

    fn unexpected(&self, what: &str) -> Fault {
        Fault::Unexpected(format!("{} {what}", self.id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn intent(status: &str, more: &Value) -> Intent {
        let mut intent = json!({
            "id": "pi_1", "object": "payment_intent", "status": status, "amount": 1_250, "currency": "usd",
            "amount_capturable": 0, "amount_received": 0, "next_action": null, "last_payment_error": null,
            "metadata": { PAYMENT_ID: "p1" },
        });
        intent.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        serde_json::from_value(intent).expect("an intent")
    }

    #[test]
    fn money_that_is_set_aside_or_taken_is_approved() {
        for (status, more) in [
            ("requires_capture", json!({ "amount_capturable": 1_250 })),
            ("succeeded", json!({ "amount_received": 1_250 })),
        ] {
            let outcome = intent(status, &more).outcome();
            assert!(
                matches!(&outcome, Ok(Outcome::Approved(reference)) if reference == "pi_1"),
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn another_amount_than_was_asked_is_a_fault() {
        assert!(intent("requires_capture", &json!({ "amount_capturable": 1_249 })).outcome().is_err());
        assert!(intent("succeeded", &json!({ "amount_received": 1 })).outcome().is_err());
        let intent = intent("requires_capture", &json!({ "amount_capturable": 1_250 }));
        for (minor, currency) in [(1_251, "usd"), (1_250, "eur")] {
            assert!(intent.expect_amount(&Amount { minor, currency: currency.to_owned() }).is_err());
        }
        assert!(intent.expect_amount(&Amount { minor: 1_250, currency: "usd".to_owned() }).is_ok());
    }

    #[test]
    fn a_shopper_who_has_to_confirm_is_sent_where_stripe_says() {
        let action = json!({ "next_action": { "type": "redirect_to_url",
            "redirect_to_url": { "url": "https://hooks.stripe.com/3d/1", "return_url": "http://shop/orders/1" } } });
        let Ok(Outcome::Challenged(challenge)) = intent("requires_action", &action).outcome() else {
            panic!("challenged")
        };
        assert_eq!(challenge.redirect_url, "https://hooks.stripe.com/3d/1");
        let script = json!({ "next_action": { "type": "use_stripe_sdk", "use_stripe_sdk": {} } });
        assert!(intent("requires_action", &script).outcome().is_err());
    }

    #[test]
    fn a_bank_that_takes_its_time_is_pending_and_one_that_refuses_says_why() {
        assert!(matches!(intent("processing", &json!({})).outcome(), Ok(Outcome::Pending(_))));
        let error = json!({ "last_payment_error": { "type": "card_error", "code": "expired_card" } });
        let outcome = intent("requires_payment_method", &error).outcome();
        assert!(
            matches!(&outcome, Ok(Outcome::Declined(reason)) if reason == "the card has expired"),
            "{outcome:?}"
        );
        assert!(matches!(intent("canceled", &json!({})).outcome(), Ok(Outcome::Declined(_))));
    }

    #[test]
    fn a_state_that_nobody_knows_yet_is_neither_approved_nor_declined() {
        for status in ["requires_confirmation", "requires_patience"] {
            assert!(intent(status, &json!({})).outcome().is_err(), "{status}");
        }
    }
}
