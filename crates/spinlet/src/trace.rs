//! W3C trace context: the spans of one request belong together, and whoever is called learns to which trace.
//!
//! Spans are debug spans of `tracing`. Where the process exports them (the caller of this crate decides), each guest
//! and each of its requests has one, and what a guest itself put into `traceparent` is replaced, as Spin does: its
//! span is one that nobody exports. Where nobody exports spans, the context is passed on as it came.

use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, global};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The trace context of a request, and the span of the guest that answers it.
#[derive(Clone)]
pub(crate) struct Trace {
    parent: Option<HeaderValue>,
    state: Option<HeaderValue>,
    span: Span,
}

impl Trace {
    /// The context that a request came with.
    pub(crate) fn of(headers: &HeaderMap) -> Trace {
        let parent = headers.get(&TRACEPARENT).cloned();
        let state = parent.as_ref().and_then(|_| headers.get(&TRACESTATE).cloned());
        Trace { parent, state, span: Span::none() }
    }

    /// The same trace in a guest of `component` that answers `request` by `route`; the guest learns of its span.
    pub(crate) fn in_guest<B>(&self, request: &mut Request<B>, component: &str, route: &str) -> Trace {
        let span = tracing::debug_span!(
            "guest",
            otel.name = format_args!("{} {route}", request.method()),
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = %request.method(),
            http.route = route,
            url.path = request.uri().path(),
            http.response.status_code = Empty,
            spin.component.id = component,
        );
        if span.is_disabled() {
            return self.clone();
        }
        let parent = global::get_text_map_propagator(|propagator| {
            propagator.extract_with_context(&Context::new(), &HeaderExtractor(request.headers()))
        });
        // Fails where the span is made for the log alone.
        let _ = span.set_parent(parent);
        replace(request.headers_mut(), &span);
        Trace { span, ..Trace::of(request.headers()) }
    }

    /// The span of the guest.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// The span of a request that the guest sends; whoever answers it learns of it.
    pub(crate) fn of_call<B>(&self, request: &mut Request<B>) -> Span {
        self.pass_on(request.headers_mut());
        let span = tracing::debug_span!(
            parent: &self.span,
            "call",
            otel.name = %request.method(),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = %request.method(),
            url.scheme = request.uri().scheme_str(),
            url.path = request.uri().path(),
            server.address = request.uri().host(),
            server.port = request.uri().port_u16(),
            http.response.status_code = Empty,
        );
        replace(request.headers_mut(), &span);
        span
    }

    /// Adds the context to a request that has none.
    fn pass_on(&self, headers: &mut HeaderMap) {
        if headers.contains_key(&TRACEPARENT) {
            return;
        }
        if let Some(parent) = &self.parent {
            headers.insert(TRACEPARENT, parent.clone());
        }
        if let Some(state) = &self.state {
            headers.insert(TRACESTATE, state.clone());
        }
    }

    /// The identifier of the whole trace, for the log.
    pub(crate) fn id(&self) -> Option<&str> {
        self.parent.as_ref()?.to_str().ok()?.split('-').nth(1)
    }
}

/// Writes down how a request ended.
pub(crate) fn answered(span: &Span, status: Option<StatusCode>, is_error: impl Fn(StatusCode) -> bool) {
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if status.is_none_or(is_error) {
        span.record("otel.status_code", "error");
    }
}

/// Makes `span` the parent of whatever a request with these headers leads to, if the span is exported.
fn replace(headers: &mut HeaderMap, span: &Span) {
    if span.is_disabled() {
        return;
    }
    let context = span.context();
    if context.span().span_context().is_valid() {
        global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&context, &mut HeaderInjector(headers));
        });
    }
}
