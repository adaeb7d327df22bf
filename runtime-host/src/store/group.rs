//! Work that arrives together shares a transaction.
//!
//! A commit waits for the disk, however much it carries, and a statement costs a trip to the database, however many
//! rows it brings. So whoever serves a queue takes everything that has come meanwhile, runs it in the order of arrival
//! in one transaction, and answers when that is on the disk. With nobody else about, work is a batch of its own and
//! waits for nobody.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::{
    runtime,
    sync::{
        Mutex,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
};

use super::{
    Error, TRIES_MAX, Transaction, Wanted, WorkFuture,
    engine::Engine,
    unit::{Fault, Unit},
};
use crate::metrics;

/// Work that may wait for its turn. At a few thousand a second this is under a second of waiting; whoever comes on
/// top of it is better told at once.
const QUEUE_MAX: usize = 1_024;
/// Work in one transaction: past this, the disk is no longer what is waited for, and answers only get later.
const BATCH_MAX: usize = 128;
/// Who look at a time: one more than one, so that a look that takes long does not keep all others waiting; hardly
/// more, because looks that come together cost one trip.
const LOOKERS: usize = 2;
/// Wait before work is begun anew, times the tries so far: most conflicts are over by then, and a server that was
/// restarted has had a second and a half by the last.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// A piece of work on its way through the queue.
#[async_trait]
trait Work: Send {
    fn wanted(&self) -> &Wanted;
    /// Does it, or does it again; says whether what it did is to be kept.
    async fn run(&mut self, unit: &mut Unit) -> bool;
    /// Gives the answer of the last run.
    fn answer(self: Box<Self>);
    /// Gives an error instead.
    fn fail(self: Box<Self>, error: Error);
}

struct Piece<T, E, F> {
    wanted: Wanted,
    work: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

#[async_trait]
impl<T, E, F> Work for Piece<T, E, F>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
{
    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    async fn run(&mut self, unit: &mut Unit) -> bool {
        let result = (self.work)(unit).await;
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>) {
        let result = self.result.unwrap_or_else(|| Err(abandoned().into()));
        // Whoever asked may have gone; the work is done all the same.
        let _ = self.answer.send(result);
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.answer.send(Err(error.into()));
    }
}

fn abandoned() -> Error {
    Error::Unusable("the transaction was abandoned".to_owned())
}

/// What the work of a queue does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It changes rows. One batch after the other, so that work is done in the order in which it came.
    Change,
    /// It only looks.
    Look,
}

/// The way into a queue. Those who serve it end when the last of them is gone.
#[derive(Clone)]
pub struct Queue {
    sender: mpsc::Sender<Box<dyn Work>>,
}

impl Queue {
    /// A queue of work that changes rows of `engine`.
    pub fn to_change(engine: &Arc<dyn Engine>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(serve(Arc::clone(engine), Purpose::Change, Arc::new(Mutex::new(receiver))));
        Self { sender }
    }

    /// The same, served by a thread of its own: all others wait for what it does, so it must not stand in the queue of
    /// what they do meanwhile.
    pub fn to_change_on_a_thread(engine: &Arc<dyn Engine>) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let served = serve(Arc::clone(engine), Purpose::Change, Arc::new(Mutex::new(receiver)));
        let start = || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            thread::Builder::new().name("committer".to_owned()).spawn(move || runtime.block_on(served))
        };
        start().map_err(|error| Error::Unusable(format!("no thread can be started: {error}")))?;
        Ok(Self { sender })
    }

    /// A queue of work that looks at rows of `engine`.
    pub fn to_look(engine: &Arc<dyn Engine>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..LOOKERS {
            tokio::spawn(serve(Arc::clone(engine), Purpose::Look, Arc::clone(&receiver)));
        }
        Self { sender }
    }

    /// Has `work` done and, if it changes anything, committed.
    pub async fn run<T, E>(
        &self,
        wanted: Wanted,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let piece = Box::new(Piece { wanted, work, result: None, answer });
        self.sender.try_send(piece).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Closed(_) => abandoned(),
        })?;
        answered.await.unwrap_or_else(|_| Err(abandoned().into()))
    }
}

async fn serve(
    engine: Arc<dyn Engine>,
    purpose: Purpose,
    receiver: Arc<Mutex<mpsc::Receiver<Box<dyn Work>>>>,
) {
    loop {
        let mut batch = Vec::new();
        let mut queue = receiver.lock().await;
        let taken = queue.recv_many(&mut batch, BATCH_MAX).await;
        let waiting = queue.len();
        drop(queue);
        if taken == 0 {
            return;
        }
        let (engine, begun) = (Arc::clone(&engine), Instant::now());
        if purpose == Purpose::Change {
            metrics::commit_queued(waiting);
        }
        // In a task of its own: should work panic, its askers get an error, and the next batch is taken as ever.
        if let Err(error) = tokio::spawn(async move { settle(&*engine, purpose, batch).await }).await {
            tracing::error!(%error, "a transaction was abandoned");
        }
        if purpose == Purpose::Change {
            metrics::committed(taken, begun.elapsed());
        }
    }
}

