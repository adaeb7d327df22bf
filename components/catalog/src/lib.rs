//! The catalog service: products and categories, and what it tells the till and the search service of them.

mod draft;
mod export;
mod image;
mod import;
mod index;
mod plain_text;
mod publish;
pub mod routes;
mod sheet;
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
    async fn catalog(request: IncomingRequest, response_out: ResponseOutparam) {
        let routes = crate::routes::route;
        merkato_edge::serve_up_to(crate::routes::body_bytes_max, "catalog", request, response_out, routes)
            .await;
    }
}
