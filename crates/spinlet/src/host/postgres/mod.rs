//! `spin:postgres`: a pool of connections for each address, as in Spin.
//!
//! As in Spin, a connection goes back to its pool as the guest leaves it: an open transaction stays open and
//! the next request finds itself inside. A component that works here works there, and the other way round.

mod values;

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures::TryStreamExt;
use tokio_postgres::config::{Config, Host as Address, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row, RowStream};
use wasmtime::component::Resource;

use super::State;
use crate::bindings::spin::postgres::postgres::{
    Column, DbError, DbValue, Error, Host, HostConnection, ParameterValue, QueryError, RowSet,
};
use crate::outbound::AllowedHosts;

/// Connections to one address; Spin's own number.
const CONNECTIONS_MAX: usize = 64;

/// Addresses that have a pool at once; Spin's own number.
const POOLS_MAX: usize = 16;

/// Statements that a connection keeps prepared. Past this it forgets them all: a guest that writes its values into its
/// statements never uses one twice.
const PREPARED_MAX: usize = 256;

/// The pools, by the text of the address.
#[derive(Default)]
pub(crate) struct Pools(Mutex<HashMap<String, Pool>>);

impl Pools {
    fn get(&self, address: &str, config: Config) -> Result<Pool, Error> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(address) {
            return Ok(pool.clone());
        }
        if pools.len() >= POOLS_MAX {
            // Which one goes matters little: components have one address each. Its connections in use stay.
            let Some(first) = pools.keys().next().cloned() else { return Err(failed("no room for a pool")) };
            pools.remove(&first);
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Clean };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(CONNECTIONS_MAX)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        pools.insert(address.to_owned(), pool.clone());
        Ok(pool)
    }
}

/// A connection that is the guest's alone until it drops it.
pub struct Connection(Object);

fn failed(reason: impl Into<String>) -> Error {
    Error::ConnectionFailed(reason.into())
}

/// Reads an address and makes sure that the component may connect to it.
fn check_address(address: &str, allowed: &AllowedHosts) -> Result<Config, Error> {
    let config: Config = address.parse().map_err(|error: tokio_postgres::Error| failed(error.to_string()))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(failed("this runner speaks to PostgreSQL without TLS only: use sslmode=disable"));
    }
    let ports = config.get_ports();
    for (index, host) in config.get_hosts().iter().enumerate() {
        let Address::Tcp(host) = host else {
            return Err(failed("Unix sockets are not supported on WebAssembly"));
        };
        let port = ports.get(index).or_else(|| ports.first().filter(|_| ports.len() == 1)).copied();
        if !allowed.allow("postgres", host, port) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            return Err(failed(format!("address postgres://{host}{port} is not permitted")));
        }
    }
    Ok(config)
}

fn query_failed(error: &tokio_postgres::Error) -> Error {
    let as_text = format!("{error:?}");
    let Some(reason) = error.as_db_error() else {
        return Error::QueryFailed(QueryError::Text(as_text));
    };
    let extras = [
        ("column", reason.column().map(str::to_owned)),
        ("constraint", reason.constraint().map(str::to_owned)),
        ("routine", reason.routine().map(str::to_owned)),
        ("hint", reason.hint().map(str::to_owned)),
        ("table", reason.table().map(str::to_owned)),
        ("datatype", reason.datatype().map(str::to_owned)),
        ("schema", reason.schema().map(str::to_owned)),
        ("file", reason.file().map(str::to_owned)),
        ("line", reason.line().map(|line| line.to_string())),
        ("where_", reason.where_().map(str::to_owned)),
    ];
    Error::QueryFailed(QueryError::DbError(DbError {
        as_text,
        severity: reason.severity().to_owned(),
        code: reason.code().code().to_owned(),
        message: reason.message().to_owned(),
        detail: reason.detail().map(str::to_owned),
        extras: extras.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
    }))
}

/// As Spin 3.6 says that a statement failed after it had begun: in words alone, first those of the driver and in them
/// the server's. So does every violated constraint come to a guest that asks for rows.
fn failed_under_way(error: &tokio_postgres::Error) -> Error {
    let text = match error.source() {
        Some(cause) => {
            let cause = cause.to_string();
            format!("{error}: {cause}\n\nCaused by:\n    {}", cause.replace('\n', "\n    "))
        }
        None => error.to_string(),
    };
    Error::QueryFailed(QueryError::Text(text))
}

