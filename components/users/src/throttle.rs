//! How often somebody may guess, and who is held up when that was too often.
//!
//! Attempts are counted before they are made, so that many at once do not get past, and given back when they succeed.
//! What is counted, and why so:
//!
//! - *An account from one place* ([`SIGN_IN`]): ten wrong passwords in a quarter of an hour, then that place waits.
//!   Nobody elsewhere notices.
//! - *A place* ([`PLACE`]): so many wrong passwords for whichever accounts, against lists of passwords that were stolen
//!   elsewhere. A whole office behind one address still gets in.
//! - *An account from everywhere* ([`ACCOUNT`]), against guessers with thousands of addresses. This is where lock-outs
//!   are made, so places from which somebody signed in to that account before are neither counted nor held up; and who
//!   comes from a new place while it is under attack can have a link sent by mail, which makes the place a known one.
//!   So nobody who guesses can lock a shopper out.
//!
//! It does not matter whether the account exists: addresses of e-mail are counted, under a mark (`sealed`), and so the
//! table holds nobody's.

use merkato_commerce::{text::Email, time::Timestamp};
use merkato_contract::problem::{Code, Problem};
use merkato_edge::{Context, Request, Response};

use crate::{
    client,
    sealed::Key,
    store::{Store, account::Account},
};

const MINUTE_MS: i64 = 60 * 1_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How often something may be tried.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    name: &'static str,
    /// Tries in any span of `window_ms`.
    pub tries_max: i64,
    /// How long a try counts, in milliseconds.
    pub window_ms: i64,
}

/// Wrong passwords or codes for one account from one place.
const SIGN_IN: Limit = Limit { name: "sign-in", tries_max: 10, window_ms: 15 * MINUTE_MS };
/// Wrong passwords from one place.
const PLACE: Limit = Limit { name: "place", tries_max: 100, window_ms: 15 * MINUTE_MS };
/// Wrong passwords for one account from places that are new to it.
const ACCOUNT: Limit = Limit { name: "account", tries_max: 100, window_ms: HOUR_MS };
/// Wrong passwords or codes by somebody who is signed in, from wherever: with a stolen access token one gets no further.
const CONFIRM: Limit = Limit { name: "confirm", tries_max: 10, window_ms: 15 * MINUTE_MS };
/// New accounts, forgotten passwords and external logins from one place: a school's worth, and no flood of mail.
const REQUEST: Limit = Limit { name: "request", tries_max: 1_000, window_ms: HOUR_MS };
/// Mails to one address: what an impatient person asks for, and nothing to pester anybody with.
const MAIL: Limit = Limit { name: "mail", tries_max: 6, window_ms: HOUR_MS };

/// What is known of the tries under one name: those in the present window and those in the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Tries since the present window began.
    pub tries: i64,
    /// Tries in the window before.
    pub tries_before: i64,
}

impl Limit {
    /// When the window began in which `now` lies, in epoch milliseconds.
    pub const fn window_start(&self, now: Timestamp) -> i64 {
        now.0 - now.0.rem_euclid(self.window_ms)
    }

    /// How long to wait, in milliseconds, if the try that `count` ends with is one too many. A window slides: of the one
    /// before, as large a part counts as still lies within `window_ms` before `now`.
    pub fn wait_ms(&self, count: Count, now: Timestamp) -> Option<i64> {
        let elapsed = now.0.rem_euclid(self.window_ms);
        let before = count.tries_before.saturating_mul(self.window_ms - elapsed) / self.window_ms;
        if count.tries + before <= self.tries_max {
            return None;
        }
        // Until enough of a window has slid out that one more try fits.
        let until_room = |tries: i64, room: i64| self.window_ms - room.max(0) * self.window_ms / tries.max(1);
        let wait = if count.tries <= self.tries_max {
            until_room(count.tries_before, self.tries_max - count.tries) - elapsed
        } else {
            self.window_ms - elapsed + until_room(count.tries, self.tries_max - 1)
        };
        Some(wait.max(1))
    }
}

/// Tries that were counted, to be given back if they succeed.
#[derive(Debug)]
pub struct Tries {
    keys: Vec<String>,
    place: String,
}

/// The name under which `place` is known to the account of `email`.
fn place_mark(key: &Key, email: &Email, place: &str) -> String {
    key.mark("known place", &format!("{}\0{place}", email_key(email)))
}

/// An address as it is compared: nobody means two people by two spellings.
pub fn email_key(email: &Email) -> String {
    email.as_str().to_lowercase()
}

/// Counts a try to sign in as `email`, unless there were too many.
pub fn sign_in(
    context: &Context,
    store: &Store<'_>,
    request: &Request,
    key: &Key,
    email: &Email,
) -> Result<Result<Tries, Response>, Problem> {
    let place = client::place(context, request)?;
    let mark = place_mark(key, email, &place);
    let mut counted =
        vec![(SIGN_IN, sign_in_counter(key, email, &place)), (PLACE, key.mark(PLACE.name, &place))];
    if !store.is_known_place(&mark)? {
        counted.push((ACCOUNT, key.mark(ACCOUNT.name, &email_key(email))));
    }
    let mut tries = Tries { keys: Vec::new(), place: mark };
    for (limit, counter) in counted {
        if let Some(wait_ms) = count(context, store, limit, &counter)? {
            store.give_back(&tries.keys)?;
            return Ok(Err(too_many(wait_ms)));
        }
        tries.keys.push(counter);
    }
    Ok(Ok(tries))
}

