//! What a browser of staff is known by: one cookie, which holds everything and which only this service can read.
//!
//! The tokens lie in the cookie because a component keeps nothing between two requests. They are sealed and not only
//! signed (`XChaCha20-Poly1305` under a key of this service alone), so that a cookie that leaks from a browser's folder
//! or a proxy's log opens these pages for as long as it holds, but is no key to the API and its refresh token cannot
//! be used up behind the session's back. An access token ends after a quarter of an hour and is replaced by way of
//! `users`, which gives a fresh refresh token each time and ends the session should an old one come again. Two pages
//! that ask at the same moment may therefore cost a sign-in, but nothing else. A session ends after two idle hours, and
//! after a working day in any case: long before its tokens do.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use merkato_commerce::time::Timestamp;
use merkato_contract::{
    problem::{Code, Problem},
    token::Role,
    user::{MfaSecret, SignedIn},
};
use merkato_edge::{Context, Request, Response, secret};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{form::Form, views::field::CSRF_FIELD};

/// Name of the cookie. A name of its own, so that no other part of the shop takes it for theirs.
const COOKIE: &str = "backoffice";
/// Where the cookie is sent.
const PATH: &str = "/backoffice";
/// Bytes of a nonce: so many that random ones never meet.
const NONCE_BYTES: usize = 24;
/// What the seal is for; another format has another number, so that nobody reads the old one wrongly.
const PURPOSE: &[u8] = b"session 1";
/// How long somebody may take to sign in, in milliseconds. It bounds how long the browser keeps the sealed password.
const SIGN_IN_MS: i64 = 10 * MINUTE_MS;
/// How long somebody stays signed in who does nothing, in milliseconds.
const IDLE_MS: i64 = 120 * MINUTE_MS;
/// How long somebody stays signed in at most, in milliseconds: a working day.
const LIFETIME_MS: i64 = 12 * 60 * MINUTE_MS;
/// How long before its end an access token is replaced, in milliseconds: longer than a page takes.
const REFRESH_BEFORE_MS: i64 = MINUTE_MS;
const MINUTE_MS: i64 = 60 * 1_000;

/// Somebody of the staff who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Says so to the other services.
    pub access_token: String,
    /// Gets the next access token; works once.
    pub refresh_token: String,
    /// When the access token ends.
    pub access_until: Timestamp,
    /// When they signed in.
    pub since: Timestamp,
    /// What they are called.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

impl Member {
    /// Somebody who has just signed in.
    pub fn new(signed_in: SignedIn, now: Timestamp) -> Self {
        let SignedIn { user, access_token, refresh_token, expires_in } = signed_in;
        let name = format!("{} {}", user.first_name, user.last_name).trim().to_owned();
        Self {
            access_token,
            refresh_token,
            access_until: now.plus_milliseconds(expires_in.saturating_mul(1_000)),
            since: now,
            name,
            email: user.email,
            role: user.role,
        }
    }

    /// The same person with fresh tokens.
    #[must_use]
    pub fn refreshed(&self, signed_in: SignedIn, now: Timestamp) -> Self {
        Self { since: self.since, ..Self::new(signed_in, now) }
    }

    /// Whether the access token is about to end.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now >= self.access_until.plus_milliseconds(-REFRESH_BEFORE_MS)
    }

    /// Whether the access token has ended.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.access_until
    }

    fn until(&self, now: Timestamp) -> Timestamp {
        now.plus_milliseconds(IDLE_MS).min(self.since.plus_milliseconds(LIFETIME_MS))
    }
}

/// How far somebody has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// At the door.
    #[default]
    Visitor,
    /// The password was right, and a code is wanted. `users` takes both at once, so the password has to wait: sealed,
    /// in the browser that it was typed into, for as long as signing in may take.
    Password {
        /// The address of the account.
        email: String,
        /// Its password.
        password: String,
    },
    /// Signed in without a second factor; this is the one to be.
    Enrolling {
        /// Who.
        member: Member,
        /// What their authenticator needs.
        factor: MfaSecret,
    },
    /// Signed in, with a second factor.
    AtWork(Member),
}

/// What the cookie holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    /// What forms are tied to; another with each sign-in.
    id: Uuid,
    until: Timestamp,
    stage: Stage,
    /// The page that somebody wanted before they were asked to sign in.
    wanted: Option<String>,
}

/// What a session needs to know of the shop.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The key under which sessions are sealed and forms proven.
    pub backoffice_key: String,
    /// The shop's address, as browsers see it.
    pub public_url: String,
}

impl Keys {
    fn cipher(&self) -> Option<XChaCha20Poly1305> {
        let key = hex::decode(secret::sign(self.backoffice_key.as_bytes(), b"seal")).ok()?;
        XChaCha20Poly1305::new_from_slice(&key).ok()
    }

