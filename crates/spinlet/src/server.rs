//! The HTTP listener: connections, routes, limits, and the drain at the end.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

use crate::application::{Application, Shared};
use crate::error::Error;
use crate::invoke::{self, Context, Route, busy, plain};
use crate::outbound::chaining_target;

/// Answers once the listener is up, whatever the components do; Spin has the same.
const HEALTH_PATH: &str = "/.well-known/spin/health";

/// How long a client may take to send the head of a request: also how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);

/// What the drain waits beyond the deadline of the last request, for its answer to be written.
const DRAIN_GRACE: Duration = Duration::from_secs(1);

/// How long accepting pauses when the process has no file handle left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An application with an address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    handler: Arc<Handler>,
}

impl Server {
    /// Listens on an address; port 0 takes a free one.
    pub async fn bind(application: Application, listen: SocketAddr) -> Result<Server, Error> {
        let listener =
            TcpListener::bind(listen).await.map_err(|source| Error::Listen { address: listen, source })?;
        Server::on(listener, application)
    }

    /// Takes a listener that is bound already, for callers whose variables contain its port.
    pub fn on(listener: TcpListener, application: Application) -> Result<Server, Error> {
        let address = listener
            .local_addr()
            .map_err(|source| Error::Listen { address: SocketAddr::from(([0, 0, 0, 0], 0)), source })?;
        let shared = application.shared;
        let requests = Arc::new(Semaphore::new(shared.limits.requests_under_way_max as usize));
        Ok(Server { listener, address, handler: Arc::new(Handler { shared, requests }) })
    }

    /// Where it listens.
    pub fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready; then takes no more requests and ends when those under way have.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let connections = Arc::new(Semaphore::new(self.handler.shared.limits.connections_max as usize));
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = accept(&self.listener, &connections) => accepted,
            };
            let (stream, client, permit) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let connection = graceful.watch(self.handler.connection(stream, client));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended early");
                }
                drop(permit);
            });
        }
        drop(self.listener);
        let guests = &self.handler.shared.guests;
        guests.close();
        let limit = self.handler.shared.limits.request_deadline + DRAIN_GRACE;
        let drained = tokio::time::timeout(limit, async {
            graceful.shutdown().await;
            guests.wait().await;
        });
        if drained.await.is_err() {
            tracing::warn!("stopped with requests still under way");
        }
        Ok(())
    }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> std::io::Result<Accepted> {
    let permit = Arc::clone(connections).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, client) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, client, permit))
}

struct Handler {
    shared: Arc<Shared>,
    requests: Arc<Semaphore>,
}

impl Handler {
    fn connection(
        self: &Arc<Self>,
        stream: TcpStream,
        client: SocketAddr,
    ) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + use<> {
        let handler = Arc::clone(self);
        // The same for every request of the connection, and cheap to clone.
        let client = HeaderValue::try_from(client.to_string())
            .unwrap_or_else(|_| HeaderValue::from_static("0.0.0.0:0"));
        let service = service_fn(move |request| {
            let (handler, client) = (Arc::clone(&handler), client.clone());
            async move { Ok::<_, Infallible>(handler.answer(request, client).await) }
        });
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service)
    }

    async fn answer(&self, mut request: Request<Incoming>, client: HeaderValue) -> Response<WasiBody> {
        if request.uri().path() == HEALTH_PATH {
            return plain(StatusCode::OK, "OK");
        }
        let path = request.uri().path().to_owned();
        let Some(matched) = self.shared.router.find(&path) else {
            return plain(StatusCode::NOT_FOUND, "no component has this path\n");
        };
        let body_bytes_max = self.shared.limits.request_body_bytes_max;
        if request.body().size_hint().lower() > body_bytes_max {
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body of the request is too large\n");
        }
        let Ok(permit) = Arc::clone(&self.requests).try_acquire_owned() else {
            tracing::warn!(url.path = path, "turned away: too many requests are under way");
            return busy();
        };
        let context = Context::new(self.shared.limits.request_deadline, request.headers(), permit);
        set_host(&mut request);
        let route = Route { route: &matched.found.route, path_info: matched.path_info };
        invoke::add_spin_headers(&mut request, &route, client);
        let request = request.map(|body| LimitedBody { body, bytes_left: body_bytes_max });
        invoke::invoke(&self.shared, &matched.found.target, &route, request, context).await
    }
}

/// A request has a host, and it is none of those that only chained requests have.
fn set_host(request: &mut Request<Incoming>) {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| host.split(':').next().unwrap_or_default());
    if name.is_none_or(|name| chaining_target(name).is_some()) {
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
    }
}

/// The body of a request, which fails when it is longer than it may be.
struct LimitedBody {
    body: Incoming,
    bytes_left: u64,
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(context));
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(HttpError::from)?;
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        match self.bytes_left.checked_sub(bytes) {
            Some(bytes_left) => self.bytes_left = bytes_left,
            None => return Poll::Ready(Some(Err(HttpError::HttpRequestBodySize(None)))),
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
