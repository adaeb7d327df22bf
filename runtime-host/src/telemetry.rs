//! Logs and traces. Logs go to standard error, so that standard output is for what was asked.
//!
//! Traces go to a collector by OTLP over HTTP, if the standard variable `OTEL_EXPORTER_OTLP_ENDPOINT` names one. The
//! other standard variables hold as well: of the resource, the sampler, the limits, the batches, the exporter. Without
//! a collector nobody makes a span, and the trace context is only handed on.

mod json;

use std::{
    env,
    io::{self, IsTerminal as _},
};

use clap::ValueEnum;
use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tracing::{Level, Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::FilterFn, layer::SubscriberExt as _, registry::LookupSpan,
    util::SubscriberInitExt as _,
};

/// The name of the service where the environment gives none.
const SERVICE_NAME: &str = "merkato";
/// Whose spans are exported: ours. Libraries have many of their own, with whatever in them.
const EXPORTED: [&str; 2] = ["merkato", "spinlet"];

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// What is written and sent; stop it, so that the last spans are not lost.
#[must_use]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

/// Starts logging, and tracing if there is a collector. `filter` is a `tracing` directive for logs such as `info` or
/// `merkato=debug,warn`.
pub fn start(format: LogFormat, filter: &str) -> anyhow::Result<Telemetry> {
    let filter = EnvFilter::try_new(filter).map_err(|error| anyhow::anyhow!("--log {filter:?}: {error}"))?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = collector(|name| env::var(name).ok())?.map(|()| provider()).transpose()?;
    let lines =
        tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let logs: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => lines.with_target(false).compact().with_filter(filter).boxed(),
        LogFormat::Json => lines.event_format(json::Lines).with_filter(filter).boxed(),
    };
    let traces = provider.as_ref().map(|provider| spans(provider.tracer(SERVICE_NAME)));
    tracing_subscriber::registry().with(logs).with(traces).init();
    Ok(Telemetry { provider })
}

impl Telemetry {
    /// Sends what has not been sent.
    pub async fn stop(self) {
        let Some(provider) = self.provider else { return };
        // It waits for the collector, so it must not be done on a thread that others share.
        match tokio::task::spawn_blocking(move || provider.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans could not be sent"),
            Err(error) => tracing::warn!(%error, "the last spans could not be sent"),
        }
    }
}

/// Whether the environment names a collector that can be reached from here.
fn collector(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<()>> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let off = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || set("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    for name in ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        let Some(endpoint) = set(name).filter(|_| !off) else { continue };
        anyhow::ensure!(
            endpoint.starts_with("http://"),
            "{name} is {endpoint:?}; it must be the http:// address of a collector nearby, which may send on by https"
        );
        return Ok(Some(()));
    }
    Ok(None)
}

fn provider() -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder().with_http().build();
    let exporter = exporter.map_err(|error| anyhow::anyhow!("traces cannot be exported: {error}"))?;
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    // What the environment says of the resource wins.
    let named = env::var_os("OTEL_SERVICE_NAME").is_some()
        || env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|attributes| attributes.contains("service.name="));
    let resource = Resource::builder().with_attribute(version);
    let resource = if named { resource } else { resource.with_service_name(SERVICE_NAME) };
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build())
}

fn spans<S>(tracer: SdkTracer) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let ours = FilterFn::new(is_exported).with_max_level_hint(LevelFilter::DEBUG);
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_filter(ours)
}

/// Spans only: what is logged stays in the log.
fn is_exported(metadata: &Metadata<'_>) -> bool {
    let module = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && *metadata.level() <= Level::DEBUG && EXPORTED.contains(&module)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> anyhow::Result<bool> {
        let value = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Ok(collector(value)?.is_some())
    }

    #[test]
    fn only_the_address_of_a_collector_turns_traces_on() {
        let address = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert!(!with(&[]).expect("off"));
        assert!(!with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]).expect("off"));
        assert!(with(&[address]).expect("on"));
        assert!(with(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/v1/traces")]).expect("on"));
        assert!(!with(&[address, ("OTEL_SDK_DISABLED", "true")]).expect("off"));
        assert!(!with(&[address, ("OTEL_TRACES_EXPORTER", "none")]).expect("off"));
    }

    #[test]
    fn a_collector_that_cannot_be_reached_without_tls_is_refused_at_start() {
        let error = with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318")]).expect_err("refused");
        assert!(error.to_string().contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{error}");
    }
}
