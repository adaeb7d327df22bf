//! Payments: what the payments service answers, and what that does to an order.

use std::{sync::Arc, time::Instant};

use merkato_commerce::{ids::OrderId, order::Command, pieces};
use merkato_contract::payment::{Authorize, Outcome, PaymentOutcome, RefundPayment};

use super::{App, Error, Rejection, transition::FollowUp};
use crate::{
    metrics,
    payments::{NoAnswer, Payments},
    store::{
        Transaction, Wanted,
        records::{OrderRecord, TaskRecord, TaskWork},
    },
};

/// What is said of a payment whose gateway gave no reason.
const NO_REASON: &str = "no reason given";

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

    /// Does a task's work outside of any transaction, then stores what came of it and forgets the task. The order is
    /// looked up unless it is `known` from the transaction that asked for the task.
    pub async fn run_task(
        &self,
        task: &TaskRecord,
        known: Option<Arc<OrderRecord>>,
        payments: &dyn Payments,
    ) -> Result<TaskResult, Error> {
        let id = task.order;
        let record = match known {
            Some(record) => record,
            None => Arc::new(self.order_record(id).await?),
        };
        let asked = Instant::now();
        let answer = ask(task, &record, payments).await;
        let outcome = answer.as_ref().ok().map(|outcome| outcome.outcome);
        metrics::payments_called(&task.work, outcome, asked.elapsed());
        match answer {
            Ok(outcome) => {
                self.settle(outcome, Some((task.clone(), record))).await?;
                Ok(TaskResult::Done)
            }
            Err(NoAnswer(reason)) => {
                tracing::warn!(order.id = %id, task.kind = task.work.kind(), task.tries = task.tries, reason, "no answer");
                Ok(TaskResult::NoAnswer)
            }
        }
    }

    /// Stores what a gateway said. If it was asked by a task, that is done now; the order is known from then.
    async fn settle(
        &self,
        outcome: PaymentOutcome,
        finished: Option<(TaskRecord, Arc<OrderRecord>)>,
    ) -> Result<(), Error> {
        let transition = self.transition();
        let order = outcome.order_id;
        let (finished, wanted) = match finished {
            // An answer about another order than was asked for: `order` is what is said, and wins.
            Some((task, record)) if record.facts.id == order => (Some(task), Wanted::known_order(record)),
            finished => (finished.map(|(task, _)| task), Wanted::order(order)),
        };
        let known = Arc::new((outcome, finished));
        let heard = Arc::clone(&known);
        let (record, followed) = self
            .store
            .write_wanting(wanted, move |transaction| {
                let (heard, transition) = (Arc::clone(&heard), transition.clone());
                Box::pin(async move {
                    let (outcome, finished) = &*heard;
                    let mut record = transaction.order(order).await?.ok_or(Rejection::NotFound("order"))?;
                    if record.payment_id(outcome.attempt) != Some(outcome.payment_id) {
                        return Err(Rejection::NotFound("payment").into());
                    }
                    let command = command_of(transaction, &mut record, outcome, finished.as_ref()).await?;
                    let mut followed = None;
                    if let Some(command) = command {
                        let detail = detail_of(outcome);
                        let changed = transition.apply(transaction, &mut record, command, detail).await?;
                        followed = changed.map(|led_to| (command, led_to));
                    }
                    if let Some(task) = finished {
                        transaction.delete_task(task.id).await?;
                    }
                    Ok::<_, Error>((record, followed))
                })
            })
            .await?;
        if let Some((command, led_to)) = followed {
            self.follow_up(&led_to);
            report_refusal(order, command, detail_of(&known.0));
        }
        self.settled.announce(record);
        Ok(())
    }

    /// Ends orders whose reservation ran out, at most `limit`; says how many there were.
    pub async fn expire_reservations(&self, limit: u32) -> Result<usize, Error> {
        let transition = self.transition();
        let now = self.clock.now();
        let (expired, led_to) = self
            .store
            .write(move |transaction| {
                let transition = transition.clone();
                Box::pin(async move {
                    let expired: Vec<OrderId> = transaction.expired_reservations(now, limit).await?;
                    let mut led_to = FollowUp::default();
                    for id in &expired {
                        let mut record = transaction.order(*id).await?.ok_or(Rejection::NotFound("order"))?;
                        let command = Command::ReservationExpired;
                        let expired = transition.apply(transaction, &mut record, command, "").await?;
                        led_to.extend(expired.unwrap_or_default());
                        // An order that is past waiting holds none; the row must go either way.
                        transaction.delete_reservation(*id).await?;
                    }
                    Ok::<_, Error>((expired, led_to))
                })
            })
            .await?;
        self.follow_up(&led_to);
        for id in &expired {
            self.settled.announce_change(*id);
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
        TaskWork::RefundAttempt { attempt } => {
            // The payment's id is the refund's: all of a try's money goes back once, however often that is asked.
            let payment = payment_of(*attempt)?;
            let refund = RefundPayment { refund_key: payment.to_string(), amount: record.order.total };
            payments.refund(payment, &refund).await
        }
        TaskWork::Refund { attempt, amount } => {
            // The task's id is the refund's: a repeated task is the same refund, a second refund another one.
            let refund = RefundPayment { refund_key: task.id.to_string(), amount: *amount };
            payments.refund(payment_of(*attempt)?, &refund).await
        }
    }
}

