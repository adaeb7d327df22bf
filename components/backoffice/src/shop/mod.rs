//! How the other services are asked, each in the name of whoever is at work.
//!
//! Services with a public API get the access token and decide for themselves. The coordinator, which only services may
//! call, gets this service's own token and is told who it is for.

mod catalog;
mod door;
mod mailbox;
mod orders;
mod people;
mod reviews;
mod till;

use http::Method;
use merkato_contract::problem::Problem;
use merkato_edge::{Call, Caller, Context, Request};

pub use catalog::Versioned;
pub use door::Door;

/// The other services, as one request of a member of staff reaches them.
pub struct Shop<'a> {
    context: &'a Context,
    request: &'a Request,
    caller: Caller,
    access_token: &'a str,
}

impl<'a> Shop<'a> {
    /// The services, asked for `caller`, whose access token this is.
    pub const fn new(
        context: &'a Context,
        request: &'a Request,
        caller: Caller,
        access_token: &'a str,
    ) -> Self {
        Self { context, request, caller, access_token }
    }

    /// A call to the service whose address is in the variable `url`.
    fn service(&self, url: &str, method: Method, path: impl Into<String>) -> Result<Call, Problem> {
        Ok(Call::new(method, self.context.setting(url)?, path).bearer(self.access_token))
    }

    /// A call to the coordinator.
    fn till(&self, method: Method, path: impl Into<String>) -> Result<Call, Problem> {
        Ok(self.context.coordinator(method, path)?.on_behalf_of(&self.caller, self.request))
    }
}
