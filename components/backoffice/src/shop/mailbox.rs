//! Messages to people.

use http::Method;
use merkato_commerce::ids::NotificationId;
use merkato_contract::{
    List,
    notification::{Notification, OpenedNotification},
    problem::Problem,
};

use super::Shop;
use crate::views::table::with_query;

impl Shop<'_> {
    /// A page of messages, the newest first, in one state or in all, to one recipient or to everybody.
    pub async fn notifications(
        &self,
        state: &str,
        recipient: &str,
        after: &str,
    ) -> Result<List<Notification>, Problem> {
        let filters = [("state", state), ("recipient", recipient), ("after", after)];
        let path = with_query("/api/notifications", &filters);
        self.context.call_json(self.service("notifications_url", Method::GET, path)?).await
    }

    /// A message with what it says.
    pub async fn notification(&self, id: NotificationId) -> Result<OpenedNotification, Problem> {
        let call = self.service("notifications_url", Method::GET, format!("/api/notifications/{id}"))?;
        self.context.call_json(call).await
    }
}
