//! Reads subscriptions from a file; `docs/subscriptions.toml` explains each field.
//!
//! Secrets never stand in the file: a field that ends in `_env` names the environment variable that holds the value.

use std::{collections::BTreeMap, fmt, ops::Range, path::Path, time::Duration};

use http::{HeaderName, HeaderValue, header};
use merkato_contract::headers::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};
use serde::Deserialize;
use toml::Spanned;

use super::{
    EventPattern, HttpTarget, Invalid, Limits, NatsTarget, SigningKey, Subscriber, Target, check_name,
};

/// Most subscriptions of a shop: each is asked for at every ring, and has connections of its own.
const SUBSCRIPTIONS_MAX: usize = 100;
/// Characters that the name of a `JetStream` must not have.
const STREAM_NAME_FORBIDDEN: [char; 6] = ['.', '*', '>', '/', '\\', ' '];

/// What is wrong with a file of subscriptions.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// A field is wrong.
    #[error("{file}, line {line}: {field} {reason}")]
    Field {
        /// Which file.
        file: String,
        /// Which line, counted from 1.
        line: usize,
        /// Which field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    subscription: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<String>,
    url: Spanned<String>,
    events: Option<Vec<Spanned<String>>>,
    secret_env: Option<Spanned<String>>,
    headers_env: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
    #[serde(default)]
    send_service_token: Option<Spanned<bool>>,
    credentials_env: Option<Spanned<String>>,
    create_stream: Option<Spanned<String>>,
    tries_max: Option<Spanned<u32>>,
    timeout_ms: Option<Spanned<u32>>,
    wait_first_ms: Option<Spanned<u32>>,
    wait_max_ms: Option<Spanned<u32>>,
    parallel_max: Option<Spanned<u32>>,
}

/// Reads the file at `path`; `environment` gives the value of a variable.
pub fn read(path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Subscriber>, Error> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::Unreadable { file: file.clone(), reason: error.to_string() })?;
    parse(&file, &text, environment)
}

