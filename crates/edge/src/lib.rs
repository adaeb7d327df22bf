//! What every service does alike, so that a service is only its routes and its rules.
//!
//! A service's `lib.rs` hands its request to [`serve`], which reads it within limits, calls the service's `routes`
//! with a [`Context`] and a [`Request`], and writes the [`Response`] or the problem. In the order in which a request
//! meets them: [`mod@serve`] and [`request`], [`caller`], [`client`] and [`secret`] (who is asking, from where), [`page`] (how much of a
//! list), [`database`] and [`key_value`] (the service's own tables and files), [`call`], [`coordinator`] and
//! [`availability`] (asking others), [`response`] and [`entity_tag`] (answering), [`log`] and [`trace`] (leaving a
//! trail).
//!
//! Host calls stand in [`mod@serve`], [`context`], [`database`], [`key_value`] and [`transport`] only; all else is
//! plain code that unit-tests natively.

pub mod availability;
pub mod call;
pub mod caller;
pub mod client;
pub mod context;
pub mod coordinator;
pub mod database;
pub mod entity_tag;
pub mod key_value;
pub mod log;
pub mod page;
pub mod request;
pub mod response;
pub mod secret;
pub mod serve;
pub mod trace;
pub mod transport;

pub use call::Call;
pub use caller::Caller;
pub use context::Context;
pub use page::Page;
pub use request::Request;
pub use response::Response;
pub use serve::{serve, serve_then, serve_up_to};
