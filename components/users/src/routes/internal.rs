//! `/internal/users`: for the shop's own services, and for whoever opens it.

use http::Method;
use merkato_commerce::{ids::UserId, text::Email};
use merkato_contract::{
    problem::Problem,
    user::{CreateAccount, User},
    user_validation,
};
use merkato_edge::{Context, Request, Response};
use serde::Serialize;

use super::{checked, hashed_password};
use crate::{
    message,
    store::{Store, account::NewAccount},
};

/// Answers a request to `rest` below `/internal/users`.
pub async fn route(context: &Context, request: &Request, rest: &[&str]) -> Result<Response, Problem> {
    context.service(request)?;
    match (&request.method, rest) {
        (&Method::POST, ["accounts"]) => create_account(context, request),
        (&Method::POST, ["sweep"]) => sweep(context).await,
        (&Method::GET, [id, "contact"]) => get_contact(context, id),
        (_, ["accounts" | "sweep"]) => Ok(Response::method_not_allowed("POST")),
        (_, [_, "contact"]) => Ok(Response::method_not_allowed("GET")),
        _ => Err(Problem::not_found("address")),
    }
}

fn create_account(context: &Context, request: &Request) -> Result<Response, Problem> {
    let account = request.json::<CreateAccount>()?;
    checked(user_validation::create_account(&account))?;
    let email = account.email.parse::<Email>()?;
    let store = Store::open(context)?;
    if let Some(there) = verified(&store, &email)? {
        return Response::json(200, &there);
    }
    let hash = hashed_password(context, &account.password)?;
    let new = NewAccount {
        id: UserId::generate(context.ids()),
        email: &email,
        email_verified: true,
        password_hash: Some(&hash),
        first_name: account.first_name.trim(),
        last_name: account.last_name.trim(),
        role: account.role,
        external: None,
    };
    if let Some(created) = store.create_account(&new)? {
        return Response::json(201, &created.user());
    }
    // Somebody else made it at the same moment.
    match verified(&store, &email)? {
        Some(there) => Response::json(200, &there),
        None => Err(context.internal("an account left no row", "nobody has its address")),
    }
}

fn verified(store: &Store<'_>, email: &Email) -> Result<Option<User>, Problem> {
    Ok(store.accounts_to_sign_in(email)?.0.map(|account| account.user()))
}

/// The answer to the timer.
#[derive(Debug, Serialize)]
struct Swept {
    /// Messages that went out.
    sent: u64,
    /// Messages that are still to be sent.
    left: i64,
}

async fn sweep(context: &Context) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    let sent = message::sweep(context, &store).await?;
    store.delete_old_messages()?;
    store.delete_old_sessions()?;
    store.delete_old_tries()?;
    store.delete_old_external_logins()?;
    Response::json(200, &Swept { sent, left: store.waiting_count()? })
}

fn get_contact(context: &Context, id: &str) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("account");
    let id = id.parse::<UserId>().map_err(|_| unknown())?;
    let account = Store::open(context)?.account(id)?;
    Response::json(200, &account.ok_or_else(unknown)?.contact())
}