impl Tries {
    /// They were no guesses.
    pub fn given_back(&self, store: &Store<'_>) -> Result<(), Problem> {
        store.give_back(&self.keys)
    }

    /// They led into `account`: they do not count, and the place is a known one from now on. Not so for an account
    /// whose address nobody has verified: anybody can make one, and would be known at as many places as they like.
    pub fn succeeded(self, store: &Store<'_>, account: &Account) -> Result<(), Problem> {
        self.given_back(store)?;
        if account.email_verified { store.remember_place(&self.place) } else { Ok(()) }
    }
}

/// Lets in whoever has shown at this place, by answering a mail, that `email` is theirs: the place is a known one from
/// now on, and what was guessed from there does not count.
pub fn let_in(
    context: &Context,
    store: &Store<'_>,
    request: &Request,
    key: &Key,
    email: &Email,
) -> Result<(), Problem> {
    let place = client::place(context, request)?;
    store.remember_place(&place_mark(key, email, &place))?;
    store.forget_tries(&sign_in_counter(key, email, &place))
}

/// The name under which tries for an account from one place are counted.
fn sign_in_counter(key: &Key, email: &Email, place: &str) -> String {
    key.mark(SIGN_IN.name, &format!("{}\0{place}", email_key(email)))
}

/// Counts something that one place may not do without end, unless it was too often.
pub fn request(
    context: &Context,
    store: &Store<'_>,
    request: &Request,
    key: &Key,
) -> Result<Option<Response>, Problem> {
    let counter = key.mark(REQUEST.name, &client::place(context, request)?);
    Ok(count(context, store, REQUEST, &counter)?.map(too_many))
}

/// Counts a try of somebody who is signed in to show once more that it is they, unless there were too many.
pub fn confirm(
    context: &Context,
    store: &Store<'_>,
    key: &Key,
    user: &str,
) -> Result<Result<Confirmation, Response>, Problem> {
    let counter = key.mark(CONFIRM.name, user);
    let wait = count(context, store, CONFIRM, &counter)?;
    Ok(wait.map_or(Ok(Confirmation(counter)), |wait_ms| Err(too_many(wait_ms))))
}

/// A try that was counted, to be given back if it succeeds.
#[derive(Debug)]
pub struct Confirmation(String);

impl Confirmation {
    /// It was they.
    pub fn succeeded(self, store: &Store<'_>) -> Result<(), Problem> {
        store.give_back(&[self.0])
    }
}

/// Counts a mail to `email`, and says whether it may be sent.
pub fn may_mail(context: &Context, store: &Store<'_>, key: &Key, email: &Email) -> Result<bool, Problem> {
    let counter = key.mark(MAIL.name, &email_key(email));
    Ok(count(context, store, MAIL, &counter)?.is_none())
}

/// Counts a try, and says how long to wait if it is one too many. That one is given back: what is not tried is not held
/// against anybody, and whoever does not wait does not wait for longer.
fn count(context: &Context, store: &Store<'_>, limit: Limit, counter: &str) -> Result<Option<i64>, Problem> {
    let now = context.now();
    let wait = limit.wait_ms(store.count_try(counter, limit, now)?, now);
    if wait.is_some() {
        store.give_back(&[counter.to_owned()])?;
    }
    Ok(wait)
}

fn too_many(wait_ms: i64) -> Response {
    let seconds = wait_ms.saturating_add(999) / 1_000;
    let detail = format!(
        "There were too many attempts. Please wait {} before the next one.",
        if seconds < 60 { format!("{seconds} seconds") } else { format!("{} minutes", (seconds + 59) / 60) }
    );
    Response::from(Problem::new(Code::TooManyAttempts, detail))
        .with_header("retry-after", &seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { name: "test", tries_max: 10, window_ms: 1_000 };

    fn wait(tries: i64, tries_before: i64, now: i64) -> Option<i64> {
        LIMIT.wait_ms(Count { tries, tries_before }, Timestamp(now))
    }

    #[test]
    fn the_tenth_try_passes_and_the_eleventh_waits() {
        assert_eq!(wait(10, 0, 500), None);
        assert!(wait(11, 0, 500).is_some());
    }

    #[test]
    fn tries_slide_out_little_by_little() {
        assert!(wait(1, 10, 0).is_some());
        assert_eq!(wait(1, 10, 100), None);
        assert_eq!(wait(6, 10, 499), Some(101));
        assert_eq!(wait(5, 10, 500), None);
        assert_eq!(wait(10, 10, 1_000 - 1), None);
    }

    #[test]
    fn whoever_waits_as_long_as_they_are_told_may_try_again() {
        for (tries, before, now) in [(11, 0, 0), (11, 0, 999), (11, 11, 500), (3, 11, 0), (10, 9, 0)] {
            let Some(wait) = wait(tries, before, now) else { panic!("{tries}, {before}: must wait") };
            assert!(wait <= 2 * LIMIT.window_ms, "{wait}");
            let then = Timestamp(now + wait);
            // The refused try was given back.
            let count =
                match (LIMIT.window_start(then) - LIMIT.window_start(Timestamp(now))) / LIMIT.window_ms {
                    0 => Count { tries, tries_before: before },
                    1 => Count { tries: 1, tries_before: tries - 1 },
                    _ => Count { tries: 1, tries_before: 0 },
                };
            assert_eq!(LIMIT.wait_ms(count, then), None, "{tries}, {before} at {now}: told {wait}");
        }
    }

    #[test]
    fn a_refused_client_hears_when_to_come_again() {
        let response = too_many(61_000);
        assert_eq!((response.status, response.header("retry-after")), (429, Some("61")));
    }
}
