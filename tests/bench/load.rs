//! A closed loop of one request over kept connections.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, task::JoinSet};

/// What is asked for.
pub struct Target {
    host: String,
    path: String,
}

impl Target {
    /// `path` at `url`.
    pub fn get(url: &str, path: &str) -> Self {
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { host, path: path.to_owned() }
    }
}

/// How many a second, and how long each took.
pub struct Figure {
    /// Good and bad answers a second.
    pub per_second: f64,
    median: Duration,
    slowest_percent: Duration,
    failed: u64,
}

impl Figure {
    /// The figure of `times` seen in `span`.
    #[expect(clippy::cast_precision_loss, reason = "a rate of a few digits")]
    pub fn of(mut times: Vec<Duration>, failed: u64, span: Duration) -> Self {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        let (median, slowest_percent) = (at(50), at(99));
        Self { per_second: times.len() as f64 / span.as_secs_f64(), median, slowest_percent, failed }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, slowest) = (self.median.as_secs_f64() * 1e3, self.slowest_percent.as_secs_f64() * 1e3);
        write!(formatter, "{:.0}/s (p50 {median:.1} ms, p99 {slowest:.1} ms", self.per_second)?;
        if self.failed > 0 {
            write!(formatter, ", {} FAILED", self.failed)?;
        }
        formatter.write_str(")")
    }
}

/// Measures `target` on `clients` connections for `span`, after as long again of warming up.
pub async fn measure(target: &Target, clients: usize, span: Duration) -> anyhow::Result<Figure> {
    let warm = Instant::now() + span;
    let end = warm + span;
    let mut loops = JoinSet::new();
    for _ in 0..clients {
        let (host, path) = (target.host.clone(), target.path.clone());
        loops.spawn(async move { repeat(&host, &path, warm, end).await });
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    while let Some(result) = loops.join_next().await {
        let (some, bad) = result??;
        times.extend(some);
        failed += bad;
    }
    Ok(Figure::of(times, failed, span))
}

async fn repeat(host: &str, path: &str, warm: Instant, end: Instant) -> anyhow::Result<(Vec<Duration>, u64)> {
    let stream = TcpStream::connect(host).await.with_context(|| format!("{host} cannot be reached"))?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (mut times, mut failed) = (Vec::new(), 0);
    while Instant::now() < end {
        let request = Request::get(path).header("host", host).body(Empty::<Bytes>::new())?;
        let begun = Instant::now();
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let good = response.status().is_success();
        response.into_body().collect().await?;
        if begun > warm {
            times.push(begun.elapsed());
            failed += u64::from(!good);
        }
    }
    Ok((times, failed))
}

/// A kept connection that sends JSON.
pub struct Connection {
    host: String,
    headers: Vec<(String, String)>,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects to `host`; `headers` go with every request.
    pub async fn open(host: &str, headers: Vec<(String, String)>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(host).await.with_context(|| format!("{host} cannot be reached"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { host: host.to_owned(), headers, sender })
    }

    /// Sends `body` and gives status and JSON; null where there is none.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request =
            request.header("content-type", "application/json").body(Full::from(body.to_string()))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    /// The JSON of an answer that must have `status`.
    pub async fn expect(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
        status: u16,
    ) -> anyhow::Result<Value> {
        let (answered, json) = self.send(method, path, headers, body).await?;
        anyhow::ensure!(answered.as_u16() == status, "{method} {path}: {answered} {json}");
        Ok(json)
    }
}
