//! Bytes in and out, over WASI HTTP: the only code that the host's limits and streams concern.

use std::time::Duration;

use futures::{
    StreamExt,
    future::{self, Either},
    pin_mut,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use spin_sdk::http::{
    Fields, IncomingRequest, IncomingResponse, Method as HostMethod, OutgoingResponse,
    Request as HostRequest, ResponseOutparam,
};
use wasi::clocks::monotonic_clock;

use crate::{Call, Response};

/// Largest answer of another service, in bytes: a page of a hundred products takes about one megabyte.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How much of a body that is too large is read and thrown away, in bytes. A client that is still sending does not
/// look at the answer; beyond this it is cut off.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why no request or no answer could be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is larger than accepted.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The client or service went away, or never came.
    #[error("{0}")]
    Broken(String),
    /// The answer took too long.
    #[error("no answer within {0:?}")]
    Late(Duration),
}

/// Method, target and headers of a request, before its body is read.
pub(crate) fn head(request: &IncomingRequest) -> (Method, String, HeaderMap) {
    let method = Method::from_bytes(request.method().to_string().as_bytes()).unwrap_or(Method::OPTIONS);
    let target = request.path_with_query().unwrap_or_else(|| "/".to_owned());
    (method, target, header_map(&request.headers()))
}

/// The request's body, if it is not larger than `bytes_max`.
pub(crate) async fn body(request: IncomingRequest, bytes_max: usize) -> Result<Vec<u8>, Error> {
    collect(request.into_body_stream(), bytes_max, DISCARDED_BYTES_MAX).await
}

/// Writes `response`. A client that went away is nobody's fault, so there is nothing to answer then.
pub(crate) async fn respond(response_out: ResponseOutparam, response: Response) {
    let entries = response
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect::<Vec<_>>();
    // Names and values come from a `HeaderMap`, so the host has nothing to refuse but names it keeps for itself.
    let outgoing = OutgoingResponse::new(Fields::from_list(&entries).unwrap_or_else(|_| Fields::new()));
    // A status is a constant of ours or one that another server was allowed to send.
    let _ = outgoing.set_status_code(response.status);
    let _ = response_out.set_with_body(outgoing, response.body).await;
}

/// Sends `call` and reads the whole answer, or gives up at its deadline. A service of the shop is asked through
/// [`crate::Context::call`]; this is for others, who have problems of their own kind.
pub async fn send(call: &Call) -> Result<Response, Error> {
    let exchange = exchange(call);
    let deadline = timer(call.deadline);
    pin_mut!(exchange, deadline);
    match future::select(exchange, deadline).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(Error::Late(call.deadline)),
    }
}

async fn exchange(call: &Call) -> Result<Response, Error> {
    let mut builder = HostRequest::builder();
    builder.method(host_method(&call.method)).uri(call.url());
    for (name, value) in &call.headers {
        builder.header(name, value);
    }
    if let Some(body) = &call.body {
        builder.body(body.clone());
    }
    let answer: IncomingResponse =
        spin_sdk::http::send(builder.build()).await.map_err(|error| Error::Broken(error.to_string()))?;
    let (status, headers) = (answer.status(), header_map(&answer.headers()));
    // The answer must outlive its body's stream, so it is borrowed here and not taken apart.
    let body = collect(answer.take_body_stream(), ANSWER_BYTES_MAX, 0).await?;
    Ok(Response { status, headers, body })
}

/// Done after `duration`, by the host's clock, on the same event loop as everything else.
async fn timer(duration: Duration) {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let end = monotonic_clock::now().saturating_add(nanoseconds);
    let mut token = None;
    future::poll_fn(|context| {
        if monotonic_clock::now() >= end {
            return std::task::Poll::Ready(());
        }
        let pollable = monotonic_clock::subscribe_instant(end);
        let registered = spin_executor::push_waker_and_get_token(pollable, context.waker().clone());
        token = Some(spin_executor::CancelOnDropToken::from(registered));
        std::task::Poll::Pending
    })
    .await;
    drop(token);
}

/// Reads a stream up to `bytes_max`, then throws away up to `discarded_max` more before it gives up.
async fn collect<E: std::fmt::Debug>(
    stream: impl futures::Stream<Item = Result<Vec<u8>, E>>,
    bytes_max: usize,
    discarded_max: usize,
) -> Result<Vec<u8>, Error> {
    pin_mut!(stream);
    let mut body = Vec::new();
    let mut discarded = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Error::Broken(format!("{error:?}")))?;
        if discarded > 0 || body.len() + chunk.len() > bytes_max {
            discarded += chunk.len();
            if discarded > discarded_max {
                break;
            }
        } else {
            body.extend(chunk);
        }
    }
    if discarded > 0 { Err(Error::TooLarge(bytes_max)) } else { Ok(body) }
}

fn header_map(fields: &Fields) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields.entries() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            map.append(name, value);
        }
    }
    map
}

fn host_method(method: &Method) -> HostMethod {
    match method.as_str() {
        "GET" => HostMethod::Get,
        "POST" => HostMethod::Post,
        "PUT" => HostMethod::Put,
        "PATCH" => HostMethod::Patch,
        "DELETE" => HostMethod::Delete,
        "HEAD" => HostMethod::Head,
        "OPTIONS" => HostMethod::Options,
        other => HostMethod::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use futures::{executor::block_on, stream};

    use super::*;

    fn collected(chunks: &[usize]) -> Result<Vec<u8>, Error> {
        let chunks = chunks.iter().map(|bytes| Ok::<_, ()>(vec![b'x'; *bytes])).collect::<Vec<_>>();
        block_on(collect(stream::iter(chunks), 10, 100))
    }

    #[test]
    fn a_body_of_exactly_the_limit_is_read_and_one_more_byte_is_too_much() {
        assert_eq!(collected(&[4, 6]).expect("a body").len(), 10);
        assert!(matches!(collected(&[4, 7]), Err(Error::TooLarge(10))));
    }

    #[test]
    fn a_small_chunk_after_one_that_was_thrown_away_does_not_make_a_body() {
        assert!(matches!(collected(&[11, 1]), Err(Error::TooLarge(10))));
    }
}
