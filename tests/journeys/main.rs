//! Journeys through the shop over its public API, on the real components and a real coordinator.

#[macro_use]
mod engines;

mod audit;
mod backoffice;
mod bad_input;
mod cart;
mod catalog;
mod checkout;
mod hang_up;
mod logs;
mod metrics;
mod money;
mod notifications;
mod orders;
mod outbox;
mod payments;
mod postgres;
mod readiness;
mod reviews;
mod search;
mod start;
mod stripe;
mod traces;
mod users;
mod users_external;
