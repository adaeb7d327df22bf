//! The products of a category.

use maud::{Markup, html};
use merkato_contract::{
    List,
    catalog::{Category, Product},
};

use super::{
    layout::{Frame, Head, Page, Style, document_with},
    message,
    product_card::grid,
    structured_data,
};
use crate::price::counted;

/// Pictures of the first row on a wide screen: the shopper sees them before scrolling.
const EAGER_PICTURES: usize = 4;

/// The page of `category` after the cursor `after`, or its first.
pub fn category(frame: &Frame, category: &Category, products: &List<Product>, after: Option<&str>) -> String {
    let is_first = after.is_none();
    let start = format!("/categories/{}", category.slug);
    let below = frame.categories.iter().filter(|other| other.parent.as_ref() == Some(&category.slug));
    let below = below.collect::<Vec<_>>();
    let main = html! {
        div.wrap {
            header.page-head {
                (crumbs(frame, category))
                h1 { (category.title) }
                @if !category.description.is_empty() { p { (category.description) } }
                p.small {
                    (counted(category.product_count, "product", "products"))
                    @if category.product_count > 1 {
                        " · " a href={ "/search?category=" (category.slug) } { "Narrow down and sort" }
                    }
                }
                @if !below.is_empty() {
                    ul.chips aria-label={ "Within " (category.title) } {
                        @for other in below { li { a href={ "/categories/" (other.slug) } { (other.title) } } }
                    }
                }
            }
        }
        @if products.items.is_empty() {
            (nothing(category, is_first))
        } @else {
            div.wrap {
                h2.unseen { "Products" }
                (grid(&products.items, EAGER_PICTURES))
                (pages(category, products.next.as_deref(), is_first))
            }
        }
    };
    let described = format!("{} at Merkato.", category.title);
    // Each page of a list is one of its own, and the first stands for none of the others.
    let canonical = after.map_or_else(|| start.clone(), |after| format!("{start}?{}", query_of(after)));
    let next = products.next.as_deref().map(|after| format!("{start}?{}", query_of(after)));
    let above = parent(frame, category);
    let head = Head {
        canonical: &canonical,
        next: next.as_deref(),
        data: vec![structured_data::breadcrumbs(&frame.origin, above.as_slice(), &category.title)],
        ..Head::default()
    };
    let shell = Page {
        title: &category.title,
        description: if category.description.is_empty() { &described } else { &category.description },
        style: Style::Browse,
        category: Some(category.slug.as_str()),
        refresh_seconds: None,
        main,
    };
    document_with(frame, &shell, &head)
}

fn parent<'a>(frame: &'a Frame, category: &Category) -> Option<&'a Category> {
    frame.categories.iter().find(|other| category.parent.as_ref() == Some(&other.slug))
}

fn crumbs(frame: &Frame, category: &Category) -> Markup {
    let parent = parent(frame, category);
    html! {
        nav.crumbs aria-label="Where you are" {
            ol {
                li { a href="/" { "Market" } }
                @if let Some(parent) = parent { li { a href={ "/categories/" (parent.slug) } { (parent.title) } } }
                li aria-current="page" { (category.title) }
            }
        }
    }
}

fn nothing(category: &Category, is_first: bool) -> Markup {
    let back = format!("/categories/{}", category.slug);
    if is_first {
        let text =
            "The trader has gone for coffee, and in this town that takes three cups. Try a stall next door.";
        message::empty_part("This stall is empty today", text, &[("/", "Back to the market")])
    } else {
        message::empty_part(
            "That was the last shelf",
            "There is nothing further down.",
            &[(&back, "Back to the start")],
        )
    }
}

fn pages(category: &Category, next: Option<&str>, is_first: bool) -> Markup {
    html! {
        @if !is_first || next.is_some() {
            nav.pages aria-label="Pages" {
                @if !is_first { a.button.button-plain href={ "/categories/" (category.slug) } { "Back to the start" } }
                @if let Some(after) = next {
                    a.button.button-plain rel="next"
                        href={ "/categories/" (category.slug) "?" (query_of(after)) } { "More to see" }
                }
            }
        }
    }
}

/// The query of the page after `after`.
fn query_of(after: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("after", after).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_cannot_break_out_of_its_query() {
        assert_eq!(query_of("a b&c=\"é"), "after=a+b%26c%3D%22%C3%A9");
    }
}
