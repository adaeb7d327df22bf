//! How subscribers to the shop's events fare.

use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// How far events are counted: beyond, it is "so many and more".
pub const EVENTS_COUNT_MAX: u32 = 10_000;

/// `GET /v1/staff/outbox`: every subscriber, and everybody for whom there is still something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxOverview {
    /// By name.
    pub subscribers: Vec<SubscriberStatus>,
}

/// How a subscriber fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberStatus {
    /// Its name.
    pub subscriber: String,
    /// Whether it is still subscribed, as the coordinator that answers is configured.
    pub subscribed: bool,
    /// Events that it has yet to take, counted up to [`EVENTS_COUNT_MAX`].
    pub waiting: u32,
    /// When the oldest of these happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Rfc3339>,
    /// When it last took an event, to within a few seconds; none if it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Rfc3339>,
    /// Events that were given up, counted up to [`EVENTS_COUNT_MAX`]. See [`crate::event::DeadLetter`].
    pub dead_letters: u32,
}
