//! Payments: what the payments service answers, and what that does to an order.

use std::sync::Arc;

use merkato_commerce::{
    ids::{OrderId, TaskId},
    order::Command,
};
use merkato_contract::payment::{Authorize, Outcome, PaymentOutcome, RefundPayment};

use super::{App, Error, Rejection};
use crate::{
    payments::{NoAnswer, Payments},
    store::{
        Wanted,
        records::{OrderRecord, TaskRecord, TaskWork},
    },
};

/// What came of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskResult {
    /// It is done and forgotten.
    Done,
    /// There was no answer; it must be tried again.
    NoAnswer,
}

impl App {
    /// Takes what a gateway said of a payment. Answers that come twice, or late, do no harm.
    pub async fn settle_payment(&self, outcome: PaymentOutcome) -> Result<(), Error> {
        self.settle(outcome, None).await
    }

    /// Does a task's work outside of any transaction, then stores what came of it and forgets the task.
    pub async fn run_task(&self, task: &TaskRecord, payments: &dyn Payments) -> Result<TaskResult, Error> {
        let id = task.order;
        let record = self
            .store
            .read(move |transaction| Box::pin(async move { Ok::<_, Error>(transaction.order(id).await?) }))
            .await?
            .ok_or(Rejection::NotFound("order"))?;
        let answer = ask(task, &record, payments).await;
        match answer {
            Ok(outcome) => {
                self.settle(outcome, Some(task.id)).await?;
                Ok(TaskResult::Done)
            }
            Err(NoAnswer(reason)) => {
                tracing::warn!(order.id = %id, task.kind = task.work.kind(), task.tries = task.tries, reason, "no answer");
                Ok(TaskResult::NoAnswer)
            }
        }
    }

    async fn settle(&self, outcome: PaymentOutcome, finished: Option<TaskId>) -> Result<(), Error> {
        let transition = self.transition();
        let order = outcome.order_id;
        let outcome = Arc::new(outcome);
        self.store
            .write_wanting(Wanted::order(order), move |transaction| {
                let (outcome, transition) = (Arc::clone(&outcome), transition.clone());
                Box::pin(async move {
                    let mut record = transaction.order(order).await?.ok_or(Rejection::NotFound("order"))?;
                    if record.payment_id(outcome.attempt) != Some(outcome.payment_id) {
                        return Err(Rejection::NotFound("payment").into());
                    }
                    if let Some((command, note)) = command_of(&outcome) {
                        if outcome.attempt == record.order.attempt {
                            record.redirect_url.clone_from(&outcome.redirect_url);
                            record.decline_reason.clone_from(&outcome.reason);
                        }
                        transition.apply(transaction, &mut record, command, &note).await?;
                    }
                    if let Some(task) = finished {
                        transaction.delete_task(task).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.settled.announce(order);
        self.wake.ring();
        Ok(())
    }

    /// Ends orders whose reservation ran out, at most `limit`; says how many there were.
    pub async fn expire_reservations(&self, limit: u32) -> Result<usize, Error> {
        let transition = self.transition();
        let now = self.clock.now();
        let expired: Vec<OrderId> = self
            .store
            .write(move |transaction| {
                let transition = transition.clone();
                Box::pin(async move {
                    let expired = transaction.expired_reservations(now, limit).await?;
                    for id in &expired {
                        let mut record = transaction.order(*id).await?.ok_or(Rejection::NotFound("order"))?;
                        let note = "Nobody paid in time; the goods are free again.";
                        transition.apply(transaction, &mut record, Command::ReservationExpired, note).await?;
                        // An order that is past waiting holds none; the row must go either way.
                        transaction.delete_reservation(*id).await?;
                    }
                    Ok::<_, Error>(expired)
                })
            })
            .await?;
        for id in &expired {
            self.settled.announce(*id);
        }
        if !expired.is_empty() {
            self.wake.ring();
        }
        Ok(expired.len())
    }
}

async fn ask(
    task: &TaskRecord,
    record: &OrderRecord,
    payments: &dyn Payments,
) -> Result<PaymentOutcome, NoAnswer> {
    let payment_of = |attempt: u32| {
        record.payment_id(attempt).ok_or_else(|| NoAnswer(format!("try {attempt} has no payment id")))
    };
    match &task.work {
        TaskWork::Authorize { attempt, token } => {
            let authorize = Authorize {
                payment_id: payment_of(*attempt)?,
                order_id: task.order,
                attempt: *attempt,
                amount: record.order.total,
                method: record.payment_method.clone(),
                token: token.clone(),
            };
            payments.authorize(&authorize).await
        }
        TaskWork::Capture { attempt } => payments.capture(payment_of(*attempt)?).await,
        TaskWork::Void { attempt } => payments.void(payment_of(*attempt)?).await,
        TaskWork::Refund { attempt, amount } => {
            // The task's id is the refund's: a repeated task is the same refund, a second refund another one.
            let refund = RefundPayment { refund_key: task.id.to_string(), amount: *amount };
            payments.refund(payment_of(*attempt)?, &refund).await
        }
    }
}

fn command_of(outcome: &PaymentOutcome) -> Option<(Command, String)> {
    let attempt = outcome.attempt;
    match outcome.outcome {
        Outcome::Approved => Some((Command::PaymentApproved { attempt }, "Payment approved".to_owned())),
        Outcome::Declined => {
            let reason = outcome.reason.as_deref().unwrap_or("no reason given");
            Some((Command::PaymentDeclined { attempt }, format!("Payment declined: {reason}")))
        }
        Outcome::Challenged => Some((
            Command::PaymentChallenged { attempt },
            "Waiting for you to confirm the payment".to_owned(),
        )),
        Outcome::Pending => {
            Some((Command::PaymentChallenged { attempt }, "Waiting for the payment to arrive".to_owned()))
        }
        Outcome::Done => None,
    }
}
