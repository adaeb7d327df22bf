//! The form in which a shopper says what they think of a product.

use maud::{Markup, html};
use merkato_contract::{
    catalog::Product,
    review::{BODY_CHARACTERS_MAX, STARS_MAX, TITLE_CHARACTERS_MAX},
};

use super::{
    field::{self, Complaints, TextField, complaint_id, complaint_of},
    layout::{Frame, Page, Style, document},
    message::{self, Message},
};

/// What each number of stars means.
const STARS: [&str; STARS_MAX as usize] =
    ["Not good at all", "Not so good", "It will do", "Good", "Very good"];

/// What stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Stars; 0 while none are chosen.
    pub rating: u8,
    /// In a few words.
    pub title: String,
    /// In as many as it takes.
    pub body: String,
}

/// The page.
pub fn write_review(
    frame: &Frame,
    product: &Product,
    typed: &Typed,
    message: Option<&Message>,
    complaints: &Complaints,
) -> String {
    let main = html! {
        div.wrap {
            header.page-head {
                nav.crumbs aria-label="Where you are" {
                    ol {
                        li { a href={ "/products/" (product.slug) } { (product.title) } }
                        li aria-current="page" { "Your review" }
                    }
                }
                h1 { "What do you think of it?" }
            }
            (message::live(message))
            form.review-form method="post" action={ "/products/" (product.slug) "/review" } {
                (field::csrf(&frame.csrf))
                (stars(typed.rating, complaints))
                (TextField {
                    name: "title",
                    label: "In a few words",
                    kind: "text",
                    autocomplete: "off",
                    value: &typed.title,
                    optional: false,
                    characters_max: TITLE_CHARACTERS_MAX,
                    width: "",
                }.render(complaints))
                (body(&typed.body, complaints))
                p.field-hint {
                    "Your name is not shown. We read what is written before others do, and it says so if you bought it here."
                }
                div.actions {
                    button.button type="submit" { "Send the review" }
                    a.button.button-plain href={ "/products/" (product.slug) } { "Leave it" }
                }
            }
        }
    };
    let page = Page {
        title: "Your review",
        description: "",
        style: Style::Account,
        category: None,
        refresh_seconds: None,
        main,
    };
    document(frame, &page)
}

fn stars(chosen: u8, complaints: &Complaints) -> Markup {
    html! {
        fieldset.checks aria-describedby=[complaints.of("rating").map(|_| complaint_id("rating"))] {
            legend { "Stars" }
            @for (number, meaning) in (1..=STARS_MAX).zip(STARS).rev() {
                label.check {
                    input type="radio" name="rating" value=(number) required checked[number == chosen];
                    span {
                        span.stars-drawn aria-hidden="true" { @for _ in 0..number { "★" } } " "
                        (meaning) span.unseen { ": " (number) " of " (STARS_MAX) " stars" }
                    }
                }
            }
            (complaint_of("rating", "The number of stars", complaints))
        }
    }
}

fn body(typed: &str, complaints: &Complaints) -> Markup {
    let complaint = complaints.of("body");
    html! {
        div.field {
            label for="body" { "And in more" }
            textarea.input id="body" name="body" rows="8" required maxlength=(BODY_CHARACTERS_MAX)
                aria-invalid=[complaint.map(|_| "true")]
                aria-describedby=[complaint.map(|_| complaint_id("body"))] { (typed) }
            (complaint_of("body", "Your review", complaints))
        }
    }
}
