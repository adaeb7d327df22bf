//! What a route may ask of its surroundings while it answers one request.

use std::fmt::Display;

use merkato_commerce::{
    ids::{Ids, UserId},
    time::{Clock, Timestamp},
};
use merkato_contract::{
    headers::TRACEPARENT,
    problem::{Code, Problem},
    token::Role,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    Call, Caller, Request, Response,
    call::{Unusable, outcome},
    caller,
    database::{self, Database},
    log, secret,
    trace::Traceparent,
    transport,
};

/// The surroundings of one request.
#[derive(Debug)]
pub struct Context {
    component: &'static str,
    traceparent: Traceparent,
}

/// The host's clock and randomness: the one place of a service that asks for either.
#[derive(Debug, Clone, Copy)]
struct Host;

impl Clock for Host {
    #[expect(clippy::disallowed_methods, reason = "the one clock of a service")]
    fn now(&self) -> Timestamp {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Ids for Host {
    #[expect(clippy::disallowed_methods, reason = "the one source of ids of a service")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

impl Context {
    /// The surroundings of a request to `component` that came with this `traceparent` header.
    pub(crate) fn new(component: &'static str, traceparent: Option<&str>) -> Self {
        Self { component, traceparent: Traceparent::continued(traceparent, &Host) }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        Host.now()
    }

    /// Makes fresh ids.
    pub fn ids(&self) -> &'static dyn Ids {
        &Host
    }

    /// Bytes that nobody can guess.
    pub fn random<const BYTES: usize>(&self) -> Result<[u8; BYTES], Problem> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| self.internal("the host gives no randomness", error))?;
        Ok(bytes)
    }

    /// The service that is asked.
    pub const fn component(&self) -> &'static str {
        self.component
    }

    /// A Spin variable that has to be set.
    pub fn setting(&self, name: &str) -> Result<String, Problem> {
        match spin_sdk::variables::get(name) {
            Ok(value) if !value.is_empty() => Ok(value),
            Ok(_) => Err(self.internal("a variable is empty", name)),
            Err(error) => Err(self.internal("a variable cannot be read", format!("{name}: {error}"))),
        }
    }

    /// A Spin variable that need not be set. One that cannot be read is not one that is not set.
    pub fn optional_setting(&self, name: &str) -> Result<Option<String>, Problem> {
        match spin_sdk::variables::get(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(spin_sdk::variables::Error::Undefined(_)) => Ok(None),
            Err(error) => Err(self.internal("a variable cannot be read", format!("{name}: {error}"))),
        }
    }

    /// Asks another service. A problem that it answers is passed on; a service that cannot be reached, is too slow,
    /// or answers something else than a service would, is [`Code::Unavailable`].
    pub async fn call(&self, call: Call) -> Result<Response, Problem> {
        let call = call.header(TRACEPARENT, self.traceparent.to_string());
        let what = format!("{} {}{}", call.method, call.base, log::route(path_of(&call.path)));
        match transport::send(&call).await.map(outcome) {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(Unusable::Problem(problem))) => Err(*problem),
            Ok(Err(Unusable::Answer(status))) => Err(self.unavailable(&what, format!("answered {status}"))),
            Err(error) => Err(self.unavailable(&what, error)),
        }
    }

    /// The same, with the answer's body as `T`.
    pub async fn call_json<T: DeserializeOwned>(&self, call: Call) -> Result<T, Problem> {
        let what = format!("{} {}{}", call.method, call.base, log::route(path_of(&call.path)));
        let response = self.call(call).await?;
        serde_json::from_slice(&response.body).map_err(|error| self.unavailable(&what, error))
    }

    /// Who is asking. A token that does not hold is refused, not taken for a guest's.
    pub fn caller(&self, request: &Request) -> Result<Caller, Problem> {
        request.bearer_token()?.map_or(Ok(Caller::Guest), |token| self.caller_of_token(token))
    }

    /// Whose access token this is; for pages, which keep it in a cookie.
    pub fn caller_of_token(&self, token: &str) -> Result<Caller, Problem> {
        match caller::verify(token, &self.setting("token_keys")?, self.now()) {
            Ok(claims) => Ok(Caller::from(&claims)),
            Err(caller::Error::Keys(error)) => Err(self.internal("token_keys cannot be read", error)),
            Err(caller::Error::Expired) => Err(Problem::new(
                Code::Unauthenticated,
                "The access token has expired; refresh it or sign in again.",
            )),
            Err(_) => Err(Problem::new(Code::Unauthenticated, "The access token does not hold.")),
        }
    }

    /// The member of staff who is asking; all others are refused.
    pub fn staff(&self, request: &Request) -> Result<UserId, Problem> {
        match self.caller(request)? {
            Caller::User { user_id, role: Role::Staff | Role::Admin } => Ok(user_id),
            Caller::User { .. } => Err(Problem::new(Code::Forbidden, "This is for the shop's staff.")),
            Caller::Guest => {
                Err(Problem::new(Code::Unauthenticated, "This is for the shop's staff. Please sign in."))
            }
        }
    }

    /// Lets other services of the shop pass, and nobody else.
    pub fn service(&self, request: &Request) -> Result<(), Problem> {
        let given = request.bearer_token()?.unwrap_or_default();
        if secret::equal(given.as_bytes(), self.setting("service_token")?.as_bytes()) {
            return Ok(());
        }
        Err(Problem::new(Code::Unauthenticated, "This is for the shop's own services."))
    }

    /// The service's own database: the one at `database_url` where that is set, else Spin's SQLite.
    pub fn database(&self) -> Result<Database, Problem> {
        let url = self.optional_setting("database_url")?;
        Database::open(self.component, url.as_deref()).map_err(|error| self.database_fault(&error))
    }

    /// What a client is told of a statement that failed for no fault of theirs.
    pub fn database_fault(&self, error: &database::Error) -> Problem {
        match error {
            database::Error::Unavailable(_) => self.unavailable("the database does not answer", error),
            _ => self.internal("a statement failed", error),
        }
    }

    /// Something that an operator should see although the request did not fail.
    pub fn report(&self, what: &str, detail: impl Display) {
        self.writer().fault(what, &detail.to_string());
    }

    /// Something broke here. The detail goes to the log, once; the client learns only that it happened.
    pub fn internal(&self, what: &str, detail: impl Display) -> Problem {
        self.writer().fault(what, &detail.to_string());
        let detail =
            format!("This is a fault of the shop. It was recorded as {}.", self.traceparent.trace_id());
        Problem::new(Code::Internal, detail)
    }

    /// Something that this service needs gave no usable answer. The detail goes to the log, once.
    pub fn unavailable(&self, what: &str, detail: impl Display) -> Problem {
        self.writer().fault(what, &detail.to_string());
        Problem::new(Code::Unavailable, "A part of the shop does not answer at the moment. Please try again.")
    }

    /// Writes lines of this request's trace.
    pub(crate) fn writer(&self) -> log::Writer<'_> {
        log::Writer { component: self.component, trace_id: self.traceparent.trace_id(), at: self.now() }
    }
}

/// Without the query, which may hold what must not be logged.
fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}
