//! What gateways do: refuse, stay silent, ask back, and come late.

use std::time::Duration;

use futures::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use merkato_tests::{
    api::{Answer, Caller, fresh_key},
    shop::{Builder, Shop},
    till,
};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::Connection as _;

on_each_engine! {
    a_declined_payment_frees_the_stock_gives_the_cart_back_and_can_be_tried_again,
    a_gateway_that_does_not_answer_is_asked_again_with_the_same_key,
    a_challenged_payment_waits_for_the_webhook_and_a_repeated_one_changes_nothing,
    money_that_comes_after_the_reservation_ended_is_matched_with_new_stock,
    money_that_comes_after_the_goods_are_gone_goes_back,
    a_challenge_that_nobody_answers_expires_and_frees_the_stock,
    refunds_that_come_at_once_never_give_back_more_than_was_paid,
    a_question_that_is_repeated_at_once_has_one_answer,
}

/// Polls of an order before a test gives up on the state that it waits for; each poll is one request.
const POLLS_MAX: u32 = 600;

/// Reads the order until it is in `state`. A poll waits for nothing but the shop's answer and a turn of the timer.
pub async fn until_state(guest: &Caller, placed: &Value, state: &str) -> Value {
    until(guest, placed, state, |order| order["state"] == state).await
}

/// Reads the order until its payment is in `state`.
pub async fn until_payment(guest: &Caller, placed: &Value, state: &str) -> Value {
    until(guest, placed, state, |order| order["payment"]["state"] == state).await
}

async fn until(guest: &Caller, placed: &Value, wanted: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    until_true(wanted, async || is_so(&guest.order(placed).await)).await;
    guest.order(placed).await
}

/// Looks until `is_so`, and fails after [`POLLS_MAX`] looks. `wanted` is what it waits for.
pub async fn until_true(wanted: &str, is_so: impl AsyncFn() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..POLLS_MAX {
        if is_so().await {
            return;
        }
        tick.tick().await;
    }
    panic!("waited in vain: {wanted}");
}

/// What the sandbox sends when it has decided, signed with the shop's secret.
pub async fn webhook(shop: &Shop, event: &Value, secret: &str, age_seconds: i64) -> Answer {
    let now = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    let time = i64::try_from(now).expect("a time") - age_seconds;
    let body = event.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(format!("{time}.{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let guest = Caller::guest(shop);
    let request = guest.request(reqwest::Method::POST, "/api/payments/webhooks/sandbox");
    let request = request.header("sandbox-signature", format!("t={time},v1={signature}"));
    guest.send(request.header("content-type", "application/json").body(body)).await
}

/// The payments service's name for the first try at paying an order.
pub async fn payment_id(shop: &Shop, placed: &Value) -> String {
    let mut till = till::open(shop).await;
    let query = "SELECT CAST(payment_id AS TEXT) FROM order_payment
                 WHERE CAST(order_id AS TEXT) = $1 AND attempt = 1";
    sqlx::query_scalar(query)
        .bind(placed["id"].as_str().expect("an id").to_owned())
        .fetch_one(&mut till)
        .await
        .expect("a payment")
}

async fn approval(shop: &Shop, placed: &Value) -> Value {
    json!({ "event_id": "evt-1", "payment_id": payment_id(shop, placed).await, "outcome": "approved" })
}

async fn a_declined_payment_frees_the_stock_gives_the_cart_back_and_can_be_tried_again(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 2).await.expect(200);
    let problem = guest.place_order("tok_decline").await.problem(402, "payment_declined");
    let declined = &problem["order"];
    assert_eq!(declined["state"], "payment_failed");
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 0));
    assert_eq!(guest.get("/api/cart").await.expect(200)["lines"][0]["quantity"], 2);

    let path = format!("/api/orders/{}/payment", declined["id"].as_str().expect("an id"));
    let pay = |token: &'static str| {
        let request =
            guest.request(reqwest::Method::POST, &path).json(&json!({ "method": "card", "token": token }));
        guest.send(request.header("x-order-token", declined["access_token"].as_str().expect("a token")))
    };
    pay("tok_insufficient_funds").await.problem(402, "payment_declined");
    assert_eq!(pay("tok_approve").await.expect(200)["state"], "confirmed");
    assert_eq!(till::stock(&shop, "SINI-B").await, (8, 0));
    assert_eq!(
        guest.get("/api/cart").await.expect(200)["lines"],
        json!([]),
        "bought, and not to be bought again"
    );
    pay("tok_approve").await.problem(409, "order_state");
    till::assert_books_balance(&shop).await;
}

