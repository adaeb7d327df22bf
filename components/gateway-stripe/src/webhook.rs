//! Webhooks of Stripe (<https://docs.stripe.com/webhooks>).
//!
//! Believed is what carries `Stripe-Signature: t=<epoch seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, signed not long
//! ago. While a secret is being changed, Stripe signs with the old and the new one, and there are several `v1`.
//!
//! Read are `payment_intent.amount_capturable_updated`, `payment_intent.succeeded`, `payment_intent.processing`,
//! `payment_intent.payment_failed`, `payment_intent.canceled` and `charge.refunded`. All others are acknowledged, and
//! so are those about payments that the shop did not make.

use std::collections::BTreeMap;

use merkato_edge::secret;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    amount::Amount,
    bindings::exports::merkato::payments::gateway::{News, WebhookError, WebhookEvent},
    fault::Fault,
    intent::{Intent, PAYMENT_ID},
};

/// Carries the signature.
pub const SIGNATURE_HEADER: &str = "stripe-signature";
/// How old, or how far ahead, a webhook may be, in seconds: what Stripe's own libraries allow. Stripe signs each try to
/// deliver anew, so a late one is not refused for that.
const TOLERANCE_SECONDS: u64 = 5 * 60;
/// Signatures that are compared: one for each secret, of which two are in use at most, and some to spare.
const SIGNATURES_MAX: usize = 8;

/// What every event has in common (<https://docs.stripe.com/api/events/object>).
#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// The connected account that it is about; none if it is about the shop's own.
    #[serde(default)]
    account: Option<String>,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// A charge, as far as `charge.refunded` needs it. Stripe copies the intent's metadata to it.
#[derive(Deserialize)]
struct Charge {
    #[serde(default)]
    payment_intent: Option<String>,
    amount_refunded: i64,
    currency: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// Whether Stripe made `signature` of `body` with `secret` not long before or after `now_epoch_seconds`.
pub fn verify(
    signature: &str,
    body: &[u8],
    secret: &[u8],
    now_epoch_seconds: i64,
) -> Result<(), WebhookError> {
    let parts = || signature.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, time) = parts().find(|(scheme, _)| *scheme == "t").ok_or(WebhookError::BadSignature)?;
    let expected = secret::sign(secret, &[time.as_bytes(), b".", body].concat());
    let given = parts().filter(|(scheme, _)| *scheme == "v1").map(|(_, digest)| digest).take(SIGNATURES_MAX);
    // Each comparison takes the same time whatever it compares.
    if !given.fold(false, |found, digest| secret::equal(expected.as_bytes(), digest.as_bytes()) | found) {
        return Err(WebhookError::BadSignature);
    }
    let time: i64 = time.parse().map_err(|_| WebhookError::BadSignature)?;
    if now_epoch_seconds.abs_diff(time) > TOLERANCE_SECONDS {
        return Err(WebhookError::Stale);
    }
    Ok(())
}

/// What a webhook says; none if it is not about a payment of this shop.
pub fn read(body: &[u8]) -> Result<Option<WebhookEvent>, WebhookError> {
    let event = serde_json::from_slice::<Event>(body)
        .map_err(|error| WebhookError::Malformed(format!("it is no event: {error}")))?;
    if event.account.is_some() {
        return Ok(None);
    }
    match event.kind.as_str() {
        "payment_intent.amount_capturable_updated"
        | "payment_intent.canceled"
        | "payment_intent.payment_failed"
        | "payment_intent.processing"
        | "payment_intent.succeeded" => settled(event.id, &object(event.data)?),
        "charge.refunded" => refunded(event.id, object(event.data)?),
        _ => Ok(None),
    }
}

fn settled(event_id: String, intent: &Intent) -> Result<Option<WebhookEvent>, WebhookError> {
    let Some(payment_id) = intent.payment_id() else { return Ok(None) };
    Ok(Some(WebhookEvent {
        event_id,
        reference: Some(intent.id.clone()),
        payment_id: payment_id.to_owned(),
        amount: Some(intent.amount().money().map_err(malformed)?),
        news: News::Outcome(intent.outcome().map_err(malformed)?),
    }))
}

fn refunded(event_id: String, mut charge: Charge) -> Result<Option<WebhookEvent>, WebhookError> {
    let (Some(reference), Some(payment_id)) = (charge.payment_intent, charge.metadata.remove(PAYMENT_ID))
    else {
        return Ok(None);
    };
    let total = Amount { minor: charge.amount_refunded, currency: charge.currency };
    let news = News::Refunded(total.money().map_err(malformed)?);
    Ok(Some(WebhookEvent { event_id, reference: Some(reference), payment_id, amount: None, news }))
}

fn object<T: DeserializeOwned>(data: Data) -> Result<T, WebhookError> {
    serde_json::from_value(data.object)
        .map_err(|error| WebhookError::Malformed(format!("its object cannot be read: {error}")))
}

