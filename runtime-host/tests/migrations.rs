//! The services' tables: made once, kept apart, and alike on both engines.

use std::collections::{BTreeMap, BTreeSet};

use merkato::{
    data_folder::DataFolder,
    databases::{Databases, Server},
    migrations,
    system::SystemEntropy,
};
use merkato_tests_postgres::Database;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};

fn folder() -> (tempfile::TempDir, DataFolder) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = DataFolder::open(&folder.path().join("data"), &SystemEntropy).expect("a data folder");
    (folder, data)
}

fn databases(database: &Database) -> Databases {
    Databases::of(Some(&database.url)).expect("an address")
}

fn server(database: &Database) -> Server {
    match databases(database) {
        Databases::Server(server) => server,
        Databases::Files => panic!("an address is a server"),
    }
}

/// The columns of each table, by schema or file; what migrations note of themselves is left out, and so is what makes
/// a full-text index: a column on one engine, tables on the other.
type Columns = BTreeMap<(String, String), BTreeSet<String>>;

async fn columns_on_postgres(database: &Database) -> Columns {
    let found: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_schema::text, table_name::text, column_name || ' ' || upper(data_type) || ' ' || is_nullable
         FROM information_schema.columns
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_name <> '_sqlx_migrations'
             AND data_type <> 'tsvector'",
    )
    .fetch_all(&mut database.connect().await)
    .await
    .expect("columns");
    let mut columns = Columns::new();
    for (schema, table, column) in found {
        columns.entry((schema, table)).or_default().insert(column);
    }
    columns
}

async fn columns_on_sqlite(folder: &DataFolder) -> Columns {
    let mut columns = Columns::new();
    for service in migrations::services() {
        let path = folder.services().join(format!("sqlite/{service}.db"));
        let options = SqliteConnectOptions::new().filename(path);
        let mut connection = SqliteConnection::connect_with(&options).await.expect("a database");
        let found: Vec<(String, String)> = sqlx::query_as(
            "SELECT tables.name, columns.name || ' ' || upper(columns.type)
                 || CASE columns.\"notnull\" WHEN 1 THEN ' NO' ELSE ' YES' END
             FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.name <> '_sqlx_migrations'
                 AND tables.name NOT LIKE 'product_text%'",
        )
        .fetch_all(&mut connection)
        .await
        .expect("columns");
        for (table, column) in found {
            columns.entry((service.to_owned(), table)).or_default().insert(column);
        }
    }
    columns
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_each_service_a_schema_of_its_own() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let (_folder, data) = folder();
    migrations::run_services(&data, &Databases::Files).await.expect("files");
    migrations::run_services(&data, &databases(&database)).await.expect("schemas");
    let columns = columns_on_postgres(&database).await;
    assert_eq!(columns, columns_on_sqlite(&data).await);
    let schemas = columns.into_keys().map(|(schema, _)| schema).collect::<BTreeSet<_>>();
    assert_eq!(schemas, migrations::services().map(str::to_owned).collect());
}

#[tokio::test]
async fn a_service_sees_no_table_of_another() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let (_folder, data) = folder();
    migrations::run_services(&data, &databases(&database)).await.expect("schemas");
    let server = server(&database);
    for (service, own, foreign) in [("catalog", "product", "payment"), ("payments", "payment", "product")] {
        let mut connection = server.connect(service).await.expect("a connection");
        let select = |table: &str| AssertSqlSafe(format!("SELECT * FROM {table}"));
        connection.execute(select(own)).await.expect("its own table");
        let said = connection.execute(select(foreign)).await.expect_err("somebody else's table").to_string();
        assert!(said.contains("does not exist"), "{said}");
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing_and_needs_no_right_to_make_schemas() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let (_folder, data) = folder();
    migrations::run_services(&data, &databases(&database)).await.expect("the first time");
    let mut connection = database.connect().await;
    let insert = "INSERT INTO catalog.category (slug, title, description) VALUES ('cups', 'Cups', '')";
    connection.execute(insert).await.expect("a row");
    let name: String = sqlx::query_scalar("SELECT current_database()::text")
        .fetch_one(&mut connection)
        .await
        .expect("a name");
    let revoke = format!("REVOKE CREATE ON DATABASE {name} FROM CURRENT_USER, PUBLIC");
    connection.execute(AssertSqlSafe(revoke)).await.expect("fewer rights");
    connection.execute("CREATE SCHEMA other").await.expect_err("the right is gone");
    migrations::run_services(&data, &databases(&database)).await.expect("the second time");
    let titles: Vec<String> = sqlx::query_scalar("SELECT title FROM catalog.category")
        .fetch_all(&mut connection)
        .await
        .expect("the row");
    assert_eq!(titles, ["Cups"]);
}

#[tokio::test]
async fn several_who_migrate_at_once_all_succeed() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let (_folder, data) = folder();
    let databases = databases(&database);
    let run = || migrations::run_services(&data, &databases);
    let (one, two, three, four) = tokio::join!(run(), run(), run(), run());
    for outcome in [one, two, three, four] {
        outcome.expect("tables");
    }
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM catalog._sqlx_migrations WHERE success")
        .fetch_one(&mut database.connect().await)
        .await
        .expect("a count");
    let migrations =
        std::fs::read_dir("../components/catalog/migrations/postgres").expect("a folder").count();
    assert_eq!(usize::try_from(applied).ok(), Some(migrations));
}

#[test]
fn each_migration_is_there_for_both_engines() {
    for service in migrations::services() {
        let names = |engine: &str| {
            let path = format!("../components/{service}/migrations/{engine}");
            let files = std::fs::read_dir(&path).expect("a folder");
            files.map(|file| file.expect("a file").file_name()).collect::<BTreeSet<_>>()
        };
        assert_eq!(names("sqlite"), names("postgres"), "{service}");
    }
}
