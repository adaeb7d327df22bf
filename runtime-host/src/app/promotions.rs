//! Promotions: what staff make, change and end.

use std::sync::Arc;

use merkato_commerce::{
    promotion::{Promotion, Validity},
    text::PromotionCode,
    time::Timestamp,
};
use merkato_contract::{
    List,
    staff::{
        action::actions,
        promotion::{self as shape, PromotionDraft, PromotionState},
    },
};

use super::{Actor, App, Error, Rejection, cursor::page};
use crate::store::{Transaction, records::PromotionRecord};

impl App {
    /// Promotions by code, those that have ended among them.
    pub async fn promotions(
        &self,
        after: Option<PromotionCode>,
        limit: u32,
    ) -> Result<List<shape::Promotion>, Error> {
        let now = self.clock.now();
        let after = Arc::new(after);
        let records = self
            .store
            .read(move |transaction| {
                let after = Arc::clone(&after);
                Box::pin(async move {
                    let codes = transaction.promotion_codes((*after).as_ref(), limit + 1).await?;
                    Ok::<_, Error>(transaction.promotions(&codes).await?)
                })
            })
            .await?;
        Ok(page(records, limit, |record| record.promotion.code.to_string(), |record| shown(record, now)))
    }

    /// A promotion.
    pub async fn promotion(&self, code: PromotionCode) -> Result<shape::Promotion, Error> {
        let code = Arc::new(code);
        let record = self
            .store
            .read(move |transaction| {
                let code = Arc::clone(&code);
                Box::pin(async move { known(transaction, &code).await })
            })
            .await?;
        Ok(shown(record.ok_or(Rejection::NotFound("promotion"))?, self.clock.now()))
    }

    /// Makes a promotion or replaces it: the one of version `expected` if that is given, where 0 is none.
    pub async fn put_promotion(
        &self,
        actor: &Actor,
        code: PromotionCode,
        draft: PromotionDraft,
        expected: Option<i64>,
    ) -> Result<shape::Promotion, Error> {
        let problems = draft.problems();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let said = serde_json::to_string(&draft)
            .map_err(|error| Error::Policy(format!("a promotion has no JSON: {error}")))?;
        let deed = self.deed(actor, actions::PUT_PROMOTION, subject_of(&code));
        let PromotionDraft { title, rule, minimum_subtotal, starts_at, ends_at } = draft;
        let validity =
            Validity { starts_at: starts_at.map(|time| time.0), ends_at: ends_at.map(|time| time.0) };
        let wanted = Arc::new((Promotion { code, title, rule, minimum_subtotal }, deed, said));
        let stored = self
            .store
            .write(move |transaction| {
                let wanted = Arc::clone(&wanted);
                Box::pin(async move {
                    let (promotion, deed, said) = &*wanted;
                    let before = known(transaction, &promotion.code).await?;
                    let version = before.map_or(0, |before| before.version);
                    check_version(&promotion.code, version, expected)?;
                    let promotion = promotion.clone();
                    let next = PromotionRecord { promotion, validity, version: version + 1 };
                    store_next(transaction, &next).await?;
                    if let Some(deed) = deed {
                        deed.log(transaction, said, format!("version {}", next.version)).await?;
                    }
                    Ok::<_, Error>(next)
                })
            })
            .await?;
        Ok(shown(stored, self.clock.now()))
    }

    /// Ends a promotion now. Orders keep what they had.
    pub async fn end_promotion(
        &self,
        actor: &Actor,
        code: PromotionCode,
        expected: Option<i64>,
    ) -> Result<shape::Promotion, Error> {
        let now = self.clock.now();
        let deed = self.deed(actor, actions::END_PROMOTION, subject_of(&code));
        let wanted = Arc::new((code, deed));
        let ended = self
            .store
            .write(move |transaction| {
                let wanted = Arc::clone(&wanted);
                Box::pin(async move {
                    let (code, deed) = &*wanted;
                    let before = known(transaction, code).await?.ok_or(Rejection::NotFound("promotion"))?;
                    check_version(code, before.version, expected)?;
                    if before.validity.is_over(now) {
                        return Ok(before);
                    }
                    let validity = Validity { ends_at: Some(now), ..before.validity };
                    let next = PromotionRecord { validity, version: before.version + 1, ..before };
                    store_next(transaction, &next).await?;
                    if let Some(deed) = deed {
                        deed.log(transaction, "", format!("version {}", next.version)).await?;
                    }
                    Ok::<_, Error>(next)
                })
            })
            .await?;
        Ok(shown(ended, now))
    }
}

fn subject_of(code: &PromotionCode) -> String {
    format!("promotion/{code}")
}

async fn known(
    transaction: &mut dyn Transaction,
    code: &PromotionCode,
) -> Result<Option<PromotionRecord>, Error> {
    Ok(transaction.promotions(std::slice::from_ref(code)).await?.pop())
}

fn check_version(code: &PromotionCode, version: i64, expected: Option<i64>) -> Result<(), Error> {
    match expected {
        Some(expected) if expected != version => Err(changed(code)),
        _ => Ok(()),
    }
}

/// Nobody holds the row from reading to writing, so another coordinator may have been quicker.
async fn store_next(transaction: &mut dyn Transaction, next: &PromotionRecord) -> Result<(), Error> {
    if transaction.put_promotion(next).await? { Ok(()) } else { Err(changed(&next.promotion.code)) }
}

fn changed(code: &PromotionCode) -> Error {
    Rejection::Conflict(format!("{code} was changed meanwhile; please look at it again.")).into()
}

fn shown(record: PromotionRecord, now: Timestamp) -> shape::Promotion {
    let PromotionRecord { promotion, validity, version } = record;
    let Promotion { code, title, rule, minimum_subtotal } = promotion;
    let state = if validity.is_over(now) {
        PromotionState::Ended
    } else if validity.has_begun(now) {
        PromotionState::Active
    } else {
        PromotionState::Planned
    };
    shape::Promotion {
        code,
        title,
        rule,
        minimum_subtotal,
        starts_at: validity.starts_at.map(Into::into),
        ends_at: validity.ends_at.map(Into::into),
        version,
        state,
    }
}
