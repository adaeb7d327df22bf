//! `/api/users` for people, `/internal/users` for the shop's own services, and the public keys for everybody.

mod addresses;
mod external;
mod internal;
mod mfa;
mod people;
mod profile;
mod recovery;
mod sign_in;

use http::Method;
use merkato_commerce::{Invalid, ids::UserId};
use merkato_contract::problem::{Code, Problem};
use merkato_edge::{Context, Request, Response};

use crate::{
    message::Outbox,
    sealed::Key,
    signing::SigningKeys,
    store::{Store, account::Account},
    throttle,
};

/// The keys change seldom, and both are told long before the new one signs.
const KEYS_CACHE: &str = "public, max-age=300";

/// Answers one request. Messages that it writes are noted in `outbox`.
pub async fn route(context: &Context, request: &Request, outbox: &Outbox) -> Result<Response, Problem> {
    // Without keys that may sign nothing is done at all, so that nobody finds out half-way.
    let signing = SigningKeys::of(context)?;
    match request.segments().as_slice() {
        [".well-known", "jwks.json"] => keys(request, &signing),
        ["internal", "users", rest @ ..] => internal::route(context, request, rest).await,
        ["api", "users", "oidc", step] => external::route(context, request, step).await,
        ["api", "users", "me", "addresses", rest @ ..] => addresses::route(context, request, rest),
        ["api", "users", "me", "mfa", rest @ ..] => mfa::route(context, request, rest),
        ["api", "users", "me", rest @ ..] => profile::route(context, request, outbox, rest).await,
        ["api", "users", "register"] => posted(request, || sign_in::register(context, request, outbox)),
        ["api", "users", "login"] => posted(request, || sign_in::login(context, request)),
        ["api", "users", "refresh"] => posted(request, || sign_in::refresh(context, request)),
        ["api", "users", "logout"] => posted(request, || sign_in::logout(context, request)),
        ["api", "users", "verify-email"] => posted(request, || recovery::verify_email(context, request)),
        ["api", "users", "forgot-password"] => {
            posted(request, || recovery::forgot_password(context, request, outbox))
        }
        ["api", "users", "reset-password"] => {
            posted(request, || recovery::reset_password(context, request, outbox))
        }
        ["api", "users", rest @ ..] => people::route(context, request, rest),
        _ => Err(Problem::not_found("address")),
    }
}

fn posted(
    request: &Request,
    answer: impl FnOnce() -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    if request.method == Method::POST { answer() } else { Ok(Response::method_not_allowed("POST")) }
}

fn keys(request: &Request, signing: &SigningKeys) -> Result<Response, Problem> {
    if request.method != Method::GET {
        return Ok(Response::method_not_allowed("GET"));
    }
    Ok(Response::json(200, &signing.public())?.with_header("cache-control", KEYS_CACHE))
}

/// Who is signed in.
fn user_id(context: &Context, request: &Request) -> Result<UserId, Problem> {
    let caller = context.caller(request)?;
    caller.user_id().ok_or_else(|| Problem::new(Code::Unauthenticated, "Please sign in."))
}

/// The account of whoever is signed in. A token outlives a deleted account by its minutes, and opens nothing then.
fn own_account(context: &Context, request: &Request, store: &Store<'_>) -> Result<Account, Problem> {
    let account = store.account(user_id(context, request)?)?;
    account.ok_or_else(account_gone)
}

fn account_gone() -> Problem {
    Problem::new(Code::Unauthenticated, "There is no such account any more.")
}

/// Refuses a request with something wrong in it.
fn checked(problems: impl IntoIterator<Item = Invalid>) -> Result<(), Problem> {
    let problems = problems.into_iter().collect::<Vec<_>>();
    if problems.is_empty() { Ok(()) } else { Err(Problem::invalid(problems)) }
}

/// Whether `password` is the account's, asked of somebody who is signed in: `field` is wrong if it is not. The inner
/// answer is for those who tried too often.
fn confirmed(
    context: &Context,
    store: &Store<'_>,
    account: &Account,
    field: &str,
    password: &str,
) -> Result<Result<(), Response>, Problem> {
    let tried = match throttle::confirm(context, store, &Key::of(context)?, &account.id.to_string())? {
        Ok(tried) => tried,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !right_password(context, password, account.password_hash.as_deref())? {
        return Err(Invalid::new(field, "is not the account's password").into());
    }
    tried.succeeded(store)?;
    Ok(Ok(()))
}

fn right_password(context: &Context, password: &str, hash: Option<&str>) -> Result<bool, Problem> {
    let right = crate::password::verify(password, hash);
    right.map_err(|error| context.internal("a password cannot be checked", error))
}

fn hashed_password(context: &Context, password: &str) -> Result<String, Problem> {
    let hash = crate::password::hash(password, &context.random()?);
    hash.map_err(|error| context.internal("a password cannot be kept", error))
}
