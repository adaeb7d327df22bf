//! The real clock, ids and randomness: the only place that asks the system for them.

use std::time::{SystemTime, UNIX_EPOCH};

use merkato_commerce::{
    ids::Ids,
    time::{Clock, Timestamp},
};
use uuid::Uuid;

use crate::app::Entropy;

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock that asks the system")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Fresh `UUIDv7`s.
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the one source of fresh ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The system's random numbers.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }
}
