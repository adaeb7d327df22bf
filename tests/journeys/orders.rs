//! What shopper and staff do with an order.

use merkato_tests::{
    api::{Caller, names_field},
    shop::Builder,
    till,
};
use reqwest::Method;
use serde_json::json;

on_each_engine! {
    an_order_is_seen_by_its_owner_and_staff_only,
    an_order_is_shipped_delivered_and_partly_refunded,
    a_cancelled_order_puts_its_pieces_back_and_twice_is_once,
}

async fn an_order_is_seen_by_its_owner_and_staff_only(shop: Builder) {
    let shop = shop.start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-W", 1).await.expect(200);
    let placed = user.place_order("tok_approve").await.expect(201);
    let path = format!("/api/orders/{}", placed["id"].as_str().expect("an id"));
    user.get(&path).await.expect(200);
    Caller::staff(&shop).await.get(&path).await.expect(200);
    let stranger = Caller::with_token(&shop, shop.token("customer").await);
    stranger.get(&path).await.problem(404, "not_found");
    Caller::guest(&shop).get(&path).await.problem(404, "not_found");
    let guess = Caller::guest(&shop);
    guess
        .send(guess.request(Method::GET, &path).header("x-order-token", "a-guess"))
        .await
        .problem(404, "not_found");
    assert_eq!(user.get("/api/orders").await.expect(200)["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(stranger.get("/api/orders").await.expect(200)["items"], json!([]));
    stranger.get("/api/orders/not-an-id").await.problem(404, "not_found");
}

async fn an_order_is_shipped_delivered_and_partly_refunded(shop: Builder) {
    let shop = shop.start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-W", 2).await.expect(200);
    let placed = user.place_order("tok_approve").await.expect(201);
    let path = |verb: &str| format!("/api/orders/{}/{verb}", placed["id"].as_str().expect("an id"));
    let staff = Caller::staff(&shop).await;
    let shipment = json!({ "carrier": "Addis Post", "tracking_number": "AP-1" });
    user.post(&path("ship"), &shipment).await.problem(403, "forbidden");
    Caller::guest(&shop).post(&path("ship"), &shipment).await.problem(401, "unauthenticated");
    staff.post(&path("deliver"), &json!({})).await.problem(409, "order_state");
    let shipped = staff.post(&path("ship"), &shipment).await.expect(200);
    assert_eq!((&shipped["state"], &shipped["shipments"][0]), (&json!("shipped"), &shipment));
    user.post(&path("cancel"), &json!({})).await.problem(409, "order_state");
    assert_eq!(staff.post(&path("deliver"), &json!({})).await.expect(200)["state"], "delivered");

    let too_much = json!({ "amount": { "amount": 1_000_000, "currency": "USD" } });
    let problem = staff.post(&path("refund"), &too_much).await.problem(422, "invalid");
    assert!(names_field(&problem, "amount"));
    let some = json!({ "amount": { "amount": 100, "currency": "USD" } });
    let refunded = staff.post(&path("refund"), &some).await.expect(200);
    assert_eq!(refunded["payment"]["state"], "partially_refunded");
    till::assert_books_balance(&shop).await;
}

async fn a_cancelled_order_puts_its_pieces_back_and_twice_is_once(shop: Builder) {
    let shop = shop.start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-B", 3).await.expect(200);
    let placed = user.place_order("tok_approve").await.expect(201);
    let path = format!("/api/orders/{}/cancel", placed["id"].as_str().expect("an id"));
    for _ in 0..2 {
        let cancelled = user.post(&path, &json!({})).await.expect(200);
        assert_eq!(
            (&cancelled["state"], &cancelled["payment"]["state"]),
            (&json!("cancelled"), &json!("voided"))
        );
    }
    assert_eq!(till::stock(&shop, "SINI-B").await, (10, 0));
    till::assert_books_balance(&shop).await;
}