type Parameters = Vec<Box<dyn ToSql + Send + Sync>>;

fn parameters(values: Vec<ParameterValue>) -> Result<Parameters, String> {
    values.into_iter().map(values::to_sql).collect()
}

/// Whether the server has forgotten a statement that was prepared, or may no longer run it as it was planned, because
/// tables have changed since. Nothing was done then.
fn is_outdated(error: &tokio_postgres::Error) -> bool {
    let outdated = [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::FEATURE_NOT_SUPPORTED];
    error.code().is_some_and(|code| outdated.contains(code))
}

fn borrowed(parameters: &Parameters) -> impl ExactSizeIterator<Item = &(dyn ToSql + Sync)> {
    parameters.iter().map(|parameter| &**parameter as _)
}

impl Connection {
    /// Runs `statement`, planned once for each connection: that takes longer than most statements do.
    async fn start(
        &self,
        statement: &str,
        parameters: &Parameters,
    ) -> Result<RowStream, tokio_postgres::Error> {
        if self.0.statement_cache.size() >= PREPARED_MAX {
            self.0.statement_cache.clear();
        }
        let prepared = self.0.prepare_cached(statement).await?;
        match self.0.query_raw(&prepared, borrowed(parameters)).await {
            Err(error) if is_outdated(&error) => {
                self.0.statement_cache.clear();
                self.0.query_raw(statement, borrowed(parameters)).await
            }
            started => started,
        }
    }

    async fn query(
        &self,
        statement: &str,
        parameters: Parameters,
        bytes_max: usize,
    ) -> Result<RowSet, Error> {
        let found = self.start(statement, &parameters).await.map_err(|error| query_failed(&error))?;
        let mut found = std::pin::pin!(found);
        let (mut columns, mut rows, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(row) = found.try_next().await.map_err(|error| failed_under_way(&error))? {
            if columns.is_empty() {
                columns = columns_of(&row);
            }
            let row = row_of(&row).map_err(|error| failed_under_way(&error))?;
            bytes += row.iter().map(values::bytes).sum::<usize>();
            if bytes > bytes_max {
                let text = format!("query result exceeds limit of {bytes_max} bytes");
                return Err(Error::QueryFailed(QueryError::Text(text)));
            }
            rows.push(row);
        }
        Ok(RowSet { columns, rows })
    }

    async fn execute(&self, statement: &str, parameters: Parameters) -> Result<u64, Error> {
        let run = async {
            let mut rows = std::pin::pin!(self.start(statement, &parameters).await?);
            while rows.try_next().await?.is_some() {}
            Ok(rows.rows_affected().unwrap_or(0))
        };
        run.await.map_err(|error| query_failed(&error))
    }
}

fn columns_of(row: &Row) -> Vec<Column> {
    row.columns()
        .iter()
        .map(|column| Column { name: column.name().to_owned(), data_type: values::data_type(column.type_()) })
        .collect()
}

fn row_of(row: &Row) -> Result<Vec<DbValue>, tokio_postgres::Error> {
    (0..row.len()).map(|index| row.try_get::<_, values::Cell>(index).map(|cell| cell.0)).collect()
}

impl Host for State {}

impl HostConnection for State {
    async fn open(&mut self, address: String) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let pool = check_address(&address, &self.component.allowed_hosts)
            .and_then(|config| self.shared.postgres.get(&address, config));
        let pool = match pool {
            Ok(pool) => pool,
            Err(error) => return Ok(Err(error)),
        };
        if !self.open_handle() {
            return Ok(Err(failed("too many connections")));
        }
        match pool.get().await {
            Ok(connection) => Ok(Ok(self.table.push(Connection(connection))?)),
            Err(error) => {
                self.close_handle();
                Ok(Err(failed(format!("{error:?}"))))
            }
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        values: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let bytes_max = self.shared.limits.result_bytes_max;
        let connection = self.table.get(&connection)?;
        Ok(match parameters(values) {
            Ok(parameters) => connection.query(&statement, parameters, bytes_max).await,
            Err(reason) => Err(Error::BadParameter(reason)),
        })
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        values: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let connection = self.table.get(&connection)?;
        Ok(match parameters(values) {
            Ok(parameters) => connection.execute(&statement, parameters).await,
            Err(reason) => Err(Error::ValueConversionFailed(reason)),
        })
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.close_handle();
        self.table.delete(connection)?;
        Ok(())
    }
}
