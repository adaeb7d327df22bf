//! Where a request comes from, for counting tries.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use merkato_contract::{headers::CLIENT_ADDRESS, problem::Problem};
use merkato_edge::{Context, Request, client};

/// Stands for a place that nobody knows.
const UNKNOWN: &str = "unknown";

/// The place that a request comes from. A service that asks for somebody says where they are, beside the service token.
/// Otherwise it is the connection's other end or, behind `trusted_proxies` proxies, what the outermost of them saw.
pub fn place(context: &Context, request: &Request) -> Result<String, Problem> {
    if let Some(address) = request.header(CLIENT_ADDRESS)
        && context.service(request).is_ok()
    {
        return Ok(place_of(address));
    }
    let proxies = context.optional_setting("trusted_proxies")?.unwrap_or_default();
    let proxies = proxies.parse::<usize>().unwrap_or_default();
    Ok(client::address(request, proxies).map_or_else(|| UNKNOWN.to_owned(), |address| place_of(&address)))
}

/// An address without its port; of IPv6 the network, since each home and each attacker has one whole (RFC 6177).
fn place_of(address: &str) -> String {
    let address = address.trim();
    let parsed = address
        .parse::<SocketAddr>()
        .map(|socket| socket.ip())
        .or_else(|_| address.trim_matches(['[', ']']).parse::<IpAddr>());
    match parsed.map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Err(_) => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_or_a_network() {
        let cases = [
            ("192.0.2.7:4711", "192.0.2.7"),
            (" 192.0.2.7 ", "192.0.2.7"),
            ("[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("nonsense", UNKNOWN),
        ];
        for (address, place) in cases {
            assert_eq!(place_of(address), place, "{address}");
        }
    }
}
