//! What becomes of the money after an order is confirmed: taken, refused, given back.

use futures::future::join_all;
use merkato_tests::{
    api::{Answer, Caller, names_field},
    shop::{Builder, Shop},
    till,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::payments::{payment_id, payments_books, tell, until_payment, until_true};

/// A guest's order of the given lines, paid with `token`.
async fn placed(shop: &Shop, lines: &[(&str, i64)], token: &str) -> (Caller, Value) {
    let mut guest = Caller::guest(shop);
    for (sku, quantity) in lines {
        guest.set_line(sku, *quantity).await.expect(200);
    }
    let placed = guest.place_order(token).await.expect(201);
    (guest, placed)
}

fn path(placed: &Value, verb: &str) -> String {
    format!("/api/orders/{}/{verb}", placed["id"].as_str().expect("an id"))
}

async fn ship(staff: &Caller, placed: &Value) -> Answer {
    let shipment = json!({ "carrier": "Addis Post", "tracking_number": "AP-1" });
    staff.post(&path(placed, "ship"), &shipment).await
}

fn usd(amount: i64) -> Value {
    json!({ "amount": { "amount": amount, "currency": "USD" } })
}

/// Staff's wish to have the money that is set aside, once more.
async fn charge_again(caller: &Caller, placed: &Value) -> Answer {
    caller.send(caller.request(Method::POST, &path(placed, "payment"))).await
}

#[tokio::test]
async fn money_is_taken_when_the_parcel_leaves() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let (guest, order) = placed(&shop, &[("SINI-B", 1)], "tok_approve").await;
    assert_eq!(order["payment"]["state"], "authorized");
    ship(&staff, &order).await.expect(200);
    let shipped = until_payment(&guest, &order, "captured").await;
    assert_eq!(shipped["state"], "shipped");
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn a_till_that_is_set_to_takes_money_with_the_order() {
    let shop = Builder::new().flag("--capture", "order").start().await;
    let (guest, order) = placed(&shop, &[("SINI-B", 1)], "tok_approve").await;
    assert_eq!(until_payment(&guest, &order, "captured").await["state"], "confirmed");
    let cancelled = Caller::staff(&shop).await.post(&path(&order, "cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled["state"], "cancelled");
    until_payment(&guest, &order, "refunded").await;
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 0));
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn a_refused_capture_of_a_sent_order_is_seen_told_and_tried_again_by_staff() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let (guest, order) = placed(&shop, &[("SINI-B", 1)], "tok_capture_refused").await;
    ship(&staff, &order).await.expect(200);
    let failed = until_payment(&guest, &order, "capture_failed").await;
    assert_eq!(failed["state"], "shipped");
    let note = &failed["history"].as_array().and_then(|steps| steps.last()).expect("a step")["note"];
    assert_eq!(note, "Your payment could not be charged: the bank's approval has expired");
    let told = async || {
        let id = order["id"].as_str().expect("an id");
        till::events(&shop, "merkato.order.capture_failed", id).await
    };
    assert_eq!(told().await, 1);

    charge_again(&guest, &order).await.problem(415, "unsupported_media_type");
    let again = charge_again(&staff, &order).await.expect(200);
    assert_eq!(again["payment"]["state"], "capture_failed");
    assert_eq!(told().await, 2);
    // Somebody sorted it out with the bank.
    tell(&shop, &order, "evt-1", "captured").await;
    assert_eq!(guest.order(&order).await["payment"]["state"], "captured");
    charge_again(&staff, &order).await.problem(409, "order_state");
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn goods_whose_money_was_refused_stay_and_can_be_called_off() {
    let shop = Builder::new().flag("--capture", "order").start().await;
    let staff = Caller::staff(&shop).await;
    let (guest, order) = placed(&shop, &[("SINI-B", 1)], "tok_capture_refused").await;
    until_payment(&guest, &order, "capture_failed").await;
    ship(&staff, &order).await.problem(409, "order_state");
    let cancelled = staff.post(&path(&order, "cancel"), &json!({})).await.expect(200);
    assert_eq!(
        (&cancelled["state"], &cancelled["payment"]["state"]),
        (&json!("cancelled"), &json!("voided"))
    );
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 0));
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn money_that_is_taken_while_the_order_is_called_off_goes_back() {
    let shop = Builder::new().flag("--capture", "order").start().await;
    let staff = Caller::staff(&shop).await;
    let (guest, order) = placed(&shop, &[("SINI-B", 2)], "tok_capture_slow").await;
    let capturing = until_payment(&guest, &order, "capturing").await;
    assert_eq!(capturing["state"], "confirmed");
    let cancelled = staff.post(&path(&order, "cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled["payment"]["state"], "capturing", "its answer decides");
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 0));
    for event in ["evt-1", "evt-1", "evt-2"] {
        tell(&shop, &order, event, "captured").await;
    }
    assert_eq!(until_payment(&guest, &order, "refunded").await["state"], "cancelled");
    let refunds = "SELECT count(*) FROM refund WHERE done_at IS NOT NULL";
    assert_eq!(payments_books(&shop, refunds).await, 1);
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn money_that_is_being_taken_cannot_be_let_go_meanwhile() {
    let shop = Builder::new().flag("--capture", "order").start().await;
    let (_, order) = placed(&shop, &[("SINI-B", 1)], "tok_capture_slow").await;
    let capturing = "SELECT count(*) FROM payment WHERE state = 'capturing'";
    until_true("it is being taken", async || payments_books(&shop, capturing).await == 1).await;
    let payments = Caller::with_token(&shop, shop.secret("service_token"));
    let void = format!("/internal/payments/{}/void", payment_id(&shop, &order).await);
    payments.post(&void, &json!({})).await.problem(409, "conflict");
}

#[tokio::test]
async fn money_that_cannot_be_let_go_because_the_bank_took_it_goes_back() {
    let shop = Shop::start().await;
    let (guest, order) = placed(&shop, &[("GABI", 1)], "tok_captured_early").await;
    let staff = Caller::staff(&shop).await;
    staff.post(&path(&order, "cancel"), &json!({})).await.expect(200);
    assert_eq!(until_payment(&guest, &order, "refunded").await["state"], "cancelled");
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn refunds_never_exceed_what_was_paid_and_all_of_it_ends_the_order() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let (guest, order) = placed(&shop, &[("SINI-B", 1)], "tok_approve").await;
    let total = order["totals"]["total"]["amount"].as_i64().expect("a total");
    staff.post(&path(&order, "refund"), &usd(100)).await.problem(409, "order_state");
    ship(&staff, &order).await.expect(200);
    until_payment(&guest, &order, "captured").await;
    let (one, other) = (path(&order, "refund"), usd(total - 1));
    let (first, second) = tokio::join!(staff.post(&one, &other), staff.post(&one, &other));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "of two that want almost everything one gets it");
    let problem = staff.post(&one, &usd(2)).await.problem(422, "invalid");
    assert!(names_field(&problem, "amount"), "{problem:#}");
    assert_eq!(staff.post(&one, &usd(1)).await.expect(200)["state"], "refunded");
    staff.post(&one, &usd(1)).await.problem(409, "order_state");
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn the_refunds_of_all_pieces_give_exactly_what_was_paid() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 3).await.expect(200);
    guest.set_line("SINI-B", 1).await.expect(200);
    guest.post("/api/cart/promotions", &json!({ "code": "WELCOME10" })).await.expect(200);
    let order = guest.place_order("tok_approve").await.expect(201);
    ship(&staff, &order).await.expect(200);
    until_payment(&guest, &order, "captured").await;

    let refund = |lines: Value| {
        let (staff, path) = (staff.clone(), path(&order, "refund"));
        async move { staff.post(&path, &json!({ "lines": lines })).await }
    };
    let white = |quantity: i64| json!({ "sku": "SINI-W", "quantity": quantity });
    let some = refund(json!([white(1)])).await.expect(200);
    assert_eq!(
        (&some["payment"]["state"], &some["lines"][0]["refunded"]),
        (&json!("partially_refunded"), &json!(1))
    );
    let problem = refund(json!([white(3)])).await.problem(422, "invalid");
    assert!(names_field(&problem, "lines[0].quantity"), "{problem:#}");
    let problem = refund(json!([{ "sku": "GABI", "quantity": 1 }])).await.problem(422, "invalid");
    assert!(names_field(&problem, "lines[0].sku"), "{problem:#}");
    refund(json!([white(1), white(1)])).await.problem(422, "invalid");
    refund(json!([white(1)])).await.expect(200);
    let whole = refund(json!([white(1), { "sku": "SINI-B", "quantity": 1 }])).await.expect(200);
    assert_eq!((&whole["state"], &whole["payment"]["state"]), (&json!("refunded"), &json!("refunded")));
    let given_back = payments_books(&shop, "SELECT sum(amount) FROM refund WHERE done_at IS NOT NULL").await;
    assert_eq!(json!(given_back), order["totals"]["total"]["amount"]);
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn a_refused_refund_is_seen_and_told_and_its_money_and_pieces_are_free_again() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let (guest, order) = placed(&shop, &[("SINI-B", 2)], "tok_refund_refused").await;
    ship(&staff, &order).await.expect(200);
    until_payment(&guest, &order, "captured").await;
    let both = json!({ "lines": [{ "sku": "SINI-B", "quantity": 2 }] });
    for told in 1..=2 {
        let refused = staff.post(&path(&order, "refund"), &both).await.expect(200);
        assert_eq!(
            (&refused["state"], &refused["payment"]["state"]),
            (&json!("shipped"), &json!("captured"))
        );
        assert_eq!(refused["lines"][0]["refunded"], 0);
        let note = &refused["history"].as_array().and_then(|steps| steps.last()).expect("a step")["note"];
        assert!(note.as_str().expect("a note").contains("the account is closed"), "{note}");
        let id = order["id"].as_str().expect("an id");
        assert_eq!(till::events(&shop, "merkato.order.refund_failed", id).await, told);
    }
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn goods_come_back_by_lines_or_all_at_once_and_are_refunded_by_staff() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-B", 3).await.expect(200);
    user.set_line("GABI", 1).await.expect(200);
    let order = user.place_order("tok_approve").await.expect(201);
    let back = path(&order, "return");
    user.post(&back, &json!({})).await.problem(409, "order_state");
    ship(&staff, &order).await.expect(200);
    staff.post(&path(&order, "deliver"), &json!({})).await.expect(200);

    let two = json!({ "lines": [{ "sku": "SINI-B", "quantity": 2 }] });
    let some = user.post(&back, &two).await.expect(200);
    assert_eq!((&some["state"], &some["lines"][0]["returned"]), (&json!("delivered"), &json!(2)));
    assert_eq!(till::stock(&shop, "SINI-B").await, (9, 0));
    let problem = user.post(&back, &two).await.problem(422, "invalid");
    assert!(names_field(&problem, "lines[0].quantity"), "{problem:#}");
    user.post(&back, &json!({ "restock": false })).await.problem(422, "invalid");

    // Without a body: all that is still out.
    let whole = user.send(user.request(Method::POST, &back)).await.expect(200);
    assert_eq!(whole["state"], "returned");
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 0));
    assert_eq!(till::stock(&shop, "GABI").await, (1, 0));
    user.post(&back, &json!({})).await.problem(409, "order_state");

    let read = format!("/api/orders/{}", order["id"].as_str().expect("an id"));
    let captured = async || user.get(&read).await.expect(200)["payment"]["state"] == "captured";
    until_true("the money is there", captured).await;
    let all = json!({ "lines": [{ "sku": "SINI-B", "quantity": 3 }, { "sku": "GABI", "quantity": 1 }] });
    assert_eq!(staff.post(&path(&order, "refund"), &all).await.expect(200)["state"], "refunded");
    till::assert_books_balance(&shop).await;
}

