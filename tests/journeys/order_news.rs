//! Shoppers who watch an order, order it again, or want its invoice.

use std::time::Duration;

use merkato_tests::{
    api::{Answer, Caller, fresh_key, names_field, order_paid_with},
    coordinator::{self, Coordinator, SKU},
    metrics::Metrics,
    payments::Payments,
    shop::Builder,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::timeout};

on_each_engine! {
    news_of_an_order_come_when_there_are_some,
    what_was_ordered_once_comes_into_the_cart_again,
    an_invoice_is_written_once_the_order_is_paid,
}

/// Less than a shopper would have to wait who is told nothing, and more than anything else takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn path_of(order: &Value, rest: &str) -> String {
    format!("/api/orders/{}{rest}", order["id"].as_str().expect("an id"))
}

async fn news_of_an_order_come_when_there_are_some(shop: Builder) {
    let shop = shop.start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-W", 1).await.expect(200);
    let placed = user.place_order("tok_approve").await.expect(201);
    let version = placed["version"].as_i64().expect("a version");
    let since = |version: i64, wait: &str| path_of(&placed, &format!("?since={version}&wait={wait}"));
    let known = timeout(PATIENCE, user.get(&since(version - 1, "25"))).await.expect("an answer at once");
    assert_eq!(known.expect(200), user.get(&path_of(&placed, "")).await.expect(200));
    let unchanged = user.get(&since(version, "1")).await.expect(200);
    assert_eq!(unchanged["version"], version, "as it stands, when the wait is over");

    let staff = Caller::staff(&shop).await;
    let shipment = json!({ "carrier": "Addis Post", "tracking_number": "AP-1" });
    let ship_path = path_of(&placed, "/ship");
    let (path, ship) = (since(version, "25"), staff.post(&ship_path, &shipment));
    let (news, _) = tokio::join!(timeout(PATIENCE, user.get(&path)), ship);
    let news = news.expect("news in time").expect(200);
    assert_eq!((&news["state"], news["version"].as_i64() > Some(version)), (&json!("shipped"), true));

    let stranger = Caller::with_token(&shop, shop.token("customer").await);
    stranger.get(&path).await.problem(404, "not_found");
    for (query, field) in [
        ("wait=5", "since"),
        ("since=1&wait=0", "wait"),
        ("since=1&wait=26", "wait"),
        ("since=1&wait=-5", "wait"),
        ("since=x&wait=5", "since"),
        ("since=1&wait=long", "wait"),
    ] {
        let problem = user.get(&path_of(&placed, &format!("?{query}"))).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{query}: {problem:#}");
    }
}

async fn what_was_ordered_once_comes_into_the_cart_again(shop: Builder) {
    let shop = shop.start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    for (sku, quantity) in [("SINI-W", 3), ("SINI-B", 6), ("GABI", 1)] {
        user.set_line(sku, quantity).await.expect(200);
    }
    let placed = user.place_order("tok_approve").await.expect(201);
    user.set_line("SINI-W", 1).await.expect(200);
    let withdrawn = json!({
        "title": "Gabi", "price": { "amount": 8_900, "currency": "USD" }, "tax_class": "standard",
        "weight_grams": 1_400, "version": 1_000_000_000_000_000_i64, "active": false,
    });
    assert_eq!(Caller::service(&shop).put("/v1/offers/GABI", &withdrawn).await.status, 204);
    for _ in 0..2 {
        let again = user.post(&path_of(&placed, "/reorder"), &json!({})).await.expect(200);
        let quantities = again["lines"].as_array().expect("lines").iter().map(|line| &line["quantity"]);
        assert_eq!(quantities.collect::<Vec<_>>(), [&json!(3), &json!(4)], "twice is once: {again:#}");
        assert_eq!(again["unavailable"][1]["reason"], "not_sold");
        let reason = &again["unavailable"][0]["reason"];
        assert!([json!("fewer_left"), json!("sold_out")].contains(reason), "{again:#}");
        assert_eq!(again["unavailable"][0]["sku"], "SINI-B");
    }
    assert_eq!(user.get("/api/cart").await.expect(200)["subtotal"]["amount"], 3 * 900 + 4 * 1_100);

    let stranger = Caller::with_token(&shop, shop.token("customer").await);
    stranger.post(&path_of(&placed, "/reorder"), &json!({})).await.problem(404, "not_found");
    let staff = Caller::staff(&shop).await;
    staff.post(&path_of(&placed, "/reorder"), &json!({})).await.problem(404, "not_found");
    Caller::guest(&shop).post(&path_of(&placed, "/reorder"), &json!({})).await.problem(404, "not_found");

    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 2).await.expect(200);
    let placed = guest.place_order("tok_approve").await.expect(201);
    let newcomer = Caller::guest(&shop);
    let token = placed["access_token"].as_str().expect("a token");
    let reorder =
        newcomer.request(Method::POST, &path_of(&placed, "/reorder")).header("x-order-token", token);
    let again = newcomer.send(reorder).await.expect(200);
    assert_eq!((&again["lines"][0]["quantity"], &again["unavailable"]), (&json!(2), &json!([])));
    let named = newcomer.with_cart(again["cart_token"].as_str().expect("a cart of their own"));
    assert_eq!(named.get("/api/cart").await.expect(200)["lines"], again["lines"]);
}

