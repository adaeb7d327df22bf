//! Figures, not tests: how much the shop does, how fast it starts, how little it needs.
//!
//! Every figure is of one run on this machine; only ratios within a run mean something elsewhere. The load is closed
//! loop: each of [`CLIENTS`] connections sends its next request when the answer to the last one is there.

mod load;
mod till;

use std::{path::PathBuf, time::Duration, time::Instant};

use merkato_tests::{
    api::{Caller, address, fresh_key, order_paid_with},
    shop::{Builder, Shop, merkato, root},
};
use serde_json::json;
use tokio::{io::AsyncBufReadExt as _, process::Command, task::JoinSet};

use self::load::{Figure, Target};

/// Connections that send requests.
const CLIENTS: usize = 32;
/// How long each figure is measured, after as long again of warming up.
const MEASURED: Duration = Duration::from_secs(5);
/// How long a shop is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);
/// What the carts of the benchmark are filled with.
const SKU: &str = "BENCH-1";
/// What an empty component did under Spin 3.6.3 on a machine of the project's kind, in requests a second.
const SPIN_EMPTY_PER_SECOND: f64 = 5_200.0;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    eprintln!("Measuring for about three minutes; leave the machine alone.");
    let mut table = Table::default();
    empty_component(&mut table).await?;
    shop_figures(&mut table).await?;
    till::figures(&mut table).await?;
    table.print();
    Ok(())
}

/// An empty component under spinlet, beside what it did under Spin.
async fn empty_component(table: &mut Table) -> anyhow::Result<()> {
    let state = tempfile::tempdir()?;
    let server = Command::new(root().join("target/release/examples/serve"))
        .current_dir(root())
        .args(["tests/bench/empty.toml", "127.0.0.1:0"])
        .arg(state.path())
        .env_remove("RUST_BACKTRACE")
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut server = server?;
    let output = server.stdout.take().ok_or_else(|| anyhow::anyhow!("no output"))?;
    let line = tokio::io::BufReader::new(output).lines().next_line().await?.unwrap_or_default();
    let url = line.split_whitespace().find(|word| word.starts_with("http://"));
    let url = url.ok_or_else(|| anyhow::anyhow!("the server said {line:?}"))?.to_owned();
    let figure = load::measure(&Target::get(&url, "/"), CLIENTS, MEASURED).await?;
    table.rate("empty component under spinlet", &figure);
    table.row(
        "... against Spin 3.6.3 (5,200/s on such a machine)",
        format!("{:.1} times", figure.per_second / SPIN_EMPTY_PER_SECOND),
    );
    server.kill().await?;
    Ok(())
}

async fn shop_figures(table: &mut Table) -> anyhow::Result<()> {
    let begun = Instant::now();
    let shop = Builder::new().with_demo_catalogue().start().await;
    table.row("first start, with demo catalogue", format!("{:.2} s", begun.elapsed().as_secs_f64()));
    let data = shop.stop().await;
    let begun = Instant::now();
    let shop = data.start().await;
    table.row("warm start", format!("{:.2} s", begun.elapsed().as_secs_f64()));
    tokio::time::sleep(IDLE).await;
    table.row("resident memory, idle", format!("{} MiB", resident_kib(&shop)? / 1_024));

    let product = first_product(&shop).await;
    for (name, path) in [
        ("product (JSON)", product.as_str()),
        ("list of 24 (JSON)", "/api/catalog/products"),
        ("home page (HTML)", "/"),
    ] {
        table.rate(name, &load::measure(&Target::get(&shop.url, path), CLIENTS, MEASURED).await?);
    }
    carts_and_checkouts(&shop, table).await;
    table.row("resident memory, after the load", format!("{} MiB", resident_kib(&shop)? / 1_024));
    shop.stop().await;
    Ok(())
}

async fn first_product(shop: &Shop) -> String {
    let list = Caller::guest(shop).get("/api/catalog/products?limit=1").await.expect(200);
    format!("/api/catalog/products/{}", list["items"][0]["slug"].as_str().unwrap_or_default())
}

/// Carts and whole checkouts, each by a new guest.
async fn carts_and_checkouts(shop: &Shop, table: &mut Table) {
    let service = Caller::service(shop);
    let offer = json!({
        "title": "Bench", "price": { "amount": 1_000, "currency": "USD" }, "tax_class": "standard",
        "weight_grams": 100, "version": 1, "active": true, "initial_stock": 10_000_000,
    });
    service.put(&format!("/v1/offers/{SKU}"), &offer).await;
    let add = |url: String| async move { Caller::at(&url).set_line(SKU, 1).await.status.as_u16() == 200 };
    table.rate("add to a new cart", &closed_loop(&shop.url, add).await);
    let buy = |url: String| async move {
        let mut guest = Caller::at(&url);
        guest.set_line(SKU, 1).await;
        let delivery = json!({ "address": address(), "shipping_method": "standard" });
        guest.put("/api/cart/delivery", &delivery).await;
        let placed = guest.place_order_as(&fresh_key(), &order_paid_with("tok_approve")).await;
        placed.body["state"] == "confirmed"
    };
    table.rate("full checkout (cart, delivery, order, paid)", &closed_loop(&shop.url, buy).await);
}

/// Repeats `one` on [`CLIENTS`] connections.
async fn closed_loop<F: Future<Output = bool> + Send + 'static>(
    url: &str,
    one: impl Fn(String) -> F + Send + Clone + 'static,
) -> Figure {
    let end = Instant::now() + MEASURED * 2;
    let warm = Instant::now() + MEASURED;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (url, one) = (url.to_owned(), one.clone());
        clients.spawn(async move {
            let mut times = Vec::new();
            let mut failed = 0;
            while Instant::now() < end {
                let begun = Instant::now();
                let good = one(url.clone()).await;
                if begun > warm {
                    times.push(begun.elapsed());
                    failed += u64::from(!good);
                }
            }
            (times, failed)
        });
    }
    let results = clients.join_all().await;
    let failed = results.iter().map(|(_, failed)| failed).sum();
    Figure::of(results.into_iter().flat_map(|(times, _)| times).collect(), failed, MEASURED)
}

fn resident_kib(shop: &Shop) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(PathBuf::from(format!("/proc/{}/status", shop.process_id())))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok());
    kib.ok_or_else(|| anyhow::anyhow!("{} has no resident size", merkato().display()))
}

/// Rows of a name and a figure.
#[derive(Default)]
struct Table(Vec<(String, String)>);

impl Table {
    fn row(&mut self, name: &str, figure: String) {
        eprintln!("  {name}: {figure}");
        self.0.push((name.to_owned(), figure));
    }

    fn rate(&mut self, name: &str, figure: &Figure) {
        self.row(name, figure.to_string());
    }

    fn print(&self) {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, figure) in &self.0 {
            println!("{name:width$}  {figure}");
        }
    }
}
