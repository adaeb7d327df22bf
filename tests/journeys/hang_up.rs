//! Shoppers who hang up before they hear what became of their order.

use std::time::Duration;

use merkato_tests::{
    api::{fresh_key, order_paid_with},
    coordinator::{Builder, SKU},
    payments::Payments,
    till,
};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

/// Shoppers; each hangs up a little later than the one before.
const SHOPPERS: u32 = 40;
/// How much later.
const LATER: Duration = Duration::from_micros(150);
/// Polls before a test gives up: far fewer seconds than the lease of a task that nobody does.
const POLLS_MAX: u32 = 300;

async fn orders_of_shoppers_who_hang_up_are_paid_at_once(till: Builder) {
    let payments = Payments::start().await;
    payments.answer_all();
    let till = till.payments(&payments.url).start().await;
    till.stock(i64::from(SHOPPERS) + 1).await;
    let host = till.url.trim_start_matches("http://").to_owned();
    for shopper in 0..SHOPPERS {
        let cart = format!("a-cart-token-of-the-tests-{shopper}");
        let path = format!("/v1/cart/lines/{SKU}");
        till.anybody().with_cart(&cart).put(&path, &json!({ "quantity": 1 })).await.expect(200);
        let (body, key, token) =
            (order_paid_with("tok_approve").to_string(), fresh_key(), till.service_token());
        let request = format!(
            "POST /v1/orders HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nx-cart-token: {cart}\r\n\
             idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut line = TcpStream::connect(&host).await.expect("a line");
        line.write_all(request.as_bytes()).await.expect("it listens");
        // Not to wait for something, but to hang up at another moment each time.
        tokio::time::sleep(LATER * shopper).await;
        drop(line);
    }
    // Whoever came before the one who waits for an answer has been served by then.
    let path = format!("/v1/cart/lines/{SKU}");
    till.service().put(&path, &json!({ "quantity": 1 })).await.expect(200);
    till.place_order().await.expect(201);
    let mut books = till::open(&till).await;
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..POLLS_MAX {
        let unpaid = sqlx::query_scalar("SELECT count(*) FROM order_ WHERE state <> 'confirmed'");
        let unpaid: i64 = unpaid.fetch_one(&mut books).await.expect("a count");
        if unpaid == 0 && till::tasks(&till).await == 0 {
            return till::assert_books_balance(&till).await;
        }
        tick.tick().await;
    }
    panic!("an order waits for a task that nobody does");
}

#[tokio::test]
async fn on_sqlite() {
    orders_of_shoppers_who_hang_up_are_paid_at_once(Builder::new()).await;
}

#[tokio::test]
async fn on_postgres() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    orders_of_shoppers_who_hang_up_are_paid_at_once(Builder::new().database(&database.url)).await;
}
