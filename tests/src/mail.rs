//! A mail server that takes mail as Mailpit does, and answers with the status of the moment.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::shop::{Builder, root};

/// What the server wants to see of whoever sends.
const AUTHORIZATION: &str = "Bearer mail-key";

/// A running mail server; gone with the test.
pub struct MailServer {
    /// Where it is.
    pub url: String,
    /// What it answers with.
    pub status: watch::Sender<u16>,
    tries: watch::Receiver<Vec<Mail>>,
}

/// A mail that somebody tried to send.
#[derive(Debug, Clone)]
pub struct Mail {
    /// By which a repeated one is known.
    pub key: String,
    /// What was posted.
    pub body: Value,
    /// Whether the server took it.
    pub taken: bool,
}

type Shared = (watch::Sender<Vec<Mail>>, watch::Receiver<u16>);

impl MailServer {
    /// Starts one on a free port. It takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (status, answer) = watch::channel(200);
        let (mails, tries) = watch::channel(Vec::new());
        let router = Router::new().route("/api/v1/send", post(send)).with_state((mails, answer));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, status, tries }
    }

    /// A shop that sends its mail through this server, by the manifest that merchants are told to make.
    pub fn shop(&self, builder: Builder) -> Builder {
        builder
            .switch(&root().join("components/channel-email/switch.toml"), "nothing")
            .variable("mail_api_url", &self.url)
            .variable("mail_from", "Merkato <shop@merkato.example>")
            .variable("mail_api_authorization", AUTHORIZATION)
    }

    /// Every try so far, once there are at least `count`.
    pub async fn tries(&self, count: usize) -> Vec<Mail> {
        let mut tries = self.tries.clone();
        let tries = tries.wait_for(|tries| tries.len() >= count).await.expect("it runs");
        tries.clone()
    }
}

async fn send(
    State((mails, status)): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("authorization") != AUTHORIZATION {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "Error": "who are you?" })));
    }
    let status = StatusCode::from_u16(*status.borrow()).expect("a status");
    let mail = Mail { key: header("idempotency-key").to_owned(), body, taken: status.is_success() };
    mails.send_modify(|mails| mails.push(mail));
    (status, Json(json!({ "ID": "mail-1" })))
}
