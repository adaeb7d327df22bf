//! `/api/users/me/addresses`. An address of somebody else is one that there is not.

use http::Method;
use merkato_commerce::{
    address::Address,
    ids::{AddressId, UserId},
};
use merkato_contract::{
    List,
    problem::{Code, Problem},
    user::SavedAddress,
};
use merkato_edge::{Context, Page, Request, Response};

use super::{account_gone, checked, user_id};
use crate::store::{Store, address::ADDRESSES_MAX};

/// Answers a request to `rest` below `/api/users/me/addresses`.
pub fn route(context: &Context, request: &Request, rest: &[&str]) -> Result<Response, Problem> {
    let user = user_id(context, request)?;
    match (&request.method, rest) {
        (&Method::GET, []) => list_addresses(context, request, user),
        (&Method::POST, []) => add_address(context, request, user),
        (&Method::GET, [id]) => get_address(context, user, id),
        (&Method::PUT, [id]) => change_address(context, request, user, id),
        (&Method::DELETE, [id]) => delete_address(context, user, id),
        (_, []) => Ok(Response::method_not_allowed("GET, POST")),
        (_, [_]) => Ok(Response::method_not_allowed("GET, PUT, DELETE")),
        _ => Err(Problem::not_found("address")),
    }
}

fn list_addresses(context: &Context, request: &Request, user: UserId) -> Result<Response, Problem> {
    let page = Page::of(request)?;
    let after = page.after.as_deref().map(str::parse::<AddressId>).transpose();
    let after = after.map_err(|_| Page::unknown_cursor())?;
    // One more than asked for says whether there is a next page.
    let mut items = Store::open(context)?.addresses(user, after, page.limit + 1)?;
    let more = items.len() > page.limit as usize;
    items.truncate(page.limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Response::json(200, &List { items, next })
}

fn get_address(context: &Context, user: UserId, id: &str) -> Result<Response, Problem> {
    let address = Store::open(context)?.address(user, known(id)?)?;
    Response::json(200, &address.ok_or_else(unknown)?)
}

fn add_address(context: &Context, request: &Request, user: UserId) -> Result<Response, Problem> {
    let address = request.json::<Address>()?;
    checked(address.problems())?;
    let store = Store::open(context)?;
    let id = AddressId::generate(context.ids());
    if store.add_address(user, id, &address)? {
        let location = format!("/api/users/me/addresses/{id}");
        let added = Response::json(201, &SavedAddress::new(id, address))?;
        return Ok(added.with_header("location", &location));
    }
    if store.account(user)?.is_none() {
        return Err(account_gone());
    }
    Err(Problem::new(Code::Conflict, format!("An account keeps at most {ADDRESSES_MAX} addresses.")))
}

fn change_address(context: &Context, request: &Request, user: UserId, id: &str) -> Result<Response, Problem> {
    let id = known(id)?;
    let address = request.json::<Address>()?;
    checked(address.problems())?;
    if Store::open(context)?.change_address(user, id, &address)? {
        Response::json(200, &SavedAddress::new(id, address))
    } else {
        Err(unknown())
    }
}

fn delete_address(context: &Context, user: UserId, id: &str) -> Result<Response, Problem> {
    if Store::open(context)?.delete_address(user, known(id)?)? {
        Ok(Response::empty(204))
    } else {
        Err(unknown())
    }
}

fn known(id: &str) -> Result<AddressId, Problem> {
    id.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::not_found("address")
}
