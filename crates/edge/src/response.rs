//! An answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use merkato_contract::{
    headers::PROBLEM_JSON,
    problem::{Code, Problem},
};
use serde::Serialize;

/// What a page may load: its own files and pictures from anywhere safe. No inline script, no frames, no foreign form.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'none'; \
                           form-action 'self'; frame-ancestors 'none'";
/// What is no page loads nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// An answer, written whole.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// `body` as JSON.
    pub fn json<T: Serialize>(status: u16, body: &T) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(|error| {
            Problem::new(Code::Internal, format!("The answer could not be written: {error}."))
        })?;
        Ok(Self { body, ..Self::empty(status) }.with_header("content-type", "application/json"))
    }

    /// A page.
    pub fn html(status: u16, body: String) -> Self {
        Self { body: body.into_bytes(), ..Self::empty(status) }
            .with_header("content-type", "text/html; charset=utf-8")
    }

    /// Another media type.
    pub fn typed(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { body, ..Self::empty(status) }.with_header("content-type", content_type)
    }

    /// "Go on there", for a browser that sent a form. `location` must be a path of this shop, so that no request can
    /// make the shop send its shoppers elsewhere.
    pub fn see_other(location: &str) -> Result<Self, Problem> {
        // A browser reads `//host` and `/\host` as another host.
        let foreign = !location.starts_with('/') || location[1..].starts_with(['/', '\\']);
        if foreign || location.chars().any(char::is_control) {
            return Err(Problem::new(
                Code::MalformedRequest,
                "The address to go on to is not one of this shop.",
            ));
        }
        Ok(Self::empty(303).with_header("location", location))
    }

    /// The same to an address that the shop itself chose, such as a gateway's page; never one out of a request.
    pub fn see_other_abroad(location: &str) -> Result<Self, Problem> {
        let web = location.starts_with("https://") || location.starts_with("http://");
        if !web || location.chars().any(char::is_control) {
            return Err(Problem::new(Code::Internal, "The address to go on to is not one of the web."));
        }
        Ok(Self::empty(303).with_header("location", location))
    }

    /// The path is known, the method is not; `allow` lists those that are, such as `GET, PUT`.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let detail = format!("This address takes {allow}.");
        Self::from(Problem::new(Code::MethodNotAllowed, detail)).with_header("allow", allow)
    }

    /// Sets a header, or adds one where several make sense (`Set-Cookie`). A value that cannot stand in a header is
    /// left out: better no header than a forged one.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let name = HeaderName::from_static(name);
        if let Ok(value) = HeaderValue::from_str(value) {
            if name == header::SET_COOKIE {
                self.headers.append(name, value);
            } else {
                self.headers.insert(name, value);
            }
        }
        self
    }

    /// A header's first value, if it is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Adds the headers that protect a browser, where the service has not chosen its own.
    #[must_use]
    pub(crate) fn secured(self) -> Self {
        let page = self.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html"));
        let defaults = [
            ("content-security-policy", if page { PAGE_POLICY } else { DATA_POLICY }),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            // Answers differ by token and cookie; whoever wants one cached says so.
            ("cache-control", "no-store"),
        ];
        defaults.into_iter().fold(self, |response, (name, value)| {
            if response.headers.contains_key(name) { response } else { response.with_header(name, value) }
        })
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let challenge = (problem.status == 401).then_some("Bearer");
        // A `Problem` is strings and numbers; should it not serialise after all, its status still says enough.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let response = Self { body, ..Self::empty(problem.status) }.with_header("content-type", PROBLEM_JSON);
        challenge
            .into_iter()
            .fold(response, |response, scheme| response.with_header("www-authenticate", scheme))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_in_the_shop() {
        for location in
            ["", "orders", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb: c"]
        {
            assert!(Response::see_other(location).is_err(), "{location:?}");
        }
        let response = Response::see_other("/orders/1?x=y").expect("a redirect");
        assert_eq!((response.status, response.header("location")), (303, Some("/orders/1?x=y")));
        assert!(Response::see_other_abroad("javascript:alert(1)").is_err());
    }

    #[test]
    fn a_value_with_a_line_break_never_becomes_a_header() {
        let response = Response::empty(200).with_header("x-note", "a\r\nset-cookie: b");
        assert!(response.headers.is_empty());
    }

    #[test]
    fn two_cookies_are_two_headers() {
        let response = Response::empty(200).with_header("set-cookie", "a=1").with_header("set-cookie", "b=2");
        assert_eq!(response.headers.get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn a_page_may_load_its_own_files_and_data_may_load_nothing() {
        let page = Response::html(200, String::new()).secured();
        assert_eq!(page.header("content-security-policy"), Some(PAGE_POLICY));
        let data = Response::empty(204).with_header("cache-control", "no-cache").secured();
        assert_eq!(data.header("content-security-policy"), Some(DATA_POLICY));
        assert_eq!(data.header("cache-control"), Some("no-cache"));
    }

    #[test]
    fn a_problem_keeps_its_status_and_says_how_to_sign_in() {
        let response = Response::from(Problem::new(Code::Unauthenticated, "x"));
        assert_eq!((response.status, response.header("www-authenticate")), (401, Some("Bearer")));
        assert_eq!(response.header("content-type"), Some(PROBLEM_JSON));
    }
}
