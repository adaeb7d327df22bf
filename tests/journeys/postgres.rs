//! A shop on PostgreSQL when the database is not what it should be.

use merkato_tests::{api::Caller, shop::Builder};
use merkato_tests_postgres::Database;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};

use crate::start::refused;

const PRODUCTS: &str = "/api/catalog/products";

/// Runs `statement` from outside of the database, so that it can be about the database itself.
async fn administer(database: &Database, statement: &str) {
    let options: PgConnectOptions = database.url.parse().expect("an address");
    let name = options.get_database().expect("a name").to_owned();
    let mut connection =
        PgConnection::connect_with(&options.database("postgres")).await.expect("a connection");
    connection.execute(AssertSqlSafe(statement.replace("DATABASE_NAME", &name))).await.expect("a statement");
}

const DISCONNECT: &str =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'DATABASE_NAME'";

#[tokio::test]
async fn a_shop_outlives_its_connections() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let shop = Builder::new().database(&database.url).start().await;
    let guest = Caller::guest(&shop);
    for _ in 0..3 {
        guest.get(PRODUCTS).await.expect(200);
        administer(&database, DISCONNECT).await;
    }
    guest.get(PRODUCTS).await.expect(200);
}

#[tokio::test]
async fn a_database_that_lets_nobody_in_is_a_shop_that_does_not_answer_for_now() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let shop = Builder::new().database(&database.url).start().await;
    let guest = Caller::guest(&shop);
    administer(&database, "ALTER DATABASE DATABASE_NAME ALLOW_CONNECTIONS false").await;
    administer(&database, DISCONNECT).await;
    guest.get(PRODUCTS).await.problem(503, "unavailable");
    administer(&database, "ALTER DATABASE DATABASE_NAME ALLOW_CONNECTIONS true").await;
    let products = guest.get(PRODUCTS).await.expect(200);
    assert_eq!(
        products["items"].as_array().map(Vec::len),
        Some(3),
        "and nothing was kept elsewhere meanwhile"
    );
}

#[tokio::test]
async fn a_product_changed_by_hand_from_anywhere_still_reaches_the_till() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let shop = Builder::new().database(&database.url).start().await;
    let changed = "UPDATE catalog.product SET variants = replace(variants, '\"amount\":', '\"amount\":9')";
    database.connect().await.execute(changed).await.expect("a session that looks elsewhere");
    let service = Caller::with_token(&shop, shop.secret("service_token"));
    service.post("/internal/catalog/publish", &serde_json::json!({})).await.expect(200);
    let mut guest = Caller::guest(&shop);
    let cart = guest.set_line("GABI", 1).await.expect(200);
    assert!(cart["subtotal"]["amount"].to_string().starts_with('9'), "{cart:#}");
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_refused_in_plain_words_without_its_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    // A port that was free a moment ago; nobody is told of it.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = free.local_addr().expect("its address");
    drop(free);
    let mut cases = vec![
        (format!("postgres://shop:hunter2@{nobody}/shop"), "cannot be reached"),
        ("mysql://shop:hunter2@127.0.0.1/shop".to_owned(), "mysql"),
        ("sqlite:///tmp/till.db?password=hunter2".to_owned(), "--data-dir"),
        ("shop:hunter2@127.0.0.1".to_owned(), "postgres://"),
    ];
    if let Some(database) = merkato_tests_postgres::database().await {
        cases.push((database.url_as("shop", "hunter2"), "does not let us in"));
        cases.push((format!("{}_not", database.url_as("nobody", "hunter2")), "does not let us in"));
    }
    for (url, words) in cases {
        let said = refused(&["--data-dir", data.to_str().expect("text"), "--database-url", &url]).await;
        assert!(said.contains(words) && said.contains("--database-url"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
