//! The whole shop: how fast it starts, how little it needs, what it does through its components.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use merkato_tests::{
    api::Caller,
    shop::{Builder, Shop},
};
use merkato_tests_postgres::Database;

use super::{
    load::{self, Connection, Done, Figure},
    purchase::{self, Door},
    table::Table,
};

/// Connections that send requests.
const SHOPPERS: usize = 32;
/// Connections where more come than can be served: enough that nobody waits for a free one, rather than for the shop.
const CROWD: usize = 1_500;
/// How long each figure is measured, after as long again of warming up.
const MEASURED: Duration = Duration::from_secs(5);
/// How long a shop is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);
/// Skus that purchases are spread over.
const SKUS: usize = 200;
/// Part of the top rate at which the spread of the answers is looked at.
const BUSY: f64 = 0.8;
/// Part of the top rate that is more than can be served.
const OVERLOADED: f64 = 2.0;

/// The figures of a shop with SQLite: starting, memory, reading, buying.
pub async fn figures(table: &mut Table) -> anyhow::Result<()> {
    let begun = Instant::now();
    let shop = Builder::new().with_demo_catalogue().start().await;
    table.value("first start, with demo catalogue", begun.elapsed().as_secs_f64(), "s");
    let data = shop.stop().await;
    let begun = Instant::now();
    let shop = data.start().await;
    table.value("warm start", begun.elapsed().as_secs_f64(), "s");
    tokio::time::sleep(IDLE).await;
    table.value("resident memory, idle", resident_mebibytes(&shop)?, "MiB");
    let product = first_product(&shop).await;
    for (name, path) in [
        ("product (JSON)", product.as_str()),
        ("list of 24 (JSON)", "/api/catalog/products"),
        ("home page (HTML)", "/"),
    ] {
        table.rate(name, &load::get(&shop.url, path, SHOPPERS, MEASURED).await?);
    }
    let buyers = Buyers::of(&shop).await?;
    table.rate("full checkout, SQLite", &buyers.checkouts().await?);
    table.value("resident memory, after the load", resident_mebibytes(&shop)?, "MiB");
    shop.stop().await;
    Ok(())
}

/// Buying in a shop with PostgreSQL, against the `transactions` a second of that server's own benchmark.
pub async fn figures_on(table: &mut Table, database: &Database, transactions: f64) -> anyhow::Result<()> {
    let shop = Builder::new().database(&database.url).start().await;
    let buyers = Buyers::of(&shop).await?;
    let straight = buyers.carts(Door::Till).await?;
    table.rate("add to a new cart, straight at the till, PostgreSQL", &straight);
    let through = buyers.carts(Door::Shop).await?;
    table.rate("add to a new cart, through its component", &through);
    table.ratio("straight at the till", through.per_second / straight.per_second, 0.5);
    let top = buyers.checkouts().await?;
    table.rate("full checkout (cart, delivery, order, paid), PostgreSQL", &top);
    table.ratio("pgbench", top.per_second / transactions, 0.12);
    let busy = buyers.paced_checkouts(top.per_second * BUSY, SHOPPERS * 8).await?;
    table.rate("full checkout at 0.8 of that rate", &busy);
    let spread = busy.slowest_percent.as_secs_f64() / busy.median.as_secs_f64();
    table.value("... p99 against p50 (wanted: below 20)", spread, "times");
    table.rate(
        "full checkout at twice that rate (wanted: nothing but 503 goes wrong)",
        &buyers.paced_checkouts(top.per_second * OVERLOADED, CROWD).await?,
    );
    shop.stop().await;
    Ok(())
}

/// Those who buy at a shop.
struct Buyers {
    url: String,
    till_url: String,
    bearer: String,
    skus: Arc<Vec<String>>,
    next: Arc<AtomicUsize>,
}

impl Buyers {
    async fn of(shop: &Shop) -> anyhow::Result<Self> {
        let bearer = format!("Bearer {}", shop.secret("service_token"));
        let headers = [("authorization", bearer.clone())];
        let mut staff = Connection::open(&shop.coordinator_url, &headers).await?;
        let skus = Arc::new(purchase::stock_shelf(&mut staff, "BENCH", SKUS).await?);
        let (url, till_url) = (shop.url.clone(), shop.coordinator_url.clone());
        Ok(Self { url, till_url, bearer, skus, next: Arc::default() })
    }

    /// Gives each sku in turn.
    fn skus(&self) -> impl Fn() -> String + Send + Clone + 'static {
        let (skus, next) = (Arc::clone(&self.skus), Arc::clone(&self.next));
        move || skus[next.fetch_add(1, Ordering::Relaxed) % skus.len()].clone()
    }

    async fn carts(&self, door: Door) -> anyhow::Result<Figure> {
        let connections = match door {
            Door::Shop => Connection::open_many(SHOPPERS, &self.url, &[]).await?,
            Door::Till => {
                let headers = [("authorization", self.bearer.clone())];
                Connection::open_many(SHOPPERS, &self.till_url, &headers).await?
            }
        };
        let sku = self.skus();
        let go = move |mut connection: Connection| {
            let sku = sku();
            async move {
                let (_, done) = purchase::fill_cart(&mut connection, door, &sku).await?;
                Ok((connection, done))
            }
        };
        load::closed(connections, MEASURED, go).await
    }

    async fn checkouts(&self) -> anyhow::Result<Figure> {
        let connections = Connection::open_many(SHOPPERS, &self.url, &[]).await?;
        load::closed(connections, MEASURED, self.checkout()).await
    }

    async fn paced_checkouts(&self, per_second: f64, clients: usize) -> anyhow::Result<Figure> {
        let connections = Connection::open_many(clients, &self.url, &[]).await?;
        load::paced(connections, per_second, MEASURED * 2, self.checkout()).await
    }

    fn checkout(&self) -> impl Fn(Connection) -> Checkout + Send + Clone + 'static {
        let sku = self.skus();
        move |mut connection| {
            let sku = sku();
            Box::pin(async move {
                let done = purchase::checkout(&mut connection, &sku).await?;
                Ok((connection, done))
            })
        }
    }
}

type Checkout = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<(Connection, Done)>> + Send>>;

async fn first_product(shop: &Shop) -> String {
    let list = Caller::guest(shop).get("/api/catalog/products?limit=1").await.expect(200);
    format!("/api/catalog/products/{}", list["items"][0]["slug"].as_str().unwrap_or_default())
}

fn resident_mebibytes(shop: &Shop) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", shop.process_id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|size| size.parse::<u32>().ok());
    Ok(f64::from(kibibytes.context("the shop has no resident size")?) / 1_024.0)
}
