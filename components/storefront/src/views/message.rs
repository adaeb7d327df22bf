//! Messages to the shopper, and pages that are only a message.

use maud::{Markup, html};

use crate::assets;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something worked.
    Good,
    /// Something did not.
    Bad,
    /// Something to know.
    Plain,
}

/// A message at the top of a page. It is read out as soon as it appears.
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

/// A page that has nothing to show, and says so kindly. `actions` are the ways on.
pub fn empty(title: &str, text: &str, actions: &[(&str, &str)]) -> Markup {
    nothing(&html! { h1 { (title) } }, text, actions)
}

/// The same as a part of a page that has a heading of its own.
pub fn empty_part(title: &str, text: &str, actions: &[(&str, &str)]) -> Markup {
    nothing(&html! { h2 { (title) } }, text, actions)
}

fn nothing(heading: &Markup, text: &str, actions: &[(&str, &str)]) -> Markup {
    html! {
        div.wrap {
            div.empty {
                img src=(assets::versioned("empty.svg")) alt="" width="220" height="165";
                (heading)
                p { (text) }
                div.actions {
                    @for (place, (address, label)) in actions.iter().enumerate() {
                        a.button.button-plain[place > 0] href=(address) { (label) }
                    }
                }
            }
        }
    }
}
