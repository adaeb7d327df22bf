//! What must never get through: each with a clear answer, and nothing done.

use merkato_tests::{
    api::{Caller, fresh_key, names_field, order_paid_with},
    shop::Shop,
    till,
};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[tokio::test]
async fn an_order_without_its_key_or_with_a_used_one_is_refused() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let order = order_paid_with("tok_approve");
    guest.post("/api/orders", &order).await.problem(400, "idempotency_key_required");
    let key = fresh_key();
    guest.place_order_as(&key, &order).await.expect(201);
    guest.place_order_as(&key, &order_paid_with("tok_decline")).await.problem(422, "idempotency_key_reused");
    guest.place_order_as(&"k".repeat(200), &order).await.problem(422, "invalid");
    guest.place_order_as(&fresh_key(), &order).await.problem(409, "cart_empty");
    assert_eq!(till::stock(&shop, "SINI-W").await, (99, 0));
}

#[tokio::test]
async fn wrong_fields_of_an_order_are_all_named() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let mut order = order_paid_with("");
    order["email"] = json!("nobody");
    order["shipping_address"]["country"] = json!("Ethiopia");
    order["shipping_address"]["city"] = json!("");
    order["shipping_address"]["name"] = json!("Hanna\r\nBcc: all@example.com");
    let problem = guest.place_order_as(&fresh_key(), &order).await.problem(422, "invalid");
    for field in ["email", "shipping_address.country", "shipping_address.city", "shipping_address.name"] {
        assert!(names_field(&problem, field), "{field}: {problem:#}");
    }
    let mut order = order_paid_with("tok_approve");
    order["shipping_method"] = json!("teleport");
    let problem = guest.place_order_as(&fresh_key(), &order).await.problem(422, "invalid");
    assert!(names_field(&problem, "shipping_method"), "{problem:#}");
    let mut order = order_paid_with("tok_approve");
    order["discount"] = json!(100);
    guest.place_order_as(&fresh_key(), &order).await.problem(422, "invalid");
    assert_eq!(till::stock(&shop, "SINI-W").await, (100, 0));
}

#[tokio::test]
async fn a_body_that_is_no_json_of_the_right_type_and_size_is_refused() {
    let shop = Shop::start().await;
    let guest = Caller::guest(&shop);
    let put = |kind: &'static str, body: Vec<u8>| {
        let request = guest.request(Method::PUT, "/api/cart/lines/SINI-W").header("content-type", kind);
        guest.send(request.body(body))
    };
    put("application/json", b"{\"quantity\":".to_vec()).await.problem(400, "malformed_request");
    put("application/json", vec![0xff, 0xfe]).await.problem(400, "malformed_request");
    put("text/plain", b"{\"quantity\":1}".to_vec()).await.problem(415, "unsupported_media_type");
    put("application/json", b"{\"quantity\":\"one\"}".to_vec()).await.problem(422, "invalid");
    put("application/json", vec![b' '; 2 << 20]).await.problem(413, "body_too_large");
    guest.get("/api/no/such/path").await.problem(404, "not_found");
    let answer = guest.send(guest.request(Method::PATCH, "/api/cart")).await;
    answer.problem(405, "method_not_allowed");
}

/// Sends `head` as it is, since a client library would tidy it up, and gives the status line.
async fn raw(shop: &Shop, head: &str) -> String {
    let host = shop.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.expect("a connection");
    let request = format!("{head}\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder_of_static_files() {
    let shop = Shop::start().await;
    for path in [
        "/assets/../spin.toml",
        "/assets/..%2fspin.toml",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/images/..\\..\\etc\\passwd",
        "/images//etc/passwd",
        "/images/%00",
        "/assets/....//....//etc/passwd",
    ] {
        let answer = raw(&shop, &format!("GET {path} HTTP/1.1")).await;
        let status = answer.split_whitespace().nth(1).unwrap_or_default();
        assert!(["400", "404"].contains(&status), "{path}: {answer}");
        assert!(!answer.contains("spin_manifest_version") && !answer.contains("root:"), "{path}");
    }
}

#[tokio::test]
async fn a_line_break_in_an_address_adds_no_header() {
    let shop = Shop::start().await;
    for path in [
        "/orders/x%0d%0aSet-Cookie:%20a=b",
        "/categories/x%0d%0aX-Injected:%201",
        "/products/%0d%0aX-Injected:1",
    ] {
        let answer = raw(&shop, &format!("GET {path} HTTP/1.1")).await;
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        assert!(!head.contains("\r\nx-injected") && !head.contains("\r\nset-cookie: a=b"), "{path}: {head}");
    }
}

#[tokio::test]
async fn internal_paths_and_the_coordinator_refuse_the_public() {
    let shop = Shop::start().await;
    let guest = Caller::guest(&shop);
    guest.post("/internal/catalog/publish", &json!({})).await.problem(401, "unauthenticated");
    guest.post("/internal/payments/authorize", &json!({})).await.problem(401, "unauthenticated");
    let stranger = Caller::at(&shop.coordinator_url);
    stranger.get("/v1/cart").await.problem(401, "unauthenticated");
    assert_eq!(stranger.get("/healthz").await.status, 200);
    assert_eq!(stranger.get("/readyz").await.status, 200);
    Caller::service(&shop).get("/v1/cart").await.expect(200);
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let shop = Shop::start().await;
    let good = shop.token("staff").await;
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZSI6InN0YWZmIn0.";
    let (head, _) = good.rsplit_once('.').expect("three parts");
    let other_signature = format!("{head}.{}", "A".repeat(86));
    for token in [none, "garbage", other_signature.as_str(), &good[..good.len() - 4]] {
        let forger = Caller::with_token(&shop, token.to_owned());
        forger.delete("/api/catalog/products/gabi").await.problem(401, "unauthenticated");
        forger.get("/api/cart").await.problem(401, "unauthenticated");
    }
    Caller::guest(&shop).get("/api/catalog/products/gabi").await.expect(200);
}
