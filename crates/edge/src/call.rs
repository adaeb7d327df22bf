//! A request to another service.

use std::time::Duration;

use http::Method;
use merkato_contract::{
    headers::PROBLEM_JSON,
    problem::{Code, Problem},
};
use serde::Serialize;

use crate::Response;

/// How long another service may take, cold start included, unless the call says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// A request to another service, to be sent by [`crate::Context::call`].
#[derive(Debug, Clone)]
pub struct Call {
    /// Address of the service, such as `http://catalog.spin.internal`.
    pub base: String,
    /// The method.
    pub method: Method,
    /// Path and query, beginning with a slash.
    pub path: String,
    /// Headers beside those that every call carries.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// How long the answer may take.
    pub deadline: Duration,
}

impl Call {
    /// A call of `method` to `path` of the service at `base`.
    pub fn new(method: Method, base: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            method,
            path: path.into(),
            headers: Vec::new(),
            body: None,
            deadline: DEADLINE,
        }
    }

    /// A `GET`.
    pub fn get(base: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(Method::GET, base, path)
    }

    /// A `POST`.
    pub fn post(base: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(Method::POST, base, path)
    }

    /// A `PUT`.
    pub fn put(base: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(Method::PUT, base, path)
    }

    /// A `DELETE`.
    pub fn delete(base: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, base, path)
    }

    /// With `body` as JSON.
    pub fn json<T: Serialize>(mut self, body: &T) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(|error| {
            Problem::new(Code::Internal, format!("The call could not be written: {error}."))
        })?;
        self.body = Some(body);
        Ok(self.header("content-type", "application/json"))
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a header, if there is a value for it.
    #[must_use]
    pub fn header_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// With a deadline of its own.
    #[must_use]
    pub const fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The whole address.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.base.trim_end_matches('/'), self.path)
    }
}

/// What an answer means to the one who asked: a problem is passed on as it is, and whatever is neither success nor
/// problem came from something that is not the service.
pub(crate) fn outcome(response: Response) -> Result<Response, Unusable> {
    if response.status < 400 {
        return Ok(response);
    }
    let problem =
        response.header("content-type").is_some_and(|media_type| media_type.starts_with(PROBLEM_JSON));
    match serde_json::from_slice::<Problem>(&response.body) {
        Ok(passed_on) if problem => Err(Unusable::Problem(Box::new(passed_on))),
        _ => Err(Unusable::Answer(response.status)),
    }
}

/// Why an answer was no success.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The service said so itself.
    Problem(Box<Problem>),
    /// Something else answered with this status.
    Answer(u16),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_passed_on_and_any_other_failure_is_unusable() {
        assert!(outcome(Response::empty(204)).is_ok());
        let problem = Problem::new(Code::CartEmpty, "x");
        let passed_on = outcome(Response::from(problem.clone())).expect_err("a problem");
        assert_eq!(passed_on, Unusable::Problem(Box::new(problem)));
        let page = Response::html(404, "<h1>Not here</h1>".to_owned());
        assert_eq!(outcome(page).expect_err("no service"), Unusable::Answer(404));
    }

    #[test]
    fn an_address_is_joined_with_one_slash() {
        assert_eq!(Call::get("http://a/", "/b").url(), "http://a/b");
        assert_eq!(Call::get("http://a", "/b").url(), "http://a/b");
    }
}
