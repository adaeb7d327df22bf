//! What operators see of the shop while it sells.

use std::time::Duration;

use merkato_tests::{
    api::Caller,
    metrics::Metrics,
    shop::{Builder, Shop},
};

/// Every family that dashboards and alerts may use. A name that changes breaks them in silence: add, do not rename.
const FAMILIES: [&str; 25] = [
    "merkato_books_readable gauge",
    "merkato_build info",
    "merkato_commit_batch_writes histogram",
    "merkato_commit_duration_seconds histogram",
    "merkato_commit_queue_writes gauge",
    "merkato_delivery_duration_seconds histogram",
    "merkato_http_request_duration_seconds histogram",
    "merkato_invariant_breaches gauge",
    "merkato_order_events counter",
    "merkato_order_watchers gauge",
    "merkato_orders gauge",
    "merkato_outbox_dead_letters gauge",
    "merkato_outbox_lag_seconds gauge",
    "merkato_outbox_waiting_events gauge",
    "merkato_payment_call_duration_seconds histogram",
    "merkato_pricing_duration_seconds histogram",
    "merkato_pricing_failures counter",
    "merkato_reservation_oldest_age_seconds gauge",
    "merkato_reservations gauge",
    "merkato_reservations_overdue gauge",
    "merkato_task_duration_seconds histogram",
    "merkato_task_lag_seconds gauge",
    "merkato_tasks gauge",
    "merkato_database_connections_in_use gauge",
    "merkato_database_connections_max gauge",
];

/// Scrapes until a reading of the books is what is waited for.
async fn until(shop: &Shop, wanted: impl Fn(&Metrics) -> bool) -> Metrics {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    for _ in 0..150 {
        let metrics = Metrics::of(shop).await;
        if wanted(&metrics) {
            return metrics;
        }
        tick.tick().await;
    }
    panic!("the metrics never showed it: {}", Metrics::of(shop).await.text);
}

#[tokio::test]
async fn a_purchase_is_counted_once_in_every_place_and_leaves_nothing_waiting() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 2).await.expect(200);
    let before = Metrics::of(&shop).await;
    assert_eq!(guest.place_order("tok_approve").await.expect(201)["state"], "confirmed");
    let after = until(&shop, |metrics| metrics.count("merkato_orders{state=\"confirmed\"}") > 0).await;
    for (name, change) in [
        ("merkato_order_events_total{event=\"placed\"}", 1),
        ("merkato_order_events_total{event=\"confirmed\"}", 1),
        ("merkato_order_events_total{event=\"declined\"}", 0),
        ("merkato_order_events_total{event=\"expired\"}", 0),
        (
            "merkato_http_request_duration_seconds_count{route=\"/v1/orders\",method=\"POST\",status=\"201\"}",
            1,
        ),
        ("merkato_payment_call_duration_seconds_count{kind=\"authorize\",outcome=\"approved\"}", 1),
        ("merkato_task_duration_seconds_count{kind=\"authorize\",outcome=\"done\"}", 1),
        ("merkato_pricing_duration_seconds_count{question=\"price\"}", 1),
        ("merkato_pricing_failures_total{question=\"price\"}", 0),
        ("merkato_orders{state=\"confirmed\"}", 1),
        ("merkato_orders{state=\"pending_payment\"}", 0),
        ("merkato_reservations", 0),
        ("merkato_tasks{kind=\"authorize\"}", 0),
    ] {
        assert!(change == 0 || after.has(name), "{name} is missing: {}", after.text);
        assert_eq!(after.since(&before, name), change, "{name}: {}", after.text);
    }
    assert_eq!(after.count("merkato_books_readable"), 1);
    let rules = after.names("merkato_invariant_breaches").collect::<Vec<_>>();
    assert_eq!(rules.len(), 11);
    assert!(rules.iter().all(|rule| after.count(rule) == 0), "{}", after.text);
}

