//! What shoppers say of products, and who lets it be seen.

use std::time::Duration;

use merkato_tests::{
    api::{Caller, names_field},
    shop::{Builder, Shop},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

/// What takes longer will never happen.
const PATIENCE: Duration = Duration::from_secs(30);
const CUP: &str = "/api/reviews/products/sini-cup";

fn review(rating: u8) -> Value {
    json!({ "rating": rating, "title": "A <b>cup</b>", "body": "'); DROP TABLE review; --\n\nStill a cup." })
}

async fn shopper(shop: &Shop) -> Caller {
    Caller::with_token(shop, shop.token("customer").await)
}

fn path(review: &Value, verb: &str) -> String {
    format!("/api/reviews/{}/{verb}", review["id"].as_str().expect("an id"))
}

/// The caller's only review, once its purchase is known (or no more known) to be one.
async fn verified(caller: &Caller, verified: bool) -> Value {
    let listed = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            let list = caller.get("/api/reviews").await.expect(200);
            if list["items"][0]["verified_purchase"] == verified {
                return list["items"][0].clone();
            }
        }
    };
    timeout(PATIENCE, listed).await.expect("the shop hears of the purchase")
}

on_each_engine!(
    a_review_is_seen_once_staff_have_read_it_and_counts_as_long_as_it_is_seen,
    whoever_bought_it_is_known_as_a_buyer_until_it_goes_back,
    news_of_a_purchase_may_come_twice_and_late,
    the_catalog_and_search_show_how_a_product_is_rated,
    a_rating_that_the_catalog_could_not_be_told_it_is_told_later,
);

async fn a_review_is_seen_once_staff_have_read_it_and_counts_as_long_as_it_is_seen(builder: Builder) {
    let shop = builder.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let (one, other) = (shopper(&shop).await, shopper(&shop).await);
    let nothing = json!({ "average": 0.0, "count": 0, "histogram": [0, 0, 0, 0, 0] });
    assert_eq!(guest.get(CUP).await.expect(200), json!({ "rating": nothing, "items": [], "next": null }));
    let first = one.post(CUP, &review(5)).await.expect(201);
    assert_eq!((&first["state"], &first["verified_purchase"]), (&json!("pending"), &json!(false)));
    let (again, at_once) = (review(1), review(2));
    let (again, at_once) = tokio::join!(one.post(CUP, &again), one.post(CUP, &at_once));
    again.problem(409, "review_exists");
    at_once.problem(409, "review_exists");
    let second = other.post(CUP, &review(2)).await.expect(201);
    assert_eq!(guest.get(CUP).await.expect(200)["items"], json!([]), "nobody has read them");
    guest.post(&path(&first, "helpful"), &json!({})).await.problem(401, "unauthenticated");
    other.post(&path(&first, "helpful"), &json!({})).await.problem(404, "not_found");

    let queue = staff.get("/api/reviews?state=pending&limit=1").await.expect(200);
    assert_eq!(queue["items"][0]["id"], first["id"], "the oldest first");
    let next = queue["next"].as_str().expect("there is another");
    let queue = staff.get(&format!("/api/reviews?state=pending&after={next}")).await.expect(200);
    assert_eq!((&queue["items"][0]["id"], &queue["next"]), (&second["id"], &Value::Null));
    let own = other.get("/api/reviews").await.expect(200);
    assert_eq!(own["items"].as_array().expect("items").len(), 1, "nobody else's");
    one.post(&path(&first, "approve"), &json!({})).await.problem(403, "forbidden");

    // Deciding twice counts once, also at the same time.
    let nothing = json!({});
    let approve = path(&first, "approve");
    let (left, right) = tokio::join!(staff.post(&approve, &nothing), staff.post(&approve, &nothing));
    left.expect(200);
    right.expect(200);
    staff.post(&path(&second, "approve"), &json!({})).await.expect(200);
    let shown = guest.get(CUP).await.expect(200);
    assert_eq!(shown["rating"], json!({ "average": 3.5, "count": 2, "histogram": [0, 1, 0, 0, 1] }));
    assert_eq!(shown["items"][1]["title"], "A <b>cup</b>", "as it was written");
    assert_eq!(shown["items"][1]["body"], review(5)["body"]);
    assert!(shown["items"][0].get("user_id").is_none(), "who wrote it is nobody's business: {shown:#}");
    let page = guest.get(&format!("{CUP}?limit=1")).await.expect(200);
    let next = page["next"].as_str().expect("there is another");
    let rest = guest.get(&format!("{CUP}?limit=1&after={next}")).await.expect(200);
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&first["id"], &Value::Null));

    let helpful = path(&first, "helpful");
    let (left, right) = tokio::join!(other.post(&helpful, &nothing), other.post(&helpful, &nothing));
    left.expect(204);
    right.expect(204);
    one.post(&helpful, &json!({})).await.problem(403, "forbidden");
    let answer = json!({ "text": "Thank you!" });
    one.post(&path(&first, "answer"), &answer).await.problem(403, "forbidden");
    staff.post(&path(&first, "answer"), &answer).await.expect(200);
    let shown = guest.get(CUP).await.expect(200)["items"][1].clone();
    assert_eq!((&shown["helpful"], &shown["answer"]["text"]), (&json!(1), &json!("Thank you!")));
    other.delete(&helpful).await.expect(204);
    other.delete(&helpful).await.expect(204);
    assert_eq!(guest.get(CUP).await.expect(200)["items"][1]["helpful"], 0);

    staff.post(&path(&first, "reject"), &json!({})).await.expect(200);
    let shown = guest.get(CUP).await.expect(200);
    assert_eq!(shown["rating"], json!({ "average": 2.0, "count": 1, "histogram": [0, 1, 0, 0, 0] }));
}

