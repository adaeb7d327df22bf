//! Runs a component for one request: an instance of its own, until its deadline.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;
use tracing::Instrument as _;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpView};

use crate::application::{Loaded, Shared};
use crate::host::State;
use crate::trace::{self, Trace};

/// The route that a chained request appears to have matched, as in Spin.
pub(crate) const CHAINED_ROUTE: &str = "/...";

/// Seconds after which a client that was turned away should come again: most requests take far less.
const RETRY_AFTER_SECONDS: &str = "1";

/// What a request hands down to the requests that it causes.
#[derive(Clone)]
pub(crate) struct Context {
    /// Everything that the request causes has ended by then.
    pub deadline: Instant,
    /// How many components it came through already.
    pub depth: u8,
    pub trace: Trace,
    /// The room that the request takes up, until its last guest has ended.
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Context {
    pub(crate) fn new(time: Duration, headers: &HeaderMap, permit: OwnedSemaphorePermit) -> Context {
        Context {
            deadline: Instant::now() + time,
            depth: 0,
            trace: Trace::of(headers),
            _permit: Arc::new(permit),
        }
    }

    /// The context of a chained request, unless it would be too deep.
    pub(crate) fn deeper(&self, depth_max: u8) -> Option<Context> {
        let depth = self.depth.checked_add(1).filter(|depth| *depth <= depth_max)?;
        Some(Context { depth, ..self.clone() })
    }
}

/// The route that a request came by.
pub(crate) struct Route<'a> {
    pub route: &'a str,
    pub path_info: &'a str,
}

/// Adds the headers by which Spin tells a guest how it was reached; the guest's client cannot set them.
pub(crate) fn add_spin_headers<B>(request: &mut Request<B>, route: &Route<'_>, client: HeaderValue) {
    const FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
    const PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
    const MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
    const BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
    const RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
    const COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
    const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("spin-client-addr");

    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let full_url = format!("http://{host}{path}");
    // What cannot be a header's value is left out; a path that came over HTTP always can.
    let value = |text: &str| HeaderValue::from_str(text).ok();
    let matched = value(route.route);
    let pairs = [
        (FULL_URL, HeaderValue::try_from(full_url).ok()),
        (PATH_INFO, value(route.path_info)),
        (MATCHED_ROUTE, matched.clone()),
        (BASE_PATH, Some(HeaderValue::from_static("/"))),
        (RAW_COMPONENT_ROUTE, matched),
        (COMPONENT_ROUTE, value(route.route.strip_suffix("/...").unwrap_or(route.route))),
        (CLIENT_ADDRESS, Some(client)),
    ];
    let headers = request.headers_mut();
    for (name, value) in pairs {
        match value {
            Some(value) => drop(headers.insert(name, value)),
            None => drop(headers.remove(name)),
        }
    }
}

/// Answers a request with a component. Whatever goes wrong becomes an answer and one line in the log.
pub(crate) async fn invoke<B>(
    shared: &Arc<Shared>,
    component: &Arc<Loaded>,
    route: &Route<'_>,
    mut request: Request<B>,
    context: Context,
) -> Response<WasiBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Error>,
{
    let trace = context.trace.in_guest(&mut request, &component.id, route.route);
    let span = trace.span().clone();
    let context = Context { trace, ..context };
    let response = answer(shared, component, request, context).await;
    trace::answered(&span, Some(response.status()), |status| status.is_server_error());
    response
}

async fn answer<B>(
    shared: &Arc<Shared>,
    component: &Arc<Loaded>,
    request: Request<B>,
    context: Context,
) -> Response<WasiBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Error>,
{
    let (sender, mut receiver) = oneshot::channel();
    let failed = Arc::new(AtomicBool::new(false));
    let span = context.trace.span().clone();
    let log = Log {
        component: Arc::clone(&component.id),
        path: request.uri().path().to_owned(),
        trace: context.trace.clone(),
    };
    let run = run(Arc::clone(shared), Arc::clone(component), request, context, sender, Arc::clone(&failed));
    let mut guest = Guest { future: Some(Box::pin(run.instrument(span))), shared: Arc::clone(shared), log };
    // Most guests are done before anybody waits for their answer, so that no task is needed for them.
    let outcome = tokio::select! {
        biased;
        outcome = &mut guest => Some(outcome),
        answer = &mut receiver => {
            let answer = guest.answer(answer.ok(), None);
            return guest.go_on(answer, failed);
        }
    };
    let answer = receiver.try_recv().ok();
    let answered = matches!(answer, Some(Ok(_)));
    let trapped = matches!(outcome, Some(Err(_)));
    let response = guest.answer(answer, outcome);
    if answered && trapped { truncated(response, failed) } else { response }
}

/// A guest at work. It is polled to its end even when nobody waits for its answer any more, as in Spin.
struct Guest {
    future: Option<BoxFuture<'static, Result<(), Failure>>>,
    shared: Arc<Shared>,
    log: Log,
}

impl Future for Guest {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.future else { return Poll::Ready(Ok(())) };
        let outcome = future.as_mut().poll(context);
        if outcome.is_ready() {
            self.future = None;
        }
        outcome
    }
}

