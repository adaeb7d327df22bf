//! A product as it appears among others, and the hints about price and stock that all pages share.

use maud::{Markup, html};
use merkato_commerce::text::Slug;
use merkato_contract::catalog::{Image, Product, Variant};

use super::stars::rating;
use crate::price::price;

/// At most so many pieces are worth a hint: enough to hurry nobody who need not.
const FEW_PIECES_MAX: i64 = 5;

/// What is known of the stock, in the words of the shop. Nothing is said when the till could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// Nobody knows at the moment.
    Unknown,
    /// None is left.
    SoldOut,
    /// A few are left.
    Few(i64),
    /// There is enough.
    Plenty,
}

impl Stock {
    /// What `available` pieces mean.
    pub const fn of(available: Option<i64>) -> Self {
        match available {
            None => Self::Unknown,
            Some(..=0) => Self::SoldOut,
            Some(pieces @ 1..=FEW_PIECES_MAX) => Self::Few(pieces),
            Some(_) => Self::Plenty,
        }
    }

    /// What is known of a product as a whole: the sum over its variants, or nothing if one is unknown.
    fn of_product(product: &Product) -> Self {
        let sum = product.variants.iter().try_fold(0_i64, |sum, variant| {
            variant.available.map(|available| sum.saturating_add(available.max(0)))
        });
        Self::of(sum)
    }

    /// The hint beside a price.
    pub fn hint(self) -> Markup {
        html! {
            @match self {
                Self::Unknown => {},
                Self::SoldOut => span.stock.stock-out { "Sold out" },
                Self::Few(pieces) => span.stock.stock-few { "Only " (pieces) " left" },
                Self::Plenty => span.stock.stock-in { "In stock" },
            }
        }
    }

    fn badge(self, reduced: bool) -> Markup {
        html! {
            @match self {
                Self::SoldOut => span.badge { "Sold out" },
                Self::Few(pieces) => span.badge.badge-few { "Only " (pieces) " left" },
                Self::Unknown | Self::Plenty => @if reduced { span.badge.badge-less { "Reduced" } },
            }
        }
    }
}

/// What `variant` cost before, if that was more.
pub fn price_before(variant: &Variant) -> Option<String> {
    let before = variant.compare_at_price?;
    (before.currency == variant.price.currency && before.amount > variant.price.amount).then(|| price(before))
}

/// The price of `variant`, and the higher one that it replaces.
pub fn price_of(variant: &Variant) -> Markup {
    html! {
        (price(variant.price))
        @if let Some(before) = price_before(variant) { s { span.unseen { "Before: " } (before) } }
    }
}

/// A picture of a product, or a quiet motif where there is none.
pub fn picture(image: Option<&Image>, eager: bool) -> Markup {
    html! {
        @match image {
            Some(image) => img src=(image.url) alt=(image.alt) width="800" height="800"
                loading=[(!eager).then_some("lazy")] decoding="async";,
            None => div.no-picture {},
        }
    }
}

/// Products side by side. The first `eager` pictures are loaded at once.
pub fn grid(products: &[Product], eager: usize) -> Markup {
    html! {
        ul.cards {
            @for (place, product) in products.iter().enumerate() { li { (card_with(product, place < eager, "")) } }
        }
    }
}

/// Where a product is shown.
pub fn address(product: &Slug) -> String {
    format!("/products/{product}")
}

/// A product among others, and why it is there, if there is more to say of that than that it is.
pub fn card_with(product: &Product, eager: bool, reason: &str) -> Markup {
    let cheapest = product.variants.iter().min_by_key(|variant| variant.price.amount);
    let reduced = product.variants.iter().any(|variant| price_before(variant).is_some());
    html! {
        article.card {
            div.card-picture {
                (picture(product.images.first(), eager))
                (Stock::of_product(product).badge(reduced))
            }
            @if !reason.is_empty() { p.card-reason { (reason) } }
            h3 { a href=(address(&product.slug)) { (product.title) } }
            (rating(product.rating))
            @if let Some(variant) = cheapest {
                @let several = product.variants.iter().any(|other| other.price != variant.price);
                p.price { @if several { "from " } (price_of(variant)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_about_stock_is_given_only_when_it_is_known() {
        assert_eq!(Stock::of(None).hint().into_string(), "");
        assert!(Stock::of(Some(0)).hint().into_string().contains("Sold out"));
        assert!(Stock::of(Some(-2)).hint().into_string().contains("Sold out"));
        assert!(Stock::of(Some(3)).hint().into_string().contains("Only 3 left"));
        assert!(Stock::of(Some(6)).hint().into_string().contains("In stock"));
    }
}
