//! Times in JSON: RFC 3339 in UTC, to the millisecond, or to the day.

use merkato_commerce::time::{Day, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A [`Timestamp`] as clients see it, such as `2026-11-21T05:14:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rfc3339(pub Timestamp);

impl From<Timestamp> for Rfc3339 {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp)
    }
}

impl std::fmt::Display for Rfc3339 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0.0) {
            Ok(time) => write!(formatter, "{time:.3}"),
            Err(_) => formatter.write_str("out of range"),
        }
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = jiff::Timestamp::deserialize(deserializer).map_err(D::Error::custom)?;
        Ok(Self(Timestamp(time.as_millisecond())))
    }
}

/// A [`Day`] as clients see it, such as `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub Day);

impl From<Day> for Date {
    fn from(day: Day) -> Self {
        Self(day)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0.start().0) {
            Ok(time) => write!(formatter, "{}", time.to_zoned(jiff::tz::TimeZone::UTC).date()),
            Err(_) => formatter.write_str("out of range"),
        }
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let date = jiff::civil::Date::deserialize(deserializer).map_err(D::Error::custom)?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(D::Error::custom)?;
        Ok(Self(Timestamp(midnight.timestamp().as_millisecond()).day()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_the_way_to_the_client_and_back() {
        let time = Rfc3339(Timestamp(1_795_238_040_007));
        let json = serde_json::to_string(&time).expect("a string");
        assert_eq!(json, "\"2026-11-21T05:14:00.007Z\"");
        assert_eq!(serde_json::from_str::<Rfc3339>(&json).expect("a time"), time);
    }

    #[test]
    fn a_day_survives_the_way_to_the_client_and_back() {
        let day = Date(Timestamp(1_795_238_040_007).day());
        let json = serde_json::to_string(&day).expect("a string");
        assert_eq!(json, "\"2026-11-21\"");
        assert_eq!(serde_json::from_str::<Date>(&json).expect("a day"), day);
    }
}
