//! What the coordinator says to staff: figures, stock, promotions, stuck orders, events on their way, and the log.

use http::Method;
use merkato_commerce::text::{PromotionCode, Sku};
use merkato_contract::{
    List,
    coordinator::{MoveStock, StockLevel},
    event::{DeadLetter, DeadLetterSelection, DeadLettersChanged, OpenedDeadLetter},
    headers::IDEMPOTENCY_KEY,
    problem::Problem,
    staff::{
        action::{ReportAction, StaffAction},
        dashboard::Dashboard,
        orders::StuckOrder,
        outbox::OutboxOverview,
        promotion::{Promotion, PromotionDraft},
        stock::{StockEntry, StockMovement},
    },
};

use super::{Shop, Versioned};
use crate::views::table::with_query;

impl Shop<'_> {
    /// How the shop fares.
    pub async fn dashboard(&self, days: &str) -> Result<Dashboard, Problem> {
        let path = with_query("/v1/staff/dashboard", &[("days", days)]);
        self.context.call_json(self.till(Method::GET, path)?).await
    }

    /// A page of orders that something stands in the way of.
    pub async fn stuck_orders(&self, after: &str) -> Result<List<StuckOrder>, Problem> {
        let path = with_query("/v1/staff/stuck-orders", &[("after", after)]);
        self.context.call_json(self.till(Method::GET, path)?).await
    }

    /// A page of what there is of each sku; of those with fewer pieces than `below`, if that is given.
    pub async fn stock(&self, below: &str, after: &str) -> Result<List<StockEntry>, Problem> {
        let path = with_query("/v1/stock", &[("below", below), ("after", after)]);
        self.context.call_json(self.till(Method::GET, path)?).await
    }

    /// A page of a sku's ledger.
    pub async fn stock_movements(&self, sku: &Sku, after: &str) -> Result<List<StockMovement>, Problem> {
        let path = with_query(&format!("/v1/stock/{sku}/movements"), &[("after", after)]);
        self.context.call_json(self.till(Method::GET, path)?).await
    }

    /// Pieces that come or go. The same key is the same movement, however often.
    pub async fn move_stock(&self, sku: &Sku, change: &MoveStock, key: &str) -> Result<StockLevel, Problem> {
        let call = self.till(Method::POST, format!("/v1/stock/{sku}/movements"))?.json(change)?;
        self.context.call_json(call.header(IDEMPOTENCY_KEY, key)).await
    }

    /// A page of promotions.
    pub async fn promotions(&self, after: &str) -> Result<List<Promotion>, Problem> {
        let path = with_query("/v1/promotions", &[("after", after)]);
        self.context.call_json(self.till(Method::GET, path)?).await
    }

    /// A promotion.
    pub async fn promotion(&self, code: &PromotionCode) -> Result<Promotion, Problem> {
        self.context.call_json(self.till(Method::GET, format!("/v1/promotions/{code}"))?).await
    }

    /// A promotion as it is to be; refused if it is no longer at that version, where 0 is none at all.
    pub async fn put_promotion(
        &self,
        code: &PromotionCode,
        draft: &Versioned<PromotionDraft>,
    ) -> Result<Promotion, Problem> {
        let call = self.till(Method::PUT, format!("/v1/promotions/{code}"))?.json(&draft.it)?;
        self.context.call_json(call.header("if-match", format!("\"{}\"", draft.version))).await
    }

    /// Ends a promotion at once.
    pub async fn end_promotion(&self, code: &PromotionCode) -> Result<Promotion, Problem> {
        self.context.call_json(self.till(Method::DELETE, format!("/v1/promotions/{code}"))?).await
    }

    /// How those fare who want to hear of events.
    pub async fn outbox(&self) -> Result<OutboxOverview, Problem> {
        self.context.call_json(self.till(Method::GET, "/v1/staff/outbox")?).await
    }

    /// A page of events that were not taken.
    pub async fn dead_letters(&self, subscriber: &str, after: &str) -> Result<List<DeadLetter>, Problem> {
        let path = with_query("/v1/dead-letters", &[("subscriber", subscriber), ("after", after)]);
        self.context.call_json(self.till(Method::GET, path)?).await
    }

    /// An event that was not taken.
    pub async fn dead_letter(
        &self,
        subscriber: &str,
        event: merkato_commerce::ids::EventId,
    ) -> Result<OpenedDeadLetter, Problem> {
        let call = self.till(Method::GET, format!("/v1/dead-letters/{subscriber}/{event}"))?;
        self.context.call_json(call).await
    }

    /// Offers events again (`replay`), or forgets them (`drop`).
    pub async fn change_dead_letters(
        &self,
        deed: &str,
        selection: &DeadLetterSelection,
    ) -> Result<DeadLettersChanged, Problem> {
        let call = self.till(Method::POST, format!("/v1/dead-letters/{deed}"))?;
        self.context.call_json(call.json(selection)?).await
    }

    /// A page of the log of what staff did: of one of them, and on one subject, where those are given.
    pub async fn staff_actions(
        &self,
        actor: &str,
        subject: &str,
        after: &str,
    ) -> Result<List<StaffAction>, Problem> {
        let filters = [("actor", actor), ("subject", subject), ("after", after)];
        self.context.call_json(self.till(Method::GET, with_query("/v1/staff/actions", &filters))?).await
    }

    /// Adds a line to the log: what the coordinator did not do itself.
    pub async fn report_action(&self, report: &ReportAction) -> Result<(), Problem> {
        let call = self.till(Method::POST, "/v1/staff/actions")?.json(report)?;
        self.context.call(call).await.map(drop)
    }
}
