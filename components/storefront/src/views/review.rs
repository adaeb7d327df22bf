//! What shoppers say of a product: in numbers, and in words.

use maud::{Markup, html};
use merkato_commerce::text::Slug;
use merkato_contract::review::{ProductReviews, RatingSummary, Review, STARS_MAX};

use super::{product::paragraphs, stars::stars};
use crate::price::{counted, day};

/// Name of the parameter that holds the cursor of the list.
pub const PARAMETER_AFTER: &str = "reviews_after";

/// The section of reviews. `is_first` on the first page of the list.
pub fn section(product: &Slug, reviews: &ProductReviews, is_first: bool) -> Markup {
    let write = format!("/products/{product}/review");
    html! {
        section.section.wrap aria-labelledby="reviews" {
            div.section-head {
                h2 id="reviews" { "What shoppers say" }
                @if reviews.rating.count > 0 { a href=(write) { "Write a review" } }
            }
            @if reviews.rating.count == 0 {
                p.soft { "Nobody has said anything yet. " a href=(write) { "Be the first to write a review" } "." }
            } @else {
                div.reviews {
                    (summary(&reviews.rating))
                    div {
                        ul.review-list { @for review in &reviews.items { li { (card(review)) } } }
                        (pages(product, reviews.next.as_deref(), is_first))
                    }
                }
            }
        }
    }
}

fn summary(rating: &RatingSummary) -> Markup {
    html! {
        div.review-summary {
            p.review-average {
                span.number { (format!("{:.1}", rating.average)) }
                (stars(rating.average))
            }
            p.small.soft { (counted(rating.count, "review", "reviews")) }
            ul.histogram {
                @for (reviews, number) in rating.histogram.iter().rev().zip((1..=STARS_MAX).rev()) {
                    li {
                        span.number { (number) span aria-hidden="true" { " ★" } span.unseen { @if number == 1 { " star:" } @else { " stars:" } } }
                        (bar(*reviews, rating.count))
                        span.number { (reviews) }
                    }
                }
            }
        }
    }
}

/// How many of `all` there are, drawn: a style of its own would have to stand in the page, where none may.
fn bar(some: u64, all: u64) -> Markup {
    let percent = (some * 100).checked_div(all).unwrap_or_default();
    html! {
        svg.bar width="100%" height="8" aria-hidden="true" focusable="false" {
            rect.bar-whole width="100%" height="8" {}
            rect.bar-part width={ (percent) "%" } height="8" {}
        }
    }
}

fn card(review: &Review) -> Markup {
    html! {
        article.review {
            (stars(f64::from(review.rating)))
            h3 { (review.title) }
            p.small.soft {
                time datetime=(review.created_at) { (day(review.created_at)) }
                @if review.verified_purchase { span.review-verified { "Bought here" } }
            }
            div.prose { (paragraphs(&review.body)) }
            @if review.helpful > 0 {
                p.small.soft { (counted(review.helpful, "shopper found this helpful", "shoppers found this helpful")) }
            }
            @if let Some(answer) = &review.answer {
                div.review-answer {
                    p.small { strong { "The shop answers" } " · " time datetime=(answer.at) { (day(answer.at)) } }
                    div.prose { (paragraphs(&answer.text)) }
                }
            }
        }
    }
}

fn pages(product: &Slug, next: Option<&str>, is_first: bool) -> Markup {
    html! {
        @if !is_first || next.is_some() {
            nav.pages aria-label="Pages of reviews" {
                @if !is_first {
                    a.button.button-plain href={ "/products/" (product) "#reviews" } { "Newest reviews" }
                }
                @if let Some(after) = next {
                    @let query = form_urlencoded::Serializer::new(String::new()).append_pair(PARAMETER_AFTER, after).finish();
                    a.button.button-plain rel="nofollow" href={ "/products/" (product) "?" (query) "#reviews" } {
                        "Older reviews"
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn reviews(count: u64) -> ProductReviews {
        let review = json!({
            "id": uuid::Uuid::nil(), "rating": 4, "title": "<b>Good</b>", "body": "It is.\n\n<script>", "verified_purchase": true,
            "helpful": 1, "answer": { "text": "Thank you!", "at": "2026-11-21T05:14:00Z" }, "created_at": "2026-11-20T05:14:00Z",
        });
        let rating = RatingSummary::of([0, 0, 0, count, 0]);
        from_value(json!({ "rating": rating, "items": [review], "next": "a b" })).expect("reviews")
    }

    #[test]
    fn a_review_says_who_bought_it_here_and_stays_text() {
        let slug = "cup".parse().expect("a slug");
        let html = section(&slug, &reviews(3), true).into_string();
        for said in [
            "&lt;b&gt;Good",
            "Bought here",
            "1 shopper found this helpful",
            "Thank you!",
            "20 November 2026",
            "/products/cup/review",
            "/products/cup?reviews_after=a+b#reviews",
        ] {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(!html.contains("Newest reviews") && !html.contains("<script>"), "{html}");
    }

    #[test]
    fn the_first_to_say_something_is_asked_to() {
        let slug = "cup".parse().expect("a slug");
        assert!(section(&slug, &reviews(0), true).into_string().contains("Be the first"));
    }
}
