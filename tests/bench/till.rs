//! The coordinator alone, with a payments service that approves everything: how many orders the till takes, against
//! what PostgreSQL's own benchmark makes of the same server in the same run.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use axum::{Json, Router, routing::post};
use merkato_tests::{
    api::{fresh_key, order_paid_with},
    shop::{merkato, root},
};
use merkato_tests_postgres::Database;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinSet,
};

use super::{
    Table,
    load::{Connection, Figure},
};

/// Connections that place orders.
const CLIENTS: usize = 64;
/// Skus that the orders are spread over, unless it is a flash sale.
const SKUS: usize = 200;
/// Orders of each figure, one line each; as many again warm up.
const ORDERS: usize = 8_000;
/// Clients and seconds of PostgreSQL's own benchmark.
const PGBENCH: [&str; 6] = ["-c", "16", "-j", "2", "-T", "10"];

/// All figures of the till.
pub async fn figures(table: &mut Table) -> anyhow::Result<()> {
    let Some(database) = merkato_tests_postgres::database().await else {
        eprintln!("  no PostgreSQL here, so no figures of it");
        return Ok(());
    };
    let transactions = pgbench(&database).await?;
    table.row("pgbench, TPC-B-like, 16 prepared clients", format!("{transactions:.0}/s"));
    let till = Till::start(Some(&database)).await?;
    let postgres = [till.orders(SKUS).await?, till.orders(1).await?];
    drop(till);
    let till = Till::start(None).await?;
    let sqlite = till.orders(SKUS).await?;
    drop(till);
    let [spread, flash] = postgres;
    for (name, figure) in [
        ("orders at the till, 200 skus, PostgreSQL", &spread),
        ("orders at the till, flash sale of one sku, PostgreSQL", &flash),
        ("orders at the till, 200 skus, SQLite", &sqlite),
    ] {
        table.rate(name, figure);
        table.row("... against pgbench", format!("{:.2} times", figure.per_second / transactions));
    }
    Ok(())
}

/// Transactions a second of PostgreSQL's own benchmark, scale 10.
async fn pgbench(database: &Database) -> anyhow::Result<f64> {
    let program = merkato_tests_postgres::program("pgbench").context("pgbench is not installed")?;
    let made = Command::new(&program).args(["-i", "-q", "-s", "10"]).arg(&database.url).output().await?;
    if !made.status.success() {
        bail!("pgbench -i: {}", String::from_utf8_lossy(&made.stderr));
    }
    let run =
        Command::new(&program).args(["-M", "prepared"]).args(PGBENCH).arg(&database.url).output().await?;
    let output = String::from_utf8_lossy(&run.stdout);
    let line = output.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = line.and_then(|line| line.split_whitespace().next()).and_then(|rate| rate.parse().ok());
    rate.with_context(|| format!("pgbench said {output}{}", String::from_utf8_lossy(&run.stderr)))
}

/// A coordinator in a process of its own.
struct Till {
    host: String,
    service_token: String,
    _process: Child,
    _folder: TempDir,
}

