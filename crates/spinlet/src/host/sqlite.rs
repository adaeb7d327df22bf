//! `spin:sqlite`: one file for each label, and a connection of its own for each `open`, as in Spin.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::InterruptHandle;
use rusqlite::types::{ToSqlOutput, ValueRef};
use wasmtime::component::Resource;

use super::State;
use crate::bindings::spin::sqlite::sqlite::{Error, Host, HostConnection, QueryResult, RowResult, Value};
use crate::error;

/// How long a read may take on a thread that others wait for: about ten times what one by a key does.
const READ_IN_PASSING_MAX: Duration = Duration::from_millis(1);

/// How many steps of SQLite's machine lie between two looks at the clock; about ten microseconds' worth.
const PROGRESS_STEPS: std::ffi::c_int = 1_000;

/// Connections kept for the next guest: about as many as there are guests at once.
const UNUSED_MAX: usize = 32;

/// The file of one label.
pub(crate) struct Database {
    path: PathBuf,
    /// Connections that nothing but reads went through: no guest can tell them from new ones.
    unused: Mutex<Vec<rusqlite::Connection>>,
    /// Lets writers in one after the other: SQLite's own way is to sleep and try again.
    writers: Mutex<()>,
    /// Held open and never used: when the last connection closes, SQLite folds the write-ahead log into the
    /// file and deletes it, which would else happen at the end of every request.
    _keeper: Mutex<rusqlite::Connection>,
}

impl Database {
    /// Opens or makes the file and turns on its write-ahead log, once: the mode is kept in the file.
    pub(crate) fn open(path: &Path) -> Result<Database, error::Error> {
        let keeper =
            open_keeper(path).map_err(|source| error::Error::Database { path: path.to_owned(), source })?;
        Ok(Database {
            path: path.to_owned(),
            unused: Mutex::default(),
            writers: Mutex::default(),
            _keeper: Mutex::new(keeper),
        })
    }

    fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        let unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner).pop();
        unused.map_or_else(|| rusqlite::Connection::open(&self.path), Ok)
    }
}

/// A connection to a file in write-ahead mode that has its log open.
pub(crate) fn open_keeper(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    let keeper = rusqlite::Connection::open(path)?;
    keeper.pragma_update(None, "journal_mode", "WAL")?;
    keeper.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(keeper)
}

/// A connection of a guest. The file is opened with the first statement.
#[derive(Clone)]
pub struct Connection {
    database: Arc<Database>,
    session: Arc<Mutex<Session>>,
    result_bytes_max: usize,
}

/// What lasts as long as the guest's connection, or as its last statement.
struct Session {
    database: Arc<Database>,
    open: Option<rusqlite::Connection>,
    only_read: bool,
}

