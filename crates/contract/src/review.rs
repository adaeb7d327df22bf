//! Reviews: what shoppers say of products.

use merkato_commerce::{
    Invalid,
    ids::{ReviewId, UserId},
    text::Slug,
};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// Most stars.
pub const STARS_MAX: u8 = 5;
/// Longest title, in characters.
pub const TITLE_CHARACTERS_MAX: usize = 120;
/// Longest review, in characters: about a page.
pub const BODY_CHARACTERS_MAX: usize = 5_000;
/// Longest answer of the shop, in characters.
pub const ANSWER_CHARACTERS_MAX: usize = 2_000;

/// `POST /api/reviews/products/{slug}`: what somebody says of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewDraft {
    /// Stars, from 1 to [`STARS_MAX`].
    pub rating: u8,
    /// In a few words.
    pub title: String,
    /// In plain text; an empty line parts paragraphs.
    pub body: String,
}

impl ReviewDraft {
    /// Everything that is wrong with this draft; empty when nothing is.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut problems = Vec::new();
        if !(1..=STARS_MAX).contains(&self.rating) {
            problems.push(Invalid::new("rating", format!("must be between 1 and {STARS_MAX}")));
        }
        problems.extend(text_problem("title", &self.title, TITLE_CHARACTERS_MAX));
        if self.title.chars().any(char::is_control) {
            problems.push(Invalid::new("title", "must be one line of plain text"));
        }
        problems.extend(text_problem("body", &self.body, BODY_CHARACTERS_MAX));
        problems
    }
}

/// `POST /api/reviews/{id}/answer`: what the shop answers; an answer that is there is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerDraft {
    /// In plain text.
    pub text: String,
}

impl AnswerDraft {
    /// What is wrong with this draft, if anything is.
    pub fn problem(&self) -> Option<Invalid> {
        text_problem("text", &self.text, ANSWER_CHARACTERS_MAX)
    }
}

fn text_problem(field: &str, text: &str, characters_max: usize) -> Option<Invalid> {
    let good = !text.trim().is_empty() && text.chars().count() <= characters_max;
    (!good).then(|| Invalid::new(field, format!("must be 1 to {characters_max} characters")))
}

/// A review as shoppers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// Stars.
    pub rating: u8,
    /// In a few words.
    pub title: String,
    /// In plain text.
    pub body: String,
    /// Whether whoever wrote it has bought the product here, and kept it.
    pub verified_purchase: bool,
    /// How many found it helpful.
    pub helpful: u64,
    /// What the shop answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// When it was written.
    pub created_at: Rfc3339,
}

/// What the shop answers to a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// In plain text.
    pub text: String,
    /// When.
    pub at: Rfc3339,
}

/// A review as whoever wrote it and staff see it. `GET /api/reviews`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmittedReview {
    /// The review.
    #[serde(flatten)]
    pub review: Review,
    /// Slug of the product, as it was when the review was written.
    pub product: Slug,
    /// Who wrote it.
    pub user_id: UserId,
    /// Whether it is shown.
    pub state: ReviewState,
}

/// Whether a review is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Staff have not read it yet.
    Pending,
    /// It is.
    Approved,
    /// It is not.
    Rejected,
}

impl ReviewState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Approved, Self::Rejected];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What shoppers think of a product, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RatingSummary {
    /// From 1 to 5, to two digits; 0 while there is none.
    pub average: f64,
    /// Number of reviews.
    pub count: u64,
    /// How many gave one star, two stars and so on.
    pub histogram: [u64; 5],
}

impl RatingSummary {
    /// The summary of so many reviews with one star, two stars and so on.
    pub fn of(histogram: [u64; 5]) -> Self {
        let count = histogram.iter().sum::<u64>();
        // In whole hundredths, so that every reader gets the same digits.
        let average = f64::from(average_hundredths(histogram)) / 100.0;
        Self { average, count, histogram }
    }
}

/// The average of so many reviews with one star, two stars and so on, in hundredths of a star; 0 while there is none.
pub fn average_hundredths(histogram: [u64; 5]) -> u32 {
    let count = histogram.iter().sum::<u64>();
    let stars = histogram.iter().zip(1..).map(|(reviews, stars)| reviews * stars).sum::<u64>();
    let hundredths = (stars * 100 + count / 2).checked_div(count).unwrap_or_default();
    u32::try_from(hundredths).unwrap_or_default()
}

/// `GET /api/reviews/products/{slug}`: what shoppers say of a product, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductReviews {
    /// In numbers: of all reviews that are shown, not of this page.
    pub rating: RatingSummary,
    /// In words.
    pub items: Vec<Review>,
    /// What to pass as `after` to get the next page; null on the last.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_rounded_to_two_digits_and_is_0_while_there_is_none() {
        let shown = |histogram| serde_json::to_string(&RatingSummary::of(histogram)).expect("JSON");
        assert_eq!(shown([0; 5]), r#"{"average":0.0,"count":0,"histogram":[0,0,0,0,0]}"#);
        assert_eq!(shown([1, 0, 0, 0, 1]), r#"{"average":3.0,"count":2,"histogram":[1,0,0,0,1]}"#);
        assert_eq!(shown([0, 0, 0, 1, 2]), r#"{"average":4.67,"count":3,"histogram":[0,0,0,1,2]}"#);
    }

    #[test]
    fn each_wrong_field_is_named() {
        let problems = |rating, title: &str, body: &str| {
            let draft = ReviewDraft { rating, title: title.to_owned(), body: body.to_owned() };
            draft.problems().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(problems(5, "Good", "It is\n\ngood."), [""; 0]);
        assert_eq!(problems(0, "", " "), ["rating", "title", "body"]);
        assert_eq!(problems(6, &"x".repeat(121), &"x".repeat(5_001)), ["rating", "title", "body"]);
        assert_eq!(problems(1, "a\nb", "x"), ["title"]);
    }
}
