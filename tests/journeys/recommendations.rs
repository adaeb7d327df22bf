//! What else a shopper may like, by what they and others did.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use merkato_tests::{
    api::{Caller, names_field},
    shop::{Builder, Shop},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

/// What takes longer will never happen.
const PATIENCE: Duration = Duration::from_secs(30);
const ALL: &str = "/api/recommendations";
const VIEWS: &str = "/api/recommendations/views";
const HISTORY: &str = "/api/recommendations/history";
const EVENTS: &str = "/internal/recommendations/events";

on_each_engine!(
    what_is_bought_together_is_recommended_together_until_it_goes_back,
    an_order_counts_once_however_often_and_in_whatever_order_it_is_told,
    what_has_sold_out_or_is_no_longer_offered_is_not_recommended,
    a_shopper_sees_what_goes_with_what_they_did_and_nobody_else_does,
    a_shopper_who_is_forgotten_is_nobody,
    a_shop_in_which_nothing_happened_yet_has_its_categories_to_offer,
);

/// A shop in which nobody delivers events but the test.
async fn quiet(builder: Builder) -> Shop {
    builder.flag("--subscriber", "recommendations=http://127.0.0.1:9/").start().await
}

async fn shopper(shop: &Shop) -> Caller {
    Caller::with_token(shop, shop.token("customer").await)
}

/// Adds a cup of each name, whose sku is its slug in capitals.
async fn create_cups(staff: &Caller, slugs: &[&str], stock: i64) {
    for slug in slugs {
        let product = json!({
            "slug": slug, "title": format!("The {slug}"), "category": "cups",
            "variants": [{
                "sku": slug.to_uppercase(), "title": "", "stock": stock,
                "price": { "amount": 900, "currency": "USD" },
            }],
        });
        staff.post("/api/catalog/products", &product).await.expect(201);
    }
}

/// Tells the shop of the order `number`, as the outbox would.
async fn tell(shop: &Shop, number: u8, state: &str, user: Option<&Value>, skus: &[&str]) {
    let money = json!({ "amount": 900, "currency": "USD" });
    let address = merkato_tests::api::address();
    let line =
        |sku: &&str| json!({ "sku": sku, "title": "", "unit_price": money, "quantity": 1, "total": money });
    let mut order = json!({
        "id": format!("0197f2f0-0000-7000-8000-0000000000{number:02x}"), "number": "M-1", "state": state,
        "email": "hanna@merkato.example", "lines": skus.iter().map(line).collect::<Vec<_>>(),
        "promotions": [], "shipping_method": "standard", "shipments": [], "history": [],
        "totals": { "subtotal": money, "discount": money, "shipping": money, "tax": money, "total": money },
        "addresses": { "shipping": address, "billing": address },
        "payment": { "state": "captured", "method": "card" }, "placed_at": "2026-11-21T05:14:00Z",
    });
    if let Some(user) = user {
        order["user_id"] = user.clone();
    }
    let event = json!({
        "specversion": "1.0", "id": "0192c7d8-0000-7000-8000-000000000001", "source": "http://shop",
        "type": format!("merkato.order.{state}"), "subject": "s", "time": "2026-11-21T05:14:00Z",
        "datacontenttype": "application/json", "data": order,
    });
    let service = Caller::guest(shop).bearing(shop.secret("service_token"));
    let request = service.request(Method::POST, EVENTS);
    let request = request.header("content-type", "application/cloudevents+json").body(event.to_string());
    service.send(request).await.expect(204);
}

async fn view(caller: &Caller, slug: &str) {
    caller.post(VIEWS, &json!({ "product": slug })).await.expect(204);
}

/// The slug of each recommendation, with the code of its reason.
async fn recommended(caller: &Caller, query: &str) -> Vec<(String, String)> {
    let list = caller.get(&format!("{ALL}{query}")).await.expect(200);
    assert_eq!(list["next"], Value::Null);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| (text(&item["slug"]), text(&item["reason"]["code"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(slug, code)| ((*slug).to_owned(), (*code).to_owned())).collect()
}

/// Waits until the first recommendation is as expected.
async fn first_becomes(caller: &Caller, query: &str, slug: &str, code: &str) {
    let seen = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            if recommended(caller, query).await.first() == pairs(&[(slug, code)]).first() {
                return;
            }
        }
    };
    timeout(PATIENCE, seen).await.expect("the shop hears of the order");
}

