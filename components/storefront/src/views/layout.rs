//! What every page has around it: head, header, footer.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use merkato_contract::{catalog::Category, search::QUERY_CHARACTERS_MAX};
use serde_json::Value;

use super::consent_banner::banner;
use crate::{assets, consent::Consent};

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
    /// Where the shop is, as shoppers see it, without a slash at the end: for links that leave it.
    pub origin: String,
    /// Path and query of this page: where the forms of header and footer come back to.
    pub here: String,
    /// What was searched for, which stays in the box.
    pub query: String,
    /// What the shopper has agreed to; none while they have not been asked.
    pub consent: Option<Consent>,
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

/// What search engines, and sites that show a link, are told of a page.
#[derive(Debug, Clone, Default)]
pub struct Head<'a> {
    /// The one path of this page, whatever else its address carries; empty for pages that are nobody's business.
    pub canonical: &'a str,
    /// The path of the page before, of a list.
    pub previous: Option<&'a str>,
    /// The path of the page after.
    pub next: Option<&'a str>,
    /// The address of a picture of what the page is about.
    pub picture: Option<&'a str>,
    /// Whether the page is about one product.
    pub is_product: bool,
    /// What the page says, in the vocabulary of schema.org.
    pub data: Vec<Value>,
}

/// The whole document, of which nobody else is told anything but its title and description.
pub fn document(frame: &Frame, page: &Page) -> String {
    document_with(frame, page, &Head::default())
}

/// The whole document.
pub fn document_with(frame: &Frame, page: &Page, head: &Head) -> String {
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
                (told(frame, page, head))
                meta name="color-scheme" content="light dark";
                meta name="theme-color" media="(prefers-color-scheme: light)" content="#faf6ef";
                meta name="theme-color" media="(prefers-color-scheme: dark)" content="#191411";
                link rel="icon" type="image/svg+xml" href=(assets::versioned("favicon.svg"));
                @for sheet in ["base.css", "forms.css", "cards.css", page.style.sheet()] {
                    link rel="stylesheet" href=(assets::versioned(sheet));
                }
                script src=(assets::versioned("shop.js")) defer {}
                @if let Some(seconds) = page.refresh_seconds {
                    noscript { meta http-equiv="refresh" content=(seconds); }
                }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (banner(frame))
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

fn told(frame: &Frame, page: &Page, head: &Head) -> Markup {
    let origin = frame.origin.as_str();
    html! {
        @if !head.canonical.is_empty() {
            link rel="canonical" href={ (origin) (head.canonical) };
            meta property="og:site_name" content="Merkato";
            meta property="og:type" content=(if head.is_product { "product" } else { "website" });
            meta property="og:title" content=(if page.title.is_empty() { "Merkato" } else { page.title });
            meta property="og:description" content=(page.description);
            meta property="og:url" content={ (origin) (head.canonical) };
            @if let Some(picture) = head.picture {
                meta property="og:image" content=(absolute(origin, picture));
            }
        }
        @if let Some(previous) = head.previous { link rel="prev" href={ (origin) (previous) }; }
        @if let Some(next) = head.next { link rel="next" href={ (origin) (next) }; }
        @for data in &head.data {
            script type="application/ld+json" { (PreEscaped(data_block(data))) }
        }
    }
}

/// The address of something that may lie in this shop.
pub fn absolute(origin: &str, address: &str) -> String {
    if address.starts_with('/') { format!("{origin}{address}") } else { address.to_owned() }
}

/// JSON as it can stand in a `script` element, whose end nothing in it may spell. Within JSON a `<` can only be part of
/// a text, where it may be written so.
fn data_block(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
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
                (search_box(frame))
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

/// The box that is on every page. The script hangs suggestions below it; without the script it is a plain form.
fn search_box(frame: &Frame) -> Markup {
    html! {
        form.search role="search" action="/search" data-suggestions="/search/suggestions" {
            label.unseen for="search" { "Search the market" }
            input.input.search-input id="search" name="q" type="search" placeholder="Search the market"
                value=(frame.query) maxlength=(QUERY_CHARACTERS_MAX) autocomplete="off" autocapitalize="none"
                spellcheck="false" enterkeyhint="search";
            button.search-button type="submit" {
                svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8" {
                    path d="M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13zM15.300 15.300 20.500 20.500" {}
                }
                span.unseen { "Search" }
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
                        li { a href="/privacy" { "Cookies and privacy" } }
                        li { a href="/problems" { "When something goes wrong" } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_block_of_data_cannot_end_before_its_end() {
        let data = json!({ "name": "</script><script>alert(1)</script><!--" });
        let block = data_block(&data);
        assert!(!block.contains('<'), "{block}");
        assert_eq!(serde_json::from_str::<Value>(&block).expect("JSON"), data);
    }

    #[test]
    fn only_a_path_gets_the_shops_address() {
        assert_eq!(absolute("https://shop.example", "/images/a.svg"), "https://shop.example/images/a.svg");
        assert_eq!(absolute("https://shop.example", "https://a.example/1.png"), "https://a.example/1.png");
    }
}
