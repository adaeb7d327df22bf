//! The till on SQLite: one file, one writer, many readers.

mod statements;

use std::{future::ready, path::Path, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Connection as _, Sqlite, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::watch;

use super::{
    Error,
    engine::{Call, Engine, Pool, Session},
};

/// Readers at a time; each costs a file handle and a page cache.
const READERS_MAX: u32 = 4;
/// How long a statement waits for another process, such as `sqlite3` on the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Two pools on one file: SQLite has one writer, so writers queue here rather than fail there.
pub struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: an order that was acknowledged outlives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
}

pub async fn migrate(path: &Path) -> Result<(), Error> {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options(path).create_if_missing(true)).await.map_err(unusable(path))?;
    MIGRATIONS.run(&pool).await.map_err(|error| {
        Error::Unusable(format!("{} cannot be brought up to date: {error}", path.display()))
    })?;
    pool.close().await;
    Ok(())
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) => Self::Cut(error.to_string()),
            _ => Self::Database(error.to_string()),
        }
    }
}

fn unusable(path: &Path) -> impl Fn(sqlx::Error) -> Error {
    move |error| Error::Unusable(format!("{} cannot be opened: {error}", path.display()))
}

/// Connections that are begun anew where the database itself has ended a transaction, as it does when the disk is
/// full: the driver's ROLLBACK fails then, and it believes for ever that the transaction is still open.
fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .before_acquire(|connection, _| Box::pin(ready(Ok(!connection.is_in_transaction()))))
}

impl Database {
    pub async fn open(path: &Path) -> Result<Self, Error> {
        let writer = pool(1).connect_with(options(path)).await.map_err(unusable(path))?;
        let readers = pool(READERS_MAX);
        let readers = readers.connect_with(options(path).read_only(true)).await.map_err(unusable(path))?;
        Ok(Self { writer, readers })
    }
}

#[async_trait]
impl Engine for Database {
    async fn begin(&self) -> Result<Box<dyn Session>, Error> {
        // IMMEDIATE: the write lock is taken at once, so that a read inside cannot go stale before the write.
        Ok(Box::new(SqliteSession(self.writer.begin_with("BEGIN IMMEDIATE").await?)))
    }

    async fn look(&self) -> Result<Box<dyn Session>, Error> {
        Ok(Box::new(SqliteSession(self.readers.begin().await?)))
    }

    async fn snapshot(&self) -> Result<Box<dyn Session>, Error> {
        // A transaction of SQLite sees one moment anyway.
        self.look().await
    }

    fn others(&self) -> Option<watch::Receiver<()>> {
        // One process has the file.
        None
    }

    fn pools(&self) -> Vec<Pool> {
        vec![Pool::of("writer", &self.writer), Pool::of("readers", &self.readers)]
    }
}

struct SqliteSession(sqlx::Transaction<'static, Sqlite>);

#[async_trait]
impl Session for SqliteSession {
    async fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, Error> {
        let mut answers = Vec::with_capacity(calls.len());
        for Call { statement, parameter } in calls {
            answers.push(match statements::sql(*statement) {
                Some(sql) => sqlx::query_scalar(sql).bind(parameter).fetch_all(&mut *self.0).await?,
                None => Vec::new(),
            });
        }
        Ok(answers)
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATIONS
    }

    async fn commit(self: Box<Self>) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }
}
