//! Requests that guests send.

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::{Running, Setup, encode};

/// Answers one request with 200 and its own head.
async fn mirror() -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let request = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await.unwrap();
        String::from_utf8(head).unwrap().to_ascii_lowercase()
    });
    (url, request)
}

async fn outbound(running: &Running, url: &str) -> (StatusCode, String) {
    running.text(&format!("/outbound?url={}", encode(url))).await
}

#[tokio::test]
async fn a_host_that_is_allowed_by_a_template_is_reached() {
    let (url, request) = mirror().await;
    let setup = Setup::new(
        "[variables]\npeer = { default = \"http://catalog.spin.internal\" }\n\
         [[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n\
         [component.guest]\nsource = \"GUEST\"\nallowed_outbound_hosts = [\"{{ peer }}\"]\n",
    );
    let running = setup.variable("peer", &url).start().await;
    assert_eq!(outbound(&running, &format!("{url}/path?x=1")).await.1, "200 hello");
    let head = request.await.unwrap();
    assert!(head.starts_with("get /path?x=1 http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: {}\r\n", url.trim_start_matches("http://"))), "{head}");
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_denied() {
    let running = Setup::guest("allowed_outbound_hosts = [\"http://example.com\"]").start().await;
    for url in
        ["http://127.0.0.1:9/", "https://example.com/", "http://guest.spin.internal/", "http://self.alt/"]
    {
        let (status, text) = outbound(&running, url).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{url}");
        assert!(text.contains("HttpRequestDenied"), "{url}: {text}");
    }
}

#[tokio::test]
async fn a_host_that_is_not_there_is_an_error_for_the_guest() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let running = Setup::guest("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]").start().await;
    let (_, text) = outbound(&running, &url).await;
    assert!(text.contains("ConnectionRefused"), "{text}");
}

const CHAIN: &str = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"front\"\n\
    [[trigger.http]]\nroute = { private = true }\ncomponent = \"back\"\n\
    [component.front]\nsource = \"GUEST\"\nallowed_outbound_hosts = [\"http://*.spin.internal\", \"http://self\"]\n\
    [component.back]\nsource = \"GUEST\"\nvariables = { identity = \"back\" }\n";

#[tokio::test]
async fn components_call_each_other_without_a_socket() {
    let running = Setup::new(CHAIN).start().await;
    assert_eq!(outbound(&running, "http://back.spin.internal/identity").await.1, "200 back");
    let (_, headers) = outbound(&running, "http://back.spin.internal/headers/a?b=c").await;
    assert!(headers.contains("spin-path-info: /headers/a"), "{headers}");
    assert!(headers.contains("spin-matched-route: /..."), "{headers}");
    let echoed = format!("/outbound?url={}&body=hello", encode("http://back.spin.internal/echo"));
    assert_eq!(running.ok(&echoed).await, "200 hello");
    assert_eq!(outbound(&running, "http://back.spin.internal/trap").await.1, "502 the component failed\n");
}

#[tokio::test]
async fn a_component_calls_its_own_application_by_path() {
    let running = Setup::new(CHAIN).start().await;
    let inner = format!("http://self.alt/outbound?url={}", encode("http://back.spin.internal/identity"));
    assert_eq!(outbound(&running, &inner).await.1, "200 200 back");
}

#[tokio::test]
async fn a_component_that_is_not_here_cannot_be_chained_to() {
    let running = Setup::new(CHAIN).start().await;
    // The wildcard of Spin means the components of this application only.
    let (_, text) = outbound(&running, "http://other.spin.internal/").await;
    assert!(text.contains("DestinationNotFound") || text.contains("HttpRequestDenied"), "{text}");
}

#[tokio::test]
async fn an_endless_chain_is_cut() {
    let mut url = "http://front.spin.internal/".to_owned();
    for _ in 0..3 {
        url = format!("http://front.spin.internal/outbound?url={}", encode(&url));
    }
    let running = Setup::new(CHAIN).limits(|limits| limits.chain_depth_max = 2).start().await;
    let (_, text) = outbound(&running, &url).await;
    assert!(text.contains("LoopDetected"), "{text}");
}

#[tokio::test]
async fn the_trace_is_passed_on() {
    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let (url, request) = mirror().await;
    let running = Setup::new(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"front\"\n[[trigger.http]]\nroute = { private = true }\n\
         component = \"back\"\n[component.front]\nsource = \"GUEST\"\n\
         allowed_outbound_hosts = [\"http://back.spin.internal\"]\n\
         [component.back]\nsource = \"GUEST\"\nallowed_outbound_hosts = [\"http://127.0.0.1:*\"]\n",
    )
    .start()
    .await;
    let inner = format!("http://back.spin.internal/outbound?url={}", encode(&url));
    let outer = running.client.get(running.url(&format!("/outbound?url={}", encode(&inner))));
    let response = outer.header("traceparent", TRACE).header("tracestate", "a=b").send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "200 200 hello");
    let head = request.await.unwrap();
    assert!(head.contains(&format!("traceparent: {TRACE}\r\n")), "{head}");
    assert!(head.contains("tracestate: a=b\r\n"), "{head}");
}

#[tokio::test]
async fn a_trace_that_the_guest_sets_itself_is_left_alone() {
    let (url, request) = mirror().await;
    let running = Setup::guest("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]").start().await;
    let outer = running.client.get(running.url(&format!("/outbound?url={}&traceparent=own", encode(&url))));
    outer.header("traceparent", "outer").send().await.unwrap();
    assert!(request.await.unwrap().contains("traceparent: own\r\n"));
}
