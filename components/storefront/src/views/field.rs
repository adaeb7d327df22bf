//! Parts of forms: labelled fields with their complaints, and the hidden proof against forged forms.

use std::collections::BTreeMap;

use maud::{Markup, html};
use merkato_contract::problem::FieldError;

/// Name of the hidden field that [`csrf`] makes.
pub const CSRF_FIELD: &str = "csrf";

/// What is wrong, by the name of the field.
#[derive(Debug, Clone, Default)]
pub struct Complaints(BTreeMap<String, String>);

impl Complaints {
    /// Complaints as a problem lists them. The first one of each field wins: people mend one thing at a time.
    pub fn from_errors(errors: &[FieldError]) -> Self {
        let mut complaints = Self::default();
        for error in errors {
            complaints.add(&error.field, &error.message);
        }
        complaints
    }

    /// Complains about `field`, unless that has been done.
    pub fn add(&mut self, field: &str, message: &str) {
        self.0.entry(field.to_owned()).or_insert_with(|| message.to_owned());
    }

    /// Complains about all that `others` complain about, where that has not been done.
    pub fn add_all(&mut self, others: Self) {
        for (field, message) in others.0 {
            self.0.entry(field).or_insert(message);
        }
    }

    /// What is wrong with `field`.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// The same complaints about fields whose names begin with `from`, under names that begin with `to`.
    #[must_use]
    pub fn renamed(self, from: &str, to: &str) -> Self {
        let rename =
            |field: String| field.strip_prefix(from).map(|rest| format!("{to}{rest}")).unwrap_or(field);
        Self(self.0.into_iter().map(|(field, message)| (rename(field), message)).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The hidden field that proves that a form came from a page of this shop.
pub fn csrf(token: &str) -> Markup {
    html! { input type="hidden" name=(CSRF_FIELD) value=(token); }
}

/// A field of one line.
pub struct TextField<'a> {
    /// Its name in the form; also the path of the field in a problem.
    pub name: &'a str,
    /// What the shopper is asked.
    pub label: &'a str,
    /// `text`, `email` and the like.
    pub kind: &'a str,
    /// What a browser may fill in.
    pub autocomplete: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// Whether it may stay empty.
    pub optional: bool,
    /// Most characters that fit.
    pub characters_max: usize,
    /// Its place in the grid: a class.
    pub width: &'a str,
}

impl TextField<'_> {
    /// The field, its label, and what is wrong with it.
    pub fn render(&self, complaints: &Complaints) -> Markup {
        let complaint = complaints.of(self.name);
        html! {
            div class={ "field " (self.width) } {
                label for=(self.name) { (self.label) @if self.optional { span { " (optional)" } } }
                input.input
                    id=(self.name) name=(self.name) type=(self.kind) value=(self.value)
                    autocomplete=(self.autocomplete) maxlength=(self.characters_max) required[!self.optional]
                    aria-invalid=[complaint.map(|_| "true")]
                    aria-describedby=[complaint.map(|_| complaint_id(self.name))];
                (complaint_of(self.name, self.label, complaints))
            }
        }
    }
}

/// The id of what is wrong with `field`, for `aria-describedby`.
pub fn complaint_id(field: &str) -> String {
    format!("{field}-error")
}

/// What is wrong with the field, as a sentence that begins with its label.
pub fn complaint_of(field: &str, label: &str, complaints: &Complaints) -> Markup {
    html! {
        @if let Some(complaint) = complaints.of(field) {
            p.field-error id=(complaint_id(field)) { (sentence(label, complaint)) }
        }
    }
}

/// A complaint as a sentence. Most are about the field ("must not be empty") and begin with its label; the others
/// ("we do not ship there yet") stand alone.
pub fn sentence(label: &str, complaint: &str) -> String {
    let is_about_the_field = ["must ", "is ", "has "].iter().any(|verb| complaint.starts_with(verb));
    if is_about_the_field {
        return format!("{label} {complaint}.");
    }
    let mut letters = complaint.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_reads_as_a_sentence() {
        assert_eq!(sentence("Town", "must not be empty"), "Town must not be empty.");
        assert_eq!(sentence("Country", "we do not ship to AQ yet"), "We do not ship to AQ yet.");
        assert_eq!(sentence("Town", ""), "");
    }

    #[test]
    fn the_first_complaint_of_a_field_wins_and_a_prefix_can_be_renamed() {
        let mut complaints = Complaints::default();
        complaints.add("address.city", "first");
        complaints.add("address.city", "second");
        complaints.add("email", "third");
        let renamed = complaints.renamed("address.", "shipping_address.");
        assert_eq!(renamed.of("shipping_address.city"), Some("first"));
        assert_eq!(renamed.of("email"), Some("third"));
    }
}
