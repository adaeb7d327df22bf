//! Load over kept connections: as fast as answers come, or at a pace.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes, client::conn::http1, http::request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinSet};

/// What came of one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// What was wanted.
    Good,
    /// Another answer, by its status; 0 for none.
    Bad(u16),
}

/// How many a second, and how long each took.
#[derive(Debug)]
pub struct Figure {
    /// Good answers a second.
    pub per_second: f64,
    /// Half took no longer.
    pub median: Duration,
    /// 95 in 100 took no longer.
    pub slowest_twentieth: Duration,
    /// 99 in 100 took no longer.
    pub slowest_percent: Duration,
    /// How many went wrong, by status.
    pub failed: BTreeMap<u16, usize>,
}

impl Figure {
    /// The figure of what was `seen` in `span`.
    #[expect(clippy::cast_precision_loss, reason = "a rate of a few digits")]
    pub fn of(seen: Vec<(Duration, Done)>, span: Duration) -> Self {
        let (mut times, mut failed) = (Vec::with_capacity(seen.len()), BTreeMap::new());
        for (took, done) in seen {
            match done {
                Done::Good => times.push(took),
                Done::Bad(status) => *failed.entry(status).or_default() += 1,
            }
        }
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        let per_second = times.len() as f64 / span.as_secs_f64();
        Self { per_second, median: at(50), slowest_twentieth: at(95), slowest_percent: at(99), failed }
    }

    /// The same, for programs.
    pub fn to_json(&self) -> Value {
        json!({
            "value": self.per_second, "unit": "per second",
            "p50_ms": self.median.as_secs_f64() * 1e3, "p95_ms": self.slowest_twentieth.as_secs_f64() * 1e3,
            "p99_ms": self.slowest_percent.as_secs_f64() * 1e3,
            "failed": self.failed,
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, twentieth, percent] =
            [self.median, self.slowest_twentieth, self.slowest_percent].map(|time| time.as_secs_f64() * 1e3);
        write!(
            formatter,
            "{:.0}/s (p50 {median:.1} ms, p95 {twentieth:.1} ms, p99 {percent:.1} ms",
            self.per_second
        )?;
        for (status, times) in &self.failed {
            write!(formatter, ", {times} answered {status}")?;
        }
        formatter.write_str(")")
    }
}

/// Has each of `clients` do `go` again and again for `span`, after as long again of warming up.
pub async fn closed<C, F>(
    clients: Vec<C>,
    span: Duration,
    go: impl Fn(C) -> F + Send + Clone + 'static,
) -> anyhow::Result<Figure>
where
    C: Send + 'static,
    F: Future<Output = anyhow::Result<(C, Done)>> + Send,
{
    let warm = Instant::now() + span;
    let end = warm + span;
    let mut loops = JoinSet::new();
    for mut client in clients {
        let go = go.clone();
        loops.spawn(async move {
            let mut seen = Vec::new();
            while Instant::now() < end {
                let begun = Instant::now();
                let done;
                (client, done) = go(client).await?;
                if begun > warm {
                    seen.push((begun.elapsed(), done));
                }
            }
            anyhow::Ok(seen)
        });
    }
    Ok(Figure::of(joined(loops).await?, span))
}

/// Has somebody of `clients` do `go` `per_second` times a second for `span`, whether the answers come or not. Times
/// count from when it was to begin, so that waiting for a free client counts too.
pub async fn paced<C, F>(
    clients: Vec<C>,
    per_second: f64,
    span: Duration,
    go: impl Fn(C) -> F + Send + Clone + 'static,
) -> anyhow::Result<Figure>
where
    C: Send + 'static,
    F: Future<Output = anyhow::Result<(C, Done)>> + Send,
{
    let begin = tokio::time::Instant::now();
    let next = Arc::new(AtomicU32::new(0));
    let mut loops = JoinSet::new();
    for mut client in clients {
        let (go, next) = (go.clone(), Arc::clone(&next));
        loops.spawn(async move {
            let mut seen = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let due = Duration::from_secs_f64(f64::from(number) / per_second);
                if due >= span {
                    return anyhow::Ok(seen);
                }
                tokio::time::sleep_until(begin + due).await;
                let done;
                (client, done) = go(client).await?;
                seen.push(((begin + due).elapsed(), done));
            }
        });
    }
    Ok(Figure::of(joined(loops).await?, span))
}

async fn joined<T: 'static>(mut loops: JoinSet<anyhow::Result<Vec<T>>>) -> anyhow::Result<Vec<T>> {
    let mut all = Vec::new();
    while let Some(seen) = loops.join_next().await {
        all.extend(seen??);
    }
    Ok(all)
}

/// A kept connection that sends JSON.
pub struct Connection {
    host: String,
    headers: Vec<(String, String)>,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects to the server at `url`; `headers` go with every request.
    pub async fn open(url: &str, headers: &[(&str, String)]) -> anyhow::Result<Self> {
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let sender = connect(&host).await?;
        Ok(Self { host, headers, sender })
    }

    /// So many of them.
    pub async fn open_many(count: usize, url: &str, headers: &[(&str, String)]) -> anyhow::Result<Vec<Self>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Self::open(url, headers).await?);
        }
        Ok(connections)
    }

    /// Sends `body` and gives status and JSON; null where there is none.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        let mut request = self.request(method, path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        self.answer(request.body(Full::from(body))?).await
    }

    /// Posts a text of another kind, and gives the JSON of the answer, which must be 200.
    pub async fn post_text(&mut self, path: &str, media_type: &str, text: String) -> anyhow::Result<Value> {
        let request = self.request("POST", path).header("content-type", media_type);
        let (status, json) = self.answer(request.body(Full::from(text))?).await?;
        anyhow::ensure!(status == 200, "POST {path}: {status} {json}");
        Ok(json)
    }

    fn request(&self, method: &str, path: &str) -> request::Builder {
        let request = Request::builder().method(method).uri(path).header("host", &self.host);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    async fn answer(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<(u16, Value)> {
        if self.sender.ready().await.is_err() {
            // The server closes a connection now and then, as it may.
            self.sender = connect(&self.host).await?;
        }
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
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
        anyhow::ensure!(answered == status, "{method} {path}: {answered} {json}");
        Ok(json)
    }
}

async fn connect(host: &str) -> anyhow::Result<http1::SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(host).await.with_context(|| format!("{host} cannot be reached"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Gets `path` at `url` on `clients` connections.
pub async fn get(url: &str, path: &str, clients: usize, span: Duration) -> anyhow::Result<Figure> {
    let connections = Connection::open_many(clients, url, &[]).await?;
    let path: Arc<str> = path.into();
    closed(connections, span, move |mut connection: Connection| {
        let path = Arc::clone(&path);
        async move {
            let (status, _) = connection.send("GET", &path, &[], &Value::Null).await?;
            Ok((connection, if status == 200 { Done::Good } else { Done::Bad(status) }))
        }
    })
    .await
}
