//! Runs a Spin application manifest under wasmtime, in process.
//!
//! This is the local runner: what `merkato up` and the tests use, so that neither needs Spin installed. It
//! reads the same `spin.toml` and the same `.wasm` files, and what the manifest uses works as in Spin 3.6. It
//! is not a second Spin: what this shop does not use is an error at start that names the component and the
//! line, and never a surprise at the first request.
//!
//! ```no_run
//! # async fn run() -> Result<(), spinlet::Error> {
//! let options = spinlet::Options::new("spin.toml", ".merkato")
//!     .variables(spinlet::variables_from_environment());
//! let application = spinlet::Application::load(options).await?;
//! let server = spinlet::Server::bind(application, ([127, 0, 0, 1], 0).into()).await?;
//! println!("http://{}", server.local_address());
//! server.serve(std::future::pending()).await
//! # }
//! ```
//!
//! The way of a request: [`Server`] finds the route and the room for it (`server.rs`, `router.rs`), a fresh
//! instance is made and watched (`invoke.rs`, `engine.rs`), and what it imports is served by `host/`. The way
//! of a manifest: `manifest/`, `variables.rs`, `outbound.rs`, `files.rs`, `compose.rs`, `application.rs`.

mod application;
mod bindings;
mod compose;
mod engine;
mod error;
mod files;
mod host;
mod invoke;
mod manifest;
mod options;
mod outbound;
mod router;
mod runtime_config;
mod server;
mod trace;
mod variables;

pub use application::Application;
pub use error::{Error, Place};
pub use options::{Limits, Options, variables_from_environment};
pub use runtime_config::runtime_config;
pub use server::Server;