impl Guest {
    /// Makes an answer of what the guest gave and how it ended, if it has.
    fn answer(
        &self,
        answer: Option<Result<Response<WasiBody>, ErrorCode>>,
        outcome: Option<Result<(), Failure>>,
    ) -> Response<WasiBody> {
        match (answer, outcome) {
            (Some(Ok(response)), outcome) => {
                if let Some(Err(failure)) = outcome {
                    self.log.failure(&failure, "after its answer had begun");
                }
                response
            }
            (Some(Err(code)), _) => {
                self.log.failure(&Failure::Answer(format!("it answered with the error {code:?}")), "");
                plain(StatusCode::BAD_GATEWAY, "the component answered with an error\n")
            }
            (None, Some(Err(failure))) => {
                self.log.failure(&failure, "");
                failure.response()
            }
            (None, Some(Ok(())) | None) => {
                self.log.failure(&Failure::Answer("it ended without an answer".to_owned()), "");
                plain(StatusCode::BAD_GATEWAY, "the component gave no answer\n")
            }
        }
    }

    /// Lets the guest go on with the body of its answer, in a task of its own.
    fn go_on(self, response: Response<WasiBody>, failed: Arc<AtomicBool>) -> Response<WasiBody> {
        drop(self);
        truncated(response, failed)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some(future) = self.future.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let log = self.log.clone();
        let rest = async move {
            if let Err(failure) = future.await {
                log.failure(&failure, "after its answer had begun or its client had gone");
            }
        };
        self.shared.guests.spawn_on(rest, &runtime);
    }
}

/// Runs the guest to its end or its deadline. Only then is its store dropped, and `failed` is set before.
async fn run<B>(
    shared: Arc<Shared>,
    component: Arc<Loaded>,
    request: Request<B>,
    context: Context,
    sender: oneshot::Sender<Result<Response<WasiBody>, ErrorCode>>,
    failed: Arc<AtomicBool>,
) -> Result<(), Failure>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Error>,
{
    let deadline = context.deadline;
    let state = State::new(&shared, &component, &context).map_err(Failure::of)?;
    let mut store = Store::new(shared.engine.engine(), state);
    store.limiter(|state| &mut state.limiter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if Instant::now() >= deadline {
            return Ok(UpdateDeadline::Interrupt);
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    let work = async {
        let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
        let answer = store.data_mut().http().new_response_outparam(sender)?;
        let instance = component.pre.instantiate_async(&mut store).await?;
        instance.wasi_http_incoming_handler().call_handle(&mut store, request, answer).await
    };
    let outcome = match tokio::time::timeout_at(deadline, work).await {
        Ok(outcome) => outcome.map_err(Failure::of),
        Err(_) => Err(Failure::Deadline),
    };
    failed.store(outcome.is_err(), Ordering::Release);
    drop(store);
    outcome
}

/// Why a guest gave no answer, or only part of one.
enum Failure {
    Deadline,
    /// There is no room for another instance.
    Busy,
    Answer(String),
    Trap(wasmtime::Error),
}

impl Failure {
    fn of(error: wasmtime::Error) -> Failure {
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            Failure::Busy
        } else if matches!(error.downcast_ref(), Some(wasmtime::Trap::Interrupt)) {
            Failure::Deadline
        } else {
            Failure::Trap(error)
        }
    }

    fn response(&self) -> Response<WasiBody> {
        match self {
            Failure::Deadline => plain(StatusCode::GATEWAY_TIMEOUT, "the component took too long\n"),
            Failure::Busy => busy(),
            Failure::Answer(_) | Failure::Trap(_) => plain(StatusCode::BAD_GATEWAY, "the component failed\n"),
        }
    }
}

/// What a line in the log says about a request.
#[derive(Clone)]
struct Log {
    component: Arc<str>,
    path: String,
    trace: Trace,
}

impl Log {
    fn failure(&self, failure: &Failure, when: &str) {
        let reason = match failure {
            Failure::Deadline => "it was stopped at its deadline".to_owned(),
            Failure::Busy => "there is no room for another instance".to_owned(),
            Failure::Answer(reason) => reason.clone(),
            Failure::Trap(error) => {
                tracing::debug!(component = &*self.component, "{error:?}");
                // The cause alone: the frames of the guest would be many lines.
                format!("it trapped: {}", error.root_cause())
            }
        };
        let trace = self.trace.id();
        let component = &*self.component;
        tracing::error!(component, url.path = self.path, trace.id = trace, reason, "component failed {when}");
    }
}

/// The answer to a request that there is no room for.
pub(crate) fn busy() -> Response<WasiBody> {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "too many requests are under way\n");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    response
}

/// An answer of the host's own.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from_static(text.as_bytes())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

/// Makes the body of a guest that fails end in an error, so that its client cannot take a part for the whole.
fn truncated(response: Response<WasiBody>, failed: Arc<AtomicBool>) -> Response<WasiBody> {
    response.map(|body| GuestBody { body, failed }.boxed_unsync())
}

struct GuestBody {
    body: WasiBody,
    failed: Arc<AtomicBool>,
}

impl Body for GuestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            // The body of a guest that is gone ends without an error of its own.
            Poll::Ready(None) if self.failed.swap(false, Ordering::Acquire) => {
                Poll::Ready(Some(Err(Error::InternalError(Some("the component failed".to_owned())))))
            }
            other => other,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && !self.failed.load(Ordering::Acquire)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