impl Session {
    fn connection(&mut self) -> rusqlite::Result<&rusqlite::Connection> {
        Ok(match &mut self.open {
            Some(open) => open,
            empty => empty.insert(self.database.connect()?),
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(connection) = self.open.take() else { return };
        let mut unused = self.database.unused.lock().unwrap_or_else(PoisonError::into_inner);
        if self.only_read && connection.is_autocommit() && unused.len() < UNUSED_MAX {
            unused.push(connection);
        }
    }
}

impl Connection {
    fn new(database: &Arc<Database>, result_bytes_max: usize) -> Connection {
        let session = Session { database: Arc::clone(database), open: None, only_read: true };
        let session = Arc::new(Mutex::new(session));
        Connection { database: Arc::clone(database), session, result_bytes_max }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> T, or: T) -> T {
        self.session().open.as_ref().map_or(or, work)
    }

    async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        if is_read(&statement)
            && let Some(outcome) = self.read_in_passing(&statement, &parameters)
        {
            return outcome;
        }
        self.execute_aside(statement, parameters).await
    }

    /// Runs a read right here, on a thread that others wait for: handing it over would take longer than most
    /// reads do. One that is not done soon is stopped, and `None` says that it must be run again aside, which
    /// it can since it changes nothing.
    fn read_in_passing(&self, statement: &str, parameters: &[Value]) -> Option<Result<QueryResult, Error>> {
        let mut session = self.session();
        let connection = match session.connection() {
            Ok(connection) => connection,
            Err(error) => return Some(Err(io(error))),
        };
        let stopped = Arc::new(AtomicBool::new(false));
        let (begun, stop) = (Instant::now(), Arc::clone(&stopped));
        let is_late = move || {
            let is_late = begun.elapsed() > READ_IN_PASSING_MAX;
            stop.store(is_late, Ordering::Relaxed);
            is_late
        };
        if let Err(error) = connection.progress_handler(PROGRESS_STEPS, Some(is_late)) {
            return Some(Err(io(error)));
        }
        let outcome = run(connection, statement, parameters, self.result_bytes_max);
        if let Err(error) = connection.progress_handler(0, None::<fn() -> bool>) {
            return Some(Err(io(error)));
        }
        (!stopped.load(Ordering::Relaxed)).then_some(outcome)
    }

    /// Runs a statement on a thread that may block. When the guest is stopped meanwhile, so is the statement.
    async fn execute_aside(&self, statement: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        let this = self.clone();
        let (interrupt, interrupted) = tokio::sync::oneshot::channel::<InterruptHandle>();
        let mut guard = InterruptOnDrop(Some(interrupted));
        let outcome = tokio::task::spawn_blocking(move || {
            let mut session = this.session();
            let is_read = is_read(&statement);
            session.only_read &= is_read;
            let connection = session.connection().map_err(io)?;
            // A transaction that is open already must not wait for those who wait for it, and a read that
            // begins with WITH, which may be long, must not keep writers waiting.
            let writes = !is_read && !begins_with(&statement, "with") && connection.is_autocommit();
            let _turn = writes.then(|| this.database.writers.lock().unwrap_or_else(PoisonError::into_inner));
            if interrupt.send(connection.get_interrupt_handle()).is_err() {
                return Err(Error::Io("the guest has ended".to_owned()));
            }
            run(connection, &statement, &parameters, this.result_bytes_max)
        })
        .await;
        guard.0 = None;
        outcome.unwrap_or_else(|error| Err(Error::Io(error.to_string())))
    }
}

/// Whether a statement only reads, as far as its first word says. Others may wait for a lock or for the disk.
fn is_read(statement: &str) -> bool {
    begins_with(statement, "select")
}

fn begins_with(statement: &str, word: &str) -> bool {
    statement.trim_start().get(..word.len()).is_some_and(|first| first.eq_ignore_ascii_case(word))
}

/// Stops a statement whose guest is gone.
struct InterruptOnDrop(Option<tokio::sync::oneshot::Receiver<InterruptHandle>>);

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        if let Some(Ok(handle)) = self.0.take().map(|mut receiver| receiver.try_recv()) {
            handle.interrupt();
        }
    }
}

fn run(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: &[Value],
    result_bytes_max: usize,
) -> Result<QueryResult, Error> {
    let mut statement = connection.prepare_cached(statement).map_err(io)?;
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    let mut bytes = 0;
    let mut found =
        statement.query(rusqlite::params_from_iter(parameters.iter().map(Parameter))).map_err(io)?;
    while let Some(row) = found.next().map_err(io)? {
        let mut values = Vec::with_capacity(columns.len());
        for column in 0..columns.len() {
            let value = value(row.get_ref(column).map_err(io)?);
            bytes += value_bytes(&value);
            values.push(value);
        }
        if bytes > result_bytes_max {
            return Err(Error::Io(format!("query result exceeds limit of {result_bytes_max} bytes")));
        }
        rows.push(RowResult { values });
    }
    Ok(QueryResult { columns, rows })
}

#[expect(clippy::needless_pass_by_value, reason = "this is how `map_err` calls it")]
fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

/// A value on its way into SQLite, without a copy.
struct Parameter<'a>(&'a Value);

impl rusqlite::ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

fn value_bytes(value: &Value) -> usize {
    let held = match value {
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    };
    size_of::<Value>() + held
}

impl Host for State {}

impl HostConnection for State {
    async fn open(&mut self, label: String) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let Some(database) = self.component.sqlite_databases.get(&label) else {
            return Ok(Err(Error::AccessDenied));
        };
        let connection = Connection::new(database, self.shared.limits.result_bytes_max);
        if !self.open_handle() {
            return Ok(Err(Error::Io("too many connections opened".to_owned())));
        }
        Ok(Ok(self.table.push(connection)?))
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<QueryResult, Error>> {
        let connection = self.table.get(&connection)?;
        Ok(connection.execute(statement, parameters).await)
    }

    async fn last_insert_rowid(&mut self, connection: Resource<Connection>) -> wasmtime::Result<i64> {
        Ok(self.table.get(&connection)?.with(rusqlite::Connection::last_insert_rowid, 0))
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&connection)?.with(rusqlite::Connection::changes, 0))
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.close_handle();
        self.table.delete(connection)?;
        Ok(())
    }
}
