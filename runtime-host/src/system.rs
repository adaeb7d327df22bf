//! The real clock, ids and randomness: the only place that asks the system for them.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

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

/// How far the system's clock may lag behind before that is worth a word: more than it is ever slowed by.
const SET_BACK_MIN: Duration = Duration::from_secs(1);

/// The system's clock for whoever goes on for long: it is never set back. What was to be done in a second would
/// otherwise be done in an hour when somebody sets the clock back by one. Time goes on from where it was instead, until
/// the system's has caught up, or a restart.
pub struct SteadyClock(Mutex<Steady>);

/// The last moment at which the system's clock was ahead of all before.
#[derive(Debug, Clone, Copy)]
struct Steady {
    time: Timestamp,
    measured: Instant,
    set_back: bool,
}

impl SteadyClock {
    /// A clock that is the system's so far.
    pub fn new() -> Self {
        Self(Mutex::new(Steady { time: SystemClock.now(), measured: Instant::now(), set_back: false }))
    }
}

impl Default for SteadyClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let mut steady = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        steady.now(SystemClock.now(), Instant::now())
    }
}

impl Steady {
    /// The time when the system's clock shows `system` at the moment `measured`.
    fn now(&mut self, system: Timestamp, measured: Instant) -> Timestamp {
        let passed_ms = measured.saturating_duration_since(self.measured).as_millis();
        let time = self.time.plus_milliseconds(i64::try_from(passed_ms).unwrap_or(i64::MAX));
        if system >= time {
            *self = Self { time: system, measured, set_back: false };
            return system;
        }
        let behind = Duration::from_millis(time.milliseconds_since(system).unsigned_abs());
        if behind >= SET_BACK_MIN && !self.set_back {
            self.set_back = true;
            tracing::warn!(
                behind_seconds = behind.as_secs(),
                "the clock was set back; the till's goes on as before"
            );
        }
        time
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn time_follows_the_systems_clock_forward_and_never_back() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let mut steady = Steady { time: Timestamp(10 * HOUR_MS), measured: begun, set_back: false };
        assert_eq!(steady.now(Timestamp(10 * HOUR_MS + 5), at(5)), Timestamp(10 * HOUR_MS + 5));
        assert_eq!(steady.now(Timestamp(12 * HOUR_MS), at(10)), Timestamp(12 * HOUR_MS));
        assert_eq!(steady.now(Timestamp(11 * HOUR_MS), at(20)), Timestamp(12 * HOUR_MS + 10));
        // However often it is asked meanwhile, not a fraction of the time that passes is lost.
        for moment in 20..1_000 {
            let passed = Timestamp(12 * HOUR_MS + moment - 10);
            assert_eq!(steady.now(Timestamp(11 * HOUR_MS), at(moment.unsigned_abs())), passed);
        }
        assert_eq!(steady.now(Timestamp(13 * HOUR_MS), at(1_000)), Timestamp(13 * HOUR_MS));
    }
}
