//! What every way of delivering has in common.

use std::time::Duration;

use async_trait::async_trait;
use merkato_contract::event::Event;

use super::Limits;

/// A way to a subscriber.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Hands `event` over; `Ok` only when the other side has confirmed that it keeps it. May be dropped midway.
    async fn deliver(&self, event: &Event) -> Result<(), Failure>;
}

/// Why an event was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In words, for staff. Holds neither credentials nor anything of the event.
    pub reason: String,
    /// What follows from it.
    pub advice: Advice,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Something is wrong with this event or the way it is handled there; others may fare better.
    TryAgain,
    /// The subscriber as a whole is away or has too much to do; others would fare no better now.
    GiveRest {
        /// How long it asked for.
        at_least: Option<Duration>,
    },
    /// It will never be taken.
    GiveUp,
}

impl Failure {
    /// The subscriber cannot be reached, or not in time.
    pub fn away(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), advice: Advice::GiveRest { at_least: None } }
    }

    /// Whether a delivery that was tried so often is given up for it.
    pub fn gives_up(&self, tries: u32, limits: Limits) -> bool {
        self.advice == Advice::GiveUp || tries >= limits.tries_max
    }

    /// This event was not taken.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), advice: Advice::TryAgain }
    }
}
