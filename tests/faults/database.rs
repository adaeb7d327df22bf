//! The PostgreSQL server is gone for a while.

use std::time::Duration;

use merkato_tests::{bank::Bank, coordinator::Builder};
use merkato_tests_postgres::Server;
use tokio::time::sleep;

use crate::crowd::{Crowd, assert_nothing_lost, assert_says_to_come_again};

/// How long the server stays away: longer than anybody waits for a connection.
const OUTAGE: Duration = Duration::from_secs(10);
/// More than could be told one after the other, each after waiting for a connection, before they lose patience.
const SHOPPERS: usize = 24;

#[tokio::test]
async fn a_till_whose_database_crashes_says_to_come_again_and_goes_on_by_itself_afterwards() {
    let Some(mut server) = Server::start().await else { return };
    let database = server.database().await;
    let bank = Bank::start().await;
    let till = Builder::new().database(&database.url).payments(&bank.url());
    // Acknowledged in the moment in which it is committed, so that there is always an order that was just so.
    let till = till.flag("--answer-wait-seconds", "0").flag("--lease-seconds", "15").start().await;
    let mut crowd = Crowd::of(SHOPPERS, &[&till]).await;
    for _ in 0..3 {
        crowd.buys(20).await;
        server.crash().await;
        server.restart().await;
    }
    crowd.buys(20).await;
    server.crash().await;
    crowd.is_refused(2 * SHOPPERS).await;
    let bought = crowd.bought();
    assert_says_to_come_again(till.anybody().get("/readyz").await);
    assert_eq!(till.anybody().get("/healthz").await.status, 200, "it is no reason to restart it");
    sleep(OUTAGE).await;
    assert_says_to_come_again(till.anybody().get("/readyz").await);
    assert_eq!(crowd.bought(), bought, "nobody can buy from a till without books");
    server.restart().await;
    crowd.buys(20).await;
    assert_eq!(till.anybody().get("/readyz").await.status, 200);
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}
