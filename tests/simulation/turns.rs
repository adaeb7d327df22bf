//! Whose turn it is. Everything that happens at the same time in the shop is a future here, and each stops where it
//! would wait for the world: before a call of the store and perhaps before its answer, and before and after a call to
//! another service. The seed decides which goes on, so that the same seed always gives the same order. To crash is to
//! drop a future that stands.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
};

use async_trait::async_trait;
use merkato::store::{self, Gate, Step};

/// What the store says while the simulation keeps it away.
pub const AWAY: &str = "the database is away for the moment";

/// Where an actor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Store(Step),
    Outside,
}

/// What becomes of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Commits,
    /// It cannot begin.
    NeverBegins,
    /// Another one was in its way, so that it has to be done again.
    Conflicts,
    /// COMMIT fails, and nothing is stored.
    FailsAtCommit,
    /// COMMIT is answered with an error, and yet everything is stored.
    LosesItsAnswer,
}

pub type ActorId = u32;

#[derive(Default)]
struct Standing {
    current: Option<ActorId>,
    stopped: BTreeMap<ActorId, Stop>,
    /// Whether those that have written stop before they hear of it.
    stops_after_writes: bool,
    /// Of the next transactions, the first first; those after them commit.
    fates: VecDeque<Fate>,
    /// Of the transaction under way.
    fate: Option<Fate>,
}

/// Shared by everything that can stop an actor.
#[derive(Default)]
pub struct Turns(Mutex<Standing>);

impl Turns {
    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().expect("nobody panics with it")
    }

    /// Stands until the seed says to go on.
    pub const fn stop(&self, stop: Stop) -> Stopped<'_> {
        Stopped { turns: self, stop, actor: None }
    }

    pub fn stop_of(&self, actor: ActorId) -> Option<Stop> {
        self.lock().stopped.get(&actor).copied()
    }

    pub fn is_about_to_write(&self, actor: ActorId) -> bool {
        self.stop_of(actor) == Some(Stop::Store(Step::Write))
    }

    /// Says what becomes of the transactions until this is said again.
    pub fn destine(&self, fates: impl IntoIterator<Item = Fate>, stops_after_writes: bool) {
        let mut standing = self.lock();
        standing.fates = fates.into_iter().collect();
        standing.stops_after_writes = stops_after_writes;
    }
}

/// See [`Turns::stop`].
pub struct Stopped<'a> {
    turns: &'a Turns,
    stop: Stop,
    actor: Option<ActorId>,
}

impl Future for Stopped<'_> {
    type Output = ();

    // Needs no waker: whoever lets an actor go on polls it.
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut standing = self.turns.lock();
        if let Some(actor) = self.actor {
            return if standing.stopped.contains_key(&actor) { Poll::Pending } else { Poll::Ready(()) };
        }
        let actor = standing.current.expect("only actors come here");
        standing.stopped.insert(actor, self.stop);
        drop(standing);
        self.actor = Some(actor);
        Poll::Pending
    }
}

impl Standing {
    /// What a step of the committer comes to.
    fn come_to(&mut self, step: Step) -> Result<(), store::Error> {
        if step == Step::Begin {
            self.fate = self.fates.pop_front();
        }
        match (step, self.fate) {
            (Step::Begin, Some(Fate::NeverBegins))
            | (Step::Commit, Some(Fate::FailsAtCommit))
            | (Step::Committed, Some(Fate::LosesItsAnswer)) => Err(store::Error::Unusable(AWAY.to_owned())),
            (Step::Commit, Some(Fate::Conflicts)) => {
                Err(store::Error::Conflict("of the test's making".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Gate for Turns {
    async fn pass(&self, step: Step) -> Result<(), store::Error> {
        let stops = match step {
            Step::Read | Step::Write => true,
            Step::Written => self.lock().stops_after_writes,
            // These belong to the committer, who works for several at a time.
            Step::Begin | Step::Commit | Step::Committed => return self.lock().come_to(step),
        };
        if stops {
            self.stop(Stop::Store(step)).await;
        }
        Ok(())
    }
}

/// The actors under way.
pub struct Stage<T> {
    turns: Arc<Turns>,
    actors: BTreeMap<ActorId, Pin<Box<dyn Future<Output = T>>>>,
    next: ActorId,
}

impl<T> Stage<T> {
    pub fn new(turns: Arc<Turns>) -> Self {
        Self { turns, actors: BTreeMap::new(), next: 1 }
    }

    /// Adds an actor, which stands before its first step.
    pub fn enter(&mut self, actor: impl Future<Output = T> + 'static) -> ActorId {
        let id = self.next;
        self.next += 1;
        self.actors.insert(id, Box::pin(actor));
        self.turns.lock().stopped.insert(id, Stop::Outside);
        id
    }

    /// Takes an actor off, wherever it stands.
    pub fn leave(&mut self, id: ActorId) {
        drop(self.actors.remove(&id));
        self.turns.lock().stopped.remove(&id);
    }

    /// Lets actors go on, each until it stands again or ends; gives what those that ended came to. They begin in the
    /// order given, before any of them has an answer, so that those of `first` share a transaction; those of `later`
    /// begin while that one commits, and share the next.
    pub async fn go_on(&mut self, first: &[ActorId], later: &[ActorId]) -> Vec<(ActorId, T)> {
        let released = [first, later].concat();
        for id in &released {
            self.turns.lock().stopped.remove(id);
        }
        let mut ended = BTreeMap::new();
        let mut begun = first;
        std::future::poll_fn(|context| {
            for id in begun {
                if let Some(come_to) = self.poll(*id, context) {
                    ended.insert(*id, come_to);
                }
            }
            if begun.len() < released.len() {
                // The committer takes what there is before anybody else is polled.
                begun = &released;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let stands = |id: &ActorId| !self.actors.contains_key(id) || self.turns.stop_of(*id).is_some();
            if released.iter().all(stands) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        // In the order of their turns, whoever was quicker.
        released.iter().filter_map(|id| Some((*id, ended.remove(id)?))).collect()
    }

    fn poll(&mut self, id: ActorId, context: &mut Context<'_>) -> Option<T> {
        let actor = self.actors.get_mut(&id)?;
        if self.turns.stop_of(id).is_some() {
            return None;
        }
        self.turns.lock().current = Some(id);
        let polled = actor.as_mut().poll(context);
        self.turns.lock().current = None;
        match polled {
            Poll::Ready(come_to) => {
                self.actors.remove(&id);
                Some(come_to)
            }
            Poll::Pending => None,
        }
    }
}
