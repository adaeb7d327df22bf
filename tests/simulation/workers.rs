//! The workers and dispatchers of the coordinators, step by step: they look for work, take it, do it, and store what
//! came of it.

use std::sync::Arc;

use merkato::{
    outbox,
    worker::{self, Leased},
};

use crate::{
    books::Lease,
    leases::Work,
    turns::ActorId,
    world::{About, Ending, Violation, World, excuse},
};

fn over() -> Ending {
    Box::new(|_| Ok("over".to_owned()))
}

impl World {
    /// The worker of a coordinator looks for tasks, unless it is at it; what it finds begins at once. Gives who
    /// looks.
    pub fn look_for_tasks(&mut self, place: usize) -> Option<ActorId> {
        if !self.coordinators[place].tasks.begin(self.changes.tasks) {
            return None;
        }
        let worker = self.coordinators[place].worker.clone();
        let name = "the worker looks for tasks".to_owned();
        let looker = self.enter(place, About::LookForTasks, name, async move {
            let due = worker.lease_due().await;
            let ending: Ending = Box::new(move |world| match due {
                Ok(due) => world.begin_tasks(place, due),
                Err(error) => excuse(&error),
            });
            ending
        });
        Some(looker)
    }

    fn begin_tasks(&mut self, place: usize, due: worker::Due) -> Result<String, Violation> {
        let line = format!("{} tasks, then nothing for {:?}", due.tasks.len(), due.wait);
        let now_ms = self.time.now_ms();
        self.coordinators[place].tasks.end(due.wait, now_ms);
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
        let worker = self.coordinators[place].worker.clone();
        let task = leased.task();
        let lease = Lease { tries: i64::from(task.tries), until_ms: task.leased_until.0 };
        let (work, order, captures) = (Work::Task(task.id), task.order, task.work.kind() == "capture");
        let name = format!("{} for {}, time {}", task.work.kind(), task.order, task.tries);
        let actor = self.enter(place, About::Task, name, async move {
            worker.run_task(leased).await;
            over()
        });
        let shared = self.leases.begin(actor, work, lease, &self.books)?;
        if shared && captures {
            self.gateway.desk().cross_captures(order);
        }
        Ok(())
    }

    /// The dispatcher of a coordinator looks for deliveries, unless it is at it; what it finds begins at once. Gives who
    /// looks.
    pub fn look_for_deliveries(&mut self, place: usize) -> Option<ActorId> {
        if !self.coordinators[place].deliveries.begin(self.changes.deliveries) {
            return None;
        }
        let dispatcher = Arc::clone(&self.coordinators[place].dispatcher);
        let name = "the dispatcher looks for deliveries".to_owned();
        let looker = self.enter(place, About::LookForDeliveries, name, async move {
            let due = dispatcher.lease_due().await;
            let ending: Ending = Box::new(move |world| match due {
                Ok(due) => world.begin_deliveries(place, due),
                Err(error) => excuse(&error.into()),
            });
            ending
        });
        Some(looker)
    }

    fn begin_deliveries(&mut self, place: usize, due: outbox::Due) -> Result<String, Violation> {
        let line = format!("{} deliveries, then nothing for {:?}", due.deliveries.len(), due.wait);
        let now_ms = self.time.now_ms();
        self.coordinators[place].deliveries.end(due.wait, now_ms);
        for leased in due.deliveries {
            let coordinator = &self.coordinators[place];
            let (dispatcher, abandon) = (Arc::clone(&coordinator.dispatcher), coordinator.abandon.clone());
            let delivery = leased.delivery();
            let key = (delivery.subscriber.clone(), delivery.event.to_string());
            let tries = i64::from(delivery.tries);
            let name = format!(
                "{} of {} to {}, time {}",
                delivery.record.kind, delivery.record.subject, delivery.subscriber, delivery.tries
            );
            let actor = self.enter(place, About::Delivery, name, async move {
                dispatcher.deliver(leased, &abandon).await;
                over()
            });
            let lease = self.books.deliveries.get(&key).map(|delivery| delivery.lease);
            // Whoever was quicker has taken it since, or done it.
            let lease = lease.filter(|lease| lease.tries == tries).unwrap_or(Lease { tries, until_ms: 0 });
            let (subscriber, event) = key;
            self.leases.begin(actor, Work::Delivery { subscriber, event }, lease, &self.books)?;
        }
        Ok(line)
    }
}
