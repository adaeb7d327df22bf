//! Languages, by their tags (BCP 47): `am`, `pt-BR`, `zh-Hant`.

use std::{fmt, str::FromStr};

use merkato_commerce::Invalid;
use serde::{Deserialize, Serialize, de::Error as _};

/// Longest tag, in characters: language, script and region take eleven, a variant some more (RFC 5646, 4.4.1).
const TAG_CHARACTERS_MAX: usize = 35;
/// Longest part of a tag, in characters (RFC 5646, 2.1).
const SUBTAG_CHARACTERS_MAX: usize = 8;

/// A language's tag, in the capitals that RFC 5646 recommends, so that one language is one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Language(String);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.split('-');
        let primary = parts.next().unwrap_or_default();
        let good = text.len() <= TAG_CHARACTERS_MAX
            && (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
            && parts.all(|part| {
                (2..=SUBTAG_CHARACTERS_MAX).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        if !good {
            return Err(Invalid::new("language", "must be a language tag, such as am or pt-BR"));
        }
        let written = text.split('-').enumerate().map(|(place, part)| match (place, part.len()) {
            (1.., 2) => part.to_ascii_uppercase(),
            (1.., 4) if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase()
            }
            _ => part.to_ascii_lowercase(),
        });
        Ok(Self(written.collect::<Vec<_>>().join("-")))
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|invalid: Invalid| D::Error::custom(invalid.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_language_is_written_in_one_way() {
        for (given, written) in [("AM", "am"), ("pt-br", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW")] {
            assert_eq!(given.parse::<Language>().expect("a tag").as_str(), written);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in
            ["", "e", "engl", "en-", "en_US", "en-x", "e1", "am-ét", "en-123456789", "../x", "' OR 1=1"]
        {
            assert!(text.parse::<Language>().is_err(), "{text:?}");
        }
    }
}
