//! The workers and dispatchers of the coordinators, step by step: they look for work, take it, do it, and store what
//! came of it.

use std::sync::Arc;

use merkato::{
    outbox,
    worker::{self, Leased},
};

use crate::{
    turns::ActorId,
    world::{About, CLOCKS_APART_MAX_MS, Ending, Violation, World, broken, excuse},
};

fn over() -> Ending {
    Box::new(|_| Ok("over".to_owned()))
}

impl World {
    /// The worker of a coordinator looks for tasks, unless it is at it; what it finds begins at once.
    pub fn look_for_tasks(&mut self, place: usize) {
        if std::mem::replace(&mut self.coordinators[place].tasks.now, true) {
            return;
        }
        let worker = self.coordinators[place].worker.clone();
        self.enter(place, About::LookForTasks, "the worker looks for tasks".to_owned(), async move {
            let due = worker.lease_due().await;
            let ending: Ending = Box::new(move |world| match due {
                Ok(due) => world.begin_tasks(place, due),
                Err(error) => excuse(&error),
            });
            ending
        });
    }

    fn begin_tasks(&mut self, place: usize, due: worker::Due) -> Result<String, Violation> {
        let line = format!("{} tasks, then nothing for {:?}", due.tasks.len(), due.wait);
        self.coordinators[place].tasks.wait = due.wait;
        due.tasks.into_iter().try_for_each(|leased| self.begin_task(place, leased))?;
        Ok(line)
    }

    /// What was handed over to the worker of a coordinator begins at once.
    pub fn begin_handed_over(&mut self, place: usize) -> Result<(), Violation> {
        while let Some(handed_over) = &mut self.coordinators[place].handed_over
            && let Ok(handed) = handed_over.try_recv()
        {
            self.begin_task(place, handed.into())?;
        }
        Ok(())
    }

    fn begin_task(&mut self, place: usize, leased: Leased) -> Result<(), Violation> {
        self.found += 1;
        let worker = self.coordinators[place].worker.clone();
        let task = leased.task();
        let (work, until_ms) = (format!("task {}", task.id), task.leased_until.0);
        let name = format!("{} for {}, time {}", task.work.kind(), task.order, task.tries);
        let actor = self.enter(place, About::Work, name, async move {
            worker.run_task(leased).await;
            over()
        });
        self.lease(actor, work, until_ms)
    }

    /// The dispatcher of a coordinator looks for deliveries, unless it is at it; what it finds begins at once.
    pub fn look_for_deliveries(&mut self, place: usize) {
        if std::mem::replace(&mut self.coordinators[place].deliveries.now, true) {
            return;
        }
        let dispatcher = Arc::clone(&self.coordinators[place].dispatcher);
        let until_ms = self.time.now_ms() + outbox::LEASE_MS;
        let name = "the dispatcher looks for deliveries".to_owned();
        self.enter(place, About::LookForDeliveries, name, async move {
            let due = dispatcher.lease_due().await;
            let ending: Ending = Box::new(move |world| match due {
                Ok(due) => world.begin_deliveries(place, due, until_ms),
                Err(error) => excuse(&error.into()),
            });
            ending
        });
    }

    fn begin_deliveries(
        &mut self,
        place: usize,
        due: outbox::Due,
        until_ms: i64,
    ) -> Result<String, Violation> {
        let line = format!("{} deliveries, then nothing for {:?}", due.deliveries.len(), due.wait);
        self.coordinators[place].deliveries.wait = due.wait;
        self.found += due.deliveries.len();
        for leased in due.deliveries {
            let coordinator = &self.coordinators[place];
            let (dispatcher, abandon) = (Arc::clone(&coordinator.dispatcher), coordinator.abandon.clone());
            let delivery = leased.delivery();
            let work = format!("event {} for {}", delivery.event, delivery.subscriber);
            let name = format!(
                "{} of {} to {}, time {}",
                delivery.record.kind, delivery.record.subject, delivery.subscriber, delivery.tries
            );
            let actor = self.enter(place, About::Work, name, async move {
                dispatcher.deliver(leased, &abandon).await;
                over()
            });
            self.lease(actor, work, until_ms)?;
        }
        Ok(line)
    }

    /// Work is under way at one worker at a time, unless one takes so long that its lease has run out.
    fn lease(&mut self, actor: ActorId, work: String, until_ms: i64) -> Result<(), Violation> {
        let latest_ms = self.time.now_ms() + CLOCKS_APART_MAX_MS;
        if self.leases.get(&work).is_some_and(|(_, held_until_ms)| latest_ms < *held_until_ms) {
            return broken(format!("one worker at a time does what is to be done: {work}"));
        }
        self.leases.insert(work.clone(), (actor, until_ms));
        self.work.insert(actor, work);
        Ok(())
    }
}
