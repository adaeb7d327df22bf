//! What becomes of events that are not taken, and of those that are long over.

use std::time::Duration;

use merkato::store::records::DeadLetterRecord;
use merkato_commerce::time::Timestamp;
use merkato_contract::event::DeadLetterSelection;

use crate::fixture::{Outbox, Receiver, START};

async fn dead_letters(outbox: &Outbox) -> Vec<DeadLetterRecord> {
    let all = DeadLetterSelection::default();
    outbox
        .read(move |store| {
            let all = all.clone();
            Box::pin(async move { store.dead_letters(&all, None, 100).await })
        })
        .await
}

async fn replay_all(outbox: &Outbox) -> u64 {
    let replayed = outbox
        .write(|store| {
            Box::pin(async move {
                store.replay_dead_letters(&DeadLetterSelection::default(), Timestamp(START)).await
            })
        })
        .await;
    outbox.ring();
    replayed
}

#[tokio::test]
async fn an_event_is_given_up_once_after_just_so_many_tries_and_holds_nobody_up() {
    let mut receiver = Receiver::start().await;
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\ntries_max = 3\nwait_first_ms = 1\nwait_max_ms = 2",
        receiver.url
    ))
    .await;
    let poison = outbox.announce("order-1", "merkato.order.placed").await;
    let next = outbox.announce("order-1", "merkato.order.confirmed").await;
    for _ in 0..3 {
        let received = receiver.next().await;
        assert_eq!(received.id(), poison);
        received.answer(500);
    }
    let received = receiver.next().await;
    assert_eq!(received.id(), next, "a dead letter does not hold up later ones");
    received.answer(204);
    outbox.is_empty().await;
    assert!(receiver.arrived().is_none());
    let letters = dead_letters(&outbox).await;
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].delivery.event, letters[0].delivery.tries), (poison, 3));
    assert_eq!(letters[0].last_error, "answered 500 Internal Server Error");
}

#[tokio::test]
async fn gone_is_not_tried_again_until_staff_replay_it() {
    let mut receiver = Receiver::start().await;
    let outbox = Outbox::start(&format!("[[subscription]]\nname = 'mail'\nurl = '{}'", receiver.url)).await;
    let id = outbox.announce("order-1", "merkato.order.placed").await;
    receiver.next().await.answer(410);
    outbox.is_empty().await;
    assert!(receiver.arrived().is_none());
    assert_eq!(dead_letters(&outbox).await[0].last_error, "answered 410 Gone");
    assert_eq!(replay_all(&outbox).await, 1);
    let again = receiver.next().await;
    assert_eq!(again.id(), id, "it is the same event");
    again.answer(204);
    outbox.is_empty().await;
    assert_eq!(dead_letters(&outbox).await, []);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_a_failed_try() {
    let mut receiver = Receiver::start().await;
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\ntries_max = 2\ntimeout_ms = 50",
        receiver.url
    ))
    .await;
    outbox.announce("order-1", "merkato.order.placed").await;
    let _held = (receiver.next().await, receiver.next().await);
    outbox.is_empty().await;
    assert_eq!(dead_letters(&outbox).await[0].last_error, "gave no answer within 0.05 s");
}

#[tokio::test]
async fn a_subscriber_that_is_not_there_is_tried_and_then_given_up() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("its address");
    drop(nobody);
    let outbox =
        Outbox::start(&format!("[[subscription]]\nname = 'mail'\nurl = 'http://{address}'\ntries_max = 2"))
            .await;
    outbox.announce("order-1", "merkato.order.placed").await;
    outbox.is_empty().await;
    let letter = dead_letters(&outbox).await.pop().expect("a dead letter");
    assert_eq!(letter.delivery.tries, 2);
    assert!(letter.last_error.starts_with("cannot be reached: "), "{}", letter.last_error);
}

#[tokio::test]
async fn what_waits_for_a_former_subscriber_is_kept_as_dead_letters() {
    let mut receiver = Receiver::start().await;
    let mut outbox = Outbox::with(&format!(
        "[[subscription]]\nname = 'former'\nurl = 'http://127.0.0.1:9'\n
         [[subscription]]\nname = 'mail'\nurl = '{}'",
        receiver.url
    ))
    .await;
    outbox.announce("order-1", "merkato.order.placed").await;
    outbox.unsubscribe("former");
    outbox.dispatch();
    receiver.next().await.answer(204);
    outbox.is_empty().await;
    let letter = dead_letters(&outbox).await.pop().expect("a dead letter");
    assert_eq!((letter.delivery.subscriber.as_str(), letter.delivery.tries), ("former", 0));
    assert_eq!(letter.last_error, "nobody of that name is subscribed any more");
}

#[tokio::test]
async fn an_event_under_way_at_the_end_of_a_coordinator_arrives_after_the_next_start() {
    let mut receiver = Receiver::start().await;
    let mut outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\ntimeout_ms = 50\ntries_max = 10000",
        receiver.url
    ))
    .await;
    let id = outbox.announce("order-1", "merkato.order.placed").await;
    let held = receiver.next().await;
    outbox.stop().await;
    drop(held);
    while receiver.arrived().is_some() {}
    outbox.dispatch();
    let again = receiver.next().await;
    assert_eq!(again.id(), id);
    again.answer(204);
    outbox.is_empty().await;
}

#[tokio::test]
async fn events_are_removed_some_time_after_everybody_heard_of_them() {
    let mut receiver = Receiver::start().await;
    let mut outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\ntries_max = 1\nevents = ['order.placed']",
        receiver.url
    ))
    .await;
    // More than one batch that nobody wants to hear of, one that is taken, and one that is not.
    for _ in 0..600 {
        outbox.announce("order-1", "merkato.order.shipped").await;
    }
    outbox.announce("order-2", "merkato.order.placed").await;
    receiver.next().await.answer(204);
    outbox.announce("order-3", "merkato.order.placed").await;
    receiver.next().await.answer(500);
    outbox.is_empty().await;
    outbox.clock.advance(60_000);
    outbox.announce("order-4", "merkato.order.shipped").await;
    outbox.keep_events_for(Duration::from_secs(30));
    let recent = Timestamp(START + 60_000);
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    let removed = async {
        while outbox.read(|store| Box::pin(async move { store.oldest_confirmed_event().await })).await
            != Some(recent)
        {
            tick.tick().await;
        }
    };
    tokio::time::timeout(crate::fixture::PATIENCE, removed).await.expect("old events are removed");
    assert_eq!(dead_letters(&outbox).await.len(), 1, "what nobody took is kept");
}
