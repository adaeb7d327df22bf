//! The coordinator alone, with a payments service that approves everything: how many orders the till takes, against
//! what PostgreSQL's own benchmark makes of the same server in the same run.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use merkato_tests::{
    coordinator::{self, Coordinator},
    payments::Payments,
};
use merkato_tests_postgres::Database;
use tokio::{process::Command, task::JoinSet};

use super::{
    history,
    load::{Connection, Done, Figure},
    purchase::{self, Door},
    table::Table,
};

/// Connections that place orders.
const CLIENTS: usize = 64;
/// Skus that the orders are spread over, unless it is a flash sale.
const SKUS: usize = 200;
/// Orders of each figure, one line each; as many again warm up.
const ORDERS: usize = 10_000;
/// Clients, threads and seconds of PostgreSQL's own benchmark.
const PGBENCH: [&str; 6] = ["-c", "16", "-j", "2", "-T", "10"];
/// Orders and skus of a shop that has been selling for years.
const OLD_ORDERS: u32 = 1_000_000;
/// See [`OLD_ORDERS`].
const OLD_SKUS: u32 = 100_000;

/// Orders at the till, on both engines, against the `transactions` a second of PostgreSQL's own benchmark.
pub async fn figures(table: &mut Table, database: &Database, transactions: f64) -> anyhow::Result<()> {
    let till = Till::start(Some(database)).await?;
    let spread = till.orders("SPREAD", SKUS).await?;
    table.rate("orders at the till, 200 skus, PostgreSQL", &spread);
    table.ratio("pgbench", spread.per_second / transactions, 1.0);
    let flash = till.orders("FLASH", 1).await?;
    table.rate("orders at the till, flash sale of one sku, PostgreSQL", &flash);
    table.ratio("pgbench", flash.per_second / transactions, 0.8);
    drop(till);
    let sqlite = Till::start(None).await?.orders("SPREAD", SKUS).await?;
    table.rate("orders at the till, 200 skus, SQLite", &sqlite);
    table.ratio("pgbench", sqlite.per_second / transactions, 0.5);
    Ok(())
}

/// Orders at a till with a long history, against one without.
pub async fn figures_with_history(table: &mut Table) -> anyhow::Result<()> {
    let [young, old] = [database().await?, database().await?];
    let young = Till::start(Some(&young)).await?.orders("SPREAD", SKUS).await?;
    table.rate("orders at the till, nothing sold before", &young);
    // The coordinator makes the tables.
    drop(Till::start(Some(&old)).await?);
    history::write(&old, OLD_ORDERS, OLD_SKUS).await?;
    let old = Till::start(Some(&old)).await?.orders("SPREAD", SKUS).await?;
    table.rate("orders at the till, 1,000,000 orders and 100,000 skus there", &old);
    table.ratio("nothing sold before", old.per_second / young.per_second, 0.7);
    Ok(())
}

/// A database of its own.
pub async fn database() -> anyhow::Result<Database> {
    merkato_tests_postgres::database()
        .await
        .context("there is no PostgreSQL here; `make postgres` says how to get it")
}

/// Transactions a second of PostgreSQL's own benchmark, TPC-B-like at scale 10.
pub async fn pgbench(table: &mut Table, database: &Database) -> anyhow::Result<f64> {
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
    let rate =
        rate.with_context(|| format!("pgbench said {output}{}", String::from_utf8_lossy(&run.stderr)))?;
    table.value("pgbench, TPC-B-like, 16 prepared clients", rate, "per second");
    Ok(rate)
}

/// A coordinator in a process of its own.
struct Till {
    coordinator: Coordinator,
    _payments: Payments,
}

impl Till {
    async fn start(database: Option<&Database>) -> anyhow::Result<Self> {
        let payments = Payments::start().await;
        payments.answer_all();
        let mut builder = coordinator::Builder::new().payments(&payments.url);
        if let Some(database) = database {
            builder = builder.database(&database.url);
        }
        Ok(Self { coordinator: builder.start().await, _payments: payments })
    }

    /// Connections of services.
    async fn connect(&self, count: usize) -> anyhow::Result<Vec<Connection>> {
        let bearer = format!("Bearer {}", self.coordinator.service_token());
        Connection::open_many(count, &self.coordinator.url, &[("authorization", bearer)]).await
    }

    /// Places [`ORDERS`] orders over so many skus, each of a cart of its own that was filled before.
    async fn orders(&self, name: &str, skus: usize) -> anyhow::Result<Figure> {
        let mut clients = self.connect(CLIENTS).await?;
        let skus = Arc::new(purchase::stock_shelf(&mut clients[0], name, skus).await?);
        let fill = move |mut connection: Connection, number: usize| {
            let skus = Arc::clone(&skus);
            async move {
                let filled =
                    purchase::fill_cart(&mut connection, Door::Till, &skus[number % skus.len()]).await?;
                anyhow::Ok((connection, filled))
            }
        };
        let (clients, filled) = in_turn(clients, ORDERS * 2, fill).await?;
        let carts = filled.into_iter().map(|(_, (cart, _))| cart).collect::<Vec<_>>();
        let (warm_up, measured) = carts.split_at(ORDERS);
        let (clients, _) = place(clients, warm_up.to_vec()).await?;
        let begun = Instant::now();
        let (_, seen) = place(clients, measured.to_vec()).await?;
        Ok(Figure::of(seen, begun.elapsed()))
    }
}

async fn place(
    clients: Vec<Connection>,
    carts: Vec<String>,
) -> anyhow::Result<(Vec<Connection>, Vec<(Duration, Done)>)> {
    let (count, carts) = (carts.len(), Arc::new(carts));
    let place = move |mut connection: Connection, number: usize| {
        let carts = Arc::clone(&carts);
        async move {
            let done = purchase::order(&mut connection, Door::Till, &carts[number]).await?;
            anyhow::Ok((connection, done))
        }
    };
    in_turn(clients, count, place).await
}

/// Has `clients` do `go` for each number below `count`, whoever is free next, and gives how long each took.
async fn in_turn<C, T, F>(
    clients: Vec<C>,
    count: usize,
    go: impl Fn(C, usize) -> F + Send + Clone + 'static,
) -> anyhow::Result<(Vec<C>, Vec<(Duration, T)>)>
where
    C: Send + 'static,
    T: Send + 'static,
    F: Future<Output = anyhow::Result<(C, T)>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut loops = JoinSet::new();
    for mut client in clients {
        let (go, next) = (go.clone(), Arc::clone(&next));
        loops.spawn(async move {
            let mut seen = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return anyhow::Ok((client, seen));
                }
                let begun = Instant::now();
                let done;
                (client, done) = go(client, number).await?;
                seen.push((begun.elapsed(), done));
            }
        });
    }
    let (mut clients, mut all) = (Vec::new(), Vec::with_capacity(count));
    while let Some(ended) = loops.join_next().await {
        let (client, seen) = ended??;
        clients.push(client);
        all.extend(seen);
    }
    Ok((clients, all))
}
