//! What every page has around it: head, navigation, footer.

use maud::{DOCTYPE, Markup, html};
use merkato_contract::token::Role;

use super::field;
use crate::assets;

/// A part of the backoffice, as the navigation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Figures of the day.
    Dashboard,
    /// Orders.
    Orders,
    /// Orders that do not go on by themselves.
    Stuck,
    /// Products.
    Products,
    /// What lies on the shelf.
    Stock,
    /// Codes that take something off.
    Promotions,
    /// People with an account.
    Customers,
    /// What shoppers say of products.
    Reviews,
    /// Messages to people.
    Mailbox,
    /// Events on their way to those who want to hear of them.
    Outbox,
    /// What staff did.
    Audit,
}

impl Section {
    /// Every section, in the order of the navigation.
    pub const ALL: [Self; 11] = [
        Self::Dashboard,
        Self::Orders,
        Self::Stuck,
        Self::Products,
        Self::Stock,
        Self::Promotions,
        Self::Customers,
        Self::Reviews,
        Self::Mailbox,
        Self::Outbox,
        Self::Audit,
    ];

    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dashboard => "Dashboard",
            Self::Orders => "Orders",
            Self::Stuck => "Stuck orders",
            Self::Products => "Products",
            Self::Stock => "Stock",
            Self::Promotions => "Promotions",
            Self::Customers => "Customers",
            Self::Reviews => "Reviews",
            Self::Mailbox => "Mailbox",
            Self::Outbox => "Events",
            Self::Audit => "Audit log",
        }
    }

    /// Where it is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Dashboard => "/backoffice",
            Self::Orders => "/backoffice/orders",
            Self::Stuck => "/backoffice/stuck",
            Self::Products => "/backoffice/products",
            Self::Stock => "/backoffice/stock",
            Self::Promotions => "/backoffice/promotions",
            Self::Customers => "/backoffice/customers",
            Self::Reviews => "/backoffice/reviews",
            Self::Mailbox => "/backoffice/mailbox",
            Self::Outbox => "/backoffice/events",
            Self::Audit => "/backoffice/audit",
        }
    }
}

/// What the frame of a page shows of whoever is at work.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What proves that a form came from a page of ours to this browser.
    pub csrf: String,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A page of somebody who is at work.
pub struct Page<'a> {
    /// What the tab says.
    pub title: &'a str,
    /// Which part of the backoffice it belongs to.
    pub section: Section,
    /// What stands beside the heading: links and buttons.
    pub actions: Markup,
    /// Everything below the heading.
    pub main: Markup,
}

/// The whole document of a page with navigation.
pub fn document(frame: &Frame, page: &Page) -> String {
    let body = html! {
        a.skip href="#main" { "Skip to the content" }
        div.desk {
            (side(frame, page.section))
            main id="main" tabindex="-1" {
                header.head {
                    div.head-words {
                        @if page.title != page.section.title() {
                            a.up href=(page.section.path()) { (page.section.title()) }
                        }
                        h1 { (page.title) }
                    }
                    div.head-actions { (page.actions) }
                }
                (page.main)
                footer.foot { "All times are UTC." }
            }
        }
    };
    whole(page.title, &body)
}

/// The whole document of a page that stands alone: at the door, or when nothing else can be shown.
pub fn bare(title: &str, main: &Markup) -> String {
    let body = html! {
        main.door id="main" tabindex="-1" {
            (wordmark())
            div.door-card { (main) }
        }
    };
    whole(title, &body)
}

fn whole(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light dark";
                title { (title) " · Merkato backoffice" }
                link rel="icon" type="image/svg+xml" href=(assets::versioned("mark.svg"));
                link rel="stylesheet" href=(assets::versioned("backoffice.css"));
            }
            body { (body) }
        }
    }
    .into_string()
}

fn wordmark() -> Markup {
    html! {
        a.wordmark href="/backoffice" {
            img src=(assets::versioned("mark.svg")) alt="" width="28" height="28";
            span { "Merkato" small { "Backoffice" } }
        }
    }
}

fn side(frame: &Frame, here: Section) -> Markup {
    html! {
        div.side {
            (wordmark())
            nav.nav aria-label="Backoffice" {
                ul {
                    @for section in Section::ALL {
                        li {
                            a href=(section.path()) aria-current=[(section == here).then_some("page")] {
                                (section.title())
                            }
                        }
                    }
                }
            }
            div.who {
                p { strong { (frame.name) } span.soft { (frame.role.name()) } }
                form method="post" action="/backoffice/sign-out" {
                    (field::csrf(&frame.csrf))
                    button.link type="submit" { "Sign out" }
                }
                a href="/" { "To the shop" }
            }
        }
    }
}