    fn sealed(&self, nonce: &[u8; NONCE_BYTES], content: &Content) -> Option<String> {
        let bytes = serde_json::to_vec(content).ok()?;
        let payload = Payload { msg: &bytes, aad: PURPOSE };
        let sealed = self.cipher()?.encrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn opened(&self, cookie: &str) -> Option<Content> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: PURPOSE };
        serde_json::from_slice(&self.cipher()?.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
    }
}

/// A browser's session.
#[derive(Debug)]
pub struct Session {
    keys: Keys,
    content: Content,
    has_changed: bool,
}

impl Session {
    /// The session that the cookie of `request` tells of; a new one if it tells of none that still holds.
    pub fn of(request: &Request, keys: Keys, context: &Context) -> Self {
        Self::at(request.cookie(COOKIE).as_deref(), keys, context.now(), context.ids().next())
    }

    fn at(cookie: Option<&str>, keys: Keys, now: Timestamp, fresh: Uuid) -> Self {
        let known = cookie.and_then(|cookie| keys.opened(cookie)).filter(|content| now < content.until);
        let has_changed = known.is_none() && cookie.is_some();
        let content = known.unwrap_or_else(|| Content {
            id: fresh,
            until: now.plus_milliseconds(SIGN_IN_MS),
            stage: Stage::Visitor,
            wanted: None,
        });
        Self { keys, content, has_changed }
    }

    /// How far they have come.
    pub const fn stage(&self) -> &Stage {
        &self.content.stage
    }

    /// Who is at work.
    pub const fn member(&self) -> Option<&Member> {
        match &self.content.stage {
            Stage::AtWork(member) => Some(member),
            _ => None,
        }
    }

    /// Goes on to `stage`. Whoever signs in or out gets a session of another name, so that nobody can have prepared it.
    pub fn go_on(&mut self, stage: Stage, context: &Context) {
        let now = context.now();
        let until = match &stage {
            Stage::AtWork(member) => member.until(now),
            Stage::Enrolling { member, .. } => member.access_until.min(now.plus_milliseconds(SIGN_IN_MS)),
            Stage::Visitor | Stage::Password { .. } => now.plus_milliseconds(SIGN_IN_MS),
        };
        let same = matches!((&self.content.stage, &stage), (Stage::AtWork(_), Stage::AtWork(_)));
        let id = if same { self.content.id } else { context.ids().next() };
        let wanted = self.content.wanted.take().filter(|_| !matches!(stage, Stage::Visitor));
        self.content = Content { id, until, stage, wanted };
        self.has_changed = true;
    }

    /// Has the browser keep a session before anybody is signed in, so that the form can be proven.
    pub const fn keep(&mut self) {
        self.has_changed = true;
    }

    /// Remembers the page that somebody wanted.
    pub fn remember(&mut self, target: &str) {
        self.content.wanted = Some(target.to_owned());
        self.has_changed = true;
    }

    /// The page that somebody wanted before they were asked to sign in, once.
    pub fn take_wanted(&mut self) -> Option<String> {
        self.has_changed |= self.content.wanted.is_some();
        self.content.wanted.take()
    }

    /// What the hidden field of every form holds: nobody can make it for this session without the key.
    pub fn csrf(&self) -> String {
        secret::sign(self.keys.backoffice_key.as_bytes(), self.proven().as_bytes())
    }

    fn proven(&self) -> String {
        format!("csrf:{}", self.content.id)
    }

    /// Refuses a form that did not come from a page which this service showed to this browser.
    pub fn check(&self, request: &Request, form: &Form) -> Result<(), Problem> {
        let refused = |detail| Err(Problem::new(Code::Forbidden, detail));
        if is_foreign(request, &self.keys.public_url) {
            return refused("This form was sent from another site. Nothing was changed.");
        }
        let given = form.text(CSRF_FIELD);
        if !secret::verify(self.keys.backoffice_key.as_bytes(), self.proven().as_bytes(), given) {
            return refused(
                "The page that you sent was too old, or your browser keeps no cookies. Nothing was changed. Please go \
                 back, load the page again, and send it once more.",
            );
        }
        Ok(())
    }

    /// `response` with the cookie, if it has changed.
    pub fn leave(self, response: Response, context: &Context) -> Result<Response, Problem> {
        if !self.has_changed {
            return Ok(response);
        }
        let value = self.keys.sealed(&context.random()?, &self.content);
        let value =
            value.ok_or_else(|| context.internal("a session cannot be sealed", "the cipher refused"))?;
        let seconds = (self.content.until.0 - context.now().0).max(0) / 1_000;
        Ok(response.with_header("set-cookie", &self.cookie(&value, seconds)))
    }

