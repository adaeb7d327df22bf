//! What staff are told of the shop, and what is written down of what they do.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use merkato_tests::{
    api::{Answer, Caller, names_field},
    shop::{Builder, Shop},
    till,
};
use reqwest::Method;
use serde_json::{Value, json};

on_each_engine! {
    what_staff_do_is_written_down_with_who_did_it_and_shoppers_write_nothing,
    the_dashboard_shows_three_orders_and_a_refund,
    staff_find_an_order_and_shoppers_only_their_own,
    pieces_are_moved_once_for_a_key_and_the_ledger_says_who,
    a_promotion_is_made_changed_and_ended,
    nobody_but_staff_is_told_anything,
}

/// Who acts in the name of the backoffice.
const STAFF_ID: &str = "0190a000-0000-7000-8000-000000000001";

/// Asks the coordinator as the backoffice does.
async fn as_staff(shop: &Shop, method: Method, path: &str, body: Option<Value>) -> Answer {
    as_staff_with(shop, method, path, body, &[]).await
}

async fn as_staff_with(
    shop: &Shop,
    method: Method,
    path: &str,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> Answer {
    let service = Caller::service(shop);
    let request = service.request(method, path);
    let mut request =
        request.header("x-staff", "true").header("x-user-id", STAFF_ID).header("x-service", "backoffice");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    service.send(request).await
}

async fn seen(shop: &Shop, path: &str) -> Value {
    as_staff(shop, Method::GET, path, None).await.expect(200)
}

/// Whose token it is.
fn subject_of(token: &str) -> String {
    let claims = token.split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    claims["sub"].as_str().expect("a subject").to_owned()
}

/// The `action` of each line of the log that `query` gives.
async fn deeds(shop: &Shop, query: &str) -> Vec<String> {
    let lines = seen(shop, &format!("/v1/staff/actions?{query}")).await;
    let lines = lines["items"].as_array().expect("lines").iter();
    lines.map(|line| line["action"].as_str().expect("a name").to_owned()).collect()
}

async fn what_staff_do_is_written_down_with_who_did_it_and_shoppers_write_nothing(shop: Builder) {
    let shop = shop.start().await;
    let before = deeds(&shop, "").await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-W", 2).await.expect(200);
    let placed = user.place_order("tok_approve").await.expect(201);
    let id = placed["id"].as_str().expect("an id");
    user.post(&format!("/api/orders/{id}/refund"), &json!({})).await.problem(403, "forbidden");
    assert_eq!(deeds(&shop, "").await, before, "shoppers write nothing");

    let token = shop.token("staff").await;
    let staff_id = subject_of(&token);
    let staff = Caller::with_token(&shop, token);
    let shipment = json!({ "carrier": "Addis Post", "tracking_number": "AP-1" });
    staff.post(&format!("/api/orders/{id}/ship"), &shipment).await.expect(200);
    let refund = json!({ "amount": { "amount": 100, "currency": "USD" } });
    staff.post(&format!("/api/orders/{id}/refund"), &refund).await.expect(200);
    // What is refused changes nothing, and leaves no line.
    staff.post(&format!("/api/orders/{id}/ship"), &shipment).await.problem(409, "order_state");

    assert_eq!(deeds(&shop, &format!("subject=order/{id}")).await, ["order.refund", "order.ship"]);
    assert_eq!(deeds(&shop, &format!("actor={staff_id}&limit=1")).await, ["order.refund"]);
    let lines = seen(&shop, &format!("/v1/staff/actions?actor={staff_id}&limit=1")).await;
    let line = &lines["items"][0];
    assert_eq!((&line["actor"], &line["service"]), (&json!(staff_id), &json!("orders")));
    assert_eq!(line["detail"], "1.00 USD are on their way back to you");
    assert_eq!(line["outcome"], "order shipped, payment refunding");
    let next = lines["next"].as_str().expect("another page");
    assert_eq!(deeds(&shop, &format!("actor={staff_id}&after={next}")).await, ["order.ship"]);

    // Other services report what staff do there; the same report is one line.
    let report = json!({
        "id": "0190a000-0000-7000-8000-00000000000a", "action": "product.delete", "subject": "product/jebena",
        "detail": "sold out for good",
    });
    for _ in 0..2 {
        as_staff(&shop, Method::POST, "/v1/staff/actions", Some(report.clone())).await.expect(204);
    }
    assert_eq!(deeds(&shop, "subject=product/jebena").await, ["product.delete"]);
    let nameless = json!({ "id": "0190a000-0000-7000-8000-00000000000b", "action": "delete", "subject": "" });
    let problem = as_staff(&shop, Method::POST, "/v1/staff/actions", Some(nameless)).await;
    let problem = problem.problem(422, "invalid");
    assert!(names_field(&problem, "action") && names_field(&problem, "subject"));
}

async fn the_dashboard_shows_three_orders_and_a_refund(shop: Builder) {
    let shop = shop.start().await;
    let mut paid = 0;
    let mut last = Value::Null;
    for token in ["tok_approve", "tok_decline", "tok_approve", "tok_approve"] {
        let mut guest = Caller::guest(&shop);
        guest.set_line("SINI-W", 1).await.expect(200);
        // A second line begins no second cart.
        guest.set_line("SINI-B", 1).await.expect(200);
        let placed = guest.place_order(token).await;
        if token == "tok_approve" {
            last = placed.expect(201);
            paid += last["totals"]["total"]["amount"].as_i64().expect("an amount");
        }
    }
    let staff = Caller::staff(&shop).await;
    let path = |verb: &str| format!("/api/orders/{}/{verb}", last["id"].as_str().expect("an id"));
    let shipment = json!({ "carrier": "Addis Post", "tracking_number": "AP-1" });
    staff.post(&path("ship"), &shipment).await.expect(200);
    let refund = json!({ "amount": { "amount": 250, "currency": "USD" } });
    staff.post(&path("refund"), &refund).await.expect(200);

    let dashboard = seen(&shop, "/v1/staff/dashboard?days=2&low_stock_below=1000000").await;
    let usd = |amount: i64| json!({ "amount": amount, "currency": "USD" });
    // Midnight may have passed in between, so it is the sum of the days that is known.
    let total = json!({
        "currency": "USD", "orders": 3, "gross": usd(paid), "refunded": usd(250), "net": usd(paid - 250),
    });
    assert_eq!(dashboard["totals"], json!([total]));
    let days = dashboard["days"].as_array().expect("days");
    assert_eq!(days.iter().map(|day| day["orders"].as_i64().expect("a number")).sum::<i64>(), 3);
    assert!(days.iter().all(|day| day["day"].as_str().is_some_and(|day| day.len() == "2026-11-21".len())));
    assert_eq!(dashboard["conversion"], json!({ "carts": 4, "orders": 3, "basis_points": 7_500 }));
    let low = dashboard["low_stock"].as_array().expect("stock");
    assert!(low.is_sorted_by_key(|entry| entry["available"].as_i64()), "{low:?}");
    assert_eq!(dashboard["waiting"]["stuck_orders"], 0);
    assert!(dashboard["orders"]["states"].is_array());
    for (query, field) in
        [("days=0", "days"), ("days=367", "days"), ("low_stock_below=-1", "low_stock_below")]
    {
        let answer = as_staff(&shop, Method::GET, &format!("/v1/staff/dashboard?{query}"), None).await;
        assert!(names_field(&answer.problem(422, "invalid"), field), "{query}");
    }
    till::assert_books_balance(&shop).await;
}

async fn staff_find_an_order_and_shoppers_only_their_own(shop: Builder) {
    let shop = shop.start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-W", 1).await.expect(200);
    let first = user.place_order("tok_approve").await.expect(201);
    let mut guest = Caller::guest(&shop);
    guest.set_line("GABI", 1).await.expect(200);
    let second = guest.place_order("tok_challenge").await.expect(201);
    let staff = Caller::staff(&shop).await;
    let found = async |query: &str| {
        let list = staff.get(&format!("/api/orders?{query}")).await.expect(200);
        let orders = list["items"].as_array().expect("orders").iter();
        orders.map(|order| order["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let [first_id, second_id] =
        [&first, &second].map(|order| order["id"].as_str().expect("an id").to_owned());
    let both = [second_id.clone(), first_id.clone()];
    assert_eq!(found("").await, both);
    assert_eq!(found("email=HANNA%40merkato.example").await, both);
    assert_eq!(found("state=confirmed").await, std::slice::from_ref(&first_id));
    assert_eq!(found("state=pending_payment&sku=GABI").await, std::slice::from_ref(&second_id));
    assert_eq!(found("state=confirmed&sku=GABI").await, [""; 0]);
    let number = first["number"].as_str().expect("a number");
    assert_eq!(found(&format!("number={number}")).await, std::slice::from_ref(&first_id));
    assert_eq!(found("from=2000-01-01T00:00:00Z&to=2001-01-01T00:00:00Z").await, [""; 0]);
    assert_eq!(found("from=2001-01-01T00:00:00Z&limit=1").await, [second_id]);
    for (query, field) in
        [("state=lost", "state"), ("number=x", "number"), ("from=yesterday", "from"), ("sku=%20", "sku")]
    {
        let problem = staff.get(&format!("/api/orders?{query}")).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{query}: {problem}");
    }
    user.get("/api/orders?state=confirmed").await.problem(403, "forbidden");
    assert_eq!(user.get("/api/orders").await.expect(200)["items"][0]["id"], json!(first_id));
}

async fn pieces_are_moved_once_for_a_key_and_the_ledger_says_who(shop: Builder) {
    let shop = shop.start().await;
    let before = till::stock(&shop, "SINI-B").await.0;
    let path = "/v1/stock/SINI-B/movements";
    let moved = async |pieces: i64, key: &str| {
        let body = json!({ "pieces": pieces, "note": "found behind the shelf" });
        as_staff_with(&shop, Method::POST, path, Some(body), &[("idempotency-key", key)]).await
    };
    for _ in 0..2 {
        assert_eq!(moved(4, "first").await.expect(200)["available"], json!(before + 4));
    }
    moved(5, "first").await.problem(422, "idempotency_key_reused");
    assert_eq!(moved(1, "second").await.expect(200)["available"], json!(before + 5));
    let ledger = seen(&shop, &format!("{path}?limit=2")).await;
    let line = &ledger["items"][0];
    assert_eq!((&line["pieces"], &line["note"]), (&json!(1), &json!("found behind the shelf")));
    assert_eq!(line["staff_id"], STAFF_ID);
    let next = ledger["next"].as_str().expect("another page");
    let rest = seen(&shop, &format!("{path}?after={next}")).await;
    assert_eq!(rest["items"][0]["note"], "first stock");
    assert_eq!(deeds(&shop, "subject=sku/SINI-B").await, ["stock.move", "stock.move"]);
    let stock = seen(&shop, "/v1/stock?limit=100").await;
    let entry = stock["items"].as_array().expect("stock").iter().find(|entry| entry["sku"] == "SINI-B");
    assert_eq!(entry.map(|entry| &entry["on_hand"]), Some(&json!(before + 5)));
    as_staff(&shop, Method::GET, "/v1/stock/NONE/movements", None).await.problem(404, "not_found");
    till::assert_books_balance(&shop).await;
}

async fn a_promotion_is_made_changed_and_ended(shop: Builder) {
    let shop = shop.start().await;
    let path = "/v1/promotions/HALF";
    let half = json!({ "title": "Half of all", "rule": { "kind": "percentage", "basis_points": 5_000 } });
    let put = async |draft: &Value, version: &str| {
        as_staff_with(&shop, Method::PUT, path, Some(draft.clone()), &[("if-match", version)]).await
    };
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let typed = json!({ "code": "HALF" });
    guest.post("/api/cart/promotions", &typed).await.problem(422, "invalid");
    let planned = json!({ "title": "Half", "rule": half["rule"], "starts_at": "2999-01-01T00:00:00Z" });
    assert_eq!(put(&planned, "\"0\"").await.expect(201)["state"], "planned");
    guest.post("/api/cart/promotions", &typed).await.problem(422, "invalid");
    put(&half, "\"0\"").await.problem(409, "conflict");
    let active = put(&half, "\"1\"").await.expect(200);
    assert_eq!((&active["state"], &active["version"]), (&json!("active"), &json!(2)));
    let cart = guest.post("/api/cart/promotions", &typed).await.expect(200);
    assert!(cart["discount"]["amount"].as_i64() > Some(0), "{cart}");

    let ended = as_staff(&shop, Method::DELETE, path, None).await.expect(200);
    assert_eq!((&ended["state"], &ended["version"]), (&json!("ended"), &json!(3)));
    let again = as_staff(&shop, Method::DELETE, path, None).await.expect(200);
    assert_eq!(again["version"], 3, "to end it twice changes nothing");
    assert_eq!(guest.get("/api/cart").await.expect(200)["discount"]["amount"], 0);
    let placed = guest.place_order("tok_approve").await.expect(201);
    assert_eq!(placed["totals"]["discount"]["amount"], 0, "nobody gets what has ended");
    let mut other = Caller::guest(&shop);
    other.set_line("SINI-W", 1).await.expect(200);
    other.post("/api/cart/promotions", &typed).await.problem(422, "invalid");

    let wrong = json!({ "title": "", "rule": { "kind": "percentage", "basis_points": 0 } });
    let problem = put(&wrong, "\"3\"").await.problem(422, "invalid");
    assert!(names_field(&problem, "title") && names_field(&problem, "rule.basis_points"), "{problem}");
    let listed = seen(&shop, "/v1/promotions?limit=100").await;
    assert!(listed["items"].as_array().expect("promotions").iter().any(|one| one["code"] == "HALF"));
    let known = deeds(&shop, "subject=promotion/HALF").await;
    assert_eq!(known, ["promotion.end", "promotion.put", "promotion.put"]);
}

async fn nobody_but_staff_is_told_anything(shop: Builder) {
    let shop = shop.start().await;
    let service = Caller::service(&shop);
    for path in [
        "/v1/staff/dashboard",
        "/v1/staff/orders",
        "/v1/staff/stuck-orders",
        "/v1/staff/actions",
        "/v1/staff/outbox",
        "/v1/stock",
        "/v1/stock/GABI/movements",
        "/v1/promotions",
        "/v1/promotions/HALF",
    ] {
        service.get(path).await.problem(403, "forbidden");
        Caller::at(&shop.coordinator_url).get(path).await.problem(401, "unauthenticated");
        let user = Caller::at(&shop.coordinator_url).bearing(shop.token("customer").await);
        user.get(path).await.problem(401, "unauthenticated");
    }
    let draft = json!({ "title": "Free", "rule": { "kind": "free_shipping" } });
    service.put("/v1/promotions/FREE", &draft).await.problem(403, "forbidden");
    service.delete("/v1/promotions/FREE").await.problem(403, "forbidden");
    let outbox = seen(&shop, "/v1/staff/outbox").await;
    let subscribers = outbox["subscribers"].as_array().expect("subscribers");
    assert!(subscribers.iter().all(|one| one["subscribed"] == json!(true)), "{outbox}");
    let stuck = seen(&shop, "/v1/staff/stuck-orders").await;
    assert_eq!(stuck, json!({ "items": [], "next": null }));
    for path in ["/v1/staff/actions?after=x", "/v1/stock/GABI/movements?after=x", "/v1/staff/orders?after=x"]
    {
        let problem = as_staff(&shop, Method::GET, path, None).await.problem(422, "invalid");
        assert!(names_field(&problem, "after"), "{path}: {problem}");
    }
}
