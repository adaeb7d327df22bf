//! The backoffice: the shop's pages for staff, as HTML that works without JavaScript and brings none.
//!
//! [`views`] are pure functions from contract types to HTML; `pages` ask the other services and show them; `shop` is
//! how they are asked, each in the name of whoever is signed in; `session` is what a browser is known by; `form` is
//! what a browser sends; `sheet` cuts a file of products into portions.

mod assets;
pub mod figures;
mod form;
mod pages;
pub mod routes;
mod session;
mod sheet;
mod shop;
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

    use crate::routes;

    #[http_component]
    async fn backoffice(request: IncomingRequest, response_out: ResponseOutparam) {
        merkato_edge::serve_up_to(routes::body_bytes_max, "backoffice", request, response_out, routes::route)
            .await;
    }
}
