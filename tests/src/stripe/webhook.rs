//! The way back: events, signed as Stripe signs them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::StatusCode;
use serde_json::Value;
use sha2::Sha256;

use super::Stripe;
use crate::{
    api::{Answer, Caller},
    shop::Shop,
};

/// Where a shop takes Stripe's webhooks.
pub const PATH: &str = "/api/payments/webhooks/stripe";

/// The header `Stripe-Signature` for `body`, signed so many seconds ago with each of `secrets`.
pub fn signature(body: &str, age_seconds: i64, secrets: &[&str]) -> String {
    let now = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    let time = i64::try_from(now).expect("a time") - age_seconds;
    let signed = secrets.iter().map(|secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
        mac.update(format!("{time}.{body}").as_bytes());
        format!(",v1={}", hex::encode(mac.finalize().into_bytes()))
    });
    format!("t={time}{}", signed.collect::<String>())
}

/// Sends a body to the shop, with a signature.
pub async fn send(shop: &Shop, body: String, signature: &str) -> Answer {
    let stripe = Caller::guest(shop);
    let request = stripe.request(reqwest::Method::POST, PATH).header("stripe-signature", signature);
    stripe.send(request.header("content-type", "application/json; charset=utf-8").body(body)).await
}

/// Sends an event to the shop, as Stripe does.
pub async fn send_event(shop: &Shop, event: &Value) -> Answer {
    let body = event.to_string();
    let signature = signature(&body, 0, &[Stripe::WEBHOOK_SECRET]);
    send(shop, body, &signature).await
}

impl Stripe {
    /// Sends all events that happened since the last time, which the shop has to acknowledge.
    pub async fn deliver_events(&self, shop: &Shop) -> Vec<Value> {
        let events = self.events();
        for event in &events {
            let answer = send_event(shop, event).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{event:#} {:#}", answer.body);
        }
        events
    }
}
