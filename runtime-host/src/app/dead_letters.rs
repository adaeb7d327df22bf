//! Dead letters: events that a subscriber did not take, and what staff do with them.

use std::sync::Arc;

use merkato_commerce::{Invalid, ids::EventId};
use merkato_contract::{
    List,
    event::{DeadLetter, DeadLetterSelection, OpenedDeadLetter},
    staff::action::actions,
};

use super::{Actor, App, Error, Rejection, staff_log::Deed};
use crate::{
    outbox::cloud_event,
    store::{Transaction, records::DeadLetterRecord},
};

impl App {
    /// Dead letters, of one subscriber or of all, the oldest event first.
    pub async fn dead_letters(
        &self,
        subscriber: Option<String>,
        after: Option<String>,
        limit: u32,
    ) -> Result<List<DeadLetter>, Error> {
        let after = after.map(|cursor| place_of(&cursor)).transpose()?;
        let selection = DeadLetterSelection { subscriber, event_id: None };
        // One more than asked for says whether there is a next page.
        let mut records = self.find_dead_letters(selection, after, limit.saturating_add(1)).await?;
        let more = records.len() > limit as usize;
        records.truncate(limit as usize);
        let next = records.last().filter(|_| more).map(cursor_of);
        Ok(List { items: records.iter().map(shown).collect(), next })
    }

    /// A dead letter with the event in it.
    pub async fn dead_letter(&self, subscriber: String, event: EventId) -> Result<OpenedDeadLetter, Error> {
        let selection = DeadLetterSelection { subscriber: Some(subscriber), event_id: Some(event) };
        let found = self.find_dead_letters(selection, None, 1).await?.pop();
        let record = found.ok_or(Rejection::NotFound("dead letter"))?;
        let event = cloud_event(&record.delivery, &self.settings.public_url);
        Ok(OpenedDeadLetter { letter: shown(&record), event })
    }

    /// Delivers dead letters again, as if they had never been tried; says how many.
    pub async fn replay_dead_letters(
        &self,
        actor: &Actor,
        selection: DeadLetterSelection,
    ) -> Result<u64, Error> {
        let deed = self.deed(actor, actions::REPLAY_DEAD_LETTERS, subject_of(&selection));
        let (now, selection) = (self.clock.now(), Arc::new(selection));
        let known = Arc::new((Arc::clone(&selection), deed));
        let replayed = self
            .store
            .write(move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (meant, deed) = &*known;
                    let replayed = transaction.replay_dead_letters(meant, now).await?;
                    log(transaction, deed.as_ref(), meant, replayed).await?;
                    Ok::<_, Error>(replayed)
                })
            })
            .await?;
        self.wake.ring();
        found_any(&selection, replayed)
    }

    /// Forgets dead letters; says how many. Somebody must be named: nobody forgets everything by leaving a field out.
    pub async fn drop_dead_letters(
        &self,
        actor: &Actor,
        selection: DeadLetterSelection,
    ) -> Result<u64, Error> {
        if selection == DeadLetterSelection::default() {
            return Err(Invalid::new("subscriber", "must be given, or event_id").into());
        }
        let deed = self.deed(actor, actions::DROP_DEAD_LETTERS, subject_of(&selection));
        let selection = Arc::new(selection);
        let known = Arc::new((Arc::clone(&selection), deed));
        let dropped = self
            .store
            .write(move |transaction| {
                let known = Arc::clone(&known);
                Box::pin(async move {
                    let (meant, deed) = &*known;
                    let dropped = transaction.drop_dead_letters(meant).await?;
                    log(transaction, deed.as_ref(), meant, dropped).await?;
                    Ok::<_, Error>(dropped)
                })
            })
            .await?;
        found_any(&selection, dropped)
    }

    async fn find_dead_letters(
        &self,
        selection: DeadLetterSelection,
        after: Option<(i64, String)>,
        limit: u32,
    ) -> Result<Vec<DeadLetterRecord>, Error> {
        let wanted = Arc::new((selection, after));
        self.store
            .read(move |transaction| {
                let wanted = Arc::clone(&wanted);
                Box::pin(async move {
                    let (selection, after) = &*wanted;
                    Ok::<_, Error>(transaction.dead_letters(selection, after.clone(), limit).await?)
                })
            })
            .await
    }
}

fn subject_of(selection: &DeadLetterSelection) -> String {
    match &selection.subscriber {
        Some(subscriber) => format!("dead_letters/{subscriber}"),
        None => "dead_letters".to_owned(),
    }
}

/// Writes down what staff did to `count` dead letters, if there were any.
async fn log(
    transaction: &mut dyn Transaction,
    deed: Option<&Deed>,
    selection: &DeadLetterSelection,
    count: u64,
) -> Result<(), Error> {
    if let Some(deed) = deed.filter(|_| count > 0) {
        let said =
            selection.event_id.map_or_else(|| "all of them".to_owned(), |event| format!("event {event}"));
        deed.log(transaction, &said, format!("{count} dead letters")).await?;
    }
    Ok(())
}

/// Whoever names an event must have named one that there is.
fn found_any(selection: &DeadLetterSelection, count: u64) -> Result<u64, Error> {
    if count == 0 && selection.event_id.is_some() {
        return Err(Rejection::NotFound("dead letter").into());
    }
    Ok(count)
}

fn shown(record: &DeadLetterRecord) -> DeadLetter {
    let delivery = &record.delivery;
    DeadLetter {
        subscriber: delivery.subscriber.clone(),
        event_id: delivery.event,
        kind: delivery.record.kind.clone(),
        subject: delivery.record.subject.clone(),
        time: delivery.record.at.into(),
        tries: delivery.tries,
        last_error: record.last_error.clone(),
    }
}

fn cursor_of(record: &DeadLetterRecord) -> String {
    format!("{}.{}", record.delivery.outbox_id, record.delivery.subscriber)
}

fn place_of(cursor: &str) -> Result<(i64, String), Error> {
    let place = cursor.split_once('.').and_then(|(id, subscriber)| Some((id.parse().ok()?, subscriber)));
    let (outbox_id, subscriber) =
        place.ok_or_else(|| Invalid::new("after", "must be the `next` of an earlier page"))?;
    Ok((outbox_id, subscriber.to_owned()))
}
