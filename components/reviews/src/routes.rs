//! `/api/reviews` for shoppers and staff, `/internal/reviews` for the coordinator.

use http::Method;
use merkato_commerce::{
    Invalid,
    ids::{ReviewId, UserId},
    text::Slug,
};
use merkato_contract::{
    List,
    problem::{Code, Problem},
    review::{AnswerDraft, ProductReviews, ReviewDraft, ReviewState, SubmittedReview},
};
use merkato_edge::{Caller, Context, Page, Request, Response, entity_tag};
use serde::Serialize;

use crate::{products, purchases::Purchase, ratings, store::Store};

/// Staff may hide a review at any moment, so a cache asks each time; the tag makes that cheap.
const REVIEWS_CACHE: &str = "public, no-cache";

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (&request.method, request.segments().as_slice()) {
        (&Method::POST, ["internal", "reviews", "events"]) => take_event(context, request),
        (&Method::POST, ["internal", "reviews", "sweep"]) => sweep(context, request).await,
        (&Method::GET, ["api", "reviews"]) => list_reviews(context, request),
        (&Method::GET, ["api", "reviews", "products", slug]) => show_product(context, request, slug).await,
        (&Method::POST, ["api", "reviews", "products", slug]) => create_review(context, request, slug).await,
        (&Method::POST, ["api", "reviews", id, "helpful"]) => vote(context, request, id),
        (&Method::DELETE, ["api", "reviews", id, "helpful"]) => withdraw_vote(context, request, id),
        (&Method::POST, ["api", "reviews", id, "approve"]) => {
            moderate(context, request, id, ReviewState::Approved).await
        }
        (&Method::POST, ["api", "reviews", id, "reject"]) => {
            moderate(context, request, id, ReviewState::Rejected).await
        }
        (&Method::POST, ["api", "reviews", id, "answer"]) => answer(context, request, id),
        (_, ["api", "reviews"]) => Ok(Response::method_not_allowed("GET")),
        (_, ["api", "reviews", "products", _]) => Ok(Response::method_not_allowed("GET, POST")),
        (_, ["api", "reviews", _, "helpful"]) => Ok(Response::method_not_allowed("POST, DELETE")),
        (
            _,
            ["api", "reviews", _, "approve" | "reject" | "answer"]
            | ["internal", "reviews", "events" | "sweep"],
        ) => Ok(Response::method_not_allowed("POST")),
        _ => Err(Problem::not_found("address")),
    }
}

fn take_event(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    if let Some(purchase) = Purchase::of(&request.cloud_event()?)? {
        Store::open(context)?.put_purchase(&purchase)?;
    }
    Ok(Response::empty(204))
}

async fn show_product(context: &Context, request: &Request, slug: &str) -> Result<Response, Problem> {
    let page = Page::of(request)?;
    let after = cursor(&page)?;
    let store = Store::open(context)?;
    let product = products::known(context, &store, &known_slug(slug)?).await?;
    // One more than asked for says whether there is a next page.
    let shown = store.shown(product, after, page.limit + 1)?;
    let (items, next) = cut(shown, page.limit);
    let items = items.into_iter().map(|submitted| submitted.review).collect();
    let answer = ProductReviews { rating: store.rating(product)?, items, next };
    let response = Response::json(200, &answer)?.with_header("cache-control", REVIEWS_CACHE);
    Ok(entity_tag::tagged(request, response, 0))
}

async fn create_review(context: &Context, request: &Request, slug: &str) -> Result<Response, Problem> {
    let user = user(context, request)?;
    let slug = known_slug(slug)?;
    let draft = request.json::<ReviewDraft>()?;
    let problems = draft.problems();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let store = Store::open(context)?;
    // Asked each time, so that skus that are new since are known.
    let product = products::ask(context, &store, &slug).await?;
    let id = ReviewId::generate(context.ids());
    match store.create_review(id, product, &slug, user, &draft)? {
        Some(review) => Response::json(201, &review),
        None => Err(Problem::new(Code::ReviewExists, "You have said before what you think of this product.")),
    }
}

