//! Journeys through the shop over its public API, on the real components and a real coordinator.

mod bad_input;
mod cart;
mod catalog;
mod checkout;
mod faults;
mod money;
mod orders;
mod payments;
mod start;