async fn whoever_bought_it_is_known_as_a_buyer_until_it_goes_back(builder: Builder) {
    let shop = builder.start().await;
    let staff = Caller::staff(&shop).await;
    let mut buyer = shopper(&shop).await;
    // Written before the shop has heard of the purchase, or after: either way it is known in the end.
    buyer.post(CUP, &review(4)).await.expect(201);
    buyer.set_line("SINI-B", 1).await.expect(200);
    let order = buyer.place_order("tok_approve").await.expect(201);
    verified(&buyer, true).await;
    let gabi = buyer.post("/api/reviews/products/gabi", &review(1)).await.expect(201);
    assert_eq!(gabi["verified_purchase"], false, "it is another product");

    let cancel = format!("/api/orders/{}/cancel", order["id"].as_str().expect("an id"));
    staff.post(&cancel, &json!({})).await.expect(200);
    verified(&buyer, false).await;

    let mut other = shopper(&shop).await;
    other.set_line("SINI-W", 1).await.expect(200);
    other.place_order("tok_approve").await.expect(201);
    other.post(CUP, &review(4)).await.expect(201);
    assert_eq!(verified(&other, true).await["rating"], 4);
}

async fn news_of_a_purchase_may_come_twice_and_late(builder: Builder) {
    // Nobody delivers events here but the test.
    let shop = builder.flag("--subscriber", "reviews=http://127.0.0.1:9/").start().await;
    let mut buyer = shopper(&shop).await;
    buyer.post(CUP, &review(4)).await.expect(201);
    buyer.set_line("SINI-B", 1).await.expect(200);
    let order = buyer.place_order("tok_approve").await.expect(201);
    let service = Caller::guest(&shop).bearing(shop.secret("service_token"));
    let deliver = async |time: &str, state: &str| {
        let mut data = order.clone();
        data["state"] = json!(state);
        let event = json!({
            "specversion": "1.0", "id": "0192c7d8-0000-7000-8000-000000000001", "source": "http://shop",
            "type": "merkato.order.shipped", "subject": "s", "time": time, "datacontenttype": "application/json",
            "data": data,
        });
        let request = service.request(Method::POST, "/internal/reviews/events");
        let request = request.header("content-type", "application/cloudevents+json").body(event.to_string());
        service.send(request).await.expect(204);
        buyer.get("/api/reviews").await.expect(200)["items"][0]["verified_purchase"].clone()
    };
    assert_eq!(deliver("2026-11-21T05:14:00Z", "shipped").await, true);
    assert_eq!(deliver("2026-11-21T05:14:00Z", "shipped").await, true);
    assert_eq!(deliver("2026-11-21T05:15:00Z", "returned").await, false);
    assert_eq!(deliver("2026-11-21T05:14:30Z", "delivered").await, false, "it is older than what is known");
}

