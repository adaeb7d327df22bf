//! A client of the public API, for one shopper or staff member.

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::shop::Shop;

/// An answer: its status, headers and JSON; null where there is no body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// The body, if the status is the expected one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// Checks that it is a problem of that kind, and gives it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let kind =
            self.headers.get("content-type").map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(&kind), "application/problem+json", "{:#}", self.body);
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body:#}");
        assert_eq!(body["status"], status);
        body
    }
}

/// Whether a problem names `field`.
pub fn names_field(problem: &Value, field: &str) -> bool {
    problem["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["field"] == field))
}

/// Somebody at the shop's door: a guest, until a token says otherwise.
#[derive(Debug, Clone)]
pub struct Caller {
    client: Client,
    url: String,
    bearer: Option<String>,
    /// Names the guest's cart, once there is one.
    pub cart_token: Option<String>,
}

impl Caller {
    /// A guest.
    pub fn guest(shop: &Shop) -> Self {
        Self::at(&shop.url)
    }

    /// A guest at `url`.
    pub fn at(url: &str) -> Self {
        Self { client: Client::new(), url: url.to_owned(), bearer: None, cart_token: None }
    }

    /// Somebody with an access token.
    pub fn with_token(shop: &Shop, token: String) -> Self {
        Self::guest(shop).bearing(token)
    }

    /// The same, with an access token.
    #[must_use]
    pub fn bearing(self, token: String) -> Self {
        Self { bearer: Some(token), ..self }
    }

    /// The same, with the cart of that token.
    #[must_use]
    pub fn with_cart(self, cart_token: &str) -> Self {
        Self { cart_token: Some(cart_token.to_owned()), ..self }
    }

    /// Staff.
    pub async fn staff(shop: &Shop) -> Self {
        Self::with_token(shop, shop.token("staff").await)
    }

    /// A service, straight at the coordinator.
    pub fn service(shop: &Shop) -> Self {
        Self::at(&shop.coordinator_url).bearing(shop.secret("service_token"))
    }

    /// A request to `path`, with what says who is calling.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.bearer {
            request = request.bearer_auth(token);
        }
        if let Some(token) = &self.cart_token {
            request = request.header("x-cart-token", token);
        }
        request
    }

    /// Sends `request` to a shop that answers.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("a whole answer")
    }

    /// Sends `request` to a shop that may not be there.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status, headers, body })
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// PUT with JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Sets a line of the cart, and remembers the cart's token.
    pub async fn set_line(&mut self, sku: &str, quantity: i64) -> Answer {
        let answer = self.put(&format!("/api/cart/lines/{sku}"), &json!({ "quantity": quantity })).await;
        if let Some(token) = answer.body["cart_token"].as_str() {
            self.cart_token = Some(token.to_owned());
        }
        answer
    }

    /// Places an order of the cart with `key`.
    pub async fn place_order_as(&self, key: &str, order: &Value) -> Answer {
        self.send(self.request(Method::POST, "/api/orders").header("idempotency-key", key).json(order)).await
    }

    /// Places an order of the cart, paid with `token`.
    pub async fn place_order(&self, token: &str) -> Answer {
        self.place_order_as(&fresh_key(), &order_paid_with(token)).await
    }

    /// Reads an order with the token that its placing gave.
    pub async fn order(&self, placed: &Value) -> Value {
        let path = format!("/api/orders/{}", placed["id"].as_str().expect("an id"));
        let token = placed["access_token"].as_str().expect("an access token");
        self.send(self.request(Method::GET, &path).header("x-order-token", token)).await.expect(200)
    }
}

/// A key that no other request has.
pub fn fresh_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// An address that the shop serves.
pub fn address() -> Value {
    json!({
        "name": "Hanna Bekele", "line1": "12 Market Street", "city": "Portland", "region": "OR",
        "postal_code": "97201", "country": "US",
    })
}

/// A good order, paid with `token`.
pub fn order_paid_with(token: &str) -> Value {
    json!({
        "email": "hanna@merkato.example",
        "shipping_address": address(),
        "shipping_method": "standard",
        "payment": { "method": "card", "token": token },
    })
}
