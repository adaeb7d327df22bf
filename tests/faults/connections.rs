//! The line between a coordinator and its PostgreSQL is bad.

use std::time::Duration;

use merkato_tests::{
    bank::Bank,
    coordinator::{Builder, Coordinator},
    proxy::{Line, Proxy},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::time::{interval, sleep};

use crate::crowd::{Crowd, assert_nothing_lost, until};

/// How long a line that stalls for a while does so: longer than anybody waits for a connection.
const STALL: Duration = Duration::from_secs(5);
/// How long each piece takes on a slow line. An order is a dozen trips or so, one after the other.
const DELAY: Duration = Duration::from_millis(10);
/// Cuts at random moments, and the wait between them.
const CUTS: usize = 40;
const BETWEEN_CUTS: Duration = Duration::from_millis(60);

/// A till, and the line to its database.
struct Wired {
    line: Proxy,
    till: Coordinator,
    bank: Bank,
}

/// None where there is no PostgreSQL.
async fn wired() -> Option<Wired> {
    let database = merkato_tests_postgres::database().await?;
    let bank = Bank::start().await;
    let line = Proxy::start(database.address()).await;
    let till = Builder::new().database(&database.url).by(&line).payments(&bank.url());
    let till = till.flag("--lease-seconds", "15").start().await;
    Some(Wired { line, till, bank })
}

#[tokio::test]
async fn connections_that_are_cut_again_and_again_lose_and_double_nothing() {
    let Some(Wired { line, till, bank }) = wired().await else { return };
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(10).await;
    let seed = rand::random::<u64>();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut tick = interval(BETWEEN_CUTS);
    for _ in 0..CUTS {
        tick.tick().await;
        line.cut_one(random.random_range(0..64));
    }
    crowd.buys(20).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

#[tokio::test]
async fn an_order_whose_commit_was_lost_is_placed_when_it_is_asked_for_again() {
    cut_at_commits(Line::CutBeforeCommit).await;
}

#[tokio::test]
async fn an_order_whose_commit_was_done_and_its_answer_lost_is_not_placed_again() {
    cut_at_commits(Line::CutAfterCommit).await;
}

async fn cut_at_commits(cut: Line) {
    let Some(Wired { line, till, bank }) = wired().await else { return };
    let mut crowd = Crowd::before(&[&till]).await;
    for _ in 0..12 {
        crowd.buys(3).await;
        let cuts = line.cut_at_commit();
        line.turn(cut);
        until("a cut", async || line.cut_at_commit() > cuts).await;
        line.turn(Line::Good);
    }
    crowd.buys(10).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

#[tokio::test]
async fn a_line_that_stalls_for_a_while_only_delays() {
    let Some(Wired { line, till, bank }) = wired().await else { return };
    let mut crowd = Crowd::before(&[&till]).await;
    for _ in 0..2 {
        crowd.buys(10).await;
        line.turn(Line::Stalled);
        sleep(STALL).await;
        line.turn(Line::Good);
    }
    crowd.buys(10).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

#[tokio::test]
async fn a_line_that_went_dead_is_noticed_and_everybody_told_to_come_again() {
    let Some(Wired { line, till, bank }) = wired().await else { return };
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(10).await;
    line.turn(Line::Stalled);
    crowd.is_refused(12).await;
    line.turn(Line::Good);
    crowd.buys(10).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

#[tokio::test]
async fn a_slow_line_only_delays() {
    let Some(Wired { line, till, bank }) = wired().await else { return };
    let mut crowd = Crowd::before(&[&till]).await;
    line.turn(Line::Slow(DELAY));
    crowd.buys(30).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}
