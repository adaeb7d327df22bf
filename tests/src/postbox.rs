//! A notifications service that keeps what it is asked to send, for the test to read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, time::timeout};

use crate::shop::Builder;

/// A message that takes longer is lost: what a shop could not send at once it tries again after ten seconds or so.
const WAIT_MAX: Duration = Duration::from_mins(2);

/// A running service; gone with the test.
pub struct Postbox {
    url: String,
    state: Arc<Shelf>,
}

struct Shelf {
    messages: watch::Sender<Vec<Value>>,
    refusals_left: AtomicUsize,
}

impl Postbox {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state =
            Arc::new(Shelf { messages: watch::Sender::new(Vec::new()), refusals_left: AtomicUsize::new(0) });
        let router = Router::new()
            .route("/internal/notifications/messages", post(take))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, state }
    }

    /// Makes the shop send its messages here.
    pub fn serve(&self, shop: Builder) -> Builder {
        shop.variable("notifications_url", &self.url)
    }

    /// Refuses the next `times` messages.
    pub fn refuse(&self, times: usize) {
        self.state.refusals_left.store(times, Ordering::SeqCst);
    }

    /// Waits until there are `count` messages of `template` to `email`, and gives the last of them.
    pub async fn message(&self, template: &str, email: &str, count: usize) -> Value {
        let mut messages = self.state.messages.subscribe();
        let wanted = |all: &Vec<Value>| {
            let of_it = all
                .iter()
                .filter(|message| message["template"] == template && message["to"]["email"] == email);
            of_it.cloned().collect::<Vec<_>>()
        };
        let there = timeout(WAIT_MAX, messages.wait_for(|all| wanted(all).len() >= count)).await;
        let Ok(there) = there else { panic!("no {template} for {email}: {:#?}", self.messages()) };
        wanted(&there.expect("it runs")).swap_remove(count - 1)
    }

    /// The token in a message.
    pub async fn token(&self, template: &str, email: &str, count: usize) -> String {
        let message = self.message(template, email, count).await;
        message["values"]["token"].as_str().expect("a token").to_owned()
    }

    /// All that came so far.
    pub fn messages(&self) -> Vec<Value> {
        self.state.messages.borrow().clone()
    }
}

async fn take(State(shelf): State<Arc<Shelf>>, Json(message): Json<Value>) -> StatusCode {
    let refused = shelf
        .refusals_left
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok();
    if refused {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    shelf.messages.send_modify(|all| {
        // As a real one: the same key is the same message.
        if all.iter().all(|known| known["key"] != message["key"]) {
            all.push(message);
        }
    });
    StatusCode::ACCEPTED
}
