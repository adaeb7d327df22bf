//! The way to Stripe, and all that concerns the host: variables, the clock, HTTP.

use std::time::Duration;

use merkato_edge::{Call, Response, transport};
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// The version of Stripe's interface that this code was written against; without it, an upgrade of the account would
/// change what is answered here.
const VERSION: &str = "2025-11-17.clover";
/// How long a change may take: the bank is asked meanwhile. With a look-up before and one after it, that is less than
/// the ten seconds for which the coordinator waits.
const CHANGE_DEADLINE: Duration = Duration::from_secs(6);
/// How long a look-up may take.
const LOOK_UP_DEADLINE: Duration = Duration::from_millis(1_500);

/// Stripe, as the shop is known there.
pub struct Stripe {
    url: String,
    secret_key: String,
}

impl Stripe {
    /// Stripe as the variables of the payments service say.
    pub fn from_variables() -> Result<Self, Fault> {
        let stripe = Self { url: variable("stripe_api_url")?, secret_key: variable("stripe_secret_key")? };
        // Neither is shown: one is a secret, and the other stands in the manifest.
        if !(stripe.url.starts_with("https://") || stripe.url.starts_with("http://")) {
            return Err(Fault::Misconfigured("stripe_api_url is not an http address".to_owned()));
        }
        if !stripe.secret_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Fault::Misconfigured(
                "stripe_secret_key has spaces or strange characters".to_owned(),
            ));
        }
        Ok(stripe)
    }

    /// Changes something. Stripe does it once for each `key`, however often it is asked.
    pub fn change<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        key: &str,
    ) -> Result<T, Fault> {
        let mut call = Call::post(&self.url, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("idempotency-key", key)
            .within(CHANGE_DEADLINE);
        call.body = Some(encoded(form).into_bytes());
        self.send(call, path)
    }

    /// Looks something up.
    pub fn look_up<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Fault> {
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", encoded(query)) };
        self.send(Call::get(&self.url, target).within(LOOK_UP_DEADLINE), path)
    }

    fn send<T: DeserializeOwned>(&self, call: Call, path: &str) -> Result<T, Fault> {
        let what = format!("{} {path}", call.method);
        let call = call.bearer(&self.secret_key).header("stripe-version", VERSION);
        let answer = spin_executor::run(async { transport::send(&call).await });
        // Whether Stripe heard the question is unknown, even if the connection failed: a proxy may have lost the answer.
        let answer = answer.map_err(|error| Fault::NoAnswer(format!("{what}: {error}")))?;
        read(&what, &answer)
    }
}

fn variable(name: &str) -> Result<String, Fault> {
    match spin_sdk::variables::get(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        Ok(_) => Err(Fault::Misconfigured(format!("the variable {name} is empty"))),
        Err(error) => Err(Fault::Misconfigured(format!("the variable {name} cannot be read: {error}"))),
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn read<T: DeserializeOwned>(what: &str, answer: &Response) -> Result<T, Fault> {
    if !(200..300).contains(&answer.status) {
        return Err(Fault::of_answer(what, answer.status, answer.header("request-id"), &answer.body));
    }
    serde_json::from_slice(&answer.body).map_err(|error| {
        // The error names a place and a type, and no value of Stripe's.
        Fault::Unexpected(format!("{what}: the answer cannot be read at {}:{}", error.line(), error.column()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_as_stripe_reads_it() {
        let form = [("metadata[merkato_payment_id]", "p1"), ("return_url", "http://a/b?c=d&e")];
        assert_eq!(
            encoded(&form),
            "metadata%5Bmerkato_payment_id%5D=p1&return_url=http%3A%2F%2Fa%2Fb%3Fc%3Dd%26e"
        );
    }

    #[test]
    fn a_success_that_cannot_be_read_is_no_refusal() {
        let answer = Response::typed(200, "application/json", b"<html>".to_vec());
        assert!(matches!(read::<serde_json::Value>("GET /", &answer), Err(Fault::Unexpected(_))));
        let answer = Response::typed(200, "application/json", b"{}".to_vec());
        assert!(read::<serde_json::Value>("GET /", &answer).is_ok());
    }
}
