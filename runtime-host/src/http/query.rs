//! What stands behind the question mark of an address.

use axum::{
    extract::{FromRequestParts, rejection::QueryRejection},
    http::request::Parts,
};
use merkato_commerce::Invalid;
use merkato_contract::{LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, problem::Code};
use serde::de::DeserializeOwned;

use super::Answer;

/// Parameters as `T`; what cannot be read is a problem that names the parameter.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Answer> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

/// The framework says `Failed to deserialize query string: limit: invalid digit found in string`.
fn unreadable(rejection: &QueryRejection) -> Answer {
    let said = rejection.body_text();
    let reason = said.split_once(": ").map_or(said.as_str(), |(_, reason)| reason);
    match reason.split_once(": ") {
        Some((field, message)) if !field.contains(' ') => Invalid::new(field, message).into(),
        _ => Answer::refused(Code::Invalid, reason),
    }
}

/// How many entries a page may have: as many as asked for, if that is not too many.
pub fn limit(asked: Option<u32>) -> Result<u32, Answer> {
    let limit = asked.unwrap_or(LIST_LIMIT_DEFAULT);
    if (1..=LIST_LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Invalid::new("limit", format!("must be between 1 and {LIST_LIMIT_MAX}")).into())
}
