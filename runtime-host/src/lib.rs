//! The coordinator of the shop: carts, stock, orders, the way of a checkout, and the command line around it.
//!
//! In reading order: [`http`] parses and answers, [`app`] decides and says where transactions begin and end,
//! [`store`] has all SQL, [`policy`] runs the pricing component, [`worker`] does what transactions asked for, and
//! [`outbox`] tells others what happened.

pub mod app;
pub mod backoff;
pub mod cli;
pub mod coordinator;
pub mod data_folder;
pub mod databases;
pub mod http;
pub mod metrics;
pub mod migrations;
pub mod outbox;
pub mod payments;
pub mod policy;
pub mod reminders;
pub mod store;
pub mod sweep;
pub mod system;
pub mod telemetry;
pub mod trace;
pub mod variables;
pub mod wake;
pub mod watch;
pub mod worker;
