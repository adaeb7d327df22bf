//! `/account`: the doors, and what is behind them.

mod addresses;
mod details;
mod door;
mod external;
mod orders;
mod recovery;
mod second_factor;
mod security;
mod wishlist;

use std::collections::BTreeMap;

use futures::join;
use merkato_contract::{
    order::Order,
    problem::{Code, Problem},
};
use merkato_edge::Response;

use crate::{
    views::{
        account::{Reply, overview},
        field::Complaints,
        message::Message,
    },
    visit::{Visit, private_page},
};

/// Longest text that is taken over from a field: the address of an authenticator's secret is the longest of ours.
const FIELD_CHARACTERS_MAX: usize = 2_000;
/// Orders on the first page of the account.
const LATEST_ORDERS: u32 = 3;

/// Answers a request to `rest` below `/account`.
pub async fn route(visit: &mut Visit<'_>, rest: &[&str]) -> Result<Response, Problem> {
    match (visit.request.method.as_str(), rest) {
        ("GET", []) => show(visit).await,
        ("GET", ["sign-in"]) => door::show_sign_in(visit).await,
        ("POST", ["sign-in"]) => door::sign_in(visit).await,
        ("GET", ["sign-in", "code"]) => door::show_code(visit).await,
        ("POST", ["sign-in", "code"]) => door::sign_in_with_code(visit).await,
        ("POST", ["sign-out"]) => door::sign_out(visit).await,
        ("GET", ["register"]) => door::show_register(visit).await,
        ("POST", ["register"]) => door::register(visit).await,
        ("GET", ["external", "start"]) => external::start(visit).await,
        ("GET", ["external"]) => external::come_back(visit).await,
        ("POST", ["external"]) => external::come_back_with_code(visit).await,
        ("GET", ["verify-email"]) => recovery::show_verify_email(visit).await,
        ("POST", ["verify-email"]) => recovery::verify_email(visit).await,
        ("GET", ["forgot-password"]) => recovery::show_forgot_password(visit).await,
        ("POST", ["forgot-password"]) => recovery::forgot_password(visit).await,
        ("GET", ["reset-password"]) => recovery::show_reset_password(visit).await,
        ("POST", ["reset-password"]) => recovery::reset_password(visit).await,
        ("GET", ["orders"]) => orders::show(visit).await,
        ("GET", ["wishlist"]) => wishlist::show(visit).await,
        ("POST", ["wishlist", sku, "basket"]) => wishlist::add_to_cart(visit, sku).await,
        ("POST", ["wishlist", sku, "removal"]) => wishlist::remove_wish(visit, sku).await,
        ("GET", ["details"]) => details::show(visit).await,
        ("POST", ["details"]) => details::change_name(visit).await,
        ("POST", ["details", "messages"]) => details::change_messages(visit).await,
        ("GET", ["data"]) => details::show_data(visit).await,
        ("GET", ["data", "export"]) => details::export(visit).await,
        ("POST", ["data", "deletion"]) => details::delete_account(visit).await,
        ("GET", ["security"]) => security::show(visit).await,
        ("POST", ["security", "password"]) => security::change_password(visit).await,
        ("POST", ["security", "email"]) => security::change_email(visit).await,
        ("POST", ["security", "verification"]) => security::send_verification(visit).await,
        ("POST", ["security", "second-factor"]) => second_factor::begin(visit).await,
        ("POST", ["security", "second-factor", "confirm"]) => second_factor::confirm(visit).await,
        ("POST", ["security", "second-factor", "end"]) => second_factor::end(visit).await,
        ("POST", ["security", "recovery-codes"]) => second_factor::replace_recovery_codes(visit).await,
        ("GET", ["addresses"]) => addresses::show(visit).await,
        ("GET", ["addresses", id]) => addresses::show_form(visit, id).await,
        ("POST", ["addresses", id]) => addresses::keep_address(visit, id).await,
        ("POST", ["addresses", id, "removal"]) => addresses::delete_address(visit, id).await,
        // Whoever loads a page again that answered a form comes back to where the form was.
        ("GET", ["security", ..]) => Response::see_other("/account/security"),
        ("GET", ["details" | "data", _]) => Response::see_other("/account/details"),
        ("GET" | "POST", _) => Err(Problem::not_found("page")),
        _ => Err(Problem::new(Code::MethodNotAllowed, "Pages are read with GET and changed with POST.")),
    }
}

async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (frame, user, orders) =
        join!(visit.frame(), visit.shop.profile(), visit.shop.orders(None, LATEST_ORDERS));
    let reply = told(visit, |done| match done {
        "welcome" => Some("Welcome to the market"),
        "verification" => Some("The mail is on its way"),
        "verified" => Some("Your address is confirmed"),
        _ => None,
    });
    let orders: Option<Vec<Order>> = orders.ok().map(|list| list.items);
    Ok(private_page(200, overview::overview(&frame, &user?, orders.as_deref(), &reply)))
}

/// What the address of the page says has just worked. It only names it, so that nobody can put words into our mouth.
fn told(visit: &Visit<'_>, words: impl Fn(&str) -> Option<&'static str>) -> Reply {
    let done = visit.request.query_value("done").unwrap_or_default();
    words(&done).map(Reply::good).unwrap_or_default()
}

/// What somebody typed, without the spaces around it.
fn typed(form: &BTreeMap<String, String>, name: &str) -> String {
    let text = form.get(name).map(|text| text.trim()).unwrap_or_default();
    text.chars().take(FIELD_CHARACTERS_MAX).collect()
}

/// A password is taken as it was typed: a space may be part of it.
fn typed_password(form: &BTreeMap<String, String>, name: &str) -> String {
    form.get(name).map(|text| text.chars().take(FIELD_CHARACTERS_MAX).collect()).unwrap_or_default()
}

/// What is said of a form that was not taken; problems that a form cannot mend are passed on.
fn refusal(problem: Problem, title: &str) -> Result<(u16, Reply), Problem> {
    let complaints = Complaints::from_errors(&problem.errors);
    let text = match problem.code {
        Code::Invalid if complaints.is_empty() => problem.detail.clone(),
        Code::Invalid => "Please look at the marked fields.".to_owned(),
        Code::Conflict | Code::TooManyAttempts => problem.detail.clone(),
        _ => return Err(problem),
    };
    Ok((problem.status, Reply { message: Some(Message::bad(title, text)), complaints }))
}
