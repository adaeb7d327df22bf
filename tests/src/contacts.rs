//! A users service that says how everybody wants to be written to.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

/// A running users service; gone with the test.
pub struct Contacts {
    /// Where it is.
    pub url: String,
    /// The contact of every account; null if there is none.
    pub contact: watch::Sender<Value>,
}

impl Contacts {
    /// Starts one on a free port, which says `contact` of every account.
    pub async fn start(contact: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (contact, answer) = watch::channel(contact);
        let router = Router::new().route("/internal/users/{id}/contact", get(say)).with_state(answer);
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, contact }
    }
}

async fn say(
    State(contact): State<watch::Receiver<Value>>,
) -> Result<Json<Value>, (StatusCode, [(&'static str, &'static str); 1], String)> {
    let contact = contact.borrow().clone();
    if contact.is_null() {
        let problem = merkato_contract::problem::Problem::not_found("user");
        let problem = serde_json::to_string(&problem).expect("JSON");
        return Err((StatusCode::NOT_FOUND, [("content-type", "application/problem+json")], problem));
    }
    Ok(Json(contact))
}
