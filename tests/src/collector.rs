//! A collector of traces: what an operator's OpenTelemetry collector is to the shop.

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::Span as ProtoSpan,
};
use prost::Message as _;
use tokio::{net::TcpListener, sync::watch, time::timeout};

/// Spans that do not come in this time do not come.
const SPANS_MAX: Duration = Duration::from_mins(1);

/// A span that arrived.
#[derive(Debug, Clone)]
pub struct Span {
    /// Its trace.
    pub trace: String,
    /// Its id.
    pub id: String,
    /// The id of the span that led to it; empty for the first.
    pub parent: String,
    /// What it is called.
    pub name: String,
    /// 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    pub kind: i32,
    /// The name of the service.
    pub service: String,
    /// Attributes, with values as text.
    pub attributes: Vec<(String, String)>,
}

impl Span {
    /// An attribute, or nothing.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A running collector; gone with the test.
pub struct Collector {
    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be.
    pub url: String,
    spans: Arc<watch::Sender<Vec<Span>>>,
}

impl Collector {
    /// Starts one on a free port. At `/events` it is a subscriber as well, which takes every event.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let spans = Arc::new(watch::Sender::new(Vec::new()));
        let router = Router::new()
            .route("/v1/traces", post(collect))
            .route("/events", post(async || StatusCode::NO_CONTENT))
            .with_state(Arc::clone(&spans));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, spans }
    }

    /// Waits until the spans that have arrived satisfy `enough`, and gives them.
    pub async fn spans(&self, enough: impl FnMut(&Vec<Span>) -> bool) -> Vec<Span> {
        let mut spans = self.spans.subscribe();
        let Ok(arrived) = timeout(SPANS_MAX, spans.wait_for(enough)).await else {
            panic!("these spans are not enough: {:#?}", self.so_far());
        };
        arrived.expect("the collector runs").clone()
    }

    /// The spans that have arrived.
    pub fn so_far(&self) -> Vec<Span> {
        self.spans.borrow().clone()
    }
}

async fn collect(State(spans): State<Arc<watch::Sender<Vec<Span>>>>, body: Bytes) -> StatusCode {
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    let mut arrived = Vec::new();
    for resource in request.resource_spans {
        let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
        let service = texts(&attributes).into_iter().find(|(name, _)| name == "service.name");
        let service = service.map(|(_, name)| name).unwrap_or_default();
        let all = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        arrived.extend(all.map(|span| read(&span, &service)));
    }
    spans.send_modify(|known| known.extend(arrived));
    StatusCode::OK
}

fn read(span: &ProtoSpan, service: &str) -> Span {
    Span {
        trace: hex::encode(&span.trace_id),
        id: hex::encode(&span.span_id),
        parent: hex::encode(&span.parent_span_id),
        name: span.name.clone(),
        kind: span.kind,
        service: service.to_owned(),
        attributes: texts(&span.attributes),
    }
}

fn texts(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |attribute: &KeyValue| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let value = match value {
            Some(any_value::Value::StringValue(text)) => text.clone(),
            Some(any_value::Value::IntValue(number)) => number.to_string(),
            other => format!("{other:?}"),
        };
        (attribute.key.clone(), value)
    };
    attributes.iter().map(text).collect()
}
