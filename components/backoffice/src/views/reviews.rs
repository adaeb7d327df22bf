//! Reviews to moderate.

use maud::{Markup, html};
use merkato_contract::{
    List,
    problem::Problem,
    review::{ReviewState, STARS_MAX, SubmittedReview},
};

use super::{
    badge,
    field::{self, Complaints, Text},
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{pages, tabs},
};
use crate::figures::moment;

/// Name of the field for the shop's answer.
pub const TEXT_FIELD: &str = "text";
/// Name of the hidden field that says which tab to go back to.
pub const STATE_FIELD: &str = "state";

/// The page.
pub fn reviews(
    frame: &Frame,
    state: &str,
    is_first: bool,
    message: Option<&Message>,
    reviews: &Result<List<SubmittedReview>, Problem>,
) -> String {
    let states = [
        (ReviewState::Pending.name(), "To be read"),
        (ReviewState::Approved.name(), "Shown"),
        (ReviewState::Rejected.name(), "Not shown"),
        ("all", "All"),
    ];
    let main = html! {
        (message::live(message))
        (tabs("State", Section::Reviews.path(), "state", state, &states))
        (message::part("The list", reviews, |list| html! {
            @if list.items.is_empty() { (message::empty("No review here. Nothing waits to be read.")) }
            @for review in &list.items { (one(frame, state, review)) }
            (pages(Section::Reviews.path(), &[("state", state)], is_first, list.next.as_deref()))
        }))
    };
    document(frame, &Page { title: "Reviews", section: Section::Reviews, actions: html! {}, main })
}

fn one(frame: &Frame, state: &str, submitted: &SubmittedReview) -> Markup {
    let review = &submitted.review;
    let verdict = |verdict: &str, label: &str| {
        html! {
            form method="post" action={ "/backoffice/reviews/" (review.id) "/" (verdict) } {
                (field::csrf(&frame.csrf))
                (field::hidden(STATE_FIELD, state))
                button.button.quiet type="submit" { (label) }
            }
        }
    };
    html! {
        article.panel {
            header.article-head {
                h2.long { (review.title) }
                (badge::review(submitted.state))
            }
            p.soft {
                (stars(review.rating)) " · "
                a href={ "/products/" (submitted.product) } { (submitted.product) } " · "
                a href={ "/backoffice/customers/" (submitted.user_id) } { "who wrote it" } " · "
                (moment(review.created_at))
                @if review.verified_purchase { " · bought it here" }
            }
            div.prose.long { @for paragraph in review.body.split("\n\n") { p { (paragraph) } } }
            @if let Some(answer) = &review.answer {
                blockquote.answer.long { p { (answer.text) } p.soft { "Our answer, " (moment(answer.at)) } }
            }
            div.actions {
                @if submitted.state != ReviewState::Approved { (verdict("approve", "Show it")) }
                @if submitted.state != ReviewState::Rejected { (verdict("reject", "Do not show it")) }
            }
            details {
                summary { @if review.answer.is_some() { "Change the answer" } @else { "Answer it" } }
                form method="post" action={ "/backoffice/reviews/" (review.id) "/answer" } {
                    (field::csrf(&frame.csrf))
                    (field::hidden(STATE_FIELD, state))
                    (answer_field(submitted))
                    div.actions { button.button type="submit" { "Publish the answer" } }
                }
            }
        }
    }
}

fn answer_field(submitted: &SubmittedReview) -> Markup {
    let text = submitted.review.answer.as_ref().map(|answer| answer.text.as_str()).unwrap_or_default();
    // The id of a field must be one of its own on a page with many.
    let id = format!("text-{}", submitted.review.id);
    html! {
        div.field.field-wide {
            label for=(id) { "Your answer" }
            textarea id=(id) name=(TEXT_FIELD) rows="3" required { (text) }
        }
    }
}

fn stars(rating: u8) -> Markup {
    let rating = rating.min(STARS_MAX);
    html! {
        span.stars role="img" aria-label={ (rating) " of " (STARS_MAX) " stars" } {
            @for place in 0..STARS_MAX { @if place < rating { "★" } @else { "☆" } }
        }
    }
}

/// The form for an answer that did not do.
pub fn answer_again(frame: &Frame, action: &str, typed: &str, problem: &Problem) -> String {
    let main = html! {
        (message::live(Some(&Message::refused(problem))))
        form.panel.narrow method="post" action=(action) {
            (field::csrf(&frame.csrf))
            (Text::new(TEXT_FIELD, "Your answer", typed).required()
                .render_area(6, &Complaints::of_problem(problem)))
            div.actions {
                button.button type="submit" { "Publish the answer" }
                a.button.quiet href=(Section::Reviews.path()) { "Back to the reviews" }
            }
        }
    };
    document(frame, &Page { title: "Answer a review", section: Section::Reviews, actions: html! {}, main })
}