async fn what_is_bought_together_is_recommended_together_until_it_goes_back(builder: Builder) {
    let shop = builder.start().await;
    let staff = Caller::staff(&shop).await;
    create_cups(&staff, &["small", "large"], 9).await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SMALL", 2).await.expect(200);
    guest.set_line("GABI", 1).await.expect(200);
    let order = guest.place_order("tok_approve").await.expect(201);
    // Gabi was the last of its kind.
    first_becomes(&guest, "?product=gabi", "small", "bought_together").await;
    assert_eq!(recommended(&guest, "?product=small&limit=1").await[0].1, "same_category", "gabi is gone");

    let list = guest.get(&format!("{ALL}?product=gabi")).await.expect(200);
    let small = &list["items"][0];
    assert_eq!(small["reason"]["product"], json!({ "slug": "gabi", "title": "Gabi" }));
    assert_eq!((&small["title"], &small["variants"][0]["available"]), (&json!("The small"), &json!(7)));
    assert!(small["variants"][0]["price"].is_object() && small["rating"].is_object(), "a whole product");
    let popular = recommended(&Caller::guest(&shop), "").await;
    assert_eq!(popular, pairs(&[("small", "popular")]), "to whoever is not known");

    let cancel = format!("/api/orders/{}/cancel", order["id"].as_str().expect("an id"));
    staff.post(&cancel, &json!({})).await.expect(200);
    let gone = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while !recommended(&guest, "").await.is_empty() {
            tick.tick().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the shop hears that it was called off");
    let netela = guest.get(&format!("{ALL}?product=gabi")).await.expect(200);
    assert_eq!(netela["items"], json!([]), "netela lies beside it, and there is none");
}

async fn an_order_counts_once_however_often_and_in_whatever_order_it_is_told(builder: Builder) {
    let shop = quiet(builder).await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    create_cups(&staff, &["one", "two", "three"], 9).await;
    // An order that is told five times does not bring its products to the front.
    for _ in 0..5 {
        tell(&shop, 1, "confirmed", None, &["ONE", "TWO"]).await;
    }
    tell(&shop, 2, "confirmed", None, &["ONE", "THREE"]).await;
    tell(&shop, 3, "confirmed", None, &["ONE", "THREE"]).await;
    let three_leads = pairs(&[("three", "bought_together"), ("two", "bought_together")]);
    assert_eq!(recommended(&guest, "?product=one&limit=2").await, three_leads);
    // Also when it is told many times at once.
    tokio::join!(
        tell(&shop, 4, "confirmed", None, &["ONE", "TWO"]),
        tell(&shop, 4, "confirmed", None, &["ONE", "TWO"]),
        tell(&shop, 4, "confirmed", None, &["ONE", "TWO"]),
        tell(&shop, 5, "confirmed", None, &["THREE", "ONE"]),
        tell(&shop, 5, "confirmed", None, &["THREE", "ONE"]),
    );
    assert_eq!(recommended(&guest, "?product=one&limit=2").await, three_leads);

    for order in [2, 3, 5, 5] {
        tell(&shop, order, "cancelled", None, &["ONE", "THREE"]).await;
    }
    tell(&shop, 2, "confirmed", None, &["ONE", "THREE"]).await;
    let left = recommended(&guest, "?product=one&limit=1").await;
    assert_eq!(left, pairs(&[("two", "bought_together")]), "what was taken back stays so");
    tell(&shop, 9, "returned", None, &["ONE", "THREE"]).await;
    tell(&shop, 9, "confirmed", None, &["ONE", "THREE"]).await;
    let three = recommended(&guest, "?product=three&limit=1").await;
    assert_eq!(three[0].1, "popular_in_category", "it was taken back before it was heard of");
}

async fn what_has_sold_out_or_is_no_longer_offered_is_not_recommended(builder: Builder) {
    let shop = quiet(builder).await;
    let (staff, mut guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    create_cups(&staff, &["one", "two", "three"], 1).await;
    tell(&shop, 1, "confirmed", None, &["ONE", "TWO"]).await;
    tell(&shop, 2, "confirmed", None, &["ONE", "THREE", "NETELA", "NO-SUCH-SKU"]).await;
    let both = pairs(&[("two", "bought_together"), ("three", "bought_together")]);
    assert_eq!(recommended(&guest, "?product=one&limit=2").await, both, "of netela there is none");

    guest.set_line("TWO", 1).await.expect(200);
    guest.place_order("tok_approve").await.expect(201);
    assert_eq!(recommended(&guest, "?product=one&limit=1").await, both[1..]);
    let three = staff.get("/api/catalog/staff/products/three").await.expect(200);
    let mut archived = three["draft"].clone();
    archived["state"] = json!("archived");
    staff.put("/api/catalog/products/three", &archived).await.expect(200);
    let left = recommended(&guest, "?product=one").await;
    assert_eq!(left, pairs(&[("sini-cup", "same_category")]), "the rest of the shop is still there");
    guest.get(&format!("{ALL}?product=three")).await.problem(404, "not_found");

    archived["state"] = json!("published");
    archived["slug"] = json!("third");
    staff.put("/api/catalog/products/three", &archived).await.expect(200);
    guest.get(&format!("{ALL}?product=three")).await.problem(404, "not_found");
    let third = recommended(&guest, "?product=third&limit=1").await;
    assert_eq!(third, pairs(&[("one", "bought_together")]), "by its new name it is the same");
    assert_eq!(recommended(&guest, "?product=one&limit=1").await, pairs(&[("third", "bought_together")]));
}

async fn a_shopper_sees_what_goes_with_what_they_did_and_nobody_else_does(builder: Builder) {
    let shop = quiet(builder).await;
    let staff = Caller::staff(&shop).await;
    create_cups(&staff, &["one", "two", "three", "four", "five"], 9).await;
    tell(&shop, 1, "confirmed", None, &["ONE", "TWO"]).await;
    let (hanna, other) = (shopper(&shop).await, shopper(&shop).await);
    let strangers = recommended(&other, "").await;
    assert_eq!(strangers, pairs(&[("one", "popular"), ("two", "popular")]));

    view(&hanna, "one").await;
    let list = hanna.get(ALL).await;
    assert_eq!(list.headers["cache-control"], "private, no-store");
    let list = list.expect(200);
    assert_eq!(list["items"][0]["slug"], "two");
    let reason = json!({ "code": "because_you_viewed", "product": { "slug": "one", "title": "The one" } });
    assert_eq!(list["items"][0]["reason"], reason);
    let codes = |caller: Caller| async move {
        let told = recommended(&caller, "").await;
        told.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(codes(other.clone()).await, ["popular", "popular"], "nobody else's look shows");

    // What is looked at in one go goes together, for everybody.
    view(&hanna, "three").await;
    let viewed = recommended(&other, "?product=three&limit=1").await;
    assert_eq!(viewed, pairs(&[("one", "viewed_together")]));

    // What they buy is theirs from the first look on, and is not offered to them again.
    let user = user_of(&hanna);
    tell(&shop, 2, "confirmed", Some(&user), &["FOUR"]).await;
    tell(&shop, 3, "confirmed", None, &["FOUR", "FIVE"]).await;
    let own = recommended(&hanna, "").await;
    assert!(own.contains(&pairs(&[("five", "because_you_bought")])[0]), "{own:?}");
    assert!(own.iter().all(|(slug, _)| slug != "four"), "{own:?}");
    let others = recommended(&other, "").await;
    assert!(others.iter().any(|(slug, code)| slug == "four" && code == "popular"), "{others:?}");
}

/// The account that a caller's access token is for.
fn user_of(caller: &Caller) -> Value {
    let request = caller.request(Method::GET, "/").build().expect("a request");
    let bearer = request.headers()["authorization"].to_str().expect("a token");
    let claims = bearer.split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    serde_json::from_slice::<Value>(&claims).expect("JSON")["sub"].clone()
}

async fn a_shopper_who_is_forgotten_is_nobody(builder: Builder) {
    let shop = quiet(builder).await;
    let staff = Caller::staff(&shop).await;
    create_cups(&staff, &["one", "two", "three"], 9).await;
    tell(&shop, 1, "confirmed", None, &["ONE", "TWO"]).await;

    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let hanna = shopper(&shop).await;
    let user = user_of(&hanna);
    // Whoever has not agreed is not remembered by what they buy either.
    tell(&shop, 2, "confirmed", Some(&user), &["THREE"]).await;
    let popular = ["popular", "popular", "popular"].map(str::to_owned);
    let codes = async |caller: &Caller| {
        recommended(caller, "").await.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&hanna).await, popular);

    for known in [&guest, &hanna] {
        view(known, "one").await;
        assert_eq!(codes(known).await[0], "because_you_viewed");
        // Of a cart that somebody guesses, nothing is told.
        assert_eq!(codes(&Caller::guest(&shop).with_cart("guessed")).await, popular);
        known.delete(HISTORY).await.expect(204);
        assert_eq!(codes(known).await, popular);
        known.delete(HISTORY).await.expect(204);
    }

    view(&hanna, "three").await;
    tell(&shop, 3, "confirmed", Some(&user), &["ONE"]).await;
    assert_eq!(codes(&hanna).await[0], "because_you_bought");
    let service = Caller::guest(&shop).bearing(shop.secret("service_token"));
    let path = format!("/internal/recommendations/users/{}/history", user.as_str().expect("an id"));
    hanna.delete(&path).await.problem(401, "unauthenticated");
    service.delete(&path).await.expect(204);
    assert_eq!(codes(&hanna).await, popular);
    tell(&shop, 4, "confirmed", Some(&user), &["ONE"]).await;
    assert_eq!(codes(&hanna).await, popular, "and stays nobody");
    service.post("/internal/recommendations/sweep", &json!({})).await.expect(200);
    assert_eq!(codes(&hanna).await, popular, "nothing is old enough to go");
}

async fn a_shop_in_which_nothing_happened_yet_has_its_categories_to_offer(builder: Builder) {
    let shop = builder.start().await;
    let guest = Caller::guest(&shop);
    assert_eq!(recommended(&guest, "").await, []);
    assert_eq!(recommended(&guest, "?product=sini-cup").await, [], "it is the only cup");
    assert_eq!(recommended(&guest, "?product=netela").await, pairs(&[("gabi", "same_category")]));
    let gabi = guest.get(&format!("{ALL}?product=netela")).await;
    let tag = gabi.headers["etag"].clone();
    let request = guest.request(Method::GET, &format!("{ALL}?product=netela")).header("if-none-match", tag);
    guest.send(request).await.expect(304);
}

#[tokio::test]
async fn what_cannot_be_told_is_answered_with_the_reason() {
    let shop = Shop::start().await;
    let (shopper, guest) = (shopper(&shop).await, Caller::guest(&shop));
    guest.post(VIEWS, &json!({ "product": "gabi" })).await.problem(401, "unauthenticated");
    guest.delete(HISTORY).await.problem(401, "unauthenticated");
    let forged = Caller::guest(&shop).with_cart("made-up");
    forged.post(VIEWS, &json!({ "product": "gabi" })).await.problem(401, "unauthenticated");
    forged.delete(HISTORY).await.expect(204);
    let bad = Caller::guest(&shop).bearing("no.token.atall".to_owned());
    bad.get(ALL).await.problem(401, "unauthenticated");
    for (view, field) in [
        (json!({}), "product"),
        (json!({ "product": 1 }), "product"),
        (json!({ "product": "'; DROP TABLE viewing; --" }), "product"),
        (json!({ "product": "gabi", "shopper": "x" }), "shopper"),
    ] {
        let problem = shopper.post(VIEWS, &view).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{view}: {problem:#}");
    }
    shopper.post(VIEWS, &json!({ "product": "no-such-thing" })).await.problem(404, "not_found");
    for unknown in ["no-such-thing", "%27%20OR%201%3D1"] {
        guest.get(&format!("{ALL}?product={unknown}")).await.problem(404, "not_found");
    }
    for (query, field) in
        [("limit=0", "limit"), ("limit=101", "limit"), ("after=x", "after"), ("language=!", "language")]
    {
        let problem = guest.get(&format!("{ALL}?{query}")).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{query}");
    }
    shopper.get(VIEWS).await.problem(405, "method_not_allowed");
    for path in [EVENTS, "/internal/recommendations/sweep", "/internal/catalog/skus/query"] {
        shopper.post(path, &json!({})).await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn whoever_looks_at_more_than_a_person_can_is_not_counted() {
    let shop = Shop::start().await;
    let (staff, shopper) = (Caller::staff(&shop).await, shopper(&shop).await);
    let slugs = (0..121).map(|number| format!("cup-{number}")).collect::<Vec<_>>();
    create_cups(&staff, &slugs.iter().map(String::as_str).collect::<Vec<_>>(), 1).await;
    for slug in &slugs[..120] {
        view(&shopper, slug).await;
    }
    let last = json!({ "product": slugs[120] });
    let refused = shopper.post(VIEWS, &last).await;
    assert_eq!(refused.headers["retry-after"], "3600");
    refused.problem(429, "too_many_attempts");
    // What they know they may look at again, and others are not held up.
    view(&shopper, &slugs[0]).await;
    view(&self::shopper(&shop).await, &slugs[120]).await;
}
