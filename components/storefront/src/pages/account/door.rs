//! Signing in, registering, signing out.

use std::collections::BTreeMap;

use merkato_contract::{
    problem::{Code, Problem},
    user::{Login, Register},
};
use merkato_edge::Response;

use super::{refusal, told, typed, typed_password};
use crate::{
    sealed::Seal,
    sign_in,
    views::{
        account::{
            FIELD_NEXT, Reply,
            door::{self, Typed},
        },
        field::Complaints,
        message::Message,
    },
    visit::{Visit, private_page},
};

/// How long a password that was right waits for its second factor, in seconds: as long as it takes to find a phone.
const PENDING_SECONDS: u32 = 10 * 60;
/// What the waiting password is sealed for.
const PURPOSE: &str = "sign-in";
/// Parts what was sealed: no address and no page of the shop can hold it.
const SEPARATOR: char = '\n';

/// Shows the door.
pub async fn show_sign_in(visit: &Visit<'_>) -> Result<Response, Problem> {
    let next = next_in_query(visit);
    if visit.shop.asker.is_account() {
        return Response::see_other(&next);
    }
    let reply = told(visit, |done| match done {
        "signed-out" => Some("You are signed out"),
        "everywhere" => Some("You are signed out everywhere"),
        "password" => Some("Your new password holds"),
        "deleted" => Some("Your account is deleted"),
        _ => None,
    });
    show_sign_in_with(visit, 200, &Typed { next, ..Typed::default() }, &reply).await
}

async fn show_sign_in_with(
    visit: &Visit<'_>,
    status: u16,
    typed: &Typed,
    reply: &Reply,
) -> Result<Response, Problem> {
    let provider = provider(visit)?;
    Ok(private_page(status, door::sign_in(&visit.frame().await, typed, provider.as_deref(), reply)))
}

/// Who else may say who somebody is: the host of the operator's provider.
fn provider(visit: &Visit<'_>) -> Result<Option<String>, Problem> {
    let issuer = visit.context.optional_setting("oidc_issuer")?;
    Ok(issuer.map(|issuer| {
        let host = issuer.split_once("://").map_or(issuer.as_str(), |(_, host)| host);
        host.split('/').next().unwrap_or_default().to_owned()
    }))
}

fn next_in_query(visit: &Visit<'_>) -> String {
    sign_in::next(visit.request.query_value(FIELD_NEXT).as_deref()).to_owned()
}

fn next_in(form: &BTreeMap<String, String>) -> String {
    sign_in::next(form.get(FIELD_NEXT).map(String::as_str)).to_owned()
}

/// Signs in with a password, or goes on to the second factor.
pub async fn sign_in(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let typed = Typed { email: typed(&form, "email"), next: next_in(&form), ..Typed::default() };
    let password = typed_password(&form, "password");
    let login = Login { email: typed.email.clone(), password, code: None };
    match visit.shop.login(&login).await {
        Ok(signed_in) => sign_in::enter(visit, signed_in, &typed.next),
        Err(problem) if problem.code == Code::SecondFactorRequired => {
            wait_for_code(visit, &login, &typed.next)?;
            Response::see_other("/account/sign-in/code")
        }
        Err(problem) => {
            let (status, reply) = not_let_in(problem)?;
            show_sign_in_with(visit, status, &typed, &reply).await
        }
    }
}

fn not_let_in(problem: Problem) -> Result<(u16, Reply), Problem> {
    if problem.code == Code::Unauthenticated {
        return Ok((problem.status, Reply::bad("That did not open", problem.detail)));
    }
    refusal(problem, "That did not open")
}

/// The password was right. Until the code comes the browser keeps it, sealed, so that it stands on no page.
fn wait_for_code(visit: &mut Visit<'_>, login: &Login, next: &str) -> Result<(), Problem> {
    let end = visit.context.now().plus_milliseconds(i64::from(PENDING_SECONDS) * 1_000);
    let parts = [next, login.email.as_str(), login.password.as_str()];
    let text = parts.join(&SEPARATOR.to_string());
    let sealed = seal(visit)?.seal(visit.context.random()?, end, &text);
    let sealed =
        sealed.ok_or_else(|| visit.context.internal("a sign-in cannot be sealed", "the cipher refused"))?;
    visit.session.keep_pending(&sealed, PENDING_SECONDS);
    Ok(())
}

