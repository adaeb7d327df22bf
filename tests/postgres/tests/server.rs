//! The server that other tests lean on.

use merkato_tests_postgres::{Server, database};
use sqlx::{Connection as _, Executor as _, PgConnection};

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (Some(one), Some(other)) = (database().await, database().await) else { return };
    one.connect().await.execute("CREATE TABLE thing (name TEXT)").await.expect("a table");
    let missing = other.connect().await.execute("SELECT name FROM thing").await;
    assert!(missing.expect_err("it is elsewhere").to_string().contains("does not exist"));
}

#[tokio::test]
async fn the_server_is_as_durable_as_in_earnest_and_its_user_is_nobody_special() {
    let Some(database) = database().await else { return };
    let settings: (String, String, bool) = sqlx::query_as(
        "SELECT current_setting('fsync'), current_setting('synchronous_commit'), rolsuper
         FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(&mut database.connect().await)
    .await
    .expect("settings");
    assert_eq!(settings, ("on".to_owned(), "on".to_owned(), false));
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let Some(database) = database().await else { return };
    let refused = PgConnection::connect(&database.url_as("shop", "guess")).await;
    assert!(refused.expect_err("a guess").to_string().contains("password"), "another reason");
}

#[tokio::test]
async fn a_server_that_is_dropped_is_gone_with_all_who_are_connected() {
    let Some(server) = Server::start().await else { return };
    let database = server.database().await;
    let mut connection = database.connect().await;
    drop(server);
    connection.execute("SELECT 1").await.expect_err("nobody answers");
    PgConnection::connect(&database.url).await.expect_err("nobody listens");
}

#[tokio::test]
async fn a_server_that_crashed_starts_again_at_the_same_place_with_what_was_committed() {
    let Some(mut server) = Server::start().await else { return };
    let database = server.database().await;
    let mut connection = database.connect().await;
    for thing in 0..3 {
        connection.execute("CREATE TABLE IF NOT EXISTS thing (name TEXT)").await.expect("a table");
        connection.execute("INSERT INTO thing VALUES ('kept')").await.expect("a row");
        server.crash().await;
        connection.execute("SELECT 1").await.expect_err("nobody answers");
        server.restart().await;
        connection = database.connect().await;
        let kept = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM thing").fetch_one(&mut connection);
        assert_eq!(kept.await.expect("a count"), thing + 1);
    }
}
