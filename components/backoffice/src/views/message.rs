//! Messages to staff, and what stands in place of something that is empty or could not be read.

use maud::{Markup, html};
use merkato_contract::problem::{Code, Problem};

use super::field::Complaints;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something worked.
    Good,
    /// Something did not.
    Bad,
}

/// A message at the top of a page.
#[derive(Debug, Clone)]
pub struct Message {
    /// How it is meant.
    pub tone: Tone,
    /// What happened, in a few words.
    pub title: String,
    /// What more there is to say; may be empty.
    pub text: String,
}

impl Message {
    /// Something worked.
    pub fn good(title: impl Into<String>) -> Self {
        Self { tone: Tone::Good, title: title.into(), text: String::new() }
    }

    /// Something did not work, and why.
    pub fn bad(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, title: title.into(), text: text.into() }
    }

    /// Why something that was asked for did not happen, or may not have.
    pub fn refused(problem: &Problem) -> Self {
        match problem.code {
            Code::Unavailable | Code::Internal => Self::bad(
                "It is not known whether this was done",
                format!("{} Sending the same form again does it once, not twice.", problem.detail),
            ),
            _ => Self::bad(problem.title.clone(), problem.detail.clone()),
        }
    }
}

/// The place for messages: always there, so that a screen reader notices what comes into it.
pub fn live(message: Option<&Message>) -> Markup {
    html! {
        div.live aria-live="polite" {
            @if let Some(message) = message {
                div.message
                    .message-good[message.tone == Tone::Good]
                    .message-bad[message.tone == Tone::Bad]
                    role=[(message.tone == Tone::Bad).then_some("alert")] {
                    strong { (message.title) }
                    @if !message.text.is_empty() { p { (message.text) } }
                }
            }
        }
    }
}

/// Complaints about fields that a form does not show one by one.
pub fn complaints(complaints: &Complaints) -> Markup {
    html! {
        @if !complaints.is_empty() {
            ul.complaints {
                @for (field, complaint) in complaints.iter() { li { code { (field) } " " (complaint) } }
            }
        }
    }
}

/// What stands where nothing is.
pub fn empty(text: &str) -> Markup {
    html! { p.empty { (text) } }
}

/// What stands in place of a part that could not be read; the rest of the page is as it should be.
pub fn unread(what: &str, problem: &Problem) -> Markup {
    html! {
        div.message.message-bad role="alert" {
            strong { (what) " cannot be shown at the moment" }
            p { (problem.detail) }
        }
    }
}

/// `part`, or what stands in its place.
pub fn part<T>(what: &str, part: &Result<T, Problem>, show: impl FnOnce(&T) -> Markup) -> Markup {
    match part {
        Ok(part) => show(part),
        Err(problem) => unread(what, problem),
    }
}
