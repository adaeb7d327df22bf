//! Order for each subject, and subscribers that do not feel each other.

use std::collections::BTreeMap;

use merkato_commerce::{ids::EventId, time::Clock as _};

use crate::fixture::{Outbox, Receiver};

/// Events of `subjects` subjects, `steps` each, as many subjects under way at a time as there is room.
async fn announce_steps(outbox: &Outbox, subjects: u64, steps: u64) {
    for _ in 0..steps {
        for subject in 0..subjects {
            outbox.announce(&format!("order-{subject}"), "merkato.order.confirmed").await;
        }
    }
}

/// What a receiver took of each subject, by number; repeated ones once.
#[derive(Default)]
struct Taken(BTreeMap<String, Vec<u64>>);

impl Taken {
    fn note(&mut self, event: &serde_json::Value) {
        let subject = event["subject"].as_str().expect("a subject").to_owned();
        let number = event["data"]["number"].as_u64().expect("a number");
        let numbers = self.0.entry(subject).or_default();
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
    }

    fn assert_in_order(&self, subjects: usize, steps: usize) {
        assert_eq!(self.0.len(), subjects);
        for (subject, numbers) in &self.0 {
            assert_eq!(numbers.len(), steps, "{subject}: {numbers:?}");
            assert!(numbers.is_sorted(), "{subject}: {numbers:?}");
        }
    }
}

/// Refuses every third request, and every seventh only after it has taken the event: a lost answer.
async fn take_with_faults(receiver: &mut Receiver, total: usize) -> Taken {
    let (mut taken, mut confirmed, mut requests) = (Taken::default(), 0, 0);
    while confirmed < total {
        let received = receiver.next().await;
        requests += 1;
        if requests % 3 == 0 {
            received.answer([500, 503, 404][requests % 9 / 3]);
            continue;
        }
        taken.note(&received.event());
        if requests % 7 == 0 {
            received.answer(500);
        } else {
            confirmed += 1;
            received.answer(200);
        }
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_subject_arrives_in_order_whatever_fails() {
    let mut receiver = Receiver::start().await;
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\ntries_max = 10000",
        receiver.url
    ))
    .await;
    let (taken, ()) = tokio::join!(take_with_faults(&mut receiver, 120), announce_steps(&outbox, 12, 10));
    outbox.is_empty().await;
    taken.assert_in_order(12, 10);
    assert!(receiver.arrived().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_coordinators_keep_the_order_between_them() {
    let mut receiver = Receiver::start().await;
    let mut outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\ntries_max = 10000",
        receiver.url
    ))
    .await;
    outbox.dispatch();
    let (taken, ()) = tokio::join!(take_with_faults(&mut receiver, 120), announce_steps(&outbox, 12, 10));
    outbox.is_empty().await;
    taken.assert_in_order(12, 10);
    assert!(receiver.arrived().is_none(), "no event is sent by both");
}

#[tokio::test]
async fn a_subscriber_that_hangs_keeps_nobody_else_waiting() {
    let (mut hanging, mut swift) = (Receiver::start().await, Receiver::start().await);
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'hanging'\nurl = '{}'\nparallel_max = 3\ntimeout_ms = 30000\n
         [[subscription]]\nname = 'swift'\nurl = '{}'",
        hanging.url, swift.url
    ))
    .await;
    for number in 0..100 {
        outbox.announce(&format!("order-{number}"), "merkato.order.confirmed").await;
    }
    for _ in 0..100 {
        swift.next().await.answer(204);
    }
    // Its own places are full, and no more than these.
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(hanging.next().await);
    }
    assert!(hanging.arrived().is_none());
    // One that ends makes room for the next at once.
    held.pop().expect("one").answer(204);
    hanging.next().await.answer(204);
    for one in held {
        one.answer(204);
    }
    hanging.take_all(&outbox).await;
}

#[tokio::test]
async fn a_subscriber_that_was_away_is_tried_with_one_event_before_it_gets_the_rest() {
    let mut receiver = Receiver::start().await;
    let mut outbox =
        Outbox::with(&format!("[[subscription]]\nname = 'mail'\nurl = '{}'\nparallel_max = 4", receiver.url))
            .await;
    for number in 0..8 {
        outbox.announce(&format!("order-{number}"), "merkato.order.confirmed").await;
    }
    outbox.dispatch();
    let mut first = Vec::new();
    for _ in 0..4 {
        first.push(receiver.next().await);
    }
    for one in first {
        one.answer(503);
    }
    let probe = receiver.next().await;
    assert!(receiver.arrived().is_none(), "one is enough to see whether it is back");
    probe.answer(204);
    let mut rest = Vec::new();
    for _ in 0..4 {
        rest.push(receiver.next().await);
    }
    for one in rest {
        one.answer(204);
    }
    receiver.take_all(&outbox).await;
}

#[tokio::test]
async fn the_next_of_a_subject_follows_without_anybody_ringing() {
    let mut receiver = Receiver::start().await;
    let mut outbox =
        Outbox::with(&format!("[[subscription]]\nname = 'mail'\nurl = '{}'", receiver.url)).await;
    let mut announced: Vec<EventId> = Vec::new();
    for _ in 0..5 {
        announced.push(outbox.announce("order-1", "merkato.order.confirmed").await);
    }
    outbox.dispatch();
    for id in announced {
        let received = receiver.next().await;
        assert!(receiver.arrived().is_none(), "of one subject only one is under way");
        assert_eq!(received.id(), id);
        received.answer(204);
    }
    outbox.is_empty().await;
}

#[tokio::test]
async fn what_has_no_answer_when_the_coordinator_stops_is_given_back() {
    let mut receiver = Receiver::start().await;
    let subscription = "[[subscription]]\nname = 'mail'\ntimeout_ms = 30000";
    let mut outbox = Outbox::start(&format!("{subscription}\nurl = '{}'", receiver.url)).await;
    let id = outbox.announce("order-1", "merkato.order.confirmed").await;
    let unanswered = receiver.next().await;
    outbox.abandon().await;
    // At once, rather than when the lease has run out.
    assert_eq!(outbox.next_delivery("mail").await, Some(outbox.clock.now()));
    outbox.dispatch();
    let again = receiver.next().await;
    assert_eq!(again.id(), id);
    again.answer(204);
    outbox.is_empty().await;
    drop(unanswered);
}
