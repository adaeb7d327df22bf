//! What else may please, and why.

use maud::{Markup, html};
use merkato_commerce::text::Slug;
use merkato_contract::{
    catalog::{Category, Product},
    recommendation::{Reason, Recommendation},
};

use super::product_card::card_with;

/// Recommendations side by side, each with its reason where they do not all have the same one; that becomes the title.
/// Nothing without any.
pub fn section(title: &str, recommended: &[Recommendation], categories: &[Category]) -> Markup {
    let Some(first) = recommended.first() else { return html! {} };
    let is_shared = recommended.iter().all(|other| other.reason == first.reason);
    let shared = is_shared.then(|| reason(&first.reason, categories));
    html! {
        section.section.wrap aria-labelledby="recommended" {
            div.section-head { h2 id="recommended" { (shared.as_deref().unwrap_or(title)) } }
            ul.cards {
                @for Recommendation { product, reason: why } in recommended {
                    @let why = if is_shared { String::new() } else { reason(why, categories) };
                    li { (card_with(product, false, &why)) }
                }
            }
        }
    }
}

/// The products without their reasons.
pub fn products(recommended: Vec<Recommendation>) -> Vec<Product> {
    recommended.into_iter().map(|recommendation| recommendation.product).collect()
}

/// A reason as the shopper reads it.
fn reason(reason: &Reason, categories: &[Category]) -> String {
    let title = |slug: &Slug| {
        categories.iter().find(|category| category.slug == *slug).map(|category| category.title.as_str())
    };
    match reason {
        Reason::BoughtTogether { .. } => "Often bought together".to_owned(),
        Reason::ViewedTogether { .. } => "Others looked at this, too".to_owned(),
        Reason::BecauseYouBought { product } => format!("Because you bought {}", product.title),
        Reason::BecauseYouViewed { product } => format!("Because you looked at {}", product.title),
        Reason::PopularInCategory { category } => title(category)
            .map_or_else(|| "Wanted by many".to_owned(), |title| format!("Wanted by many in {title}")),
        Reason::Popular => "Wanted by many".to_owned(),
        Reason::SameCategory { category } => title(category)
            .map_or_else(|| "From the same stall".to_owned(), |title| format!("Also in {title}")),
    }
}
