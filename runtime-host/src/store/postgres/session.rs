//! Statements on a connection, sent without waiting for the answer to the one before.

use std::{future::poll_fn, sync::Arc, task::Poll};

use async_trait::async_trait;
use futures::future::{FutureExt as _, maybe_done};
use sqlx::migrate::Migrator;
use tokio_postgres::types::Type;

use super::{MIGRATIONS, pool::Connection, statements};
use crate::store::{
    Error,
    engine::{Call, Session, Statement},
};

/// A transaction; dropping it undoes it.
pub struct Changing {
    connection: Connection,
    /// Who announces its work.
    name: Arc<str>,
    ended: bool,
}

/// A connection that only looks.
pub struct Looking(pub Connection);

impl Changing {
    /// Begins one, in these words.
    pub async fn begin(connection: Connection, begin: &str, name: Arc<str>) -> Result<Self, Error> {
        let mut begun = Self { connection, name, ended: false };
        let answer = begun.connection.answer(begun.connection.client.batch_execute(begin)).await;
        begun.ended = answer.is_err();
        answer.map(|()| begun)
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        if !self.ended {
            // Asked once, it is sent; whoever has the connection next comes after it.
            let _ = self.connection.client.batch_execute("ROLLBACK").now_or_never();
        }
    }
}

impl Connection {
    /// Makes `calls` in order. `name` is whose work is announced.
    async fn run(&self, calls: &[Call], name: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
        let mut statements = Vec::with_capacity(calls.len());
        for call in calls {
            let sql = statements::sql(call.statement);
            statements.push(self.client.prepare_typed_cached(sql, &[Type::TEXT]).await?);
        }
        let questions = calls.iter().zip(&statements).map(|(call, statement)| async move {
            let parameter = if call.statement == Statement::Announce { name } else { &call.parameter };
            self.client.query(statement, &[&parameter]).await
        });
        let mut answers = questions.map(|question| Box::pin(maybe_done(question))).collect::<Vec<_>>();
        // Asked once each, in this order, all of them are sent.
        poll_fn(|context| {
            for answer in &mut answers {
                let _ = answer.poll_unpin(context);
            }
            Poll::Ready(())
        })
        .await;
        let mut found = Vec::with_capacity(answers.len());
        for mut answer in answers {
            (&mut answer).await;
            let rows = answer.as_mut().take_output().unwrap_or_else(|| Ok(Vec::new()))?;
            found.push(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?);
        }
        Ok(found)
    }
}

#[async_trait]
impl Session for Changing {
    async fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, Error> {
        self.connection.answer(self.connection.run(calls, &self.name)).await
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATIONS
    }

    async fn commit(mut self: Box<Self>) -> Result<(), Error> {
        // Whatever comes of it, there is nothing left to undo.
        self.ended = true;
        self.connection.answer(self.connection.client.batch_execute("COMMIT")).await
    }
}

#[async_trait]
impl Session for Looking {
    async fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, Error> {
        self.0.answer(self.0.run(calls, "")).await
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATIONS
    }

    async fn commit(self: Box<Self>) -> Result<(), Error> {
        Ok(())
    }
}
