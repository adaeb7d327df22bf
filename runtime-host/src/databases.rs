//! Where the shop keeps its tables: in files of the data folder, or in one PostgreSQL database with a schema for the
//! till and for each service.

use std::{fmt, time::Duration};

use reqwest::Url;
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

/// What an address looks like; the end of every complaint about one.
const EXAMPLE: &str =
    "it must look like postgres://user:password@host:5432/name, with a password's signs percent-encoded";
/// A server that takes longer to let us in is as good as away.
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// The port of an address that names none.
const PORT: u16 = 5432;

/// Where the shop keeps its tables.
#[derive(Debug, Clone)]
pub enum Databases {
    /// SQLite files in the data folder.
    Files,
    /// A PostgreSQL database.
    Server(Server),
}

/// A PostgreSQL database. It shows nobody its password but those who connect.
#[derive(Clone)]
pub struct Server(Url);

/// Why an address cannot be used, or what lies there. None repeats the address, which holds a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an address.
    #[error("this is not an address; {EXAMPLE}. Leave it out for SQLite in the data folder.")]
    Address,
    /// SQLite is what one gets without an address.
    #[error(
        "SQLite databases lie in the data folder: leave --database-url out, and choose the folder with --data-dir."
    )]
    Sqlite,
    /// Another kind of database.
    #[error(
        "databases of kind {0:?} are not known here; {EXAMPLE}. Leave it out for SQLite in the data folder."
    )]
    Kind(String),
    /// Something that an address needs is not in it.
    #[error("the address names no {0}; {EXAMPLE}")]
    Missing(&'static str),
    /// The services may connect to the server before the `?` only, so it must be the one.
    #[error("`{0}=` after the `?` may not name another server; {EXAMPLE}")]
    Elsewhere(String),
    /// Nobody answers.
    #[error("the database at {at} cannot be reached: {reason}. Start it, or correct --database-url.")]
    Unreachable {
        /// Server and database.
        at: String,
        /// What the system said.
        reason: String,
    },
    /// The server does not let us in.
    #[error(
        "the database at {at} does not let us in: {reason}. Correct --database-url, or what it names there."
    )]
    Refused {
        /// Server and database.
        at: String,
        /// What the server said.
        reason: String,
    },
}

impl Databases {
    /// Reads an address that an operator gave; without one, files.
    pub fn of(url: Option<&str>) -> Result<Self, Error> {
        url.map_or(Ok(Self::Files), |url| Server::parse(url).map(Self::Server))
    }
}

impl Server {
    fn parse(text: &str) -> Result<Self, Error> {
        let Ok(url) = Url::parse(text) else {
            return Err(if text.starts_with("sqlite:") { Error::Sqlite } else { Error::Address });
        };
        match url.scheme() {
            "postgres" | "postgresql" => {}
            "sqlite" => return Err(Error::Sqlite),
            other => return Err(Error::Kind(other.to_owned())),
        }
        // Drivers understand several servers, or a socket, in different ways, and Spin neither.
        if url.host_str().is_none_or(|host| host.is_empty() || host.contains([',', '%'])) {
            return Err(Error::Missing("single server"));
        }
        if url.path().trim_start_matches('/').is_empty() {
            return Err(Error::Missing("database"));
        }
        if let Some((name, _)) =
            url.query_pairs().find(|(name, _)| ["host", "hostaddr", "port"].contains(&&**name))
        {
            return Err(Error::Elsewhere(name.into_owned()));
        }
        Ok(Self(url))
    }

    /// The address by which one sees the tables of `schema` and of no other. Spaces are written as `%20`, since Spin's
    /// driver does not take a `+` for one.
    pub fn in_schema(&self, schema: &str) -> String {
        let mut options = String::new();
        let mut others = Vec::new();
        for part in self.0.query().unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            match part.strip_prefix("options=") {
                Some(given) => options = format!("{given}%20"),
                None => others.push(part),
            }
        }
        // The last word on a setting is the one that holds.
        let options = format!("options={options}-c%20search_path%3D{schema}");
        others.push(&options);
        let mut url = self.0.clone();
        url.set_query(Some(&others.join("&")));
        url.into()
    }

    /// The server alone, as an entry of `allowed_outbound_hosts`.
    pub fn host(&self) -> String {
        format!("postgres://{}", self.authority())
    }

    fn authority(&self) -> String {
        format!("{}:{}", self.0.host_str().unwrap_or_default(), self.0.port().unwrap_or(PORT))
    }

    /// Connects to the tables of `schema`, which need not be there yet.
    pub async fn connect(&self, schema: &str) -> Result<PgConnection, Error> {
        let at = self.to_string();
        match timeout(CONNECT_MAX, PgConnection::connect(&self.in_schema(schema))).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(sqlx::Error::Io(error))) => Err(Error::Unreachable { at, reason: error.to_string() }),
            Ok(Err(sqlx::Error::Database(error))) => {
                Err(Error::Refused { at, reason: error.message().to_owned() })
            }
            Ok(Err(error)) => Err(Error::Refused { at, reason: error.to_string() }),
            Err(_) => {
                let reason = format!("no answer within {} seconds", CONNECT_MAX.as_secs());
                Err(Error::Unreachable { at, reason })
            }
        }
    }
}

/// Server and database, without user and password.
impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.authority(), self.0.path())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Server({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server::parse(url).expect("an address")
    }

    #[test]
    fn each_schema_has_an_address_of_its_own_and_what_was_asked_for_stays() {
        let cases = [
            (
                "postgres://u:p%40ss@db:6432/shop",
                "postgres://u:p%40ss@db:6432/shop?options=-c%20search_path%3Dcatalog",
            ),
            (
                "postgresql://db/shop?sslmode=disable&options=-c%20statement_timeout%3D5s",
                "postgresql://db/shop?sslmode=disable&options=-c%20statement_timeout%3D5s%20-c%20search_path%3Dcatalog",
            ),
        ];
        for (given, address) in cases {
            assert_eq!(server(given).in_schema("catalog"), address);
        }
    }

    #[test]
    fn a_server_is_named_without_user_password_and_path() {
        let server = server("postgres://u:secret@db.example/shop?sslmode=disable");
        assert_eq!(server.host(), "postgres://db.example:5432");
        assert_eq!(server.to_string(), "db.example:5432/shop");
        assert!(!format!("{server:?} {:?}", Databases::Server(server.clone())).contains("secret"));
    }

    #[test]
    fn an_address_that_cannot_be_used_says_what_to_do_and_keeps_its_password_to_itself() {
        for (bad, word) in [
            ("u:secret@db/shop", "postgres://"),
            ("postgres.example", "not an address"),
            ("mysql://u:secret@db/shop", "mysql"),
            ("sqlite:///tmp/till.db", "--data-dir"),
            ("sqlite:till.db", "--data-dir"),
            ("postgres:///shop?host=/run/postgresql&password=secret", "single server"),
            ("postgres://u:secret@a,b/shop", "single server"),
            ("postgres://u:secret@db", "no database"),
            ("postgres://u:secret@db/", "no database"),
            ("postgres://u:secret@db/shop?host=other", "`host="),
        ] {
            let said = Server::parse(bad).expect_err(bad).to_string();
            assert!(said.contains(word) && !said.contains("secret"), "{bad}: {said}");
        }
    }
}
