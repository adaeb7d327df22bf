//! The till on PostgreSQL: any number of coordinators on one database.

mod pool;
mod session;
mod statements;

use std::{io, str::FromStr as _, sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Connection as _, Executor as _, PgConnection,
    migrate::{Migrate as _, MigrateError, Migrator},
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{sync::watch, time::timeout};
use tokio_postgres::Config;

use self::{
    pool::RenewedPool,
    session::{Changing, Looking},
};
use super::{
    Error,
    engine::{Engine, Pool, Session},
};

/// Where the till's tables are.
const SCHEMA: &str = "till";
/// The channel on which coordinators tell each other of new work.
const CHANNEL: &str = "till";
/// Connections of one coordinator that change rows: one transaction carries all that has come.
const WRITERS_MAX: usize = 1;
/// Connections of one coordinator that look. More would not make the server faster.
const READERS_MAX: usize = 7;
/// How long to wait for a connection before the caller is told to come back.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
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

/// Two pools: the one connection that changes rows belongs to the thread that commits, and its answers with it.
pub struct Database {
    writer: Arc<RenewedPool>,
    readers: Arc<RenewedPool>,
    /// Tells our own announcements from those of others.
    name: Arc<str>,
    committed: watch::Receiver<()>,
    _listening: Listening,
}

fn options(url: &str) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url).map_err(|_| unreadable())?;
    Ok(options.application_name("merkato").options(LIMITS).options(PLANS).options([("search_path", SCHEMA)]))
}

/// The same for the connections that statements run on. They are another driver's, which can send a statement while
/// the answer to the one before is still on its way.
fn config(url: &str) -> Result<Config, Error> {
    let mut config = Config::from_str(url).map_err(|_| unreadable())?;
    let settings = LIMITS.into_iter().chain(PLANS).chain([("search_path", SCHEMA)]);
    let settings = settings.map(|(name, value)| format!("-c {name}={value}"));
    let given = config.get_options().map(str::to_owned);
    let options = given.into_iter().chain(settings).collect::<Vec<_>>();
    config.options(options.join(" ")).application_name("merkato").connect_timeout(CONNECT_TIMEOUT);
    Ok(config)
}

/// The error of a URL that cannot be read may hold its password, so its words are not passed on.
fn unreadable() -> Error {
    Error::Unusable(
        "the database URL cannot be read; it must be like postgres://user:password@host:5432/name".to_owned(),
    )
}

fn unusable(error: &sqlx::Error) -> Error {
    Error::Unusable(format!("the PostgreSQL database cannot be used: {error}"))
}

pub async fn migrate(url: &str) -> Result<(), Error> {
    // What changes a large table takes as long as it takes.
    let options = options(url)?.options([("statement_timeout", "0")]);
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
        let (options, config) = (options(url)?, config(url)?);
        let writer = Arc::new(RenewedPool::new("writer", config.clone(), WRITERS_MAX)?);
        let readers = Arc::new(RenewedPool::new("readers", config, READERS_MAX)?);
        // A server that cannot be used is better heard of now than by the first shopper.
        drop(readers.connection().await?);
        let name: Arc<str> = format!("{:032x}", rand::random::<u128>()).into();
        let (sender, committed) = watch::channel(());
        let listening = listen(options, Arc::clone(&readers), Arc::clone(&name), sender);
        Ok(Self { writer, readers, name, committed, _listening: Listening(tokio::spawn(listening)) })
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
async fn listen(
    options: PgConnectOptions,
    readers: Arc<RenewedPool>,
    name: Arc<str>,
    committed: watch::Sender<()>,
) {
    let mut wait = RECONNECT_FIRST;
    loop {
        let result = listen_once(&options, &readers, &name, &committed, &mut wait).await;
        if let Err(error) = result {
            tracing::warn!(%error, "the database does not tell of others' work; trying again");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RECONNECT_MAX);
    }
}

async fn listen_once(
    options: &PgConnectOptions,
    readers: &RenewedPool,
    name: &str,
    committed: &watch::Sender<()>,
    wait: &mut Duration,
) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_TIMEOUT);
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
            Err(_) => {
                readers.close_idle();
                let answer = timeout(ANSWER_MAX, listener.execute("SELECT")).await;
                answer.map_err(|_| sqlx::Error::Io(io::ErrorKind::TimedOut.into()))?.map(drop)?;
            }
        }
    }
}

#[async_trait]
impl Engine for Database {
    async fn begin(&self) -> Result<Box<dyn Session>, Error> {
        Ok(Box::new(Changing::begin(self.writer.connection().await?, "BEGIN", Arc::clone(&self.name)).await?))
    }

    async fn look(&self) -> Result<Box<dyn Session>, Error> {
        // Each read of ours is one statement for each kind of row, and every row carries what belongs to it; a
        // transaction around them would only add two trips to the server.
        Ok(Box::new(Looking(self.readers.connection().await?)))
    }

    async fn snapshot(&self) -> Result<Box<dyn Session>, Error> {
        let connection = self.readers.connection().await?;
        Ok(Box::new(Changing::begin(connection, BEGIN_SNAPSHOT, Arc::clone(&self.name)).await?))
    }

    fn others(&self) -> Option<watch::Receiver<()>> {
        Some(self.committed.clone())
    }

    fn pools(&self) -> Vec<Pool> {
        vec![self.writer.figures(), self.readers.figures()]
    }
}
