//! Who holds what is to be done. Judged by what stands in the database before and after each step, and by who wrote in
//! it, never by what a worker believes: so it makes no difference whether a write failed, or was done and nobody heard.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use merkato_commerce::ids::TaskId;

use crate::{
    books::{Books, Lease},
    turns::ActorId,
    world::{CLOCKS_APART_MAX_MS, Violation, broken},
};

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    Task(TaskId),
    Delivery { subscriber: String, event: String },
}

impl fmt::Display for Work {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(task) => write!(formatter, "task {task}"),
            Self::Delivery { subscriber, event } => write!(formatter, "event {event} for {subscriber}"),
        }
    }
}

/// Work, and which time it was taken.
type Taking = (Work, i64);

/// What a worker is at.
#[derive(Debug)]
struct Worker {
    taking: Taking,
    until_ms: i64,
    /// Whether it has taken a step.
    begun: bool,
    /// Whether the database was away when it wrote.
    unlucky: bool,
}

#[derive(Debug, Default)]
pub struct Leases {
    /// Who took it, until somebody begins with it.
    takers: BTreeMap<Taking, BTreeSet<ActorId>>,
    workers: BTreeMap<ActorId, Worker>,
}

impl Leases {
    /// What workers have taken and given back in a step, in which `writers` wrote.
    pub fn after_a_step(
        &mut self,
        before: &Books,
        now: &Books,
        writers: &[ActorId],
        now_ms: i64,
    ) -> Result<(), Violation> {
        let (were, are) = (all(before), all(now));
        for (work, lease) in &are {
            self.of_work(work, were.get(work).copied(), *lease, writers, now_ms)?;
        }
        for (work, was) in were.iter().filter(|(work, _)| !are.contains_key(*work)) {
            let Work::Task(_) = work else { continue };
            // It may have been taken from whoever did it: then it is done all the same.
            let did = |writer: &ActorId| self.workers.get(writer).is_some_and(|one| one.taking.0 == *work);
            if !writers.iter().any(did) {
                return broken(format!("nobody forgets what they have not done: {work} {was:?}"));
            }
        }
        Ok(())
    }

    fn of_work(
        &mut self,
        work: &Work,
        was: Option<Lease>,
        is: Lease,
        writers: &[ActorId],
        now_ms: i64,
    ) -> Result<(), Violation> {
        let was = was.unwrap_or(Lease { tries: 0, until_ms: 0 });
        if was == is {
            return Ok(());
        }
        let taking = (work.clone(), was.tries);
        let by_holder = writers.iter().any(|writer| self.holds(*writer, &taking));
        if is.tries > was.tries {
            if was.until_ms > now_ms + CLOCKS_APART_MAX_MS && !by_holder {
                return broken(format!("nobody takes what another holds: {work} {was:?}, {is:?}"));
            }
            self.takers.entry((work.clone(), is.tries)).or_default().extend(writers);
        } else if is.until_ms > was.until_ms {
            return broken(format!("each time that work is taken counts: {work} {was:?}, {is:?}"));
        } else if !by_holder {
            return broken(format!("nobody gives back what another holds: {work} {was:?}, {is:?}"));
        }
        Ok(())
    }

    fn holds(&self, actor: ActorId, taking: &Taking) -> bool {
        self.workers.get(&actor).is_some_and(|worker| worker.taking == *taking)
            || self.takers.get(taking).is_some_and(|takers| takers.contains(&actor))
    }

    /// A worker is about to begin what was taken for it. Says whether another is at it already.
    pub fn begin(
        &mut self,
        actor: ActorId,
        work: Work,
        lease: Lease,
        books: &Books,
    ) -> Result<bool, Violation> {
        let Lease { tries, until_ms } = lease;
        // What is gone was done by another meanwhile.
        if let Some(stored) = all(books).get(&work)
            && (stored.tries < tries || (stored.tries == tries && *stored != lease))
        {
            return broken(format!("what a worker begins is taken for it: {work}, {lease:?}, {stored:?}"));
        }
        let taking = (work, tries);
        self.takers.remove(&taking);
        let shared = self.workers.values().any(|other| other.taking.0 == taking.0);
        self.workers.insert(actor, Worker { taking, until_ms, begun: false, unlucky: false });
        Ok(shared)
    }

    /// A worker has taken a step, at `clock_ms` by its machine's clock. One that overslept its lease before the first
    /// leaves a task alone, so that it `ended` there and then.
    pub fn took_a_step(&mut self, actor: ActorId, clock_ms: i64, ended: bool) -> Result<(), Violation> {
        let Some(worker) = self.workers.get_mut(&actor) else { return Ok(()) };
        let first = !std::mem::replace(&mut worker.begun, true);
        let overslept = matches!(worker.taking.0, Work::Task(_)) && clock_ms >= worker.until_ms;
        if first && overslept && !ended {
            return broken(format!("whoever oversleeps leaves work alone: {}", worker.taking.0));
        }
        Ok(())
    }

    /// The database was away for those who wrote.
    pub fn fail(&mut self, writers: &[ActorId]) {
        for writer in writers {
            if let Some(worker) = self.workers.get_mut(writer) {
                worker.unlucky = true;
            }
        }
    }

    /// A worker has come to an end, and said what came of its work.
    pub fn end(&mut self, actor: ActorId, books: &Books, now_ms: i64) -> Result<(), Violation> {
        let Some(Worker { taking: (work, tries), unlucky, .. }) = self.workers.remove(&actor) else {
            return Ok(());
        };
        let still_held = all(books)
            .get(&work)
            .is_some_and(|lease| lease.tries == tries && lease.until_ms > now_ms + CLOCKS_APART_MAX_MS);
        if still_held && !unlucky {
            return broken(format!("whoever is done with work lets go of it: {work}, time {tries}"));
        }
        Ok(())
    }

    /// A worker is gone, whatever it was at.
    pub fn forget(&mut self, actor: ActorId) {
        self.workers.remove(&actor);
    }

    /// Whose lease is going to end, and when.
    pub fn under_way(&self) -> impl Iterator<Item = (ActorId, &Work, i64)> {
        self.workers.iter().map(|(actor, worker)| (*actor, &worker.taking.0, worker.until_ms))
    }
}

/// All that is to be done.
fn all(books: &Books) -> BTreeMap<Work, Lease> {
    let tasks = books.tasks.iter().map(|(id, task)| (Work::Task(*id), task.lease));
    // A dead letter that is replayed begins anew, with no tries.
    let deliveries = books.deliveries.iter().filter(|(_, delivery)| !delivery.dead);
    let deliveries = deliveries.map(|((subscriber, event), delivery)| {
        (Work::Delivery { subscriber: subscriber.clone(), event: event.clone() }, delivery.lease)
    });
    tasks.chain(deliveries).collect()
}
