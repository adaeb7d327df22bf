//! What mails lead to: a verified address, a new password.

use merkato_commerce::{Invalid, text::Email};
use merkato_contract::{
    message::Template,
    problem::Problem,
    user::{ForgotPassword, ResetPassword, VerifyEmail},
    user_validation,
};
use merkato_edge::{Context, Request, Response};

use super::{checked, hashed_password};
use crate::{
    message::{self, Outbox},
    sealed::Key,
    store::Store,
    throttle,
};

/// Notes that an address belongs to an account.
pub fn verify_email(context: &Context, request: &Request) -> Result<Response, Problem> {
    let verify = request.json::<VerifyEmail>()?;
    let (store, key) = (Store::open(context)?, Key::of(context)?);
    let kept = message::asked_by(context, &store, &key, Template::VerifyEmail, &verify.token)?;
    let kept = kept.ok_or_else(no_token)?;
    if store.verify_email(kept.user_id, kept.epoch, &kept.email)? {
        Ok(Response::empty(204))
    } else {
        Err(no_token())
    }
}

/// Sends the way to a new password to an address that is known here. The answer is the same for any other.
pub fn forgot_password(context: &Context, request: &Request, outbox: &Outbox) -> Result<Response, Problem> {
    let forgot = request.json::<ForgotPassword>()?;
    let email = forgot.email.parse::<Email>()?;
    let (store, key) = (Store::open(context)?, Key::of(context)?);
    if let Some(refusal) = throttle::request(context, &store, request, &key)? {
        return Ok(refusal);
    }
    let message = context.ids().next();
    let may_send = throttle::may_mail(context, &store, &key, &email)?;
    store.write_reset(message, &email, may_send)?;
    outbox.add(message);
    Ok(Response::empty(202))
}

/// Sets a new password and ends every session. Whoever has done so may sign in from here, whatever goes on elsewhere.
pub fn reset_password(context: &Context, request: &Request, outbox: &Outbox) -> Result<Response, Problem> {
    let reset = request.json::<ResetPassword>()?;
    checked(user_validation::password("password", &reset.password, None))?;
    let (store, key) = (Store::open(context)?, Key::of(context)?);
    let kept = message::asked_by(context, &store, &key, Template::ResetPassword, &reset.token)?;
    let kept = kept.ok_or_else(no_token)?;
    let hash = hashed_password(context, &reset.password)?;
    let account = store.reset_password(kept.user_id, kept.epoch, &kept.email, &hash)?;
    let account = account.ok_or_else(no_token)?;
    throttle::let_in(context, &store, request, &key, &account.email)?;
    let message = context.ids().next();
    store.write_password_changed(message, &account)?;
    outbox.add(message);
    Ok(Response::empty(204))
}

fn no_token() -> Problem {
    Invalid::new("token", "does not hold, has expired, or was used; ask for a new mail").into()
}
