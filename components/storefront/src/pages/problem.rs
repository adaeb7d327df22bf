//! Pages about what went wrong.

use merkato_contract::problem::{Code, Problem};
use merkato_edge::Response;

use crate::{
    views,
    visit::{Visit, page, private_page},
};

/// The help page of one kind of problem.
pub async fn help(visit: &Visit<'_>, name: &str) -> Result<Response, Problem> {
    let code = Code::ALL.iter().find(|code| code.name() == name).ok_or_else(|| Problem::not_found("page"))?;
    Ok(page(200, views::problem::help(&visit.frame().await, *code)))
}

/// The page for a problem that stopped another page.
pub async fn at_hand(visit: &Visit<'_>, problem: &Problem) -> Response {
    // Whoever did not answer is not asked again: the shopper has waited long enough.
    let frame = match problem.code {
        Code::Unavailable | Code::Internal => visit.bare_frame(),
        _ => visit.frame().await,
    };
    let response = private_page(problem.status, views::problem::problem(&frame, problem));
    match problem.code {
        Code::MethodNotAllowed => response.with_header("allow", "GET, HEAD, POST"),
        Code::Unavailable => response.with_header("retry-after", RETRY_AFTER_SECONDS),
        _ => response,
    }
}

/// When it is worth to come back: a service that was scaled to zero is awake by then.
const RETRY_AFTER_SECONDS: &str = "5";
