//! The payments service is gone, slow, or says things twice.

use merkato_tests::{
    bank::{Bank, Manner},
    coordinator::{Builder, Coordinator, SKU},
    metrics::Metrics,
    proxy::Proxy,
    till,
};

use crate::crowd::{Crowd, PIECES, assert_nothing_lost, settle, until};

on_each_engine! { merkato_tests::coordinator::Builder:
    orders_wait_for_a_payments_service_that_is_gone_and_are_paid_once_when_it_is_back,
    orders_that_could_not_be_paid_in_time_free_their_stock_and_late_money_is_matched_with_it,
    an_order_whose_payment_was_taken_without_an_answer_is_paid_once,
    a_payment_that_is_answered_twice_counts_once,
}

/// Tries to have an order paid that came to nothing.
const IN_VAIN: &str = "merkato_task_duration_seconds_count{kind=\"authorize\",outcome=\"no_answer\"}";

/// Waits until so many tries came to nothing.
async fn tried_in_vain(till: &Coordinator, times: i64) {
    until("a try in vain", async || Metrics::at(&till.url).await.count(IN_VAIN) >= times).await;
}

/// A till whose orders are acknowledged before they are paid, so that there is always one that is not.
fn impatient(till: Builder, payments_url: &str) -> Builder {
    till.payments(payments_url).flag("--answer-wait-seconds", "0").flag("--lease-seconds", "15")
}

fn url_of(line: &Proxy) -> String {
    format!("http://{}", line.address)
}

async fn orders_wait_for_a_payments_service_that_is_gone_and_are_paid_once_when_it_is_back(till: Builder) {
    let bank = Bank::start().await;
    let mut line = Proxy::start(bank.address).await;
    let till = impatient(till, &url_of(&line)).start().await;
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(10).await;
    line.refuse().await;
    crowd.buys(10).await;
    tried_in_vain(&till, 30).await;
    line.admit().await;
    crowd.buys(10).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

async fn orders_that_could_not_be_paid_in_time_free_their_stock_and_late_money_is_matched_with_it(
    till: Builder,
) {
    let bank = Bank::start().await;
    let mut line = Proxy::start(bank.address).await;
    let till = impatient(till, &url_of(&line)).flag("--reservation-seconds", "1").start().await;
    line.refuse().await;
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(10).await;
    let bought = crowd.leaves().await;
    until("the end of every reservation", async || till::stock(&till, SKU).await == (PIECES, 0)).await;
    till.builder().audit().await;
    assert_eq!(bank.payments_charged(), 0);
    line.admit().await;
    assert_nothing_lost(&till, &bank, &bought).await;
}

async fn an_order_whose_payment_was_taken_without_an_answer_is_paid_once(till: Builder) {
    let bank = Bank::start().await;
    bank.answer(Manner::SilentAtFirst);
    let till = impatient(till, &bank.url()).start().await;
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(10).await;
    let bought = crowd.leaves().await;
    settle(&till).await;
    assert_eq!(bank.times_asked(), 2 * bought.len());
    assert_nothing_lost(&till, &bank, &bought).await;
}

async fn a_payment_that_is_answered_twice_counts_once(till: Builder) {
    let bank = Bank::start().await;
    let till = impatient(till, &bank.url()).start().await;
    bank.answer(Manner::Twice(vec![till.anybody(), till.anybody()]));
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(30).await;
    let bought = crowd.leaves().await;
    until("a second word", async || bank.heard_twice() >= bought.len()).await;
    assert_nothing_lost(&till, &bank, &bought).await;
}
