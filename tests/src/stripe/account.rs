//! What an account holds: `PaymentIntents` and their life, refunds, and the events that tell of both.

use serde_json::{Value, json};

use super::request::{Answer, Fields, integer, metadata, only, optional, required};

/// The smallest amount that can be paid, in US cents.
const AMOUNT_MIN: i64 = 50;

/// An account.
#[derive(Default)]
pub(crate) struct Account {
    intents: Vec<Value>,
    refunds: Vec<Value>,
    events: Vec<Value>,
    events_made: u32,
}

/// What the bank says to a card, by the name of Stripe's own test `PaymentMethods`.
enum Card {
    Good,
    Declined { code: &'static str, decline_code: Option<&'static str> },
    Careful,
    Slow,
}

fn card(name: &str) -> Option<Card> {
    let declined = |decline_code| Card::Declined { code: "card_declined", decline_code: Some(decline_code) };
    Some(match name {
        "pm_card_visa" => Card::Good,
        "pm_card_visa_chargeDeclined" => declined("generic_decline"),
        "pm_card_visa_chargeDeclinedInsufficientFunds" => declined("insufficient_funds"),
        "pm_card_visa_chargeDeclinedStolenCard" => declined("stolen_card"),
        "pm_card_chargeDeclinedExpiredCard" => Card::Declined { code: "expired_card", decline_code: None },
        "pm_card_threeDSecure2Required" => Card::Careful,
        "pm_usBankAccount_processing" => Card::Slow,
        _ => return None,
    })
}

impl Account {
    /// All intents, oldest first.
    pub fn intents(&self) -> Vec<Value> {
        self.intents.clone()
    }

    /// The refunds of an intent, newest first, as Stripe lists them.
    pub fn refunds(&self, intent: &str) -> Vec<Value> {
        self.refunds.iter().rev().filter(|refund| refund["payment_intent"] == intent).cloned().collect()
    }

