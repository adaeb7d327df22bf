//! The page for a problem that stopped another page.

use merkato_contract::problem::{Code, Problem};
use merkato_edge::Response;

use crate::{
    views::{self, layout::Frame},
    visit::page,
};

/// When it is worth to come back, in seconds: a service that was scaled to zero is awake by then.
const RETRY_AFTER_SECONDS: &str = "5";

/// The page for `problem`.
pub fn at_hand(frame: Option<&Frame>, problem: &Problem) -> Response {
    let response = page(problem.status, views::problem::problem(frame, problem));
    match problem.code {
        Code::MethodNotAllowed => response.with_header("allow", "GET, HEAD, POST"),
        Code::Unavailable => response.with_header("retry-after", RETRY_AFTER_SECONDS),
        _ => response,
    }
}
