//! `wasi:http/outgoing-handler`: allowed hosts only, and requests to components of this application without
//! a socket.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tracing::Instrument as _;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::application::{Loaded, Shared};
use crate::invoke::{self, Context};
use crate::outbound::chaining_target;
use crate::trace;

/// How long a connection may take to be made; a service that is not there should be noticed soon.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept; below the idle timeouts of common servers.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// Unused connections kept for one host: about as many requests as are under way to it.
const IDLE_PER_HOST_MAX: usize = 64;

/// Sends requests over plain HTTP, and keeps the connections for the next ones.
pub(crate) type HttpClient = Client<HttpConnector, WasiBody>;

pub(crate) fn client() -> HttpClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .build(connector)
}

/// Carries out the requests that one instance sends.
pub(crate) struct Outbound {
    caller: Caller,
}

#[derive(Clone)]
struct Caller {
    shared: Arc<Shared>,
    component: Arc<Loaded>,
    context: Context,
}

impl Outbound {
    pub(crate) fn new(shared: &Arc<Shared>, component: &Arc<Loaded>, context: &Context) -> Outbound {
        let (shared, component) = (Arc::clone(shared), Arc::clone(component));
        Outbound { caller: Caller { shared, component, context: context.clone() } }
    }
}

type Connection = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _problem: Connection,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Connection), Error>> + Send> {
        let caller = self.caller.clone();
        Box::new(caller.send(request, options.unwrap_or_default()))
    }

    fn p2_error_from_hyper(
        &mut self,
        error: &hyper::Error,
    ) -> wasmtime_wasi_http::p2::bindings::http::types::ErrorCode {
        tracing::debug!(component = &*self.caller.component.id, %error, "outbound request failed");
        wasmtime_wasi_http::p2::bindings::http::types::ErrorCode::HttpProtocolError
    }
}

impl Caller {
    async fn send(
        self,
        mut request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<(Response<WasiBody>, Connection), Error> {
        let span = self.context.trace.of_call(&mut request);
        let answer = self.send_on(request, options).instrument(span.clone()).await;
        let status = answer.as_ref().ok().map(|(response, _)| response.status());
        trace::answered(&span, status, |status| status.is_client_error() || status.is_server_error());
        answer
    }

    async fn send_on(
        self,
        mut request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<(Response<WasiBody>, Connection), Error> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let own = host == "self.alt";
        self.check_allowed(&request, &host, own)?;
        // The client sets it from the address, so that a guest cannot claim another host.
        request.headers_mut().remove(header::HOST);
        let response = if own {
            self.chain_to_own(request).await?
        } else if let Some(target) = chaining_target(&host) {
            self.chain(target, request).await?
        } else if request.uri().scheme() == Some(&Scheme::HTTPS) {
            let (response, connection) =
                wasmtime_wasi_http::default_send_request(request, Some(options)).await?;
            return Ok((response.map(BodyExt::boxed_unsync), Box::new(connection)));
        } else {
            self.request(request, options).await?
        };
        Ok((response, Box::new(async { Ok(()) })))
    }

    fn check_allowed(&self, request: &Request<WasiBody>, host: &str, own: bool) -> Result<(), Error> {
        let scheme = request.uri().scheme_str().unwrap_or("https");
        let allowed = &self.component.allowed_hosts;
        let is_allowed =
            if own { allowed.allow_own() } else { allowed.allow(scheme, host, request.uri().port_u16()) };
        if is_allowed {
            return Ok(());
        }
        tracing::warn!(
            component = &*self.component.id,
            url.scheme = scheme,
            server.address = host,
            server.port = request.uri().port_u16(),
            "outbound request denied: the host is not in allowed_outbound_hosts"
        );
        Err(Error::HttpRequestDenied)
    }

    async fn request(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let sent = self.shared.http_client.request(request);
        // What has no timeout of its own ends with the deadline of the request that it is part of.
        let response = match options.first_byte_timeout {
            Some(timeout) => {
                tokio::time::timeout(timeout, sent).await.map_err(|_| Error::ConnectionReadTimeout)?
            }
            None => sent.await,
        };
        match response {
            Ok(response) => Ok(response.map(|body| body.map_err(Error::from).boxed_unsync())),
            Err(error) => {
                tracing::debug!(component = &*self.component.id, ?error, "outbound request failed");
                Err(if error.is_connect() { connect_error(&error) } else { Error::HttpProtocolError })
            }
        }
    }

    /// Answers a request to `<target>.spin.internal` with that component.
    async fn chain(&self, target: &str, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let Some(component) = self.shared.components.get(target) else {
            tracing::error!(
                component = &*self.component.id,
                target,
                "chained to a component that is not here"
            );
            return Err(Error::DestinationNotFound);
        };
        let path = request.uri().path().to_owned();
        let route = invoke::Route { route: invoke::CHAINED_ROUTE, path_info: &path };
        self.invoke(&Arc::clone(component), &route, request).await
    }

    /// Answers a request to the application's own routes.
    async fn chain_to_own(&self, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let path = request.uri().path().to_owned();
        let Some(matched) = self.shared.router.find(&path) else { return Err(Error::DestinationNotFound) };
        let component = Arc::clone(&matched.found.target);
        let route = invoke::Route { route: &matched.found.route, path_info: matched.path_info };
        self.invoke(&component, &route, request).await
    }

    async fn invoke(
        &self,
        component: &Arc<Loaded>,
        route: &invoke::Route<'_>,
        mut request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, Error> {
        let Some(context) = self.context.deeper(self.shared.limits.chain_depth_max) else {
            tracing::error!(
                component = &*self.component.id,
                "chained too deep: does a component call itself?"
            );
            return Err(Error::LoopDetected);
        };
        invoke::add_spin_headers(&mut request, route, HeaderValue::from_static("0.0.0.0:0"));
        Ok(invoke::invoke(&self.shared, component, route, request, context).await)
    }
}

fn connect_error(error: &hyper_util::client::legacy::Error) -> Error {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<std::io::Error>() {
            return match cause.kind() {
                std::io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
                std::io::ErrorKind::TimedOut => Error::ConnectionTimeout,
                _ => Error::DestinationUnavailable,
            };
        }
        source = cause.source();
    }
    // The resolver's error is the connector's own type: what is no I/O error is a name without an address.
    Error::DnsError { rcode: Some("address not available".to_owned()), info_code: None }
}
