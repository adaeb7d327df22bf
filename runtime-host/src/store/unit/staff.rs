//! What staff look at, and what is kept of what they did.

use std::cmp::Reverse;

use async_trait::async_trait;
use merkato_commerce::{
    ids::OrderId,
    text::{PromotionCode, Sku},
    time::{Day, Timestamp},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Unit;
use crate::store::{
    Error,
    engine::Statement,
    staff::{
        ActionFilter, FoundOrders, KeyedMovement, LedgerRecord, ObstacleRecord, ObstacleTerms, OrderSearch,
        Overviews, Place, Records, SalesRecord, StaffActionRecord, StockEntryRecord, SubscriberRecord,
        WaitingRecord,
    },
    staff_rows::{
        CodeRow, FoundOrderRow, KeyedMovementRow, LedgerRow, NameRow, ObstacleRow, StaffActionRow,
        StockEntryRow, SubscriberRow, WaitingRow,
    },
    staff_statements::{ActionsBy, OrdersBy, StaffQuestion},
};

/// How far the clock that dates an order may be from the one that numbers it, in milliseconds: both are read within the
/// same call, on the same machine.
const CLOCKS_APART_MS_MAX: i64 = 1_000;

#[async_trait]
impl Records for Unit {
    async fn count_sales(&mut self, added: &SalesRecord) -> Result<(), Error> {
        self.own.changes.count_sales(added);
        Ok(())
    }

    async fn insert_staff_action(&mut self, action: &StaffActionRecord) -> Result<(), Error> {
        self.own.changes.staff_actions.push(StaffActionRow::from(action.clone()));
        Ok(())
    }
}

#[async_trait]
impl Overviews for Unit {
    async fn sales(&mut self, from: Day, to: Day) -> Result<Vec<SalesRecord>, Error> {
        self.ask(Statement::Staff(StaffQuestion::Sales), &json!({ "day_from": from, "day_to": to })).await
    }

    async fn staff_actions(
        &mut self,
        filter: &ActionFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<StaffActionRecord>, Error> {
        let by = match filter {
            ActionFilter { subject: Some(_), .. } => ActionsBy::Subject,
            ActionFilter { actor: Some(_), .. } => ActionsBy::Actor,
            ActionFilter { actor: None, subject: None } => ActionsBy::Age,
        };
        let Place { at, id } = after.unwrap_or(Place::NEWEST);
        let terms = json!({
            "actor": filter.actor, "subject": filter.subject, "before_at": at, "before_id": id, "rows_max": limit,
        });
        self.look_up::<StaffActionRow, _>(StaffQuestion::Actions(by), &terms).await
    }

    async fn find_orders(
        &mut self,
        search: &OrderSearch,
        looked_max: u32,
        limit: u32,
    ) -> Result<FoundOrders, Error> {
        let OrderSearch { state, email, number, sku, from, to, after } = search;
        // UUIDv7 sorts by time, so that a time says where among the orders to begin and to stop.
        let end = to.map_or(Uuid::max(), |to| first_id(to.plus_milliseconds(CLOCKS_APART_MS_MAX)));
        let begin = from.map_or(Uuid::nil(), |from| first_id(from.plus_milliseconds(-CLOCKS_APART_MS_MAX)));
        let terms = json!({
            "before": after.map_or(end, |OrderId(after)| after.min(end)), "not_before": begin,
            "state": state, "email": email, "number": number, "sku": sku,
            "placed_from": from.unwrap_or(Timestamp(i64::MIN)), "placed_to": to.unwrap_or(Timestamp(i64::MAX)),
            // One more than asked for says whether there is a next page, without counting.
            "looked_max": looked_max, "rows_max": limit.saturating_add(1),
        });
        let question = StaffQuestion::Orders(way_to(search));
        let rows = self.ask::<FoundOrderRow>(Statement::Staff(question), &terms).await?;
        let (last, found) = rows.into_iter().partition::<Vec<_>, _>(|row| row.looked.is_some());
        let mut ids = found.into_iter().map(|row| row.order_id).collect::<Vec<_>>();
        ids.sort_unstable_by_key(|id| Reverse(*id));
        let more = ids.len() > limit as usize;
        ids.truncate(limit as usize);
        let last = last.first().filter(|last| last.looked >= Some(looked_max)).map(|last| last.order_id);
        let next = if more { ids.last().copied() } else { last };
        Ok(FoundOrders { ids, next })
    }

    async fn obstacles(
        &mut self,
        terms: ObstacleTerms,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<ObstacleRecord>, Error> {
        let terms = json!({
            "after": after.unwrap_or(OrderId(Uuid::nil())), "rows_max": limit,
            "due_before": terms.due_before, "tries_min": terms.tries_min,
            "overdue_before": terms.overdue_before, "captured_before": first_id(terms.captured_before),
            "refused_since": terms.refused_since,
        });
        self.look_up::<ObstacleRow, _>(StaffQuestion::Obstacles, &terms).await
    }

    async fn stock_entries(
        &mut self,
        below: Option<i64>,
        after: Option<&Sku>,
        limit: u32,
    ) -> Result<Vec<StockEntryRecord>, Error> {
        let terms = json!({ "below": below, "after_sku": after.map_or("", Sku::as_str), "rows_max": limit });
        self.look_up::<StockEntryRow, _>(StaffQuestion::Stock, &terms).await
    }

    async fn low_stock(&mut self, below: i64, limit: u32) -> Result<Vec<StockEntryRecord>, Error> {
        let terms = json!({ "below": below, "rows_max": limit });
        self.look_up::<StockEntryRow, _>(StaffQuestion::LowStock, &terms).await
    }

    async fn stock_movements(
        &mut self,
        sku: &Sku,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<LedgerRecord>, Error> {
        let Place { at, id } = after.unwrap_or(Place::NEWEST);
        let terms = json!({ "sku": sku, "before_at": at, "before_id": id, "rows_max": limit });
        self.look_up::<LedgerRow, _>(StaffQuestion::StockMovements, &terms).await
    }

    async fn keyed_movement(&mut self, sku: &Sku, key: &str) -> Result<Option<KeyedMovement>, Error> {
        let terms = json!({ "sku": sku, "key": key });
        Ok(self.look_up::<KeyedMovementRow, _>(StaffQuestion::KeyedMovement, &terms).await?.pop())
    }

    async fn promotion_codes(
        &mut self,
        after: Option<&PromotionCode>,
        limit: u32,
    ) -> Result<Vec<PromotionCode>, Error> {
        let terms = json!({ "after_code": after.map_or("", PromotionCode::as_str), "rows_max": limit });
        let rows = self.ask::<CodeRow>(Statement::Staff(StaffQuestion::PromotionCodes), &terms).await?;
        let codes = rows.into_iter().map(|row| row.code).collect::<Vec<_>>();
        self.load_promotions(&codes).await?;
        Ok(codes)
    }

    async fn waiting(&mut self, count_max: u32) -> Result<WaitingRecord, Error> {
        let terms = json!({ "rows_max": count_max });
        let counted = self.look_up::<WaitingRow, _>(StaffQuestion::Waiting, &terms).await?.pop();
        Ok(counted.unwrap_or(WaitingRecord { tasks: 0, dead_letters: 0 }))
    }

    async fn subscribers(&mut self) -> Result<Vec<String>, Error> {
        let rows = self.ask::<NameRow>(Statement::Staff(StaffQuestion::Subscribers), &json!({})).await?;
        Ok(rows.into_iter().map(|row| row.subscriber).collect())
    }

    async fn subscriber(&mut self, name: &str, count_max: u32) -> Result<SubscriberRecord, Error> {
        let terms = json!({ "subscriber": name, "rows_max": count_max });
        let found = self.look_up::<SubscriberRow, _>(StaffQuestion::Subscriber, &terms).await?.pop();
        Ok(found.unwrap_or(SubscriberRecord { waiting: 0, dead: 0, oldest: None, last_success: None }))
    }
}

impl Unit {
    /// Asks for rows of one kind, and gives them as the code sees them.
    async fn look_up<Row: DeserializeOwned, Record: From<Row>>(
        &mut self,
        question: StaffQuestion,
        terms: &Value,
    ) -> Result<Vec<Record>, Error> {
        let rows = self.ask::<Row>(Statement::Staff(question), terms).await?;
        Ok(rows.into_iter().map(Record::from).collect())
    }
}

/// The way that leads past the fewest orders that are not meant.
const fn way_to(search: &OrderSearch) -> OrdersBy {
    use merkato_commerce::order::State;
    match search {
        OrderSearch { number: Some(_), .. } => OrdersBy::Number,
        OrderSearch { email: Some(_), .. } => OrdersBy::Email,
        OrderSearch { sku: Some(_), .. } => OrdersBy::Sku,
        OrderSearch { state: Some(State::Confirmed | State::Shipped), .. } => OrdersBy::OpenState,
        _ => OrdersBy::Age,
    }
}

/// An id that no id of that moment or later is below.
fn first_id(moment: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(moment.0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid()
}
