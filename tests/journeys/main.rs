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
mod kept_for_later;
mod logs;
mod metrics;
mod money;
mod notifications;
mod order_news;
mod orders;
mod outbox;
mod payments;
mod postgres;
mod readiness;
mod recommendations;
mod reviews;
mod search;
mod staff;
mod start;
mod storefront_accounts;
mod storefront_browse;
mod storefront_pages;
mod stripe;
mod traces;
mod users;
mod users_external;
