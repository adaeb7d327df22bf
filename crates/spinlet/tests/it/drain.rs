//! The end of a server.

use std::sync::Arc;

use reqwest::StatusCode;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::harness::{Setup, encode};

#[tokio::test]
async fn a_request_under_way_is_answered_and_a_new_one_is_not_taken() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", peer.local_addr().unwrap());
    let mut running = Setup::guest("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]").start().await;
    let request = running.client.get(running.url(&format!("/outbound?url={}", encode(&url))));
    let under_way = tokio::spawn(async move { request.send().await.unwrap() });
    let (mut held, _) = peer.accept().await.unwrap();
    running.stop();
    // A new connection is refused once the listener is gone, which is at once.
    let fresh = reqwest::Client::new();
    while fresh.get(running.url("/")).send().await.is_ok() {}
    held.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await.unwrap();
    let response = under_way.await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.unwrap(), "200 hi");
    running.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_guest_whose_client_is_gone_comes_to_its_end_before_the_server_does() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", peer.local_addr().unwrap());
    let setup =
        Setup::guest("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]\nkey_value_stores = [\"default\"]");
    let mut running = setup.start().await;
    let path = format!("/outbound?url={}", encode(&url));
    let request = running.client.get(running.url(&path));
    let under_way = tokio::spawn(async move { request.send().await.map(|_| ()) });
    let (mut held, _) = peer.accept().await.unwrap();
    under_way.abort();
    assert!(under_way.await.unwrap_err().is_cancelled());
    running.stop();
    let served = Arc::new(&running.served);
    assert!(!served.is_finished());
    held.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await.unwrap();
    running.served.await.unwrap().unwrap();
}
