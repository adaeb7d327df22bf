//! The bell that tells of new work, so that nothing has to look for it.

use tokio::sync::Notify;

/// One bell for each who waits; a ring while somebody is busy is kept until they listen again.
#[derive(Debug, Default)]
pub struct Wake {
    /// Heard by the worker, who does tasks and ends reservations.
    pub tasks: Notify,
    /// Heard by the dispatcher, who delivers events.
    pub deliveries: Notify,
}

impl Wake {
    /// Says that there may be new work of either kind.
    pub fn ring(&self) {
        self.tasks.notify_one();
        self.deliveries.notify_one();
    }
}
