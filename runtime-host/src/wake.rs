//! The bell that tells of new work, so that nothing has to look for it.

use std::sync::{Mutex, PoisonError};

use merkato_commerce::time::Timestamp;
use tokio::sync::Notify;

/// One bell for each who waits; a ring while somebody is busy is kept until they listen again.
#[derive(Debug, Default)]
pub struct Wake {
    /// Heard by the worker, who does tasks and ends reservations.
    pub tasks: Notify,
    /// Heard by the dispatcher, who delivers events.
    pub deliveries: Notify,
    plan: Mutex<Plan>,
}

/// When the worker looks for work next, unless it is rung.
#[derive(Debug, Default)]
struct Plan {
    /// None if it has not planned, or sees nothing to wait for.
    look_at: Option<Timestamp>,
    /// The earliest work that was told of since its last look began.
    told: Option<Timestamp>,
}

impl Wake {
    /// Says that there may be new work of either kind.
    pub fn ring(&self) {
        self.tasks.notify_one();
        self.deliveries.notify_one();
    }

    /// Says that there will be a task to do at `due`. The worker is rung only if it would come too late by itself.
    pub fn ring_for(&self, due: Timestamp) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.told = earlier(plan.told, Some(due));
        if plan.look_at.is_none_or(|planned| due < planned) {
            self.tasks.notify_one();
        }
    }

    /// The worker begins to look.
    pub(crate) fn begin_look(&self) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).told = None;
    }

    /// The worker has looked, and what it found falls due at `found`; gives when to look again, none for never.
    pub(crate) fn end_look(&self, found: Option<Timestamp>) -> Option<Timestamp> {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.look_at = earlier(plan.told, found);
        plan.look_at
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
