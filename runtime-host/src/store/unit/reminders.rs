//! When to look whether carts were left alone.

use async_trait::async_trait;
use merkato_commerce::{ids::CartId, time::Timestamp};
use serde_json::json;

use super::Unit;
use crate::store::{Error, Reminders, engine::Statement, records::ReminderRecord, rows::LeasedReminderRow};

#[async_trait]
impl Reminders for Unit {
    async fn insert_cart_reminder(&mut self, cart: CartId, due_at: Timestamp) -> Result<(), Error> {
        self.own.changes.cart_reminders.insert(cart, due_at);
        Ok(())
    }

    async fn lease_cart_reminders(
        &mut self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ReminderRecord>, Error> {
        let lease = json!({ "now": now, "leased_until": leased_until, "limit": limit });
        let leased = self.change::<LeasedReminderRow>(Statement::LeaseCartReminders, &lease).await?;
        Ok(leased.into_iter().map(ReminderRecord::from).collect())
    }

    async fn postpone_cart_reminder(&mut self, cart: CartId, due_at: Timestamp) -> Result<(), Error> {
        self.own.changes.looked_at_carts.insert(cart, Some(due_at));
        Ok(())
    }

    async fn delete_cart_reminder(&mut self, cart: CartId) -> Result<(), Error> {
        self.own.changes.looked_at_carts.insert(cart, None);
        Ok(())
    }

    async fn next_cart_reminder(&mut self) -> Result<Option<Timestamp>, Error> {
        let due = self.ask::<Option<i64>>(Statement::NextCartReminder, &json!(null)).await?;
        Ok(due.first().copied().flatten().map(Timestamp))
    }
}
