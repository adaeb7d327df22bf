//! The till on PostgreSQL: any number of coordinators on one database.

mod statements;

use std::{
    io,
    str::FromStr as _,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    Connection as _, Executor as _, PgConnection, PgPool, Postgres,
    migrate::{Migrate as _, MigrateError, Migrator},
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{sync::watch, time::timeout};

use super::{
    Error,
    engine::{Engine, Pool, Session, Statement},
};

/// Where the till's tables are.
const SCHEMA: &str = "till";
/// The channel on which coordinators tell each other of new work.
const CHANNEL: &str = "till";
/// Connections of one coordinator: one commits, the others read. More would not make the server faster.
const CONNECTIONS_MAX: u32 = 8;
/// How long to wait for a connection before the caller is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a connection stays open unused, so that a quiet shop leaves the server alone.
const IDLE_TIMEOUT: Duration = Duration::from_mins(10);
/// Limits that the server itself keeps, in milliseconds. No statement of ours takes long; one that does holds rows
/// that others wait for.
const LIMITS: [(&str, &str); 3] = [
    ("statement_timeout", "10000"),
    ("lock_timeout", "5000"),
    ("idle_in_transaction_session_timeout", "15000"),
];
/// How statements are planned. A plan is made once for a connection, perhaps while the tables are still empty, when it
/// seems best to read them whole; it would stay so when they have grown. All that is asked in passing goes by a key, so
/// only the ways by an index are left, and nothing is worth compiling.
const PLANS: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];
/// Begins to look at one moment of everything. There the tables are read whole.
const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
     SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";
/// How long an answer may take to come: longer than the server lets anything last, so that what is later does not come
/// any more. A line that went dead says nothing of itself, for a quarter of an hour or for ever.
const ANSWER_MAX: Duration = Duration::from_secs(12);
/// How long a line on which nothing is heard is believed to be alive.
const SILENCE_MAX: Duration = Duration::from_mins(1);
/// Wait before listening again after the server went away; it doubles with each try.
const RECONNECT_FIRST: Duration = Duration::from_millis(200);
/// Longest wait before listening again.
const RECONNECT_MAX: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

pub struct Database {
    pool: Arc<RenewedPool>,
    /// Tells our own announcements from those of others.
    name: Arc<str>,
    committed: watch::Receiver<()>,
    _listening: Listening,
}

fn options(url: &str) -> Result<PgConnectOptions, Error> {
    // The error of a URL that cannot be read may hold its password, so its words are not passed on.
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        Error::Unusable(
            "the database URL cannot be read; it must be like postgres://user:password@host:5432/name"
                .to_owned(),
        )
    })?;
    Ok(options.application_name("merkato").options(LIMITS).options(PLANS).options([("search_path", SCHEMA)]))
}

fn unusable(error: &sqlx::Error) -> Error {
    Error::Unusable(format!("the PostgreSQL database cannot be used: {error}"))
}

pub async fn migrate(url: &str) -> Result<(), Error> {
    let options = options(url)?;
    let mut connection = PgConnection::connect_with(&options).await.map_err(|error| unusable(&error))?;
    // The lock of migrations, which the migrator takes once more: of two who come at once, one makes the schema and
    // the other finds it. It ends with the connection.
    connection.lock().await.map_err(|error| outdated(&error))?;
    // Not IF NOT EXISTS, which demands the right to make one even where an administrator has made it for us.
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'till')")
        .fetch_one(&mut connection)
        .await
        .map_err(|error| unusable(&error))?;
    if !known {
        connection.execute("CREATE SCHEMA till").await.map_err(|error| unusable(&error))?;
    }
    MIGRATIONS.run(&mut connection).await.map_err(|error| outdated(&error))?;
    connection.close().await.map_err(|error| unusable(&error))
}

fn outdated(error: &MigrateError) -> Error {
    Error::Unusable(format!("the till's tables cannot be brought up to date: {error}"))
}

impl Database {
    pub async fn open(url: &str) -> Result<Self, Error> {
        let options = options(url)?;
        let pool = pool_options().connect_with(options.clone()).await.map_err(|error| unusable(&error))?;
        let pool = Arc::new(RenewedPool { options: options.clone(), current: RwLock::new(pool) });
        let name: Arc<str> = format!("{:032x}", rand::random::<u128>()).into();
        let (sender, committed) = watch::channel(());
        let listening = Listening(tokio::spawn(listen(options, Arc::clone(&name), sender)));
        Ok(Self { pool, name, committed, _listening: listening })
    }
}

fn pool_options() -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        // A connection that died is noticed by the statement that it fails; asking first would double the trips.
        .test_before_acquire(false)
}

/// Connections, and new ones in their place when their lines went dead.
struct RenewedPool {
    options: PgConnectOptions,
    current: RwLock<PgPool>,
}

