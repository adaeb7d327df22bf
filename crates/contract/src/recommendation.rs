//! Recommendations: what else a shopper may like, and why.

use merkato_commerce::text::Slug;
use serde::{Deserialize, Serialize};

use crate::catalog::Product;

/// A product that is recommended, as shoppers see it.
///
/// `GET /api/recommendations?product={slug}` answers a [`crate::List`] of what goes with a product. It is the same for
/// everybody who looks at it.
///
/// `GET /api/recommendations` answers what may please the caller: an account by its access token, a guest by
/// `X-Cart-Token`, and whoever is neither by what pleases others. It is for the caller alone, so no cache may keep it.
///
/// Both take `limit` and `language`, hold only what can be bought at the moment, the best first, and end where there is
/// no more to say: `next` is always null. `product` that is not for sale is answered with `not_found`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// Why it is recommended.
    pub reason: Reason,
}

/// Why a product is recommended: in JSON an object with `code`, and what the reason goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// Others bought the two in one order.
    BoughtTogether {
        /// With what.
        product: Origin,
    },
    /// Others looked at the two within a day.
    ViewedTogether {
        /// With what.
        product: Origin,
    },
    /// It goes with what the shopper bought.
    BecauseYouBought {
        /// What they bought.
        product: Origin,
    },
    /// It goes with what the shopper looked at.
    BecauseYouViewed {
        /// What they looked at.
        product: Origin,
    },
    /// Many want it, of its category.
    PopularInCategory {
        /// Slug of the category.
        category: Slug,
    },
    /// Many want it.
    Popular,
    /// It lies in the same category, and nobody has said more by what they did.
    SameCategory {
        /// Slug of the category.
        category: Slug,
    },
}

/// The product that a recommendation goes back to. It is for sale too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name.
    pub title: String,
}

/// `POST /api/recommendations/views`: the caller, an account or a guest with a cart, looks at a product. 204.
///
/// Call it only where the shopper agreed to be remembered: nothing else is asked here. Before the first view nothing is
/// kept of a shopper by name, what an account buys included.
///
/// A caller without token and cart is `unauthenticated`, and so is a token of no cart. A product that is not for sale
/// is `not_found`. Whoever tells of more than a person can look at is told `too_many_attempts`.
///
/// `DELETE /api/recommendations/history` forgets the caller, by the same names: 204, also where nothing was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Slug of the product.
    pub product: Slug,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_is_a_code_and_what_it_goes_back_to() {
        let slug = |text: &str| text.parse::<Slug>().expect("a slug");
        let cup = Origin { slug: slug("sini-cup"), title: "Sini cup".to_owned() };
        let reasons = [
            (
                Reason::BecauseYouViewed { product: cup },
                json!({ "code": "because_you_viewed", "product": { "slug": "sini-cup", "title": "Sini cup" } }),
            ),
            (
                Reason::PopularInCategory { category: slug("cups") },
                json!({ "code": "popular_in_category", "category": "cups" }),
            ),
            (Reason::Popular, json!({ "code": "popular" })),
        ];
        for (reason, expected) in reasons {
            assert_eq!(serde_json::to_value(&reason).expect("JSON"), expected);
            assert_eq!(serde_json::from_value::<Reason>(expected).expect("a reason"), reason);
        }
    }
}
