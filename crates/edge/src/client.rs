//! At which address whoever sent a request is.

use crate::Request;

/// What Spin says of the connection that a request came by; no client can set it.
const CONNECTION: &str = "spin-client-addr";
/// What each proxy adds the address to that it was reached from, at the end.
const FORWARDED: &str = "x-forwarded-for";

/// The address of the client, with or without a port: the connection's other end or, behind `proxies` proxies of the
/// shop's own, what the outermost of them saw. What stands further left in the list is what the client itself may have
/// written.
pub fn address(request: &Request, proxies: usize) -> Option<String> {
    match proxies.checked_sub(1) {
        None => request.header(CONNECTION).map(str::to_owned),
        Some(skipped) => forwarded(request).rsplit(',').nth(skipped).map(|address| address.trim().to_owned()),
    }
    .filter(|address| !address.is_empty())
}

/// All that proxies have added, in order.
fn forwarded(request: &Request) -> String {
    let lines = request.headers.get_all(FORWARDED).into_iter().filter_map(|value| value.to_str().ok());
    lines.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;

    fn request(forwarded: &[&'static str]) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(CONNECTION, HeaderValue::from_static("10.0.0.1:1"));
        for line in forwarded {
            headers.append(FORWARDED, HeaderValue::from_static(line));
        }
        Request::new(Method::GET, "/", headers, Vec::new())
    }

    #[test]
    fn what_a_client_writes_itself_is_not_believed() {
        let forged = request(&["1.1.1.1", "192.0.2.7, 10.0.0.2"]);
        let seen = [0, 1, 2, 9].map(|proxies| address(&forged, proxies));
        let expected = [Some("10.0.0.1:1"), Some("10.0.0.2"), Some("192.0.2.7"), None];
        assert_eq!(seen.each_ref().map(Option::as_deref), expected);
        assert_eq!(address(&request(&[]), 1), None);
    }
}
