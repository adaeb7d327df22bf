//! SQLite databases and key-value stores.

use reqwest::StatusCode;
use rusqlite::Connection;

use crate::harness::{Running, Setup, encode};

async fn sqlite(running: &Running, statements: &[&str]) -> (StatusCode, String) {
    let statements: Vec<String> = statements.iter().map(|sql| format!("sql={}", encode(sql))).collect();
    running.text(&format!("/sqlite?{}", statements.join("&"))).await
}

#[tokio::test]
async fn rows_stay_and_values_keep_their_types() {
    let running = Setup::guest("sqlite_databases = [\"default\"]").start().await;
    let (status, text) = sqlite(
        &running,
        &[
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB, e TEXT)",
            "INSERT INTO t (b, c, d) VALUES ('x', 1.5, x'0102')",
        ],
    )
    .await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "\nchanges=1 rowid=1"));
    let (_, text) = sqlite(&running, &["SELECT * FROM t"]).await;
    let expected = "a,b,c,d,e\n\
        Value::Integer(1),Value::Text(\"x\"),Value::Real(1.5),Value::Blob([1, 2]),Value::Null\n\
        changes=0 rowid=0";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_transaction_that_is_left_open_is_rolled_back() {
    let running = Setup::guest("sqlite_databases = [\"default\"]").start().await;
    sqlite(&running, &["CREATE TABLE t (a)", "BEGIN IMMEDIATE", "INSERT INTO t VALUES (1)"]).await;
    let (_, text) = sqlite(&running, &["BEGIN IMMEDIATE", "SELECT count(*) FROM t"]).await;
    assert!(text.contains("Integer(0)"), "{text}");
}

#[tokio::test]
async fn a_connection_shows_nothing_of_the_one_before() {
    let running = Setup::guest("sqlite_databases = [\"default\"]").start().await;
    sqlite(&running, &["CREATE TABLE t (a INTEGER PRIMARY KEY)"]).await;
    for _ in 0..3 {
        sqlite(&running, &["SELECT 1"]).await;
        sqlite(&running, &["CREATE TEMPORARY TABLE hidden (a)", "INSERT INTO t VALUES (NULL)"]).await;
        let (_, text) = sqlite(&running, &["SELECT last_insert_rowid(), changes()"]).await;
        assert!(text.contains("Value::Integer(0),Value::Integer(0)"), "{text}");
        let (_, text) = sqlite(&running, &["SELECT * FROM hidden"]).await;
        assert!(text.contains("no such table"), "{text}");
    }
}

#[tokio::test]
async fn many_writers_at_once_all_get_their_turn() {
    let running = std::sync::Arc::new(Setup::guest("sqlite_databases = [\"default\"]").start().await);
    sqlite(&running, &["CREATE TABLE t (a INTEGER PRIMARY KEY)"]).await;
    let writers: Vec<_> = (0..32)
        .map(|number| {
            let running = std::sync::Arc::clone(&running);
            let statements: &[&str] = if number % 4 == 0 {
                &["BEGIN IMMEDIATE", "INSERT INTO t VALUES (NULL)", "COMMIT"]
            } else {
                &["INSERT INTO t VALUES (NULL)"]
            };
            tokio::spawn(async move { sqlite(&running, statements).await })
        })
        .collect();
    for writer in writers {
        let (status, text) = writer.await.unwrap();
        assert_eq!(status, StatusCode::OK, "{text}");
    }
    let (_, text) = sqlite(&running, &["SELECT count(*) FROM t"]).await;
    assert!(text.contains("Value::Integer(32)"), "{text}");
}

#[tokio::test]
async fn only_databases_of_the_manifest_are_open_to_a_component() {
    let running = Setup::guest("sqlite_databases = [\"default\"]").start().await;
    let (_, text) = running.text("/sqlite?database=other&sql=x").await;
    assert!(text.contains("AccessDenied"), "{text}");
    let (_, text) = sqlite(&running, &["SELEC"]).await;
    assert!(text.contains("syntax error"), "{text}");
}

