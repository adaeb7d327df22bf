//! Group commit: work that arrives while a transaction commits shares the next one.
//!
//! A commit waits for the disk, however much it carries. So one committer takes everything that has queued up
//! meanwhile, runs it in the order of arrival in one transaction, and answers when that is on the disk. With nobody
//! else about, work is a batch of its own and waits for nobody.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot,
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

/// The way into the queue. The committer ends when the last of them is gone.
#[derive(Clone)]
pub struct Queue {
    sender: mpsc::Sender<Box<dyn Work>>,
}

impl Queue {
    /// Starts the committer of `engine`.
    pub fn start(engine: Arc<dyn Engine>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(commit_all(engine, receiver));
        Self { sender }
    }

    /// Has `work` done and committed.
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

async fn commit_all(engine: Arc<dyn Engine>, mut receiver: mpsc::Receiver<Box<dyn Work>>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while receiver.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let batch = std::mem::take(&mut batch);
        let (writes, begun) = (batch.len(), Instant::now());
        metrics::commit_queued(receiver.len());
        let engine = Arc::clone(&engine);
        // In a task of its own: should work panic, its askers get an error, and the next batch is taken as ever.
        if let Err(error) = tokio::spawn(async move { commit(&*engine, batch).await }).await {
            tracing::error!(%error, "a transaction was abandoned");
        }
        metrics::committed(writes, begun.elapsed());
    }
}

/// Commits `batch` together or, if that cannot be, one by one, so that no work fails for another's sake.
async fn commit(engine: &dyn Engine, mut batch: Vec<Box<dyn Work>>) {
    match commit_together(engine, &mut batch).await {
        Ok(()) => batch.into_iter().for_each(Work::answer),
        // Whether it was stored is not known, so it must not be done again here. Whoever asked can ask again under the
        // same key.
        Err(Undone::AtCommit(error) | Undone::NotBegun(error)) => fail_all(batch, &error),
        Err(_) if batch.len() > 1 => {
            let mut batch = batch.into_iter();
            while let Some(work) = batch.next() {
                if let Err(error) = again_or_fail(engine, work, Undone::Transient(None), 0).await {
                    return fail_all(batch, &error);
                }
            }
        }
        Err(undone) => {
            if let Some(work) = batch.pop()
                && let Err(error) = again_or_fail(engine, work, undone, 1).await
            {
                tracing::debug!(%error, "nobody else waits for a database that is away");
            }
        }
    }
}

/// Tells all of `batch` at once: one by one, each would wait just as long for a database that is away.
fn fail_all(batch: impl IntoIterator<Item = Box<dyn Work>>, error: &Error) {
    let reason = error.to_string();
    for work in batch {
        work.fail(Error::Unusable(reason.clone()));
    }
}

/// Goes on with `work` after it was undone `tries` times. Fails where no transaction can be begun; then it has told
/// `work` so.
async fn again_or_fail(
    engine: &dyn Engine,
    work: Box<dyn Work>,
    mut undone: Undone,
    mut tries: u32,
) -> Result<(), Error> {
    let mut alone = vec![work];
    while matches!(undone, Undone::Transient(_)) && tries < TRIES_MAX {
        tokio::time::sleep(RETRY_PAUSE * tries).await;
        tries += 1;
        match commit_together(engine, &mut alone).await {
            Ok(()) => {
                alone.into_iter().for_each(Work::answer);
                return Ok(());
            }
            Err(next) => undone = next,
        }
    }
    let Some(work) = alone.pop() else { return Ok(()) };
    match undone {
        // The work has seen the error and says in its own words what failed.
        Undone::ByWork | Undone::Transient(None) => work.answer(),
        Undone::Transient(Some(error)) | Undone::Failed(error) | Undone::AtCommit(error) => work.fail(error),
        Undone::NotBegun(error) => {
            work.fail(Error::Unusable(error.to_string()));
            return Err(error);
        }
    }
    Ok(())
}

/// Why a transaction came to nothing.
enum Undone {
    /// It may succeed when it is begun anew. Without an error where the work itself has seen it.
    Transient(Option<Error>),
    /// The work failed, and knows why.
    ByWork,
    /// It could not begin, and neither can any other for now.
    NotBegun(Error),
    /// It could not load or write.
    Failed(Error),
    /// The answer to COMMIT was an error.
    AtCommit(Error),
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        if error.is_transient() { Self::Transient(Some(error)) } else { Self::Failed(error) }
    }
}

async fn commit_together(engine: &dyn Engine, batch: &mut [Box<dyn Work>]) -> Result<(), Undone> {
    let begun = engine.begin().await;
    let mut unit = Unit::to_change(begun.map_err(|error| {
        if error.is_transient() { Undone::Transient(Some(error)) } else { Undone::NotBegun(error) }
    })?);
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
    unit.write().await?;
    unit.commit()
        .await
        .map_err(|error| if error.is_conflict() { error.into() } else { Undone::AtCommit(error) })
}
