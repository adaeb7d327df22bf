//! Signing in by the word of an external provider.
//!
//! The way out is a link and no form: a browser that holds a page to `form-action 'self'` follows no form abroad.

use merkato_contract::{
    problem::{Code, Problem},
    user::OidcFinish,
};
use merkato_edge::Response;

use super::{door::wrong_code, typed};
use crate::{
    session::PENDING_SECONDS_MAX,
    sign_in,
    views::account::{FIELD_NEXT, Reply, door},
    visit::{Visit, private_page},
};

/// Parts the token from where one goes on to; neither holds it.
const SEPARATOR: char = '~';

/// Goes to the provider. The browser keeps the token that shows that whoever comes back is whoever went.
pub async fn start(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let next = sign_in::next(visit.request.query_value(FIELD_NEXT).as_deref()).to_owned();
    let begun = visit.shop.begin_external().await?;
    let next = form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
    visit.session.keep_pending(&format!("{}{SEPARATOR}{next}", begun.login_token), PENDING_SECONDS_MAX);
    Response::see_other_abroad(&begun.url)
}

/// What somebody comes back with.
struct Back {
    finish: OidcFinish,
    next: String,
}

fn back(visit: &Visit<'_>, code: String, state: String, second_factor: Option<String>) -> Option<Back> {
    let (login_token, next) = visit.session.pending()?.split_once(SEPARATOR)?;
    let next = form_urlencoded::parse(next.as_bytes()).next().map(|(next, _)| next.into_owned());
    let next = sign_in::next(next.as_deref()).to_owned();
    Some(Back {
        finish: OidcFinish { code, state, login_token: login_token.to_owned(), second_factor },
        next,
    })
}

/// Comes back from the provider.
pub async fn come_back(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let value = |name| visit.request.query_value(name);
    match (value("code"), value("state")) {
        (Some(code), Some(state)) => finish(visit, back(visit, code, state, None)).await,
        _ => not_signed_in(visit, 422, "The provider did not say who you are.").await,
    }
}

/// Sends what the provider gave once more, with the second factor of the account.
pub async fn come_back_with_code(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let value = |name| form.get(name).cloned().unwrap_or_default();
    finish(visit, back(visit, value("provider_code"), value("state"), Some(typed(&form, "code")))).await
}

async fn finish(visit: &mut Visit<'_>, back: Option<Back>) -> Result<Response, Problem> {
    let Some(Back { finish, next }) = back else {
        return not_signed_in(visit, 422, "This sign-in was not begun in this browser, or took too long.")
            .await;
    };
    match visit.shop.finish_external(&finish).await {
        Ok(signed_in) => sign_in::enter(visit, signed_in, &next),
        Err(problem) if problem.code == Code::SecondFactorRequired && finish.second_factor.is_none() => {
            ask_for_code(visit, 200, &finish, &Reply::default()).await
        }
        Err(problem) if matches!(problem.code, Code::SecondFactorRequired | Code::TooManyAttempts) => {
            let (status, reply) = wrong_code(problem)?;
            ask_for_code(visit, status, &finish, &reply).await
        }
        Err(problem) if matches!(problem.code, Code::Unauthenticated | Code::Conflict | Code::Invalid) => {
            not_signed_in(visit, problem.status, &problem.detail).await
        }
        Err(problem) => Err(problem),
    }
}

async fn ask_for_code(
    visit: &Visit<'_>,
    status: u16,
    finish: &OidcFinish,
    reply: &Reply,
) -> Result<Response, Problem> {
    let hidden = [("provider_code", finish.code.as_str()), ("state", finish.state.as_str())];
    let html = door::second_factor(&visit.frame().await, "/account/external", &hidden, reply);
    Ok(private_page(status, html))
}

async fn not_signed_in(visit: &Visit<'_>, status: u16, text: &str) -> Result<Response, Problem> {
    let way = ("/account/sign-in", "Try again");
    let html = door::told(&visit.frame().await, "You are not signed in", text, way);
    Ok(private_page(status, html))
}
