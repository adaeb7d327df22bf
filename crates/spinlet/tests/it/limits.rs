//! A guest that misbehaves harms its own request and nothing else.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::net::TcpListener;

use crate::harness::{Setup, encode};

/// Everything that is logged while the guard lives, on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn capture() -> (Log, tracing::subscriber::DefaultGuard) {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_trap_gives_502_and_one_line_in_the_log() {
    let (log, _guard) = Log::capture();
    let running = Setup::guest("").start().await;
    let request = running.client.get(running.url("/trap"));
    let request = request.header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_GATEWAY);
    let lines = log.lines();
    let errors: Vec<&String> = lines.iter().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(errors.len(), 1, "{lines:?}");
    for part in
        ["component=\"guest\"", "url.path=\"/trap\"", "0af7651916cd43dd8448eb211c80319c", "unreachable"]
    {
        assert!(errors[0].contains(part), "{part} is not in {}", errors[0]);
    }
    assert_eq!(running.ok("/").await, "");
}

#[tokio::test]
async fn what_a_guest_prints_is_logged_with_its_name() {
    let (log, _guard) = Log::capture();
    let running = Setup::guest("").start().await;
    running.ok("/print/hello-from-inside").await;
    let lines = log.lines();
    let line = lines.iter().find(|line| line.contains("hello-from-inside")).expect("the line is logged");
    assert!(line.contains("component=\"guest\"") && line.contains("stdout"), "{line}");
}

#[tokio::test]
async fn a_guest_without_an_answer_gives_502() {
    let running = Setup::guest("").start().await;
    assert_eq!(running.text("/silent").await.0, StatusCode::BAD_GATEWAY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_loops_get_504_and_others_are_served_meanwhile() {
    let setup = Setup::guest("").limits(|limits| limits.request_deadline = Duration::from_millis(700));
    let running = Arc::new(setup.start().await);
    let begun = Instant::now();
    let loops: Vec<_> = (0..6)
        .map(|_| {
            let running = Arc::clone(&running);
            tokio::spawn(async move { running.text("/loop").await.0 })
        })
        .collect();
    let mut served = 0;
    while begun.elapsed() < Duration::from_millis(500) {
        assert_eq!(running.text("/").await.0, StatusCode::OK);
        served += 1;
    }
    assert!(served > 0);
    for outcome in loops {
        assert_eq!(outcome.await.unwrap(), StatusCode::GATEWAY_TIMEOUT);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(running.ok("/").await, "");
}

#[tokio::test]
async fn a_guest_that_waits_too_long_gets_504() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let setup = Setup::guest("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]");
    let running = setup.limits(|limits| limits.request_deadline = Duration::from_millis(200)).start().await;
    let (status, _) = running.text(&format!("/outbound?url={}", encode(&url))).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn an_endless_statement_ends_with_its_guest() {
    let setup = Setup::guest("sqlite_databases = [\"default\"]");
    let running = setup.limits(|limits| limits.request_deadline = Duration::from_millis(300)).start().await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    for statement in [endless, &format!("SELECT * FROM ({endless})")] {
        let (status, _) = running.text(&format!("/sqlite?sql={}", encode(statement))).await;
        assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    }
    // The runtime could not end while the statement held one of its threads.
}

#[tokio::test]
async fn a_failure_in_the_middle_of_a_body_is_seen_by_the_client() {
    let running = Setup::guest("").start().await;
    for path in ["/stream?pieces=5&bytes=100000&then=trap", "/stream?pieces=1&bytes=5&then=trap"] {
        let request = running.client.get(running.url(path));
        let outcome = async { request.send().await?.bytes().await }.await;
        assert!(outcome.is_err(), "a part must not look like the whole: {outcome:?}");
    }
}

#[tokio::test]
async fn memory_is_limited() {
    let setup = Setup::guest("").limits(|limits| limits.instance_memory_bytes_max = 16 << 20);
    let running = setup.start().await;
    assert_eq!(running.ok("/allocate?bytes=1000000").await, "1000000");
    assert_eq!(running.text("/allocate?bytes=100000000").await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(running.ok("/").await, "");
}

#[tokio::test]
async fn one_request_too_many_gets_503_and_is_told_when_to_come_again() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let setup = Setup::guest("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]");
    let running = Arc::new(setup.limits(|limits| limits.requests_under_way_max = 1).start().await);
    let waiting = Arc::clone(&running);
    let waiting = tokio::spawn(async move { waiting.text(&format!("/outbound?url={}", encode(&url))).await });
    let (held, _) = silent.accept().await.unwrap();
    let response = running.get("/").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    drop(held);
    drop(silent);
    waiting.await.unwrap();
    assert_eq!(running.ok("/").await, "");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let running = Setup::guest("").limits(|limits| limits.request_body_bytes_max = 1000).start().await;
    let post = |bytes: usize| running.client.post(running.url("/echo")).body(vec![b'x'; bytes]).send();
    assert_eq!(post(1000).await.unwrap().status(), StatusCode::OK);
    assert_eq!(post(1001).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}
