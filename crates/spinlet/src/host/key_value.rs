//! `fermyon:spin/key-value`: all stores in one SQLite file, in the table that Spin's own provider uses.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use wasmtime::component::Resource;

use super::State;
use crate::bindings::fermyon::spin::key_value::{Error, Host, HostStore};
use crate::error;

/// Spin makes the same table, so that either may have been there first.
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))";

/// The file behind all stores. One connection is enough: no store is held across a wait.
#[derive(Clone)]
pub(crate) struct KeyValue(Arc<Mutex<Connection>>);

impl KeyValue {
    pub(crate) fn open(path: &Path) -> Result<KeyValue, error::Error> {
        let open = || {
            let connection = super::sqlite::open_keeper(path)?;
            connection.execute(CREATE_TABLE, [])?;
            Ok(connection)
        };
        let connection = open().map_err(|source| error::Error::Database { path: path.to_owned(), source })?;
        Ok(KeyValue(Arc::new(Mutex::new(connection))))
    }
}

/// A store that a guest has open.
#[derive(Clone)]
pub struct Store {
    file: KeyValue,
    label: Arc<str>,
}

impl Store {
    /// Reads by a key right here: handing it to another thread would take longer. When the connection is in
    /// use, somebody may be waiting for the disk, and this must not.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &str) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        if let Ok(connection) = self.file.0.try_lock() {
            return work(&connection, &self.label).map_err(|error| Error::Other(error.to_string()));
        }
        self.with(work).await
    }

    /// Does work on the connection, on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &str) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            let connection = this.file.0.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection, &this.label).map_err(|error| Error::Other(error.to_string()))
        })
        .await
        .unwrap_or_else(|error| Err(Error::Other(error.to_string())))
    }
}

impl Host for State {}

impl HostStore for State {
    async fn open(&mut self, label: String) -> wasmtime::Result<Result<Resource<Store>, Error>> {
        let Some(label) = self.component.key_value_stores.get(label.as_str()).cloned() else {
            return Ok(Err(Error::AccessDenied));
        };
        let Some(file) = self.shared.key_value.clone() else {
            return Ok(Err(Error::NoSuchStore));
        };
        if !self.open_handle() {
            return Ok(Err(Error::StoreTableFull));
        }
        Ok(Ok(self.table.push(Store { file, label })?))
    }

    async fn get(
        &mut self,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let store = self.table.get(&store)?;
        Ok(store
            .read(move |connection, label| {
                connection
                    .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                    .query_row(params![label, key], |row| row.get(0))
                    .optional()
            })
            .await)
    }

    async fn set(
        &mut self,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let store = self.table.get(&store)?;
        Ok(store
            .with(move |connection, label| {
                connection
                    .prepare_cached(
                        "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
                         ON CONFLICT (store, key) DO UPDATE SET value = excluded.value",
                    )?
                    .execute(params![label, key, value])
                    .map(drop)
            })
            .await)
    }

    async fn delete(&mut self, store: Resource<Store>, key: String) -> wasmtime::Result<Result<(), Error>> {
        let store = self.table.get(&store)?;
        Ok(store
            .with(move |connection, label| {
                connection
                    .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                    .execute(params![label, key])
                    .map(drop)
            })
            .await)
    }

    async fn exists(&mut self, store: Resource<Store>, key: String) -> wasmtime::Result<Result<bool, Error>> {
        let store = self.table.get(&store)?;
        Ok(store
            .read(move |connection, label| {
                connection
                    .prepare_cached("SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                    .exists(params![label, key])
            })
            .await)
    }

    async fn get_keys(&mut self, store: Resource<Store>) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let bytes_max = self.shared.limits.result_bytes_max;
        let store = self.table.get(&store)?;
        let keys = store
            .with(move |connection, label| {
                let mut statement =
                    connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
                let mut rows = statement.query(params![label])?;
                let (mut keys, mut bytes) = (Vec::new(), 0);
                while let Some(row) = rows.next()? {
                    let key: String = row.get(0)?;
                    bytes += size_of::<String>() + key.len();
                    if bytes > bytes_max {
                        return Ok(None);
                    }
                    keys.push(key);
                }
                Ok(Some(keys))
            })
            .await;
        Ok(keys.and_then(|keys| {
            keys.ok_or_else(|| Error::Other(format!("query result exceeds limit of {bytes_max} bytes")))
        }))
    }

    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.close_handle();
        self.table.delete(store)?;
        Ok(())
    }
}
