//! The payments service: keeps what was asked of the payment gateway and what it said, so that nobody pays twice.
//!
//! [`routes`] takes the coordinator's questions, the gateway's webhooks and the sandbox's challenge page; `settle` is
//! the way of each; `gateway` speaks to the gateway that is composed in.

mod challenge;
mod gateway;
pub mod routes;
mod settle;
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
    async fn payments(request: IncomingRequest, response_out: ResponseOutparam) {
        merkato_edge::serve("payments", request, response_out, crate::routes::route).await;
    }
}
