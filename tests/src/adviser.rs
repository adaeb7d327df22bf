//! A recommendations service that recommends what the test says, and keeps what it is told.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{delete, get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::shop::Builder;

/// A running service; gone with the test.
pub struct Adviser {
    url: String,
    heard: Arc<Mutex<Vec<Value>>>,
}

struct Shelf {
    recommended: Vec<Value>,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Adviser {
    /// Starts one on a free port, which recommends these products for whatever reason they hold.
    pub async fn start(recommended: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let heard = Arc::<Mutex<Vec<Value>>>::default();
        let router = Router::new()
            .route("/api/recommendations", get(recommend))
            .route("/api/recommendations/views", post(hear_view))
            .route("/api/recommendations/history", delete(forget))
            .with_state(Arc::new(Shelf { recommended, heard: Arc::clone(&heard) }));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, heard }
    }

    /// Makes the shop ask here.
    pub fn serve(&self, shop: Builder) -> Builder {
        shop.variable("recommendations_url", &self.url)
    }

    /// What it was told: a `view` with its `cart`, or that a cart is to be `forgotten`.
    pub fn heard(&self) -> Vec<Value> {
        self.heard.lock().expect("nobody panicked").clone()
    }
}

async fn recommend(State(shelf): State<Arc<Shelf>>) -> Json<Value> {
    Json(json!({ "items": shelf.recommended, "next": null }))
}

async fn hear_view(
    State(shelf): State<Arc<Shelf>>,
    headers: HeaderMap,
    Json(view): Json<Value>,
) -> StatusCode {
    let heard = json!({ "view": view["product"], "cart": cart(&headers) });
    shelf.heard.lock().expect("nobody panicked").push(heard);
    StatusCode::NO_CONTENT
}

async fn forget(State(shelf): State<Arc<Shelf>>, headers: HeaderMap) -> StatusCode {
    shelf.heard.lock().expect("nobody panicked").push(json!({ "forgotten": cart(&headers) }));
    StatusCode::NO_CONTENT
}

fn cart(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-cart-token").and_then(|token| token.to_str().ok())
}