async fn the_catalog_and_search_show_how_a_product_is_rated(builder: Builder) {
    let shop = builder.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let service = Caller::guest(&shop).bearing(shop.secret("service_token"));
    let rating = async || guest.get("/api/catalog/products/sini-cup").await.expect(200)["rating"].clone();
    let rated = |average: f64, count: u32| json!({ "average": average, "count": count });
    let decide = async |review: &Value, verb: &str| {
        staff.post(&path(review, verb), &json!({})).await.expect(200);
    };
    let first = shopper(&shop).await.post(CUP, &review(5)).await.expect(201);
    let second = shopper(&shop).await.post(CUP, &review(4)).await.expect(201);
    assert_eq!(rating().await, rated(0.0, 0), "nobody has read them");
    let before = staff.get("/api/catalog/staff/products/sini-cup").await.expect(200);
    decide(&first, "approve").await;
    decide(&second, "approve").await;
    assert_eq!(rating().await, rated(4.5, 2));
    let listed = guest.get("/api/catalog/products?category=cups").await.expect(200);
    assert_eq!(listed["items"][0]["rating"], rated(4.5, 2));
    let found = guest.get("/api/search?q=sini").await.expect(200);
    assert_eq!(found["items"][0]["rating"], rated(4.5, 2));

    // No edit of staff is refused because somebody said what they think, and none loses it.
    let request = staff.request(Method::PUT, "/api/catalog/products/sini-cup").json(&before["draft"]);
    let tag = format!("\"{}\"", before["version"]);
    staff.send(request.header("if-match", tag)).await.expect(200);
    assert_eq!(rating().await, rated(4.5, 2));
    decide(&first, "reject").await;
    decide(&first, "reject").await;
    assert_eq!(rating().await, rated(4.0, 1));

    let internal = format!("/internal/catalog/products/{}/rating", before["id"].as_str().expect("an id"));
    let told = json!({ "average_hundredths": 100, "count": 9, "version": 2 });
    service.put(&internal, &told).await.expect(204);
    assert_eq!(rating().await, rated(4.0, 1), "it is older than what is known");
    staff.put(&internal, &told).await.problem(401, "unauthenticated");
    service.put("/internal/catalog/products/no-id/rating", &told).await.problem(404, "not_found");
    let wrong = json!({ "average_hundredths": 501, "count": 9, "version": 9 });
    let problem = service.put(&internal, &wrong).await.problem(422, "invalid");
    assert!(names_field(&problem, "average_hundredths"), "{problem:#}");

    // Nobody waits for ever to tell of a product that is gone.
    staff.delete("/api/catalog/products/sini-cup").await.expect(204);
    decide(&second, "reject").await;
    let swept = service.post("/internal/reviews/sweep", &json!({})).await.expect(200);
    assert_eq!(swept, json!({ "sent": 0, "left": 0 }));
}