async fn a_gateway_that_does_not_answer_is_asked_again_with_the_same_key(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 1).await.expect(200);
    let placed = guest.place_order("tok_timeout").await.expect(201);
    let order = until_state(&guest, &placed, "confirmed").await;
    assert_eq!(order["payment"]["state"], "authorized");
    assert_eq!(till::stock(&shop, "SINI-B").await, (9, 0));
    till::assert_books_balance(&shop).await;
}

async fn a_challenged_payment_waits_for_the_webhook_and_a_repeated_one_changes_nothing(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 1).await.expect(200);
    let placed = guest.place_order("tok_challenge").await.expect(201);
    assert_eq!(placed["state"], "pending_payment");
    assert!(placed["payment"]["redirect_url"].as_str().expect("an address").starts_with(&shop.url));
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 1));

    let (event, secret) = (approval(&shop, &placed).await, shop.secret("sandbox_webhook_secret"));
    webhook(&shop, &event, "another secret", 0).await.problem(401, "unauthenticated");
    webhook(&shop, &event, &secret, 3_600).await.problem(401, "unauthenticated");
    assert_eq!(guest.order(&placed).await["state"], "pending_payment");
    for _ in 0..3 {
        assert_eq!(webhook(&shop, &event, &secret, 0).await.status, 204);
    }
    assert_eq!(guest.order(&placed).await["state"], "confirmed");
    assert_eq!(till::stock(&shop, "SINI-B").await, (9, 0));
    till::assert_books_balance(&shop).await;
}

async fn money_that_comes_after_the_reservation_ended_is_matched_with_new_stock(shop: Builder) {
    let shop = shop.flag("--reservation-seconds", "1").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 1).await.expect(200);
    let placed = guest.place_order("tok_late").await.expect(201);
    until_state(&guest, &placed, "expired").await;
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 0));
    let event = approval(&shop, &placed).await;
    assert_eq!(webhook(&shop, &event, &shop.secret("sandbox_webhook_secret"), 0).await.status, 204);
    assert_eq!(guest.order(&placed).await["state"], "confirmed");
    assert_eq!(till::stock(&shop, "SINI-B").await, (9, 0));
    till::assert_books_balance(&shop).await;
}

async fn money_that_comes_after_the_goods_are_gone_goes_back(shop: Builder) {
    let shop = shop.flag("--reservation-seconds", "1").start().await;
    let mut late = Caller::guest(&shop);
    late.set_line("GABI", 1).await.expect(200);
    let placed = late.place_order("tok_late").await.expect(201);
    until_state(&late, &placed, "expired").await;
    let mut quick = Caller::guest(&shop);
    quick.set_line("GABI", 1).await.expect(200);
    assert_eq!(quick.place_order("tok_approve").await.expect(201)["state"], "confirmed");

    let event = approval(&shop, &placed).await;
    assert_eq!(webhook(&shop, &event, &shop.secret("sandbox_webhook_secret"), 0).await.status, 204);
    let order = late.order(&placed).await;
    assert_eq!((&order["state"], &order["payment"]["state"]), (&json!("cancelled"), &json!("voided")));
    assert_eq!(till::stock(&shop, "GABI").await, (0, 0));
    till::assert_books_balance(&shop).await;
}

async fn a_challenge_that_nobody_answers_expires_and_frees_the_stock(shop: Builder) {
    let shop = shop.flag("--reservation-seconds", "1").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("GABI", 1).await.expect(200);
    let placed = guest.place_order("tok_challenge").await.expect(201);
    until_state(&guest, &placed, "expired").await;
    assert_eq!(till::stock(&shop, "GABI").await, (1, 0));
    assert_eq!(guest.get("/api/cart").await.expect(200)["lines"][0]["sku"], "GABI");
    till::assert_books_balance(&shop).await;
}

