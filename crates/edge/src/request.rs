//! A request, read whole.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, header};
use merkato_commerce::Invalid;
use merkato_contract::{
    event::{CLOUD_EVENT_JSON, Event, SPEC_VERSION},
    problem::{Code, Problem},
};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

/// Most fields of a form: the largest of the shop has about twenty.
const FORM_FIELDS_MAX: usize = 200;

/// A request whose body has been read.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method; `HEAD` is routed as `GET`.
    pub method: Method,
    /// The path as it was sent.
    pub path: String,
    /// The query without its question mark; empty when there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    segments: Vec<String>,
}

impl Request {
    /// A request for `target`, a path with or without a query.
    pub fn new(method: Method, target: &str, headers: HeaderMap, body: Vec<u8>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        Self { method, path: path.to_owned(), query: query.to_owned(), headers, body, segments }
    }

    /// The decoded parts of the path, empty ones left out: what routes are matched against.
    pub fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The first value of a query parameter.
    pub fn query_value(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The names of all query parameters.
    pub fn query_names(&self) -> Vec<String> {
        form_urlencoded::parse(self.query.as_bytes()).map(|(name, _)| name.into_owned()).collect()
    }

    /// A header's first value, if it is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let pairs = self.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        pairs
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.trim_matches('"').to_owned())
    }

    /// The token of `Authorization: Bearer`. Another scheme is refused rather than taken for a guest.
    pub fn bearer_token(&self) -> Result<Option<&str>, Problem> {
        let Some(value) = self.headers.get(header::AUTHORIZATION) else { return Ok(None) };
        let token = value.to_str().ok().and_then(|value| {
            let (scheme, token) = value.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        match token {
            Some(token) if !token.is_empty() => Ok(Some(token)),
            _ => {
                Err(Problem::new(Code::Unauthenticated, "The Authorization header must be `Bearer <token>`."))
            }
        }
    }

    /// The body as `T`. A field that is unknown or of the wrong kind is named in the problem, and so is a text that
    /// holds U+0000, which no text of PostgreSQL can.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.json_typed("application/json")
    }

    /// The body as an event of the outbox, in `CloudEvents`' structured mode.
    pub fn cloud_event(&self) -> Result<Event, Problem> {
        let event = self.json_typed::<Event>(CLOUD_EVENT_JSON)?;
        if event.specversion != SPEC_VERSION {
            return Err(Invalid::new("specversion", format!("must be {SPEC_VERSION}")).into());
        }
        Ok(event)
    }

    fn json_typed<T: DeserializeOwned>(&self, wanted: &str) -> Result<T, Problem> {
        self.media_type(|media_type| media_type == wanted, wanted)?;
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        let value =
            serde_path_to_error::deserialize(&mut deserializer).map_err(|error| json_problem(&error))?;
        deserializer.end().map_err(|error| malformed(&error))?;
        match zero_character(&self.body) {
            Some(field) => Err(Problem::invalid([Invalid::new(field, "must not hold the character U+0000")])),
            None => Ok(value),
        }
    }

    /// The fields of a form; of a field that appears twice, the last.
    pub fn form(&self) -> Result<BTreeMap<String, String>, Problem> {
        const FORM: &str = "application/x-www-form-urlencoded";
        self.media_type(|media_type| media_type == FORM, FORM)?;
        let fields =
            form_urlencoded::parse(&self.body).into_owned().take(FORM_FIELDS_MAX + 1).collect::<Vec<_>>();
        if fields.len() > FORM_FIELDS_MAX {
            let detail = format!("The form has more than {FORM_FIELDS_MAX} fields.");
            return Err(Problem::new(Code::MalformedRequest, detail));
        }
        Ok(fields.into_iter().collect())
    }

    /// Refuses a body of another media type than `accepts` takes; `wanted` is what the problem names.
    pub fn media_type(&self, accepts: impl Fn(&str) -> bool, wanted: &str) -> Result<(), Problem> {
        let given = self.header("content-type").unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if accepts(&essence) {
            return Ok(());
        }
        Err(Problem::new(Code::UnsupportedMediaType, format!("The body must be of type {wanted}.")))
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(Code::MalformedRequest, format!("The body is not JSON: {error}."))
}

/// Where in `body`, which is JSON, a text holds U+0000. There is one way to write it, so nearly every body is only
/// searched through.
fn zero_character(body: &[u8]) -> Option<String> {
    const WRITTEN: &[u8] = br"\u0000";
    if !body.windows(WRITTEN.len()).any(|window| window == WRITTEN) {
        return None;
    }
    zero_character_in(&serde_json::from_slice(body).ok()?, "").map(|path| match path.as_str() {
        "" => "body".to_owned(),
        _ => path,
    })
}

fn zero_character_in(value: &serde_json::Value, path: &str) -> Option<String> {
    match value {
        serde_json::Value::String(text) => text.contains('\0').then(|| path.to_owned()),
        serde_json::Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(place, item)| zero_character_in(item, &format!("{path}[{place}]"))),
        serde_json::Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            if name.contains('\0') {
                return Some(path.to_owned());
            }
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            zero_character_in(item, &path)
        }),
        _ => None,
    }
}