#[tokio::test]
async fn a_declined_an_expired_and_a_lost_payment_are_told_apart() {
    let shop = Builder::new().flag("--reservation-seconds", "1").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    guest.place_order("tok_decline").await.problem(402, "payment_declined");
    guest.place_order("tok_challenge").await.expect(201);
    let after = until(&shop, |metrics| metrics.count("merkato_orders{state=\"expired\"}") > 0).await;
    for name in [
        "merkato_order_events_total{event=\"declined\"}",
        "merkato_order_events_total{event=\"expired\"}",
        "merkato_payment_call_duration_seconds_count{kind=\"authorize\",outcome=\"declined\"}",
        "merkato_payment_call_duration_seconds_count{kind=\"authorize\",outcome=\"challenged\"}",
        "merkato_orders{state=\"payment_failed\"}",
    ] {
        assert_eq!(after.count(name), 1, "{name}: {}", after.text);
    }
    assert_eq!(after.count("merkato_order_events_total{event=\"confirmed\"}"), 0);
    assert_eq!(after.count("merkato_order_events_total{event=\"placed\"}"), 2);
}

#[tokio::test]
async fn an_event_that_nobody_takes_shows_as_lag_of_its_subscriber() {
    // Nothing listens at port 9 (discard), so that each delivery is refused.
    let shop = Builder::new().flag("--subscriber", "mail=http://127.0.0.1:9/").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    guest.place_order("tok_approve").await.expect(201);
    let waiting = "merkato_outbox_waiting_events{subscriber=\"mail\"}";
    let after = until(&shop, |metrics| {
        metrics.count(waiting) > 1 && metrics.get("merkato_outbox_lag_seconds{subscriber=\"mail\"}") > 0.0
    });
    let after = after.await;
    assert_eq!(after.count(waiting), 2, "placed and confirmed: {}", after.text);
    assert_eq!(after.count("merkato_outbox_dead_letters{subscriber=\"mail\"}"), 0);
    let refused = "merkato_delivery_duration_seconds_count{subscriber=\"mail\",outcome=\"refused\"}";
    assert!(after.count(refused) >= 1, "{}", after.text);
}

#[tokio::test]
async fn names_and_labels_are_those_that_dashboards_know_and_hold_nothing_of_anybody() {
    let shop = Builder::new().flag("--subscriber", "mail=http://127.0.0.1:9/").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let placed = guest.place_order("tok_approve").await.expect(201);
    Caller::at(&shop.coordinator_url).get("/v1/nowhere").await.problem(404, "not_found");
    let refused = "merkato_delivery_duration_seconds_count{subscriber=\"mail\",outcome=\"refused\"}";
    let metrics = until(&shop, |metrics| metrics.has(refused) && metrics.has("merkato_books_readable")).await;
    let known = FAMILIES.iter().map(|family| (*family).to_owned()).collect::<std::collections::BTreeSet<_>>();
    let missing = known.difference(&metrics.families).collect::<Vec<_>>();
    assert!(missing.is_empty(), "dashboards would break: {missing:?}");
    let new = metrics.families.difference(&known).collect::<Vec<_>>();
    assert!(new.is_empty(), "add these to the list: {new:?}");
    for secret in ["hanna", "Market Street", guest.cart_token.as_deref().expect("a cart"), id(&placed)] {
        assert!(!metrics.text.contains(secret), "{secret} shows in the metrics");
    }
    let nowhere = "route=\"none\",method=\"GET\",status=\"404\"";
    assert!(metrics.text.contains(nowhere), "{}", metrics.text);
}

fn id(placed: &serde_json::Value) -> &str {
    placed["id"].as_str().expect("an id")
}

#[tokio::test]
async fn a_till_without_its_database_still_shows_what_it_has_counted() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let mut till = merkato_tests::till::open_for_writing(&shop.data_dir()).await;
    sqlx::query("ALTER TABLE task RENAME TO mislaid").execute(&mut till).await.expect("a broken database");
    let metrics = until(&shop, |metrics| metrics.count("merkato_books_readable") == 0).await;
    assert!(metrics.has("merkato_pricing_failures_total{question=\"price\"}"), "{}", metrics.text);
    assert!(!metrics.has("merkato_orders{state=\"confirmed\"}"), "{}", metrics.text);
}