/// A payment of `amount` that the service was asked for by the coordinator's right.
fn authorization(amount: i64) -> Value {
    json!({
        "payment_id": fresh_key(), "order_id": fresh_key(), "attempt": 1, "method": "card",
        "token": "tok_approve", "amount": { "amount": amount, "currency": "USD" },
    })
}

/// The address of a question about a payment.
fn question(payment: &Value, verb: &str) -> String {
    format!("/internal/payments/{}/{verb}", payment["payment_id"].as_str().expect("an id"))
}

async fn refunds_that_come_at_once_never_give_back_more_than_was_paid(shop: Builder) {
    let shop = shop.start().await;
    let service = Caller::with_token(&shop, shop.secret("service_token"));
    for _ in 0..3 {
        let payment = authorization(1_000);
        service.post("/internal/payments/authorize", &payment).await.expect(200);
        service.post(&question(&payment, "capture"), &json!({})).await.expect(200);
        let refunds = (0..8)
            .map(|_| json!({ "refund_key": fresh_key(), "amount": { "amount": 400, "currency": "USD" } }))
            .collect::<Vec<_>>();
        let path = question(&payment, "refund");
        let answers = join_all(refunds.iter().map(|refund| service.post(&path, refund))).await;
        let given = refunds.iter().zip(&answers).filter(|(_, answer)| answer.body["outcome"] == "done");
        let given = given.map(|(refund, _)| refund).collect::<Vec<_>>();
        assert_eq!(given.len(), 2, "{answers:#?}");
        for answer in &answers {
            let outcome = answer.clone().expect(200)["outcome"].clone();
            assert!(outcome == "done" || outcome == "refused", "{outcome}");
        }
        // Asked again, they are what they were.
        for refund in given {
            service.post(&path, refund).await.expect(200);
        }
    }
}

async fn a_question_that_is_repeated_at_once_has_one_answer(shop: Builder) {
    let shop = shop.start().await;
    let service = Caller::with_token(&shop, shop.secret("service_token"));
    let payment = authorization(1_000);
    let ask = || service.post("/internal/payments/authorize", &payment);
    for answer in join_all((0..6).map(|_| ask())).await {
        assert_eq!(answer.expect(200)["outcome"], "approved");
    }
    let (path, nothing) = (question(&payment, "capture"), json!({}));
    for answer in join_all((0..6).map(|_| service.post(&path, &nothing))).await {
        answer.expect(200);
    }
    let refund = json!({ "refund_key": fresh_key(), "amount": { "amount": 1_000, "currency": "USD" } });
    let path = question(&payment, "refund");
    for answer in join_all((0..6).map(|_| service.post(&path, &refund))).await {
        answer.expect(200);
    }
    let voided = service.post(&question(&payment, "void"), &json!({})).await.expect(200);
    assert_eq!(voided["outcome"], "captured", "money that was taken cannot be let go");
}

/// Tells the shop that the first try at paying `placed` came to `outcome`.
pub async fn tell(shop: &Shop, placed: &Value, event_id: &str, outcome: &str) {
    let payment_id = payment_id(shop, placed).await;
    let event = json!({ "event_id": event_id, "payment_id": payment_id, "outcome": outcome });
    let answer = webhook(shop, &event, &shop.secret("sandbox_webhook_secret"), 0).await;
    assert_eq!(answer.status, 204, "{:#}", answer.body);
}