async fn an_invoice_is_written_once_the_order_is_paid(shop: Builder) {
    let shop = shop
        .flag("--seller-name", "Hanna PLC")
        .flag("--seller-address", "Bole Road 1; 1000 Addis Ababa")
        .flag("--seller-tax-id", "ET-7")
        .start()
        .await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-W", 1).await.expect(200);
    let declined = user.place_order("tok_decline").await.problem(402, "payment_declined")["order"].clone();
    let path = path_of(&declined, "/invoice");
    user.get(&path).await.problem(409, "order_state");
    let again = json!({ "method": "card", "token": "tok_approve" });
    user.post(&path_of(&declined, "/payment"), &again).await.expect(200);
    let invoice = user.get(&path).await.expect(200);
    let seller =
        json!({ "name": "Hanna PLC", "address": ["Bole Road 1", "1000 Addis Ababa"], "tax_id": "ET-7" });
    assert_eq!((&invoice["number"], &invoice["seller"]), (&declined["number"], &seller));
    let history = invoice["order"]["history"].as_array().expect("a history");
    let paid = history.iter().find(|entry| entry["state"] == "confirmed").expect("it was paid");
    assert_eq!(invoice["issued_at"], paid["at"]);
    assert_eq!(invoice["order"]["totals"]["subtotal"]["amount"], 900);
    Caller::staff(&shop).await.get(&path).await.expect(200);
    let stranger = Caller::with_token(&shop, shop.token("customer").await);
    stranger.get(&path).await.problem(404, "not_found");
    user.post(&path, &json!({})).await.problem(405, "method_not_allowed");
}

/// A coordinator whose payments are slow, and whose answers do not wait for them.
fn hasty(payments: &Payments) -> coordinator::Builder {
    coordinator::Builder::new().payments(&payments.url).flag("--answer-wait-seconds", "0")
}

/// Places an order that is not paid yet.
async fn unpaid(till: &Coordinator) -> Value {
    till.fill_cart().await;
    let placed = till.place_order().await.expect(201);
    assert_eq!(placed["state"], "pending_payment");
    placed
}

/// Somebody who waits for news of `order` at `till`.
fn waiting(till: &Coordinator, order: &Value) -> JoinHandle<Answer> {
    let path = format!(
        "/v1/orders/{}?since={}&wait=25",
        order["id"].as_str().expect("an id"),
        order["version"].as_i64().expect("a version")
    );
    let caller = till.anybody();
    let token = order["access_token"].as_str().expect("a token");
    let request = caller.request(Method::GET, &path).header("x-order-token", token);
    tokio::spawn(async move { caller.send(request).await })
}

async fn until_so_many_watch(till: &Coordinator, watchers: i64) {
    let watched = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while Metrics::at(&till.url).await.count("merkato_order_watchers") != watchers {
            tick.tick().await;
        }
    };
    timeout(PATIENCE, watched).await.expect("as many as expected");
}

async fn who_waits_hears_of_the_payment(placing: &Coordinator, watching: &Coordinator, payments: &Payments) {
    let order = unpaid(placing).await;
    let waiters = [waiting(watching, &order), waiting(watching, &order)];
    until_so_many_watch(watching, 2).await;
    payments.answer_all();
    for waiter in waiters {
        let news = timeout(PATIENCE, waiter).await.expect("news in time").expect("a waiter").expect(200);
        assert_eq!(news["state"], "confirmed");
    }
    until_so_many_watch(watching, 0).await;
}

#[tokio::test]
async fn who_waits_hears_of_the_payment_at_once() {
    let payments = Payments::start().await;
    let till = hasty(&payments).start().await;
    who_waits_hears_of_the_payment(&till, &till, &payments).await;
}

#[tokio::test]
async fn who_waits_hears_of_what_another_coordinator_did() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let payments = Payments::start().await;
    let builder = hasty(&payments).database(&database.url);
    let twin = builder.twin();
    let (till, twin) = (builder.start().await, twin.start().await);
    who_waits_hears_of_the_payment(&till, &twin, &payments).await;
}

#[tokio::test]
async fn who_hangs_up_is_waited_for_no_longer() {
    let payments = Payments::start().await;
    let till = hasty(&payments).start().await;
    let order = unpaid(&till).await;
    let waiter = waiting(&till, &order);
    until_so_many_watch(&till, 1).await;
    waiter.abort();
    until_so_many_watch(&till, 0).await;
}

#[tokio::test]
async fn who_waits_does_not_hold_up_the_end() {
    let payments = Payments::start().await;
    let till = hasty(&payments).start().await;
    let order = unpaid(&till).await;
    let waiter = waiting(&till, &order);
    until_so_many_watch(&till, 1).await;
    till.ask_to_stop().await;
    let answer = timeout(PATIENCE, waiter).await.expect("an answer in time").expect("a waiter").expect(200);
    assert_eq!(answer["version"], order["version"]);
    payments.answer_all();
    assert!(till.ended().await.0.success());
}

#[tokio::test]
async fn a_crowd_that_watches_leaves_room_for_shoppers() {
    let payments = Payments::start().await;
    let till = hasty(&payments).start().await;
    let order = unpaid(&till).await;
    let waiters = (0..100).map(|_| waiting(&till, &order)).collect::<Vec<_>>();
    until_so_many_watch(&till, 64).await;
    let service = till.service();
    service.put(&format!("/v1/cart/lines/{SKU}"), &json!({ "quantity": 1 })).await.expect(200);
    let request = service.request(Method::POST, "/v1/orders").header("idempotency-key", fresh_key());
    service.send(request.json(&order_paid_with("tok_approve"))).await.expect(201);
    payments.answer_all();
    for waiter in waiters {
        let answer = timeout(PATIENCE, waiter).await.expect("an answer in time").expect("a waiter");
        answer.expect(200);
    }
}
