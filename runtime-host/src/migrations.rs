//! Brings every database of the shop up to date: the till's, and each service's own.
//!
//! Migrations lie beside the code that needs them and are built into this binary, so that a cluster's migration job
//! needs nothing else. A service never migrates: it may not even have the rights.

use std::fs;

use anyhow::Context as _;
use sqlx::{
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use crate::{data_folder::DataFolder, store::Store};

/// Each service with a database of its own; the name is that of its folder and of its Spin database.
static SERVICES: [(&str, Migrator); 2] = [
    ("catalog", sqlx::migrate!("../components/catalog/migrations/sqlite")),
    ("payments", sqlx::migrate!("../components/payments/migrations/sqlite")),
];

/// Brings all databases in `folder` up to date; safe to repeat.
pub async fn run(folder: &DataFolder) -> anyhow::Result<()> {
    Store::migrate_sqlite(&folder.till()).await?;
    let databases = folder.services().join("sqlite");
    fs::create_dir_all(&databases).with_context(|| format!("{} cannot be made", databases.display()))?;
    for (service, migrator) in &SERVICES {
        let options = SqliteConnectOptions::new()
            .filename(databases.join(format!("{service}.db")))
            // WAL stays with the file, and lets readers go on while a guest writes.
            .journal_mode(SqliteJournalMode::Wal)
            .create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = pool.with_context(|| format!("the database of {service} cannot be opened"))?;
        migrator
            .run(&pool)
            .await
            .with_context(|| format!("the database of {service} cannot be brought up to date"))?;
        pool.close().await;
    }
    Ok(())
}
