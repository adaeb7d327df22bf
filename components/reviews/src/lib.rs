//! The reviews service: what shoppers say of products, and what staff let them say.
//!
//! [`routes`] takes reviews, votes and what staff decide; [`purchases`] reads from the coordinator's events who bought
//! what; `products` asks the catalog what a slug is. Ratings are counted by the tables themselves (see the migration),
//! in the very statement that lets a review be seen, and `ratings` tells the catalog of them.

mod products;
pub mod purchases;
mod ratings;
pub mod routes;
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
    async fn reviews(request: IncomingRequest, response_out: ResponseOutparam) {
        merkato_edge::serve("reviews", request, response_out, crate::routes::route).await;
    }
}
