//! What a browser shows when the network is gone. It keeps this page while there is one, so nothing in it is about
//! anybody, or of a moment.

use maud::{DOCTYPE, html};

use crate::assets;

/// The style sheets that it needs; a browser keeps them beside it.
pub const SHEETS: [&str; 2] = ["base.css", "forms.css"];

/// The page.
pub fn offline() -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light dark";
                title { "You are offline · Merkato" }
                @for sheet in SHEETS { link rel="stylesheet" href=(assets::versioned(sheet)); }
            }
            body {
                header.header { div.tibeb.tibeb-thin {} div.wrap.header-row { a.wordmark href="/" { "Merkato" } } }
                main id="main" tabindex="-1" {
                    div.wrap {
                        div.empty {
                            h1 { "The road to the market is closed" }
                            p {
                                "Your device has no network at the moment. Nothing is lost: your basket waits for you, and "
                                "an order that you sent is either placed once or not at all."
                            }
                            div.actions { a.button href="" { "Try again" } }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}
