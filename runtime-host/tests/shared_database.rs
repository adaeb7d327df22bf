//! Two coordinators on one PostgreSQL, and what they must not do to each other.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use merkato::store::{
    Error, Store,
    records::{CartOwner, IdempotencyRecord, NewEvent},
};
use merkato_commerce::{
    ids::{CartId, EventId, OrderId, UserId},
    text::Sku,
    time::Timestamp,
};
use sqlx::{Connection as _, PgConnection};
use tokio::{sync::Barrier, task::JoinSet};
use uuid::Uuid;

/// Two stores on one database; none where there is no PostgreSQL.
async fn two() -> Option<([Store; 2], merkato_tests_postgres::Database)> {
    let database = merkato_tests_postgres::database().await?;
    Store::migrate_postgres(&database.url).await.expect("tables");
    let open = || Store::open_postgres(&database.url);
    let (one, other) = tokio::join!(open(), open());
    Some(([one.expect("a store"), other.expect("another")], database))
}

fn sku(text: &str) -> Sku {
    text.parse().expect("a sku")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn with_stock(store: &Store, skus: &'static [&'static str], pieces: i64) {
    store
        .write(move |transaction| {
            Box::pin(async move {
                for name in skus {
                    transaction.create_stock(&sku(name)).await?;
                    transaction.move_stock(&sku(name), pieces).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
        .expect("stock");
}

async fn reserve(store: &Store, name: &'static str) -> Result<bool, Error> {
    store
        .write(move |transaction| Box::pin(async move { transaction.reserve_stock(&sku(name), 1).await }))
        .await
}

#[tokio::test]
async fn two_coordinators_never_promise_more_than_there_is() {
    let Some((stores, _database)) = two().await else { return };
    with_stock(&stores[0], &["CUP"], 10).await;
    let mut tries = JoinSet::new();
    for number in 0..100_usize {
        let store = stores[number % 2].clone();
        tries.spawn(async move { reserve(&store, "CUP").await.expect("a transaction") });
    }
    assert_eq!(tries.join_all().await.into_iter().filter(|reserved| *reserved).count(), 10);
}

#[tokio::test]
async fn the_same_key_at_two_coordinators_is_one_answer() {
    let Some((stores, _database)) = two().await else { return };
    let mut tries = JoinSet::new();
    for number in 0..40_u128 {
        let store = stores[usize::from(number % 2 == 1)].clone();
        tries.spawn(async move {
            store
                .write(move |transaction| {
                    Box::pin(async move {
                        if let Some(saved) = transaction.idempotency("guest:1", "key").await? {
                            return Ok::<_, Error>(saved);
                        }
                        let record = IdempotencyRecord {
                            owner: "guest:1".to_owned(),
                            key: "key".to_owned(),
                            request_hash: "hash".to_owned(),
                            order: OrderId(id(number)),
                            access_token: None,
                        };
                        transaction.insert_idempotency(&record, Timestamp(0)).await?;
                        Ok(record)
                    })
                })
                .await
                .expect("a transaction")
        });
    }
    let answers = tries.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn a_user_who_comes_to_two_coordinators_at_once_has_one_cart() {
    let Some((stores, _database)) = two().await else { return };
    let mut tries = JoinSet::new();
    for number in 1..=20_u128 {
        let store = stores[usize::from(number % 2 == 1)].clone();
        tries.spawn(async move {
            store
                .write(move |transaction| {
                    Box::pin(async move {
                        let owner = CartOwner::User(UserId(id(7)));
                        if let Some(cart) = transaction.cart(&owner).await? {
                            return Ok::<_, Error>(cart.id);
                        }
                        transaction.insert_cart(CartId(id(number)), &owner, Timestamp(0)).await?;
                        Ok(CartId(id(number)))
                    })
                })
                .await
                .expect("a transaction")
        });
    }
    let carts = tries.join_all().await;
    assert!(carts.iter().all(|cart| *cart == carts[0]));
}

#[tokio::test]
async fn what_waits_for_each_other_is_begun_anew_and_both_are_done() {
    let Some((stores, _database)) = two().await else { return };
    with_stock(&stores[0], &["A", "B"], 10).await;
    // Each holds one row before it wants the other's: the database ends one of them, which is then done again.
    let met = Arc::new(Barrier::new(2));
    let work = |store: Store, first: &'static str, second: &'static str| {
        let (met, begun_before) = (Arc::clone(&met), Arc::new(AtomicBool::new(false)));
        async move {
            store
                .write(move |transaction| {
                    let (met, begun_before) = (Arc::clone(&met), Arc::clone(&begun_before));
                    Box::pin(async move {
                        transaction.reserve_stock(&sku(first), 1).await?;
                        if !begun_before.swap(true, Ordering::SeqCst) {
                            met.wait().await;
                        }
                        transaction.reserve_stock(&sku(second), 1).await
                    })
                })
                .await
        }
    };
    let [one, other] = stores;
    let (first, second) = tokio::join!(work(one.clone(), "A", "B"), work(other, "B", "A"));
    assert!(first.expect("a transaction") && second.expect("a transaction"));
    let levels = one
        .read(|transaction| Box::pin(async move { transaction.stock_levels(&[sku("A"), sku("B")]).await }))
        .await
        .expect("levels");
    assert!(levels.iter().all(|level: &merkato_contract::coordinator::StockLevel| level.available == 8));
}

#[tokio::test]
async fn work_that_one_leaves_behind_is_announced_to_the_other() {
    let Some(([one, other], _database)) = two().await else { return };
    let mut heard = other.others().expect("others");
    // The first announcement is that the other listens at all.
    heard.changed().await.expect("it listens");
    one.write(|transaction| {
        Box::pin(async move {
            let event = NewEvent {
                kind: "order.placed".to_owned(),
                subject: "1".to_owned(),
                data: serde_json::value::to_raw_value(&serde_json::json!({})).expect("JSON"),
                at: Timestamp(0),
                traceparent: None,
            };
            transaction.insert_event(EventId(id(1)), event, &["mail".to_owned()]).await
        })
    })
    .await
    .expect("an event");
    heard.changed().await.expect("the announcement");
    let taken = |store: Store| async move {
        store
            .write(|transaction| {
                Box::pin(
                    async move { transaction.lease_deliveries("mail", Timestamp(1), Timestamp(9), 10).await },
                )
            })
            .await
            .expect("a transaction")
            .len()
    };
    let (by_one, by_other) = tokio::join!(taken(one), taken(other));
    assert_eq!(by_one + by_other, 1, "a delivery is one coordinator's");
}

#[tokio::test]
async fn connections_that_were_cut_are_made_anew_without_anybody_noticing() {
    let Some((stores, database)) = two().await else { return };
    with_stock(&stores[0], &["CUP"], 100).await;
    let mut administrator = PgConnection::connect(&database.url).await.expect("a connection");
    for _ in 0..3 {
        let cut: i64 = sqlx::query_scalar(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'merkato'",
        )
        .fetch_one(&mut administrator)
        .await
        .expect("the connections are cut");
        assert!(cut > 0);
        assert!(reserve(&stores[0], "CUP").await.expect("written"));
        let level = stores[0]
            .read(|transaction| Box::pin(async move { transaction.stock_levels(&[sku("CUP")]).await }))
            .await;
        assert_eq!(level.map(|levels| levels.len()).expect("read"), 1);
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    for url in [
        database.url_as("nobody", "hunter2"),
        "postgres://a:hunter2@127.0.0.1:1/x".to_owned(),
        "hunter2".to_owned(),
    ] {
        let error = Store::open_postgres(&url).await.err().expect("it is refused").to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(error.contains("database"), "{error}");
    }
}
