//! What others hear of a sale, whatever happens to them and to the shop meanwhile.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode};
use merkato_tests::{
    api::{Caller, names_field},
    shop::{Builder, Shop, merkato},
};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::Command,
    sync::{mpsc, watch},
    time::timeout,
};

/// What takes longer will never happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who hears of events, and answers each with the status of the moment.
struct Receiver {
    url: String,
    status: watch::Sender<u16>,
    events: mpsc::UnboundedReceiver<Value>,
}

impl Receiver {
    async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/events", listener.local_addr().expect("its address"));
        let (status, answer) = watch::channel(status);
        let (sender, events) = mpsc::unbounded_channel();
        let router = Router::new().fallback(receive).with_state((sender, answer));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, status, events }
    }

    async fn next(&mut self) -> Value {
        timeout(PATIENCE, self.events.recv()).await.expect("an event in time").expect("an event")
    }
}

async fn receive(
    State((sender, status)): State<(mpsc::UnboundedSender<Value>, watch::Receiver<u16>)>,
    axum::Json(event): axum::Json<Value>,
) -> StatusCode {
    let status = StatusCode::from_u16(*status.borrow()).expect("a status");
    // A test that is over has no further interest.
    let _ = sender.send(event);
    status
}

/// A file of subscriptions, in a folder that goes with the value.
fn subscriptions(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("subscriptions.toml");
    std::fs::write(&file, text).expect("a file");
    (folder, file)
}

fn shop_with(file: &Path) -> Builder {
    Builder::new().flag("--subscriptions", file.to_str().expect("a path of text"))
}

/// Buys something, and gives the order.
async fn buy(shop: &Shop) -> Value {
    let mut guest = Caller::guest(shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    guest.place_order("tok_approve").await.expect(201)
}

/// Asks the coordinator as staff.
async fn as_staff(
    shop: &Shop,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> merkato_tests::api::Answer {
    let service = Caller::service(shop);
    let mut request = service.request(method, path).header("x-staff", "true");
    if let Some(body) = body {
        request = request.json(&body);
    }
    service.send(request).await
}

/// The dead letters, once there are `count` of them.
async fn dead_letters(shop: &Shop, count: usize) -> Vec<Value> {
    let listed = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            let list = as_staff(shop, Method::GET, "/v1/dead-letters", None).await.expect(200);
            let items = list["items"].as_array().expect("items").clone();
            if items.len() == count {
                return items;
            }
        }
    };
    timeout(PATIENCE, listed).await.expect("as many dead letters as expected")
}

/// What `merkato outbox` prints.
async fn outbox(shop: &Shop, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(merkato())
        .arg("outbox")
        .args(["--coordinator", &shop.coordinator_url, "--data-dir"])
        .arg(shop.data_dir())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("merkato runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[tokio::test]
async fn an_event_outlives_a_kill_and_arrives_after_the_next_start() {
    let mut receiver = Receiver::start(503).await;
    let (_folder, file) = subscriptions(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\nevents = ['order.confirmed']\nwait_max_ms = 100",
        receiver.url
    ));
    let shop = shop_with(&file).start().await;
    let order = buy(&shop).await;
    let refused = receiver.next().await;
    assert_eq!((&refused["type"], &refused["subject"]), (&json!("merkato.order.confirmed"), &order["id"]));
    assert_eq!(refused["source"], shop.url, "events come from the shop's public address");
    assert_eq!(refused["data"]["number"], order["number"]);

    let data = shop.kill().await;
    receiver.status.send_replace(204);
    // What was sent until then was refused, and is not meant.
    while receiver.events.try_recv().is_ok() {}
    let shop = data.start().await;
    let taken = receiver.next().await;
    assert_eq!(taken["id"], refused["id"], "by which it is known as the same");
    assert_eq!((&taken["data"], &taken["time"]), (&refused["data"], &refused["time"]));
    shop.stop().await;
}

#[tokio::test]
async fn an_order_that_nobody_paid_for_is_heard_of_as_well() {
    let mut receiver = Receiver::start(204).await;
    let (_folder, file) = subscriptions(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\nevents = ['order.expired']",
        receiver.url
    ));
    let shop = shop_with(&file).flag("--reservation-seconds", "1").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("GABI", 1).await.expect(200);
    let order = guest.place_order("tok_challenge").await.expect(201);
    let event = receiver.next().await;
    assert_eq!((&event["type"], &event["subject"]), (&json!("merkato.order.expired"), &order["id"]));
}

#[tokio::test]
async fn staff_see_replay_and_drop_what_a_subscriber_did_not_take() {
    let mut receiver = Receiver::start(410).await;
    let (_folder, file) = subscriptions(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\nevents = ['order.placed', 'order.confirmed']",
        receiver.url
    ));
    let shop = shop_with(&file).start().await;
    let order = buy(&shop).await;
    let letters = dead_letters(&shop, 2).await;
    let kinds = letters.iter().map(|letter| letter["type"].as_str().expect("a type")).collect::<Vec<_>>();
    assert_eq!(kinds, ["merkato.order.placed", "merkato.order.confirmed"]);
    let placed = &letters[0];
    assert_eq!((&placed["subscriber"], &placed["subject"]), (&json!("mail"), &order["id"]));
    assert_eq!((&placed["tries"], &placed["last_error"]), (&json!(1), &json!("answered 410 Gone")));

    let path = format!("/v1/dead-letters/mail/{}", placed["event_id"].as_str().expect("an id"));
    let opened = as_staff(&shop, Method::GET, &path, None).await.expect(200);
    assert_eq!(opened["event"], receiver.next().await, "what the subscriber was sent");
    receiver.next().await;

    let page =
        as_staff(&shop, Method::GET, "/v1/dead-letters?limit=1&subscriber=mail", None).await.expect(200);
    assert_eq!(&page["items"][0], placed);
    let next = page["next"].as_str().expect("there is another page");
    let page = as_staff(&shop, Method::GET, &format!("/v1/dead-letters?limit=1&after={next}"), None).await;
    assert_eq!(page.expect(200), json!({ "items": [letters[1]], "next": null }));

    receiver.status.send_replace(204);
    let one = json!({ "event_id": placed["event_id"] });
    let replayed =
        as_staff(&shop, Method::POST, "/v1/dead-letters/replay", Some(one.clone())).await.expect(200);
    assert_eq!(replayed, json!({ "count": 1 }));
    assert_eq!(receiver.next().await["id"], placed["event_id"]);
    as_staff(&shop, Method::POST, "/v1/dead-letters/replay", Some(one)).await.problem(404, "not_found");

    let dropped =
        as_staff(&shop, Method::POST, "/v1/dead-letters/drop", Some(json!({ "subscriber": "mail" })));
    assert_eq!(dropped.await.expect(200), json!({ "count": 1 }));
    assert_eq!(dead_letters(&shop, 0).await, [json!(null); 0]);
}

