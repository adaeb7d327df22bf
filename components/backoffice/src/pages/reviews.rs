//! Reviews: reading, showing, answering.

use merkato_commerce::ids::ReviewId;
use merkato_contract::{problem::Problem, review::ReviewState};
use merkato_edge::Response;

use crate::{
    form::Form,
    views::{
        self,
        message::Message,
        reviews::{STATE_FIELD, TEXT_FIELD},
        table::with_query,
    },
    visit::{Visit, page},
};

/// What is said after something was done.
const DONE: &[(&str, &str)] = &[
    ("approve", "The review is shown"),
    ("reject", "The review is not shown"),
    ("answer", "Your answer is published"),
];

/// Shows a page of reviews; of those that wait to be read, if nothing else is said.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    list_with(visit, 200, visit.done(DONE).as_ref()).await
}

async fn list_with(visit: &Visit<'_>, status: u16, message: Option<&Message>) -> Result<Response, Problem> {
    let state = Some(visit.query("state")).filter(|state| !state.is_empty());
    let state = state.unwrap_or_else(|| ReviewState::Pending.name().to_owned());
    let after = visit.query("after");
    let reviews = visit.shop.reviews(if state == "all" { "" } else { &state }, &after).await;
    let html = views::reviews::reviews(&visit.frame(), &state, after.is_empty(), message, &reviews);
    Ok(page(status, html))
}

/// Shows a review to shoppers, or does not.
pub async fn moderate(visit: &Visit<'_>, id: &str, verdict: &str) -> Result<Response, Problem> {
    let (id, form) = (review_id(id)?, visit.form().await?);
    match visit.shop.moderate_review(id, verdict).await {
        Ok(()) => {
            visit.report(&format!("review.{verdict}"), format!("review/{id}"), "").await;
            back(&form, verdict)
        }
        Err(problem) => list_with(visit, problem.status, Some(&Message::refused(&problem))).await,
    }
}

/// Answers a review.
pub async fn answer(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (review_id(id)?, visit.form().await?);
    let text = form.lines(TEXT_FIELD);
    match visit.shop.answer_review(id, &text).await {
        Ok(()) => {
            visit.report("review.answer", format!("review/{id}"), "").await;
            back(&form, "answer")
        }
        Err(problem) => {
            let html = views::reviews::answer_again(&visit.frame(), &visit.request.path, &text, &problem);
            Ok(page(problem.status, html))
        }
    }
}

fn back(form: &Form, done: &str) -> Result<Response, Problem> {
    let parameters = [("state", form.text(STATE_FIELD)), ("done", done)];
    Response::see_other(&with_query("/backoffice/reviews", &parameters))
}

fn review_id(id: &str) -> Result<ReviewId, Problem> {
    id.parse().map_err(|_| Problem::not_found("review"))
}
