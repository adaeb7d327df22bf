//! What every page has around it: head, header, footer.

use maud::{DOCTYPE, Markup, html};
use merkato_contract::catalog::Category;

use crate::assets;

/// What the frame of a page shows of the shop and of this shopper. Parts that could not be read are left out.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// All categories, for navigation; empty while the catalog does not answer.
    pub categories: Vec<Category>,
    /// Pieces in the cart; none while the cart does not answer.
    pub pieces_in_cart: Option<u64>,
    /// Where a guest signs in; none for somebody who has signed in.
    pub sign_in: Option<String>,
    /// What proves that a form came from this shop's own page to this shopper.
    pub csrf: String,
}

/// Which of the style sheets beside the common ones a page needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Home, categories, products.
    Browse,
    /// Cart, checkout, orders.
    Order,
    /// Accounts.
    Account,
}

impl Style {
    const fn sheet(self) -> &'static str {
        match self {
            Self::Browse => "browse.css",
            Self::Order => "order.css",
            Self::Account => "account.css",
        }
    }
}

/// A page.
pub struct Page<'a> {
    /// What the tab says, without the shop's name.
    pub title: &'a str,
    /// What a search engine shows; empty for pages that are nobody's business.
    pub description: &'a str,
    /// The style sheet of its kind of page.
    pub style: Style,
    /// Slug of the category that the shopper is in.
    pub category: Option<&'a str>,
    /// Seconds after which a browser without JavaScript looks again.
    pub refresh_seconds: Option<u32>,
    /// Everything between header and footer.
    pub main: Markup,
}

/// The whole document.
pub fn document(frame: &Frame, page: &Page) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { @if !page.title.is_empty() { (page.title) " · " } "Merkato" }
                @if page.description.is_empty() {
                    meta name="robots" content="noindex";
                } @else {
                    meta name="description" content=(page.description);
                }
                meta name="theme-color" content="#faf6ef";
                link rel="icon" type="image/svg+xml" href=(assets::versioned("favicon.svg"));
                @for sheet in ["base.css", "forms.css", page.style.sheet()] {
                    link rel="stylesheet" href=(assets::versioned(sheet));
                }
                script src=(assets::versioned("shop.js")) defer {}
                @if let Some(seconds) = page.refresh_seconds {
                    noscript { meta http-equiv="refresh" content=(seconds); }
                }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (header(frame, page.category))
                // The script says here what it has changed.
                div.unseen id="announcer" aria-live="polite" {}
                main id="main" tabindex="-1" { (page.main) }
                (footer(frame))
            }
        }
    }
    .into_string()
}

fn top_level(frame: &Frame) -> impl Iterator<Item = &Category> {
    frame.categories.iter().filter(|category| category.parent.is_none())
}

fn header(frame: &Frame, here: Option<&str>) -> Markup {
    html! {
        header.header {
            div.tibeb.tibeb-thin {}
            div.wrap.header-row {
                a.wordmark href="/" {
                    img src=(assets::versioned("mark.svg")) alt="" width="35" height="35";
                    "Merkato"
                }
                div.header-links {
                    a.account-link href=(frame.sign_in.as_deref().unwrap_or("/account")) {
                        @if frame.sign_in.is_some() { "Sign in" } @else { "Your account" }
                    }
                    (cart_link(frame.pieces_in_cart))
                }
                @if !frame.categories.is_empty() {
                    nav.nav aria-label="Categories" {
                        ul {
                            @for category in top_level(frame) {
                                @let current = here.is_some_and(|slug| is_within(frame, slug, category));
                                li {
                                    a href={ "/categories/" (category.slug) } aria-current=[current.then_some("true")] {
                                        (category.title)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether the category `slug` is `ancestor` or lies directly in it: the navigation shows one level.
fn is_within(frame: &Frame, slug: &str, ancestor: &Category) -> bool {
    ancestor.slug.as_str() == slug
        || frame.categories.iter().any(|category| {
            category.slug.as_str() == slug && category.parent.as_ref() == Some(&ancestor.slug)
        })
}

fn cart_link(pieces: Option<u64>) -> Markup {
    html! {
        a.cart-link href="/cart" {
            svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6" {
                path d="M3 10h18l-2.4 10.2H5.4zM7.5 10 11 3.5M16.500 10 13 3.500M9 13.500v3.500M12 13.500v3.500M15 13.500v3.500" {}
            }
            "Basket"
            @if let Some(pieces @ 1..) = pieces {
                span.cart-count.number { (pieces) span.unseen { @if pieces == 1 { " piece" } @else { " pieces" } } }
            }
        }
    }
}

fn footer(frame: &Frame) -> Markup {
    html! {
        footer.footer.on-dark {
            div.tibeb {}
            div.wrap.footer-row {
                div {
                    h2 { "Merkato" }
                    p {
                        "A demonstration shop, named after the great open-air market of Addis Ababa. The goods are drawn, "
                        "the payments are practised, and nothing is shipped. What is real is the till behind it: it never "
                        "sells the last piece twice."
                    }
                }
                @if !frame.categories.is_empty() {
                    nav aria-label="All categories" {
                        h2 { "The stalls" }
                        ul {
                            @for category in top_level(frame) {
                                li { a href={ "/categories/" (category.slug) } { (category.title) } }
                            }
                        }
                    }
                }
                nav aria-label="About the shop" {
                    h2 { "Good to know" }
                    ul {
                        li { a href="/about" { "About this shop" } }
                        li { a href="/cart" { "Your basket" } }
                        li { a href="/account" { "Your account" } }
                        li { a href="/problems" { "When something goes wrong" } }
                    }
                }
            }
        }
    }
}