#[tokio::test]
async fn a_sku_that_can_be_bought_again_is_told_of_once_each_time() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let told = async || till::events(&shop, "merkato.stock.changed", "GABI").await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("GABI", 1).await.expect(200);
    guest.place_order("tok_decline").await.problem(402, "payment_declined");
    assert_eq!(told().await, 1, "after a declined payment");
    let order = guest.place_order("tok_approve").await.expect(201);
    staff.post(&path(&order, "cancel"), &json!({})).await.expect(200);
    staff.post(&path(&order, "cancel"), &json!({})).await.expect(200);
    assert_eq!(told().await, 2, "after the order was called off");
    let movement = json!({ "pieces": 4, "note": "a delivery" });
    Caller::service(&shop).post("/v1/stock/GABI/movements", &movement).await.expect(200);
    assert_eq!(told().await, 2, "more of what there is already is no news");
    Caller::service(&shop).post("/v1/stock/NETELA/movements", &movement).await.expect(200);
    assert_eq!(till::events(&shop, "merkato.stock.changed", "NETELA").await, 1);
}

#[tokio::test]
async fn a_deed_with_a_key_is_done_once_and_its_key_names_no_other() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let (guest, order) = placed(&shop, &[("SINI-B", 3)], "tok_approve").await;
    ship(&staff, &order).await.expect(200);
    until_payment(&guest, &order, "captured").await;
    staff.post(&path(&order, "deliver"), &json!({})).await.expect(200);
    let deed = |verb: &str, key: &str, body: Value| {
        let request = staff.request(Method::POST, &path(&order, verb)).header("idempotency-key", key);
        staff.send(request.json(&body))
    };
    let pieces = json!({ "lines": [{ "sku": "SINI-B", "quantity": 1 }] });
    for answer in join_all((0..4).map(|_| deed("return", "one", pieces.clone()))).await {
        assert_eq!(answer.expect(200)["lines"][0]["returned"], 1);
    }
    for answer in join_all((0..4).map(|_| deed("refund", "one", pieces.clone()))).await {
        assert_eq!(answer.expect(200)["lines"][0]["refunded"], 1);
    }
    deed("refund", "one", usd(1)).await.problem(422, "idempotency_key_reused");
    deed("refund", "", usd(1)).await.problem(422, "invalid");
    deed("return", "two", pieces).await.expect(200);
    assert_eq!(till::stock(&shop, "SINI-B").await, (9, 0));
    till::assert_books_balance(&shop).await;
}
