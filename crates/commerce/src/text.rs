//! Short texts that are parsed once and cannot be wrong afterwards.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de::Error as _};

use crate::Invalid;

macro_rules! parsed_text {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(|invalid: Invalid| D::Error::custom(invalid.message))
            }
        }
    )*};
}

parsed_text! {
    /// A stock keeping unit: what one variant is called on shelf and invoice.
    Sku,
    /// The name of a product or category in an address: lower-case words joined by hyphens.
    Slug,
    /// An e-mail address, good enough to send to.
    Email,
    /// What a shopper types to get a promotion; compared in capitals.
    PromotionCode,
    /// A key that the client makes up so that a repeated request is known as one.
    IdempotencyKey,
}

/// Longest accepted sku; Shopify's limit is larger, but no printer's label is.
pub const SKU_CHARACTERS_MAX: usize = 64;
/// Longest accepted slug: it is a part of an address that people read.
pub const SLUG_CHARACTERS_MAX: usize = 128;
/// RFC 5321 (4.5.3.1.3): a path is at most 256 octets including its angle brackets.
pub const EMAIL_CHARACTERS_MAX: usize = 254;
/// Longest accepted promotion code.
pub const PROMOTION_CODE_CHARACTERS_MAX: usize = 32;
/// Longest accepted idempotency key; a UUID takes 36.
pub const IDEMPOTENCY_KEY_CHARACTERS_MAX: usize = 128;

impl FromStr for Sku {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if text.is_empty() || text.len() > SKU_CHARACTERS_MAX || !text.bytes().all(allowed) {
            let message =
                format!("must be 1 to {SKU_CHARACTERS_MAX} letters, digits, hyphens, dots or underscores");
            return Err(Invalid::new("sku", message));
        }
        // `.` and `..` are steps in a path, and a sku is part of one.
        if text.bytes().all(|byte| byte == b'.') {
            return Err(Invalid::new("sku", "must hold a letter or a digit"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Slug {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.len() > SLUG_CHARACTERS_MAX || !text.split('-').all(word) {
            return Err(Invalid::new("slug", "must be lower-case words and digits joined by single hyphens"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Email {
    type Err = Invalid;
    /// Whether an address works is known only by sending to it; this refuses what cannot be one.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("email", "must be an e-mail address, such as name@example.com");
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or_else(invalid)?;
        let printable =
            |part: &str| part.chars().all(|letter| !letter.is_control() && !letter.is_whitespace());
        let labels = domain.split('.').collect::<Vec<_>>();
        let label = |label: &&str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
        };
        let forbidden = ['"', '(', ')', ',', ':', ';', '<', '>', '[', '\\', ']', '@'];
        if local.is_empty()
            || text.len() > EMAIL_CHARACTERS_MAX
            || !printable(local)
            || local.contains(forbidden)
            || labels.len() < 2
            || !labels.iter().all(label)
        {
            return Err(invalid());
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for PromotionCode {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let code = text.trim().to_ascii_uppercase();
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        if code.is_empty() || code.len() > PROMOTION_CODE_CHARACTERS_MAX || !code.bytes().all(allowed) {
            let message = format!("must be 1 to {PROMOTION_CODE_CHARACTERS_MAX} letters, digits or hyphens");
            return Err(Invalid::new("code", message));
        }
        Ok(Self(code))
    }
}

impl FromStr for IdempotencyKey {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.is_empty()
            || text.len() > IDEMPOTENCY_KEY_CHARACTERS_MAX
            || !text.bytes().all(|byte| byte.is_ascii_graphic())
        {
            let message = format!("must be 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} visible ASCII characters");
            return Err(Invalid::new("idempotency-key", message));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_domain_or_with_a_line_break_is_no_email() {
        for text in
            ["", "a", "a@", "@b.example", "a@b", "a b@c.example", "a@b.example\r\nBcc: x", "a@-b.example"]
        {
            assert!(text.parse::<Email>().is_err(), "{text:?}");
        }
        assert_eq!(
            " hanna@merkato.example ".parse::<Email>().expect("an address").as_str(),
            "hanna@merkato.example"
        );
    }

    #[test]
    fn a_slug_is_words_joined_by_single_hyphens() {
        for text in ["", "-", "a--b", "A", "a/b", "..", "a-", "é"] {
            assert!(text.parse::<Slug>().is_err(), "{text:?}");
        }
        assert!("jebena-2-cups".parse::<Slug>().is_ok());
    }

    #[test]
    fn a_sku_is_no_path_and_no_header() {
        for text in ["", ".", "..", "a/b", "a b", "a\n", &"x".repeat(65)] {
            assert!(text.parse::<Sku>().is_err(), "{text:?}");
        }
        assert!("COF-YIR-250".parse::<Sku>().is_ok());
    }
}
