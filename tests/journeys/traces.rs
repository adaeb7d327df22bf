//! One purchase, one trace.

use merkato_tests::{
    api::{Caller, fresh_key, order_paid_with},
    collector::{Collector, Span},
    shop::Builder,
};
use reqwest::Method;

/// The trace that the shopper's own client began.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// The shopper's span in it.
const SHOPPER: &str = "00f067aa0ba902b7";
const SERVER: i32 = 2;
const CLIENT: i32 = 3;

fn traced(collector: &Collector) -> Builder {
    Builder::new()
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)
        // So that a test need not wait for the end of a batch.
        .environment("OTEL_BSP_SCHEDULE_DELAY", "100")
}

/// Names of the spans from the first to `span`.
fn way_to(span: &Span, spans: &[Span]) -> Vec<String> {
    let mut way = vec![span.name.clone()];
    let mut parent = &span.parent;
    while let Some(next) = spans.iter().find(|other| other.id == *parent) {
        way.push(next.name.clone());
        parent = &next.parent;
    }
    assert!(parent == SHOPPER, "{way:?} does not begin at the shopper");
    way.reverse();
    way
}

async fn buy(guest: &Caller, flags: &str) -> serde_json::Value {
    let request = guest
        .request(Method::POST, "/api/orders")
        .header("idempotency-key", fresh_key())
        .header("traceparent", format!("00-{TRACE}-{SHOPPER}-{flags}"))
        .json(&order_paid_with("tok_approve"));
    guest.send(request).await.expect(201)
}

#[tokio::test]
async fn a_checkout_is_one_trace_from_the_shopper_to_the_gateway_and_to_whoever_hears_of_it() {
    let collector = Collector::start().await;
    let subscriber = format!("mail={}/events", collector.url);
    let shop = traced(&collector).flag("--subscriber", &subscriber).start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    assert_eq!(buy(&guest, "01").await["state"], "confirmed");

    let of_trace = |span: &&Span| span.trace == TRACE;
    let spans = collector.spans(|spans| {
        let names = spans.iter().filter(of_trace).map(|span| span.name.as_str()).collect::<Vec<_>>();
        [
            "POST /api/orders/...",
            "POST /internal/payments/...",
            "task authorize",
            "send merkato.order.confirmed",
        ]
        .iter()
        .all(|name| names.contains(name))
            && names.iter().filter(|name| **name == "POST {subscriber}").count() >= 2
    });
    let spans = spans.await.into_iter().filter(|span| span.trace == TRACE).collect::<Vec<_>>();
    let named = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no span is called {name}: {spans:#?}"))
    };
    let placing = ["POST /api/orders/...", "POST", "POST /v1/orders"];
    assert_eq!(way_to(named("POST /v1/orders"), &spans), placing);
    let paying = ["task authorize", "POST /internal/payments/authorize", "POST /internal/payments/..."];
    assert_eq!(way_to(named("POST /internal/payments/..."), &spans), [&placing[..], &paying].concat());
    let telling = ["task authorize", "send merkato.order.confirmed", "POST {subscriber}"];
    let heard = spans.iter().filter(|span| span.name == "POST {subscriber}").map(|span| way_to(span, &spans));
    assert!(
        heard.clone().any(|way| way == [&placing[..], &telling].concat()),
        "{:?}",
        heard.collect::<Vec<_>>()
    );
    let priced = named("pricing policy");
    assert_eq!(way_to(priced, &spans), [&placing[..], &["pricing policy"]].concat());

    let order = named("POST /api/orders/...");
    assert_eq!((order.kind, order.service.as_str()), (SERVER, "merkato"));
    assert_eq!(order.attribute("http.request.method"), "POST");
    assert_eq!(order.attribute("http.route"), "/api/orders/...");
    assert_eq!(order.attribute("http.response.status_code"), "201");
    assert_eq!(order.attribute("spin.component.id"), "orders");
    let call = named("POST /internal/payments/authorize");
    assert_eq!((call.kind, call.attribute("http.response.status_code")), (CLIENT, "200"));
    for span in &spans {
        for (name, value) in &span.attributes {
            for secret in ["hanna", "Market Street", "tok_approve", &shop.secret("service_token")] {
                assert!(!value.contains(secret), "{secret} shows in {name} of {}", span.name);
            }
        }
    }
}

#[tokio::test]
async fn what_the_shopper_does_not_want_recorded_is_not_and_the_last_spans_come_before_the_end() {
    let collector = Collector::start().await;
    // A batch would wait an hour: what comes, comes because the shop was stopped.
    let shop = traced(&collector).environment("OTEL_BSP_SCHEDULE_DELAY", "3600000").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    assert_eq!(buy(&guest, "00").await["state"], "confirmed");
    shop.stop().await;
    let spans = collector.so_far();
    assert!(spans.iter().any(|span| span.name == "PUT /v1/cart/lines/{sku}"), "{spans:#?}");
    assert!(spans.iter().all(|span| span.trace != TRACE), "{spans:#?}");
}

#[tokio::test]
async fn the_standard_variables_name_the_service_and_choose_what_is_sampled() {
    let collector = Collector::start().await;
    let shop = traced(&collector)
        .environment("OTEL_SERVICE_NAME", "the-till")
        .environment("OTEL_TRACES_SAMPLER", "parentbased_always_off")
        .start()
        .await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    buy(&guest, "01").await;
    shop.stop().await;
    let spans = collector.so_far();
    assert!(spans.iter().any(|span| span.name == "POST /v1/orders"), "{spans:#?}");
    assert!(spans.iter().all(|span| span.trace == TRACE && span.service == "the-till"), "{spans:#?}");
}
