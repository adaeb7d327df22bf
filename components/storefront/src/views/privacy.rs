//! What the shop keeps about somebody: each cookie by name, purpose and life.

use maud::{Markup, html};

use super::{
    consent_banner::{ACTION, buttons},
    layout::{Frame, Head, Page, Style, document_with},
    message::{self, Message},
};
use crate::{
    consent::{self, Consent},
    price::counted,
    session::{
        ACCESS_SECONDS, CART_SECONDS, CONSENT_SECONDS, DRAFT_SECONDS, ORDERS_SECONDS, PENDING_SECONDS_MAX,
        REFRESH_SECONDS,
    },
};

/// A cookie as the shopper is told of it.
struct Cookie {
    name: &'static str,
    purpose: &'static str,
    /// How long it stays after it was last set.
    seconds: u32,
}

/// What the shop does not work without.
const NECESSARY: &[Cookie] = &[
    Cookie {
        name: "sid",
        purpose: "Makes sure that the forms you send come from you, and not from another site in your name.",
        seconds: CART_SECONDS,
    },
    Cookie { name: "cart", purpose: "Finds your basket again.", seconds: CART_SECONDS },
    Cookie {
        name: "checkout",
        purpose: "Keeps your e-mail address and chosen card while you are at the till.",
        seconds: DRAFT_SECONDS,
    },
    Cookie {
        name: "orders",
        purpose: "Lets you read the last ten orders that you placed in this browser.",
        seconds: ORDERS_SECONDS,
    },
    Cookie { name: "access", purpose: "Says who you are, once you have signed in.", seconds: ACCESS_SECONDS },
    Cookie { name: "refresh", purpose: "Keeps you signed in, until you sign out.", seconds: REFRESH_SECONDS },
    Cookie {
        name: "pending",
        purpose: "Waits for the second step of a sign-in that has two.",
        seconds: PENDING_SECONDS_MAX,
    },
    Cookie { name: consent::COOKIE, purpose: "Remembers what you chose here.", seconds: CONSENT_SECONDS },
];

/// The page about cookies.
pub fn privacy(frame: &Frame, message: Option<&Message>) -> String {
    let main = html! {
        div.wrap {
            header.page-head {
                h1 { "Cookies and privacy" }
                p { "What this shop keeps in your browser, what for, and for how long. Nothing here is from other sites." }
            }
            (message::live(message))
            div.prose {
                h2 { "What the shop needs" }
                p { "Without these it could not find your basket or know its own forms. They are set when you need them." }
            }
            (cookies("What the shop needs", NECESSARY))
            div.prose {
                h2 { "What you can choose" }
                p {
                    "If you allow it, the shop notes which products you look at, to suggest others like them. If you do "
                    "not, it notes nothing, and suggests what others buy together. You can change your mind at any time."
                }
                p { strong { (chosen(frame.consent)) } }
                form method="post" action=(ACTION) { (buttons(frame)) }
                h2 { "For when the network is gone" }
                p {
                    "With JavaScript your browser also keeps one page of ours, which tells you that you are offline, and "
                    "its style sheets. It says nothing about you."
                }
            }
        }
    };
    let page = Page {
        title: "Cookies and privacy",
        description: "Which cookies the shop sets, what for and for how long, and your choice.",
        style: Style::Browse,
        category: None,
        refresh_seconds: None,
        main,
    };
    document_with(frame, &page, &Head { canonical: ACTION, ..Head::default() })
}

const fn chosen(consent: Option<Consent>) -> &'static str {
    match consent {
        None => "You have not chosen yet, so nothing is noted.",
        Some(Consent::Necessary) => "You have chosen: no. Nothing is noted.",
        Some(Consent::Suggestions) => "You have chosen: yes. What you look at is noted.",
    }
}

fn cookies(label: &str, cookies: &[Cookie]) -> Markup {
    html! {
        table.cookies {
            caption.unseen { (label) }
            thead { tr { th scope="col" { "Cookie" } th scope="col" { "What for" } th scope="col" { "Kept for" } } }
            tbody {
                @for cookie in cookies {
                    tr {
                        th scope="row" { code { (cookie.name) } }
                        td { (cookie.purpose) }
                        td { (life(cookie.seconds)) }
                    }
                }
            }
        }
    }
}

/// A span of time in its largest unit.
fn life(seconds: u32) -> String {
    const MINUTE: u32 = 60;
    const DAY: u32 = 24 * 60 * MINUTE;
    match seconds {
        DAY.. => counted(u64::from(seconds / DAY), "day", "days"),
        _ => counted(u64::from(seconds / MINUTE), "minute", "minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_told_in_days_or_minutes() {
        assert_eq!(life(CART_SECONDS), "30 days");
        assert_eq!(life(DRAFT_SECONDS), "30 minutes");
    }
}
