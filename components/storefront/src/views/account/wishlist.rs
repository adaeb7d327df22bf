//! What somebody would like to have one day.

use maud::{Markup, html};
use merkato_contract::{List, cart::Wish, catalog::Product};

use super::{Reply, Section, inside};
use crate::{
    price::{day, price},
    views::{
        field,
        layout::Frame,
        product_card::{Stock, picture},
    },
};

/// A page of wishes, each with the product that it is a variant of, where that could be read. `is_first` says that
/// there were none before.
pub fn wishlist(
    frame: &Frame,
    list: &List<Wish>,
    products: &[Product],
    is_first: bool,
    reply: &Reply,
) -> String {
    let content = html! {
        @if list.items.is_empty() {
            p.soft {
                @if is_first { "Nothing yet. Press the heart beside whatever you like." } @else { "There are no more." }
            }
        }
        ul.tiles-plain {
            @for wish in &list.items {
                @let of = |product: &&Product| product.variants.iter().any(|variant| variant.sku == wish.sku);
                li.tile-plain { (tile(frame, wish, products.iter().find(of))) }
            }
        }
        @if !is_first || list.next.is_some() {
            nav.actions aria-label="More wishes" {
                @if let Some(next) = &list.next {
                    @let query = form_urlencoded::Serializer::new(String::new()).append_pair("after", next).finish();
                    a.button.button-plain rel="next" href={ "/account/wishlist?" (query) } { "Older wishes" }
                }
                @if !is_first { a.button.button-plain href=(Section::Wishlist.address()) { "The newest wishes" } }
            }
        }
    };
    inside(frame, Section::Wishlist, "Wishlist", reply, &content)
}

fn tile(frame: &Frame, wish: &Wish, product: Option<&Product>) -> Markup {
    html! {
        div.wish {
            @if let Some(product) = product {
                div.wish-picture { (picture(product.images.first(), false)) }
            }
            div {
                p.line-title {
                    @match product {
                        Some(product) => a href={ "/products/" (product.slug) "?variant=" (wish.sku) } { (wish.title) },
                        None => (wish.title),
                    }
                }
                p.price.number {
                    (price(wish.unit_price))
                    @if wish.price_fell { s { span.unseen { "When you wished for it: " } (price(wish.added_price)) } }
                }
                p { (Stock::of(Some(wish.available)).hint()) }
                p.soft.small { "Since " (day(wish.added_at)) }
            }
        }
        div.actions {
            @if wish.available > 0 {
                (step(frame, wish, "basket", "Put into the basket"))
            } @else if let Some(product) = product {
                (wait(frame, wish, product))
            }
            (step(frame, wish, "removal", "Remove"))
        }
    }
}

fn step(frame: &Frame, wish: &Wish, step: &str, label: &str) -> Markup {
    html! {
        form method="post" action={ "/account/wishlist/" (wish.sku) "/" (step) } {
            (field::csrf(&frame.csrf))
            button.link-button type="submit" { (label) span.unseen { ": " (wish.title) } }
        }
    }
}

fn wait(frame: &Frame, wish: &Wish, product: &Product) -> Markup {
    html! {
        form method="post" action={ "/products/" (product.slug) "/back-in-stock" } {
            (field::csrf(&frame.csrf))
            input type="hidden" name="sku" value=(wish.sku);
            button.link-button type="submit" { "Tell me when it is back" span.unseen { ": " (wish.title) } }
        }
    }
}