#[expect(clippy::needless_pass_by_value, reason = "so that it can be named where an error is mapped")]
fn malformed(fault: Fault) -> WebhookError {
    WebhookError::Malformed(fault.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","type":"payment_intent.succeeded"}"#;
    const NOW: i64 = 1_800_000_000;
    // Made with Python's hmac and hashlib of b"<time>." + BODY: the first with the key whsec_old, all others with
    // whsec_new.
    const OLD: &str = "e3f08dee891c4578bc9f6e6368efe33d5a711b49fc0362f86178eacb24f527bf";
    const NEW: &str = "dc46ac084ea1eaae3baa6ae0a4637b94bb9cb4cfe2f097f1bba81391912d20c5";
    const FIVE_MINUTES_AGO: &str = "05d613ef0693f522b4799f91d98e638cfe7ba68c07d2c1b6e4d4160d456f28a6";
    const LONGER_AGO: &str = "eb6c5337c188929ea62d6e407092065a1c904eaa141f572f6655f0c299954bf5";
    const TOO_SOON: &str = "1fa660f81ebb417cc862b70fc987332001cdbf03027bc003f77691d7a3c459e9";
    const NO_TIME: &str = "dec3e97f9aa992ef4facdfc6217d7d194b356985b49d3c73a4c0644bd4a9723b";

    fn verified(signature: &str) -> Result<(), WebhookError> {
        verify(signature, BODY, b"whsec_new", NOW)
    }

    #[test]
    fn a_signature_that_was_made_elsewhere_is_believed() {
        assert!(verified(&format!("t=1800000000,v1={NEW}")).is_ok());
        assert!(verified(&format!("t=1799999700,v1={FIVE_MINUTES_AGO}")).is_ok());
    }

    #[test]
    fn while_a_secret_is_changed_one_of_several_signatures_is_enough() {
        let signature = format!("t=1800000000,v1={OLD},v1={NEW},v0=00");
        assert!(verified(&signature).is_ok());
        assert!(verify(&signature, BODY, b"whsec_old", NOW).is_ok());
        assert!(matches!(verify(&signature, BODY, b"whsec_third", NOW), Err(WebhookError::BadSignature)));
    }

    #[test]
    fn another_body_key_time_or_scheme_is_not_believed() {
        for signature in [
            String::new(),
            "t=1800000000".to_owned(),
            format!("v1={NEW}"),
            format!("t=1800000000,v1={OLD}"),
            format!("t=1800000000,v0={NEW}"),
            format!("t=1800000001,v1={NEW}"),
            format!("t=1800000000,v1={}", &NEW[1..]),
            format!("t=soon,v1={NO_TIME}"),
        ] {
            assert!(matches!(verified(&signature), Err(WebhookError::BadSignature)), "{signature}");
        }
        let signature = format!("t=1800000000,v1={NEW}");
        assert!(matches!(verify(&signature, b"{}", b"whsec_new", NOW), Err(WebhookError::BadSignature)));
    }

    #[test]
    fn a_recording_is_not_believed() {
        for signature in [format!("t=1799999699,v1={LONGER_AGO}"), format!("t=1800000301,v1={TOO_SOON}")] {
            assert!(matches!(verified(&signature), Err(WebhookError::Stale)), "{signature}");
        }
    }

    fn event(kind: &str, object: &Value) -> Vec<u8> {
        json!({ "id": "evt_1", "object": "event", "type": kind, "livemode": false, "data": { "object": object } })
            .to_string()
            .into_bytes()
    }

    fn intent(status: &str) -> Value {
        json!({ "id": "pi_1", "status": status, "amount": 500, "currency": "isk", "amount_capturable": 500,
            "metadata": { PAYMENT_ID: "p1" } })
    }

    #[test]
    fn an_intent_is_told_with_its_amount_as_the_shop_counts_it() {
        let body = event("payment_intent.amount_capturable_updated", &intent("requires_capture"));
        let event = read(&body).expect("an event").expect("one of the shop's");
        assert_eq!((event.payment_id.as_str(), event.reference.as_deref()), ("p1", Some("pi_1")));
        let amount = event.amount.expect("an amount");
        assert_eq!((amount.amount, amount.currency.as_str()), (5, "ISK"));
        assert!(matches!(event.news, News::Outcome(_)));
    }

    #[test]
    fn a_refund_tells_how_much_went_back_altogether() {
        let charge = json!({ "id": "ch_1", "payment_intent": "pi_1", "amount": 900, "amount_refunded": 300,
            "currency": "usd", "metadata": { PAYMENT_ID: "p1" } });
        let event = read(&event("charge.refunded", &charge)).expect("an event").expect("one of the shop's");
        assert!(
            matches!(event.news, News::Refunded(total) if total.amount == 300 && total.currency == "USD")
        );
    }

    #[test]
    fn what_is_not_about_a_payment_of_the_shop_is_let_pass() {
        let foreign =
            json!({ "id": "pi_2", "status": "succeeded", "amount": 1, "currency": "usd", "metadata": {} });
        let connected = json!({ "id": "evt_2", "type": "payment_intent.succeeded", "account": "acct_1",
            "data": { "object": intent("requires_capture") } });
        for body in [
            event("payment_intent.succeeded", &foreign),
            event("charge.refunded", &json!({ "amount_refunded": 1, "currency": "usd" })),
            event("customer.created", &json!({})),
            connected.to_string().into_bytes(),
        ] {
            assert!(matches!(read(&body), Ok(None)), "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn what_holds_another_amount_than_it_is_over_is_not_believed() {
        let body = event("payment_intent.succeeded", &intent("succeeded"));
        assert!(matches!(read(&body), Err(WebhookError::Malformed(_))));
    }

    proptest! {
        #[test]
        fn any_header_and_any_body_can_be_read(header in ".*", body in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(verify(&header, &body, b"whsec_new", NOW).is_err());
            prop_assert!(read(&body).is_err());
        }
    }
}
