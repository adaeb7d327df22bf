//! What people are told, and what they are not.

use std::time::Duration;

use merkato_tests::{
    api::{Answer, Caller, fresh_key, names_field},
    contacts::Contacts,
    mail::MailServer,
    shop::{Builder, Shop},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::payments::until_true;

/// What takes longer will never happen.
const PATIENCE: Duration = Duration::from_secs(30);
const EMAIL: &str = "hanna@merkato.example";

/// The messages that `caller` sees, newest first, once there are `count` that meet `query`.
async fn messages(caller: &Caller, query: &str, count: usize) -> Vec<Value> {
    let listed = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            let list = caller.get(&format!("/api/notifications?{query}")).await.expect(200);
            let items = list["items"].as_array().expect("items").clone();
            if items.len() == count {
                return items;
            }
        }
    };
    timeout(PATIENCE, listed).await.expect("as many messages as expected")
}

fn templates(messages: &[Value]) -> Vec<&str> {
    let mut names =
        messages.iter().map(|message| message["template"].as_str().expect("a name")).collect::<Vec<_>>();
    names.sort_unstable();
    names
}

/// A message with what it says.
async fn opened(caller: &Caller, message: &Value) -> Value {
    caller.get(&format!("/api/notifications/{}", message["id"].as_str().expect("an id"))).await.expect(200)
}

/// Somebody who speaks to the shop as its own services do.
fn service(shop: &Shop) -> Caller {
    Caller::guest(shop).bearing(shop.secret("service_token"))
}

async fn deliver(shop: &Shop, event: &Value) -> Answer {
    let service = service(shop);
    let request = service.request(Method::POST, "/internal/notifications/events");
    let request = request.header("content-type", "application/cloudevents+json");
    service.send(request.body(event.to_string())).await
}

fn event(id: &str, kind: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "http://shop", "type": kind, "subject": "s",
        "time": "2026-11-21T05:14:00.000Z", "datacontenttype": "application/json", "data": data,
    })
}

async fn buy(caller: &mut Caller, sku: &str) -> Value {
    caller.set_line(sku, 1).await.expect(200);
    caller.place_order("tok_approve").await.expect(201)
}

/// How somebody who wants everything wants to be written to.
fn keen() -> Value {
    json!({
        "email": EMAIL, "locale": "am-ET", "phone": "+251911000000", "email_verified": true,
        "preferences": { "email": { "orders": true, "marketing": true }, "sms": { "orders": true } },
    })
}

on_each_engine!(
    a_guest_is_told_of_an_order_once_however_often_the_event_comes,
    what_the_mail_server_does_not_take_is_sent_later_and_only_once,
    an_account_is_written_to_as_it_wants_to_be,
    an_offer_goes_to_those_who_want_it_until_they_end_it_with_one_click,
    whoever_waits_for_a_sku_hears_that_it_is_back,
    a_service_has_a_message_sent_once_for_each_key,
    whoever_leaves_a_cart_alone_is_reminded_of_it_once,
);

