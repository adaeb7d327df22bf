//! What arrives over HTTP, and what an answer brings about.

use axum::{http::StatusCode, response::IntoResponse as _};
use merkato_commerce::time::Clock as _;
use standardwebhooks::Webhook;

use crate::fixture::{Outbox, Receiver, SECRET, SOURCE};

#[tokio::test]
async fn an_event_arrives_as_the_specification_of_cloudevents_wants_it() {
    let mut receiver = Receiver::start().await;
    let subscription = format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\nheaders_env = {{ X-Api-Key = 'API_KEY' }}",
        receiver.url
    );
    let outbox = Outbox::start(&subscription).await;
    let id = outbox.announce("order-1", "merkato.order.confirmed").await;
    let received = receiver.next().await;
    assert_eq!(received.headers["content-type"], "application/cloudevents+json");
    assert_eq!(received.headers["x-api-key"], "k3y");
    assert!(!received.headers.contains_key("authorization"), "the service token is for the shop's services");
    assert!(!received.headers.contains_key("webhook-signature"), "there is no secret to sign with");
    let expected = serde_json::json!({
        "specversion": "1.0",
        "id": id.to_string(),
        "source": SOURCE,
        "type": "merkato.order.confirmed",
        "subject": "order-1",
        "time": "2026-11-21T05:14:00.007Z",
        "datacontenttype": "application/json",
        "data": { "number": 1, "name": "Ḥanna" },
    });
    assert_eq!(received.event(), expected);
    received.answer(202);
    outbox.is_empty().await;
}

#[tokio::test]
async fn a_service_of_the_shop_is_shown_the_service_token() {
    let mut receiver = Receiver::start().await;
    let mut outbox = Outbox::with("").await;
    outbox.subscribe_service("search", &receiver.url);
    outbox.dispatch();
    outbox.announce("order-1", "merkato.order.confirmed").await;
    let received = receiver.next().await;
    assert_eq!(received.headers["authorization"], "Bearer service-token");
    received.answer(204);
    outbox.is_empty().await;
}

#[tokio::test]
async fn a_receiver_can_check_who_sent_an_event_and_that_nobody_changed_it() {
    let mut receiver = Receiver::start().await;
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'mail'\nurl = '{}'\nsecret_env = 'SECRET'",
        receiver.url
    ))
    .await;
    // The receiver's check is the reference implementation, which asks the system for the time.
    outbox.clock.advance(merkato::system::SystemClock.now().milliseconds_since(outbox.clock.now()));
    let id = outbox.announce("order-1", "merkato.order.confirmed").await;

    let refused = receiver.next().await;
    let first_time = refused.headers["webhook-timestamp"].clone();
    assert_eq!(refused.headers["webhook-id"], id.to_string().as_str());
    let check = Webhook::new(SECRET).expect("a secret");
    check.verify(&refused.body, &refused.headers).expect("it is from the shop");
    let stranger = Webhook::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").expect("another secret");
    assert!(stranger.verify(&refused.body, &refused.headers).is_err(), "another secret signs otherwise");
    let mut forged = refused.body.to_vec();
    *forged.last_mut().expect("a body") = b' ';
    assert!(check.verify(&forged, &refused.headers).is_err(), "a changed body is noticed");
    let mut moved = refused.headers.clone();
    moved.insert("webhook-id", "00000000-0000-0000-0000-0000000000ff".parse().expect("a value"));
    assert!(check.verify(&refused.body, &moved).is_err(), "another id is noticed");

    // A later try is signed anew: same id, own time.
    outbox.clock.advance(2_000);
    refused.answer(500);
    let again = receiver.next().await;
    assert_eq!(again.headers["webhook-id"], id.to_string().as_str());
    assert_ne!(again.headers["webhook-timestamp"], first_time);
    check.verify(&again.body, &again.headers).expect("it is from the shop");
    again.answer(204);
    outbox.is_empty().await;
}

#[tokio::test]
async fn a_repeated_event_is_known_by_its_id() {
    let mut receiver = Receiver::start().await;
    let outbox = Outbox::start(&format!("[[subscription]]\nname = 'mail'\nurl = '{}'", receiver.url)).await;
    let id = outbox.announce("order-1", "merkato.order.confirmed").await;
    for status in [500, 404, 503, 301, 200] {
        let received = receiver.next().await;
        assert_eq!(received.id(), id);
        received.answer(status);
    }
    outbox.is_empty().await;
    assert!(receiver.arrived().is_none(), "what was taken is not sent again");
}

#[tokio::test]
async fn a_subscriber_hears_only_of_what_it_wants() {
    let (mut confirmed, mut all) = (Receiver::start().await, Receiver::start().await);
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'confirmed'\nurl = '{}'\nevents = ['order.confirmed', 'order.returned']\n
         [[subscription]]\nname = 'all'\nurl = '{}'\nevents = ['order.*']",
        confirmed.url, all.url
    ))
    .await;
    for kind in ["placed", "confirmed", "shipped", "returned"] {
        outbox.announce(kind, &format!("merkato.order.{kind}")).await;
    }
    let (mut wanted, mut everything) = tokio::join!(confirmed.take_all(&outbox), all.take_all(&outbox));
    wanted.sort_unstable();
    everything.sort_unstable();
    assert_eq!((wanted, everything), (vec![2, 4], vec![1, 2, 3, 4]));
}

#[tokio::test]
async fn retry_after_is_kept_to_by_the_clock() {
    let (mut busy, mut witness) = (Receiver::start().await, Receiver::start().await);
    let outbox = Outbox::start(&format!(
        "[[subscription]]\nname = 'busy'\nurl = '{}'\nevents = ['order.confirmed']\n
         [[subscription]]\nname = 'witness'\nurl = '{}'\nevents = ['order.placed']",
        busy.url, witness.url
    ))
    .await;
    for (status, asked_for, kept_to) in [(503, "120", 120_000), (429, "31536000", 3_600_000)] {
        outbox.announce(asked_for, "merkato.order.confirmed").await;
        let asked_at = outbox.clock.now();
        let status = StatusCode::from_u16(status).expect("a status");
        busy.next().await.respond((status, [("retry-after", asked_for)]).into_response());
        outbox.is_due_at("busy", asked_at.plus_milliseconds(kept_to)).await;
        // The whole subscriber rests, so that another event waits as well. Both are taken in one look at the outbox,
        // if they are: when the witness has heard, that look is over.
        outbox.announce("meanwhile", "merkato.order.confirmed").await;
        outbox.clock.advance(kept_to - 1);
        outbox.announce("meanwhile", "merkato.order.placed").await;
        witness.next().await.answer(204);
        assert_eq!(outbox.next_delivery("busy").await, Some(asked_at), "it waits, and nobody has taken it");
        outbox.clock.advance(1);
        outbox.ring();
        for _ in 0..2 {
            busy.next().await.answer(204);
        }
        outbox.is_empty().await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (mut receiver, mut elsewhere) = (Receiver::start().await, Receiver::start().await);
    let outbox =
        Outbox::start(&format!("[[subscription]]\nname = 'mail'\nurl = '{}'\ntries_max = 1", receiver.url))
            .await;
    outbox.announce("order-1", "merkato.order.confirmed").await;
    let redirect = axum::response::Redirect::temporary(&elsewhere.url);
    receiver.next().await.respond(redirect.into_response());
    outbox.is_empty().await;
    assert!(elsewhere.arrived().is_none());
}
