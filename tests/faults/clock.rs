//! The clock on the wall jumps, as when somebody sets it, or it is found to be wrong.

use merkato_tests::{
    bank::Bank,
    clock::Clock,
    coordinator::{Builder, Coordinator, SKU},
    proxy::Proxy,
    till,
};

use crate::crowd::{Crowd, PIECES, assert_nothing_lost, until};

on_each_engine! { merkato_tests::coordinator::Builder:
    an_hour_that_comes_twice_keeps_nobody_waiting,
    an_hour_that_is_left_out_ends_reservations_and_loses_nothing,
}

const HOUR_SECONDS: i64 = 60 * 60;

/// A till with a clock to set, and orders that are not paid yet.
struct Jumping {
    clock: Clock,
    bank: Bank,
    line: Proxy,
    till: Coordinator,
    crowd: Crowd,
}

/// None where there is no such clock.
async fn jumping(till: Builder) -> Option<Jumping> {
    let clock = Clock::find()?;
    let bank = Bank::start().await;
    let mut line = Proxy::start(bank.address).await;
    let till = till.payments(&format!("http://{}", line.address)).going_by(&clock);
    let till = till.flag("--answer-wait-seconds", "0").flag("--lease-seconds", "15").start().await;
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(10).await;
    line.refuse().await;
    crowd.buys(10).await;
    Some(Jumping { clock, bank, line, till, crowd })
}

async fn an_hour_that_comes_twice_keeps_nobody_waiting(till: Builder) {
    let Some(Jumping { clock, bank, mut line, till, mut crowd }) = jumping(till).await else { return };
    clock.set(-HOUR_SECONDS);
    crowd.buys(10).await;
    line.admit().await;
    crowd.buys(10).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

async fn an_hour_that_is_left_out_ends_reservations_and_loses_nothing(till: Builder) {
    let Some(Jumping { clock, bank, mut line, till, crowd }) = jumping(till).await else { return };
    let mut bought = crowd.leaves().await;
    clock.set(HOUR_SECONDS);
    // Somebody comes, and the till looks at its clock.
    line.admit().await;
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(10).await;
    bought.extend(crowd.leaves().await);
    let unpaid = "orders whose time is over";
    let sold = i64::try_from(bought.len()).expect("a number");
    until(unpaid, async || till::stock(&till, SKU).await == (PIECES - sold, 0)).await;
    let expired = sqlx::query_scalar::<_, i64>(
        "SELECT count(DISTINCT order_id) FROM order_event WHERE state = 'expired'",
    )
    .fetch_one(&mut till::open(&till).await)
    .await
    .expect("a count");
    assert!(expired > 0, "some were not paid yet");
    assert_nothing_lost(&till, &bank, &bought).await;
}