/// What the gateway's word means for the order; none if it means nothing, or nothing any more. Notes what belongs to
/// the record beside its state.
async fn command_of(
    transaction: &mut dyn Transaction,
    record: &mut OrderRecord,
    outcome: &PaymentOutcome,
    finished: Option<&TaskRecord>,
) -> Result<Option<Command>, Error> {
    let attempt = outcome.attempt;
    let command = match (outcome.outcome, finished.map(|task| (task.id, &task.work))) {
        (Outcome::Approved, _) => Command::PaymentApproved { attempt },
        (Outcome::Declined, _) => Command::PaymentDeclined { attempt },
        (Outcome::Challenged | Outcome::Pending, _) => Command::PaymentChallenged { attempt },
        (Outcome::Captured, _) | (Outcome::Done, Some((_, TaskWork::Capture { .. }))) => {
            Command::PaymentCaptured { attempt }
        }
        (Outcome::Refused, Some((_, TaskWork::Capture { .. }))) => Command::CaptureFailed { attempt },
        (Outcome::Refused, Some((_, TaskWork::RefundAttempt { .. }))) => {
            Command::RefundFailed { attempt, amount: record.order.total }
        }
        (said @ (Outcome::Done | Outcome::Refused), Some((id, TaskWork::Refund { .. }))) => {
            let done = said == Outcome::Done;
            let Some(refund) = transaction.close_order_refund(id, done).await? else { return Ok(None) };
            let amount = refund.amount;
            if done {
                return Ok(Some(Command::RefundDone { attempt, amount }));
            }
            pieces::undo_refund(&mut record.lines, &refund.pieces);
            transaction.update_order_lines(record).await?;
            return Ok(Some(Command::RefundFailed { attempt, amount }));
        }
        (Outcome::Done | Outcome::Refused, _) => return Ok(None),
    };
    let first_word = matches!(
        command,
        Command::PaymentApproved { .. } | Command::PaymentDeclined { .. } | Command::PaymentChallenged { .. }
    );
    if first_word && attempt == record.order.attempt {
        record.redirect_url.clone_from(&outcome.redirect_url);
        record.decline_reason.clone_from(&outcome.reason);
    }
    Ok(Some(command))
}

fn detail_of(outcome: &PaymentOutcome) -> &str {
    match outcome.outcome {
        Outcome::Challenged => "Waiting for you to confirm the payment",
        Outcome::Pending => "Waiting for the payment to arrive",
        _ => outcome.reason.as_deref().unwrap_or(NO_REASON),
    }
}

/// What staff must see to stands in the log as well, under one name to count and to alert on.
fn report_refusal(order: OrderId, command: Command, reason: &str) {
    let (refused, attempt) = match command {
        Command::CaptureFailed { attempt } => ("capture", attempt),
        Command::RefundFailed { attempt, .. } => ("refund", attempt),
        _ => return,
    };
    tracing::error!(
        order.id = %order, payment.attempt = attempt, payment.refused = refused, reason,
        "the gateway refused to move money"
    );
}
