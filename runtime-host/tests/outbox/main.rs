//! The outbox against real receivers over HTTP and a real NATS: what arrives, in which order, and what does not.

mod dead_letters;
mod fixture;
mod http;
mod isolation;
mod nats;
