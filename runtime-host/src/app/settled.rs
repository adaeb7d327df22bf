//! Tells those who wait for an order what became of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use merkato_commerce::ids::OrderId;
use tokio::sync::watch;

use crate::store::records::OrderRecord;

/// An order as it was committed; none if something may have happened to it elsewhere.
type News = Option<Arc<OrderRecord>>;

/// Who waits for which order.
#[derive(Default)]
pub(super) struct Settled {
    waiting: Mutex<HashMap<OrderId, watch::Sender<News>>>,
}

/// Somebody who waits for an order.
pub(super) struct Waiting<'a> {
    settled: &'a Settled,
    pub(super) order: OrderId,
    news: watch::Receiver<News>,
}

impl Settled {
    /// Begins to wait for `order`; taken before looking at it, so that nothing is missed in between.
    pub(super) fn wait_for(&self, order: OrderId) -> Waiting<'_> {
        let news = self.lock().entry(order).or_default().subscribe();
        Waiting { settled: self, order, news }
    }

    /// Tells all who wait for an order how it was committed.
    pub(super) fn announce(&self, record: OrderRecord) {
        if let Some(waiting) = self.lock().get(&record.facts.id) {
            waiting.send_replace(Some(Arc::new(record)));
        }
    }

    /// Tells all who wait for `order` to look for themselves.
    pub(super) fn announce_change(&self, order: OrderId) {
        if let Some(waiting) = self.lock().get(&order) {
            waiting.send_replace(None);
        }
    }

    /// Tells everybody to look, because something may have been settled elsewhere.
    pub(super) fn announce_all(&self) {
        for waiting in self.lock().values() {
            waiting.send_replace(None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, watch::Sender<News>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// Waits for the next news.
    pub(super) async fn news(&mut self) -> News {
        // The sender is there as long as somebody waits.
        let _ = self.news.changed().await;
        self.news.borrow_and_update().clone()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = self.settled.lock();
        // Our own receiver is the last one.
        if waiting.get(&self.order).is_some_and(|sender| sender.receiver_count() <= 1) {
            waiting.remove(&self.order);
        }
    }
}