async fn a_rating_that_the_catalog_could_not_be_told_it_is_told_later(builder: Builder) {
    let shop = builder.start().await;
    let written = shopper(&shop).await.post(CUP, &review(3)).await.expect(201);
    // Nobody listens there.
    let shop = shop.stop().await.variable("catalog_url", "http://127.0.0.1:9").start().await;
    let staff = Caller::staff(&shop).await;
    staff.post(&path(&written, "approve"), &json!({})).await.expect(200);
    let service = Caller::guest(&shop).bearing(shop.secret("service_token"));
    let swept = service.post("/internal/reviews/sweep", &json!({})).await.expect(200);
    assert_eq!(swept, json!({ "sent": 0, "left": 1 }));
    let nothing = json!({ "average": 0.0, "count": 0 });
    let product = "/api/catalog/products/sini-cup";
    assert_eq!(staff.get(product).await.expect(200)["rating"], nothing);

    let shop = shop.stop().await.variable("catalog_url", "http://catalog.spin.internal").start().await;
    let (guest, service) = (Caller::guest(&shop), Caller::guest(&shop).bearing(shop.secret("service_token")));
    let swept = service.post("/internal/reviews/sweep", &json!({})).await.expect(200);
    assert_eq!(swept["left"], 0, "{swept:#}");
    assert_eq!(guest.get(product).await.expect(200)["rating"], json!({ "average": 3.0, "count": 1 }));
    let again = service.post("/internal/reviews/sweep", &json!({})).await.expect(200);
    assert_eq!(again, json!({ "sent": 0, "left": 0 }));
}

#[tokio::test]
async fn what_is_no_review_is_answered_with_the_field() {
    let shop = Shop::start().await;
    let (staff, shopper, guest) = (Caller::staff(&shop).await, shopper(&shop).await, Caller::guest(&shop));
    guest.post(CUP, &review(5)).await.problem(401, "unauthenticated");
    guest.get("/api/reviews").await.problem(401, "unauthenticated");
    for unknown in ["/api/reviews/products/no-such-thing", "/api/reviews/products/%27%20OR%201%3D1"] {
        guest.get(unknown).await.problem(404, "not_found");
        shopper.post(unknown, &review(5)).await.problem(404, "not_found");
    }
    for (pointer, value, field) in [
        ("/rating", json!(0), "rating"),
        ("/rating", json!(6), "rating"),
        ("/rating", json!(-1), "rating"),
        ("/rating", json!(4.5), "rating"),
        ("/rating", json!("5"), "rating"),
        ("/title", json!(""), "title"),
        ("/title", json!("x".repeat(121)), "title"),
        ("/title", json!("a\nb"), "title"),
        ("/title", json!("a\u{0}b"), "title"),
        ("/body", json!("x".repeat(5_001)), "body"),
        ("/body", Value::Null, "body"),
    ] {
        let mut wrong = review(5);
        *wrong.pointer_mut(pointer).expect("a field") = value;
        let problem = shopper.post(CUP, &wrong).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{wrong}: {problem:#}");
    }
    let mut unknown = review(5);
    unknown["verified_purchase"] = json!(true);
    assert!(names_field(&shopper.post(CUP, &unknown).await.problem(422, "invalid"), "verified_purchase"));
    let missing = json!({ "rating": 5, "title": "A cup" });
    assert!(names_field(&shopper.post(CUP, &missing).await.problem(422, "invalid"), "body"));
    assert_eq!(shopper.get("/api/reviews").await.expect(200)["items"], json!([]), "nothing of it was taken");

    for (query, field) in [("state=lost", "state"), ("limit=0", "limit"), ("after=x", "after")] {
        let problem = staff.get(&format!("/api/reviews?{query}")).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{query}");
    }
    for verb in ["approve", "reject"] {
        let path = format!("/api/reviews/0192c7d8-0000-7000-8000-000000000001/{verb}");
        staff.post(&path, &json!({})).await.problem(404, "not_found");
        staff.post(&format!("/api/reviews/no-id/{verb}"), &json!({})).await.problem(404, "not_found");
    }
    let mine = shopper.post(CUP, &review(5)).await.expect(201);
    for wrong in
        [json!({ "text": "" }), json!({ "text": "x".repeat(2_001) }), json!({}), json!({ "text": 1 })]
    {
        let problem = staff.post(&path(&mine, "answer"), &wrong).await.problem(422, "invalid");
        assert!(names_field(&problem, "text"), "{wrong}");
    }
    shopper.delete(CUP).await.problem(405, "method_not_allowed");
    let path = "/internal/reviews/events";
    shopper.post(path, &json!({})).await.problem(401, "unauthenticated");
}
