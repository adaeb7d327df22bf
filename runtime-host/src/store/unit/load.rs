//! Brings rows into memory, in as few trips as what is asked for allows.

use std::{collections::HashMap, hash::Hash};

use super::{Access, Unit, known};
use crate::store::{Error, Wanted, engine::Call};

/// Rows that are not in memory yet.
pub(super) trait Load: Send + Sync {
    /// What to ask; the rows are what the last call gives, and those before it only hold them.
    fn calls(&self, access: Access) -> Result<Vec<Call>, Error>;
    /// Remembers the rows, and of what was asked for and not found that there is none.
    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error>;
}

impl Unit {
    /// Loads what all pieces of work said they would want.
    pub async fn load(&mut self, wanted: &Wanted) -> Result<(), Error> {
        let first = [
            self.carts_to_load(&wanted.priced_carts, &wanted.carts),
            // After the carts: a cart that was emptied by placing an order has its saved answer by then.
            self.idempotency_to_load(&wanted.idempotency),
            self.orders_to_hold(&wanted.orders),
            self.numbers_to_load(wanted.new_orders),
        ];
        self.load_all(first.into_iter().flatten()).await?;
        self.take_known_orders(&wanted.known_orders).await?;
        // What is wanted of the rest may stand in what has come.
        let (mut offers, mut promotions) = (wanted.skus.clone(), Vec::new());
        for owner in &wanted.priced_carts {
            let cart = known(owner, &self.own.rows.cart_of, &self.base.rows.cart_of);
            if let Some(owned) = cart.and_then(|id| self.known_cart(*id)) {
                offers.extend(owned.cart.lines.iter().map(|line| line.sku.clone()));
                promotions.extend_from_slice(&owned.cart.promotions);
            }
        }
        let orders = self.orders_to_load(&wanted.orders);
        let second = [self.offers_to_load(&offers), self.promotions_to_load(&promotions)];
        let mut second = second.into_iter().flatten().collect::<Vec<_>>();
        if orders.is_some() {
            self.load_all(second.drain(..).chain(orders)).await?;
        }
        let mut stock = offers;
        // An order's stock is wanted with it: almost every change of an order moves its pieces.
        for id in wanted.orders.iter().filter(|_| self.access == Access::Change) {
            if let Some(Some(order)) = self.base.rows.orders.get(id) {
                stock.extend(order.facts.lines.iter().map(|line| line.sku.clone()));
            }
        }
        // All at once, because its rows are held in key order.
        self.load_all(second.into_iter().chain(self.stock_to_load(&stock))).await
    }

    /// Loads everything in one trip.
    pub(super) async fn load_all(
        &mut self,
        loads: impl IntoIterator<Item = Box<dyn Load>>,
    ) -> Result<(), Error> {
        let (mut calls, mut ends) = (Vec::new(), Vec::new());
        for load in loads {
            calls.extend(load.calls(self.access)?);
            ends.push((load, calls.len()));
        }
        if calls.is_empty() {
            return Ok(());
        }
        let answers = self.session.run(&calls).await;
        let answers = self.noting(answers)?;
        for (load, end) in ends {
            let remembered = load.remember(self, answers.get(end - 1).map_or(&[], Vec::as_slice));
            self.noting(remembered)?;
        }
        Ok(())
    }
}

/// Remembers the rows that were found, and of the others that there are none.
pub(super) fn remember<K: Eq + Hash, V>(
    rows: &mut HashMap<K, Option<V>>,
    asked: Vec<K>,
    found: impl Iterator<Item = (K, V)>,
) {
    rows.extend(asked.into_iter().map(|key| (key, None)));
    rows.extend(found.map(|(key, row)| (key, Some(row))));
}
