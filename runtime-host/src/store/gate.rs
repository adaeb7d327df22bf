//! Where a test decides what happens next. Which of many transactions comes first, and which of them fail, is chance;
//! like time and ids it is a parameter where somebody wants to repeat it.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::migrate::Migrator;
use tokio::sync::watch;

use super::{
    Error,
    engine::{Call, Engine, Pool, Session},
};

/// How far a call of the store has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// [`super::Store::read`] is about to look.
    Read,
    /// [`super::Store::write`] is about to queue up.
    Write,
    /// A transaction of all that has queued up is about to begin. An error keeps it from beginning.
    Begin,
    /// It has written everything, and is about to commit. An error stands for COMMIT's, and nothing is stored.
    Commit,
    /// It is stored, and nobody knows yet. An error stands for COMMIT's, whose answer was lost.
    Committed,
    /// [`super::Store::write`] is about to answer.
    Written,
}

/// What calls of the store pass.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Comes back when the call may go on; an error is what the step comes to.
    async fn pass(&self, step: Step) -> Result<(), Error>;
}

/// An engine behind a gate.
pub struct Gated {
    pub engine: Arc<dyn Engine>,
    pub gate: Arc<dyn Gate>,
}

struct GatedSession {
    session: Box<dyn Session>,
    gate: Arc<dyn Gate>,
}

#[async_trait]
impl Engine for Gated {
    async fn begin(&self) -> Result<Box<dyn Session>, Error> {
        self.gate.pass(Step::Begin).await?;
        Ok(Box::new(GatedSession { session: self.engine.begin().await?, gate: Arc::clone(&self.gate) }))
    }

    async fn look(&self) -> Result<Box<dyn Session>, Error> {
        self.engine.look().await
    }

    async fn snapshot(&self) -> Result<Box<dyn Session>, Error> {
        self.engine.snapshot().await
    }

    fn others(&self) -> Option<watch::Receiver<()>> {
        self.engine.others()
    }

    fn pools(&self) -> Vec<Pool> {
        self.engine.pools()
    }
}

#[async_trait]
impl Session for GatedSession {
    async fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, Error> {
        self.session.run(calls).await
    }

    fn migrations(&self) -> &'static Migrator {
        self.session.migrations()
    }

    async fn commit(self: Box<Self>) -> Result<(), Error> {
        self.gate.pass(Step::Commit).await?;
        self.session.commit().await?;
        self.gate.pass(Step::Committed).await
    }
}
