//! The harness that all black-box tests share: a shop of their own on free ports, a client, a browser.
//!
//! A test starts a [`shop::Shop`], talks to it through [`api`], and may hold its books against [`till`]. Who pays
//! through Stripe meets a [`stripe::Stripe`] of the test's own.

#![expect(clippy::missing_panics_doc, reason = "a harness panics where a test fails")]

pub mod adviser;
pub mod api;
pub mod authenticator;
pub mod bank;
pub mod browser;
pub mod clock;
pub mod collector;
pub mod contacts;
pub mod coordinator;
pub mod desk;
pub mod mail;
pub mod metrics;
pub mod payments;
pub mod postbox;
pub mod provider;
pub mod proxy;
pub mod reader;
pub mod shop;
pub mod stripe;
pub mod till;
pub mod visitor;
