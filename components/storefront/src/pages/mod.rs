//! What each page does: parse, ask the other services, and show the view or go on to the next page.

pub mod account;
pub mod cart;
pub mod category;
pub mod checkout;
pub mod home;
pub mod order;
pub mod privacy;
pub mod problem;
pub mod product;
pub mod search;
pub mod sitemap;
pub mod write_review;
