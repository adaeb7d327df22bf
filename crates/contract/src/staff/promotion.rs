//! Promotions as staff make them.

use merkato_commerce::{
    Invalid,
    promotion::{PROMOTION_SKUS_MAX, Rule},
    text::PromotionCode,
};
use serde::{Deserialize, Serialize};

use crate::{catalog::PRICE_MAX, time::Rfc3339};

/// Longest title, in characters: it stands on a line of cart and invoice.
pub const TITLE_CHARACTERS_MAX: usize = 120;
/// Most pieces that "buy so many, get so many" can name: more than any cart line holds would never apply.
pub const GROUP_PIECES_MAX: u32 = 1_000;

/// A promotion. `GET /v1/promotions?after=&limit=` lists them by code, those that have ended among them;
/// `GET /v1/promotions/{code}` gives one.
///
/// `DELETE /v1/promotions/{code}` ends one at once and answers it as it stands then: orders keep what they had, carts no
/// longer get it. It takes `If-Match` as `PUT` does. To end one that has ended changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// What the shopper types.
    pub code: PromotionCode,
    /// What the shopper reads.
    pub title: String,
    /// What it does.
    pub rule: Rule,
    /// Minor units that the lines must add up to, before any discount.
    pub minimum_subtotal: i64,
    /// From when it holds; none for ever since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Rfc3339>,
    /// Until when it holds, that moment left out; none for ever on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Rfc3339>,
    /// Grows with every change.
    pub version: i64,
    /// Whether it holds now.
    pub state: PromotionState,
}

/// Whether a promotion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromotionState {
    /// Not yet.
    Planned,
    /// It does.
    Active,
    /// No longer.
    Ended,
}

/// `PUT /v1/promotions/{code}`: makes a promotion or replaces it. Answers the [`Promotion`], 201 if it is new.
///
/// `If-Match: "3"` names the version that it replaces, and `If-Match: "0"` says that there must be none; another one is
/// answered with `conflict`. Without the header whatever is there is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionDraft {
    /// See [`Promotion::title`].
    pub title: String,
    /// See [`Promotion::rule`].
    pub rule: Rule,
    /// See [`Promotion::minimum_subtotal`].
    #[serde(default)]
    pub minimum_subtotal: i64,
    /// See [`Promotion::starts_at`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Rfc3339>,
    /// See [`Promotion::ends_at`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Rfc3339>,
}

impl PromotionDraft {
    /// Everything that is wrong with this draft; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut problems = Vec::new();
        let title = self.title.trim().chars().count();
        if !(1..=TITLE_CHARACTERS_MAX).contains(&title) || self.title.chars().any(char::is_control) {
            let message = format!("must be one line of 1 to {TITLE_CHARACTERS_MAX} characters");
            problems.push(Invalid::new("title", message));
        }
        problems.extend(rule_problem(&self.rule));
        if !(0..=PRICE_MAX).contains(&self.minimum_subtotal) {
            let message = format!("must be between 0 and {PRICE_MAX}");
            problems.push(Invalid::new("minimum_subtotal", message));
        }
        if self.starts_at.zip(self.ends_at).is_some_and(|(starts, ends)| ends <= starts) {
            problems.push(Invalid::new("ends_at", "must be after starts_at"));
        }
        problems
    }
}

fn rule_problem(rule: &Rule) -> Option<Invalid> {
    match rule {
        Rule::BuyXGetY { buy, get, skus } => {
            let pieces = 1..=GROUP_PIECES_MAX;
            if !pieces.contains(buy) || !pieces.contains(get) {
                let message = format!("buy and get must be between 1 and {GROUP_PIECES_MAX}");
                return Some(Invalid::new("rule", message));
            }
            let some = (1..=PROMOTION_SKUS_MAX).contains(&skus.len());
            let message = format!("must be 1 to {PROMOTION_SKUS_MAX} skus");
            (!some).then(|| Invalid::new("rule.skus", message))
        }
        Rule::Percentage { basis_points } => (!(1..=10_000).contains(basis_points)).then(|| {
            let message = "must be between 1 and 10000: hundredths of a percent";
            Invalid::new("rule.basis_points", message)
        }),
        Rule::Fixed { amount } => (!(1..=PRICE_MAX).contains(amount))
            .then(|| Invalid::new("rule.amount", format!("must be between 1 and {PRICE_MAX}"))),
        Rule::FreeShipping => None,
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::time::Timestamp;

    use super::*;

    fn wrong(change: impl Fn(&mut PromotionDraft)) -> Vec<String> {
        let mut draft = PromotionDraft {
            title: "Ten percent off".to_owned(),
            rule: Rule::Percentage { basis_points: 1_000 },
            minimum_subtotal: 0,
            starts_at: None,
            ends_at: None,
        };
        change(&mut draft);
        draft.problems().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn each_wrong_field_of_a_draft_is_named() {
        assert_eq!(wrong(|_| {}), [""; 0]);
        assert_eq!(wrong(|draft| draft.title = " ".to_owned()), ["title"]);
        assert_eq!(wrong(|draft| draft.title = "a\nb".to_owned()), ["title"]);
        assert_eq!(wrong(|draft| draft.minimum_subtotal = -1), ["minimum_subtotal"]);
        assert_eq!(wrong(|draft| draft.rule = Rule::Percentage { basis_points: 0 }), ["rule.basis_points"]);
        assert_eq!(wrong(|draft| draft.rule = Rule::Fixed { amount: -1 }), ["rule.amount"]);
        let none = Rule::BuyXGetY { buy: 2, get: 1, skus: Vec::new() };
        assert_eq!(wrong(|draft| draft.rule = none.clone()), ["rule.skus"]);
        let nothing = Rule::BuyXGetY { buy: 0, get: 0, skus: Vec::new() };
        assert_eq!(wrong(|draft| draft.rule = nothing.clone()), ["rule"]);
        let backwards = |draft: &mut PromotionDraft| {
            (draft.starts_at, draft.ends_at) = (Some(Timestamp(2).into()), Some(Timestamp(2).into()));
        };
        assert_eq!(wrong(backwards), ["ends_at"]);
    }
}
