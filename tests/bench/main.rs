//! Figures, not tests: how much the shop does, how fast it starts, how little it needs.
//!
//! Every figure is of one run on this machine; only ratios within a run mean something elsewhere.

mod assortment;
mod history;
mod load;
mod machine;
mod purchase;
mod shop;
mod table;
mod till;

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};
use merkato_tests::shop::root;
use tokio::{io::AsyncBufReadExt as _, process::Command};

use self::table::Table;

/// Connections to the empty component.
const CLIENTS: usize = 32;
/// How long it is measured, after as long again of warming up.
const MEASURED: Duration = Duration::from_secs(5);
/// What an empty component did under Spin 3.6.3 on a machine of the project's kind, in requests a second.
const SPIN_EMPTY_PER_SECOND: f64 = 5_200.0;
/// How many times as much it is to do under spinlet.
const SPIN_EMPTY_WANTED: f64 = 3.0;

/// Measures the shop that was built with this program.
#[derive(Parser)]
struct Arguments {
    /// What to measure; everything if nothing is named.
    #[arg(value_enum)]
    subjects: Vec<Subject>,
    /// Also write the figures there as JSON, with what they were measured on.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// An empty component under spinlet.
    Component,
    /// The shop on SQLite.
    Shop,
    /// The till against PostgreSQL's own benchmark.
    Till,
    /// Buying through the components on PostgreSQL, against the same.
    Checkout,
    /// The till with a million orders behind it.
    History,
    /// Lists and searches among 1,000 products and among 100,000.
    Assortment,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let wanted = |subject| arguments.subjects.is_empty() || arguments.subjects.contains(&subject);
    eprintln!("Measuring for up to twenty minutes; leave the machine alone.");
    let mut table = Table::default();
    if wanted(Subject::Component) {
        empty_component(&mut table).await?;
    }
    if wanted(Subject::Shop) {
        shop::figures(&mut table).await?;
    }
    if wanted(Subject::Till) || wanted(Subject::Checkout) {
        let database = till::database().await?;
        let transactions = till::pgbench(&mut table, &database).await?;
        if wanted(Subject::Till) {
            till::figures(&mut table, &database, transactions).await?;
        }
        if wanted(Subject::Checkout) {
            shop::figures_on(&mut table, &till::database().await?, transactions).await?;
        }
    }
    if wanted(Subject::History) {
        till::figures_with_history(&mut table).await?;
    }
    if wanted(Subject::Assortment) {
        assortment::figures(&mut table).await?;
    }
    table.print();
    if let Some(file) = arguments.json {
        std::fs::write(file, format!("{:#}\n", table.to_json()))?;
    }
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
    let figure = load::get(&url, "/", CLIENTS, MEASURED).await?;
    table.rate("empty component under spinlet", &figure);
    let ratio = figure.per_second / SPIN_EMPTY_PER_SECOND;
    table.ratio("Spin 3.6.3 (5,200/s on such a machine)", ratio, SPIN_EMPTY_WANTED);
    server.kill().await?;
    Ok(())
}
