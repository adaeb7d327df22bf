//! Pages as pure functions: contract types in, HTML out. Nothing here calls anybody or knows of a request.
//!
//! `maud` escapes every value that is put between elements or into an attribute, so nothing that a shopper has written
//! can become markup. What could not be read is a [`Problem`](merkato_contract::problem::Problem) in its place, and the
//! rest of the page stays.

pub mod audit;
pub mod badge;
pub mod chart;
pub mod confirm;
pub mod dashboard;
pub mod events;
pub mod field;
pub mod layout;
pub mod mailbox;
pub mod message;
pub mod order;
pub mod orders;
pub mod people;
pub mod problem;
pub mod product;
pub mod products;
pub mod promotions;
pub mod qr;
pub mod reviews;
pub mod second_factor;
pub mod sheet;
pub mod sign_in;
pub mod stock;
pub mod stuck;
pub mod table;
