//! `/api/users/me/mfa`: a second factor, from its secret to its end.

use http::Method;
use merkato_commerce::Invalid;
use merkato_contract::{
    problem::{Code, Problem},
    user::{BeginMfa, MfaCode, MfaSecret, RecoveryCodes},
    user_validation,
};
use merkato_edge::{Context, Request, Response};

use super::{checked, confirmed, own_account};
use crate::{
    recovery_code,
    sealed::Key,
    second_factor,
    store::{Store, account::Account},
    throttle, totp,
};

/// Answers a request to `rest` below `/api/users/me/mfa`.
pub fn route(context: &Context, request: &Request, rest: &[&str]) -> Result<Response, Problem> {
    let Ok(step) = Step::try_from(rest) else { return Err(Problem::not_found("address")) };
    if request.method != Method::POST {
        return Ok(Response::method_not_allowed("POST"));
    }
    let store = Store::open(context)?;
    let account = own_account(context, request, &store)?;
    match step {
        Step::Begin => begin(context, request, &store, &account),
        Step::Confirm => confirm(context, request, &store, &account),
        Step::RecoveryCodes => replace_recovery_codes(context, request, &store, &account),
        Step::Disable => disable(context, request, &store, &account),
    }
}

enum Step {
    Begin,
    Confirm,
    RecoveryCodes,
    Disable,
}

impl TryFrom<&[&str]> for Step {
    type Error = ();

    fn try_from(rest: &[&str]) -> Result<Self, ()> {
        match rest {
            [] => Ok(Self::Begin),
            ["confirm"] => Ok(Self::Confirm),
            ["recovery-codes"] => Ok(Self::RecoveryCodes),
            ["disable"] => Ok(Self::Disable),
            _ => Err(()),
        }
    }
}

/// A secret for an authenticator. Whoever only has an access token must not get to lock the owner out, so the password
/// is asked for where there is one.
fn begin(
    context: &Context,
    request: &Request,
    store: &Store<'_>,
    account: &Account,
) -> Result<Response, Problem> {
    let begin = if request.body.is_empty() { BeginMfa::default() } else { request.json::<BeginMfa>()? };
    if account.password_hash.is_some() {
        let Some(password) = begin.password else {
            return Err(Invalid::new("password", "is missing").into());
        };
        if let Err(refusal) = confirmed(context, store, account, "password", &password)? {
            return Ok(refusal);
        }
    }
    let secret = context.random::<{ totp::SECRET_BYTES }>()?;
    let sealed = Key::of(context)?.seal(context, account.id, &secret)?;
    if !store.begin_totp(account.id, &sealed)? {
        return Err(Problem::new(Code::Conflict, "There is a second factor already; disable it first."));
    }
    let secret = MfaSecret {
        secret: totp::base32(&secret),
        otpauth_url: totp::otpauth_url(&secret, account.email.as_str()),
    };
    Response::json(200, &secret)
}

/// The first code of the authenticator puts it into effect.
fn confirm(
    context: &Context,
    request: &Request,
    store: &Store<'_>,
    account: &Account,
) -> Result<Response, Problem> {
    let code = given_code(request)?;
    let Some(pending) = account.totp.as_ref().filter(|totp| !totp.confirmed) else {
        return Err(Problem::new(Code::Conflict, "There is no second factor to confirm."));
    };
    let key = Key::of(context)?;
    let tried = match throttle::confirm(context, store, &key, &account.id.to_string())? {
        Ok(tried) => tried,
        Err(refusal) => return Ok(refusal),
    };
    let secret = key.open(context, account.id, &pending.sealed_secret)?;
    let step = totp::digits(&code)
        .and_then(|digits| totp::step_of(&digits, &secret, context.now(), pending.last_step));
    let step = step.ok_or_else(wrong_code)?;
    let codes = fresh_codes(context)?;
    if !store.confirm_totp(account.id, &pending.sealed_secret, step, &hashes(&codes))? {
        return Err(Problem::new(Code::Conflict, "The second factor was changed meanwhile."));
    }
    tried.succeeded(store)?;
    Response::json(200, &RecoveryCodes { recovery_codes: codes })
}

fn replace_recovery_codes(
    context: &Context,
    request: &Request,
    store: &Store<'_>,
    account: &Account,
) -> Result<Response, Problem> {
    if let Err(refusal) = demanded(context, request, store, account)? {
        return Ok(refusal);
    }
    let codes = fresh_codes(context)?;
    store.replace_recovery_codes(account.id, &hashes(&codes))?;
    Response::json(200, &RecoveryCodes { recovery_codes: codes })
}

fn disable(
    context: &Context,
    request: &Request,
    store: &Store<'_>,
    account: &Account,
) -> Result<Response, Problem> {
    if let Err(refusal) = demanded(context, request, store, account)? {
        return Ok(refusal);
    }
    store.end_totp(account.id)?;
    Ok(Response::empty(204))
}

/// Asks for a code of the second factor that is in effect.
fn demanded(
    context: &Context,
    request: &Request,
    store: &Store<'_>,
    account: &Account,
) -> Result<Result<(), Response>, Problem> {
    let code = given_code(request)?;
    if !account.mfa_enabled() {
        return Err(Problem::new(Code::Conflict, "There is no second factor."));
    }
    let key = Key::of(context)?;
    let tried = match throttle::confirm(context, store, &key, &account.id.to_string())? {
        Ok(tried) => tried,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !second_factor::accepts(context, store, &key, account, &code)? {
        return Err(wrong_code());
    }
    tried.succeeded(store)?;
    Ok(Ok(()))
}

fn given_code(request: &Request) -> Result<String, Problem> {
    let MfaCode { code } = request.json()?;
    checked(user_validation::token("code", &code))?;
    Ok(code)
}

fn fresh_codes(context: &Context) -> Result<Vec<String>, Problem> {
    (0..recovery_code::COUNT).map(|_| Ok(recovery_code::written(&context.random()?))).collect()
}

fn hashes(codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| recovery_code::hash(code)).collect()
}

fn wrong_code() -> Problem {
    Invalid::new("code", "does not hold, or was used before").into()
}
