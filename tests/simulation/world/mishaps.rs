//! What goes wrong with coordinators and callers: they sleep, crash, stop, and hang up.

use merkato::app::handover;

use super::{About, CLOCKS_APART_MAX_MS, Violation, World};
use crate::{books::Books, leases::Work};

/// Steps in which whoever is at work has stored what came of it: the question, its answer, the write, and a second one
/// where the first failed; one more than there are.
const STEPS_TO_STORE: usize = 6;
impl World {
    pub(super) fn let_time_pass(&mut self) {
        let lease_ms = i64::try_from(handover::LEASE.as_millis()).expect("a minute");
        let spans_ms = [(6, 1_000), (5, 10_000), (4, lease_ms + 5_000), (2, 16 * 60_000)];
        let most = self.chance.weighed(&spans_ms).expect("one of them");
        let milliseconds = self.chance.between(most / 10, most);
        self.time.pass_ms(milliseconds);
        self.note("time has passed");
    }

    /// A worker sleeps past the end of its lease, until another has taken what it is at; then it goes on as if
    /// nothing had happened.
    pub(super) async fn oversleep(&mut self) -> Result<(), Violation> {
        let under_way = self.leases.under_way().map(|(id, work, until_ms)| (id, work.clone(), until_ms));
        let under_way = under_way.collect::<Vec<_>>();
        let (sleeper, work, until_ms) = self.chance.pick(&under_way).clone();
        self.note(format!("{sleeper} sleeps, and with it {work}"));
        let late_ms = self.chance.between(0, CLOCKS_APART_MAX_MS + 100);
        self.time.pass_ms((until_ms - self.time.now_ms()).max(0) + late_ms);
        let place = self.chance.below(self.coordinators.len());
        let looker = match work {
            Work::Task(_) => self.look_for_tasks(place),
            Work::Delivery { .. } => self.look_for_deliveries(place),
        };
        while let Some(looker) = looker.filter(|looker| self.parts.contains_key(looker)) {
            self.go_on(&[looker], &[]).await?;
        }
        for _ in 0..self.chance.below(STEPS_TO_STORE) {
            if self.parts.contains_key(&sleeper) {
                self.go_on(&[sleeper], &[]).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn crash(&mut self) {
        let place = self.chance.below(self.coordinators.len());
        let its = self.parts.iter().filter(|(_, part)| part.coordinator == place).map(|(id, _)| *id);
        for id in its.collect::<Vec<_>>() {
            self.stage.leave(id);
            self.forget(id);
        }
        self.note(format!("coordinator {place} crashes, and starts again"));
        self.restart(place).await;
    }

    async fn restart(&mut self, place: usize) {
        self.coordinators[place] = self.start_coordinator().await;
        // One that is alone gives back what it held before.
        if self.database.has_changed().await {
            self.books = Books::read(&mut *self.database).await;
        }
    }

    /// A coordinator stops as it should: what is under way is given back or ends. Then it starts again.
    pub(super) async fn stop_coordinator(&mut self) -> Result<(), Violation> {
        let place = self.chance.below(self.coordinators.len());
        self.note(format!("coordinator {place} is told to stop"));
        // What is written at that very moment is written.
        let writing = self.parts.iter().filter(|(id, part)| {
            let works = matches!(part.about, About::Task | About::Delivery);
            part.coordinator == place && works && self.turns.is_about_to_write(**id)
        });
        for id in writing.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.go_on(&[id], &[]).await?;
        }
        if let Some(handed_over) = &mut self.coordinators[place].handed_over {
            handed_over.close();
        }
        self.coordinators[place].abandon.cancel();
        loop {
            let its = self.parts.iter().filter(|(_, part)| part.coordinator == place).map(|(id, _)| *id);
            let its = its.collect::<Vec<_>>();
            if its.is_empty() {
                break;
            }
            let actor = *self.chance.pick(&its);
            self.go_on(&[actor], &[]).await?;
        }
        self.note(format!("coordinator {place} has stopped, and starts again"));
        self.restart(place).await;
        Ok(())
    }

    /// Somebody hangs up, before the shop has done anything more for them or after.
    pub(super) async fn hang_up(&mut self) -> Result<(), Violation> {
        let callers = self
            .parts
            .iter()
            .filter(|(_, part)| matches!(part.about, About::Shopper { .. } | About::Webhook(_)))
            .map(|(id, _)| *id)
            .collect::<Vec<_>>();
        if callers.is_empty() {
            return Ok(());
        }
        let id = *self.chance.pick(&callers);
        let done = self.done_by(&[id]);
        self.note(format!("{id} is hung up on"));
        if self.chance.percent(50) {
            self.note(format!("{id} was under way: what it was about goes on to its next stop"));
            // Nobody hears what it came to.
            self.turns.destine([], true);
            drop(self.stage.go_on(&[id], &[]).await);
        }
        self.stage.leave(id);
        self.forget(id);
        self.look_at_books(done).await
    }
}