fn seal(visit: &Visit<'_>) -> Result<Seal, Problem> {
    let key = visit.context.setting("cookie_key")?;
    Seal::new(&key, PURPOSE)
        .ok_or_else(|| visit.context.internal("there is no seal", "the key has no digest"))
}

/// Where the sign-in that waits for its code goes on to, and what it has so far.
fn waiting(visit: &Visit<'_>) -> Result<Option<(String, Login)>, Problem> {
    let Some(sealed) = visit.session.pending() else { return Ok(None) };
    let Some(text) = seal(visit)?.open(visit.context.now(), sealed) else { return Ok(None) };
    let mut parts = text.splitn(3, SEPARATOR).map(str::to_owned);
    let (Some(next), Some(email), Some(password)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    Ok(Some((next, Login { email, password, code: None })))
}

/// Asks for the second factor.
pub async fn show_code(visit: &Visit<'_>) -> Result<Response, Problem> {
    if waiting(visit)?.is_none() {
        return Response::see_other("/account/sign-in");
    }
    show_code_with(visit, 200, &Reply::default()).await
}

async fn show_code_with(visit: &Visit<'_>, status: u16, reply: &Reply) -> Result<Response, Problem> {
    let html = door::second_factor(&visit.frame().await, "/account/sign-in/code", &[], reply);
    Ok(private_page(status, html))
}

/// Signs in with the second factor.
pub async fn sign_in_with_code(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let Some((next, login)) = waiting(visit)? else {
        let reply = Reply::bad("That took too long", "Please sign in once more.");
        return show_sign_in_with(visit, 422, &Typed::default(), &reply).await;
    };
    let login = Login { code: Some(typed(&form, "code")), ..login };
    match visit.shop.login(&login).await {
        Ok(signed_in) => sign_in::enter(visit, signed_in, sign_in::next(Some(&next))),
        Err(problem) => {
            let (status, reply) = wrong_code(problem)?;
            show_code_with(visit, status, &reply).await
        }
    }
}

/// What is said of a code that did not open.
pub fn wrong_code(problem: Problem) -> Result<(u16, Reply), Problem> {
    if problem.code != Code::SecondFactorRequired {
        return not_let_in(problem);
    }
    let mut complaints = Complaints::default();
    complaints.add("code", "does not hold, or was used before");
    let message = Message::bad("That did not open", "Authenticators show a new code every half minute.");
    Ok((problem.status, Reply { message: Some(message), complaints }))
}

/// Shows the form for a new account.
pub async fn show_register(visit: &Visit<'_>) -> Result<Response, Problem> {
    let next = next_in_query(visit);
    if visit.shop.asker.is_account() {
        return Response::see_other(&next);
    }
    let typed = Typed { next, ..Typed::default() };
    Ok(private_page(200, door::register(&visit.frame().await, &typed, &Reply::default())))
}

/// Makes an account, whether or not the address is known here.
pub async fn register(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let typed = Typed {
        email: typed(&form, "email"),
        first_name: typed(&form, "first_name"),
        last_name: typed(&form, "last_name"),
        next: next_in(&form),
    };
    let wanted = Register {
        email: typed.email.clone(),
        password: typed_password(&form, "password"),
        first_name: typed.first_name.clone(),
        last_name: typed.last_name.clone(),
    };
    match visit.shop.register(&wanted).await {
        Ok(signed_in) => {
            let next = if typed.next == sign_in::HOME { "/account?done=welcome" } else { &typed.next };
            sign_in::enter(visit, signed_in, next)
        }
        Err(problem) => {
            let (status, reply) = refusal(problem, "Something is missing or not right")?;
            Ok(private_page(status, door::register(&visit.frame().await, &typed, &reply)))
        }
    }
}

/// Signs out here or, if the form says so, everywhere.
pub async fn sign_out(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let everywhere = visit.form()?.contains_key("everywhere");
    let ended = match visit.session.refresh_token() {
        Some(token) => visit.shop.logout(token, everywhere).await,
        None => Ok(()),
    };
    // Of other devices nothing is said that is not so. Here the tokens are gone in any case; the log knows why.
    if everywhere {
        ended?;
    }
    leave(visit);
    Response::see_other(if everywhere {
        "/account/sign-in?done=everywhere"
    } else {
        "/account/sign-in?done=signed-out"
    })
}

/// Forgets all that this browser knew of the account.
pub fn leave(visit: &mut Visit<'_>) {
    visit.session.forget_tokens();
    visit.session.forget_pending();
    visit.session.forget_draft();
    visit.session.renew(visit.context.ids());
}
