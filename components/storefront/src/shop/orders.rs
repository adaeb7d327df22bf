//! What the pages ask about the orders of an account.

use merkato_contract::{List, order::Order, problem::Problem};
use merkato_edge::Call;

use super::Shop;

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
}