    fn cookie(&self, value: &str, seconds: i64) -> String {
        let secure = if self.keys.public_url.starts_with("https://") { "; Secure" } else { "" };
        format!("{COOKIE}={value}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
    }
}

/// Whether `request` brings a cookie of ours at all.
pub fn brings_cookie(request: &Request) -> bool {
    request.cookie(COOKIE).is_some()
}

/// Whether a browser says that the form was sent by a page of another site. A client that says nothing is no browser
/// of the last years, and is left to the proof in the form.
fn is_foreign(request: &Request, public_url: &str) -> bool {
    if let Some(site) = request.header("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = request.header("origin") else { return false };
    let ours = public_url.trim_end_matches('/');
    let here = origin.split_once("://").map(|(_, host)| host);
    origin != ours && (here.is_none() || here != request.header("host"))
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn keys(key: &str) -> Keys {
        Keys { backoffice_key: key.to_owned(), public_url: "http://shop.example".to_owned() }
    }

    fn content() -> Content {
        let stage = Stage::Password { email: "a@b.example".to_owned(), password: "a sentence".to_owned() };
        Content { id: Uuid::from_u128(7), until: NOW, stage, wanted: None }
    }

    fn request(headers: &[(&'static str, &str)], body: &str) -> Request {
        let mut map = HeaderMap::new();
        map.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
        }
        Request::new(Method::POST, "/backoffice/orders", map, body.as_bytes().to_vec())
    }

    fn session(id: u128) -> Session {
        Session::at(None, keys("key"), NOW, Uuid::from_u128(id))
    }

    #[test]
    fn a_cookie_opens_under_its_key_and_unchanged_only_and_shows_nothing() {
        let sealed = keys("key").sealed(&[9; NONCE_BYTES], &content()).expect("a cookie");
        assert_eq!(keys("key").opened(&sealed), Some(content()));
        assert_eq!(keys("another").opened(&sealed), None);
        assert_eq!(keys("key").opened(&sealed.replacen(&sealed[50..51], "~", 1)), None);
        assert_eq!(keys("key").opened(""), None);
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).expect("base64");
        assert!(!String::from_utf8_lossy(&bytes).contains("a sentence"));
        assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    }

    #[test]
    fn a_session_that_is_over_or_forged_is_a_visitors() {
        let sealed = keys("key").sealed(&[9; NONCE_BYTES], &content()).expect("a cookie");
        let before = Timestamp(NOW.0 - 1);
        let of = |cookie: &str, now| Session::at(Some(cookie), keys("key"), now, Uuid::from_u128(8));
        assert_eq!(of(&sealed, before).stage(), &content().stage);
        assert_eq!(of(&sealed, NOW).stage(), &Stage::Visitor);
        assert_eq!(of("forged", before).stage(), &Stage::Visitor);
    }

    #[test]
    fn a_member_is_signed_out_when_idle_and_after_a_working_day() {
        let member = Member {
            access_token: String::new(),
            refresh_token: String::new(),
            access_until: Timestamp(NOW.0 + 15 * MINUTE_MS),
            since: NOW,
            name: String::new(),
            email: String::new(),
            role: Role::Staff,
        };
        assert_eq!(member.until(NOW), Timestamp(NOW.0 + IDLE_MS));
        let evening = Timestamp(NOW.0 + LIFETIME_MS - MINUTE_MS);
        assert_eq!(member.until(evening), Timestamp(NOW.0 + LIFETIME_MS));
        assert!(!member.is_stale(NOW) && !member.is_over(NOW));
        let later = Timestamp(NOW.0 + 14 * MINUTE_MS);
        assert!(member.is_stale(later) && !member.is_over(later) && member.is_over(member.access_until));
    }

    #[test]
    fn a_form_passes_only_with_the_proof_of_its_own_session_and_from_this_site() {
        let ours = session(7);
        let check = |headers: &[(&'static str, &str)], proof: &str| {
            let request = request(headers, &format!("csrf={proof}"));
            ours.check(&request, &block_on(Form::of(&request)).expect("a form")).is_ok()
        };
        assert!(check(&[], &ours.csrf()));
        assert!(check(&[("sec-fetch-site", "same-origin")], &ours.csrf()));
        assert!(check(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")], &ours.csrf()));
        for wrong in ["", "x", &session(8).csrf()] {
            assert!(!check(&[], wrong), "{wrong}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(!check(&[("sec-fetch-site", site)], &ours.csrf()), "{site}");
        }
        assert!(!check(&[("origin", "http://evil.example"), ("host", "shop.example")], &ours.csrf()));
        assert!(!check(&[("origin", "null")], &ours.csrf()));
    }

    #[test]
    fn the_cookie_stays_with_these_pages_and_is_secure_behind_tls() {
        let plain = session(7).cookie("value", 60);
        assert_eq!(plain, "backoffice=value; Path=/backoffice; Max-Age=60; HttpOnly; SameSite=Strict");
        let mut secure = session(7);
        "https://shop.example".clone_into(&mut secure.keys.public_url);
        assert!(secure.cookie("value", 60).ends_with("; SameSite=Strict; Secure"));
    }
}
