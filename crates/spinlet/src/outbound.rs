//! `allowed_outbound_hosts`: where a component may connect to.

use std::net::IpAddr;

use crate::error::Error;
use crate::manifest::{Component, Manifest};
use crate::variables::Values;

/// Requests to `<component>.spin.internal` stay inside the application.
const CHAINING_DOMAIN: &str = ".spin.internal";

/// The hosts that one component may connect to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AllowedHosts(Vec<AllowedHost>);

#[derive(Debug, PartialEq, Eq)]
struct AllowedHost {
    /// `None` is any.
    scheme: Option<String>,
    host: Host,
    ports: Ports,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// This very application, by a path alone.
    Own,
    /// Any name that ends in this text, which starts with a dot.
    Below(String),
    Name(String),
    /// The first `bits` bits of an address; all of them for a single one.
    Network {
        address: IpAddr,
        bits: u8,
    },
}

#[derive(Debug, PartialEq, Eq)]
enum Ports {
    Any,
    /// From the first to before the second.
    Range(u32, u32),
}

impl AllowedHosts {
    /// Fills in the templates of a component's list and reads it; the first bad entry is an error. It is named as it
    /// stands in the manifest: what a template was filled in with may be a secret.
    pub(crate) fn of_component(
        manifest: &Manifest,
        id: &str,
        component: &Component,
        values: &Values,
    ) -> Result<AllowedHosts, Error> {
        let mut hosts = Vec::new();
        for entry in &component.allowed_outbound_hosts {
            let error = |reason: String| {
                manifest.error(entry.line, Some(id), format!("allowed_outbound_hosts: {reason}"))
            };
            let text = values.fill_in(&entry.value).map_err(error)?;
            let host =
                AllowedHost::parse(&text).map_err(|reason| error(format!("`{}`: {reason}", entry.value)))?;
            if let Some(target) = host.chaining_target()
                && !manifest.triggers.iter().any(|trigger| trigger.component == target)
            {
                tracing::warn!(component = id, target, "allowed to chain to a component that is not here");
            }
            hosts.push(host);
        }
        Ok(AllowedHosts(hosts))
    }

    #[cfg(test)]
    fn parse(entries: &[&str]) -> Result<AllowedHosts, &'static str> {
        entries.iter().map(|entry| AllowedHost::parse(entry)).collect::<Result<_, _>>().map(AllowedHosts)
    }

    /// Whether a connection is allowed; without a port the scheme's own is meant.
    pub(crate) fn allow(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok();
        let port = port.or_else(|| well_known_port(scheme)).map(u32::from);
        self.0.iter().any(|allowed| {
            allowed.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
                && allowed.host.matches(&host, address)
                && match (&allowed.ports, port) {
                    (Ports::Any, _) => true,
                    (Ports::Range(first, end), Some(port)) => (*first..*end).contains(&port),
                    (Ports::Range(..), None) => false,
                }
        })
    }

    /// Whether the component may send requests to its own application by path alone.
    pub(crate) fn allow_own(&self) -> bool {
        self.0.iter().any(|allowed| {
            matches!(allowed.scheme.as_deref(), None | Some("http" | "https"))
                && matches!(allowed.host, Host::Any | Host::Own)
        })
    }
}

impl AllowedHost {
    fn parse(text: &str) -> Result<AllowedHost, &'static str> {
        let Some((scheme, rest)) = text.trim().split_once("://") else {
            return Err("must be <scheme>://<host>[:<port>], with `*` for any of the three");
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(rest);
        if port.contains('/') || (host.contains('/') && network(host).is_none()) {
            return Err("must not have a path");
        }
        if scheme != "*" && (scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphabetic())) {
            return Err("the scheme has only letters, or is `*`");
        }
        let ports = ports(port, scheme)?;
        Ok(AllowedHost {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: Host::parse(host)?,
            ports,
        })
    }

    fn chaining_target(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) => chaining_target(name),
            _ => None,
        }
    }
}

impl Host {
    fn parse(text: &str) -> Result<Host, &'static str> {
        let text = text.trim().to_ascii_lowercase();
        if text == "*" {
            return Ok(Host::Any);
        }
        if text == "self" || text == "self.alt" {
            return Ok(Host::Own);
        }
        if let Some((address, bits)) = network(&text) {
            return Ok(Host::Network { address, bits });
        }
        let name = text.strip_prefix("*.").unwrap_or(&text);
        if name.contains('*') {
            return Err("`*` in a host is only possible as its first label");
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if name.is_empty() || !name.bytes().all(legal) {
            return Err("not a host name");
        }
        Ok(if name.len() == text.len() { Host::Name(text) } else { Host::Below(format!(".{name}")) })
    }

    fn matches(&self, host: &str, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Host::Any, _) => true,
            (Host::Below(suffix), None) => host.ends_with(suffix.as_str()),
            (Host::Name(name), None) => name == host,
            (Host::Network { address, bits }, Some(other)) => same_network(*address, other, *bits),
            // `self` is a matter of paths, not of hosts; addresses have no name and names no address.
            (Host::Own | Host::Below(_) | Host::Name(_), _) | (Host::Network { .. }, None) => false,
        }
    }
}

