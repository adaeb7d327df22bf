//! `/api/users/me`: what somebody sees of their account and changes in it.

use http::Method;
use merkato_commerce::{Invalid, ids::UserId, text::Email};
use merkato_contract::{
    problem::{Code, Problem},
    user::{ChangeEmail, ChangePassword, ChangeProfile, DeleteAccount, Export, Preferences},
    user_validation,
};
use merkato_edge::{Context, Request, Response};

use super::{account_gone, checked, confirmed, hashed_password, own_account, user_id};
use crate::{
    message::Outbox,
    sealed::Key,
    session,
    store::{Store, address::ADDRESSES_MAX},
    throttle,
};

/// Answers a request to `rest` below `/api/users/me`.
pub async fn route(
    context: &Context,
    request: &Request,
    outbox: &Outbox,
    rest: &[&str],
) -> Result<Response, Problem> {
    match (&request.method, rest) {
        (&Method::GET, []) => get_profile(context, request),
        (&Method::PATCH, []) => change_profile(context, request),
        (&Method::DELETE, []) => delete_account(context, request).await,
        (&Method::GET, ["notifications"]) => get_preferences(context, request),
        (&Method::PUT, ["notifications"]) => change_preferences(context, request),
        (&Method::GET, ["export"]) => export(context, request),
        (&Method::POST, ["password"]) => change_password(context, request, outbox),
        (&Method::POST, ["email"]) => change_email(context, request, outbox),
        (&Method::POST, ["verify-email"]) => send_verification(context, request, outbox),
        (_, []) => Ok(Response::method_not_allowed("GET, PATCH, DELETE")),
        (_, ["notifications"]) => Ok(Response::method_not_allowed("GET, PUT")),
        (_, ["export"]) => Ok(Response::method_not_allowed("GET")),
        (_, ["password" | "email" | "verify-email"]) => Ok(Response::method_not_allowed("POST")),
        _ => Err(Problem::not_found("address")),
    }
}

fn get_profile(context: &Context, request: &Request) -> Result<Response, Problem> {
    Response::json(200, &own_account(context, request, &Store::open(context)?)?.user())
}

fn change_profile(context: &Context, request: &Request) -> Result<Response, Problem> {
    let id = user_id(context, request)?;
    let change = request.json::<ChangeProfile>()?;
    checked(user_validation::change_profile(&change))?;
    let trimmed = |name: &Option<String>| name.as_deref().map(str::trim).map(str::to_owned);
    let (first_name, last_name) = (trimmed(&change.first_name), trimmed(&change.last_name));
    let store = Store::open(context)?;
    let account = store.change_profile(id, first_name.as_deref(), last_name.as_deref())?;
    Response::json(200, &account.ok_or_else(account_gone)?.user())
}

/// Orders stay with the till, which must keep its books; they name the account by an id that says nothing any more.
/// What else it keeps for the account goes first, so that nothing is left behind of an account that is gone: if the till
/// does not answer, the account is still there to be deleted. A password that is given has to be right: a page asks for
/// it, so that nobody deletes the account of whoever has left a browser open.
async fn delete_account(context: &Context, request: &Request) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    let account = own_account(context, request, &store)?;
    let delete = if request.body.is_empty() { DeleteAccount::default() } else { request.json()? };
    if let Some(password) = delete.password.filter(|_| account.password_hash.is_some())
        && let Err(refusal) = confirmed(context, &store, &account, "password", &password)?
    {
        return Ok(refusal);
    }
    let id = account.id;
    context.call(context.coordinator(Method::DELETE, format!("/v1/users/{id}"))?).await?;
    if store.delete_account(id)? { Ok(Response::empty(204)) } else { Err(account_gone()) }
}

fn get_preferences(context: &Context, request: &Request) -> Result<Response, Problem> {
    Response::json(200, &own_account(context, request, &Store::open(context)?)?.preferences)
}

fn change_preferences(context: &Context, request: &Request) -> Result<Response, Problem> {
    let id = user_id(context, request)?;
    let preferences = request.json::<Preferences>()?;
    checked(user_validation::preferences(&preferences))?;
    if Store::open(context)?.change_preferences(id, &preferences)? {
        Response::json(200, &preferences)
    } else {
        Err(account_gone())
    }
}

fn export(context: &Context, request: &Request) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    let account = own_account(context, request, &store)?;
    let export = Export {
        exported_at: context.now().into(),
        user: account.user(),
        addresses: store.addresses(account.id, None, ADDRESSES_MAX)?,
        sessions: store.sessions(&account)?,
        messages: store.messages(account.id)?,
        preferences: account.preferences,
        external_issuer: account.external_issuer,
    };
    Ok(Response::json(200, &export)?
        .with_header("content-disposition", "attachment; filename=\"merkato-account.json\""))
}

/// Signs out everywhere else; here a new session begins.
fn change_password(context: &Context, request: &Request, outbox: &Outbox) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    let account = own_account(context, request, &store)?;
    let change = request.json::<ChangePassword>()?;
    let email = account.email.as_str();
    checked(user_validation::password("new_password", &change.new_password, Some(email)))?;
    let confirmed = confirmed(context, &store, &account, "current_password", &change.current_password)?;
    if let Err(refusal) = confirmed {
        return Ok(refusal);
    }
    let hash = hashed_password(context, &change.new_password)?;
    let account = store.change_password(account.id, account.epoch, &hash)?.ok_or_else(changed_meanwhile)?;
    let message = context.ids().next();
    store.write_password_changed(message, &account)?;
    outbox.add(message);
    Response::json(200, &session::begin(context, &store, &account)?)
}

/// Sends a mail to the new address; the account keeps the old one until it is answered.
fn change_email(context: &Context, request: &Request, outbox: &Outbox) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    let account = own_account(context, request, &store)?;
    let change = request.json::<ChangeEmail>()?;
    let email = change.email.parse::<Email>()?;
    if throttle::email_key(&email) == throttle::email_key(&account.email) {
        return Err(Invalid::new("email", "is the account's already").into());
    }
    if let Err(refusal) = confirmed(context, &store, &account, "password", &change.password)? {
        return Ok(refusal);
    }
    ask_to_verify(context, &store, account.id, &email, outbox)
}

fn send_verification(context: &Context, request: &Request, outbox: &Outbox) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    let account = own_account(context, request, &store)?;
    if account.email_verified {
        return Err(Problem::new(Code::Conflict, "The address is verified already."));
    }
    ask_to_verify(context, &store, account.id, &account.email, outbox)
}

fn ask_to_verify(
    context: &Context,
    store: &Store<'_>,
    id: UserId,
    email: &Email,
    outbox: &Outbox,
) -> Result<Response, Problem> {
    let may_send = throttle::may_mail(context, store, &Key::of(context)?, email)?;
    let message = context.ids().next();
    store.write_verification(message, id, email, may_send)?;
    outbox.add(message);
    Ok(Response::empty(202))
}

fn changed_meanwhile() -> Problem {
    Problem::new(Code::Conflict, "The account was changed meanwhile. Please sign in again.")
}
