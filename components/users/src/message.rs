//! What people are sent about their account, and the tokens in it.
//!
//! A message is a row of users' own table first: the table is the outbox. It is sent when the request that wrote it
//! has been answered, so that nobody can tell from the time whether there was one; what could not be sent then is
//! swept by the coordinator's timer.
//!
//! The token in a message is the row's id and a mark that only this service can make. So nothing is kept by which
//! whoever reads the tables could change a password.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use merkato_commerce::time::Timestamp;
use merkato_contract::{
    message::{Message, Recipient, Template},
    problem::Problem,
};
use merkato_edge::{Call, Context};
use uuid::Uuid;

use crate::{
    sealed::Key,
    store::{
        Store,
        message::{Kept, Waiting},
    },
};

/// How long `notifications` may take to keep a message.
const DEADLINE: Duration = Duration::from_secs(10);
/// Most messages that one call of the timer sends, so that it ends well within its deadline.
pub const SWEEP_MAX: u32 = 50;
const MINUTE_MS: i64 = 60 * 1_000;
/// Wait after the first try that failed, in milliseconds; doubled with each.
const PAUSE_MIN_MS: i64 = 10_000;
/// Longest wait between two tries.
const PAUSE_MAX_MS: i64 = 60 * MINUTE_MS;
/// How long somebody has to answer a mail about their address: a long week-end.
const VERIFY_LIFETIME_MS: i64 = 3 * 24 * 60 * MINUTE_MS;
/// How long a link to a new password works: as long as it takes to find it, for it is as good as the password.
const RESET_LIFETIME_MS: i64 = 60 * MINUTE_MS;

/// Messages that this request wrote, to be sent once it is answered.
#[derive(Debug, Default)]
pub struct Outbox(RefCell<Vec<Uuid>>);

impl Outbox {
    /// Notes that the message of that id was written.
    pub fn add(&self, id: Uuid) {
        self.0.borrow_mut().push(id);
    }

    /// Sends what was written. What fails is in the log, and tried again later.
    pub async fn send(&self, context: &Context) {
        for id in self.0.take() {
            // Whatever went wrong has been logged where it did.
            let _ = send_written(context, id).await;
        }
    }
}

async fn send_written(context: &Context, id: Uuid) -> Result<(), Problem> {
    let store = Store::open(context)?;
    match store.waiting_message(id)? {
        Some(waiting) => send(context, &store, &waiting).await.map(drop),
        None => Ok(()),
    }
}

/// Sends up to [`SWEEP_MAX`] messages that wait, and says how many went out.
pub async fn sweep(context: &Context, store: &Store<'_>) -> Result<u64, Problem> {
    let mut sent = 0;
    for waiting in store.waiting_messages(SWEEP_MAX)? {
        if !send(context, store, &waiting).await? {
            // Whoever did not take this one will not take the next one either.
            break;
        }
        sent += 1;
    }
    Ok(sent)
}

/// Sends one, and says whether it was taken.
async fn send(context: &Context, store: &Store<'_>, waiting: &Waiting) -> Result<bool, Problem> {
    let call = Call::post(context.setting("notifications_url")?, "/internal/notifications/messages")
        .bearer(&context.setting("service_token")?)
        .within(DEADLINE)
        .json(&message(context, waiting)?)?;
    // What went wrong is in the log by now.
    let taken = context.call(call).await.is_ok();
    if taken {
        store.mark_sent(waiting.id)?;
    } else {
        store.postpone_message(waiting.id, pause_ms(waiting.tries))?;
    }
    Ok(taken)
}

