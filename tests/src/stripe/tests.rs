//! The peer is only worth something if it refuses what Stripe refuses.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use super::{Stripe, Stumble};

const GOOD: [(&str, &str); 8] = [
    ("amount", "1250"),
    ("currency", "usd"),
    ("confirm", "true"),
    ("capture_method", "manual"),
    ("payment_method", "pm_card_visa"),
    ("payment_method_types[]", "card"),
    ("return_url", "http://shop.example/orders/1"),
    ("metadata[merkato_payment_id]", "p1"),
];

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn request(stripe: &Stripe, method: Method, path: &str) -> RequestBuilder {
    let request = Client::new().request(method, format!("{}{path}", stripe.url));
    request.header("stripe-version", "2025-11-17.clover")
}

async fn answer(response: Response) -> (u16, bool, Value) {
    let replayed = response.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
    (response.status().as_u16(), replayed, response.json().await.expect("JSON"))
}

async fn change(stripe: &Stripe, path: &str, key: &str, fields: &[(&str, &str)]) -> (u16, bool, Value) {
    let request = request(stripe, Method::POST, path).bearer_auth(Stripe::SECRET_KEY);
    let request = request.header("idempotency-key", key).body(encoded(fields));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    answer(request.send().await.expect("an answer")).await
}

fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    GOOD.into_iter().filter(|(field, _)| *field != name).chain([(name, value)]).collect()
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_and_another_question_none() {
    let stripe = Stripe::start().await;
    let path = "/v1/payment_intents";
    let (status, replayed, first) = change(&stripe, path, "k1", &GOOD).await;
    assert_eq!((status, replayed, &first["status"]), (200, false, &Value::from("requires_capture")));
    assert_eq!(change(&stripe, path, "k1", &GOOD).await, (200, true, first));
    let (status, _, other) = change(&stripe, path, "k1", &with("amount", "1251")).await;
    assert_eq!((status, &other["error"]["type"]), (400, &Value::from("idempotency_error")));
    let (status, _, declined) =
        change(&stripe, path, "k2", &with("payment_method", "pm_card_visa_chargeDeclined")).await;
    assert_eq!((status, &declined["error"]["decline_code"]), (402, &Value::from("generic_decline")));
    let (status, replayed, _) =
        change(&stripe, path, "k2", &with("payment_method", "pm_card_visa_chargeDeclined")).await;
    assert_eq!((status, replayed), (402, true), "refusals are remembered too");
    assert_eq!(stripe.intents().len(), 2);
}

#[tokio::test]
async fn wrong_parameters_are_refused_by_name_and_not_remembered() {
    let stripe = Stripe::start().await;
    for (name, value, code) in [
        ("colour", "red", "parameter_unknown"),
        ("amount", "12.50", "parameter_invalid_integer"),
        ("amount", "49", "amount_too_small"),
        ("currency", "USD", "parameter_invalid"),
        ("return_url", "/orders/1", "url_invalid"),
        ("payment_method", "tok_approve", "resource_missing"),
        ("payment_method", "", "parameter_missing"),
    ] {
        let (status, _, refused) = change(&stripe, "/v1/payment_intents", "k", &with(name, value)).await;
        let error = &refused["error"];
        assert_eq!(
            (status, &error["code"], &error["param"]),
            (400, &code.into(), &name.into()),
            "{refused:#}"
        );
    }
    assert_eq!(change(&stripe, "/v1/payment_intents", "k", &GOOD).await.0, 200);
}

#[tokio::test]
async fn an_intent_lives_as_stripe_documents_it() {
    let stripe = Stripe::start().await;
    let (_, _, intent) = change(&stripe, "/v1/payment_intents", "k", &GOOD).await;
    let path = |verb: &str| format!("/v1/payment_intents/{}/{verb}", intent["id"].as_str().expect("an id"));
    let refund = |amount: &'static str| [("payment_intent", "pi_0001"), ("amount", amount)];
    let code = |answer: (u16, bool, Value)| (answer.0, answer.2["error"]["code"].clone());
    let unexpected = (400, Value::from("payment_intent_unexpected_state"));

    assert_eq!(code(change(&stripe, "/v1/refunds", "r0", &refund("100")).await), unexpected);
    let too_much = change(&stripe, &path("capture"), "c0", &[("amount_to_capture", "1251")]).await;
    assert_eq!(code(too_much), (400, Value::from("amount_too_large")));
    assert_eq!(change(&stripe, &path("capture"), "c1", &[]).await.2["amount_received"], 1_250);
    assert_eq!(code(change(&stripe, &path("capture"), "c2", &[]).await), unexpected);
    assert_eq!(code(change(&stripe, &path("cancel"), "v", &[]).await), unexpected);
    assert_eq!(change(&stripe, "/v1/refunds", "r1", &refund("1200")).await.0, 200);
    assert_eq!(change(&stripe, "/v1/refunds", "r2", &refund("51")).await.0, 400);
    assert_eq!(change(&stripe, "/v1/refunds", "r3", &refund("50")).await.0, 200);
    let nothing_left = change(&stripe, "/v1/refunds", "r4", &refund("1")).await;
    assert_eq!(code(nothing_left), (400, Value::from("charge_already_refunded")));
    let kinds = stripe.events().into_iter().map(|event| event["type"].clone()).collect::<Vec<_>>();
    let expected = ["payment_intent.amount_capturable_updated", "payment_intent.succeeded"];
    assert_eq!(kinds, [&expected[..], &["charge.refunded"; 2]].concat());
}

#[tokio::test]
async fn who_does_not_say_who_they_are_or_in_which_version_gets_nothing() {
    let stripe = Stripe::start().await;
    let path = "/v1/payment_intents/pi_0001";
    for key in ["", "sk_test_of_another"] {
        let refused = request(&stripe, Method::GET, path).bearer_auth(key).send().await.expect("an answer");
        assert_eq!(answer(refused).await.0, 401);
    }
    let unversioned = Client::new().get(format!("{}{path}", stripe.url)).bearer_auth(Stripe::SECRET_KEY);
    assert_eq!(answer(unversioned.send().await.expect("an answer")).await.0, 400);
    let unknown = request(&stripe, Method::GET, path).bearer_auth(Stripe::SECRET_KEY);
    assert_eq!(answer(unknown.send().await.expect("an answer")).await.0, 404);
}

#[tokio::test]
async fn an_answer_that_is_lost_was_given_all_the_same() {
    let stripe = Stripe::start().await;
    stripe.stumble(Stumble::LoseAnswer);
    let lost = request(&stripe, Method::POST, "/v1/payment_intents").bearer_auth(Stripe::SECRET_KEY);
    let lost =
        lost.header("idempotency-key", "k").header("content-type", "application/x-www-form-urlencoded");
    let lost = lost.body(encoded(&GOOD)).send().await;
    let read = match lost {
        Ok(answer) => answer.bytes().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(read.is_err());
    let (status, replayed, intent) = change(&stripe, "/v1/payment_intents", "k", &GOOD).await;
    assert_eq!((status, replayed), (200, true));
    assert_eq!(stripe.intent()["id"], intent["id"]);
}
