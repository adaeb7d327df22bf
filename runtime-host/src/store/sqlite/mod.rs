//! The till on SQLite: one file, one writer, many readers.

mod cart;
mod offer;
mod order;
mod outbox;
mod reservation;
mod stock;
mod task;

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use merkato_commerce::time::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    Row, Sqlite, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};

use super::{Error, Transaction};

/// Readers at a time; each costs a file handle and a page cache.
const READERS_MAX: u32 = 4;
/// How long a statement waits for another process, such as `sqlite3` on the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Two pools on one file: SQLite has one writer, so writers queue here rather than fail there.
#[derive(Clone)]
pub struct Engine {
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
    sqlx::migrate!("migrations/sqlite").run(&pool).await.map_err(|error| {
        Error::Unusable(format!("{} cannot be brought up to date: {error}", path.display()))
    })?;
    pool.close().await;
    Ok(())
}

fn unusable(path: &Path) -> impl Fn(sqlx::Error) -> Error {
    move |error| Error::Unusable(format!("{} cannot be opened: {error}", path.display()))
}

impl Engine {
    pub async fn open(path: &Path) -> Result<Self, Error> {
        let writer = SqlitePoolOptions::new().max_connections(1);
        let writer = writer.connect_with(options(path)).await.map_err(unusable(path))?;
        let readers = SqlitePoolOptions::new().max_connections(READERS_MAX);
        let readers = readers.connect_with(options(path).read_only(true)).await.map_err(unusable(path))?;
        Ok(Self { writer, readers })
    }

    pub async fn begin_write(&self) -> Result<SqliteTransaction, Error> {
        // IMMEDIATE: the write lock is taken at once, so that a read inside cannot go stale before the write.
        Ok(SqliteTransaction { inner: self.writer.begin_with("BEGIN IMMEDIATE").await? })
    }

    pub async fn begin_read(&self) -> Result<SqliteTransaction, Error> {
        Ok(SqliteTransaction { inner: self.readers.begin().await? })
    }
}

/// An open transaction; dropping it undoes it.
pub struct SqliteTransaction {
    inner: sqlx::Transaction<'static, Sqlite>,
}

impl SqliteTransaction {
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.inner.commit().await?)
    }

    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Error> {
        let due: Option<i64> = sqlx::query_scalar(
            "SELECT min(due) FROM (
                 SELECT min(max(run_at, leased_until)) AS due FROM task
                 UNION ALL SELECT min(expires_at) FROM reservation)",
        )
        .fetch_one(self.connection())
        .await?;
        Ok(due.map(Timestamp))
    }
}

/// Names a column in an error.
#[derive(Clone, Copy)]
struct Column(&'static str, &'static str);

impl Column {
    fn inconsistent(self, value: impl Into<String>) -> Error {
        Error::Inconsistent { table: self.0, column: self.1, value: value.into() }
    }

    /// A text column that has a type of its own.
    fn parse<T: std::str::FromStr>(self, row: &SqliteRow) -> Result<T, Error> {
        let text: String = row.try_get(self.1)?;
        text.parse().map_err(|_| self.inconsistent(text))
    }

    /// The same, where it may be null.
    fn parse_optional<T: std::str::FromStr>(self, row: &SqliteRow) -> Result<Option<T>, Error> {
        let text: Option<String> = row.try_get(self.1)?;
        text.map(|text| text.parse().map_err(|_| self.inconsistent(text))).transpose()
    }

    /// A text column that holds JSON.
    fn json<T: DeserializeOwned>(self, row: &SqliteRow) -> Result<T, Error> {
        let text: String = row.try_get(self.1)?;
        serde_json::from_str(&text).map_err(|_| self.inconsistent(text))
    }

    /// A whole number that fits a smaller type.
    fn number<T: TryFrom<i64>>(self, row: &SqliteRow) -> Result<T, Error> {
        let number: i64 = row.try_get(self.1)?;
        T::try_from(number).map_err(|_| self.inconsistent(number.to_string()))
    }
}

/// The JSON of a value that is all strings and numbers, which cannot fail to be written.
fn to_json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Unusable(format!("a value has no JSON: {error}")))
}
