//! Orders that something stands in the way of, with what staff can do about it.

use std::collections::BTreeMap;

use merkato_commerce::{ids::OrderId, order::State, time::Timestamp};
use merkato_contract::{
    List,
    staff::orders::{Obstacle, ObstacleKind, Remedy, StuckOrder},
};

use super::{App, Error, cursor::page};
use crate::store::{
    records::OrderRecord,
    staff::{ObstacleRecord, ObstacleTerms},
};

const MINUTE_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How late work may be: longer than a restart and the work that it finds.
const LATE_MS_MAX: i64 = 5 * MINUTE_MS;
/// So many tries without an answer are many: with the worker's waits, more than a minute of them.
const TRIES_MANY: u32 = 8;
/// How long money may be set aside without anybody taking it. Gateways let it go after about seven days.
const SET_ASIDE_MS_MAX: i64 = 5 * DAY_MS;
/// For how long a refund that was refused is shown: nothing in the books says when somebody has seen to it.
const REFUSED_SHOWN_MS: i64 = 30 * DAY_MS;

impl App {
    /// Orders that something stands in the way of, the oldest first.
    pub async fn stuck_orders(&self, after: Option<OrderId>, limit: u32) -> Result<List<StuckOrder>, Error> {
        let terms = obstacle_terms(self.clock.now());
        let found = self
            .store
            .read(move |transaction| {
                Box::pin(async move {
                    let obstacles = transaction.obstacles(terms, after, limit + 1).await?;
                    let mut by_order = BTreeMap::<OrderId, Vec<ObstacleRecord>>::new();
                    for obstacle in obstacles {
                        by_order.entry(obstacle.order).or_default().push(obstacle);
                    }
                    let ids = by_order.keys().copied().take(limit as usize + 1).collect::<Vec<_>>();
                    let records = transaction.orders(&ids).await?;
                    let stuck = records.into_iter().filter_map(|record| {
                        let obstacles = by_order.remove(&record.facts.id)?;
                        Some((record, obstacles))
                    });
                    Ok::<_, Error>(stuck.collect::<Vec<_>>())
                })
            })
            .await?;
        let cursor = |(record, _): &(OrderRecord, _)| record.facts.id.to_string();
        Ok(page(found, limit, cursor, |(record, obstacles)| shown(&record, &obstacles)))
    }
}

/// What counts as an obstacle at `now`.
pub(super) const fn obstacle_terms(now: Timestamp) -> ObstacleTerms {
    ObstacleTerms {
        due_before: now.plus_milliseconds(-LATE_MS_MAX),
        tries_min: TRIES_MANY,
        overdue_before: now.plus_milliseconds(-LATE_MS_MAX),
        captured_before: now.plus_milliseconds(-SET_ASIDE_MS_MAX),
        refused_since: now.plus_milliseconds(-REFUSED_SHOWN_MS),
    }
}

fn shown(record: &OrderRecord, obstacles: &[ObstacleRecord]) -> StuckOrder {
    let mut obstacles = obstacles.to_vec();
    // Several pieces of work of one order may be stuck in the same way: once is enough.
    obstacles.sort_by_key(|obstacle| obstacle.kind);
    obstacles.dedup_by_key(|obstacle| obstacle.kind);
    StuckOrder {
        id: record.facts.id,
        number: format!("M-{}", record.number),
        state: record.order.state,
        payment: record.order.payment,
        total: record.order.total,
        placed_at: record.facts.placed_at.into(),
        obstacles: obstacles.iter().map(|obstacle| explained(record, obstacle)).collect(),
    }
}

fn explained(record: &OrderRecord, obstacle: &ObstacleRecord) -> Obstacle {
    let last_step = record.history.last().map_or(record.facts.placed_at, |(.., at)| *at);
    let tries = obstacle.tries.unwrap_or_default();
    let (explanation, remedies): (_, &[_]) = match obstacle.kind {
        ObstacleKind::NoAnswer => {
            let said = format!("The payments service was asked {tries} times and gave no answer");
            (said, &[Remedy::Wait, Remedy::CheckPayments])
        }
        ObstacleKind::WorkWaits => {
            ("Work for this order is due, and nobody does it".to_owned(), &[Remedy::TellOperator])
        }
        ObstacleKind::NotEnded => (
            "The time to pay is over, and the order still holds its pieces".to_owned(),
            &[Remedy::Cancel, Remedy::TellOperator],
        ),
        ObstacleKind::NobodyAsks => (
            "The order waits for the gateway's word, and nobody asks the gateway".to_owned(),
            &[Remedy::Cancel, Remedy::TellOperator],
        ),
        ObstacleKind::NotCaptured => (
            "The money has been set aside for days and is not taken; the gateway lets it go after about a week"
                .to_owned(),
            &[Remedy::Ship, Remedy::Cancel],
        ),
        ObstacleKind::CaptureFailed => {
            let reason = record.history.last().map_or("", |(_, note, _)| note.as_str());
            let remedies: &[_] = match record.order.state {
                State::Confirmed => &[Remedy::RetryCapture, Remedy::Cancel],
                _ => &[Remedy::RetryCapture],
            };
            (format!("The gateway did not hand over the money. Last said: {reason}"), remedies)
        }
        ObstacleKind::RefundRefused => (
            "The gateway refused to give money back".to_owned(),
            &[Remedy::Refund, Remedy::RefundOtherwise],
        ),
        ObstacleKind::NotSold => (
            "The order is confirmed, and its pieces were not taken off the shelf".to_owned(),
            &[Remedy::TellOperator],
        ),
    };
    Obstacle {
        kind: obstacle.kind,
        since: obstacle.since.unwrap_or(last_step).into(),
        tries: obstacle.tries,
        explanation,
        remedies: remedies.to_vec(),
    }
}
