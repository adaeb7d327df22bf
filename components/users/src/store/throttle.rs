//! Counted tries, and places that are known.

use merkato_commerce::time::Timestamp;
use merkato_contract::problem::Problem;

use super::Store;
use crate::throttle::{Count, Limit};

/// How long a place stays known to an account, in milliseconds: half a year.
const KNOWN_MS: i64 = 182 * 24 * 60 * 60 * 1_000;
/// How long counts are kept, in milliseconds: two windows of the longest limit.
const COUNTED_MS: i64 = 2 * 60 * 60 * 1_000;

impl Store<'_> {
    /// Counts a try under `id`, and says how many there were of late.
    pub fn count_try(&self, id: &str, limit: Limit, now: Timestamp) -> Result<Count, Problem> {
        let statement = "INSERT INTO throttle (throttle_id, window_start, tries, tries_before)
             VALUES ($1, $2, 1, 0)
             ON CONFLICT (throttle_id) DO UPDATE SET
                 tries = CASE WHEN throttle.window_start = excluded.window_start THEN throttle.tries + 1 ELSE 1 END,
                 tries_before = CASE
                     WHEN throttle.window_start = excluded.window_start THEN throttle.tries_before
                     WHEN throttle.window_start + $3 = excluded.window_start THEN throttle.tries
                     ELSE 0 END,
                 window_start = excluded.window_start
             RETURNING tries, tries_before";
        let parameters = [id.into(), limit.window_start(now).into(), limit.window_ms.into()];
        let count = self.one(statement, &parameters, |row| {
            Ok(Count { tries: row.integer("tries")?, tries_before: row.integer("tries_before")? })
        })?;
        count.ok_or_else(|| self.context.internal("a try was not counted", "no row came back"))
    }

    /// Gives back one try under each of `ids`.
    pub fn give_back(&self, ids: &[String]) -> Result<(), Problem> {
        if ids.is_empty() {
            return Ok(());
        }
        let places = (1..=ids.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let statement =
            format!("UPDATE throttle SET tries = tries - 1 WHERE throttle_id IN ({places}) AND tries > 0");
        let parameters = ids.iter().map(|id| id.as_str().into()).collect::<Vec<_>>();
        self.query(&statement, &parameters).map(drop)
    }

    /// Forgets the tries under `id`.
    pub fn forget_tries(&self, id: &str) -> Result<(), Problem> {
        self.query("DELETE FROM throttle WHERE throttle_id = $1", &[id.into()]).map(drop)
    }

    /// Whether somebody signed in from there of late.
    pub fn is_known_place(&self, id: &str) -> Result<bool, Problem> {
        let statement = "SELECT known_place_id FROM known_place WHERE known_place_id = $1 AND seen_at > $2";
        self.changed(statement, &[id.into(), self.ago(KNOWN_MS)])
    }

    /// Notes that somebody signed in from there.
    pub fn remember_place(&self, id: &str) -> Result<(), Problem> {
        let statement = "INSERT INTO known_place (known_place_id, seen_at) VALUES ($1, $2)
             ON CONFLICT (known_place_id) DO UPDATE SET seen_at = excluded.seen_at";
        self.query(statement, &[id.into(), self.now()]).map(drop)
    }

    /// Deletes counts that count no more, and places that are not known any more.
    pub fn delete_old_tries(&self) -> Result<(), Problem> {
        self.query("DELETE FROM throttle WHERE window_start <= $1", &[self.ago(COUNTED_MS)])?;
        self.query("DELETE FROM known_place WHERE seen_at <= $1", &[self.ago(KNOWN_MS)]).map(drop)
    }
}
