//! `/api/users/oidc`: signing in by the external provider, if there is one.

use http::Method;
use merkato_contract::{problem::Problem, user::OidcFinish, user_validation};
use merkato_edge::{Context, Request, Response};

use super::checked;
use crate::{
    oidc::{self, Settings},
    sealed::Key,
    second_factor, session,
    store::Store,
    throttle,
};

/// Answers a request to `step` below `/api/users/oidc`.
pub async fn route(context: &Context, request: &Request, step: &str) -> Result<Response, Problem> {
    let Some(settings) = Settings::of(context)? else { return Err(Problem::not_found("address")) };
    match (&request.method, step) {
        (&Method::POST, "start") => start(context, request, &settings).await,
        (&Method::POST, "finish") => finish(context, request, &settings).await,
        (_, "start" | "finish") => Ok(Response::method_not_allowed("POST")),
        _ => Err(Problem::not_found("address")),
    }
}

async fn start(context: &Context, request: &Request, settings: &Settings) -> Result<Response, Problem> {
    let store = Store::open(context)?;
    if let Some(refusal) = throttle::request(context, &store, request, &Key::of(context)?)? {
        return Ok(refusal);
    }
    Response::json(200, &oidc::start(context, &store, settings).await?)
}

async fn finish(context: &Context, request: &Request, settings: &Settings) -> Result<Response, Problem> {
    let finish = request.json::<OidcFinish>()?;
    let fields = [
        ("code", Some(&finish.code)),
        ("state", Some(&finish.state)),
        ("login_token", Some(&finish.login_token)),
        ("second_factor", finish.second_factor.as_ref()),
    ];
    checked(fields.iter().filter_map(|(name, text)| user_validation::token(name, text.as_ref()?)))?;
    let (store, key) = (Store::open(context)?, Key::of(context)?);
    let account = oidc::who(context, &store, settings, &finish).await?;
    if let Some(code) = &finish.second_factor {
        let tried = match throttle::confirm(context, &store, &key, &account.id.to_string())? {
            Ok(tried) => tried,
            Err(refusal) => return Ok(refusal),
        };
        second_factor::demand(context, &store, &key, &account, Some(code))?;
        tried.succeeded(&store)?;
    } else {
        second_factor::demand(context, &store, &key, &account, None)?;
    }
    oidc::end(&store, &finish)?;
    Response::json(200, &session::begin(context, &store, &account)?)
}
