//! Who hears of events, of which, and how.

use std::{fmt, str::FromStr, time::Duration};

use http::{HeaderName, HeaderValue};
use merkato_contract::event::{TYPE_PREFIX, TYPES};
use reqwest::Url;

use super::SigningKey;
use crate::backoff::Backoff;

/// Longest name of a subscriber, in characters: it stands in addresses and log lines.
const NAME_CHARACTERS_MAX: usize = 63;

/// What is wrong with a value, in words that can follow its field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// Somebody who hears of events.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// Its name in the outbox.
    pub name: String,
    /// Where its events go.
    pub target: Target,
    /// Which events it wants.
    pub events: Vec<EventPattern>,
    /// How much is asked of it.
    pub limits: Limits,
}

impl Subscriber {
    /// A service of this shop at `url`, which hears of everything and knows us by the service token.
    pub fn service(name: &str, url: &str) -> Result<Self, Invalid> {
        check_name(name)?;
        let target = HttpTarget { sends_service_token: true, ..HttpTarget::new(url)? };
        let events = vec![EventPattern::Everything];
        Ok(Self { name: name.to_owned(), target: Target::Http(target), events, limits: Limits::default() })
    }

    /// Whether it wants events of type `kind`.
    pub fn wants(&self, kind: &str) -> bool {
        self.events.iter().any(|pattern| pattern.matches(kind))
    }
}

/// A name is of lower-case letters, digits and hyphens.
pub fn check_name(name: &str) -> Result<(), Invalid> {
    let good = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if (1..=NAME_CHARACTERS_MAX).contains(&name.len()) && name.chars().all(good) {
        return Ok(());
    }
    Err(Invalid(format!(
        "must be 1 to {NAME_CHARACTERS_MAX} lower-case letters, digits and hyphens, not {name:?}"
    )))
}

/// Where events go.
#[derive(Debug, Clone)]
pub enum Target {
    /// Posted to an address.
    Http(HttpTarget),
    /// Published to a `JetStream` of NATS.
    Nats(NatsTarget),
}

/// An address to post to.
#[derive(Clone)]
pub struct HttpTarget {
    /// Where; `http` or `https`.
    pub url: Url,
    /// Keys that sign what is sent; none for no signature, several while one replaces another.
    pub signing_keys: Vec<SigningKey>,
    /// What else to send, such as credentials that the receiver asks for.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether the receiver is one of this shop's services, which know us by the service token. Nobody else may have
    /// it: whoever holds it can speak for any shopper.
    pub sends_service_token: bool,
}

impl HttpTarget {
    /// The address `url`, and nothing else.
    pub fn new(url: &str) -> Result<Self, Invalid> {
        let url = Url::parse(url).map_err(|error| Invalid(format!("is not an address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Invalid("must begin with http:// or https://".to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid("must not hold credentials; send them in a header".to_owned()));
        }
        Ok(Self { url, signing_keys: Vec::new(), headers: Vec::new(), sends_service_token: false })
    }
}

impl fmt::Debug for HttpTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a token as well: webhooks of chat services are made so.
        formatter.debug_struct("HttpTarget").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// A `JetStream` of NATS.
#[derive(Clone)]
pub struct NatsTarget {
    /// Where, without credentials; `nats` or `tls`.
    pub url: Url,
    /// Who we are there.
    pub credentials: Option<NatsCredentials>,
    /// The stream to create if none takes our subjects; without one, that is an operator's work.
    pub stream: Option<String>,
}

impl fmt::Debug for NatsTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut target = formatter.debug_struct("NatsTarget");
        target.field("url", &self.url.as_str()).field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// Who we are to NATS.
#[derive(Clone, PartialEq, Eq)]
pub enum NatsCredentials {
    /// A name and a password.
    User(String, String),
    /// A token.
    Token(String),
    /// What a credentials file holds.
    File(String),
}

/// How a credentials file of NATS begins.
const CREDENTIALS_FILE_BEGIN: &str = "-----BEGIN NATS USER JWT-----";

impl FromStr for NatsCredentials {
    type Err = Invalid;

    /// Reads a credentials file, `user:password`, or a token.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid("is empty".to_owned()));
        }
        if text.starts_with(CREDENTIALS_FILE_BEGIN) {
            return Ok(Self::File(text.to_owned()));
        }
        Ok(match text.split_once(':') {
            Some((user, password)) => Self::User(user.to_owned(), password.to_owned()),
            None => Self::Token(text.to_owned()),
        })
    }
}

impl NatsTarget {
    /// The server at `url`, whose credentials may stand in the address.
    pub fn new(url: &str) -> Result<Self, Invalid> {
        let mut url = Url::parse(url).map_err(|error| Invalid(format!("is not an address: {error}")))?;
        if !matches!(url.scheme(), "nats" | "tls") || url.host_str().is_none() {
            return Err(Invalid("must begin with nats:// or tls:// and name a host".to_owned()));
        }
        let credentials = match (url.username(), url.password()) {
            ("", _) => None,
            (user, Some(password)) => Some(NatsCredentials::User(user.to_owned(), password.to_owned())),
            (token, None) => Some(NatsCredentials::Token(token.to_owned())),
        };
        // Taken out, so that nothing that prints the address can print them.
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| Invalid("cannot hold credentials".to_owned()))?;
        Ok(Self { url, credentials, stream: None })
    }
}

