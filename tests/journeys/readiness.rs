//! Whether the till lives, whether it can work, and how it ends.

use std::time::Duration;

use merkato_tests::{
    api::Caller,
    coordinator::{Coordinator, SKU},
    payments::Payments,
    shop::{Builder, Shop},
    till,
};
use reqwest::Client;
use serde_json::Value;
use sqlx::{Connection as _, Row as _};

/// Polls of something that is about to happen before a test gives up.
const POLLS_MAX: u32 = 600;

/// Waits until `/readyz` answers with `status`, and gives the answer's body.
async fn until_ready_says(url: &str, status: u16) -> Value {
    let client = Client::new();
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..POLLS_MAX {
        let answer = client.get(format!("{url}/readyz")).send().await.expect("it still listens");
        if answer.status() == status {
            return answer.json().await.unwrap_or_default();
        }
        tick.tick().await;
    }
    panic!("/readyz never answered {status}");
}

#[tokio::test]
async fn a_till_whose_database_lacks_a_migration_lives_but_is_not_ready_and_says_which() {
    let shop = Shop::start().await;
    let anybody = Caller::at(&shop.coordinator_url);
    assert_eq!(anybody.get("/readyz").await.status, 200);
    let mut database = till::open_for_writing(&shop.data_dir()).await;
    let newest = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)
                  RETURNING description";
    let newest: String =
        sqlx::query_scalar(newest).fetch_one(&mut database).await.expect("one migration less");
    let problem = anybody.get("/readyz").await.problem(503, "unavailable");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains(&newest) && detail.contains("merkato migrate"), "{detail}");
    assert_eq!(anybody.get("/healthz").await.status, 200);

    sqlx::query("DROP TABLE _sqlx_migrations").execute(&mut database).await.expect("no database of ours");
    anybody.get("/readyz").await.problem(503, "unavailable");
    assert_eq!(anybody.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_till_that_is_asked_to_stop_sends_traffic_away_at_once_and_goes_on_for_those_who_still_come() {
    let payments = Payments::start().await;
    let till = Coordinator::start(&payments.url, &["--drain-delay-seconds", "3600"]).await;
    till.fill_cart().await;
    till.ask_to_stop().await;
    let problem = until_ready_says(&till.url, 503).await;
    assert_eq!(problem["detail"], "This coordinator is closing.");
    assert_eq!(Caller::at(&till.url).get("/healthz").await.status, 200);
    payments.answer();
    assert_eq!(till.place_order().await.expect(201)["state"], "confirmed");
    // A second signal ends it at once, whatever it still waits for.
    till.ask_to_stop().await;
    let (ended, _data) = till.ended().await;
    assert_eq!(ended.code(), Some(130));
}

#[tokio::test]
async fn a_payment_that_is_under_way_when_the_till_closes_is_settled_and_its_shopper_answered() {
    let payments = Payments::start().await;
    let till = Coordinator::start(&payments.url, &[]).await;
    till.fill_cart().await;
    let close = async {
        payments.asked(1).await;
        till.ask_to_stop().await;
        until_refused(&till.url).await;
        payments.answer();
    };
    let (placed, ()) = tokio::join!(till.place_order(), close);
    assert_eq!(placed.expect(201)["state"], "confirmed");
    let data_dir = till.data_dir();
    let (ended, _data) = till.ended().await;
    assert!(ended.success(), "it ended with {ended}");
    assert_eq!(till::stock(&data_dir, SKU).await, (9, 0));
    till::assert_books_balance(&data_dir).await;
}

/// Waits until nobody is let in any more.
async fn until_refused(url: &str) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..POLLS_MAX {
        // A client of its own each time, so that it needs a new connection.
        if Client::new().get(format!("{url}/healthz")).send().await.is_err() {
            return;
        }
        tick.tick().await;
    }
    panic!("it goes on listening");
}

#[tokio::test]
async fn what_cannot_be_finished_in_time_is_given_back_for_whoever_comes_next() {
    let payments = Payments::start().await;
    let flags = ["--drain-seconds", "0", "--answer-wait-seconds", "0"];
    let till = Coordinator::start(&payments.url, &flags).await;
    till.fill_cart().await;
    let placed = till.place_order().await.expect(201);
    assert_eq!(placed["state"], "pending_payment");
    payments.asked(1).await;
    till.ask_to_stop().await;
    let data_dir = till.data_dir();
    let (ended, _data) = till.ended().await;
    assert!(ended.success(), "it ended with {ended}");
    assert_eq!(payments.answered(), 0);
    let mut database = till::open(&data_dir).await;
    let task =
        sqlx::query("SELECT kind, leased_until FROM task").fetch_one(&mut database).await.expect("a task");
    assert_eq!((task.get::<&str, _>("kind"), task.get::<i64, _>("leased_until")), ("authorize", 0));
    database.close().await.expect("closed");
    till::assert_books_balance(&data_dir).await;
}

#[tokio::test]
async fn an_order_whose_gateway_is_silent_at_first_is_paid_although_the_shop_closes_meanwhile() {
    let shop = Builder::new().start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 2).await.expect(200);
    let data_dir = shop.data_dir();
    let placing = tokio::spawn(async move { guest.place_order("tok_timeout").await });
    let mut database = till::open(&data_dir).await;
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    // The first try has begun once it has been counted; the second comes half a second after it.
    let tried = "SELECT count(*) FROM task WHERE tries > 0";
    while sqlx::query_scalar::<_, i64>(tried).fetch_one(&mut database).await.expect("a count") == 0 {
        tick.tick().await;
    }
    let builder = shop.stop().await;
    let placed = placing.await.expect("an answer").expect(201);
    assert_eq!(placed["state"], "confirmed");
    assert_eq!(till::stock(&builder.data_dir(), "SINI-B").await, (8, 0));
    till::assert_books_balance(&builder.data_dir()).await;
}
