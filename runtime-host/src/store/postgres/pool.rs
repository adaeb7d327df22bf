//! Connections to PostgreSQL, and new ones in the place of those that are lost.

use std::{
    error::Error as _,
    io,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use deadpool_postgres::{Manager, ManagerConfig, Object, PoolError, RecyclingMethod, Runtime};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::{Config, NoTls, error::SqlState};

use super::{ANSWER_MAX, CONNECT_TIMEOUT};
use crate::store::{Error, engine::Pool};

/// How long a connection stays open unused, so that a quiet shop leaves the server alone.
const IDLE_MAX: Duration = Duration::from_mins(10);
/// Wait before a server that is not up is asked again.
const CONNECT_PAUSE: Duration = Duration::from_millis(100);

/// Connections, and new ones in their place when their lines went dead.
pub struct RenewedPool {
    name: &'static str,
    config: Config,
    connections_max: usize,
    current: RwLock<Arc<deadpool_postgres::Pool>>,
}

/// A connection, given back when it is dropped.
pub struct Connection {
    pub client: Object,
    /// Whose it is.
    pool: Arc<deadpool_postgres::Pool>,
    pools: Arc<RenewedPool>,
}

fn pool(config: &Config, connections_max: usize) -> Result<Arc<deadpool_postgres::Pool>, Error> {
    // A connection that died is noticed by the statement that it fails; asking first would double the trips.
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let pool = deadpool_postgres::Pool::builder(Manager::from_config(config.clone(), NoTls, recycling))
        .max_size(connections_max)
        .runtime(Runtime::Tokio1)
        .build();
    pool.map(Arc::new).map_err(|error| Error::Unusable(error.to_string()))
}

impl RenewedPool {
    pub fn new(name: &'static str, config: Config, connections_max: usize) -> Result<Self, Error> {
        let current = RwLock::new(pool(&config, connections_max)?);
        Ok(Self { name, config, connections_max, current })
    }

    fn current(&self) -> Arc<deadpool_postgres::Pool> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A connection. A server that is just starting is waited for, within limits.
    pub async fn connection(self: &Arc<Self>) -> Result<Connection, Error> {
        let deadline = Instant::now() + CONNECT_TIMEOUT;
        let pool = self.current();
        loop {
            let lost = match timeout_at(deadline, pool.get()).await {
                Ok(Ok(client)) => {
                    return Ok(Connection { client, pool, pools: Arc::clone(self) });
                }
                Ok(Err(PoolError::Backend(error))) => Error::from(error),
                Ok(Err(error)) => return Err(Error::Unusable(error.to_string())),
                Err(_) => return Err(Error::Unusable("the database lets nobody in".to_owned())),
            };
            if !lost.is_transient() || Instant::now() + CONNECT_PAUSE > deadline {
                return Err(Error::Unusable(format!("the PostgreSQL database cannot be used: {lost}")));
            }
            sleep(CONNECT_PAUSE).await;
        }
    }

    /// Closes connections that nobody has needed for long.
    pub fn close_idle(&self) {
        self.current().retain(|_, metrics| metrics.last_used() < IDLE_MAX);
    }

    pub fn figures(&self) -> Pool {
        let status = self.current().status();
        let in_use = u32::try_from(status.size.saturating_sub(status.available)).unwrap_or(u32::MAX);
        Pool { name: self.name, in_use, max: u32::try_from(status.max_size).unwrap_or(u32::MAX) }
    }
}

impl Connection {
    /// Waits for an answer on this connection. If none comes, no connection of its pool is used again: those on which
    /// nobody waits yet are as dead, and it would take as long to learn it of each.
    pub async fn answer<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>> + Send,
    ) -> Result<T, Error> {
        if let Ok(answer) = timeout(ANSWER_MAX, answer).await {
            return Ok(answer?);
        }
        let mut current = self.pools.current.write().unwrap_or_else(PoisonError::into_inner);
        // Of those who waited together, the first sees to it.
        if Arc::ptr_eq(&current, &self.pool) {
            *current = pool(&self.pools.config, self.pools.connections_max)?;
        }
        Err(Error::Unusable("the database does not answer".to_owned()))
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        // The driver says what kind of error it is, and keeps the server's words as its cause.
        let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let cut = error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<io::Error>);
        match error.code() {
            // A row of that key, which was not there a moment ago, is another coordinator's: the next try will see it.
            Some(
                &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::UNIQUE_VIOLATION,
            ) => Self::Conflict(words),
            // Shut down, crashed, not yet up.
            Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW) => {
                Self::Cut(words)
            }
            None if cut => Self::Cut(words),
            _ => Self::Database(words),
        }
    }
}
