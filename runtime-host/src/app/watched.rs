//! Shoppers who look at an order, and are told when something happens to it.
//!
//! Whoever waits holds a place in a list and nothing else, no connection to the database least of all. What happens
//! here is told from memory; what happens at other coordinators is looked up once for all who wait.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use merkato_commerce::ids::OrderId;
use merkato_contract::order::Order;
use tokio::{sync::watch, time::timeout};

use super::{Actor, App};
use crate::{metrics, store};

/// Most who wait at a time. Each keeps an instance of a service and a connection busy meanwhile, and the local runner
/// has room for four times as many in all; whoever comes on top of it is answered at once, and may ask again.
const WATCHERS_MAX: usize = 64;

/// Who watches which order.
#[derive(Default)]
pub(super) struct Watched {
    watching: Mutex<Watching>,
}

#[derive(Default)]
struct Watching {
    /// How often each order was changed, as far as is told.
    versions: HashMap<OrderId, watch::Sender<i64>>,
    watchers: usize,
}

/// Somebody who watches an order.
struct Watcher<'a> {
    watched: &'a Watched,
    order: OrderId,
    version: watch::Receiver<i64>,
}

impl Watched {
    /// Begins to watch `order`; none if there is no place. Taken before looking at it, so that nothing is missed in
    /// between.
    fn watch(&self, order: OrderId) -> Option<Watcher<'_>> {
        let mut watching = self.lock();
        if watching.watchers >= WATCHERS_MAX {
            return None;
        }
        watching.watchers += 1;
        metrics::watching(watching.watchers);
        let unknown = || watch::Sender::new(i64::MIN);
        let version = watching.versions.entry(order).or_insert_with(unknown).subscribe();
        Some(Watcher { watched: self, order, version })
    }

    /// Tells all who watch `order` that it was changed `version` times by now.
    pub(super) fn announce(&self, order: OrderId, version: i64) {
        if let Some(known) = self.lock().versions.get(&order) {
            known.send_if_modified(|known| {
                let news = *known < version;
                *known = version.max(*known);
                news
            });
        }
    }

    fn orders(&self) -> Vec<OrderId> {
        self.lock().versions.keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher<'_> {
    /// Waits until the order was changed more than `version` times.
    async fn changed_after(&mut self, version: i64) {
        // The sender is there as long as somebody watches.
        let _ = self.version.wait_for(|known| *known > version).await;
    }
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        let mut watching = self.watched.lock();
        watching.watchers -= 1;
        metrics::watching(watching.watchers);
        // Our own receiver is the last one.
        if watching.versions.get(&self.order).is_some_and(|version| version.receiver_count() <= 1) {
            watching.versions.remove(&self.order);
        }
    }
}

impl App {
    /// An order that the actor may read, once it is no longer at version `since`, or else as it stands after `wait`.
    pub async fn order_after(
        &self,
        actor: &Actor,
        id: OrderId,
        since: i64,
        wait: Duration,
    ) -> Result<Order, super::Error> {
        let Some(mut watcher) = self.watched.watch(id) else { return self.order(actor, id).await };
        let order = self.order(actor, id).await?;
        if order.version != since {
            return Ok(order);
        }
        // Looked up again either way: between two coordinators, news can be lost with a connection.
        let _ = timeout(wait, watcher.changed_after(since)).await;
        self.order(actor, id).await
    }

    /// Another coordinator has committed something: looks which of the orders that are watched here it has changed.
    pub async fn look_at_watched_orders(&self) -> Result<(), store::Error> {
        let orders = self.watched.orders();
        if orders.is_empty() {
            return Ok(());
        }
        let versions = self
            .store
            .read(move |transaction| {
                let orders = orders.clone();
                Box::pin(async move { transaction.order_versions(&orders).await })
            })
            .await?;
        for (order, version) in versions {
            self.watched.announce(order, version);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn order(number: u128) -> OrderId {
        OrderId(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn all_who_watch_an_order_hear_of_its_next_version_and_of_no_older_one() {
        let watched = Watched::default();
        let mut watchers =
            [watched.watch(order(1)), watched.watch(order(1))].map(|watcher| watcher.expect("a place"));
        watched.announce(order(2), 9);
        watched.announce(order(1), 3);
        watched.announce(order(1), 2);
        for watcher in &mut watchers {
            assert!(futures::poll!(std::pin::pin!(watcher.changed_after(3))).is_pending());
            assert!(futures::poll!(std::pin::pin!(watcher.changed_after(2))).is_ready());
        }
        watched.announce(order(1), 4);
        for watcher in &mut watchers {
            watcher.changed_after(3).await;
        }
    }

    #[test]
    fn there_are_so_many_places_and_who_leaves_makes_room() {
        let watched = Watched::default();
        let mut watchers = (0..WATCHERS_MAX as u128).map(|number| watched.watch(order(number / 2)));
        let mut watchers = watchers.by_ref().collect::<Option<Vec<_>>>().expect("places");
        assert!(watched.watch(order(0)).is_none());
        watchers.pop();
        assert!(watched.watch(order(0)).is_some());
        drop(watchers);
        assert!(watched.orders().is_empty(), "nothing is left behind");
    }
}
