//! Brings every database of the shop up to date: the till's, and each service's own.
//!
//! Migrations lie beside the code that needs them and are built into this binary, so that a cluster's migration job
//! needs nothing else. A service never migrates: it may not even have the rights.

use std::fs;

use anyhow::Context as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _,
    migrate::{Migrate as _, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use crate::{
    data_folder::DataFolder,
    databases::{Databases, Server},
    store::Store,
};

/// A service with tables of its own.
struct Service {
    /// The name of its folder, of its Spin database, and of its schema.
    name: &'static str,
    sqlite: Migrator,
    postgres: Migrator,
}

static SERVICES: [Service; 7] = [
    Service {
        name: "catalog",
        sqlite: sqlx::migrate!("../components/catalog/migrations/sqlite"),
        postgres: sqlx::migrate!("../components/catalog/migrations/postgres"),
    },
    Service {
        name: "search",
        sqlite: sqlx::migrate!("../components/search/migrations/sqlite"),
        postgres: sqlx::migrate!("../components/search/migrations/postgres"),
    },
    Service {
        name: "notifications",
        sqlite: sqlx::migrate!("../components/notifications/migrations/sqlite"),
        postgres: sqlx::migrate!("../components/notifications/migrations/postgres"),
    },
    Service {
        name: "payments",
        sqlite: sqlx::migrate!("../components/payments/migrations/sqlite"),
        postgres: sqlx::migrate!("../components/payments/migrations/postgres"),
    },
    Service {
        name: "users",
        sqlite: sqlx::migrate!("../components/users/migrations/sqlite"),
        postgres: sqlx::migrate!("../components/users/migrations/postgres"),
    },
    Service {
        name: "reviews",
        sqlite: sqlx::migrate!("../components/reviews/migrations/sqlite"),
        postgres: sqlx::migrate!("../components/reviews/migrations/postgres"),
    },
    Service {
        name: "recommendations",
        sqlite: sqlx::migrate!("../components/recommendations/migrations/sqlite"),
        postgres: sqlx::migrate!("../components/recommendations/migrations/postgres"),
    },
];

/// The services with tables of their own.
pub fn services() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name)
}

/// Brings all databases up to date and opens the till's. Safe to repeat, and to run in several processes at once.
pub async fn run(folder: &DataFolder, databases: &Databases) -> anyhow::Result<Store> {
    run_services(folder, databases).await?;
    till_database(folder, databases).await
}

/// Brings the services' databases up to date.
pub async fn run_services(folder: &DataFolder, databases: &Databases) -> anyhow::Result<()> {
    for service in &SERVICES {
        match databases {
            Databases::Files => in_file(folder, service).await,
            Databases::Server(server) => in_schema(server, service).await,
        }
        .with_context(|| format!("the database of {} cannot be brought up to date", service.name))?;
    }
    Ok(())
}

/// Brings the till's database up to date and opens it.
async fn till_database(folder: &DataFolder, databases: &Databases) -> anyhow::Result<Store> {
    match databases {
        Databases::Files => {
            let path = folder.till();
            Store::migrate_sqlite(&path).await?;
            Ok(Store::open_sqlite(&path).await?)
        }
        Databases::Server(server) => {
            let url = server.in_schema("till");
            Store::migrate_postgres(&url).await?;
            Ok(Store::open_postgres(&url).await?)
        }
    }
}

async fn in_file(folder: &DataFolder, service: &Service) -> anyhow::Result<()> {
    let databases = folder.services().join("sqlite");
    fs::create_dir_all(&databases).with_context(|| format!("{} cannot be made", databases.display()))?;
    let options = SqliteConnectOptions::new()
        .filename(databases.join(format!("{}.db", service.name)))
        // WAL stays with the file, and lets readers go on while a guest writes.
        .journal_mode(SqliteJournalMode::Wal)
        .create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    service.sqlite.run(&pool).await?;
    pool.close().await;
    Ok(())
}

async fn in_schema(server: &Server, service: &Service) -> anyhow::Result<()> {
    let schema = service.name;
    let mut connection = server.connect(schema).await?;
    // The lock of migrations, which the migrator takes once more: of two who come at once, one makes the schema and
    // the other finds it. It ends with the connection.
    connection.lock().await?;
    // Not IF NOT EXISTS, which demands the right to make one even where an administrator has made it for us.
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
        .bind(schema)
        .fetch_one(&mut connection)
        .await?;
    if !known {
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await?;
    }
    service.postgres.run(&mut connection).await?;
    Ok(connection.close().await?)
}