impl Till {
    async fn start(database: Option<&Database>) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let payments = approving_payments().await?;
        let mut command = Command::new(merkato());
        command.current_dir(root()).args(["coordinator", "--listen", "127.0.0.1:0"]);
        command.args(["--payments-url", &payments, "--catalog-url", &payments]);
        command.arg("--data-dir").arg(folder.path().join("data"));
        if let Some(database) = database {
            command.args(["--database-url", &database.url]);
        }
        command.env_remove("RUST_BACKTRACE").stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let output = process.stdout.take().context("no output")?;
        let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        let host = line.strip_prefix("Coordinator: http://").with_context(|| format!("it said {line:?}"))?;
        let secrets = std::fs::read_to_string(folder.path().join("data/secrets.json"))?;
        let secrets: Value = serde_json::from_str(&secrets)?;
        let service_token = secrets["service_token"].as_str().context("no service token")?.to_owned();
        Ok(Self { host: host.to_owned(), service_token, _process: process, _folder: folder })
    }

    /// Places [`ORDERS`] orders over the first `skus` skus, each of a cart of its own that was filled before.
    async fn orders(&self, skus: usize) -> anyhow::Result<Figure> {
        let mut staff = self.connect().await?;
        for number in 0..skus {
            let offer = json!({
                "title": "Bench", "price": { "amount": 1_000, "currency": "USD" }, "tax_class": "standard",
                "weight_grams": 100, "version": 1, "active": true, "initial_stock": 1_000_000,
            });
            staff.expect("PUT", &format!("/v1/offers/{}", sku(skus, number)), &[], &offer, 204).await?;
        }
        let carts = Arc::new(self.fill_carts(skus, ORDERS * 2).await?);
        self.place(&carts, 0..ORDERS).await?;
        self.place(&carts, ORDERS..ORDERS * 2).await
    }

    async fn connect(&self) -> anyhow::Result<Connection> {
        let bearer = format!("Bearer {}", self.service_token);
        Connection::open(&self.host, vec![("authorization".to_owned(), bearer)]).await
    }

    /// Cart tokens of `count` carts with a line each.
    async fn fill_carts(&self, skus: usize, count: usize) -> anyhow::Result<Vec<String>> {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let mut connection = self.connect().await?;
            clients.spawn(async move {
                let mut carts = Vec::new();
                for number in (client..count).step_by(CLIENTS) {
                    let path = format!("/v1/cart/lines/{}", sku(skus, number % skus));
                    let cart = connection.expect("PUT", &path, &[], &json!({ "quantity": 1 }), 200).await?;
                    carts.push(cart["cart_token"].as_str().context("no cart token")?.to_owned());
                }
                anyhow::Ok(carts)
            });
        }
        let mut carts = Vec::with_capacity(count);
        while let Some(some) = clients.join_next().await {
            carts.extend(some??);
        }
        Ok(carts)
    }

    async fn place(&self, carts: &Arc<Vec<String>>, range: std::ops::Range<usize>) -> anyhow::Result<Figure> {
        let next = Arc::new(AtomicUsize::new(range.start));
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let mut connection = self.connect().await?;
            let (carts, next, end) = (Arc::clone(carts), Arc::clone(&next), range.end);
            clients.spawn(async move {
                let mut times: Vec<Duration> = Vec::new();
                let mut failed = 0;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(cart) = carts.get(number).filter(|_| number < end) else { break };
                    let key = fresh_key();
                    let headers = [("x-cart-token", cart.as_str()), ("idempotency-key", key.as_str())];
                    let begun = Instant::now();
                    let (_, order) = connection
                        .send("POST", "/v1/orders", &headers, &order_paid_with("tok_approve"))
                        .await?;
                    times.push(begun.elapsed());
                    failed += u64::from(order["state"] != "confirmed");
                }
                anyhow::Ok((times, failed))
            });
        }
        let (mut times, mut failed) = (Vec::new(), 0);
        while let Some(result) = clients.join_next().await {
            let (some, bad) = result??;
            times.extend(some);
            failed += bad;
        }
        Ok(Figure::of(times, failed, begun.elapsed()))
    }
}

/// Names differ between the rounds, so that each begins with full shelves.
fn sku(skus: usize, number: usize) -> String {
    format!("BENCH-{skus}-{number}")
}

/// A payments service that approves whatever it is asked, so that the figure is the till's alone.
async fn approving_payments() -> anyhow::Result<String> {
    let approve = |Json(request): Json<Value>| async move {
        Json(json!({
            "payment_id": request["payment_id"], "order_id": request["order_id"], "attempt": request["attempt"],
            "outcome": "approved",
        }))
    };
    let router = Router::new().route("/internal/payments/authorize", post(approve));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
