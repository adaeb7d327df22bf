//! The payments service is gone, slow, or says things twice.

use std::time::Duration;

use merkato_tests::{
    bank::{Bank, Manner},
    coordinator::{Builder, Coordinator, SKU},
    metrics::Metrics,
    proxy::Proxy,
    till,
};
use tokio::time::interval;

use crate::crowd::{Crowd, PIECES, assert_nothing_lost, settle};

on_each_engine! { merkato_tests::coordinator::Builder:
    orders_wait_for_a_payments_service_that_is_gone_and_are_paid_once_when_it_is_back,
    orders_that_nobody_could_ask_about_in_time_end_and_free_their_stock,
    an_order_whose_payment_was_taken_without_an_answer_is_paid_once,
    a_payment_that_is_answered_twice_counts_once,
}

/// Tries to reach the payments service that came to nothing.
const IN_VAIN: &str = "merkato_task_tries_total{kind=\"authorize\",outcome=\"no_answer\"}";

/// Waits until so many more tries came to nothing.
async fn tried_in_vain(till: &Coordinator, times: i64) {
    let before = Metrics::at(&till.url).await;
    let mut tick = interval(Duration::from_millis(100));
    while Metrics::at(&till.url).await.since(&before, IN_VAIN) < times {
        tick.tick().await;
    }
}
