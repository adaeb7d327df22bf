//! Saying what one thinks of a product.

use futures::join;
use merkato_commerce::text::Slug;
use merkato_contract::{
    problem::{Code, Problem},
    review::{BODY_CHARACTERS_MAX, ReviewDraft},
};
use merkato_edge::Response;

use crate::{
    views::{
        field::Complaints,
        message::Message,
        write_review::{Typed, write_review},
    },
    visit::{Visit, private_page},
};

/// Shows the form to somebody who has signed in.
pub async fn show(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    // Whoever is not signed in is asked to before they write.
    visit.shop.profile().await?;
    show_with(visit, slug, 200, &Typed::default(), None, &Complaints::default()).await
}

async fn show_with(
    visit: &Visit<'_>,
    slug: &str,
    status: u16,
    typed: &Typed,
    message: Option<&Message>,
    complaints: &Complaints,
) -> Result<Response, Problem> {
    let slug = known(slug)?;
    let (frame, product) = join!(visit.frame(), visit.shop.product(&slug));
    Ok(private_page(status, write_review(&frame, &product?, typed, message, complaints)))
}

/// Sends a review.
pub async fn create_review(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let form = visit.form()?;
    let text = |name: &str| {
        let typed = form.get(name).map(|text| text.trim()).unwrap_or_default();
        // Browsers end lines as mail does. One character more than fits shows that it is too long.
        typed.replace("\r\n", "\n").chars().take(BODY_CHARACTERS_MAX + 1).collect::<String>()
    };
    let rating = text("rating").parse().unwrap_or_default();
    let typed = Typed { rating, title: text("title"), body: text("body") };
    let draft = ReviewDraft { rating, title: typed.title.clone(), body: typed.body.clone() };
    let product = known(slug)?;
    match visit.shop.create_review(&product, &draft).await {
        Ok(_) => Response::see_other(&format!("/products/{product}?done=reviewed")),
        Err(problem) if problem.code == Code::ReviewExists => {
            let message = Message::bad(problem.title, "One voice for each product. Nothing was changed.");
            show_with(visit, slug, problem.status, &typed, Some(&message), &Complaints::default()).await
        }
        Err(problem) if problem.code == Code::Invalid => {
            let complaints = Complaints::from_errors(&problem.errors);
            let message = Message::bad("It is not sent yet", "Please look at the marked fields.");
            show_with(visit, slug, problem.status, &typed, Some(&message), &complaints).await
        }
        Err(problem) => Err(problem),
    }
}

fn known(slug: &str) -> Result<Slug, Problem> {
    slug.parse().map_err(|_| Problem::not_found("product"))
}