/// The component that a host name of the form `<component>.spin.internal` means.
pub(crate) fn chaining_target(host: &str) -> Option<&str> {
    host.strip_suffix(CHAINING_DOMAIN).filter(|component| !component.contains('.'))
}

/// The last colon starts the port, unless it is inside the brackets of an IPv6 address.
fn split_port(text: &str) -> (&str, &str) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (text, ""),
    }
}

fn ports(text: &str, scheme: &str) -> Result<Ports, &'static str> {
    const NO_NUMBER: &str = "the port is a number, a range `<first>..<end>` or `*`";
    let number = |text: &str| text.parse::<u16>().map(u32::from).map_err(|_| NO_NUMBER);
    if text == "*" {
        return Ok(Ports::Any);
    }
    if let Some((first, end)) = text.split_once("..") {
        return Ok(Ports::Range(number(first)?, number(end)?));
    }
    let port = match text {
        "" => well_known_port(scheme).map(u32::from).ok_or("this scheme needs a port")?,
        text => number(text)?,
    };
    Ok(Ports::Range(port, port + 1))
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        _ => None,
    }
}

/// An address, or a network as `<address>/<bits>`.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    let bits_max = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(bits_max);
    (bits <= bits_max).then_some((address, bits))
}

fn same_network(network: IpAddr, address: IpAddr, bits: u8) -> bool {
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(u32::from(network)), u128::from(u32::from(address)), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (u128::from(network), u128::from(address), 128),
        _ => return false,
    };
    let ignored = u32::from(width - bits);
    network.checked_shr(ignored).unwrap_or(0) == address.checked_shr(ignored).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, scheme: &str, host: &str, port: Option<u16>) -> bool {
        AllowedHosts::parse(&[entry]).unwrap().allow(scheme, host, port)
    }

    #[test]
    fn an_empty_list_allows_nothing() {
        let nothing = AllowedHosts::default();
        assert!(!nothing.allow("http", "localhost", None));
        assert!(!nothing.allow_own());
    }

    #[test]
    fn scheme_host_and_port_must_all_fit() {
        assert!(allows("http://localhost:3000", "http", "localhost", Some(3000)));
        assert!(allows("http://LocalHost:3000/", "http", "LOCALHOST", Some(3000)));
        assert!(!allows("http://localhost:3000", "https", "localhost", Some(3000)));
        assert!(!allows("http://localhost:3000", "http", "localhost", None));
        assert!(!allows("http://localhost:3000", "http", "localhost.evil.test", Some(3000)));
    }

    #[test]
    fn without_a_port_the_one_of_the_scheme_is_meant() {
        assert!(allows("http://example.com", "http", "example.com", None));
        assert!(allows("http://example.com", "http", "example.com", Some(80)));
        assert!(!allows("http://example.com", "http", "example.com", Some(8080)));
        assert!(allows("postgres://db", "postgres", "db", Some(5432)));
        assert!(AllowedHosts::parse(&["ftp://example.com"]).is_err());
    }

    #[test]
    fn wildcards_stand_for_any_scheme_label_or_port() {
        assert!(allows("*://*:*", "redis", "anything", Some(1)));
        assert!(allows("https://*.example.com", "https", "a.b.example.com", None));
        assert!(!allows("https://*.example.com", "https", "example.com", None));
        assert!(!allows("https://*.example.com", "https", "evilexample.com", None));
        assert!(allows("http://localhost:*", "http", "localhost", Some(65_535)));
        assert!(allows("http://localhost:3000..3002", "http", "localhost", Some(3001)));
        assert!(!allows("http://localhost:3000..3002", "http", "localhost", Some(3002)));
    }

    #[test]
    fn networks_match_addresses_and_names_do_not() {
        assert!(allows("http://10.0.0.0/8:80", "http", "10.1.2.3", None));
        assert!(!allows("http://10.0.0.0/8:80", "http", "11.1.2.3", None));
        assert!(allows("http://127.0.0.1:80", "http", "127.0.0.1", None));
        assert!(allows("http://[::1]:8080", "http", "[::1]", Some(8080)));
        assert!(!allows("http://127.0.0.1:80", "http", "localhost", None));
        assert!(allows("http://0.0.0.0/0:80", "http", "1.2.3.4", None));
    }

    #[test]
    fn own_requests_need_self_or_any() {
        for (entry, own) in [
            ("http://self", true),
            ("https://self.alt", true),
            ("*://*:*", true),
            ("redis://self:1", false),
            ("http://localhost", false),
        ] {
            assert_eq!(AllowedHosts::parse(&[entry]).unwrap().allow_own(), own, "{entry}");
        }
    }

    #[test]
    fn entries_that_are_no_hosts_are_refused() {
        for bad in [
            "",
            "*",
            "localhost",
            "http://",
            "http://a/b",
            "http://a:b",
            "http://*a",
            "http://a.*.b",
            "{{x}}://a",
            "http://a b",
            "http://a:1/path",
            "postgres://user:password@a:5432",
            "postgres://user:password@a:5432/name",
        ] {
            assert!(AllowedHosts::parse(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_one_label_before_the_internal_domain_is_a_component() {
        assert_eq!(chaining_target("cart.spin.internal"), Some("cart"));
        assert_eq!(chaining_target("a.cart.spin.internal"), None);
        assert_eq!(chaining_target("spin.internal"), None);
    }
}
