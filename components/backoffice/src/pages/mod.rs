//! What each page does: parse, ask the other services, and show the view or go on to the next page.

pub mod audit;
pub mod customers;
pub mod dashboard;
pub mod door;
pub mod events;
pub mod mailbox;
pub mod order;
pub mod orders;
pub mod problem;
pub mod product;
pub mod products;
pub mod promotions;
pub mod reviews;
pub mod sheet;
pub mod stock;
pub mod stuck;
