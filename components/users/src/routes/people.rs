//! `/api/users/{id}`: other people's accounts, for staff, and what they may do, for admins.

use http::Method;
use merkato_commerce::{Invalid, ids::UserId, text::Email};
use merkato_contract::{
    LIST_LIMIT_MAX, List,
    problem::{Code, Problem},
    token::Role,
    user::ChangeRole,
};
use merkato_edge::{Caller, Context, Request, Response};

use crate::store::Store;

/// Answers a request to `rest` below `/api/users`.
pub fn route(context: &Context, request: &Request, rest: &[&str]) -> Result<Response, Problem> {
    match (&request.method, rest) {
        (&Method::GET, []) => find_users(context, request),
        (&Method::GET, [id]) => get_user(context, request, id),
        (&Method::PUT, [id, "role"]) => change_role(context, request, id),
        (_, [] | [_]) => Ok(Response::method_not_allowed("GET")),
        (_, [_, "role"]) => Ok(Response::method_not_allowed("PUT")),
        _ => Err(Problem::not_found("address")),
    }
}

/// Everybody who names an address; at most one of them has verified it.
fn find_users(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    let Some(email) = request.query_value("email") else {
        return Err(Invalid::new("email", "must be given in the query").into());
    };
    let accounts = Store::open(context)?.accounts_of(&email.parse::<Email>()?, LIST_LIMIT_MAX)?;
    let items = accounts.iter().map(crate::store::account::Account::user).collect();
    Response::json(200, &List { items, next: None })
}

fn get_user(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let account = Store::open(context)?.account(known(id)?)?;
    Response::json(200, &account.ok_or_else(unknown)?.user())
}

fn change_role(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let admin = admin(context, request)?;
    let id = known(id)?;
    let change = request.json::<ChangeRole>()?;
    if id == admin {
        // So there is always one left.
        return Err(Problem::new(Code::Conflict, "Nobody changes their own role."));
    }
    let account = Store::open(context)?.change_role(id, change.role)?;
    Response::json(200, &account.ok_or_else(unknown)?.user())
}

fn admin(context: &Context, request: &Request) -> Result<UserId, Problem> {
    match context.caller(request)? {
        Caller::User { user_id, role: Role::Admin } => Ok(user_id),
        Caller::User { .. } => Err(Problem::new(Code::Forbidden, "This is for the shop's admins.")),
        Caller::Guest => {
            Err(Problem::new(Code::Unauthenticated, "This is for the shop's admins. Please sign in."))
        }
    }
}

fn known(id: &str) -> Result<UserId, Problem> {
    id.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::not_found("account")
}
