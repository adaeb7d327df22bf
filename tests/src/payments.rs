//! A payments service that answers when the test says so.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

/// A running payments service; gone with the test.
pub struct Payments {
    /// Where it is.
    pub url: String,
    held: Arc<Held>,
}

struct Held {
    asked: watch::Sender<usize>,
    answers: Semaphore,
    answered: AtomicUsize,
}

impl Payments {
    /// Starts one on a free port. It approves everything, but holds each answer back until it is let go.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let held = Arc::new(Held {
            asked: watch::Sender::new(0),
            answers: Semaphore::new(0),
            answered: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/internal/payments/authorize", post(authorize))
            .with_state(Arc::clone(&held));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, held }
    }

    /// Waits until it has been asked `times` times.
    pub async fn asked(&self, times: usize) {
        let mut asked = self.held.asked.subscribe();
        asked.wait_for(|asked| *asked >= times).await.expect("it runs");
    }

    /// Lets one answer go.
    pub fn answer(&self) {
        self.held.answers.add_permits(1);
    }

    /// Lets all answers go, from now on.
    pub fn answer_all(&self) {
        self.held.answers.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// How many answers it has given.
    pub fn answered(&self) -> usize {
        self.held.answered.load(Ordering::SeqCst)
    }
}

async fn authorize(State(held): State<Arc<Held>>, Json(request): Json<Value>) -> Json<Value> {
    held.asked.send_modify(|asked| *asked += 1);
    held.answers.acquire().await.expect("it runs").forget();
    held.answered.fetch_add(1, Ordering::SeqCst);
    Json(json!({
        "payment_id": request["payment_id"], "order_id": request["order_id"], "attempt": request["attempt"],
        "outcome": "approved",
    }))
}
