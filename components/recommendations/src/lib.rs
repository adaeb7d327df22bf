//! The recommendations service: what else a shopper may like, and why.
//!
//! [`sale`] reads from the coordinator's events what was bought together, and [`routes`] takes what shoppers who agreed
//! to be remembered look at. The tables themselves count, in the very statement that notes a sale or a look (see the
//! migration), with weights that [`decay`] lets grow old. [`recommend`] answers from them with one statement and one
//! question to the catalog; [`ranking`] puts what was found in order, and nothing in it is left to chance.

mod catalog;
pub mod decay;
pub mod ranking;
mod recommend;
pub mod routes;
pub mod sale;
mod shopper;
mod store;

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
    async fn recommendations(request: IncomingRequest, response_out: ResponseOutparam) {
        merkato_edge::serve("recommendations", request, response_out, crate::routes::route).await;
    }
}
