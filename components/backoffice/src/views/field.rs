//! Parts of forms: labelled fields with their complaints, and the hidden proof against forged forms.

use std::collections::BTreeMap;

use maud::{Markup, html};
use merkato_commerce::Invalid;
use merkato_contract::problem::{FieldError, Problem};

/// Name of the hidden field that [`csrf`] makes.
pub const CSRF_FIELD: &str = "csrf";
/// Name of the hidden field that makes a form which is sent twice known as one.
pub const KEY_FIELD: &str = "key";
/// Name of the field that a page of confirmation adds.
pub const CONFIRMED_FIELD: &str = "confirmed";

/// What is wrong, by the name of the field.
#[derive(Debug, Clone, Default)]
pub struct Complaints(BTreeMap<String, String>);

impl Complaints {
    /// Complaints as `problem` lists them. The first of each field wins: people mend one thing at a time.
    pub fn of_problem(problem: &Problem) -> Self {
        let mut complaints = Self::default();
        for FieldError { field, message } in &problem.errors {
            complaints.add(field, message);
        }
        complaints
    }

    /// Complains about `field`, unless that has been done.
    pub fn add(&mut self, field: &str, message: &str) {
        self.0.entry(field.to_owned()).or_insert_with(|| message.to_owned());
    }

    /// The complaint that `invalid` is.
    pub fn add_invalid(&mut self, invalid: &Invalid) {
        self.add(&invalid.field, &invalid.message);
    }

    /// What is wrong with `field`.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Every field and what is wrong with it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The hidden field that proves that a form came from a page of ours.
pub fn csrf(token: &str) -> Markup {
    hidden(CSRF_FIELD, token)
}

/// A hidden field.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A field of one line.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// Its name in the form; also the path of the field in a problem.
    pub name: &'a str,
    /// What is asked.
    pub label: &'a str,
    /// `text`, `email` and the like.
    pub kind: &'a str,
    /// What a browser may fill in.
    pub autocomplete: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// What more there is to say; may be empty.
    pub hint: &'a str,
    /// Whether it must be filled in.
    pub required: bool,
}

impl<'a> Text<'a> {
    /// A field for any text that need not be filled in.
    pub const fn new(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self { name, label, kind: "text", autocomplete: "off", value, hint: "", required: false }
    }

    /// The same, which must be filled in.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same for another kind of text.
    #[must_use]
    pub const fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    /// The same with more said about it.
    #[must_use]
    pub const fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    /// The same, which a browser may fill in.
    #[must_use]
    pub const fn autocomplete(self, autocomplete: &'a str) -> Self {
        Self { autocomplete, ..self }
    }

    /// The field, its label, and what is wrong with it.
    pub fn render(&self, complaints: &Complaints) -> Markup {
        let complaint = complaints.of(self.name);
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                input id=(self.name) name=(self.name) type=(self.kind) value=(self.value)
                    autocomplete=(self.autocomplete) required[self.required]
                    aria-invalid=[complaint.map(|_| "true")]
                    aria-describedby=[described_by(self.name, self.hint, complaint)];
                (below(self.name, self.label, self.hint, complaint))
            }
        }
    }

    /// The same with room for `rows` lines.
    pub fn render_area(&self, rows: u32, complaints: &Complaints) -> Markup {
        let complaint = complaints.of(self.name);
        html! {
            div.field.field-wide {
                label for=(self.name) { (self.label) }
                textarea id=(self.name) name=(self.name) rows=(rows) required[self.required]
                    aria-invalid=[complaint.map(|_| "true")]
                    aria-describedby=[described_by(self.name, self.hint, complaint)] { (self.value) }
                (below(self.name, self.label, self.hint, complaint))
            }
        }
    }
}

/// A choice from a list of values and labels.
pub fn choice(
    name: &str,
    label: &str,
    options: &[(&str, &str)],
    chosen: &str,
    complaints: &Complaints,
) -> Markup {
    let complaint = complaints.of(name);
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) aria-invalid=[complaint.map(|_| "true")]
                aria-describedby=[described_by(name, "", complaint)] {
                @for (value, text) in options {
                    option value=(value) selected[*value == chosen] { (text) }
                }
            }
            (below(name, label, "", complaint))
        }
    }
}

/// A cell of a table that is a field: its label is for those who do not see the column's head.
pub fn cell(name: &str, label: &str, value: &str, kind: &str, complaints: &Complaints) -> Markup {
    let complaint = complaints.of(name);
    html! {
        input.cell .cell-figure[kind == "figure"] id=(name) name=(name) value=(value) aria-label=(label)
            type="text" inputmode=[(kind == "figure").then_some("decimal")] autocomplete="off"
            aria-invalid=[complaint.map(|_| "true")] aria-describedby=[described_by(name, "", complaint)];
        (below(name, label, "", complaint))
    }
}

fn described_by(name: &str, hint: &str, complaint: Option<&str>) -> Option<String> {
    match (complaint, hint) {
        (Some(_), _) => Some(format!("{name}-error")),
        (None, "") => None,
        (None, _) => Some(format!("{name}-hint")),
    }
}

fn below(name: &str, label: &str, hint: &str, complaint: Option<&str>) -> Markup {
    html! {
        @if let Some(complaint) = complaint {
            p.field-error id={ (name) "-error" } { (sentence(label, complaint)) }
        } @else if !hint.is_empty() {
            p.field-hint id={ (name) "-hint" } { (hint) }
        }
    }
}

/// A complaint as a sentence. Most are about the field ("must not be empty") and begin with its label; the others
/// stand alone.
pub fn sentence(label: &str, complaint: &str) -> String {
    let is_about_the_field = ["must ", "is ", "has ", "does "].iter().any(|verb| complaint.starts_with(verb));
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
        assert_eq!(sentence("Carrier", "must not be empty"), "Carrier must not be empty.");
        assert_eq!(sentence("Code", "does not hold"), "Code does not hold.");
        assert_eq!(sentence("Lines", "come to 0"), "Come to 0.");
    }

    #[test]
    fn what_is_typed_stays_text_in_every_kind_of_field() {
        let hostile = "\"><script>alert(1)</script></textarea>";
        let mut complaints = Complaints::default();
        complaints.add("name", hostile);
        let text = Text::new("name", hostile, hostile).hint(hostile);
        for html in [
            text.render(&complaints),
            text.render_area(3, &complaints),
            text.render(&Complaints::default()),
            choice("name", hostile, &[(hostile, hostile)], hostile, &complaints),
            cell("name", hostile, hostile, "text", &complaints),
        ] {
            assert!(!html.into_string().contains("<script>"));
        }
    }
}
