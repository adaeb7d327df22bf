//! The question about cookies. Both answers are one press away and look alike, and the page works without either.

use maud::{Markup, html};

use super::{field, layout::Frame};
use crate::consent::Consent;

/// Where a choice is sent.
pub const ACTION: &str = "/privacy";
/// Name of the field that holds the choice.
pub const FIELD_CHOICE: &str = "choice";
/// Name of the hidden field that says where the shopper was.
pub const FIELD_BACK: &str = "back";

/// What the answer `consent` is called on its button.
const fn answer(consent: Consent) -> &'static str {
    match consent {
        Consent::Necessary => "No, thank you",
        Consent::Suggestions => "Yes, remember it",
    }
}

/// The question above the header, until it has been answered. A page that was shown to nobody in particular asks
/// nothing: it has no proof for a form.
pub fn banner(frame: &Frame) -> Markup {
    html! {
        @if frame.consent.is_none() && !frame.csrf.is_empty() {
            section.consent aria-label="Cookies" {
                form.wrap.consent-row method="post" action=(ACTION) {
                    p {
                        "May we remember what you look at, to suggest more of it? Either way your basket works. "
                        a href=(ACTION) { "What we keep" }
                    }
                    (buttons(frame))
                }
            }
        }
    }
}

/// What both forms, that of the banner and that of the page about cookies, have in common.
pub fn buttons(frame: &Frame) -> Markup {
    html! {
        (field::csrf(&frame.csrf))
        input type="hidden" name=(FIELD_BACK) value=(frame.here);
        div.consent-answers {
            @for consent in Consent::ALL {
                button.button.button-plain type="submit" name=(FIELD_CHOICE) value=(consent.name()) {
                    (answer(consent))
                }
            }
        }
    }
}
