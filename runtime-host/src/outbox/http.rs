//! Posts events: `CloudEvents` 1.0 in structured mode, signed in the scheme of Standard Webhooks.

use std::{sync::Arc, time::Duration, time::UNIX_EPOCH};

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT},
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use merkato_commerce::time::{Clock, Timestamp};
use merkato_contract::{
    event::{CLOUD_EVENT_JSON, Event},
    headers,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tracing::Instrument as _;

use super::{
    HttpTarget, Subscriber,
    sink::{Advice, Failure, Sink},
};
use crate::trace;

/// Longest rest that a subscriber gets for its `Retry-After`: one that asks for a year must not silence the shop.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// Bytes of an answer that are read so that its connection can be used again; nothing in it matters.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// How long an unused connection is kept: long enough for the steps of one order.
const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(30);

/// Posts events to one subscriber. Redirects are not followed: the address is an operator's decision.
pub struct HttpSink {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    target: HttpTarget,
    headers: HeaderMap,
    clock: Arc<dyn Clock>,
}

impl HttpSink {
    /// Posts to `target` of `subscriber`; services of this shop know us by `service_token`.
    pub fn new(
        subscriber: &Subscriber,
        target: HttpTarget,
        service_token: &str,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let name = &subscriber.name;
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls_of(&target).with_context(|| {
            format!("no certificate authorities for https are found on this machine, which {name} needs")
        })?);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_CONNECTION_MAX)
            .build(connector.https_or_http().enable_http1().build());
        let mut headers = target.headers.iter().cloned().collect::<HeaderMap>();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(CLOUD_EVENT_JSON));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("merkato/", env!("CARGO_PKG_VERSION"))));
        if target.sends_service_token {
            let bearer = HeaderValue::try_from(format!("Bearer {service_token}"));
            headers.insert(AUTHORIZATION, bearer.context("the service token cannot stand in a header")?);
        }
        Ok(Self { client, target, headers, clock })
    }

    /// The request with what is the same each time, and the signatures that are not.
    fn request(&self, event: &Event) -> Result<Request<Full<Bytes>>, Failure> {
        let broken = |error: &dyn std::fmt::Display| Failure::refused(format!("cannot be written: {error}"));
        let body = Bytes::from(serde_json::to_vec(event).map_err(|error| broken(&error))?);
        let mut headers = self.headers.clone();
        if !self.target.signing_keys.is_empty() {
            let (id, timestamp) = (event.id.to_string(), self.clock.now().0.div_euclid(1_000));
            let signatures = self.target.signing_keys.iter().map(|key| key.sign(&id, timestamp, &body));
            let signatures = signatures.collect::<Result<Vec<_>, _>>().map_err(|error| broken(&error))?;
            for (name, value) in [
                (headers::WEBHOOK_ID, id),
                (headers::WEBHOOK_TIMESTAMP, timestamp.to_string()),
                (headers::WEBHOOK_SIGNATURE, signatures.join(" ")),
            ] {
                let value = HeaderValue::try_from(value).map_err(|error| broken(&error))?;
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        // The receiver's work belongs to the trace of the purchase that it hears of.
        headers.extend(trace::present());
        let request = Request::post(self.target.url.as_str()).body(Full::new(body));
        let mut request = request.map_err(|error| broken(&error))?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

#[async_trait]
impl Sink for HttpSink {
    async fn deliver(&self, event: &Event) -> Result<(), Failure> {
        let span = trace::client_span("{subscriber}");
        let sent = async {
            let answer = self.client.request(self.request(event)?).await;
            answer.map_err(|error| Failure::away(cause_of(&error)))
        };
        let answer = sent.instrument(span.clone()).await;
        trace::note_status(&span, answer.as_ref().ok().map(http::Response::status));
        let answer = answer?;
        let verdict = verdict(answer.status(), answer.headers(), self.clock.now());
        // The status has decided; a body that breaks off changes nothing.
        let _ = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        verdict
    }
}

fn tls_of(target: &HttpTarget) -> anyhow::Result<ClientConfig> {
    // Named, so that which cryptography is used does not depend on what else is linked.
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    let builder = if target.url.scheme() == "https" {
        builder.with_native_roots()?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}

/// The innermost cause, which says most: "connection refused" rather than "client error (Connect)".
fn cause_of(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    format!("cannot be reached: {cause}")
}

/// What an answer means (Standard Webhooks, "Delivery success and failure").
fn verdict(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Result<(), Failure> {
    if status.is_success() {
        return Ok(());
    }
    let advice = match status {
        StatusCode::GONE => Advice::GiveUp,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Advice::GiveRest { at_least: retry_after(headers, now) },
        _ => Advice::TryAgain,
    };
    Err(Failure { reason: format!("answered {status}"), advice })
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); what cannot be read was not said.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
        date.saturating_sub(Duration::from_millis(u64::try_from(now.0).ok()?))
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T05:14:00Z.
    const NOW: Timestamp = Timestamp(1_795_238_040_000);

    fn advice(status: u16, retry_after: Option<&str>) -> Option<Advice> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(RETRY_AFTER, value.parse().expect("a value"));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        verdict(status, &headers, NOW).err().map(|failure| failure.advice)
    }

    fn rest(seconds: u64) -> Advice {
        Advice::GiveRest { at_least: Some(Duration::from_secs(seconds)) }
    }

    #[test]
    fn an_answer_means_what_its_status_says() {
        for taken in [200, 201, 202, 204, 299] {
            assert_eq!(advice(taken, None), None);
        }
        for again in [301, 302, 307, 400, 401, 404, 409, 500] {
            assert_eq!(advice(again, None), Some(Advice::TryAgain), "{again}");
        }
        for busy in [429, 502, 503, 504] {
            assert_eq!(advice(busy, None), Some(Advice::GiveRest { at_least: None }), "{busy}");
        }
        assert_eq!(advice(410, Some("5")), Some(Advice::GiveUp));
    }

    #[test]
    fn retry_after_is_kept_to_but_not_for_ever() {
        assert_eq!(advice(503, Some("7")), Some(rest(7)));
        assert_eq!(advice(429, Some("Sat, 21 Nov 2026 05:15:30 GMT")), Some(rest(90)));
        assert_eq!(advice(503, Some("Sat, 21 Nov 2026 05:00:00 GMT")), Some(rest(0)), "it is over");
        assert_eq!(advice(503, Some("31536000")), Some(rest(3_600)));
        assert_eq!(advice(503, Some("soon")), Some(Advice::GiveRest { at_least: None }));
        assert_eq!(advice(503, Some("-1")), Some(Advice::GiveRest { at_least: None }));
    }
}
