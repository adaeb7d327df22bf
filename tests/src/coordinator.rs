//! The coordinator alone: the real `merkato coordinator`, with a payments service of the test's own.

use std::{
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{
    api::{Answer, Caller, fresh_key, order_paid_with},
    shop::{announced, merkato, root, terminate},
};

/// A stop that takes longer has failed.
const STOP_MAX: Duration = Duration::from_secs(30);
/// The sku that it sells.
pub const SKU: &str = "CUP";
/// The token of the one cart.
const CART_TOKEN: &str = "a-cart-token-of-the-tests";

/// A running coordinator.
pub struct Coordinator {
    /// Where it listens.
    pub url: String,
    folder: TempDir,
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Coordinator {
    /// Starts one that pays at `payments_url`.
    pub async fn start(payments_url: &str, flags: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut child = Command::new(merkato())
            .current_dir(root())
            .args(["coordinator", "--listen", "127.0.0.1:0", "--payments-url", payments_url])
            .args(["--catalog-url", payments_url])
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .arg("--cache-dir")
            .arg(root().join("target/test-code-cache"))
            .args(flags)
            .env_remove("RUST_BACKTRACE")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("merkato starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let url = announced(&mut output, "Coordinator: ").await;
        Self { url, folder, child, _output: output }
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A service that calls it.
    pub fn service(&self) -> Caller {
        let text = std::fs::read_to_string(self.data_dir().join("secrets.json")).expect("its secrets");
        let secrets: Value = serde_json::from_str(&text).expect("JSON");
        let token = secrets["service_token"].as_str().expect("a token").to_owned();
        let mut service = Caller::at(&self.url).bearing(token);
        service.cart_token = Some(CART_TOKEN.to_owned());
        service
    }

    /// Stocks the shelf and puts a piece into the cart.
    pub async fn fill_cart(&self) {
        let offer = json!({
            "title": "A cup", "price": { "amount": 900, "currency": "USD" }, "tax_class": "standard",
            "weight_grams": 120, "version": 1, "active": true, "initial_stock": 10,
        });
        let service = self.service();
        assert_eq!(service.put(&format!("/v1/offers/{SKU}"), &offer).await.status, 204);
        service.put(&format!("/v1/cart/lines/{SKU}"), &json!({ "quantity": 1 })).await.expect(200);
    }

    /// Places an order of the cart.
    pub async fn place_order(&self) -> Answer {
        let service = self.service();
        let request = service.request(Method::POST, "/v1/orders").header("idempotency-key", fresh_key());
        service.send(request.json(&order_paid_with("tok_approve"))).await
    }

    /// Asks it to stop.
    pub async fn ask_to_stop(&self) {
        terminate(self.child.id().expect("it runs")).await;
    }

    /// Waits until it has ended, and says how; its data is there as long as the folder is held.
    pub async fn ended(mut self) -> (ExitStatus, TempDir) {
        let ended = timeout(STOP_MAX, self.child.wait()).await.expect("it stops in time").expect("it ends");
        (ended, self.folder)
    }
}
