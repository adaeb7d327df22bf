//! A page that asks once more before something that cannot be undone.

use maud::{Markup, html};

use super::{
    field::{self, CONFIRMED_FIELD, KEY_FIELD},
    layout::{Frame, Page, Section, document},
};

/// What is about to happen.
pub struct Confirm<'a> {
    /// The question.
    pub title: &'a str,
    /// What will happen.
    pub text: Markup,
    /// Where the answer goes.
    pub action: &'a str,
    /// What was filled in.
    pub fields: &'a [(&'a str, &'a str)],
    /// What the button says.
    pub button: &'a str,
    /// Where it goes back to.
    pub back: &'a str,
    /// Which part of the backoffice it belongs to.
    pub section: Section,
    /// Makes an answer that is sent twice known as one.
    pub key: &'a str,
}

/// The page.
pub fn confirm(frame: &Frame, confirm: &Confirm) -> String {
    let own = [field::CSRF_FIELD, CONFIRMED_FIELD, KEY_FIELD];
    let main = html! {
        form.panel.narrow method="post" action=(confirm.action) {
            (field::csrf(&frame.csrf))
            (field::hidden(CONFIRMED_FIELD, "yes"))
            (field::hidden(KEY_FIELD, confirm.key))
            @for (name, value) in confirm.fields.iter().filter(|(name, _)| !own.contains(name)) {
                (field::hidden(name, value))
            }
            div.prose { (confirm.text) }
            div.actions {
                button.button.danger type="submit" { (confirm.button) }
                a.button.quiet href=(confirm.back) { "Leave it as it is" }
            }
        }
    };
    document(frame, &Page { title: confirm.title, section: confirm.section, actions: html! {}, main })
}