/// Does `batch` together or, if that cannot be, one by one, so that no work fails for another's sake.
async fn settle(engine: &dyn Engine, purpose: Purpose, mut batch: Vec<Box<dyn Work>>) {
    if batch.len() > 1 {
        match together(engine, purpose, &mut batch).await {
            Ok(()) => return batch.into_iter().for_each(Work::answer),
            // Whether it was stored is not known, so it must not be done again here. Whoever asked can ask again
            // under the same key.
            Err(Undone::AtCommit(error)) => return fail_all(batch, &error),
            Err(Undone::AtBegin(error)) if !error.is_transient() => return fail_all(batch, &error),
            Err(_) => {}
        }
    }
    let mut waiting = batch.into_iter();
    while let Some(work) = waiting.next() {
        // Where nothing can even begin, the others are not kept waiting for the same.
        if let Err(unreachable) = alone(engine, purpose, work).await {
            return fail_all(waiting, &unreachable);
        }
    }
}

fn fail_all(batch: impl IntoIterator<Item = Box<dyn Work>>, error: &Error) {
    for work in batch {
        work.fail(Error::Unusable(error.to_string()));
    }
}

/// Does `work` and answers it, beginning anew as often as is sensible. An error if the database lets nothing begin.
async fn alone(engine: &dyn Engine, purpose: Purpose, work: Box<dyn Work>) -> Result<(), Error> {
    let mut batch = [work];
    let mut tries = 0;
    let undone = loop {
        tries += 1;
        match together(engine, purpose, &mut batch).await {
            Ok(()) => break None,
            Err(undone) if !undone.is_transient() || tries >= TRIES_MAX => break Some(undone),
            Err(_) => tokio::time::sleep(RETRY_PAUSE * tries).await,
        }
    };
    let [work] = batch;
    match undone {
        // The work has seen the error and says in its own words what failed.
        None | Some(Undone::ByWork | Undone::Transient(None)) => work.answer(),
        Some(Undone::Transient(Some(error)) | Undone::Failed(error) | Undone::AtCommit(error)) => {
            work.fail(error);
        }
        Some(Undone::AtBegin(error)) => {
            work.fail(Error::Unusable(error.to_string()));
            return Err(error);
        }
    }
    Ok(())
}

/// Why a transaction came to nothing.
enum Undone {
    /// The database let nobody in.
    AtBegin(Error),
    /// It may succeed when it is begun anew. Without an error where the work itself has seen it.
    Transient(Option<Error>),
    /// The work failed, and knows why.
    ByWork,
    /// It could not load or write.
    Failed(Error),
    /// The answer to COMMIT was an error.
    AtCommit(Error),
}

impl Undone {
    fn is_transient(&self) -> bool {
        match self {
            Self::AtBegin(error) => error.is_transient(),
            Self::Transient(_) => true,
            Self::ByWork | Self::Failed(_) | Self::AtCommit(_) => false,
        }
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        if error.is_transient() { Self::Transient(Some(error)) } else { Self::Failed(error) }
    }
}

async fn together(engine: &dyn Engine, purpose: Purpose, batch: &mut [Box<dyn Work>]) -> Result<(), Undone> {
    let mut unit = match purpose {
        Purpose::Change => Unit::to_change(engine.begin().await.map_err(Undone::AtBegin)?),
        Purpose::Look => Unit::to_look(engine.look().await.map_err(Undone::AtBegin)?),
    };
    let wanted = batch.iter().fold(Wanted::default(), |all, work| all.and(work.wanted()));
    unit.load(&wanted).await?;
    for work in batch {
        let forgotten = if work.run(&mut unit).await {
            unit.keep();
            true
        } else {
            unit.forget()
        };
        match unit.fault() {
            Some(Fault::Transient) => return Err(Undone::Transient(None)),
            None if forgotten => {}
            // What it did in the database goes with the transaction.
            None | Some(Fault::Failure) => return Err(Undone::ByWork),
        }
    }
    if purpose == Purpose::Look {
        return Ok(());
    }
    unit.write().await?;
    unit.commit().await.map_err(|error| {
        if matches!(error, Error::Conflict(_)) { error.into() } else { Undone::AtCommit(error) }
    })
}
