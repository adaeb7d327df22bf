//! The coordinator alone: the real `merkato coordinator`, with a payments service of the test's own.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use reqwest::{Method, Url};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{
    api::{Answer, Caller, fresh_key, order_paid_with},
    clock::Clock,
    proxy::Proxy,
    shop::{announced, merkato, root, terminate},
    till::Location,
};

/// A stop that takes longer has failed.
const STOP_MAX: Duration = Duration::from_secs(30);
/// The sku that it sells.
pub const SKU: &str = "CUP";
/// The token of the one cart.
const CART_TOKEN: &str = "a-cart-token-of-the-tests";
/// A limit on the size of a file is an error to whoever writes, as a full disk is, and not the end of the process.
const SPARE_WHEN_FILES_ARE_LIMITED: &str = "trap '' XFSZ; exec \"$@\"";

/// How a test wants its coordinator.
pub struct Builder {
    folder: TempDir,
    database_url: Option<String>,
    /// The line to the database, if it is not a straight one.
    line: Option<SocketAddr>,
    payments_url: String,
    flags: Vec<String>,
    environment: Vec<(String, String)>,
}

/// A running coordinator.
pub struct Coordinator {
    /// Where it listens.
    pub url: String,
    builder: Builder,
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Builder {
    /// A coordinator with tables in a folder of its own, and without a payments service.
    pub fn new() -> Self {
        Self {
            folder: TempDir::new().expect("a folder"),
            database_url: None,
            line: None,
            // Discard: nobody listens there.
            payments_url: "http://127.0.0.1:9".to_owned(),
            flags: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Another one for the same tables, where these lie in PostgreSQL.
    #[must_use]
    pub fn twin(&self) -> Self {
        let mut twin = Self::new().payments(&self.payments_url);
        twin.database_url.clone_from(&self.database_url);
        twin.line = self.line;
        twin.flags.clone_from(&self.flags);
        twin.environment.clone_from(&self.environment);
        twin
    }

    /// Pays at `url`.
    #[must_use]
    pub fn payments(mut self, url: &str) -> Self {
        url.clone_into(&mut self.payments_url);
        self
    }

    /// Keeps all tables in a PostgreSQL database.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database_url = Some(url.to_owned());
        self
    }

    /// The PostgreSQL database that keeps all tables, if one does.
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref()
    }

    /// Reaches the database by `line`; who looks at the books goes straight to it.
    #[must_use]
    pub fn by(mut self, line: &Proxy) -> Self {
        self.line = Some(line.address);
        self
    }

    /// The database as it reaches it.
    fn database_reached(&self) -> Option<String> {
        let mut url: Url = self.database_url.as_ref()?.parse().expect("an address");
        if let Some(line) = self.line {
            url.set_ip_host(line.ip()).and_then(|()| url.set_port(Some(line.port()))).expect("an address");
        }
        Some(url.into())
    }

    /// Passes a flag to `merkato coordinator`.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// Goes by `clock`.
    #[must_use]
    pub fn going_by(mut self, clock: &Clock) -> Self {
        let environment = clock.environment().map(|(name, value)| (name.to_owned(), value));
        self.environment.extend(environment);
        self
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts it and waits until it serves.
    pub async fn start(self) -> Coordinator {
        // Not handed our own, which may be a file, and as such be limited.
        let (mut log, said) = std::io::pipe().expect("a pipe");
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::stderr()));
        let mut child = Command::new("sh")
            .args(["-c", SPARE_WHEN_FILES_ARE_LIMITED, "coordinator"])
            .arg(merkato())
            .current_dir(root())
            .args(["coordinator", "--listen", "127.0.0.1:0", "--payments-url", &self.payments_url])
            .args(["--catalog-url", &self.payments_url])
            .args(["--users-url", &self.payments_url])
            .arg("--data-dir")
            .arg(self.data_dir())
            .arg("--cache-dir")
            .arg(root().join("target/test-code-cache"))
            .args(&self.flags)
            .args(self.database_reached().iter().flat_map(|url| ["--database-url", url]))
            .env_remove("RUST_BACKTRACE")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(said)
            .kill_on_drop(true)
            .spawn()
            .expect("merkato starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let url = announced(&mut output, "Coordinator: ").await;
        Coordinator { url, builder: self, child, _output: output }
    }

    /// Holds its books against the rules, as an operator would.
    pub async fn audit(&self) {
        let audit = Command::new(merkato())
            .arg("audit")
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(self.database_url.iter().flat_map(|url| ["--database-url", url]))
            .output();
        let audit = audit.await.expect("merkato runs");
        let said = [audit.stdout, audit.stderr].map(|text| String::from_utf8(text).expect("text")).concat();
        assert!(audit.status.success(), "{said}");
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&Builder> for Location {
    fn from(till: &Builder) -> Self {
        till.database_url().map_or_else(|| Self::Folder(till.data_dir()), |url| Self::Server(url.to_owned()))
    }
}

impl From<&Coordinator> for Location {
    fn from(till: &Coordinator) -> Self {
        till.builder().into()
    }
}

impl Coordinator {
    /// Starts one that pays at `payments_url`.
    pub async fn start(payments_url: &str, flags: &[&str]) -> Self {
        let mut builder = Builder::new().payments(payments_url);
        builder.flags.extend(flags.iter().map(|&flag| flag.to_owned()));
        builder.start().await
    }

    /// How it was wanted.
    pub const fn builder(&self) -> &Builder {
        &self.builder
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.builder.data_dir()
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// A service that calls it for nobody in particular.
    pub fn anybody(&self) -> Caller {
        Caller::at(&self.url).bearing(self.service_token())
    }

    /// By what it knows services.
    pub fn service_token(&self) -> String {
        let text = std::fs::read_to_string(self.data_dir().join("secrets.json")).expect("its secrets");
        let secrets: Value = serde_json::from_str(&text).expect("JSON");
        secrets["service_token"].as_str().expect("a token").to_owned()
    }

    /// A service that calls it for the shopper with the one cart.
    pub fn service(&self) -> Caller {
        self.anybody().with_cart(CART_TOKEN)
    }

    /// Puts pieces of [`SKU`] on the shelf, which was empty.
    pub async fn stock(&self, pieces: i64) {
        let offer = json!({
            "title": "A cup", "price": { "amount": 900, "currency": "USD" }, "tax_class": "standard",
            "weight_grams": 120, "version": 1, "active": true, "initial_stock": pieces,
        });
        assert_eq!(self.anybody().put(&format!("/v1/offers/{SKU}"), &offer).await.status, 204);
    }

    /// Stocks the shelf and puts a piece into the cart.
    pub async fn fill_cart(&self) {
        self.stock(10).await;
        let service = self.service();
        service.put(&format!("/v1/cart/lines/{SKU}"), &json!({ "quantity": 1 })).await.expect(200);
    }

    /// Places an order of the cart.
    pub async fn place_order(&self) -> Answer {
        let service = self.service();
        let request = service.request(Method::POST, "/v1/orders").header("idempotency-key", fresh_key());
        service.send(request.json(&order_paid_with("tok_approve"))).await
    }

    /// Kills it as a power cut would, and gives what is needed to start it again on the same data.
    pub async fn kill(mut self) -> Builder {
        self.child.kill().await.expect("it can be killed");
        self.builder
    }

    /// Asks it to stop.
    pub async fn ask_to_stop(&self) {
        terminate(self.process_id()).await;
    }

    /// Waits until it has ended, and says how; its data is there as long as the builder is held.
    pub async fn ended(mut self) -> (ExitStatus, Builder) {
        let ended = timeout(STOP_MAX, self.child.wait()).await.expect("it stops in time").expect("it ends");
        (ended, self.builder)
    }
}
