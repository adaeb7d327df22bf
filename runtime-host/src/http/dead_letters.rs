//! Dead letters, for staff.

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use merkato_commerce::{Invalid, ids::EventId};
use merkato_contract::{
    LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, List,
    event::{DeadLetter, DeadLetterSelection, DeadLettersChanged, OpenedDeadLetter},
    problem::Problem,
};
use serde::Deserialize;

use super::{Answer, Json, Shared, orders::staff_only};
use crate::app::Actor;

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/dead-letters", get(dead_letters))
        .route("/v1/dead-letters/{subscriber}/{event_id}", get(dead_letter))
        .route("/v1/dead-letters/replay", post(replay_dead_letters))
        .route("/v1/dead-letters/drop", post(drop_dead_letters))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    subscriber: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

async fn dead_letters(
    State(shared): State<Shared>,
    actor: Actor,
    Query(page): Query<Page>,
) -> Result<Json<List<DeadLetter>>, Answer> {
    staff_only(&actor)?;
    let limit = page.limit.unwrap_or(LIST_LIMIT_DEFAULT);
    if !(1..=LIST_LIMIT_MAX).contains(&limit) {
        return Err(Invalid::new("limit", format!("must be between 1 and {LIST_LIMIT_MAX}")).into());
    }
    Ok(Json(shared.app.dead_letters(page.subscriber, page.after, limit).await?))
}

async fn dead_letter(
    State(shared): State<Shared>,
    actor: Actor,
    Path((subscriber, event)): Path<(String, String)>,
) -> Result<Json<OpenedDeadLetter>, Answer> {
    staff_only(&actor)?;
    // An id that is no UUID names no event.
    let event: EventId = event.parse().map_err(|_| Problem::not_found("dead letter"))?;
    Ok(Json(shared.app.dead_letter(subscriber, event).await?))
}

async fn replay_dead_letters(
    State(shared): State<Shared>,
    actor: Actor,
    Json(selection): Json<DeadLetterSelection>,
) -> Result<Json<DeadLettersChanged>, Answer> {
    staff_only(&actor)?;
    Ok(Json(DeadLettersChanged { count: shared.app.replay_dead_letters(&actor, selection).await? }))
}

async fn drop_dead_letters(
    State(shared): State<Shared>,
    actor: Actor,
    Json(selection): Json<DeadLetterSelection>,
) -> Result<Json<DeadLettersChanged>, Answer> {
    staff_only(&actor)?;
    Ok(Json(DeadLettersChanged { count: shared.app.drop_dead_letters(&actor, selection).await? }))
}
