//! The log of what staff did. Lines are added to it, never changed and never removed.

use merkato_commerce::{
    Invalid,
    ids::{StaffActionId, UserId},
};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// Longest `action`, in characters.
pub const ACTION_CHARACTERS_MAX: usize = 64;
/// Longest `subject`, in characters.
pub const SUBJECT_CHARACTERS_MAX: usize = 200;
/// Longest `detail` and `outcome`, in characters.
pub const TEXT_CHARACTERS_MAX: usize = 1_000;

/// What the coordinator itself writes into the log, in the transaction of the deed: `action` of [`StaffAction`].
pub mod actions {
    /// An order was called off. Its subject is `order/<id>`, as that of all that begin with `order`.
    pub const CANCEL_ORDER: &str = "order.cancel";
    /// Pieces of an order came back.
    pub const RETURN_ORDER: &str = "order.return";
    /// A parcel was handed to the carrier.
    pub const SHIP_ORDER: &str = "order.ship";
    /// A parcel arrived.
    pub const DELIVER_ORDER: &str = "order.deliver";
    /// Money was given back.
    pub const REFUND_ORDER: &str = "order.refund";
    /// Money that the gateway had refused to hand over was asked for once more.
    pub const RETRY_CAPTURE: &str = "order.capture";
    /// A payment was tried once more.
    pub const PAY_ORDER: &str = "order.pay";
    /// Pieces were counted, received or written off. Its subject is `sku/<sku>`.
    pub const MOVE_STOCK: &str = "stock.move";
    /// A promotion was made or changed. Its subject is `promotion/<code>`.
    pub const PUT_PROMOTION: &str = "promotion.put";
    /// A promotion was ended. Its subject is `promotion/<code>`.
    pub const END_PROMOTION: &str = "promotion.end";
    /// Dead letters are offered again. Its subject is `dead_letters/<subscriber>`, or `dead_letters` where none was named.
    pub const REPLAY_DEAD_LETTERS: &str = "dead_letters.replay";
    /// Dead letters were forgotten. Its subject is as above.
    pub const DROP_DEAD_LETTERS: &str = "dead_letters.drop";
}

/// A line of the log. `GET /v1/staff/actions?actor=&subject=&after=&limit=` lists them, the newest first: of the staff
/// member with the id `actor`, on exactly `subject`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffAction {
    /// Its id.
    pub id: StaffActionId,
    /// When it was done, as the coordinator knew it.
    pub at: Rfc3339,
    /// Who did it; none where a service acted for the shop itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// Through which service; none if it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// What was done, as a noun and a verb: `order.ship`.
    pub action: String,
    /// What it was done to, as a noun and its key: `order/0190...`, `product/jebena`.
    pub subject: String,
    /// What was said with it, for people: the carrier, the amount, the reason.
    pub detail: String,
    /// What came of it, for people: the state afterwards, the stock that is left.
    pub outcome: String,
}

/// `POST /v1/staff/actions`: a service reports what a member of staff did there. Answers 204. Who did it stands in the
/// headers, and somebody must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportAction {
    /// Made by the service (a `UUIDv7`), so that a report that comes twice is one line: the first stays.
    pub id: StaffActionId,
    /// See [`StaffAction::action`].
    pub action: String,
    /// See [`StaffAction::subject`].
    pub subject: String,
    /// See [`StaffAction::detail`]. No e-mail or postal addresses: a line of the log is for ever.
    #[serde(default)]
    pub detail: String,
    /// See [`StaffAction::outcome`].
    #[serde(default)]
    pub outcome: String,
}

impl ReportAction {
    /// Everything that is wrong with this report; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut problems = Vec::new();
        let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let named = self.action.split_once('.').is_some_and(|(noun, verb)| {
            [noun, verb].iter().all(|part| !part.is_empty() && part.bytes().all(word))
        });
        if !named || self.action.len() > ACTION_CHARACTERS_MAX {
            problems.push(Invalid::new("action", "must be a noun and a verb, such as product.delete"));
        }
        let visible = |letter: char| !letter.is_control();
        let subject = self.subject.chars().count();
        if !(1..=SUBJECT_CHARACTERS_MAX).contains(&subject) || !self.subject.chars().all(visible) {
            let message = format!("must be 1 to {SUBJECT_CHARACTERS_MAX} visible characters");
            problems.push(Invalid::new("subject", message));
        }
        for (field, text) in [("detail", &self.detail), ("outcome", &self.outcome)] {
            // PostgreSQL keeps no NUL in a text.
            if text.chars().count() > TEXT_CHARACTERS_MAX || text.contains('\0') {
                let message = format!("must be at most {TEXT_CHARACTERS_MAX} characters, none of them NUL");
                problems.push(Invalid::new(field, message));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::ids::StaffActionId;

    use super::*;

    #[test]
    fn each_wrong_field_of_a_report_is_named() {
        let problems = |action: &str, subject: &str, detail: &str| {
            let id: StaffActionId = "0190a000-0000-7000-8000-000000000001".parse().expect("an id");
            let [action, subject, detail] = [action, subject, detail].map(str::to_owned);
            let report = ReportAction { id, action, subject, detail, outcome: String::new() };
            report.problems().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(problems("product.delete", "product/jebena", "sold out for good"), [""; 0]);
        for action in ["", "delete", ".", "product.", "Product.delete", "a.b.c", "product.delete it"] {
            assert_eq!(problems(action, "product/jebena", ""), ["action"], "{action:?}");
        }
        assert_eq!(problems("product.delete", "", "\0"), ["subject", "detail"]);
        assert_eq!(problems("product.delete", "a\nb", &"x".repeat(1_001)), ["subject", "detail"]);
    }
}