fn message(context: &Context, waiting: &Waiting) -> Result<Message, Problem> {
    let key = Key::of(context)?;
    let shop = context.setting("public_url")?;
    let shop = shop.trim_end_matches('/');
    let mut values = BTreeMap::from([("first_name".to_owned(), waiting.first_name.clone())]);
    let page = match waiting.template {
        Template::VerifyEmail => Some("verify-email"),
        Template::ResetPassword => Some("reset-password"),
        Template::EmailInUse => {
            values.insert("url".to_owned(), format!("{shop}/account/sign-in"));
            None
        }
        Template::PasswordChanged => None,
    };
    if let Some(page) = page {
        let token = token(&key, waiting.template, waiting.id);
        values.insert("url".to_owned(), format!("{shop}/account/{page}?token={token}"));
        values.insert("token".to_owned(), token);
    }
    Ok(Message {
        key: waiting.id.to_string(),
        template: waiting.template,
        to: Recipient {
            user_id: waiting.user_id,
            email: waiting.email.clone(),
            locale: waiting.locale.clone(),
        },
        values,
    })
}

/// What was asked by the message that `text` came from, if it is a token of a `template` and still holds.
pub fn asked_by(
    context: &Context,
    store: &Store<'_>,
    key: &Key,
    template: Template,
    text: &str,
) -> Result<Option<Kept>, Problem> {
    let Some(id) = id_of(key, template, text) else { return Ok(None) };
    let kept = store.message(id)?;
    Ok(kept.filter(|kept| kept.template == template && holds(kept, context.now())))
}

fn holds(kept: &Kept, now: Timestamp) -> bool {
    let lifetime = match kept.template {
        Template::VerifyEmail => VERIFY_LIFETIME_MS,
        Template::ResetPassword => RESET_LIFETIME_MS,
        Template::PasswordChanged | Template::EmailInUse => return false,
    };
    now.milliseconds_since(kept.created_at) < lifetime
}

fn token(key: &Key, template: Template, id: Uuid) -> String {
    let id = id.simple().to_string();
    let mark = key.mark(template.name(), &id);
    format!("{id}{mark}")
}

fn id_of(key: &Key, template: Template, token: &str) -> Option<Uuid> {
    let (id, mark) = token.split_at_checked(uuid::fmt::Simple::LENGTH)?;
    key.is_mark(template.name(), id, mark).then(|| Uuid::parse_str(id).ok()).flatten()
}

const fn pause_ms(tries: u32) -> i64 {
    let doubled = if tries > 16 { 16 } else { tries };
    let pause = PAUSE_MIN_MS << doubled;
    if pause > PAUSE_MAX_MS { PAUSE_MAX_MS } else { pause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_to_its_message_and_to_one_kind_only() {
        let key = Key::for_test("a key");
        let id = Uuid::from_u128(42);
        let token = token(&key, Template::VerifyEmail, id);
        assert_eq!(id_of(&key, Template::VerifyEmail, &token), Some(id));
        assert_eq!(id_of(&key, Template::ResetPassword, &token), None);
        assert_eq!(id_of(&Key::for_test("another"), Template::VerifyEmail, &token), None);
        for forged in ["", "é", &token[1..], &token[..token.len() - 1], &format!("{token}0")] {
            assert_eq!(id_of(&key, Template::VerifyEmail, forged), None, "{forged}");
        }
    }

    #[test]
    fn a_link_to_a_new_password_works_for_an_hour() {
        let kept = |template| Kept {
            user_id: merkato_commerce::ids::UserId(Uuid::nil()),
            template,
            email: "hanna@merkato.example".parse().expect("an address"),
            epoch: 0,
            created_at: Timestamp(0),
        };
        assert!(holds(&kept(Template::ResetPassword), Timestamp(RESET_LIFETIME_MS - 1)));
        assert!(!holds(&kept(Template::ResetPassword), Timestamp(RESET_LIFETIME_MS)));
        assert!(holds(&kept(Template::VerifyEmail), Timestamp(RESET_LIFETIME_MS)));
        assert!(!holds(&kept(Template::EmailInUse), Timestamp(0)));
    }

    #[test]
    fn pauses_grow_and_end_at_an_hour() {
        assert_eq!([0, 1, 2, 9, u32::MAX].map(pause_ms), [10_000, 20_000, 40_000, 3_600_000, 3_600_000]);
    }
}
