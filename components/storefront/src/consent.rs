//! What a shopper has agreed to.
//!
//! Whatever a page cannot do without needs no consent: the session, the cart, the orders of this browser. Anything else
//! waits until it is allowed, and nobody who has said nothing has allowed it.

use merkato_edge::Request;

/// The cookie that remembers the choice.
pub const COOKIE: &str = "consent";

/// A choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Nothing but what the shop needs to work.
    Necessary,
    /// Also what the shopper looks at, to suggest more of it.
    Suggestions,
}

impl Consent {
    /// Both choices.
    pub const ALL: [Self; 2] = [Self::Necessary, Self::Suggestions];

    /// The choice that `request` carries; none if the shopper has not made it yet.
    pub fn of(request: &Request) -> Option<Self> {
        request.cookie(COOKIE).and_then(|name| Self::from_name(&name))
    }

    /// The name in the form and in the cookie.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Necessary => "necessary",
            Self::Suggestions => "suggestions",
        }
    }

    /// The choice of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|consent| consent.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;

    fn consent(cookie: &'static str) -> Option<Consent> {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::from_static(cookie));
        Consent::of(&Request::new(Method::GET, "/", headers, Vec::new()))
    }

    #[test]
    fn whoever_has_said_nothing_that_is_known_has_agreed_to_nothing() {
        assert_eq!(consent("consent=suggestions"), Some(Consent::Suggestions));
        assert_eq!(consent("consent=necessary"), Some(Consent::Necessary));
        for silent in ["", "consent=", "consent=all", "consent=SUGGESTIONS", "x=suggestions"] {
            assert_eq!(consent(silent), None, "{silent}");
        }
    }
}
