//! The log of what staff did: who, when, what, to what, and what came of it.
//!
//! What staff do here is written in the transaction that does it, so that neither exists without the other; what was
//! refused changed nothing and leaves no line. Other services report what staff do there. Shoppers write nothing.

use std::sync::Arc;

use merkato_commerce::{
    Invalid,
    ids::{StaffActionId, UserId},
    time::Timestamp,
};
use merkato_contract::{
    List,
    staff::action::{ReportAction, SUBJECT_CHARACTERS_MAX, StaffAction, TEXT_CHARACTERS_MAX},
};

use super::{
    Actor, App, Error, Rejection,
    cursor::{of_place, page, place_of},
};
use crate::store::{
    self, Transaction,
    staff::{ActionFilter, StaffActionRecord},
};

/// Something that staff do, to be written down with it. Made before the transaction, so that a repeated one is the same.
#[derive(Clone)]
pub(super) struct Deed {
    id: StaffActionId,
    at: Timestamp,
    actor: Option<UserId>,
    service: Option<String>,
    action: &'static str,
    subject: String,
}

impl App {
    /// What is to be written down of `action` on `subject`, if it is staff who act.
    pub(super) fn deed(&self, actor: &Actor, action: &'static str, subject: String) -> Option<Deed> {
        actor.staff.then(|| Deed {
            id: StaffActionId::generate(&*self.ids),
            at: self.clock.now(),
            actor: actor.user,
            service: actor.service.clone(),
            action,
            subject,
        })
    }

    /// Lines of the log, the newest first.
    pub async fn staff_actions(
        &self,
        filter: ActionFilter,
        after: Option<String>,
        limit: u32,
    ) -> Result<List<StaffAction>, Error> {
        let unknown = |subject: &String| {
            subject.chars().count() > SUBJECT_CHARACTERS_MAX || subject.chars().any(char::is_control)
        };
        if filter.subject.as_ref().is_some_and(unknown) {
            let message = format!("must be at most {SUBJECT_CHARACTERS_MAX} visible characters");
            return Err(Invalid::new("subject", message).into());
        }
        let after = after.map(|cursor| place_of(&cursor)).transpose()?;
        let filter = Arc::new(filter);
        let records = self
            .store
            .read(move |transaction| {
                let filter = Arc::clone(&filter);
                Box::pin(async move {
                    Ok::<_, Error>(transaction.staff_actions(&filter, after, limit + 1).await?)
                })
            })
            .await?;
        Ok(page(records, limit, |record| of_place(record.at, record.id.0), shown))
    }

    /// Writes down what a member of staff did in another service. The same report counts once.
    pub async fn report_action(&self, actor: &Actor, report: ReportAction) -> Result<(), Error> {
        let problems = report.problems();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let somebody = actor.user.ok_or_else(|| Invalid::new("x-user-id", "must say who did it"))?;
        let ReportAction { id, action, subject, detail, outcome } = report;
        let line = Arc::new(StaffActionRecord {
            id,
            at: self.clock.now(),
            actor: Some(somebody),
            service: actor.service.clone(),
            action,
            subject,
            detail,
            outcome,
        });
        self.store
            .write(move |transaction| {
                let line = Arc::clone(&line);
                Box::pin(async move { Ok(transaction.insert_staff_action(&line).await?) })
            })
            .await
    }
}

impl Deed {
    /// Writes it down.
    pub(super) async fn log(
        &self,
        transaction: &mut dyn Transaction,
        detail: &str,
        outcome: String,
    ) -> Result<(), store::Error> {
        let Self { id, at, actor, service, action, subject } = self.clone();
        let detail = detail.chars().take(TEXT_CHARACTERS_MAX).collect();
        let action = action.to_owned();
        let line = StaffActionRecord { id, at, actor, service, action, subject, detail, outcome };
        transaction.insert_staff_action(&line).await
    }
}

fn shown(record: StaffActionRecord) -> StaffAction {
    let StaffActionRecord { id, at, actor, service, action, subject, detail, outcome } = record;
    StaffAction { id, at: at.into(), actor, service, action, subject, detail, outcome }
}