/// Reads the `text` of `file`.
pub fn parse(
    file: &str,
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Subscriber>, Error> {
    let reader = Reader { file, text, environment };
    let parsed: File = toml::from_str(text).map_err(|error| reader.malformed(&error))?;
    let mut subscribers: Vec<Subscriber> = Vec::new();
    for entry in parsed.subscription {
        let name = entry.get_ref().name.clone();
        if subscribers.iter().any(|other| &other.name == name.get_ref()) {
            return Err(reader.field(name.span(), "name", "is that of another subscription above"));
        }
        if subscribers.len() == SUBSCRIPTIONS_MAX {
            let reason = format!("is one too many: there can be {SUBSCRIPTIONS_MAX}");
            return Err(reader.field(entry.span(), "subscription", reason));
        }
        subscribers.push(reader.subscriber(entry.into_inner())?);
    }
    Ok(subscribers)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn field(&self, span: Range<usize>, field: &str, reason: impl fmt::Display) -> Error {
        Error::Field {
            file: self.file.to_owned(),
            line: self.line(span.start),
            field: field.to_owned(),
            reason: reason.to_string(),
        }
    }

    fn line(&self, position: usize) -> usize {
        self.text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
    }

    /// What the TOML parser does not like: it knows the place, and the line says the field.
    fn malformed(&self, error: &toml::de::Error) -> Error {
        let start = error.span().map_or(0, |span| span.start);
        let line = self.text.lines().nth(self.line(start) - 1).unwrap_or_default();
        let field = line.split('=').next().unwrap_or_default().trim();
        self.field(start..start, field, format!("cannot be read: {}", error.message().trim()))
    }

    fn subscriber(&self, entry: Entry) -> Result<Subscriber, Error> {
        check_name(entry.name.get_ref()).map_err(|error| self.field(entry.name.span(), "name", error))?;
        let limits = self.limits(&entry)?;
        let events = self.events(entry.events.as_deref())?;
        let scheme = entry.url.get_ref().split(':').next().unwrap_or_default();
        let target = match scheme {
            "http" | "https" => Target::Http(self.http_target(&entry)?),
            "nats" | "tls" => Target::Nats(self.nats_target(&entry)?),
            _ => {
                let reason = "must begin with http://, https://, nats:// or tls://";
                return Err(self.field(entry.url.span(), "url", reason));
            }
        };
        Ok(Subscriber { name: entry.name.into_inner(), target, events, limits })
    }

    fn events(&self, names: Option<&[Spanned<String>]>) -> Result<Vec<EventPattern>, Error> {
        let Some(names) = names else { return Ok(vec![EventPattern::Everything]) };
        names
            .iter()
            .map(|name| {
                name.get_ref().parse().map_err(|error: Invalid| self.field(name.span(), "events", error))
            })
            .collect()
    }

    fn http_target(&self, entry: &Entry) -> Result<HttpTarget, Error> {
        for (field, value) in
            [("credentials_env", &entry.credentials_env), ("create_stream", &entry.create_stream)]
        {
            self.only_for("nats://", field, value.as_ref())?;
        }
        let mut target = HttpTarget::new(entry.url.get_ref())
            .map_err(|error| self.field(entry.url.span(), "url", error))?;
        if let Some(variable) = &entry.secret_env {
            let keys = self.value(variable, "secret_env")?;
            target.signing_keys = keys
                .split_ascii_whitespace()
                .map(str::parse::<SigningKey>)
                .collect::<Result<_, _>>()
                .map_err(|error| self.variable(variable, "secret_env", &error))?;
        }
        for (name, variable) in entry.headers_env.iter().flatten() {
            let value = HeaderValue::try_from(self.value(variable, "headers_env")?);
            let mut value =
                value.map_err(|_| self.variable(variable, "headers_env", &"cannot stand in a header"))?;
            value.set_sensitive(true);
            target.headers.push((self.header_name(name)?, value));
        }
        target.sends_service_token = entry.send_service_token.as_ref().is_some_and(|sends| *sends.get_ref());
        Ok(target)
    }

    fn header_name(&self, name: &Spanned<String>) -> Result<HeaderName, Error> {
        let refused = |reason: String| self.field(name.span(), "headers_env", reason);
        let header: HeaderName =
            name.get_ref().parse().map_err(|_| refused(format!("{:?} is no header", name.get_ref())))?;
        let ours = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::HOST, header::TRANSFER_ENCODING];
        let signature = [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE];
        if ours.contains(&header) || signature.contains(&header.as_str()) {
            return Err(refused(format!("{header} is set by the shop")));
        }
        Ok(header)
    }

    fn nats_target(&self, entry: &Entry) -> Result<NatsTarget, Error> {
        self.only_for("http://", "secret_env", entry.secret_env.as_ref())?;
        self.only_for("http://", "send_service_token", entry.send_service_token.as_ref())?;
        let headers = entry.headers_env.iter().flatten().next();
        self.only_for("http://", "headers_env", headers.map(|(name, _)| name))?;
        let mut target = NatsTarget::new(entry.url.get_ref())
            .map_err(|error| self.field(entry.url.span(), "url", error))?;
        if let Some(variable) = &entry.credentials_env {
            let credentials = self.value(variable, "credentials_env")?.parse();
            let refused = |error: Invalid| self.variable(variable, "credentials_env", &error);
            target.credentials = Some(credentials.map_err(refused)?);
        }
        if let Some(stream) = &entry.create_stream {
            let name = stream.get_ref();
            if name.is_empty() || name.contains(STREAM_NAME_FORBIDDEN) || name.contains(char::is_control) {
                let reason = format!("must be a name without dots, stars, slashes and spaces, not {name:?}");
                return Err(self.field(stream.span(), "create_stream", reason));
            }
            target.stream = Some(name.clone());
        }
        Ok(target)
    }

    fn only_for<T>(&self, scheme: &str, field: &str, value: Option<&Spanned<T>>) -> Result<(), Error> {
        match value {
            Some(value) => {
                Err(self.field(value.span(), field, format!("is only for addresses with {scheme}")))
            }
            None => Ok(()),
        }
    }

    /// The value of an environment variable, which `field` names.
    fn value(&self, variable: &Spanned<String>, field: &str) -> Result<String, Error> {
        (self.environment)(variable.get_ref())
            .filter(|value| !value.trim().is_empty())
            .ok_or_else(|| self.variable(variable, field, &"is not set"))
    }

    /// Says what is wrong with a variable's value, never the value.
    fn variable(&self, variable: &Spanned<String>, field: &str, reason: &dyn fmt::Display) -> Error {
        let reason = format!("names the environment variable {}, which {reason}", variable.get_ref());
        self.field(variable.span(), field, reason)
    }

    fn limits(&self, entry: &Entry) -> Result<Limits, Error> {
        let default = Limits::default();
        let milliseconds = |duration: Duration| u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
        let within = |field: &str, value: &Option<Spanned<u32>>, default: u32, most: u32| match value {
            None => Ok(default),
            Some(value) if (1..=most).contains(value.get_ref()) => Ok(*value.get_ref()),
            Some(value) => Err(self.field(value.span(), field, format!("must be between 1 and {most}"))),
        };
        let longest_wait = milliseconds(Limits::WAIT_LIMIT);
        let timeout_ms = within(
            "timeout_ms",
            &entry.timeout_ms,
            milliseconds(default.timeout),
            milliseconds(Limits::TIMEOUT_LIMIT),
        )?;
        let mut backoff = default.backoff;
        backoff.first_ms = within("wait_first_ms", &entry.wait_first_ms, backoff.first_ms, longest_wait)?;
        backoff.max_ms = within("wait_max_ms", &entry.wait_max_ms, backoff.max_ms, longest_wait)?;
        Ok(Limits {
            tries_max: within("tries_max", &entry.tries_max, default.tries_max, Limits::TRIES_LIMIT)?,
            timeout: Duration::from_millis(timeout_ms.into()),
            backoff,
            parallel_max: within(
                "parallel_max",
                &entry.parallel_max,
                default.parallel_max,
                Limits::PARALLEL_LIMIT,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn environment(name: &str) -> Option<String> {
        match name {
            "SECRET" => Some(SECRET.to_owned()),
            "TWO_SECRETS" => Some(format!("{SECRET} {SECRET}")),
            "SHORT_SECRET" => Some("whsec_aHVudGVyMg==".to_owned()),
            "KEY" => Some("k3y".to_owned()),
            "LINES" => Some("a\nb".to_owned()),
            "NATS" => Some("shop:hush".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn parsed(text: &str) -> Result<Vec<Subscriber>, Error> {
        parse("subscriptions.toml", text, &environment)
    }

    /// What is said of an entry that is good but for `line`, which is its fourth.
    fn refused(url: &str, line: &str) -> String {
        let text = format!("[[subscription]]\nname = \"mail\"\nurl = \"{url}\"\n{line}\n");
        parsed(&text).expect_err(line).to_string()
    }

    #[test]
    fn a_file_says_everything_that_there_is_to_say() {
        let subscribers = parsed(
            "[[subscription]]
            name = 'mail'
            url = 'https://mail.example/events'
            events = ['order.confirmed', 'order.*']
            secret_env = 'TWO_SECRETS'
            headers_env = { X-Api-Key = 'KEY' }
            tries_max = 3
            timeout_ms = 250
            wait_first_ms = 1
            wait_max_ms = 2
            parallel_max = 4

            [[subscription]]
            name = 'warehouse'
            url = 'nats://queue.example'
            credentials_env = 'NATS'
            create_stream = 'MERKATO'",
        )
        .expect("subscriptions");
        let [mail, warehouse] = &subscribers[..] else { panic!("two") };
        assert!(mail.wants("merkato.order.shipped") && !mail.wants("merkato.stock.moved"));
        assert_eq!(mail.limits.tries_max, 3);
        assert_eq!(mail.limits.timeout, Duration::from_millis(250));
        assert_eq!((mail.limits.backoff.first_ms, mail.limits.backoff.max_ms), (1, 2));
        assert_eq!(mail.limits.parallel_max, 4);
        let Target::Http(target) = &mail.target else { panic!("http") };
        assert_eq!((target.signing_keys.len(), target.headers[0].0.as_str()), (2, "x-api-key"));
        assert!(!target.sends_service_token, "nobody gets it unasked");
        assert!(warehouse.wants("merkato.stock.moved"), "everything, where nothing is said");
        assert_eq!(warehouse.limits, Limits::default());
        let Target::Nats(target) = &warehouse.target else { panic!("nats") };
        assert_eq!(target.stream.as_deref(), Some("MERKATO"));
        assert!(target.credentials.is_some());
        let shown = format!("{subscribers:?}");
        assert!(!shown.contains("hush") && !shown.contains("k3y"), "{shown}");
    }

    #[test]
    fn the_example_can_be_read() {
        let environment = |name: &str| match name {
            "MAIL_SECRET" => Some(SECRET.to_owned()),
            "MAIL_API_KEY" | "WAREHOUSE_NATS" => Some("k3y".to_owned()),
            _ => None,
        };
        let example = include_str!("../../../docs/subscriptions.toml");
        let subscribers = parse("subscriptions.toml", example, &environment).expect("subscriptions");
        assert_eq!(subscribers.len(), 3);
        assert_eq!(subscribers[0].limits, Limits::default(), "it shows what holds when nothing is said");
        let Target::Http(target) = &subscribers[1].target else { panic!("http") };
        assert!(target.sends_service_token);
    }

    #[test]
    fn an_empty_file_subscribes_nobody() {
        assert_eq!(parsed("").expect("no subscriptions").len(), 0);
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_field() {
        for (line, words) in [
            ("events = ['order.confirmd']", &["events", "order.confirmd", "order.confirmed"][..]),
            ("secret_env = 'MISSING'", &["secret_env", "MISSING", "not set"]),
            ("secret_env = 'EMPTY'", &["secret_env", "EMPTY", "not set"]),
            ("secret_env = 'SHORT_SECRET'", &["secret_env", "SHORT_SECRET", "24"]),
            ("headers_env = { x-key = 'MISSING' }", &["headers_env", "MISSING"]),
            ("headers_env = { x-key = 'LINES' }", &["headers_env", "LINES"]),
            ("headers_env = { content-type = 'KEY' }", &["headers_env", "content-type"]),
            ("headers_env = { webhook-id = 'KEY' }", &["headers_env", "webhook-id"]),
            ("headers_env = { 'a b' = 'KEY' }", &["headers_env", "a b"]),
            ("tries_max = 0", &["tries_max", "between 1 and 10000"]),
            ("tries_max = 'many'", &["tries_max", "cannot be read"]),
            ("timeout_ms = 30001", &["timeout_ms", "between 1 and 30000"]),
            ("parallel_max = 65", &["parallel_max", "between 1 and 64"]),
            ("wait_max_ms = 86400001", &["wait_max_ms"]),
            ("retries = 3", &["retries", "unknown field"]),
            ("create_stream = 'MERKATO'", &["create_stream", "nats://"]),
            ("credentials_env = 'NATS'", &["credentials_env", "nats://"]),
            ("events = [", &["events"]),
        ] {
            let said = refused("https://mail.example", line);
            assert!(said.starts_with("subscriptions.toml, line 4: "), "{said}");
            assert!(words.iter().all(|word| said.contains(word)), "{line}: {said}");
            assert!(!said.contains("aHVudGVyMg"), "{said}");
        }
        for (line, words) in [
            ("secret_env = 'SECRET'", &["secret_env", "http://"][..]),
            ("headers_env = { x-key = 'KEY' }", &["headers_env", "http://"]),
            ("send_service_token = true", &["send_service_token", "http://"]),
            ("create_stream = 'a.b'", &["create_stream"]),
            ("credentials_env = 'EMPTY'", &["credentials_env", "EMPTY"]),
        ] {
            let said = refused("nats://queue.example", line);
            assert!(said.starts_with("subscriptions.toml, line 4: "), "{said}");
            assert!(words.iter().all(|word| said.contains(word)), "{line}: {said}");
        }
    }

    #[test]
    fn an_address_or_name_that_cannot_be_used_is_named() {
        for url in ["ftp://mail.example", "mail.example", "", "http://user:hush@mail.example"] {
            let said = refused(url, "");
            assert!(said.starts_with("subscriptions.toml, line 3: url "), "{said}");
            assert!(!said.contains("hush"), "{said}");
        }
        let said = parsed("[[subscription]]\nname = 'My Mail'\nurl = 'http://a'").expect_err("a name");
        assert!(said.to_string().starts_with("subscriptions.toml, line 2: name "), "{said}");
        let twice = "[[subscription]]\nname = 'a'\nurl = 'http://a'\n".repeat(2);
        let said = parsed(&twice).expect_err("twice").to_string();
        assert!(said.starts_with("subscriptions.toml, line 5: name "), "{said}");
        let said = parsed("[[subscription]]\nname = 'a'\n").expect_err("no address").to_string();
        assert!(said.contains("line 1") && said.contains("url"), "{said}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let said = read(Path::new("/nowhere/subscriptions.toml"), &environment).expect_err("no file");
        assert!(said.to_string().starts_with("/nowhere/subscriptions.toml: "), "{said}");
    }
}
