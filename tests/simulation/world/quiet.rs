//! The quiet times of a run: before anything goes wrong, and after.

use std::time::Duration;

use super::{Coordinator, Violation, World, broken};
use crate::{books, chance::Temper, invariants, shoppers, staff};

/// Longest time to calm down, in rounds of all workers: every task is done in one, and its effects take a few more.
const ROUNDS_MAX: usize = 200;
/// A worker that would sleep that long knows of nothing to come.
const FOR_EVER: Duration = Duration::from_hours(24);

/// Somebody who looks for work, one time after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looking {
    pub now: bool,
    /// What had happened when it began to look.
    begun: u64,
    /// The same of the last time that it could look: a ring while it looks is kept until it has.
    known: u64,
    /// How long it was going to sleep then, and until when.
    wait: Duration,
    until_ms: i64,
}

impl Looking {
    /// It begins to look, when all of `changes` had happened; false if it is at it.
    pub const fn begin(&mut self, changes: u64) -> bool {
        if !self.now {
            self.begun = changes;
        }
        !std::mem::replace(&mut self.now, true)
    }

    /// It has looked at `now_ms`, and would sleep for `wait` now.
    pub fn end(&mut self, wait: Duration, now_ms: i64) {
        let wait_ms = i64::try_from(wait.as_millis()).expect("a day at most").max(1);
        (self.known, self.wait, self.until_ms) = (self.begun, wait, now_ms + wait_ms);
    }

    /// It is not to sleep on, or after it has looked.
    pub const fn rouse(&mut self) {
        (self.begun, self.until_ms) = (0, 0);
    }

    /// Whether it would be awake by now: rung, or because its time has come.
    const fn wakes(&self, now_ms: i64, changes: u64) -> bool {
        self.known != changes || self.until_ms <= now_ms
    }
}

/// How often there was news, counted from 1.
#[derive(Debug, Clone, Copy)]
pub struct Changes {
    /// Of tasks and reservations.
    pub tasks: u64,
    pub deliveries: u64,
}

impl World {
    /// The shop has been open for a while, and nothing went wrong so far: some orders are where most never get to in a
    /// run in which everything happens at once.
    pub(super) async fn have_a_past(&mut self) -> Result<(), Violation> {
        for _ in 0..self.swarm.past {
            let shopper = self.chance.below(self.shoppers.len());
            shoppers::fill_cart(self, shopper);
            self.let_all_end().await?;
            shoppers::buy(self, shopper);
            self.work_off().await?;
            for (before, does) in [("confirmed", staff::ship as fn(&mut Self)), ("shipped", staff::deliver)] {
                if self.chance.percent(25) || !self.books.orders.values().any(|order| order.state == before) {
                    break;
                }
                does(self);
                self.work_off().await?;
            }
        }
        Ok(())
    }

    /// All that is under way ends, and the tasks that it leads to are done.
    async fn work_off(&mut self) -> Result<(), Violation> {
        self.let_all_end().await?;
        self.look_for_tasks(0);
        self.let_all_end().await
    }

    /// Nothing fails any more, or things fail again.
    pub(super) fn be_calm(&mut self, calm: bool) {
        self.calm = calm;
        let temper = if calm { Temper::default() } else { self.swarm.temper };
        self.gateway.desk().temper = temper;
        self.subscribers.ears().temper = temper;
    }

    /// Lets all that is under way end, in any order.
    pub async fn let_all_end(&mut self) -> Result<(), Violation> {
        while !self.parts.is_empty() {
            let actors = self.parts.keys().copied().collect::<Vec<_>>();
            let actor = *self.chance.pick(&actors);
            self.go_on(&[actor], &[]).await?;
            self.check_gateway()?;
        }
        Ok(())
    }

    /// Lets all that is under way end, all of a coordinator step by step at the same time: quicker, where their order
    /// makes no difference.
    pub(super) async fn let_all_end_together(&mut self) -> Result<(), Violation> {
        for place in 0..self.coordinators.len() {
            loop {
                let its = self.parts.iter().filter(|(_, part)| part.coordinator == place).map(|(id, _)| *id);
                let its = its.collect::<Vec<_>>();
                if its.is_empty() {
                    break;
                }
                self.go_on(&its, &[]).await?;
            }
        }
        Ok(())
    }

    /// Nobody comes any more and nothing fails. Workers sleep as long as they said, until all would sleep for ever;
    /// then nothing may be left over.
    pub async fn calm_down(&mut self) -> Result<(), Violation> {
        self.note("everything calms down");
        self.be_calm(true);
        for _ in 0..ROUNDS_MAX {
            self.let_all_end().await?;
            let strays = (self.gateway.desk().take_stray(), self.subscribers.ears().take_stray());
            let webhooks = self.gateway.desk().webhooks.iter().any(|webhook| !webhook.believed);
            if webhooks || strays != (None, None) {
                self.deliver_webhook();
                continue;
            }
            let mut woken = false;
            for place in 0..self.coordinators.len() {
                let Coordinator { tasks, deliveries, .. } = &self.coordinators[place];
                let (tasks, deliveries) = (*tasks, *deliveries);
                if tasks.wakes(self.time.now_ms(), self.changes.tasks) {
                    woken |= self.look_for_tasks(place).is_some();
                }
                if deliveries.wakes(self.time.now_ms(), self.changes.deliveries) {
                    woken |= self.look_for_deliveries(place).is_some();
                }
                self.let_all_end().await?;
            }
            if woken {
                continue;
            }
            let looking = self.coordinators.iter().flat_map(|one| [one.tasks, one.deliveries]);
            let next = looking.min_by_key(|looking| looking.until_ms).expect("there is a coordinator");
            if next.wait >= FOR_EVER {
                let events = books::events(&mut *self.database).await;
                invariants::at_the_end(self, &events)?;
                return invariants::of_the_audit(self).await;
            }
            self.time.pass_ms(next.until_ms - self.time.now_ms());
        }
        broken(format!("nothing is stuck for ever: {:?}, {:?}", self.books.tasks, self.books.deliveries))
    }
}
