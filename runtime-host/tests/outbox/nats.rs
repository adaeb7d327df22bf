//! The outbox against a real NATS with `JetStream`.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use async_nats::{HeaderMap, HeaderValue, jetstream};
use futures::StreamExt as _;
use merkato_contract::event::DeadLetterSelection;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::fixture::{Outbox, PATIENCE, SOURCE};

/// Where the server is, if there is one. In CI there must be.
fn server_program() -> Option<PathBuf> {
    // Debian puts it where not every user's PATH leads.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = folders.map(|folder| folder.join("nats-server")).find(|program| program.is_file());
    assert!(found.is_some() || std::env::var("CI").as_deref() != Ok("true"), "CI must have nats-server");
    if found.is_none() {
        eprintln!("skipped: there is no nats-server here; `make nats` says how to get it");
    }
    found
}

/// A server of its own for each test, with its streams in a folder.
struct Server {
    url: String,
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    async fn start(flags: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let (process, url) = run(&server_program()?, folder.path(), "-1", flags).await;
        Some(Self { url, process, folder })
    }

    /// Ends it as a power cut would.
    async fn kill(&mut self) {
        self.process.kill().await.expect("it can be killed");
    }

    /// Starts it again at the same address with the same streams.
    async fn start_again(&mut self) {
        let port = self.url.rsplit(':').next().expect("a port").to_owned();
        let program = server_program().expect("the server");
        (self.process, self.url) = run(&program, self.folder.path(), &port, &[]).await;
    }

    /// What is in the stream: subjects, headers and events.
    async fn messages(&self, stream: &str) -> Vec<(String, HeaderMap, Value)> {
        let client = async_nats::connect(&self.url).await.expect("a connection");
        let stream = jetstream::new(client).get_stream(stream).await.expect("the stream");
        let count = stream.cached_info().state.messages;
        let consumer = stream.create_consumer(jetstream::consumer::pull::Config::default()).await;
        let messages = consumer.expect("a consumer").messages().await.expect("messages");
        let messages = messages.take(usize::try_from(count).expect("a small number"));
        let read = messages.map(|message| {
            let message = message.expect("a message");
            let event = serde_json::from_slice(&message.payload).expect("JSON");
            (message.subject.to_string(), message.headers.clone().expect("headers"), event)
        });
        tokio::time::timeout(PATIENCE, read.collect()).await.expect("the messages in time")
    }
}

async fn run(program: &Path, folder: &Path, port: &str, flags: &[&str]) -> (Child, String) {
    let process = Command::new(program)
        .args(["--addr", "127.0.0.1", "--port", port, "--jetstream", "--store_dir"])
        .arg(folder.join("streams"))
        .arg("--ports_file_dir")
        .arg(folder)
        .args(flags)
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("nats-server starts");
    // It writes the port that it got into a file when it listens.
    let file = folder.join(format!("nats-server_{}.ports", process.id().expect("it runs")));
    let listening = async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            let ports = std::fs::read(&file).ok();
            let ports = ports.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
            if let Some(url) = ports.as_ref().and_then(|ports| ports["nats"][0].as_str()) {
                return url.to_owned();
            }
        }
    };
    let url = tokio::time::timeout(PATIENCE, listening).await.expect("nats-server listens in time");
    (process, url)
}

async fn last_error(outbox: &Outbox) -> String {
    let letters = outbox
        .read(|store| {
            Box::pin(async move { store.dead_letters(&DeadLetterSelection::default(), None, 1).await })
        })
        .await;
    letters.into_iter().next().expect("a dead letter").last_error
}

#[tokio::test]
async fn an_event_is_in_the_stream_under_its_type_before_it_counts_as_delivered() {
    let Some(server) = Server::start(&[]).await else { return };
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'queue'\nurl = '{}'\ncreate_stream = 'SHOP'",
        server.url
    ))
    .await;
    let mut ids = Vec::new();
    for kind in ["merkato.order.placed", "merkato.order.confirmed", "merkato.order.shipped"] {
        ids.push((kind, outbox.announce("order-1", kind).await));
    }
    outbox.is_empty().await;
    let messages = server.messages("SHOP").await;
    assert_eq!(messages.len(), 3);
    for ((kind, id), (subject, headers, event)) in ids.iter().zip(&messages) {
        assert_eq!(subject, kind);
        assert_eq!(headers.get("Nats-Msg-Id").map(HeaderValue::as_str), Some(id.to_string().as_str()));
        assert_eq!(
            headers.get("Content-Type").map(HeaderValue::as_str),
            Some("application/cloudevents+json")
        );
        assert_eq!((&event["type"], &event["source"]), (&Value::from(*kind), &Value::from(SOURCE)));
        assert_eq!(event["id"], id.to_string());
    }
}