#[tokio::test]
async fn dead_letters_are_for_staff_and_bad_questions_are_answered_with_the_field() {
    let shop = Shop::start().await;
    let service = Caller::service(&shop);
    service.get("/v1/dead-letters").await.problem(403, "forbidden");
    service.post("/v1/dead-letters/replay", &json!({})).await.problem(403, "forbidden");
    service.post("/v1/dead-letters/drop", &json!({})).await.problem(403, "forbidden");
    Caller::at(&shop.coordinator_url).get("/v1/dead-letters").await.problem(401, "unauthenticated");

    for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("after=next", "after")] {
        let answer = as_staff(&shop, Method::GET, &format!("/v1/dead-letters?{query}"), None).await;
        assert!(names_field(&answer.problem(422, "invalid"), field), "{query}");
    }
    let everything = as_staff(&shop, Method::POST, "/v1/dead-letters/drop", Some(json!({}))).await;
    assert!(names_field(&everything.problem(422, "invalid"), "subscriber"));
    let path = "/v1/dead-letters/mail/no-id";
    as_staff(&shop, Method::GET, path, None).await.problem(404, "not_found");
    let replayed =
        as_staff(&shop, Method::POST, "/v1/dead-letters/replay", Some(json!({}))).await.expect(200);
    assert_eq!(replayed, json!({ "count": 0 }));
}

#[tokio::test]
async fn the_command_line_does_the_same() {
    let mut receiver = Receiver::start(410).await;
    let (_folder, file) = subscriptions(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\nevents = ['order.placed', 'order.confirmed']",
        receiver.url
    ));
    let shop = shop_with(&file).start().await;
    let order = buy(&shop).await;
    let letters = dead_letters(&shop, 2).await;
    let event = letters[0]["event_id"].as_str().expect("an id");

    let listed = outbox(&shop, &["list"]).await.expect("a list");
    let lines = listed.lines().map(|line| line.split('\t').collect::<Vec<_>>()).collect::<Vec<_>>();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0][1..4], ["mail", "merkato.order.placed", order["id"].as_str().expect("an id")]);
    assert_eq!(lines[0][4..], [event, "1", "answered 410 Gone"]);
    assert_eq!(outbox(&shop, &["list", "--subscriber", "search"]).await.expect("an empty list"), "");
    let shown = outbox(&shop, &["show", "mail", event]).await.expect("a letter");
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["event"]["data"]["id"], order["id"]);

    let refused = outbox(&shop, &["drop"]).await.expect_err("nobody is named");
    assert!(refused.contains("subscriber"), "{refused}");
    assert_eq!(outbox(&shop, &["drop", "--event", event]).await.expect("dropped"), "1 dropped\n");
    while receiver.events.try_recv().is_ok() {}
    receiver.status.send_replace(204);
    assert_eq!(outbox(&shop, &["replay"]).await.expect("replayed"), "1 replayed\n");
    assert_eq!(receiver.next().await["id"], letters[1]["event_id"]);
    let nowhere = outbox(&shop, &["--coordinator", "http://127.0.0.1:9", "list"]).await;
    assert!(nowhere.expect_err("nobody is there").contains("--coordinator"));
}

#[tokio::test]
async fn a_bad_subscription_keeps_the_shop_from_starting_and_is_named() {
    let (folder, file) = subscriptions("[[subscription]]\nname = 'mail'\nurl = 'ftp://mail.example'\n");
    let refused = |flags: Vec<String>| {
        let data = folder.path().join("data");
        async move {
            let output = Command::new(merkato())
                .current_dir(merkato_tests::shop::root())
                .args(["up", "--listen", "127.0.0.1:0", "--coordinator-listen", "127.0.0.1:0", "--data-dir"])
                .arg(data)
                .args(flags)
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .output()
                .await
                .expect("merkato runs");
            assert!(!output.status.success(), "it must not start");
            String::from_utf8(output.stderr).expect("text")
        }
    };
    let flag = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    let path = file.to_str().expect("a path of text");
    let said = refused(flag("--subscriptions", path)).await;
    assert!(said.contains(&format!("{path}, line 3: url ")), "{said}");
    let said = refused(flag("--subscriptions", "/nowhere/at-all.toml")).await;
    assert!(said.contains("/nowhere/at-all.toml") && said.contains("--subscriptions"), "{said}");
    let said = refused(flag("--subscriber", "mail")).await;
    assert!(said.contains("NAME=URL"), "{said}");
    let said = refused(flag("--subscriber", "mail=http://a,mail=http://b")).await;
    assert!(said.contains("mail is subscribed twice"), "{said}");
}