async fn a_guest_is_told_of_an_order_once_however_often_the_event_comes(builder: Builder) {
    let shop = builder.start().await;
    let staff = Caller::staff(&shop).await;
    let order = buy(&mut Caller::guest(&shop), "SINI-W").await;
    let told = messages(&staff, &format!("recipient={EMAIL}&state=sent"), 2).await;
    assert_eq!(templates(&told), ["order_paid", "order_placed"]);
    let placed = told.iter().find(|message| message["template"] == "order_placed").expect("a message");
    assert_eq!((&placed["channel"], &placed["locale"]), (&json!("email"), &json!("en")));
    let text = opened(&staff, placed).await["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("1 × Sini cup") && text.contains("$9.00"), "{text}");

    let id = "0192c7d8-0000-7000-8000-000000000001";
    let again = event(id, "merkato.order.delivered", &order);
    let (one, other) = tokio::join!(deliver(&shop, &again), deliver(&shop, &again));
    one.expect(204);
    other.expect(204);
    deliver(&shop, &again).await.expect(204);
    let told = messages(&staff, &format!("recipient={EMAIL}&state=sent"), 3).await;
    assert_eq!(templates(&told), ["order_delivered", "order_paid", "order_placed"]);

    let page = staff.get("/api/notifications?limit=2").await.expect(200);
    let next = page["next"].as_str().expect("there is another page");
    let rest = staff.get(&format!("/api/notifications?limit=2&after={next}")).await.expect(200);
    assert_eq!(rest["items"].as_array().expect("items").len(), 1);
    assert_eq!(rest["next"], Value::Null);
}

async fn what_the_mail_server_does_not_take_is_sent_later_and_only_once(builder: Builder) {
    let server = MailServer::start().await;
    server.status.send_replace(503);
    let shop = server.shop(builder).start().await;
    let staff = Caller::staff(&shop).await;
    buy(&mut Caller::guest(&shop), "SINI-W").await;
    server.tries(2).await;
    let waiting = messages(&staff, "state=queued", 2).await;
    assert!(waiting.iter().all(|message| message["tries"].as_u64() >= Some(1)));

    server.status.send_replace(200);
    let swept = async {
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        loop {
            tick.tick().await;
            let swept = service(&shop).post("/internal/notifications/sweep", &json!({})).await.expect(200);
            if swept["left"] == 0 {
                return;
            }
        }
    };
    timeout(PATIENCE, swept).await.expect("all is sent");
    let sent = messages(&staff, "state=sent", 2).await;
    let tries = server.tries(4).await;
    let taken = tries.iter().filter(|mail| mail.taken).collect::<Vec<_>>();
    assert_eq!(taken.len(), 2, "each once: {tries:#?}");
    for message in &sent {
        let tries = tries.iter().filter(|mail| message["id"] == mail.key.as_str()).collect::<Vec<_>>();
        assert!(
            tries.len() >= 2 && tries.iter().all(|mail| mail.body == tries[0].body),
            "the same each time"
        );
        let body = &tries[0].body;
        assert_eq!(body["From"], json!({ "Email": "shop@merkato.example", "Name": "Merkato" }));
        assert_eq!((&body["To"], &body["Subject"]), (&json!([{ "Email": EMAIL }]), &message["subject"]));
        assert!(body["HTML"].as_str().expect("a page").starts_with("<!DOCTYPE html>"));
        assert_eq!(body["Headers"], json!({}), "no order is an offer");
    }

    server.status.send_replace(400);
    let message = json!({
        "key": "k1", "template": "reset_password", "values": { "url": "http://shop/reset-password?token=t0ken" },
        "to": { "user_id": "0192c7d8-0000-7000-8000-000000000001", "email": "no@merkato.example", "locale": "en" },
    });
    service(&shop).post("/internal/notifications/messages", &message).await.expect(202);
    let failed = messages(&staff, "state=failed", 1).await;
    assert!(failed[0]["reason"].as_str().expect("a reason").contains("400"), "{failed:#?}");
    server.status.send_replace(200);
    let mut message = message;
    message["key"] = json!("k2");
    service(&shop).post("/internal/notifications/messages", &message).await.expect(202);
    let sent = messages(&staff, "state=sent&recipient=no@merkato.example", 1).await;
    let opened = opened(&staff, &sent[0]).await;
    assert_eq!((&opened["text"], &opened["html"]), (&Value::Null, &Value::Null), "the key is forgotten");
}

async fn an_account_is_written_to_as_it_wants_to_be(builder: Builder) {
    let users = Contacts::start(keen()).await;
    let shop = builder.variable("users_url", &users.url).start().await;
    let staff = Caller::staff(&shop).await;
    let mut shopper = Caller::with_token(&shop, shop.token("customer").await);
    let order = buy(&mut shopper, "SINI-W").await;
    assert!(order["user_id"].is_string(), "an order says whose it is: {order:#}");
    let told = messages(&shopper, "state=sent", 2).await;
    assert!(told.iter().all(|message| message["locale"] == "am" && message["user_id"] == order["user_id"]));
    let text = opened(&shopper, &told[0]).await["text"].as_str().expect("a text").to_owned();
    let link = format!("{}/orders/{}", shop.url, order["id"].as_str().expect("an id"));
    assert!(text.contains("ሰላም") && text.contains("US$9.00") && text.contains(&link), "{text}");

    let path = format!("/api/orders/{}", order["id"].as_str().expect("an id"));
    let shipment = json!({ "carrier": "<b>Post</b>", "tracking_number": "AP-1" });
    staff.post(&format!("{path}/ship"), &shipment).await.expect(200);
    let shipped = messages(&shopper, "state=sent&recipient=%2B251911000000", 1).await;
    assert_eq!((&shipped[0]["channel"], &shipped[0]["template"]), (&json!("sms"), &json!("order_shipped")));
    let mailed = messages(&shopper, &format!("recipient={EMAIL}"), 3).await;
    let page = opened(&shopper, &mailed[0]).await["html"].as_str().expect("a page").to_owned();
    assert!(page.contains("&lt;b&gt;Post&lt;/b&gt;") && !page.contains("<b>Post"), "{page}");

    let quiet = json!({ "email": EMAIL, "locale": "de", "preferences": { "email": { "orders": false } } });
    users.contact.send_replace(quiet);
    staff.post(&format!("{path}/deliver"), &json!({})).await.expect(200);
    // Events of one order come one after the other, so that this one's fate is known once the next is told of.
    let captured = async || staff.get(&path).await.expect(200)["payment"]["state"] == "captured";
    until_true("captured", captured).await;
    let refund = json!({ "amount": { "amount": 100, "currency": "USD" } });
    staff.post(&format!("{path}/refund"), &refund).await.expect(200);
    let told = messages(&shopper, "", 5).await;
    assert_eq!((&told[0]["template"], &told[0]["locale"]), (&json!("order_refunded"), &json!("de")));
    assert!(!templates(&told).contains(&"order_delivered"), "{told:#?}");

    // Without the users service the shop still keeps to its contract.
    users.contact.send_replace(Value::Null);
    buy(&mut shopper, "SINI-W").await;
    assert_eq!(messages(&shopper, "", 7).await[0]["locale"], "en");

    let stranger = Caller::with_token(&shop, shop.token("customer").await);
    assert_eq!(stranger.get("/api/notifications").await.expect(200)["items"], json!([]));
    let path = format!("/api/notifications/{}", told[0]["id"].as_str().expect("an id"));
    stranger.get(&path).await.problem(404, "not_found");
    Caller::guest(&shop).get(&path).await.problem(401, "unauthenticated");
    Caller::guest(&shop).get("/api/notifications").await.problem(401, "unauthenticated");
}

async fn an_offer_goes_to_those_who_want_it_until_they_end_it_with_one_click(builder: Builder) {
    let (users, server) = (Contacts::start(keen()).await, MailServer::start().await);
    let shop = server.shop(builder).variable("users_url", &users.url).start().await;
    let staff = Caller::staff(&shop).await;
    let shopper = Caller::with_token(&shop, shop.token("customer").await);
    let review = json!({ "rating": 5, "title": "Warm", "body": "Four layers." });
    let user = shopper.post("/api/reviews/products/gabi", &review).await.expect(201)["user_id"].clone();
    let offer = |key: &str| json!({ "key": key, "user_ids": [user], "title": "Sale <now>", "text": "One.\n\nTwo.", "path": "/products" });
    shopper.post("/api/notifications/promotions", &offer("a")).await.problem(403, "forbidden");
    let sent = staff.post("/api/notifications/promotions", &offer("a")).await.expect(202);
    assert_eq!(sent, json!({ "written": 1, "left_out": 0 }));
    staff.post("/api/notifications/promotions", &offer("a")).await.expect(202);
    let mails = server.tries(1).await;
    assert_eq!(mails.len(), 1, "the same key is the same offer");
    let mail = &mails[0].body;
    assert_eq!(mail["Subject"], "Sale <now>");
    let page = mail["HTML"].as_str().expect("a page");
    assert!(page.contains("<p>One.</p><p>Two.</p>") && page.contains("Sale &lt;now&gt;"), "{page}");
    assert_eq!(mail["Headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");

    let header = mail["Headers"]["List-Unsubscribe"].as_str().expect("a header");
    let url = header.strip_prefix('<').and_then(|url| url.strip_suffix('>')).expect("an address");
    assert!(page.contains(url), "people see it, too");
    let client = reqwest::Client::new();
    let forged = client.post(format!("{url}0")).send().await.expect("an answer");
    assert_eq!(forged.status(), 404);
    let looked = client.get(url).send().await.expect("an answer");
    assert_eq!(looked.status(), 200);
    let sent = staff.post("/api/notifications/promotions", &offer("b")).await.expect(202);
    assert_eq!(sent["written"], 1, "looking where the link leads ends nothing");
    let ended = client.post(url).body("List-Unsubscribe=One-Click").send().await.expect("an answer");
    assert_eq!(ended.status(), 200);
    let sent = staff.post("/api/notifications/promotions", &offer("c")).await.expect(202);
    assert_eq!(sent, json!({ "written": 0, "left_out": 1 }));

    let remind = async |key: &str| {
        let reminder = json!({ "key": key, "user_id": user });
        service(&shop).post("/internal/notifications/abandoned-carts", &reminder).await
    };
    remind("cart-1").await.expect(202);
    assert_eq!(messages(&staff, "", 2).await.len(), 2, "a reminder is an offer, too");
    shopper.delete("/api/notifications/unsubscription").await.expect(204);
    let sent = staff.post("/api/notifications/promotions", &offer("d")).await.expect(202);
    assert_eq!(sent["written"], 1, "they want offers again");
    users.contact.send_replace(json!({ "email": EMAIL, "locale": "en", "preferences": {} }));
    remind("cart-2").await.expect(202);
    assert_eq!(messages(&staff, "", 3).await.len(), 3, "nobody asked for it");
    users.contact.send_replace(keen());
    remind("cart-3").await.expect(202);
    remind("cart-3").await.expect(202);
    assert_eq!(messages(&staff, "", 4).await[0]["template"], "abandoned_cart");
    remind("").await.problem(422, "invalid");
    users.contact.send_replace(Value::Null);
    let sent = staff.post("/api/notifications/promotions", &offer("e")).await.expect(202);
    assert_eq!(sent, json!({ "written": 0, "left_out": 1 }));
}

async fn whoever_waits_for_a_sku_hears_that_it_is_back(builder: Builder) {
    let users = Contacts::start(keen()).await;
    let shop = builder.variable("users_url", &users.url).start().await;
    let shopper = Caller::with_token(&shop, shop.token("customer").await);
    let path = "/api/notifications/back-in-stock/NETELA";
    let wanted = json!({ "product": "netela" });
    Caller::guest(&shop).put(path, &wanted).await.problem(401, "unauthenticated");
    for (wrong, field) in [
        (json!({ "product": "gabi" }), "product"),
        (json!({ "product": "no-such-thing" }), "product"),
        (json!({ "product": "<b>" }), "product"),
        (json!({}), "product"),
        (json!({ "product": "netela", "email": EMAIL }), "email"),
    ] {
        let problem = shopper.put(path, &wrong).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{wrong}: {problem:#}");
    }
    shopper.put(path, &wanted).await.expect(204);
    shopper.put(path, &wanted).await.expect(204);
    let changed = Caller::with_token(&shop, shop.token("customer").await);
    changed.put(path, &wanted).await.expect(204);
    changed.delete(path).await.expect(204);

    let coordinator = Caller::service(&shop);
    let movement = json!({ "pieces": 3, "note": "came in" });
    let request = coordinator.request(Method::POST, "/v1/stock/NETELA/movements").header("x-staff", "true");
    coordinator.send(request.json(&movement)).await.expect(200);
    let told = messages(&Caller::staff(&shop).await, "state=sent", 1).await;
    assert_eq!((&told[0]["template"], &told[0]["locale"]), (&json!("back_in_stock"), &json!("am")));
    let text = opened(&shopper, &told[0]).await["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("Netela") && text.contains("/products/netela"), "{text}");
}

async fn a_service_has_a_message_sent_once_for_each_key(builder: Builder) {
    let shop = builder.start().await;
    let (service, staff) = (service(&shop), Caller::staff(&shop).await);
    let message = |key: &str| {
        json!({
            "key": key, "template": "verify_email",
            "values": { "first_name": "Hanna", "token": "t1", "url": "http://shop/verify-email?token=t1" },
            "to": { "user_id": "0192c7d8-0000-7000-8000-000000000001", "email": EMAIL, "locale": "de-AT" },
        })
    };
    let path = "/internal/notifications/messages";
    Caller::guest(&shop).post(path, &message("a")).await.problem(401, "unauthenticated");
    staff.post(path, &message("a")).await.problem(401, "unauthenticated");
    let (one, other) = (message("a"), message("a"));
    let (one, other) = tokio::join!(service.post(path, &one), service.post(path, &other));
    one.expect(202);
    other.expect(202);
    let sent = messages(&staff, "state=sent", 1).await;
    let text = opened(&staff, &sent[0]).await["text"].as_str().expect("a text").to_owned();
    assert!(
        text.contains("http://shop/verify-email?token=t1") && text.starts_with("Guten Tag Hanna,"),
        "{text}"
    );

    let wrong = [
        ("/key", json!(""), "key"),
        ("/key", json!("k".repeat(129)), "key"),
        ("/key", json!(1), "key"),
        ("/template", json!("order_placed"), "template"),
        ("/to/email", json!("a@b.example\r\nBcc: c@d.example"), "to.email"),
        ("/to/user_id", json!("1 OR 1=1"), "to.user_id"),
        ("/to/locale", json!("';--"), "to.locale"),
        ("/values/token", json!("t".repeat(2_001)), "values.token"),
        ("/values/token", json!(true), "values.token"),
        ("/values/url", json!("javascript:alert(1)"), "values.url"),
        ("/values", json!({ "url": "http://shop/", "colour": "red" }), "values.colour"),
        ("/values", json!({}), "values.url"),
        ("/to", json!({ "email": EMAIL, "locale": "de" }), "to.user_id"),
    ];
    for (pointer, value, field) in wrong {
        let mut message = message("b");
        *message.pointer_mut(pointer).expect("a field") = value;
        let problem = service.post(path, &message).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{field}: {problem:#}");
    }
    let mut unknown = message("b");
    unknown["subject"] = json!("Hello");
    assert!(names_field(&service.post(path, &unknown).await.problem(422, "invalid"), "subject"));
    assert_eq!(messages(&staff, "", 1).await.len(), 1, "nothing of it was written");
}

#[tokio::test]
async fn bad_questions_and_events_are_answered_with_the_field() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    for (query, field) in
        [("limit=0", "limit"), ("limit=101", "limit"), ("after=x", "after"), ("state=lost", "state")]
    {
        let problem = staff.get(&format!("/api/notifications?{query}")).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{query}: {problem:#}");
    }
    let none = staff.get("/api/notifications?recipient=%27%20OR%201%3D1--").await.expect(200);
    assert_eq!(none["items"], json!([]));
    staff.get("/api/notifications/no-id").await.problem(404, "not_found");
    staff.delete("/api/notifications").await.problem(405, "method_not_allowed");

    let id = "0192c7d8-0000-7000-8000-000000000001";
    let good = event(id, "merkato.order.placed", &json!({ "id": 1 }));
    assert!(names_field(&deliver(&shop, &good).await.problem(422, "invalid"), "data"));
    let mut other = good.clone();
    other["specversion"] = json!("2.0");
    assert!(names_field(&deliver(&shop, &other).await.problem(422, "invalid"), "specversion"));
    deliver(&shop, &event(id, "merkato.moon.full", &json!(null))).await.expect(204);
    let path = "/internal/notifications/events";
    service(&shop).post(path, &good).await.problem(415, "unsupported_media_type");
    Caller::guest(&shop).post(path, &good).await.problem(401, "unauthenticated");
    Caller::guest(&shop)
        .post("/internal/notifications/sweep", &json!({}))
        .await
        .problem(401, "unauthenticated");

    let offer = json!({ "key": fresh_key(), "user_ids": [], "title": "", "text": "x".repeat(2_001), "path": "//evil" });
    let problem = staff.post("/api/notifications/promotions", &offer).await.problem(422, "invalid");
    for field in ["user_ids", "title", "text", "path"] {
        assert!(names_field(&problem, field), "{field}: {problem:#}");
    }
}

async fn whoever_leaves_a_cart_alone_is_reminded_of_it_once(builder: Builder) {
    let users = Contacts::start(keen()).await;
    let builder = builder.variable("users_url", &users.url).flag("--remind-after-seconds", "2");
    let shop = builder.start().await;
    let staff = Caller::staff(&shop).await;
    let mut buyer = Caller::with_token(&shop, shop.token("customer").await);
    buy(&mut buyer, "SINI-W").await;
    Caller::guest(&shop).set_line("SINI-W", 1).await.expect(200);
    let mut shopper = Caller::with_token(&shop, shop.token("customer").await);
    let cart = shopper.set_line("SINI-W", 1).await.expect(200);
    // Looked at in the order in which they were filled: the carts before were left alone, too, and nobody was reminded.
    let reminders = async |count: usize| {
        let reminded = async {
            let mut tick = tokio::time::interval(Duration::from_millis(100));
            loop {
                tick.tick().await;
                let list = staff.get("/api/notifications?limit=100").await.expect(200);
                let items = list["items"].as_array().expect("items").clone();
                let reminders = items.into_iter().filter(|message| message["template"] == "abandoned_cart");
                let reminders = reminders.collect::<Vec<_>>();
                if reminders.len() >= count {
                    return reminders;
                }
            }
        };
        timeout(PATIENCE, reminded).await.expect("a reminder")
    };
    let first = reminders(1).await;
    let own = shopper.get("/api/notifications").await.expect(200);
    assert_eq!((first.len(), &own["items"][0]["id"]), (1, &first[0]["id"]));

    let changed = shopper.set_line("SINI-W", 2).await.expect(200);
    assert_eq!(changed["version"].as_i64(), cart["version"].as_i64().map(|version| version + 1));
    assert_eq!(reminders(2).await.len(), 2, "once for each time that it was left");
}
