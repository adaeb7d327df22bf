//! Sessions: a chain of refresh tokens, each of which works once.
//!
//! A refresh token is the name of its session, which nobody can guess, and a secret, which changes with each use. The
//! table keeps a hash of the present secret only. Whoever shows the name with any other secret had a token of the
//! session once: either they or the one who used it have stolen it, and as it cannot be told who, the session ends.
//!
//! One case looks like theft and is none: a browser keeps one token for all its tabs, and opens them all at once. So
//! the next secret follows from the present one by users' own key, and a service of the shop that brings the last token
//! once more within [`REPEAT_MS`] gets the very answer that the first one got: the session is rotated once. That is for
//! services, which speak for browsers. A client of the API holds its token in one place and is held to using it once.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use merkato_contract::{
    problem::Problem,
    token::{AUDIENCE, Claims, ISSUER, LIFETIME_SECONDS},
    user::SignedIn,
};
use merkato_edge::Context;
use sha2::{Digest, Sha256};

use crate::{
    sealed::Key,
    signing::SigningKeys,
    store::{Store, account::Account},
};

/// Random bytes of a session's name.
const NAME_BYTES: usize = 16;
/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;
/// How long a service may ask again with the last token, in milliseconds: as long as the slowest of several tabs takes
/// that were opened at once. Somebody who stole a token gains no more by it than the answer that was given anyway.
pub const REPEAT_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a refresh token holds, in milliseconds: somebody who comes by once a month stays signed in.
pub const IDLE_MS: i64 = 30 * DAY_MS;
/// How long a session holds however often it is used, in milliseconds.
pub const LIFETIME_MS: i64 = 180 * DAY_MS;

/// A refresh token, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session's name.
    pub session: String,
    /// Hash of the secret.
    pub secret_hash: String,
}

impl RefreshToken {
    /// Reads a token; none if it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (name, secret) = bytes.split_first_chunk::<NAME_BYTES>()?;
        let secret = secret.try_into().ok()?;
        Some(Self::of(name, secret))
    }

    fn of(name: &[u8; NAME_BYTES], secret: &[u8; SECRET_BYTES]) -> Self {
        Self { session: hex::encode(name), secret_hash: hex::encode(Sha256::digest(secret)) }
    }

    /// The token that follows on the one that is written as `text`: its text and what is kept of it. The same each
    /// time, and nobody can tell it without the key.
    pub fn next(&self, key: &Key, text: &str) -> Option<(String, Self)> {
        let name = hex::decode(&self.session).ok()?.try_into().ok()?;
        let secret = hex::decode(key.mark("refresh", text)).ok()?.try_into().ok()?;
        Some((written(&name, &secret), Self::of(&name, &secret)))
    }
}

fn written(name: &[u8; NAME_BYTES], secret: &[u8; SECRET_BYTES]) -> String {
    URL_SAFE_NO_PAD.encode([&name[..], &secret[..]].concat())
}

/// Begins a session of `account`, as the account was read: should its epoch have ended meanwhile, so has the session.
pub fn begin(context: &Context, store: &Store<'_>, account: &Account) -> Result<SignedIn, Problem> {
    let (name, secret) = (context.random()?, context.random()?);
    store.begin_session(account, &RefreshToken::of(&name, &secret))?;
    signed_in(context, account, written(&name, &secret))
}

/// Goes on with a session: a new refresh token for the old one. None if the old one does not work. Where
/// `may_repeat`, the one before the present one works for a moment longer: see the head of this module.
pub fn refresh(
    context: &Context,
    store: &Store<'_>,
    text: &str,
    may_repeat: bool,
) -> Result<Option<SignedIn>, Problem> {
    let Some(token) = RefreshToken::parse(text) else { return Ok(None) };
    let Some((new_text, new)) = token.next(&Key::of(context)?, text) else { return Ok(None) };
    let user = match store.rotate_session(&token, &new.secret_hash)? {
        None if may_repeat => store.user_of_fresh_session(&new)?,
        rotated => rotated,
    };
    let Some(user_id) = user else {
        if store.end_session(&token.session)? {
            context
                .report("a refresh token came that was no longer the present one", "its session was ended");
        }
        return Ok(None);
    };
    match store.account(user_id)? {
        Some(account) => signed_in(context, &account, new_text).map(Some),
        None => Ok(None),
    }
}

fn signed_in(context: &Context, account: &Account, refresh_token: String) -> Result<SignedIn, Problem> {
    let now = context.now().0 / 1_000;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: account.id,
        role: account.role,
        iat: now,
        exp: now + LIFETIME_SECONDS,
    };
    let access_token = SigningKeys::of(context)?.sign(&claims);
    let access_token = access_token.map_err(|error| context.internal("no token can be signed", error))?;
    Ok(SignedIn { user: account.user(), access_token, refresh_token, expires_in: LIFETIME_SECONDS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_session_and_its_successor_names_the_same_one() {
        let text = written(&[1; NAME_BYTES], &[2; SECRET_BYTES]);
        let token = RefreshToken::parse(&text).expect("a token");
        let key = Key::for_test("a key");
        let (next_text, next) = token.next(&key, &text).expect("a token");
        assert_eq!(RefreshToken::parse(&next_text), Some(next.clone()));
        assert_eq!(next.session, token.session);
        assert_ne!(next.secret_hash, token.secret_hash);
        // Whoever asks twice is told the same, and whoever has another key is told something else.
        assert_eq!(token.next(&key, &text), Some((next_text, next.clone())));
        let (_, other) = token.next(&Key::for_test("another"), &text).expect("a token");
        assert_ne!(other, next);
    }

    #[test]
    fn what_is_kept_of_a_token_does_not_give_it_away() {
        let token = RefreshToken::of(&[1; NAME_BYTES], &[2; SECRET_BYTES]);
        assert!(!token.secret_hash.contains(&hex::encode([2; SECRET_BYTES])));
    }

    #[test]
    fn what_is_too_short_too_long_or_no_base64_is_no_token() {
        let text = written(&[1; NAME_BYTES], &[2; SECRET_BYTES]);
        for text in ["", "!", &text[4..], &format!("{text}AAAA")] {
            assert_eq!(RefreshToken::parse(text), None, "{text}");
        }
    }
}