#[tokio::test]
async fn each_label_is_a_file_in_write_ahead_mode() {
    let running = Setup::guest("sqlite_databases = [\"default\", \"other\"]").start().await;
    sqlite(&running, &["CREATE TABLE t (a)"]).await;
    let file = Connection::open(running.folder.path().join("state/sqlite/default.db")).unwrap();
    let mode: String = file.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let tables: i64 = file.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
    assert!(running.folder.path().join("state/sqlite/other.db").exists());
}

#[tokio::test]
async fn keys_stay_and_can_be_listed_and_deleted() {
    let running = Setup::guest("key_value_stores = [\"default\", \"other\"]").start().await;
    assert_eq!(running.ok("/key-value/get?key=a").await, "none");
    running.ok("/key-value/set?key=a&value=1").await;
    running.ok("/key-value/set?key=b&value=2").await;
    running.ok("/key-value/set?key=a&value=3").await;
    assert_eq!(running.ok("/key-value/get?key=a").await, "3");
    assert_eq!(running.ok("/key-value/keys").await, "a,b");
    assert_eq!(running.ok("/key-value/exists?key=b").await, "true");
    running.ok("/key-value/delete?key=b").await;
    assert_eq!(running.ok("/key-value/exists?key=b").await, "false");
    assert_eq!(running.ok("/key-value/keys?store=other").await, "");
    let (_, text) = running.text("/key-value/get?store=third&key=a").await;
    assert!(text.contains("AccessDenied"), "{text}");
}

#[tokio::test]
async fn key_value_data_lies_in_the_table_that_spin_uses() {
    let running = Setup::guest("key_value_stores = [\"default\"]").start().await;
    running.ok("/key-value/set?key=a&value=1").await;
    let file = Connection::open(running.folder.path().join("state/key-value.db")).unwrap();
    let row: (String, String, Vec<u8>) = file
        .query_row("SELECT store, key, value FROM spin_key_value", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, ("default".to_owned(), "a".to_owned(), b"1".to_vec()));
}

#[tokio::test]
async fn postgres_is_reached_through_a_pool() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let address = database.url;
    let running = Setup::guest("allowed_outbound_hosts = [\"postgres://127.0.0.1:*\"]").start().await;
    let query = |sql: &str| format!("/postgres?address={}&sql={}", encode(&address), encode(sql));
    let text = running.ok(&query("SELECT 1::int8 AS a, 'x'::text AS b, NULL::text AS c")).await;
    assert_eq!(
        text,
        "a:DbDataType::Int64,b:DbDataType::Str,c:DbDataType::Str\n\
         [DbValue::Int64(1), DbValue::Str(\"x\"), DbValue::DbNull]"
    );
    let text = running
        .ok(&query(
            "SELECT true, 2::int2, 3::int4, 1.5::float8, '\\x01'::bytea, '2026-02-03'::date, '04:05:06.7'::time, \
             '2026-02-03 04:05:06'::timestamp, '00000000-0000-0000-0000-000000000001'::uuid, '{\"a\": 1}'::jsonb, \
             12.50::numeric, '[1,5)'::int4range, ARRAY['a', NULL], ARRAY[1, 2], '1 day 2 seconds'::interval, \
             '[1.5,)'::numrange, '10.0.0.1'::inet",
        ))
        .await;
    for part in [
        "Boolean(true)",
        "Int16(2)",
        "Int32(3)",
        "Floating64(1.5)",
        "Binary([1])",
        "Date((2026, 2, 3))",
        "Time((4, 5, 6, 700000000))",
        "Datetime((2026, 2, 3, 4, 5, 6, 0))",
        "0000-000000000001\")",
        "Jsonb([123, 34, 97, 34, 58, 49, 125])",
        "Decimal(\"12.50\")",
        "RangeInt32((Some((1, RangeBoundKind::Inclusive)), Some((5, RangeBoundKind::Exclusive))))",
        "ArrayStr([Some(\"a\"), None])",
        "ArrayInt32([Some(1), Some(2)])",
        "Interval(Interval { micros: 2000000, days: 1, months: 0 })",
        "RangeDecimal((Some((\"1.5\", RangeBoundKind::Inclusive)), None))",
        "Unsupported([",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let changed = query("CREATE TEMPORARY TABLE spinlet_test AS SELECT 1 AS a UNION SELECT 2") + "&execute=1";
    assert_eq!(running.ok(&changed).await, "2");
    let (_, text) = running.text(&query("SELECT nonsense")).await;
    assert!(text.contains("42703"), "{text}");
    let (_, text) = running.text(&format!("{}&parameter=x", query("SELECT $1::int4"))).await;
    assert!(text.contains("ToSql(0)"), "{text}");
}

