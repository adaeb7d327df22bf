//! The way in: reads the request within limits, routes it, renders what comes back, and leaves one line in the log.

use std::time::Instant;

use http::Method;
use merkato_contract::{
    BODY_BYTES_MAX,
    headers::TRACEPARENT,
    problem::{Code, Problem},
};
use spin_sdk::http::{IncomingRequest, ResponseOutparam};

use crate::{
    Context, Request, Response,
    transport::{self, Error},
};

/// Answers one request to `component` by way of `routes`. Bodies over [`BODY_BYTES_MAX`] are refused.
pub async fn serve(
    component: &'static str,
    request: IncomingRequest,
    response_out: ResponseOutparam,
    routes: impl AsyncFnOnce(&Context, &Request) -> Result<Response, Problem>,
) {
    serve_up_to(|_| BODY_BYTES_MAX, component, request, response_out, routes).await;
}

/// The same, with the limit of the body by path, in bytes.
pub async fn serve_up_to(
    body_bytes_max: impl FnOnce(&str) -> usize,
    component: &'static str,
    request: IncomingRequest,
    response_out: ResponseOutparam,
    routes: impl AsyncFnOnce(&Context, &Request) -> Result<Response, Problem>,
) {
    let answered = answer(body_bytes_max, component, request, response_out, routes).await;
    answered.log();
}

/// The same as [`serve`], with work that begins when the answer is out, so that nobody waits for it or can tell from
/// the time what it was. The host lets a guest go on as long as any request may last. Should it be stopped all the
/// same, the work is lost: what must not be lost is written down before.
pub async fn serve_then(
    component: &'static str,
    request: IncomingRequest,
    response_out: ResponseOutparam,
    routes: impl AsyncFnOnce(&Context, &Request) -> Result<Response, Problem>,
    afterwards: impl AsyncFnOnce(&Context),
) {
    let answered = answer(|_| BODY_BYTES_MAX, component, request, response_out, routes).await;
    answered.log();
    afterwards(&answered.context).await;
}

/// A request that was answered.
struct Answered {
    context: Context,
    method: Method,
    path: String,
    status: u16,
    started: Instant,
}

impl Answered {
    fn log(&self) {
        let duration_ms = self.started.elapsed().as_millis();
        self.context.writer().request(self.method.as_str(), &self.path, self.status, duration_ms);
    }
}

async fn answer(
    body_bytes_max: impl FnOnce(&str) -> usize,
    component: &'static str,
    request: IncomingRequest,
    response_out: ResponseOutparam,
    routes: impl AsyncFnOnce(&Context, &Request) -> Result<Response, Problem>,
) -> Answered {
    let started = Instant::now();
    let (method, target, headers) = transport::head(&request);
    let context = Context::new(component, headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()));
    let path = target.split('?').next().unwrap_or_default().to_owned();

    let head_only = method == Method::HEAD;
    let routed = if head_only { Method::GET } else { method.clone() };
    let answer = match transport::body(request, body_bytes_max(&path)).await {
        Ok(body) => routes(&context, &Request::new(routed, &target, headers, body)).await,
        Err(Error::TooLarge(bytes)) => {
            Err(Problem::new(Code::BodyTooLarge, format!("The body must not be larger than {bytes} bytes.")))
        }
        Err(error) => {
            Err(Problem::new(Code::MalformedRequest, format!("The body could not be read: {error}.")))
        }
    };
    let mut response = answer.unwrap_or_else(Response::from).secured();
    if head_only {
        response.body.clear();
    }
    let status = response.status;
    transport::respond(response_out, response).await;
    Answered { context, method, path, status, started }
}
