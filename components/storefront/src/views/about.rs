//! What this shop is, told honestly.

use maud::html;

use super::layout::{Frame, Head, Page, Style, document_with};

/// The page about the shop.
pub fn about(frame: &Frame) -> String {
    let main = html! {
        div.wrap {
            header.page-head {
                h1 { "About this shop" }
                p { "Merkato is an online shop in the open: made to be read, tried and taken apart." }
            }
            div.prose {
                h2 { "The name" }
                p {
                    "Merkato, also written Mercato, is the great open-air market in the west of Addis Ababa. Spices, "
                    "coffee, cloth, clay and iron each have their own lanes there. This shop borrows the name with respect; "
                    "it has no tie to the market or its traders."
                }
                h2 { "What is real, and what is not" }
                p {
                    "This is a demonstration. The products are made up and their pictures are drawn. Payments run through "
                    "a sandbox with practice cards: no money moves, and nothing will arrive at your door. Please do not type "
                    "an address that you would not tell a stranger."
                }
                p {
                    "The till is real. Stock is counted, pieces are set aside while you pay, promotions, tax and shipping are "
                    "worked out, and an order goes through every step that it would in earnest."
                }
                h2 { "What we keep about you" }
                p {
                    "There is nothing from other sites on these pages, and what you look at is noted only if you allow it. "
                    a href="/privacy" { "Every cookie is listed" }
                    " with what it is for and how long it stays."
                }
                h2 { "How it is made" }
                p {
                    "Every service is a WebAssembly component that runs only while somebody asks it something. The pages are "
                    "made on the server and work without JavaScript; with it, they are a little smoother."
                }
            }
        }
    };
    let page = Page {
        title: "About this shop",
        description: "What Merkato is, what is real about it, and what it keeps about you.",
        style: Style::Browse,
        category: None,
        refresh_seconds: None,
        main,
    };
    document_with(frame, &page, &Head { canonical: "/about", ..Head::default() })
}