#[tokio::test]
async fn a_first_try_that_is_approved_or_even_charged_late_does_not_charge_an_order_twice() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 1).await.expect(200);
    let placed = guest.place_order("tok_challenge").await.expect(201);
    for (event, outcome) in [("evt-declined", "declined"), ("evt-at-last", "approved")] {
        tell(&shop, &placed, event, outcome).await;
        assert_eq!(guest.order(&placed).await["state"], "payment_failed", "after {outcome}");
    }
    let path = format!("/api/orders/{}/payment", placed["id"].as_str().expect("an id"));
    let again = guest.request(reqwest::Method::POST, &path);
    let again = again.header("x-order-token", placed["access_token"].as_str().expect("a token"));
    let again = again.json(&json!({ "method": "card", "token": "tok_approve" }));
    assert_eq!(guest.send(again).await.expect(200)["state"], "confirmed");

    tell(&shop, &placed, "evt-approved", "approved").await;
    let order = guest.order(&placed).await;
    assert_eq!((&order["state"], &order["payment"]["state"]), (&json!("confirmed"), &json!("authorized")));
    tell(&shop, &placed, "evt-captured", "captured").await;
    tell(&shop, &placed, "evt-captured-again", "captured").await;
    let order = guest.order(&placed).await;
    assert_eq!((&order["state"], &order["payment"]["state"]), (&json!("confirmed"), &json!("authorized")));
    let note = order["history"].as_array().and_then(|steps| steps.last()).expect("a step")["note"].clone();
    assert!(note.as_str().expect("a note").starts_with("An earlier payment of"), "{note}");

    // The charge goes back as a whole, and once.
    until_true("no work is left", async || till::tasks(&shop).await == 0).await;
    let refunds = payments_books(&shop, "SELECT count(*) FROM refund WHERE done_at IS NOT NULL").await;
    assert_eq!(refunds, 1);
    till::assert_books_balance(&shop).await;
}

/// A count in the payments service's own books.
pub async fn payments_books(shop: &Shop, query: &'static str) -> i64 {
    let path = shop.data_dir().join("services/sqlite/payments.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("its database");
    sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a count")
}

#[tokio::test]
async fn money_that_comes_for_an_order_that_was_called_off_is_let_go() {
    let shop = Shop::start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("GABI", 1).await.expect(200);
    let placed = user.place_order("tok_challenge").await.expect(201);
    let path = format!("/api/orders/{}", placed["id"].as_str().expect("an id"));
    let cancelled = user.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled["payment"]["state"], "voided");
    tell(&shop, &placed, "evt-1", "approved").await;
    let order = user.get(&path).await.expect(200);
    assert_eq!((&order["state"], &order["payment"]["state"]), (&json!("cancelled"), &json!("voided")));
    assert_eq!(till::stock(&shop, "GABI").await, (1, 0));
    let held = "SELECT count(*) FROM payment WHERE state NOT IN ('voiding', 'voided')";
    assert_eq!(payments_books(&shop, held).await, 0);
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn an_old_event_undoes_nothing_and_one_of_another_shop_is_acknowledged() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 1).await.expect(200);
    let placed = guest.place_order("tok_approve").await.expect(201);
    tell(&shop, &placed, "evt-old", "declined").await;
    let order = guest.order(&placed).await;
    assert_eq!((&order["state"], &order["payment"]["state"]), (&json!("confirmed"), &json!("authorized")));

    let secret = shop.secret("sandbox_webhook_secret");
    for stranger in ["0192c7d8-0000-7000-8000-000000000001", "another-shop's-name"] {
        let event = json!({ "event_id": "evt-strange", "payment_id": stranger, "outcome": "approved" });
        assert_eq!(webhook(&shop, &event, &secret, 0).await.status, 204, "{stranger}");
    }
    assert_eq!(payments_books(&shop, "SELECT count(*) FROM payment").await, 1);
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn of_taking_money_and_letting_it_go_at_once_only_one_happens() {
    let shop = Shop::start().await;
    let (payments, nothing) = (Caller::with_token(&shop, shop.secret("service_token")), json!({}));
    for _ in 0..5 {
        let mut guest = Caller::guest(&shop);
        guest.set_line("SINI-W", 1).await.expect(200);
        let placed = guest.place_order("tok_approve").await.expect(201);
        let path = format!("/internal/payments/{}", payment_id(&shop, &placed).await);
        let (capture, void) = (format!("{path}/capture"), format!("{path}/void"));
        let (taken, let_go) = tokio::join!(payments.post(&capture, &nothing), payments.post(&void, &nothing));
        match taken.expect(200)["outcome"].as_str() {
            // Letting go came while it was being taken, or after.
            Some("captured") => match let_go.status.as_u16() {
                409 => {}
                _ => assert_eq!(let_go.expect(200)["outcome"], "captured"),
            },
            Some("refused") => assert_eq!(let_go.expect(200)["outcome"], "done"),
            other => panic!("{other:?}"),
        }
    }
}
