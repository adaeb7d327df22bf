//! From the cart to a confirmed order.

use merkato_tests::{
    api::{Caller, address, fresh_key, order_paid_with},
    shop::Builder,
    till,
};
use serde_json::json;
use tokio::task::JoinSet;

on_each_engine! {
    buying_confirms_the_order_and_takes_the_pieces_off_the_shelf,
    the_same_request_sent_twenty_times_at_once_is_one_order_and_twenty_equal_answers,
    fifty_shoppers_racing_for_ten_pieces_make_exactly_ten_orders,
    a_cart_is_ordered_once_even_with_two_keys,
    a_total_that_the_shopper_did_not_see_is_not_charged,
    an_order_that_costs_nothing_needs_no_payment,
    the_demo_catalogue_loads_whole,
}

/// Shoppers that race for the last pieces.
const SHOPPERS: usize = 50;
/// Times that one request is sent at once.
const REPETITIONS: usize = 20;

async fn buying_confirms_the_order_and_takes_the_pieces_off_the_shelf(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 3).await.expect(200);
    let placed = guest.place_order("tok_approve").await.expect(201);
    assert_eq!(placed["state"], "confirmed");
    assert_eq!(placed["payment"]["state"], "authorized");
    assert_eq!(placed["totals"]["subtotal"], json!({ "amount": 3_300, "currency": "USD" }));
    assert_eq!(till::stock(&shop, "SINI-B").await, (7, 0));

    let read = guest.order(&placed).await;
    assert_eq!(read["number"], placed["number"]);
    assert!(read.get("access_token").is_none(), "the token is given once");
    assert_eq!(guest.get("/api/cart").await.expect(200)["lines"], json!([]));
    let product = guest.get("/api/catalog/products/sini-cup").await.expect(200);
    assert_eq!(product["variants"][1]["available"], 7);
    till::assert_books_balance(&shop).await;
}

async fn the_same_request_sent_twenty_times_at_once_is_one_order_and_twenty_equal_answers(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 2).await.expect(200);
    let (key, order) = (fresh_key(), order_paid_with("tok_approve"));
    let mut sent = JoinSet::new();
    for _ in 0..REPETITIONS {
        let (guest, key, order) = (guest.clone(), key.clone(), order.clone());
        sent.spawn(async move { guest.place_order_as(&key, &order).await.expect(201) });
    }
    let answers = sent.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "all answers are equal");
    assert_eq!(till::stock(&shop, "SINI-W").await, (98, 0));
    till::assert_books_balance(&shop).await;
}

async fn fifty_shoppers_racing_for_ten_pieces_make_exactly_ten_orders(shop: Builder) {
    let shop = shop.start().await;
    let mut guests = Vec::with_capacity(SHOPPERS);
    for _ in 0..SHOPPERS {
        let mut guest = Caller::guest(&shop);
        guest.set_line("SINI-B", 1).await.expect(200);
        guests.push(guest);
    }
    let mut race = JoinSet::new();
    for guest in guests {
        race.spawn(async move { guest.place_order("tok_approve").await });
    }
    let answers = race.join_all().await;
    let confirmed = answers.iter().filter(|answer| answer.body["state"] == "confirmed").count();
    assert_eq!(confirmed, 10);
    for refused in answers.into_iter().filter(|answer| answer.status != 201) {
        assert_eq!(refused.problem(409, "stock_too_low")["available"], 0);
    }
    assert_eq!(till::stock(&shop, "SINI-B").await, (0, 0));
    till::assert_books_balance(&shop).await;
}

async fn a_cart_is_ordered_once_even_with_two_keys(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let (first, second) = tokio::join!(guest.place_order("tok_approve"), guest.place_order("tok_approve"));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{first:?} {second:?}");
    assert_eq!(till::stock(&shop, "SINI-W").await, (99, 0));
}

async fn a_total_that_the_shopper_did_not_see_is_not_charged(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let mut order = order_paid_with("tok_approve");
    order["expected_total"] = json!({ "amount": 1, "currency": "USD" });
    guest.place_order_as(&fresh_key(), &order).await.problem(409, "price_changed");
    assert_eq!(till::stock(&shop, "SINI-W").await, (100, 0));
    let delivery = json!({ "address": address(), "shipping_method": "standard" });
    let seen = guest.put("/api/cart/delivery", &delivery).await.expect(200);
    order["expected_total"] = seen["total"].clone();
    assert_eq!(guest.place_order_as(&fresh_key(), &order).await.expect(201)["state"], "confirmed");
}

async fn an_order_that_costs_nothing_needs_no_payment(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    for code in ["ONTHEHOUSE", "FREESHIP"] {
        guest.post("/api/cart/promotions", &json!({ "code": code })).await.expect(200);
    }
    let placed = guest.place_order("tok_decline").await.expect(201);
    assert_eq!((&placed["state"], &placed["payment"]["state"]), (&json!("confirmed"), &json!("not_needed")));
    assert_eq!(placed["totals"]["total"]["amount"], 0);
}

async fn the_demo_catalogue_loads_whole(shop: Builder) {
    let shop = shop.with_demo_catalogue().start().await;
    let guest = Caller::guest(&shop);
    let categories = guest.get("/api/catalog/categories").await.expect(200);
    let counts = categories["items"].as_array().expect("categories").iter();
    let counts =
        counts.map(|category| category["product_count"].as_u64().expect("a count")).collect::<Vec<_>>();
    assert!(counts.len() >= 6 && counts.iter().sum::<u64>() >= 60, "{counts:?}");
    till::assert_books_balance(&shop).await;
}
