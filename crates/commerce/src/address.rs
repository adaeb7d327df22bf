//! Postal addresses, as the API takes them.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Longest accepted line of an address; carriers print about half of it.
pub const ADDRESS_LINE_CHARACTERS_MAX: usize = 120;

/// Where a parcel goes, or whom an invoice is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Who receives it.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, care of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// State, province or region where the country uses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code as the country writes it.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2, such as `ET`.
    pub country: String,
}

impl Address {
    /// Everything that is wrong with this address; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let required = [
            ("name", &self.name),
            ("line1", &self.line1),
            ("city", &self.city),
            ("postal_code", &self.postal_code),
        ];
        let optional = [("line2", &self.line2), ("region", &self.region)];
        let mut problems = Vec::new();
        for (field, text) in required {
            if text.trim().is_empty() {
                problems.push(Invalid::new(field, "must not be empty"));
            }
        }
        let given = optional.iter().filter_map(|(field, text)| Some((*field, text.as_ref()?)));
        for (field, text) in required.into_iter().chain(given) {
            if text.chars().count() > ADDRESS_LINE_CHARACTERS_MAX {
                let message = format!("must be at most {ADDRESS_LINE_CHARACTERS_MAX} characters");
                problems.push(Invalid::new(field, message));
            } else if text.chars().any(char::is_control) {
                problems.push(Invalid::new(field, "must be one line of plain text"));
            }
        }
        if self.country.len() != 2 || !self.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            problems.push(Invalid::new(
                "country",
                "must be an ISO 3166-1 code of two capital letters, such as ET",
            ));
        }
        problems
    }
}
