//! A coordinator is gone from one moment to the next, as in a power cut.

use merkato_tests::{
    bank::{Bank, Manner},
    coordinator::Builder,
};

use crate::crowd::{Crowd, assert_nothing_lost, settle};

on_each_engine! { merkato_tests::coordinator::Builder:
    every_order_outlives_a_till_that_is_killed_again_and_again,
}

/// The shortest lease that can be set.
const LEASE: [&str; 2] = ["--lease-seconds", "15"];

async fn every_order_outlives_a_till_that_is_killed_again_and_again(till: Builder) {
    let bank = Bank::start().await;
    let till = till.payments(&bank.url()).flag(LEASE[0], LEASE[1]);
    // Orders are acknowledged in the moment in which they are committed, so that there is always one that just was.
    let mut till = till.flag("--answer-wait-seconds", "0").start().await;
    let mut crowd = Crowd::before(&[&till]).await;
    for _ in 0..3 {
        crowd.buys(15).await;
        let killed = till.kill().await;
        crowd.is_not_answered(1).await;
        till = killed.start().await;
        crowd.come_to(&[&till]);
    }
    crowd.buys(15).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

#[tokio::test]
async fn when_one_of_two_tills_is_killed_the_other_goes_on_and_ends_what_that_one_began() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let bank = Bank::start().await;
    let one = Builder::new().database(&database.url).payments(&bank.url()).flag(LEASE[0], LEASE[1]);
    // Orders are acknowledged before they are paid, so that there is something to take over.
    let one = one.flag("--answer-wait-seconds", "0").start().await;
    let other = one.builder().twin().start().await;
    let mut crowd = Crowd::before(&[&one, &other]).await;
    crowd.buys(15).await;
    bank.answer(Manner::SilentAtFirst);
    let asked = bank.times_asked();
    crowd.buys(15).await;
    bank.asked(asked + 15).await;
    let killed = one.kill().await;
    crowd.is_not_answered(1).await;
    bank.answer(Manner::Prompt);
    crowd.come_to(&[&other]);
    crowd.buys(15).await;
    let mut bought = crowd.leaves().await;
    // With nobody else there, it was the other who did it.
    settle(&other).await;

    let one = killed.start().await;
    let mut crowd = Crowd::before(&[&one, &other]).await;
    crowd.buys(15).await;
    bought.extend(crowd.leaves().await);
    assert_nothing_lost(&one, &bank, &bought).await;
}
