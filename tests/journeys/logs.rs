//! What the shop writes down, and what it must not.

use merkato_tests::{
    api::{Caller, fresh_key, order_paid_with},
    shop::Builder,
};
use reqwest::Method;
use serde_json::Value;

/// The trace that the shopper's client began.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// As much as a shop ever logs: all of its own, and what its libraries have to say of requests and statements.
const EVERYTHING: &str = "debug,merkato=trace,spinlet=trace,cranelift_codegen=info,wasmtime=info";

#[tokio::test]
async fn a_purchase_leaves_no_personal_data_and_no_secret_in_the_log() {
    // A subscriber that refuses makes the worker speak of deliveries too.
    let shop = Builder::new()
        .with_log()
        .flag("--log-format", "json")
        .flag("--log", EVERYTHING)
        .flag("--subscriber", "mail=http://127.0.0.1:9/")
        .start()
        .await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let request = guest
        .request(Method::POST, "/api/orders")
        .header("idempotency-key", fresh_key())
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&order_paid_with("tok_timeout"));
    let placed = guest.send(request).await.expect(201);
    guest.order(&placed).await;
    guest.set_line("SINI-W", 1).await.expect(200);
    guest.place_order("tok_insufficient_funds").await.problem(402, "payment_declined");
    let secrets = ["service_token", "cookie_key", "backoffice_key", "sandbox_webhook_secret"]
        .map(|name| shop.secret(name));
    let logged = shop.stop().await.logged();

    let lines =
        logged.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}")));
    let lines = lines.collect::<Vec<_>>();
    assert!(lines.iter().all(|line| line["level"].is_string() && line["time"].is_string()));
    let traced = |target: &str| {
        lines.iter().any(|line| {
            line["trace_id"] == TRACE && line["target"].as_str().unwrap_or("").starts_with(target)
        })
    };
    assert!(traced("merkato"), "the coordinator's lines name the trace:\n{logged}");
    assert!(lines.iter().any(|line| line["target"] == "spinlet::guest"), "guests' lines are there");

    let personal =
        ["hanna@merkato.example", "Hanna", "12 Market Street", "97201", "tok_timeout", "tok_insufficient"];
    let tokens =
        [guest.cart_token.as_deref(), placed["access_token"].as_str()].map(|token| token.expect("a token"));
    for hidden in personal.iter().copied().chain(tokens).chain(secrets.iter().map(String::as_str)) {
        let line = logged.lines().find(|line| line.contains(hidden));
        assert!(line.is_none(), "{hidden} stands in the log: {}", line.unwrap_or_default());
    }
}
