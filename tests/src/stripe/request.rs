//! The gate: who is asking, in which version, with which parameters, and whether it was asked before.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::Stripe;

/// Longest key that Stripe takes, in characters.
const KEY_CHARACTERS_MAX: usize = 255;

/// The fields of a form or a query, decoded, in their order.
pub(crate) type Fields = Vec<(String, String)>;

/// An answer: its status and its JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub body: Value,
    /// Whether it is the answer to an earlier request with the same key.
    pub is_replayed: bool,
}

impl Answer {
    pub fn success(body: Value) -> Self {
        Self { status: StatusCode::OK, body, is_replayed: false }
    }

    /// An error in Stripe's shape.
    pub fn error(status: u16, kind: &str, code: Option<&str>, param: Option<&str>, message: &str) -> Self {
        let mut error = json!({ "type": kind, "message": message });
        for (name, value) in [("code", code), ("param", param)] {
            if let Some(value) = value {
                error[name] = json!(value);
            }
        }
        let status = StatusCode::from_u16(status).expect("a status");
        Self { status, body: json!({ "error": error }), is_replayed: false }
    }

    /// A request that is wrong in itself.
    pub fn invalid(code: &str, param: &str, message: &str) -> Self {
        let param = Some(param).filter(|param| !param.is_empty());
        Self::error(400, "invalid_request_error", Some(code), param, message)
    }

    /// Something that is not there.
    pub fn missing(what: &str, param: &str, id: &str) -> Self {
        let status = if param == "intent" { 404 } else { 400 };
        let message = format!("No such {what}: '{id}'");
        Self::error(status, "invalid_request_error", Some("resource_missing"), Some(param), &message)
    }
}

/// The answers that were given, by key.
#[derive(Default)]
pub(crate) struct Memory(BTreeMap<String, (String, Fields, Answer)>);

impl Memory {
    /// The answer to the same question before, or a refusal if the key was used for another one.
    pub fn answer(&self, key: &str, path: &str, fields: &Fields) -> Option<Answer> {
        let (known_path, known_fields, answer) = self.0.get(key)?;
        if known_path == path && known_fields == fields {
            return Some(Answer { is_replayed: true, ..answer.clone() });
        }
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
             using a key other than '{key}' if you meant to execute a different request."
        );
        Some(Answer::error(400, "idempotency_error", None, None, &message))
    }

    /// Remembers an answer, whether it was good or bad.
    pub fn remember(&mut self, key: &str, path: &str, fields: &Fields, answer: &Answer) {
        self.0.insert(key.to_owned(), (path.to_owned(), fields.clone(), answer.clone()));
    }
}

/// Lets a request pass that knows the account's key and names a version.
pub(crate) fn admit(method: &Method, headers: &HeaderMap) -> Result<(), Answer> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text("authorization") != format!("Bearer {}", Stripe::SECRET_KEY) {
        return Err(Answer::error(
            401,
            "invalid_request_error",
            None,
            None,
            "Invalid API Key provided: sk_****",
        ));
    }
    if !is_version(text("stripe-version")) {
        let message = "Invalid Stripe API version.";
        return Err(Answer::error(400, "invalid_request_error", None, None, message));
    }
    if method == Method::POST && text("content-type") != "application/x-www-form-urlencoded" {
        let message = "The content type of a request with a body is application/x-www-form-urlencoded.";
        return Err(Answer::error(400, "invalid_request_error", None, None, message));
    }
    Ok(())
}

/// The key of a change. Stripe can do without; this shop never should.
pub(crate) fn key(headers: &HeaderMap) -> Result<String, Answer> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if key.is_empty() || key.len() > KEY_CHARACTERS_MAX {
        let message = "A change of this shop carries an Idempotency-Key of at most 255 characters.";
        return Err(Answer::error(400, "idempotency_error", None, None, message));
    }
    Ok(key.to_owned())
}

/// A day and, since 2024, the name of the release.
fn is_version(text: &str) -> bool {
    let (day, name) = text.split_once('.').unwrap_or((text, "name"));
    let parts = day.split('-').map(str::len).collect::<Vec<_>>();
    parts == [4, 2, 2]
        && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Refuses parameters that the endpoint does not know; `metadata[]` stands for a whole family.
pub(crate) fn only(fields: &Fields, known: &[&str]) -> Result<(), Answer> {
    for (name, _) in fields {
        let family = name.split_once('[').map_or(name.clone(), |(family, _)| format!("{family}[]"));
        if !known.contains(&family.as_str()) {
            let message = format!("Received unknown parameter: {name}");
            return Err(Answer::invalid("parameter_unknown", name, &message));
        }
    }
    Ok(())
}

/// A parameter's value, if it is there.
pub(crate) fn optional<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

/// A parameter's value.
pub(crate) fn required<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Answer> {
    optional(fields, name).filter(|value| !value.is_empty()).ok_or_else(|| {
        Answer::invalid("parameter_missing", name, &format!("Missing required param: {name}."))
    })
}

/// A parameter that is a whole number.
pub(crate) fn integer(name: &str, value: &str) -> Result<i64, Answer> {
    value
        .parse()
        .map_err(|_| Answer::invalid("parameter_invalid_integer", name, &format!("Invalid integer: {value}")))
}

/// The metadata in a form.
pub(crate) fn metadata(fields: &Fields) -> Value {
    let entry = |(name, value): &(String, String)| {
        let key = name.strip_prefix("metadata[")?.strip_suffix(']')?;
        Some((key.to_owned(), json!(value)))
    };
    Value::Object(fields.iter().filter_map(entry).collect())
}
