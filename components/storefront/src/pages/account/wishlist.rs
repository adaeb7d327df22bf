//! What somebody would like to have one day.

use futures::join;
use merkato_commerce::text::Sku;
use merkato_contract::problem::{Code, Problem};
use merkato_edge::Response;

use super::told;
use crate::{
    pages::product::add_one,
    views::account::{Reply, wishlist},
    visit::{Visit, private_page},
};

/// Wishes of a page.
const WISHES: u32 = 24;

/// Lists them.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let reply = told(visit, |done| match done {
        "removed" => Some("It is off your wishlist"),
        "basket" => Some("It is in your basket"),
        _ => None,
    });
    show_with(visit, 200, &reply).await
}

async fn show_with(visit: &Visit<'_>, status: u16, reply: &Reply) -> Result<Response, Problem> {
    let after = visit.request.query_value("after").filter(|after| !after.is_empty());
    let list = match visit.shop.wishes(after.as_deref(), WISHES).await {
        // A cursor that is none: somebody has changed the address.
        Err(problem) if problem.code == Code::Invalid && after.is_some() => {
            return Response::see_other("/account/wishlist");
        }
        list => list?,
    };
    let (frame, products) =
        join!(visit.frame(), visit.shop.products_of(list.items.iter().map(|wish| &wish.sku)));
    Ok(private_page(status, wishlist::wishlist(&frame, &list, &products, after.is_none(), reply)))
}

/// Puts a piece of one into the basket. It stays on the list until it is taken off.
pub async fn add_to_cart(visit: &mut Visit<'_>, sku: &str) -> Result<Response, Problem> {
    visit.form()?;
    let sku = known(sku)?;
    match add_one(visit, &sku).await {
        Ok(()) => Response::see_other("/account/wishlist?done=basket"),
        Err(problem) if matches!(problem.code, Code::StockTooLow | Code::NotFound | Code::CartChanged) => {
            let reply = Reply::bad("It is not in your basket", problem.detail);
            show_with(visit, problem.status, &reply).await
        }
        Err(problem) => Err(problem),
    }
}

/// Takes one off.
pub async fn remove_wish(visit: &Visit<'_>, sku: &str) -> Result<Response, Problem> {
    visit.form()?;
    visit.shop.remove_wish(&known(sku)?).await?;
    Response::see_other("/account/wishlist?done=removed")
}

fn known(sku: &str) -> Result<Sku, Problem> {
    sku.parse().map_err(|_| Problem::not_found("wish"))
}
