//! Orders, and what is done to them.

use std::time::Duration;

use http::Method;
use merkato_commerce::ids::OrderId;
use merkato_contract::{
    List,
    headers::IDEMPOTENCY_KEY,
    order::{Order, Refund, Return, Shipment},
    payment::PaymentStatus,
    problem::Problem,
};
use merkato_edge::Call;

use super::Shop;
use crate::views::table::with_query;

/// How long something with money in it may take: the till waits a while for the gateway before it answers with the order
/// as it stands.
const PAYMENT_DEADLINE: Duration = Duration::from_secs(35);

impl Shop<'_> {
    /// A page of orders, the newest first, that meet all `filters` with a value.
    pub async fn orders(&self, filters: &[(&str, &str)]) -> Result<List<Order>, Problem> {
        let path = with_query("/api/orders", filters);
        self.context.call_json(self.order_call(Method::GET, path)?).await
    }

    /// An order.
    pub async fn order(&self, id: OrderId) -> Result<Order, Problem> {
        self.context.call_json(self.order_call(Method::GET, format!("/api/orders/{id}"))?).await
    }

    /// Where its money stands.
    pub async fn payment(&self, id: OrderId) -> Result<PaymentStatus, Problem> {
        self.context.call_json(self.order_call(Method::GET, format!("/api/orders/{id}/payment"))?).await
    }

    /// Hands a parcel to the carrier.
    pub async fn ship_order(&self, id: OrderId, shipment: &Shipment, key: &str) -> Result<Order, Problem> {
        self.change(self.step(id, "ship")?.json(shipment)?, key).await
    }

    /// Notes that the carrier delivered.
    pub async fn deliver_order(&self, id: OrderId) -> Result<Order, Problem> {
        self.context.call_json(self.step(id, "deliver")?).await
    }

    /// Calls an order off.
    pub async fn cancel_order(&self, id: OrderId) -> Result<Order, Problem> {
        self.context.call_json(self.step(id, "cancel")?).await
    }

    /// Takes goods back.
    pub async fn return_order(&self, id: OrderId, back: &Return, key: &str) -> Result<Order, Problem> {
        self.change(self.step(id, "return")?.json(back)?, key).await
    }

    /// Gives money back. The same key is the same refund, however often.
    pub async fn refund_order(&self, id: OrderId, refund: &Refund, key: &str) -> Result<Order, Problem> {
        self.change(self.step(id, "refund")?.json(refund)?, key).await
    }

    /// Asks once more for money that the gateway refused to hand over.
    pub async fn retry_capture(&self, id: OrderId) -> Result<Order, Problem> {
        self.context.call_json(self.step(id, "payment")?).await
    }

    async fn change(&self, call: Call, key: &str) -> Result<Order, Problem> {
        self.context.call_json(call.header(IDEMPOTENCY_KEY, key)).await
    }

    fn step(&self, id: OrderId, step: &str) -> Result<Call, Problem> {
        let call = self.order_call(Method::POST, format!("/api/orders/{id}/{step}"))?;
        Ok(call.within(PAYMENT_DEADLINE))
    }

    fn order_call(&self, method: Method, path: impl Into<String>) -> Result<Call, Problem> {
        self.service("orders_url", method, path)
    }
}
