//! A payments service that keeps a ledger: it approves everything, charges each payment once however often it is
//! asked, and may be slow or say things twice.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::api::Caller;

/// How it answers.
#[derive(Debug, Clone, Default)]
pub enum Manner {
    /// At once.
    #[default]
    Prompt,
    /// Only whoever asks for the second time; the money was taken the first time.
    SilentAtFirst,
    /// At once, and then once more by webhook to each of these coordinators.
    Twice(Vec<Caller>),
}

/// A running payments service; gone with the test.
pub struct Bank {
    /// Where it is.
    pub address: SocketAddr,
    ledger: Arc<Ledger>,
}

struct Ledger {
    manner: Mutex<Manner>,
    /// How often each payment was asked for, by its id.
    asked: Mutex<BTreeMap<String, u32>>,
    /// Payments that were charged and not given back, each with its order.
    charged: Mutex<BTreeMap<String, Value>>,
    times: watch::Sender<usize>,
    /// Webhooks that were confirmed.
    heard_twice: AtomicUsize,
}

impl Bank {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let ledger = Arc::new(Ledger {
            manner: Mutex::default(),
            asked: Mutex::default(),
            charged: Mutex::default(),
            times: watch::Sender::new(0),
            heard_twice: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/internal/payments/authorize", post(authorize))
            .route("/internal/payments/{payment}/void", post(void))
            .with_state(Arc::clone(&ledger));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { address, ledger }
    }

    /// Where coordinators find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has it answer so from now on.
    pub fn answer(&self, manner: Manner) {
        *self.ledger.manner.lock().expect("nobody panicked") = manner;
    }

    /// Waits until it has been asked `times` times in all.
    pub async fn asked(&self, times: usize) {
        let mut asked = self.ledger.times.subscribe();
        asked.wait_for(|asked| *asked >= times).await.expect("it runs");
    }

    /// How many answers were said, and confirmed, twice.
    pub fn heard_twice(&self) -> usize {
        self.ledger.heard_twice.load(Ordering::SeqCst)
    }

    /// How often it has been asked in all.
    pub fn times_asked(&self) -> usize {
        *self.ledger.times.borrow()
    }

    /// How many payments of an order it has charged.
    pub fn charged(&self, order: &str) -> usize {
        let charged = self.ledger.charged.lock().expect("nobody panicked");
        charged.values().filter(|payment| payment["order_id"] == order).count()
    }

    /// How many payments it has charged.
    pub fn payments_charged(&self) -> usize {
        self.ledger.charged.lock().expect("nobody panicked").len()
    }
}

async fn authorize(State(ledger): State<Arc<Ledger>>, Json(request): Json<Value>) -> Json<Value> {
    let payment = request["payment_id"].as_str().expect("an id").to_owned();
    let asked = {
        let mut asked = ledger.asked.lock().expect("nobody panicked");
        let asked = asked.entry(payment.clone()).or_default();
        *asked += 1;
        *asked
    };
    ledger.charged.lock().expect("nobody panicked").insert(payment, request.clone());
    ledger.times.send_modify(|times| *times += 1);
    let outcome = outcome_of(&request, "approved");
    let manner = ledger.manner.lock().expect("nobody panicked").clone();
    match manner {
        // The asker hangs up, and this ends with the connection.
        Manner::SilentAtFirst if asked == 1 => std::future::pending().await,
        Manner::Prompt | Manner::SilentAtFirst => {}
        Manner::Twice(coordinators) => {
            let outcome = outcome.clone();
            tokio::spawn(async move {
                for coordinator in coordinators {
                    coordinator.post("/v1/payments/outcomes", &outcome).await.expect(204);
                }
                ledger.heard_twice.fetch_add(1, Ordering::SeqCst);
            });
        }
    }
    Json(outcome)
}

async fn void(State(ledger): State<Arc<Ledger>>, Path(payment): Path<String>) -> Json<Value> {
    let mut charged = ledger.charged.lock().expect("nobody panicked");
    Json(outcome_of(&charged.remove(&payment).expect("a payment that was charged"), "done"))
}

fn outcome_of(payment: &Value, outcome: &str) -> Value {
    json!({
        "payment_id": payment["payment_id"], "order_id": payment["order_id"], "attempt": payment["attempt"],
        "outcome": outcome,
    })
}
