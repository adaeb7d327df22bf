//! The orders service: authenticates shopper or staff, refuses what is not an order, and hands on to the coordinator.

pub mod routes;

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
    async fn orders(request: IncomingRequest, response_out: ResponseOutparam) {
        merkato_edge::serve("orders", request, response_out, crate::routes::route).await;
    }
}
