//! Entity tags (RFC 9110, 8.8.3): an answer that has not changed is not sent again, and an edit that overlooks
//! another is refused.

use std::fmt::Write as _;

use http::Method;
use sha2::{Digest, Sha256};

use crate::{Request, Response};

/// Bytes of the digest in a tag; a coincidence among 2^64 answers is not to be expected.
const DIGEST_BYTES: usize = 8;

/// Tags `response` with `version` and a digest of its body, and answers 304 where the client has it already.
///
/// The version leads, so that [`version_of`] finds it whatever else about the answer has changed since.
#[must_use]
pub fn tagged(request: &Request, response: Response, version: i64) -> Response {
    let tag = tag(version, &response.body);
    let known = request.method == Method::GET
        && response.status == 200
        && request.header("if-none-match").is_some_and(|header| lists(header, &tag));
    let response = if known { Response { status: 304, body: Vec::new(), ..response } } else { response };
    response.with_header("etag", &tag)
}

/// The version in a tag of ours: what `If-Match` demands. A plain `"<version>"` will do as well.
pub fn version_of(tag: &str) -> Option<i64> {
    let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
    tag.split('-').next()?.parse().ok()
}

fn tag(version: i64, body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    digest.iter().take(DIGEST_BYTES).fold(format!("\"{version}-"), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }) + "\""
}

fn lists(header: &str, tag: &str) -> bool {
    header
        .split(',')
        .map(|listed| listed.trim().trim_start_matches("W/"))
        .any(|listed| listed == "*" || listed == tag)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn answer(if_none_match: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(tag) = if_none_match {
            headers.insert("if-none-match", HeaderValue::from_str(tag).expect("a header"));
        }
        let request = Request::new(Method::GET, "/", headers, Vec::new());
        tagged(&request, Response::typed(200, "text/plain", b"body".to_vec()), 3)
    }

    #[test]
    fn an_answer_that_the_client_has_is_not_sent_again() {
        let first = answer(None);
        let tag = first.header("etag").expect("a tag");
        assert_eq!(version_of(tag), Some(3));
        let again = answer(Some(&format!("\"other\", W/{tag}")));
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)));
        assert_eq!(answer(Some("\"other\"")).status, 200);
    }

    #[test]
    fn a_version_is_found_in_a_plain_tag_and_not_in_nonsense() {
        assert_eq!(version_of("\"12\""), Some(12));
        assert_eq!(version_of("*"), None);
        assert_eq!(version_of("\"x-1\""), None);
    }
}