#[tokio::test]
async fn an_event_that_the_stream_has_already_is_not_in_it_twice() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = async_nats::connect(&server.url).await.expect("a connection");
    let context = jetstream::new(client);
    let config = jetstream::stream::Config {
        name: "SHOP".to_owned(),
        subjects: vec!["merkato.>".to_owned()],
        ..jetstream::stream::Config::default()
    };
    context.create_stream(config).await.expect("a stream");
    // What the shop sent before its acknowledgement was lost.
    let lost = jetstream::message::PublishMessage::build()
        .payload("{}".into())
        .message_id("00000000-0000-0000-0000-000000000001");
    context.send_publish("merkato.order.placed", lost).await.expect("sent").await.expect("acknowledged");

    let outbox = Outbox::start(&format!("[[subscription]]\nname = 'queue'\nurl = '{}'", server.url)).await;
    let id = outbox.announce("order-1", "merkato.order.placed").await;
    assert_eq!(id.to_string(), "00000000-0000-0000-0000-000000000001");
    outbox.announce("order-1", "merkato.order.confirmed").await;
    outbox.is_empty().await;
    let subjects = server.messages("SHOP").await.into_iter().map(|(subject, ..)| subject).collect::<Vec<_>>();
    assert_eq!(subjects, ["merkato.order.placed", "merkato.order.confirmed"]);
}

#[tokio::test]
async fn without_a_stream_nothing_counts_as_delivered() {
    let Some(server) = Server::start(&[]).await else { return };
    let outbox =
        Outbox::start(&format!("[[subscription]]\nname = 'queue'\nurl = '{}'\ntries_max = 2", server.url))
            .await;
    outbox.announce("order-1", "merkato.order.placed").await;
    outbox.is_empty().await;
    assert!(last_error(&outbox).await.contains("no stream found"), "{}", last_error(&outbox).await);
}

#[tokio::test]
async fn a_server_that_comes_back_gets_what_it_missed() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'queue'\nurl = '{}'\ncreate_stream = 'SHOP'\ntimeout_ms = 500\ntries_max = 10000",
        server.url
    ))
    .await;
    outbox.announce("order-1", "merkato.order.placed").await;
    outbox.is_empty().await;
    server.kill().await;
    for _ in 0..5 {
        outbox.announce("order-1", "merkato.order.confirmed").await;
    }
    server.start_again().await;
    outbox.is_empty().await;
    let numbers =
        server.messages("SHOP").await.into_iter().map(|(.., event)| event["data"]["number"].clone());
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_server_that_is_not_there_when_the_shop_starts_is_found_later() {
    let Some(mut server) = Server::start(&[]).await else { return };
    server.kill().await;
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'queue'\nurl = '{}'\ncreate_stream = 'SHOP'\ntimeout_ms = 500\ntries_max = 10000",
        server.url
    ))
    .await;
    outbox.announce("order-1", "merkato.order.placed").await;
    server.start_again().await;
    outbox.is_empty().await;
    assert_eq!(server.messages("SHOP").await.len(), 1);
}

#[tokio::test]
async fn credentials_come_from_the_address_or_the_environment_and_are_told_nobody() {
    let Some(server) = Server::start(&["--user", "shop", "--pass", "hush"]).await else { return };
    let address = server.url.strip_prefix("nats://").expect("an address");
    for (credentials, right) in [
        (format!("url = 'nats://shop:hush@{address}'"), true),
        (format!("url = 'nats://{address}'\ncredentials_env = 'NATS'"), true),
        (format!("url = 'nats://shop:hush-hush@{address}'"), false),
        (format!("url = 'nats://{address}'"), false),
    ] {
        let outbox = Outbox::start(&format!(
            "[[subscription]]\nname = 'queue'\n{credentials}\ncreate_stream = 'SHOP'\ntries_max = 1"
        ))
        .await;
        outbox.announce("order-1", "merkato.order.placed").await;
        outbox.is_empty().await;
        let letters = outbox
            .read(|store| {
                Box::pin(async move { store.dead_letters(&DeadLetterSelection::default(), None, 1).await })
            })
            .await;
        assert_eq!(letters.is_empty(), right, "{credentials}: {letters:?}");
        if !right {
            let said = last_error(&outbox).await;
            assert!(said.contains("authorization violation") && !said.contains("hush"), "{said}");
        }
    }
}
