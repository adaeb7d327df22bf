//! Reviews.

use http::Method;
use merkato_commerce::ids::ReviewId;
use merkato_contract::{
    List,
    problem::Problem,
    review::{AnswerDraft, SubmittedReview},
};

use super::Shop;
use crate::views::table::with_query;

impl Shop<'_> {
    /// A page of reviews, the newest first, in one state or in all.
    pub async fn reviews(&self, state: &str, after: &str) -> Result<List<SubmittedReview>, Problem> {
        let path = with_query("/api/reviews", &[("state", state), ("after", after)]);
        self.context.call_json(self.service("reviews_url", Method::GET, path)?).await
    }

    /// Shows a review (`approve`), or does not (`reject`).
    pub async fn moderate_review(&self, id: ReviewId, verdict: &str) -> Result<(), Problem> {
        let call = self.service("reviews_url", Method::POST, format!("/api/reviews/{id}/{verdict}"))?;
        self.context.call(call).await.map(drop)
    }

    /// Answers a review.
    pub async fn answer_review(&self, id: ReviewId, text: &str) -> Result<(), Problem> {
        let call = self.service("reviews_url", Method::POST, format!("/api/reviews/{id}/answer"))?;
        self.context.call(call.json(&AnswerDraft { text: text.to_owned() })?).await.map(drop)
    }
}
