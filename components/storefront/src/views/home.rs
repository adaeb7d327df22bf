//! The front of the shop.

use maud::{Markup, html};
use merkato_contract::{
    catalog::{Category, Product},
    recommendation::Recommendation,
};

use super::{
    layout::{Frame, Head, Page, Style, document_with},
    product_card::grid,
    recommendation, structured_data,
};
use crate::price::counted;

/// Pictures that are loaded before the shopper scrolls: none, the hero comes first.
const EAGER_PICTURES: usize = 0;
/// Different backgrounds of tiles, `tile-0` and so on in the style sheet.
const TILE_COLOURS: usize = 4;

/// A category with the picture that the shop has of it.
pub struct Tile<'a> {
    /// The category.
    pub category: &'a Category,
    /// Where its picture is.
    pub picture: Option<String>,
}

/// What the home page shows.
pub struct Home<'a> {
    /// Where the large picture is, if the shop has one.
    pub hero: Option<String>,
    /// The categories at the top.
    pub tiles: Vec<Tile<'a>>,
    /// What may please this shopper.
    pub recommended: &'a [Recommendation],
    /// A handful of products, where nothing is recommended.
    pub products: &'a [Product],
}

/// The home page.
pub fn home(frame: &Frame, home: &Home) -> String {
    let main = html! {
        (hero(home.hero.as_deref()))
        @if !home.tiles.is_empty() {
            section.section.wrap aria-labelledby="stalls" {
                div.section-head { h2 id="stalls" { "Walk along the stalls" } }
                ul.tiles {
                    @for (place, tile) in home.tiles.iter().enumerate() { li { (category_tile(tile, place)) } }
                }
            }
        }
        div id="goods" {
            (recommendation::section("Picked for you", home.recommended, &frame.categories))
            @if home.recommended.is_empty() { (picked(home.products)) }
        }
        (promises())
    };
    let head = Head {
        canonical: "/",
        picture: home.hero.as_deref(),
        data: vec![structured_data::shop(&frame.origin)],
        ..Head::default()
    };
    let shell = Page {
        title: "",
        description: "Coffee, spices, cloth and clay: a market of small makers.",
        style: Style::Browse,
        category: None,
        refresh_seconds: None,
        main,
    };
    document_with(frame, &shell, &head)
}

fn picked(products: &[Product]) -> Markup {
    html! {
        section.section.wrap aria-labelledby="picked" {
            div.section-head { h2 id="picked" { "Picked from the stalls" } }
            @if products.is_empty() {
                p.soft { "The traders are still unpacking. Come back in a little while." }
            } @else {
                (grid(products, EAGER_PICTURES))
            }
        }
    }
}

fn hero(picture: Option<&str>) -> Markup {
    html! {
        section.hero.on-dark {
            div.hero-row {
                div.hero-words {
                    p.eyebrow { "An open-air market, indoors" }
                    h1 { "Everything finds its way to Merkato." }
                    p {
                        "Coffee still warm from the roaster, cloth from the loom, clay from the fire. Take your time; "
                        "the price is the price, for everybody."
                    }
                    a.button.button-saffron href="#goods" { "See what is on the stalls" }
                }
                div.hero-picture {
                    @if let Some(picture) = picture {
                        img src=(picture) alt="A market street under striped awnings" width="1600" height="900";
                    }
                }
            }
            div.tibeb {}
        }
    }
}

fn category_tile(tile: &Tile, place: usize) -> Markup {
    let class = format!("tile on-dark tile-{}", place % TILE_COLOURS);
    html! {
        a class=(class) href={ "/categories/" (tile.category.slug) } {
            @match &tile.picture {
                Some(picture) => img src=(picture) alt="" width="1200" height="800" loading="lazy" decoding="async";,
                None => div.tile-weave {},
            }
            div.tile-words {
                h3 { (tile.category.title) }
                @if !tile.category.description.is_empty() { p.tile-text { (tile.category.description) } }
                p.small { (counted(tile.category.product_count, "product", "products")) }
            }
        }
    }
}

fn promises() -> Markup {
    html! {
        section.promises aria-labelledby="promises" {
            div.tibeb.tibeb-thin {}
            div.wrap {
                h2.unseen id="promises" { "What this market promises" }
                ul {
                    li {
                        h3 { "The last piece is sold once" }
                        p { "When you order, your pieces are set aside before anybody is asked for money." }
                    }
                    li {
                        h3 { "You pay the total you saw" }
                        p { "If a price or a tax moves while you type, we show you the new total and ask again." }
                    }
                    li {
                        h3 { "No account needed" }
                        p { "This browser finds your basket and your orders again. There is no password to forget." }
                    }
                }
            }
        }
    }
}

/// Where the picture of the category `slug` lies, if the shop has one.
pub fn tile(category: &Category, has_picture: impl Fn(&str) -> bool) -> Tile<'_> {
    let path = format!("/images/categories/{}.svg", category.slug);
    Tile { category, picture: has_picture(&path).then_some(path) }
}

/// Where the large picture of the home page lies.
pub const HERO_PICTURE: &str = "/images/hero.svg";
