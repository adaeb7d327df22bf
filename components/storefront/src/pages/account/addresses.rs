//! The addresses that somebody keeps.

use std::collections::BTreeMap;

use merkato_commerce::{address::Address, ids::AddressId};
use merkato_contract::problem::{Code, Problem};
use merkato_edge::Response;

use super::{refusal, told, typed};
use crate::{
    views::account::{Reply, addresses},
    visit::{Visit, private_page},
};

/// The place of an address that is not kept yet.
const NEW: &str = "new";

/// Lists them.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let kept = visit.shop.addresses().await?;
    let reply = told(visit, |done| match done {
        "kept" => Some("The address is kept"),
        "removed" => Some("The address is forgotten"),
        _ => None,
    });
    Ok(private_page(200, addresses::addresses(&visit.frame().await, &kept, &reply)))
}

/// Shows the form for a new one, or for the one of that id.
pub async fn show_form(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let address = if let Some(id) = known(id)? {
        visit.shop.address(id).await?.into()
    } else {
        // Whoever is not signed in is asked to before they type.
        let user = visit.shop.profile().await?;
        let name = format!("{} {}", user.first_name, user.last_name);
        Address { name: name.trim().to_owned(), ..of(&BTreeMap::new()) }
    };
    show_with(visit, 200, id, &address, &Reply::default()).await
}

async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    id: &str,
    address: &Address,
    reply: &Reply,
) -> Result<Response, Problem> {
    let action = format!("/account/addresses/{id}");
    Ok(private_page(status, addresses::edit(&visit.frame().await, &action, address, reply)))
}

/// Keeps a new one, or changes one. One that is kept already, to the letter, is not kept twice: the form was sent twice.
pub async fn keep_address(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let address = of(&visit.form()?);
    let known = known(id)?;
    let outcome = match known {
        None if visit.shop.addresses().await?.into_iter().any(|kept| Address::from(kept) == address) => {
            Ok(())
        }
        known => visit.shop.keep_address(known, &address).await,
    };
    match outcome {
        Ok(()) => Response::see_other("/account/addresses?done=kept"),
        Err(problem) => {
            let (status, reply) = refusal(problem, "The address is not kept yet")?;
            show_with(visit, status, id, &address, &reply).await
        }
    }
}

/// Forgets one.
pub async fn delete_address(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    visit.form()?;
    let id = known(id)?.ok_or_else(|| Problem::not_found("address"))?;
    match visit.shop.delete_address(id).await {
        // One that there is not needs no forgetting: the form was sent twice.
        Err(problem) if problem.code != Code::NotFound => Err(problem),
        _ => Response::see_other("/account/addresses?done=removed"),
    }
}

fn known(id: &str) -> Result<Option<AddressId>, Problem> {
    if id == NEW {
        return Ok(None);
    }
    id.parse().map(Some).map_err(|_| Problem::not_found("address"))
}

fn of(form: &BTreeMap<String, String>) -> Address {
    let text = |name| typed(form, name);
    let given = |name| Some(typed(form, name)).filter(|text| !text.is_empty());
    Address {
        name: text("name"),
        line1: text("line1"),
        line2: given("line2"),
        city: text("city"),
        region: given("region"),
        postal_code: text("postal_code"),
        country: text("country"),
    }
}
