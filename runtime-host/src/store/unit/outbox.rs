//! Events, and who has yet to hear of them.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use merkato_commerce::{ids::EventId, time::Timestamp};
use merkato_contract::event::DeadLetterSelection;
use serde_json::json;

use super::Unit;
use crate::store::{
    Error, Outbox,
    engine::Statement,
    records::{DeadLetterRecord, DeliveryRecord, NewEvent},
    rows::{
        DeadLetterRow, DeliveryKey, EventRow, LeasedDeliveryRow, NewDeliveryRow, NewEventRow,
        PostponedDeliveryRow,
    },
    staff_rows::SuccessRow,
};

#[async_trait]
impl Outbox for Unit {
    async fn insert_event(
        &mut self,
        id: EventId,
        event: NewEvent,
        subscribers: &[String],
    ) -> Result<(), Error> {
        self.own.changes.events.push(NewEventRow::of(id, event));
        let deliveries = subscribers.iter().cloned();
        self.own
            .changes
            .deliveries
            .extend(deliveries.map(|subscriber| NewDeliveryRow { event_id: id, subscriber }));
        Ok(())
    }

    async fn lease_deliveries(
        &mut self,
        subscriber: &str,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, Error> {
        let lease =
            json!({ "subscriber": subscriber, "now": now, "leased_until": leased_until, "limit": limit });
        let leased = self.change::<LeasedDeliveryRow>(Statement::LeaseDeliveries, &lease).await?;
        let ids = leased.iter().map(|delivery| delivery.outbox_id).collect::<BTreeSet<_>>();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let events = self.ask::<EventRow>(Statement::Events, &json!(ids)).await?;
        let events = events.into_iter().map(|event| (event.outbox_id, event)).collect::<HashMap<_, _>>();
        let with_event = leased.into_iter().filter_map(|delivery| {
            let event = events.get(&delivery.outbox_id)?.clone();
            Some(event.on_its_way_to(delivery.subscriber, delivery.tries))
        });
        Ok(with_event.collect())
    }

    async fn next_delivery(&mut self, subscriber: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let keys = json!({ "subscriber": subscriber, "now": now });
        let due = self.ask::<Option<i64>>(Statement::NextDelivery, &keys).await?;
        Ok(due.first().copied().flatten().map(Timestamp))
    }

    async fn delete_delivery(&mut self, delivery: &DeliveryRecord, at: Timestamp) -> Result<(), Error> {
        let DeliveryRecord { subscriber, outbox_id, .. } = delivery.clone();
        let success = SuccessRow { subscriber: subscriber.clone(), at };
        self.own.changes.successes.insert(subscriber.clone(), success);
        self.own.changes.deleted_deliveries.push(DeliveryKey { subscriber, outbox_id });
        Ok(())
    }

    async fn postpone_delivery(
        &mut self,
        delivery: &DeliveryRecord,
        run_at: Timestamp,
        dead: bool,
        error: &str,
    ) -> Result<(), Error> {
        let DeliveryRecord { subscriber, outbox_id, tries, .. } = delivery.clone();
        let last_error = error.to_owned();
        let row = PostponedDeliveryRow { subscriber, outbox_id, tries, run_at, dead, last_error };
        self.own.changes.postponed_deliveries.push(row);
        Ok(())
    }

    async fn awaited_subscribers(&mut self) -> Result<Vec<String>, Error> {
        self.ask(Statement::AwaitedSubscribers, &json!(null)).await
    }

    async fn bury_deliveries(&mut self, subscriber: &str, error: &str) -> Result<u64, Error> {
        let keys = json!({ "subscriber": subscriber, "error": error });
        self.count_changed(Statement::BuryDeliveries, &keys).await
    }

    async fn dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        after: Option<(i64, String)>,
        limit: u32,
    ) -> Result<Vec<DeadLetterRecord>, Error> {
        let (outbox_id, subscriber) = after.unwrap_or((i64::MIN, String::new()));
        let page = json!({ "after_outbox_id": outbox_id, "after_subscriber": subscriber, "limit": limit });
        let keys = with(selected(selection), page);
        let rows = self.ask::<DeadLetterRow>(Statement::DeadLetters, &keys).await?;
        let letters = rows.into_iter().map(|row| DeadLetterRecord {
            delivery: row.event.on_its_way_to(row.subscriber, row.tries),
            last_error: row.last_error.unwrap_or_default(),
        });
        Ok(letters.collect())
    }

    async fn replay_dead_letters(
        &mut self,
        selection: &DeadLetterSelection,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let keys = with(selected(selection), json!({ "now": now }));
        self.count_changed(Statement::ReplayDeadLetters, &keys).await
    }

    async fn drop_dead_letters(&mut self, selection: &DeadLetterSelection) -> Result<u64, Error> {
        self.count_changed(Statement::DropDeadLetters, &selected(selection)).await
    }

    async fn oldest_confirmed_event(&mut self) -> Result<Option<Timestamp>, Error> {
        let at = self.ask::<i64>(Statement::OldestConfirmedEvent, &json!(null)).await?;
        Ok(at.first().copied().map(Timestamp))
    }

    async fn delete_confirmed_events(&mut self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        let keys = json!({ "before": before, "limit": limit });
        self.count_changed(Statement::DeleteConfirmedEvents, &keys).await
    }
}

/// What a selection of dead letters is in the parameters of a statement.
fn selected(selection: &DeadLetterSelection) -> serde_json::Value {
    json!({ "subscriber": selection.subscriber, "event_id": selection.event_id })
}

/// Adds to the parameters of a statement.
fn with(mut keys: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    if let (Some(keys), serde_json::Value::Object(more)) = (keys.as_object_mut(), more) {
        keys.extend(more);
    }
    keys
}
