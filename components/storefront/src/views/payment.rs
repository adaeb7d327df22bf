//! The choice of a card. A real gateway's own form would stand here; the sandbox offers practice cards, each of which
//! shows one thing that can happen to a payment.

use maud::{Markup, html};

use super::field::{Complaints, complaint_of};

/// Name of the choice of a card: the path of the token in the API.
pub const FIELD_TOKEN: &str = "payment.token";
/// How the gateway calls paying by card.
pub const METHOD: &str = "card";

/// A practice card.
struct Card {
    token: &'static str,
    title: &'static str,
    text: &'static str,
}

/// What the sandbox gateway understands.
const CARDS: &[Card] = &[
    Card { token: "tok_approve", title: "The good card", text: "Approved at once" },
    Card { token: "tok_challenge", title: "The careful bank", text: "Asks you to confirm the payment" },
    Card { token: "tok_decline", title: "The blocked card", text: "Declined by the bank" },
    Card {
        token: "tok_insufficient_funds",
        title: "The empty account",
        text: "Declined: there is not enough money on it",
    },
    Card { token: "tok_timeout", title: "The slow bank", text: "Answers only when asked a second time" },
    Card {
        token: "tok_late",
        title: "The bank with the long lunch",
        text: "Approves after your pieces were let go",
    },
];

/// Whether `token` is one of the practice cards.
pub fn is_card(token: &str) -> bool {
    CARDS.iter().any(|card| card.token == token)
}

/// The practice cards to choose from; the first one if none is `chosen`.
pub fn cards(chosen: &str, complaints: &Complaints) -> Markup {
    let chosen = if is_card(chosen) { chosen } else { CARDS[0].token };
    html! {
        p.soft { "This shop pays with practice cards. Each shows one thing that can happen to a payment." }
        div.choices {
            @for card in CARDS {
                label.choice {
                    input type="radio" id=(card.token) name=(FIELD_TOKEN) value=(card.token) required
                        checked[card.token == chosen];
                    span.choice-words {
                        span { (card.title) }
                        span.small { (card.text) }
                    }
                }
            }
        }
        (complaint_of(FIELD_TOKEN, "Card", complaints))
    }
}