/// All reviews for staff, their own for everybody else.
fn list_reviews(context: &Context, request: &Request) -> Result<Response, Problem> {
    let caller = signed_in(context, request)?;
    let page = Page::of(request)?;
    let state = request.query_value("state").filter(|name| !name.is_empty());
    let state = state.map(|name| ReviewState::from_name(&name).ok_or_else(unknown_state)).transpose()?;
    let user = if caller.is_staff() { None } else { caller.user_id() };
    let reviews = Store::open(context)?.list(user, state, cursor(&page)?, page.limit + 1)?;
    let (items, next) = cut(reviews, page.limit);
    Response::json(200, &List { items, next })
}

fn vote(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let user = user(context, request)?;
    let store = Store::open(context)?;
    let review = shown_review(&store, id)?;
    if review.user_id == user {
        return Err(Problem::new(Code::Forbidden, "Whether a review is helpful is for others to say."));
    }
    store.vote(review.review.id, user)?;
    Ok(Response::empty(204))
}

fn withdraw_vote(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let user = user(context, request)?;
    let store = Store::open(context)?;
    store.withdraw_vote(shown_review(&store, id)?.review.id, user)?;
    Ok(Response::empty(204))
}

async fn moderate(
    context: &Context,
    request: &Request,
    id: &str,
    state: ReviewState,
) -> Result<Response, Problem> {
    let staff = context.staff(request)?;
    let store = Store::open(context)?;
    let review = store.moderate(review_id(id)?, state, staff)?.ok_or_else(unknown)?;
    ratings::tell(context, &store, ratings::AT_ONCE_MAX).await?;
    Response::json(200, &review)
}

/// The answer to the timer.
#[derive(Debug, Serialize)]
struct Swept {
    /// Products of whose rating the catalog was told.
    sent: u64,
    /// Those of which it still has to be told.
    left: i64,
}

async fn sweep(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let store = Store::open(context)?;
    let sent = ratings::tell(context, &store, ratings::SWEEP_MAX).await?;
    Response::json(200, &Swept { sent, left: store.untold_count()? })
}

fn answer(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let id = review_id(id)?;
    let draft = request.json::<AnswerDraft>()?;
    if let Some(problem) = draft.problem() {
        return Err(problem.into());
    }
    Response::json(200, &Store::open(context)?.answer(id, &draft.text)?.ok_or_else(unknown)?)
}

/// A review that everybody sees. Of others nobody learns that they exist.
fn shown_review(store: &Store<'_>, id: &str) -> Result<SubmittedReview, Problem> {
    let review = store.review(review_id(id)?)?;
    review.filter(|review| review.state == ReviewState::Approved).ok_or_else(unknown)
}

/// The first `limit` of `reviews`, and what leads to the rest if there is one.
fn cut(mut reviews: Vec<SubmittedReview>, limit: u32) -> (Vec<SubmittedReview>, Option<String>) {
    let limit = limit as usize;
    let more = reviews.len() > limit;
    reviews.truncate(limit);
    let next = reviews.last().filter(|_| more).map(|last| last.review.id.to_string());
    (reviews, next)
}

fn cursor(page: &Page) -> Result<Option<ReviewId>, Problem> {
    page.after.as_deref().map(str::parse).transpose().map_err(|_| Page::unknown_cursor())
}

fn signed_in(context: &Context, request: &Request) -> Result<Caller, Problem> {
    match context.caller(request)? {
        Caller::Guest => Err(please_sign_in()),
        caller @ Caller::User { .. } => Ok(caller),
    }
}

fn user(context: &Context, request: &Request) -> Result<UserId, Problem> {
    context.caller(request)?.user_id().ok_or_else(please_sign_in)
}

fn please_sign_in() -> Problem {
    Problem::new(Code::Unauthenticated, "Please sign in.")
}

fn known_slug(text: &str) -> Result<Slug, Problem> {
    text.parse().map_err(|_| Problem::not_found("product"))
}

fn review_id(text: &str) -> Result<ReviewId, Problem> {
    text.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::not_found("review")
}

fn unknown_state() -> Problem {
    let names = ReviewState::ALL.map(ReviewState::name).join(", ");
    Invalid::new("state", format!("must be one of {names}")).into()
}
