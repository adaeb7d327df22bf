//! A PostgreSQL server for tests: one for each test binary, and in it a database of its own for each test.
//!
//! A test calls [`database`] and connects to its [`Database::url`]. The first call starts the server, in a temporary
//! folder, at a free port of the loopback interface, with a password of its own. It ends with the test binary, also
//! with one that panics or is killed. Durability is as in earnest: `fsync` stays on. Texts are sorted by the rules of
//! English, as they are in many a real installation, so that nobody relies on the order of bytes.
//!
//! This is a crate of its own, and knows nothing of the shop, because tests of three packages need it, and the harness
//! in `merkato-tests` brings a browser and a shop along.

#![expect(clippy::missing_panics_doc, reason = "a harness panics where a test fails")]

mod programs;
mod server;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

pub use server::Server;

/// The server of this test binary; nothing where there is no PostgreSQL.
static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

/// A database for one test. It goes with the server.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its address, as `postgres://user:password@host:port/name`. The user owns the database and is no superuser,
    /// since a shop's user is none.
    pub url: String,
}

/// A fresh database, or `None` where there is no PostgreSQL: then the test says no more.
pub async fn database() -> Option<Database> {
    let Some(server) = SERVER.get_or_init(Server::start).await else {
        eprintln!("skipped: there is no PostgreSQL here; `make postgres` says how to get it");
        return None;
    };
    Some(server.database().await)
}

/// One of PostgreSQL's programs, such as `pgbench`; nothing where it is not installed.
pub fn program(name: &str) -> Option<PathBuf> {
    let program = programs::find()?.postgres.with_file_name(name);
    program.is_file().then_some(program)
}

impl Database {
    /// A connection, to arrange or to look.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("a connection")
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        let options: PgConnectOptions = self.url.parse().expect("an address");
        (options.get_host().parse::<IpAddr>().expect("a number"), options.get_port()).into()
    }

    /// The address with other words for user and password, to be refused with.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        let options: PgConnectOptions = self.url.parse().expect("an address");
        let (host, port) = (options.get_host(), options.get_port());
        format!("postgres://{user}:{password}@{host}:{port}/{}", options.get_database().unwrap_or_default())
    }
}