impl RenewedPool {
    fn current(&self) -> PgPool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for an answer on a connection of `pool`. If none comes, no connection of that pool is used again: those
    /// on which nobody waits yet are as dead, and it would take as long to learn it of each.
    async fn answer<T>(
        &self,
        pool: &PgPool,
        answer: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, Error> {
        if let Ok(answer) = timeout(ANSWER_MAX, answer).await {
            return Ok(answer?);
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Of those who waited together, the first sees to it.
        if Arc::ptr_eq(&current.connect_options(), &pool.connect_options()) {
            *current = pool_options().connect_lazy_with(self.options.clone());
        }
        Err(Error::Unusable("the database does not answer".to_owned()))
    }
}

/// The task that listens; it ends with the database's last user.
struct Listening(tokio::task::JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Passes on what other coordinators announce. After a time without connection anything may have been missed, so that
/// counts as an announcement too.
async fn listen(options: PgConnectOptions, name: Arc<str>, committed: watch::Sender<()>) {
    let mut wait = RECONNECT_FIRST;
    loop {
        let result = listen_once(&options, &name, &committed, &mut wait).await;
        if let Err(error) = result {
            tracing::warn!(%error, "the database does not tell of others' work; trying again");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RECONNECT_MAX);
    }
}

async fn listen_once(
    options: &PgConnectOptions,
    name: &str,
    committed: &watch::Sender<()>,
    wait: &mut Duration,
) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    let pool = pool.connect_with(options.clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    *wait = RECONNECT_FIRST;
    committed.send_replace(());
    loop {
        match timeout(SILENCE_MAX, listener.try_recv()).await {
            Ok(Ok(Some(announcement))) if announcement.payload() == name => {}
            Ok(Ok(Some(_))) => {
                committed.send_replace(());
            }
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            // Nobody announces anything, or nobody can be heard.
            Err(_) => timeout(ANSWER_MAX, listener.execute("SELECT"))
                .await
                .map_err(|_| sqlx::Error::Io(io::ErrorKind::TimedOut.into()))?
                .map(drop)?,
        }
    }
}

#[async_trait]
impl Engine for Database {
    async fn begin(&self) -> Result<Box<dyn Session>, Error> {
        self.transaction("BEGIN").await
    }

    async fn look(&self) -> Result<Box<dyn Session>, Error> {
        // Each read of ours is one statement for each kind of row, and every row carries what belongs to it; a
        // transaction around them would only add two trips to the server.
        let pool = self.pool.current();
        let connection = pool.acquire().await?;
        Ok(Box::new(Looking { connection, pool, pools: Arc::clone(&self.pool) }))
    }

    async fn snapshot(&self) -> Result<Box<dyn Session>, Error> {
        self.transaction(BEGIN_SNAPSHOT).await
    }

    fn others(&self) -> Option<watch::Receiver<()>> {
        Some(self.committed.clone())
    }

    fn pools(&self) -> Vec<Pool> {
        vec![Pool::of("till", &self.pool.current())]
    }
}

impl Database {
    async fn transaction(&self, begin: &'static str) -> Result<Box<dyn Session>, Error> {
        let pool = self.pool.current();
        let transaction = self.pool.answer(&pool, pool.begin_with(begin)).await?;
        let (pools, name) = (Arc::clone(&self.pool), Arc::clone(&self.name));
        Ok(Box::new(Changing { transaction, pool, pools, name }))
    }
}

/// A transaction.
struct Changing {
    transaction: sqlx::Transaction<'static, Postgres>,
    /// Whose connection it is.
    pool: PgPool,
    pools: Arc<RenewedPool>,
    /// Who announces its work.
    name: Arc<str>,
}

struct Looking {
    connection: PoolConnection<Postgres>,
    /// Whose connection it is.
    pool: PgPool,
    pools: Arc<RenewedPool>,
}

async fn run(
    connection: &mut PgConnection,
    statement: Statement,
    parameter: &str,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(statements::sql(statement)).bind(parameter).fetch_all(connection).await
}

#[async_trait]
impl Session for Changing {
    async fn run(&mut self, statement: Statement, parameter: &str) -> Result<Vec<String>, Error> {
        let parameter = if statement == Statement::Announce { &*self.name } else { parameter };
        self.pools.answer(&self.pool, run(&mut self.transaction, statement, parameter)).await
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATIONS
    }

    async fn commit(self: Box<Self>) -> Result<(), Error> {
        let Self { transaction, pool, pools, .. } = *self;
        pools.answer(&pool, transaction.commit()).await
    }
}

#[async_trait]
impl Session for Looking {
    async fn run(&mut self, statement: Statement, parameter: &str) -> Result<Vec<String>, Error> {
        self.pools.answer(&self.pool, run(&mut self.connection, statement, parameter)).await
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATIONS
    }

    async fn commit(self: Box<Self>) -> Result<(), Error> {
        Ok(())
    }
}
