//! The till's database as the simulation needs it: opened afresh for each seed, looked at from aside.
//!
//! Another engine is another [`Database`]; what the simulation asks of it is SQL that all understand.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use async_trait::async_trait;
use merkato::store::Store;
use sqlx::{
    Connection as _, Executor as _, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use tempfile::TempDir;

/// A database of its own, with all tables and nothing in them.
#[async_trait]
pub trait Database {
    /// The store of one more coordinator.
    async fn open(&self) -> Store;
    /// Whether anybody has written since this was last asked.
    async fn has_changed(&mut self) -> bool;
    /// What a query of one text column finds.
    async fn rows(&mut self, query: &'static str) -> Vec<String>;
}

/// Where runs are played, one at a time.
#[derive(Debug, Clone)]
pub enum Place {
    Sqlite,
    Postgres(PostgresPlace),
}

impl Place {
    /// A database for a run.
    pub async fn database(&self) -> Box<dyn Database> {
        match self {
            Self::Sqlite => Box::new(Sqlite::create().await),
            Self::Postgres(place) => Box::new(Postgres::wipe(place).await),
        }
    }

    /// What the test is called for.
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }
}

/// A file of SQLite's in memory, where there is a place for such.
pub struct Sqlite {
    path: PathBuf,
    aside: SqliteConnection,
    version: i64,
    _folder: TempDir,
}

/// The bytes of a migrated and empty database: copying them is quicker than migrating once more.
static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();

fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    folder.expect("a folder")
}

impl Sqlite {
    pub async fn create() -> Self {
        let folder = folder();
        let path = folder.path().join("till.db");
        if let Some(empty) = EMPTY.get() {
            std::fs::write(&path, empty).expect("a copy");
        } else {
            Store::migrate_sqlite(&path).await.expect("a database");
            let _ = EMPTY.set(std::fs::read(&path).expect("the database"));
        }
        let options = SqliteConnectOptions::new().filename(&path);
        let aside = SqliteConnection::connect_with(&options.pragma("query_only", "on")).await;
        Self { path, aside: aside.expect("a connection"), version: 0, _folder: folder }
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn open(&self) -> Store {
        Store::open_sqlite(&self.path).await.expect("a store")
    }

    async fn has_changed(&mut self) -> bool {
        let version: i64 =
            sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.aside).await.expect("a version");
        std::mem::replace(&mut self.version, version) != version
    }

    async fn rows(&mut self, query: &'static str) -> Vec<String> {
        sqlx::query_scalar(query).fetch_all(&mut self.aside).await.expect("rows")
    }
}

/// A database of PostgreSQL's with all tables.
#[derive(Debug, Clone)]
pub struct PostgresPlace {
    url: String,
}

impl PostgresPlace {
    /// A fresh one; none where there is no PostgreSQL.
    pub async fn create() -> Option<Self> {
        let url = merkato_tests_postgres::database().await?.url;
        Store::migrate_postgres(&url).await.expect("a schema");
        Some(Self { url })
    }
}

/// Empties every table: quicker than to make them all again. What staff did is kept from that by a trigger.
const WIPE: &str = "\
ALTER TABLE staff_action DISABLE TRIGGER staff_action_stays;
TRUNCATE offer, stock, stock_movement, promotion, cart, cart_line, order_, order_line, order_payment, order_event,
    order_refund, reservation, task, idempotency, outbox, delivery, sales_day, staff_action, subscriber_success,
    wish, cart_reminder RESTART IDENTITY;
ALTER TABLE staff_action ENABLE TRIGGER staff_action_stays;
ALTER SEQUENCE order_number RESTART";

struct Postgres {
    url: String,
    aside: PgConnection,
}

impl Postgres {
    async fn wipe(place: &PostgresPlace) -> Self {
        let options: PgConnectOptions = place.url.parse().expect("an address");
        let options = options.options([("search_path", "till")]);
        let mut aside = PgConnection::connect_with(&options).await.expect("a connection");
        aside.execute(WIPE).await.expect("empty tables");
        Self { url: place.url.clone(), aside }
    }
}

#[async_trait]
impl Database for Postgres {
    async fn open(&self) -> Store {
        Store::open_postgres(&self.url).await.expect("a store")
    }

    async fn has_changed(&mut self) -> bool {
        // It does not say; whoever has written may have written something.
        true
    }

    async fn rows(&mut self, query: &'static str) -> Vec<String> {
        sqlx::query_scalar(query).fetch_all(&mut self.aside).await.expect("rows")
    }
}
