//! Time as the shop keeps it: milliseconds since the epoch, UTC, handed in by the caller.

use serde::{Deserialize, Serialize};

/// A moment in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment moved by `milliseconds`, held at the ends of the range rather than wrapping.
    #[must_use]
    pub const fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    pub const fn milliseconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Milliseconds of a day. UTC knows no summer time, and the epoch no leap seconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A day in days since 1970-01-01. The shop's days begin and end at midnight UTC, wherever its shoppers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i64);

impl Day {
    /// Its first moment.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(DAY_MS))
    }

    /// The day `days` before this one.
    #[must_use]
    pub const fn minus_days(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days as i64))
    }
}

impl Timestamp {
    /// The day that this moment is in.
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(DAY_MS))
    }
}

/// Tells the time. A parameter wherever time matters, so that a test decides what time it is.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_holds_all_until_the_next() {
        assert_eq!(Timestamp(0).day(), Day(0));
        assert_eq!(Timestamp(DAY_MS - 1).day(), Day(0));
        assert_eq!(Timestamp(DAY_MS).day(), Day(1));
        assert_eq!(Timestamp(-1).day(), Day(-1), "days before the epoch are days too");
        assert_eq!(Day(20_413).start().day(), Day(20_413));
        assert_eq!(Day(3).minus_days(3), Day(0));
    }
}