#[tokio::test]
async fn a_broken_constraint_is_named_in_words_to_who_asks_for_rows_and_by_its_code_to_others() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let address = encode(&format!("{}?options=-c%20search_path%3Dinside", database.url));
    let running = Setup::guest("allowed_outbound_hosts = [\"postgres://127.0.0.1:*\"]").start().await;
    let query = |sql: &str| format!("/postgres?address={address}&sql={}", encode(sql));
    running.ok(&query("CREATE SCHEMA inside")).await;
    running.ok(&query("CREATE TABLE thing (name TEXT CONSTRAINT thing_name_key UNIQUE)")).await;
    let insert = query("INSERT INTO inside.thing (name) VALUES ('x')");
    running.ok(&insert).await;
    let (_, text) = running.text(&insert).await;
    let words =
        "Text(\"db error: ERROR: duplicate key value violates unique constraint \\\"thing_name_key\\\"";
    assert!(text.contains(words), "{text}");
    let (_, text) = running.text(&(insert + "&execute=1")).await;
    assert!(text.contains("23505") && text.contains("(\"constraint\", \"thing_name_key\")"), "{text}");
}

#[tokio::test]
async fn only_the_server_that_a_variable_names_is_open_to_a_component() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let setup = || {
        Setup::new(
            "[variables]\nserver = { default = \"postgres://none.invalid:5432\" }\n\
             [[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n\
             [component.guest]\nsource = \"GUEST\"\nallowed_outbound_hosts = [\"{{ server }}\"]\n",
        )
    };
    let query = format!("/postgres?address={}&sql={}", encode(&database.url), encode("SELECT 1::int8 AS a"));
    let (_, text) = setup().start().await.text(&query).await;
    assert!(text.contains("is not permitted"), "{text}");
    let (_, server) = database.url.split_once('@').expect("a server");
    let server = server.split('/').next().expect("a server");
    let running = setup().variable("server", &format!("postgres://{server}")).start().await;
    assert!(running.ok(&query).await.ends_with("[DbValue::Int64(1)]"));
    // The address of the database itself is none that Spin would take there, and what it holds is not repeated.
    let refusal = setup().variable("server", &database.url).refusal().await;
    assert!(refusal.contains("{{ server }}") && !refusal.contains("shop:"), "{refusal}");
}

#[tokio::test]
async fn a_postgres_server_that_is_not_allowed_is_denied() {
    let running = Setup::guest("allowed_outbound_hosts = [\"postgres://db.test\"]").start().await;
    let open = |address: &str| format!("/postgres?address={}&sql=x", encode(address));
    let (_, text) = running.text(&open("postgres://u@127.0.0.1:5432/d")).await;
    assert!(text.contains("address postgres://127.0.0.1:5432 is not permitted"), "{text}");
    let (_, text) = running.text(&open("postgres://u@db.test/d?sslmode=require")).await;
    assert!(text.contains("without TLS only"), "{text}");
    let (_, text) = running.text(&open("nonsense")).await;
    assert!(text.contains("ConnectionFailed"), "{text}");
}
