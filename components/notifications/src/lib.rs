//! The notifications service: tells people what happened to their orders and accounts.
//!
//! In the order in which news meets them: [`routes`] takes events, and what other services and staff want said; `post`
//! is the way of a message; `contact` asks whether somebody wants it and in which language, [`template`] says which
//! there are, [`letter`] writes one with the words of [`texts`], and `channel` hands it to the carrier that is composed
//! in. `waiting` is for those who want a sku that is sold out, [`unsubscribe`] for those who want no offers.

mod channel;
mod contact;
pub mod letter;
pub mod locale;
pub mod news;
mod post;
pub mod routes;
mod store;
pub mod template;
pub mod texts;
pub mod unsubscribe;
pub mod validate;
mod waiting;

/// The way in. The name that it is exported under holds colons, which only wasm's linker takes.
#[cfg(target_family = "wasm")]
mod entry {
    #![expect(unsafe_code, reason = "the glue to the host that the macro writes")]
    #![expect(clippy::same_length_and_capacity, reason = "likewise")]

    use spin_sdk::{
        http::{IncomingRequest, ResponseOutparam},
        http_component,
    };

    #[http_component]
    async fn notifications(request: IncomingRequest, response_out: ResponseOutparam) {
        merkato_edge::serve("notifications", request, response_out, crate::routes::route).await;
    }
}
