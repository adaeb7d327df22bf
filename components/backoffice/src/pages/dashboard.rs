//! The figures of the day.

use futures::join;
use merkato_contract::{
    problem::Problem,
    review::ReviewState,
    staff::dashboard::{DAYS_DEFAULT, DAYS_MAX},
};
use merkato_edge::Response;

use crate::{
    views,
    visit::{Visit, page},
};

/// Shows the dashboard.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let days = visit.query("days").parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
    let days = days.unwrap_or(DAYS_DEFAULT);
    let asked = days.to_string();
    let (figures, reviews) =
        join!(visit.shop.dashboard(&asked), visit.shop.reviews(ReviewState::Pending.name(), ""));
    Ok(page(200, views::dashboard::dashboard(&visit.frame(), days, &figures, &reviews)))
}
