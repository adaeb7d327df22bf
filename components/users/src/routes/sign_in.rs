//! Registering, signing in, staying signed in, and signing out.

use merkato_commerce::{ids::UserId, text::Email};
use merkato_contract::{
    problem::{Code, Problem},
    token::Role,
    user::{Login, Logout, Refresh, Register},
    user_validation,
};
use merkato_edge::{Context, Request, Response};

use super::{checked, hashed_password, right_password};
use crate::{
    message::Outbox,
    sealed::Key,
    second_factor,
    session::{self, RefreshToken},
    store::{Store, account::NewAccount},
    throttle,
};

/// A new account, whether or not somebody has the address already: see the head of this crate.
pub fn register(context: &Context, request: &Request, outbox: &Outbox) -> Result<Response, Problem> {
    let register = request.json::<Register>()?;
    checked(user_validation::register(&register))?;
    let email = register.email.parse::<Email>()?;
    let (store, key) = (Store::open(context)?, Key::of(context)?);
    if let Some(refusal) = throttle::request(context, &store, request, &key)? {
        return Ok(refusal);
    }
    let hash = hashed_password(context, &register.password)?;
    let account = store.create_account(&NewAccount {
        id: UserId::generate(context.ids()),
        email: &email,
        email_verified: false,
        password_hash: Some(&hash),
        first_name: register.first_name.trim(),
        last_name: register.last_name.trim(),
        role: Role::Customer,
        external: None,
    })?;
    let account = account.ok_or_else(|| context.internal("an account left no row", "it was a new one"))?;
    let message = context.ids().next();
    let may_send = throttle::may_mail(context, &store, &key, &email)?;
    store.write_verification(message, account.id, &email, may_send)?;
    outbox.add(message);
    Response::json(201, &session::begin(context, &store, &account)?)
}

/// Signs in with a password, and a code where the account wants one.
pub fn login(context: &Context, request: &Request) -> Result<Response, Problem> {
    let login = request.json::<Login>()?;
    let email = login.email.parse::<Email>()?;
    checked(login.code.as_deref().and_then(|code| user_validation::token("code", code)))?;
    let (store, key) = (Store::open(context)?, Key::of(context)?);
    let tries = match throttle::sign_in(context, &store, request, &key, &email)? {
        Ok(tries) => tries,
        Err(refusal) => return Ok(refusal),
    };
    let (verified, latest) = store.accounts_to_sign_in(&email)?;
    let mut found = None;
    for account in [verified, latest] {
        let hash = account.as_ref().and_then(|account| account.password_hash.as_deref());
        // Both are looked at, come what may, so that it takes the same time.
        if right_password(context, &login.password, hash)? && found.is_none() {
            found = account;
        }
    }
    let Some(account) = found else {
        return Err(Problem::new(Code::Unauthenticated, "The e-mail address or the password is not right."));
    };
    if account.mfa_enabled() && login.code.is_none() {
        // The password was right, and no code was guessed.
        tries.given_back(&store)?;
        second_factor::demand(context, &store, &key, &account, None)?;
    }
    second_factor::demand(context, &store, &key, &account, login.code.as_deref())?;
    tries.succeeded(&store, &account)?;
    Response::json(200, &session::begin(context, &store, &account)?)
}

/// Goes on with a session.
pub fn refresh(context: &Context, request: &Request) -> Result<Response, Problem> {
    let refresh = request.json::<Refresh>()?;
    let store = Store::open(context)?;
    let may_repeat = context.service(request).is_ok();
    match session::refresh(context, &store, &refresh.refresh_token, may_repeat)? {
        Some(signed_in) => Response::json(200, &signed_in),
        None => {
            Err(Problem::new(Code::Unauthenticated, "The refresh token does not hold. Please sign in again."))
        }
    }
}

/// Ends the session, or all of the account's. A token that does not work any more ends its session too, and no other.
pub fn logout(context: &Context, request: &Request) -> Result<Response, Problem> {
    let logout = request.json::<Logout>()?;
    let store = Store::open(context)?;
    if let Some(token) = RefreshToken::parse(&logout.refresh_token) {
        match store.end_session_of(&token)? {
            Some(user) if logout.everywhere => drop(store.end_epoch(user)?),
            Some(_) => {}
            None => drop(store.end_session(&token.session)?),
        }
    }
    Ok(Response::empty(204))
}