    /// What happened since the last time somebody asked.
    pub fn take_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }

    /// Whether a form to create an intent is in order; no endpoint runs before.
    pub fn check_create(fields: &Fields) -> Result<(), Answer> {
        let known = [
            "amount",
            "currency",
            "confirm",
            "capture_method",
            "payment_method",
            "payment_method_types[]",
            "return_url",
            "metadata[]",
        ];
        only(fields, &known)?;
        let amount = integer("amount", required(fields, "amount")?)?;
        let currency = required(fields, "currency")?;
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
            let message = format!("Invalid currency: {currency}.");
            return Err(Answer::invalid("parameter_invalid", "currency", &message));
        }
        if amount < AMOUNT_MIN {
            let message = "Amount must be at least $0.50 usd";
            return Err(Answer::invalid("amount_too_small", "amount", message));
        }
        if !matches!(optional(fields, "capture_method"), Some("manual" | "automatic")) {
            return Err(Answer::invalid("parameter_invalid", "capture_method", "Invalid capture_method"));
        }
        let return_url = required(fields, "return_url")?;
        if !(return_url.starts_with("http://") || return_url.starts_with("https://")) {
            return Err(Answer::invalid("url_invalid", "return_url", "Not a valid URL"));
        }
        if required(fields, "payment_method_types[]")? != "card" {
            let message = "The payment method type provided is invalid.";
            return Err(Answer::invalid("parameter_invalid", "payment_method_types", message));
        }
        let method = required(fields, "payment_method")?;
        if card(method).is_none() {
            return Err(Answer::missing("PaymentMethod", "payment_method", method));
        }
        Ok(())
    }

    /// Creates an intent from a form that is in order, and confirms it if it says so.
    pub fn create(&mut self, fields: &Fields) -> Answer {
        let id = format!("pi_{:04}", self.intents.len() + 1);
        let amount =
            optional(fields, "amount").and_then(|amount| amount.parse::<i64>().ok()).unwrap_or_default();
        let intent = json!({
            "id": id, "object": "payment_intent", "status": "requires_confirmation",
            "amount": amount, "currency": optional(fields, "currency"),
            "amount_capturable": 0, "amount_received": 0, "livemode": false,
            "capture_method": optional(fields, "capture_method"),
            "payment_method": optional(fields, "payment_method"), "payment_method_types": ["card"],
            "latest_charge": null, "next_action": null, "last_payment_error": null,
            "metadata": metadata(fields),
        });
        self.intents.push(intent);
        let at = self.intents.len() - 1;
        if optional(fields, "confirm") == Some("true") {
            let method = optional(fields, "payment_method").and_then(card);
            if let Some(refusal) = self.ask_bank(at, method.as_ref(), optional(fields, "return_url")) {
                return refusal;
            }
        }
        Answer::success(self.intents[at].clone())
    }

    fn ask_bank(&mut self, at: usize, card: Option<&Card>, return_url: Option<&str>) -> Option<Answer> {
        match card {
            Some(Card::Good) => self.approve(at),
            Some(Card::Slow) => {
                self.intents[at]["status"] = json!("processing");
                self.tell("payment_intent.processing", at);
            }
            Some(Card::Careful) => {
                let id = self.intents[at]["id"].as_str().unwrap_or_default().to_owned();
                let redirect = json!({ "url": format!("https://hooks.stripe.com/3d_secure/{id}"), "return_url": return_url });
                self.intents[at]["status"] = json!("requires_action");
                self.intents[at]["next_action"] =
                    json!({ "type": "redirect_to_url", "redirect_to_url": redirect });
                self.tell("payment_intent.requires_action", at);
            }
            Some(Card::Declined { code, decline_code }) => {
                return Some(self.decline(at, code, *decline_code));
            }
            None => {}
        }
        None
    }

    fn approve(&mut self, at: usize) {
        let intent = &mut self.intents[at];
        intent["next_action"] = Value::Null;
        intent["latest_charge"] = json!(format!("ch_{:04}", at + 1));
        if intent["capture_method"] == "manual" {
            intent["status"] = json!("requires_capture");
            intent["amount_capturable"] = intent["amount"].clone();
            self.tell("payment_intent.amount_capturable_updated", at);
        } else {
            intent["status"] = json!("succeeded");
            intent["amount_received"] = intent["amount"].clone();
            self.tell("payment_intent.succeeded", at);
        }
    }

    fn decline(&mut self, at: usize, code: &str, decline_code: Option<&str>) -> Answer {
        let mut error = json!({ "type": "card_error", "code": code, "message": "Your card was declined." });
        if let Some(decline_code) = decline_code {
            error["decline_code"] = json!(decline_code);
        }
        let intent = &mut self.intents[at];
        intent["status"] = json!("requires_payment_method");
        intent["payment_method"] = Value::Null;
        intent["next_action"] = Value::Null;
        intent["last_payment_error"] = error.clone();
        error["payment_intent"] = intent.clone();
        self.tell("payment_intent.payment_failed", at);
        let mut answer = Answer::error(402, "card_error", Some(code), None, "");
        answer.body["error"] = error;
        answer
    }

    /// The shopper confirms an intent that waits for it, or the bank ends its processing; or neither.
    pub fn confirm(&mut self, id: &str, confirmed: bool) {
        let at = self.position(id).expect("a known intent");
        let status = self.intents[at]["status"].clone();
        assert!(status == "requires_action" || status == "processing", "{id} waits for nobody");
        if confirmed {
            self.approve(at);
        } else {
            self.decline(at, "payment_intent_authentication_failure", None);
        }
    }

    /// An intent.
    pub fn retrieve(&self, id: &str) -> Answer {
        match self.position(id) {
            Ok(at) => Answer::success(self.intents[at].clone()),
            Err(missing) => missing,
        }
    }

    /// The intents that a query in Stripe's search language finds; of that language only equality of metadata.
    pub fn search(&self, query: &str) -> Result<Answer, Answer> {
        let (key, value) = query
            .strip_prefix("metadata['")
            .and_then(|rest| rest.strip_suffix('\''))
            .and_then(|rest| rest.split_once("']:'"))
            .ok_or_else(|| {
                Answer::invalid("parameter_invalid", "query", "We were unable to parse your search query.")
            })?;
        let found = self.intents.iter().filter(|intent| intent["metadata"][key] == value).collect::<Vec<_>>();
        Ok(Answer::success(json!({ "object": "search_result", "data": found, "has_more": false })))
    }

    /// Takes money that is set aside.
    pub fn capture(&mut self, id: &str, fields: &Fields) -> Result<Answer, Answer> {
        only(fields, &["amount_to_capture", "metadata[]"])?;
        let at = self.position(id)?;
        let capturable = self.intents[at]["amount_capturable"].as_i64().unwrap_or_default();
        let amount = optional(fields, "amount_to_capture").map(|amount| integer("amount_to_capture", amount));
        let amount = amount.unwrap_or(Ok(capturable))?;
        if self.intents[at]["status"] != "requires_capture" {
            return Err(self.unexpected_state(at, "captured"));
        }
        if amount > capturable {
            let message = "The amount to capture is larger than what may be captured.";
            return Err(Answer::invalid("amount_too_large", "amount_to_capture", message));
        }
        let intent = &mut self.intents[at];
        intent["status"] = json!("succeeded");
        intent["amount_capturable"] = json!(0);
        intent["amount_received"] = json!(amount);
        self.tell("payment_intent.succeeded", at);
        Ok(Answer::success(self.intents[at].clone()))
    }

    /// Lets money go, or ends an intent that has none.
    pub fn cancel(&mut self, id: &str, fields: &Fields) -> Result<Answer, Answer> {
        only(fields, &["cancellation_reason"])?;
        let at = self.position(id)?;
        if matches!(self.intents[at]["status"].as_str(), Some("succeeded" | "canceled")) {
            return Err(self.unexpected_state(at, "canceled"));
        }
        let intent = &mut self.intents[at];
        intent["status"] = json!("canceled");
        intent["amount_capturable"] = json!(0);
        intent["next_action"] = Value::Null;
        self.tell("payment_intent.canceled", at);
        Ok(Answer::success(self.intents[at].clone()))
    }

    /// Gives money back, never more than was taken.
    pub fn refund(&mut self, fields: &Fields) -> Result<Answer, Answer> {
        only(fields, &["payment_intent", "amount", "reason", "metadata[]"])?;
        let id = required(fields, "payment_intent")?;
        let at = self.position(id).map_err(|_| Answer::missing("payment_intent", "payment_intent", id))?;
        let intent = self.intents[at].clone();
        if intent["status"] != "succeeded" {
            let message = format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
            return Err(Answer::invalid("payment_intent_unexpected_state", "payment_intent", &message));
        }
        let left = intent["amount_received"].as_i64().unwrap_or_default() - self.refunded(id);
        let amount = optional(fields, "amount").map_or(Ok(left), |amount| integer("amount", amount))?;
        if left == 0 {
            let message = "Charge has already been refunded.";
            return Err(Answer::invalid("charge_already_refunded", "", message));
        }
        if amount > left || amount <= 0 {
            let message =
                format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
            return Err(Answer::error(400, "invalid_request_error", None, Some("amount"), &message));
        }
        let refund = json!({
            "id": format!("re_{:04}", self.refunds.len() + 1), "object": "refund", "status": "succeeded",
            "amount": amount, "currency": intent["currency"], "payment_intent": id,
            "charge": intent["latest_charge"], "metadata": metadata(fields),
        });
        self.refunds.push(refund.clone());
        let charge = json!({
            "id": intent["latest_charge"], "object": "charge", "payment_intent": id, "amount": intent["amount"],
            "amount_captured": intent["amount_received"], "amount_refunded": self.refunded(id),
            "currency": intent["currency"], "metadata": intent["metadata"],
        });
        self.tell_of("charge.refunded", &charge);
        Ok(Answer::success(refund))
    }

    fn refunded(&self, id: &str) -> i64 {
        self.refunds(id).iter().filter_map(|refund| refund["amount"].as_i64()).sum()
    }

    fn position(&self, id: &str) -> Result<usize, Answer> {
        let position = self.intents.iter().position(|intent| intent["id"] == id);
        position.ok_or_else(|| Answer::missing("payment_intent", "intent", id))
    }

    fn unexpected_state(&self, at: usize, wanted: &str) -> Answer {
        let intent = &self.intents[at];
        let status = intent["status"].as_str().unwrap_or_default();
        let message =
            format!("This PaymentIntent could not be {wanted} because it has a status of {status}.");
        let mut answer = Answer::invalid("payment_intent_unexpected_state", "", &message);
        answer.body["error"]["payment_intent"] = intent.clone();
        answer
    }

    fn tell(&mut self, kind: &str, at: usize) {
        let intent = self.intents[at].clone();
        self.tell_of(kind, &intent);
    }

    fn tell_of(&mut self, kind: &str, object: &Value) {
        self.events_made += 1;
        self.events.push(json!({
            "id": format!("evt_{:04}", self.events_made), "object": "event", "type": kind, "livemode": false,
            "api_version": "2025-11-17.clover", "data": { "object": object },
        }));
    }
}
