//! Joins the spans of one purchase into one trace, by W3C trace context.
//!
//! Spans are debug spans of `tracing`, which nobody makes unless [`crate::telemetry`] exports them. The context is
//! handed on either way: to the services, and by way of the database to what is done after a commit, so that a trace
//! has no hole here when only the others record it.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use merkato_contract::headers::TRACEPARENT;
use opentelemetry::{
    Context,
    context::{FutureExt as _, WithContext},
    global,
    trace::TraceContextExt as _,
};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use reqwest::{RequestBuilder, Response};
use tracing::{Instrument as _, Span, field::Empty, instrument::Instrumented};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::store::records::{DeliveryRecord, TaskRecord};

/// The context that a request came with.
pub fn extract(headers: &HeaderMap) -> Context {
    global::get_text_map_propagator(|propagator| {
        propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers))
    })
}

/// The context that was stored with a task or an event.
pub fn restored(traceparent: Option<&str>) -> Context {
    let mut headers = HeaderMap::new();
    if let Some(value) = traceparent.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(TRACEPARENT, value);
    }
    extract(&headers)
}

/// The present context, to be stored with what is done later.
pub fn traceparent() -> Option<String> {
    let headers = injected(&Context::current());
    headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn injected(context: &Context) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if context.span().span_context().is_valid() {
        global::get_text_map_propagator(|propagator| {
            propagator.inject_context(context, &mut HeaderInjector(&mut headers));
        });
    }
    headers
}

/// Runs `work` in `span`, a part of the trace of `parent`.
pub fn within<F: Future>(parent: Context, span: Span, work: F) -> WithContext<Instrumented<F>> {
    // Fails where nobody exports spans; then the parent itself is the present context.
    let _ = span.set_parent(parent.clone());
    work.instrument(span).with_context(parent)
}

/// The span of a request to the coordinator.
pub fn server_span(method: &Method, route: &str, path: &str) -> Span {
    tracing::debug_span!(
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %method,
        http.route = route,
        url.path = path,
        http.response.status_code = Empty,
    )
}

/// The span of a try at a task.
pub fn task_span(task: &TaskRecord) -> Span {
    tracing::debug_span!(
        "task",
        otel.name = format_args!("task {}", task.work.kind()),
        otel.kind = "consumer",
        otel.status_code = Empty,
        task.id = %task.id,
        task.tries = task.tries,
        order.id = %task.order,
    )
}

/// The span of a try at bringing an event to a subscriber.
pub fn delivery_span(delivery: &DeliveryRecord) -> Span {
    tracing::debug_span!(
        "delivery",
        otel.name = format_args!("send {}", delivery.record.kind),
        otel.kind = "producer",
        otel.status_code = Empty,
        "messaging.operation.type" = "send",
        messaging.destination.name = delivery.subscriber,
        messaging.message.id = %delivery.event,
        cloudevents.event_type = delivery.record.kind,
        delivery.tries = delivery.tries,
    )
}

/// The headers by which whoever is called joins the present trace.
pub fn present() -> HeaderMap {
    injected(&Context::current())
}

/// The span of a POST to an address of the form of `template`.
pub fn client_span(template: &'static str) -> Span {
    tracing::debug_span!(
        "call",
        otel.name = format_args!("POST {template}"),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = "POST",
        url.template = template,
        server.address = Empty,
        server.port = Empty,
        http.response.status_code = Empty,
        "error.type" = Empty,
    )
}

/// Notes how a call was answered; none if nobody answered.
pub fn note_status(span: &Span, status: Option<StatusCode>) {
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    } else {
        span.record("error.type", "connection");
    }
    if status.is_none_or(|status| status.is_client_error() || status.is_server_error()) {
        span.record("otel.status_code", "error");
    }
}

/// Posts a request to an address of the form of `template`, in a span of its own.
pub async fn post(request: RequestBuilder, template: &'static str) -> Result<Response, reqwest::Error> {
    let span = client_span(template);
    let sent = async { request.headers(injected(&Context::current())).send().await };
    let answer = sent.instrument(span.clone()).await;
    record_answer(&span, &answer);
    answer
}

fn record_answer(span: &Span, answer: &Result<Response, reqwest::Error>) {
    match answer {
        Ok(response) => {
            span.record("server.address", response.url().host_str());
            span.record("server.port", response.url().port_or_known_default());
            note_status(span, Some(response.status()));
        }
        Err(error) => {
            let kind = if error.is_timeout() { "timeout" } else { "connection" };
            span.record("error.type", kind);
            span.record("otel.status_code", "error");
        }
    }
}
