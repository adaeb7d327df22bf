//! The search service: finds products by words, and says what they could be narrowed down by.
//!
//! What a word is, what its stem is and what it may be a slip of is decided in code ([`words`], [`spelling`],
//! [`question`]), so that both engines find the same and no extension of PostgreSQL is needed; the engines look up
//! and rank (`store`).

mod categories;
mod entry;
mod facets;
mod find;
mod index;
mod question;
pub mod routes;
mod spelling;
mod store;
mod words;

/// The way in. The name that it is exported under holds colons, which only wasm's linker takes.
#[cfg(target_family = "wasm")]
mod component {
    #![expect(unsafe_code, reason = "the glue to the host that the macro writes")]
    #![expect(clippy::same_length_and_capacity, reason = "likewise")]

    use spin_sdk::{
        http::{IncomingRequest, ResponseOutparam},
        http_component,
    };

    #[http_component]
    async fn search(request: IncomingRequest, response_out: ResponseOutparam) {
        let routes = crate::routes::route;
        merkato_edge::serve_up_to(crate::routes::body_bytes_max, "search", request, response_out, routes)
            .await;
    }
}