/// Which types of events are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPattern {
    /// `*`: all.
    Everything,
    /// `order.*`: all whose name begins so.
    Below(String),
    /// `order.confirmed`: just this one.
    Exactly(String),
}

impl EventPattern {
    /// Whether events of type `kind` are meant.
    pub fn matches(&self, kind: &str) -> bool {
        let name = kind.strip_prefix(TYPE_PREFIX).unwrap_or(kind);
        match self {
            Self::Everything => true,
            Self::Below(prefix) => {
                name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            Self::Exactly(exact) => name == exact,
        }
    }
}

impl FromStr for EventPattern {
    type Err = Invalid;

    /// Reads a pattern; one that no event of this shop meets is a mistake.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let name = text.strip_prefix(TYPE_PREFIX).unwrap_or(text);
        let pattern = match name.strip_suffix(".*") {
            _ if name == "*" => Self::Everything,
            Some(prefix) => Self::Below(prefix.to_owned()),
            None => Self::Exactly(name.to_owned()),
        };
        if TYPES.iter().any(|kind| pattern.matches(kind)) {
            return Ok(pattern);
        }
        let known = TYPES.map(|kind| kind.strip_prefix(TYPE_PREFIX).unwrap_or(kind)).join(", ");
        Err(Invalid(format!(
            "{text:?} is no event of this shop; there are {known}, and patterns like order.*"
        )))
    }
}

/// How much is asked of a subscriber, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tries after which a delivery is a dead letter.
    pub tries_max: u32,
    /// How long one try may take.
    pub timeout: Duration,
    /// Waits between tries.
    pub backoff: Backoff,
    /// Deliveries under way at a time.
    pub parallel_max: u32,
}

impl Limits {
    /// With [`Self::BACKOFF`] about a day: long enough for an operator to sleep, short enough to be noticed.
    pub const TRIES_MAX: u32 = 300;
    /// Most tries that can be set: with the longest default wait, a month.
    pub const TRIES_LIMIT: u32 = 10_000;
    /// As long as the payments service gets. What takes longer should be queued by the receiver.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
    /// Longest timeout that can be set: half of a delivery's lease, so that a slow answer is stored in time.
    pub const TIMEOUT_LIMIT: Duration = Duration::from_secs(30);
    /// Short at first, since most faults are a restart; at most ten minutes, since that is how long a subscriber that
    /// is back may have to wait for what it missed.
    pub const BACKOFF: Backoff = Backoff { first_ms: 1_000, max_ms: 600_000 };
    /// Longest wait that can be set: a day.
    pub const WAIT_LIMIT: Duration = Duration::from_hours(24);
    /// Keeps a scaled-to-zero service at one or two instances, and still moves hundreds of events a second.
    pub const PARALLEL_MAX: u32 = 8;
    /// Most that can be set: beyond it a subscriber is better served by NATS.
    pub const PARALLEL_LIMIT: u32 = 64;
}

impl Default for Limits {
    fn default() -> Self {
        let (timeout, backoff) = (Self::TIMEOUT, Self::BACKOFF);
        Self { tries_max: Self::TRIES_MAX, timeout, backoff, parallel_max: Self::PARALLEL_MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> EventPattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_pattern_means_just_the_types_that_it_names() {
        for (text, kind, meant) in [
            ("order.confirmed", "merkato.order.confirmed", true),
            ("merkato.order.confirmed", "merkato.order.confirmed", true),
            ("order.confirmed", "merkato.order.cancelled", false),
            ("order.*", "merkato.order.cancelled", true),
            ("order.*", "merkato.orders.cancelled", false),
            ("order.*", "merkato.order", false),
            ("*", "merkato.anything.at.all", true),
        ] {
            assert_eq!(pattern(text).matches(kind), meant, "{text} {kind}");
        }
    }

    #[test]
    fn a_pattern_that_no_event_meets_is_refused_with_those_that_there_are() {
        for text in ["order.confirmd", "orders.*", "", "order", "order.", ".*", "order.conf*"] {
            let error = text.parse::<EventPattern>().expect_err(text).to_string();
            assert!(error.contains("order.confirmed"), "{error}");
        }
    }

    #[test]
    fn credentials_are_taken_out_of_an_address_and_never_shown() {
        let target = NatsTarget::new("nats://shop:hush@queue.example:4222").expect("a target");
        assert!(target.credentials == Some(NatsCredentials::User("shop".to_owned(), "hush".to_owned())));
        assert_eq!(target.url.as_str(), "nats://queue.example:4222");
        assert!(!format!("{target:?}").contains("hush"));
        let target = NatsTarget::new("nats://t0ken@queue.example").expect("a target");
        assert!(target.credentials == Some(NatsCredentials::Token("t0ken".to_owned())));
    }

    #[test]
    fn an_address_must_be_one_that_can_be_used() {
        for url in ["ftp://example.org", "example.org", "http://", "http://user:hush@example.org"] {
            assert!(HttpTarget::new(url).is_err(), "{url}");
        }
        assert!(NatsTarget::new("http://example.org").is_err());
    }
}
