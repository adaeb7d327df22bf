//! Finds carts that were left alone, and has their owners reminded, once each time that a cart is left.
//!
//! Only users: a guest's cart knows no address, and nobody has agreed to hear of it. Whether a user wants to, the
//! notifications service asks.

use std::time::Duration;

use async_trait::async_trait;
use merkato_commerce::time::Timestamp;
use merkato_contract::notification::AbandonedCart;

use super::{App, Error};
use crate::store::{Wanted, records::ReminderRecord};

/// Carts that are looked at in one go.
const CARTS_MAX: u32 = 50;
/// How long whoever looks at carts has for it; after that, others may.
const LEASE: Duration = Duration::from_mins(10);

/// Reminds people. The service behind it knows a repeated reminder by its key.
#[async_trait]
pub trait Remind: Send + Sync {
    /// Reminds somebody of their cart, if they want to hear of it.
    async fn remind(&self, reminder: &AbandonedCart) -> Result<(), NotReminded>;
}

/// Nobody knows whether the reminder was taken; it must be asked for again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotReminded(pub String);

/// What came of looking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Reminders that were taken.
    pub reminded: usize,
    /// Whether there may be more to look at right now.
    pub more: bool,
    /// Whether it ended early, because a reminder was not taken.
    pub failed: bool,
    /// When the next cart is to be looked at.
    pub next: Option<Timestamp>,
}

/// What is to be done about a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// Its owner is reminded.
    Remind(AbandonedCart),
    /// It was changed too short a time ago.
    LookAgain(Timestamp),
    /// There is nothing to be reminded of.
    LeaveAlone,
}

impl App {
    /// Looks at carts that were to be looked at by now. Ends early where `remind` fails: those carts are looked at
    /// again once the lease is over.
    pub async fn remind_of_carts(&self, remind: &dyn Remind) -> Result<Looked, Error> {
        let mut looked = Looked::default();
        let Some(after) = self.settings.remind_after else { return Ok(looked) };
        let now = self.clock.now();
        let leased = self.lease_reminders(now).await?;
        looked.more = leased.len() >= CARTS_MAX as usize;
        for record in &leased {
            let verdict = verdict(record, now, after);
            if let Verdict::Remind(reminder) = &verdict {
                if let Err(error) = remind.remind(reminder).await {
                    tracing::warn!(%error, "a cart's owner could not be reminded");
                    looked.failed = true;
                    break;
                }
                looked.reminded += 1;
            }
            self.settle_reminder(record, &verdict).await?;
        }
        looked.next = self
            .store
            .read(|transaction| Box::pin(async move { transaction.next_cart_reminder().await }))
            .await?;
        Ok(looked)
    }

    async fn lease_reminders(&self, now: Timestamp) -> Result<Vec<ReminderRecord>, Error> {
        let leased_until = now.plus_milliseconds(milliseconds(LEASE));
        self.store
            .write(move |transaction| {
                Box::pin(
                    async move { Ok(transaction.lease_cart_reminders(now, leased_until, CARTS_MAX).await?) },
                )
            })
            .await
    }

    async fn settle_reminder(&self, record: &ReminderRecord, verdict: &Verdict) -> Result<(), Error> {
        let (cart, version) = (record.cart, record.version);
        let again = match verdict {
            Verdict::LookAgain(at) => Some(*at),
            Verdict::Remind(_) | Verdict::LeaveAlone => None,
        };
        let wanted = Wanted { carts: vec![cart], ..Wanted::default() };
        self.store
            .write_wanting(wanted, move |transaction| {
                Box::pin(async move {
                    // The cart is held from here on. One that was changed meanwhile is looked at again after the
                    // lease; one that is gone has taken its reminder along.
                    let held = transaction.cart_by_id(cart).await?;
                    if held.is_none_or(|held| held.version != version) {
                        return Ok(());
                    }
                    match again {
                        Some(at) => transaction.postpone_cart_reminder(cart, at).await?,
                        None => transaction.delete_cart_reminder(cart).await?,
                    }
                    Ok(())
                })
            })
            .await
    }
}

fn verdict(record: &ReminderRecord, now: Timestamp, after: Duration) -> Verdict {
    let due = record.updated_at.plus_milliseconds(milliseconds(after));
    match record.user {
        Some(_) if record.has_lines && due > now => Verdict::LookAgain(due),
        Some(user_id) if record.has_lines => {
            let key = format!("cart-{}-{}", record.cart, record.version);
            Verdict::Remind(AbandonedCart { key, user_id })
        }
        _ => Verdict::LeaveAlone,
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use merkato_commerce::ids::{CartId, UserId};
    use uuid::Uuid;

    use super::*;

    const HOUR: i64 = 3_600_000;

    fn record() -> ReminderRecord {
        ReminderRecord {
            cart: CartId(Uuid::from_u128(1)),
            user: Some(UserId(Uuid::from_u128(7))),
            version: 3,
            updated_at: Timestamp(HOUR),
            has_lines: true,
        }
    }

    fn verdict_at(record: &ReminderRecord, now: i64) -> Verdict {
        verdict(record, Timestamp(now), Duration::from_hours(4))
    }

    #[test]
    fn a_cart_is_reminded_of_once_it_was_left_alone_for_long_enough() {
        assert_eq!(verdict_at(&record(), 5 * HOUR - 1), Verdict::LookAgain(Timestamp(5 * HOUR)));
        let Verdict::Remind(first) = verdict_at(&record(), 5 * HOUR) else { panic!("a reminder") };
        assert_eq!(Verdict::Remind(first.clone()), verdict_at(&record(), 9 * HOUR), "the same key");
        let changed = ReminderRecord { version: 4, ..record() };
        let Verdict::Remind(second) = verdict_at(&changed, 9 * HOUR) else { panic!("another reminder") };
        assert_ne!(first.key, second.key);
    }

    #[test]
    fn an_empty_cart_and_a_guests_are_left_alone() {
        let ordered = ReminderRecord { has_lines: false, ..record() };
        let guests = ReminderRecord { user: None, ..record() };
        assert_eq!(
            [&ordered, &guests].map(|cart| verdict_at(cart, 9 * HOUR)),
            [Verdict::LeaveAlone, Verdict::LeaveAlone]
        );
    }
}