/// Syntax is the client's pen, data the client's meaning: 400 and 422.
fn json_problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return malformed(inner);
    }
    // serde_json adds where in the text it stopped; the path says it better.
    let text = inner.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let path = error.path().to_string();
    let named = message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("missing field `"));
    let field = match (named.and_then(|rest| rest.split('`').next()), path.as_str()) {
        (Some(name), ".") => name.to_owned(),
        (Some(name), path) if path.rsplit('.').next() != Some(name) => format!("{path}.{name}"),
        (None, ".") => "body".to_owned(),
        (_, path) => path.to_owned(),
    };
    let message = match named {
        Some(_) if message.starts_with("unknown") => "is not a field that is known here",
        Some(_) => "is missing",
        None => message,
    };
    Problem::invalid([Invalid::new(field, message)])
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "inner")]
        _inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "count")]
        _count: u32,
    }

    fn request(target: &str, headers: &[(&'static str, &'static str)], body: &str) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, http::HeaderValue::from_static(value));
        }
        Request::new(Method::POST, target, map, body.as_bytes().to_vec())
    }

    fn json_problem_of(body: &str) -> Problem {
        let request = request("/", &[("content-type", "application/json; charset=utf-8")], body);
        request.json::<Outer>().expect_err("a problem")
    }

    #[test]
    fn a_path_is_split_before_it_is_decoded_so_that_an_encoded_slash_stays_inside_its_segment() {
        assert_eq!(request("/a//b%2Fc/%C3%A9?x=/y", &[], "").segments(), ["a", "b/c", "é"]);
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        let wrong = [
            (r#"{"inner":{"count":"x"}}"#, "inner.count"),
            (r#"{"inner":{"count":1,"more":2}}"#, "inner.more"),
            (r#"{"inner":{}}"#, "inner.count"),
            (r#"{"more":1}"#, "more"),
            ("{}", "inner"),
            ("[]", "body"),
            ("3", "body"),
        ];
        for (body, field) in wrong {
            let problem = json_problem_of(body);
            assert_eq!(problem.code, Code::Invalid, "{body}");
            assert_eq!(problem.errors[0].field, field, "{body}");
            assert!(!problem.errors[0].message.contains(" at line "), "{body}");
        }
    }

    #[test]
    fn what_is_not_json_is_malformed_and_what_does_not_say_so_is_unsupported() {
        for body in ["", "{", r#"{"inner":{"count":1}} x"#] {
            assert_eq!(json_problem_of(body).code, Code::MalformedRequest, "{body}");
        }
        let untyped = request("/", &[], r#"{"inner":{"count":1}}"#);
        assert_eq!(untyped.json::<Outer>().expect_err("a problem").code, Code::UnsupportedMediaType);
    }

    #[test]
    fn a_text_with_a_zero_character_is_named_wherever_it_is() {
        let cases = [
            (r#"{"a":[{"b":"x"},{"b":"\u0000"}]}"#, Some("a[1].b")),
            (r#"{"a":{"\u0000":1}}"#, Some("a")),
            (r#""\u0000""#, Some("body")),
            (r#"{"a":"\\u0000"}"#, None),
            (r#"{"a":"\u0001"}"#, None),
        ];
        for (body, field) in cases {
            let request = request("/", &[("content-type", "application/json")], body);
            let named =
                request.json::<serde_json::Value>().err().map(|problem| problem.errors[0].field.clone());
            assert_eq!(named.as_deref(), field, "{body}");
        }
    }

    #[test]
    fn an_event_is_of_its_own_media_type_and_of_the_version_that_is_spoken_here() {
        let event = |media_type: &'static str, version: &str| {
            let body = format!(
                r#"{{"specversion":"{version}","id":"0192c7d8-0000-7000-8000-000000000001","source":"http://shop",
                "type":"merkato.order.placed","subject":"s","time":"2026-11-21T05:14:00Z",
                "datacontenttype":"application/json","data":{{}}}}"#
            );
            request("/", &[("content-type", media_type)], &body).cloud_event()
        };
        assert_eq!(
            event(CLOUD_EVENT_JSON, "1.0").map(|event| event.kind),
            Ok("merkato.order.placed".to_owned())
        );
        assert_eq!(event(CLOUD_EVENT_JSON, "0.3").expect_err("a problem").errors[0].field, "specversion");
        assert_eq!(event("application/json", "1.0").expect_err("a problem").code, Code::UnsupportedMediaType);
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let request = request("/", &[("cookie", "a=1; session=x=y; b=2"), ("cookie", "c=3")], "");
        assert_eq!(request.cookie("session").as_deref(), Some("x=y"));
        assert_eq!(request.cookie("c").as_deref(), Some("3"));
        assert_eq!(request.cookie("d"), None);
    }

    #[test]
    fn a_header_of_another_scheme_is_refused_and_none_is_a_guest() {
        assert_eq!(request("/", &[], "").bearer_token(), Ok(None));
        assert_eq!(request("/", &[("authorization", "bearer abc")], "").bearer_token(), Ok(Some("abc")));
        assert!(request("/", &[("authorization", "Basic abc")], "").bearer_token().is_err());
        assert!(request("/", &[("authorization", "Bearer ")], "").bearer_token().is_err());
    }

    #[test]
    fn a_form_gives_its_fields_decoded() {
        let form = request("/", &[("content-type", "application/x-www-form-urlencoded")], "a=1+2&b=%26&a=3");
        let fields = form.form().expect("a form");
        assert_eq!((fields["a"].as_str(), fields["b"].as_str()), ("3", "&"));
    }
}
