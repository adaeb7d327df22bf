//! The storefront: the shop's pages for shoppers, as HTML that works without JavaScript.
//!
//! [`views`] are pure functions from contract types to HTML; `pages` ask the other services and show them;
//! `session` is what a browser is known by, and `sign_in` who has signed in there; [`assets`] are the files.

pub mod assets;
pub mod consent;
mod countries;
mod pages;
mod price;
pub mod routes;
mod sealed;
mod security;
mod session;
mod shop;
mod sign_in;
pub mod views;
mod visit;

// A native linker cannot export a symbol that is named as the component model names it.
#[cfg(target_family = "wasm")]
mod entry {
    #![expect(unsafe_code, reason = "the glue to the host that the macro writes")]
    #![expect(clippy::same_length_and_capacity, reason = "likewise")]

    use spin_sdk::{
        http::{IncomingRequest, ResponseOutparam},
        http_component,
    };

    #[http_component]
    async fn storefront(request: IncomingRequest, response_out: ResponseOutparam) {
        merkato_edge::serve("storefront", request, response_out, crate::routes::route).await;
    }
}
