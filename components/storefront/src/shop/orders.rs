//! What the pages ask about orders that were placed.

use std::time::Duration;

use merkato_commerce::ids::OrderId;
use merkato_contract::{
    List,
    cart::Reordered,
    headers,
    order::{Invoice, LinePieces, Order, PaymentRequest, Return},
    problem::Problem,
};
use merkato_edge::Call;

use super::{Asker, Shop};
use crate::session::Token;

/// How long an answer may take that waits for news of an order, or for a gateway: orders itself gives up after as long.
const PATIENT_DEADLINE: Duration = Duration::from_secs(30);

/// Asks for news of an order.
#[derive(Debug, Clone, Copy)]
pub struct News {
    /// The version that is known.
    pub since: i64,
    /// How long to wait for another one, in seconds.
    pub wait_seconds: u64,
}

impl Shop<'_> {
    /// A page of somebody's orders, the latest first.
    pub async fn orders(&self, after: Option<&str>, limit: u32) -> Result<List<Order>, Problem> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        let call = Call::get(&self.orders_url, format!("/api/orders?{}", query.finish()));
        self.context.call_json(self.in_own_name(call)?).await
    }

    /// An order; with `news` once there is some, or the wait is over.
    pub async fn order(
        &self,
        id: OrderId,
        token: Option<&Token>,
        news: Option<News>,
    ) -> Result<Order, Problem> {
        let query = news.map(|News { since, wait_seconds }| format!("?since={since}&wait={wait_seconds}"));
        let path = format!("/api/orders/{id}{}", query.unwrap_or_default());
        let call = Call::get(&self.orders_url, path).within(PATIENT_DEADLINE);
        self.context.call_json(self.about_order(call, token)?).await
    }

    /// Tries to pay an order once more.
    pub async fn retry_payment(
        &self,
        id: OrderId,
        token: Option<&Token>,
        payment: &PaymentRequest,
    ) -> Result<Order, Problem> {
        let call = Call::post(&self.orders_url, format!("/api/orders/{id}/payment")).json(payment)?;
        self.context.call_json(self.about_order(call.within(PATIENT_DEADLINE), token)?).await
    }

    /// Calls an order off.
    pub async fn cancel_order(&self, id: OrderId, token: Option<&Token>) -> Result<Order, Problem> {
        let call = Call::post(&self.orders_url, format!("/api/orders/{id}/cancel"));
        self.context.call_json(self.about_order(call, token)?).await
    }

    /// Sends pieces of an order back.
    pub async fn return_order(
        &self,
        id: OrderId,
        token: Option<&Token>,
        lines: Vec<LinePieces>,
    ) -> Result<Order, Problem> {
        let back = Return { lines: Some(lines) };
        let call = Call::post(&self.orders_url, format!("/api/orders/{id}/return")).json(&back)?;
        self.context.call_json(self.about_order(call, token)?).await
    }

    /// Puts what an order held into the cart once more.
    pub async fn reorder(
        &self,
        id: OrderId,
        token: Option<&Token>,
        cart: Option<&Token>,
    ) -> Result<Reordered, Problem> {
        let call = Call::post(&self.orders_url, format!("/api/orders/{id}/reorder"));
        let call = self.about_order(call, token)?;
        // A guest names the cart as well; an account has its own.
        let cart = cart.filter(|_| self.asker == Asker::Guest).map(Token::as_str);
        self.context.call_json(call.header_if(headers::CART_TOKEN, cart)).await
    }

    /// What is printed for the books of whoever bought.
    pub async fn invoice(&self, id: OrderId, token: Option<&Token>) -> Result<Invoice, Problem> {
        let call = Call::get(&self.orders_url, format!("/api/orders/{id}/invoice"));
        self.context.call_json(self.about_order(call, token)?).await
    }
}
