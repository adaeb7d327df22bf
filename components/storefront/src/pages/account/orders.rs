//! All that somebody has ordered.

use futures::join;
use merkato_contract::problem::{Code, Problem};
use merkato_edge::Response;

use crate::{
    views::account::orders,
    visit::{Visit, private_page},
};

/// Orders of a page: two screens of a phone.
const ORDERS: u32 = 20;

/// Lists them.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let after = visit.request.query_value("after").filter(|after| !after.is_empty());
    let (frame, list) = join!(visit.frame(), visit.shop.orders(after.as_deref(), ORDERS));
    match list {
        Ok(list) => Ok(private_page(200, orders::orders(&frame, &list, after.is_some()))),
        // A cursor that is none: somebody has changed the address.
        Err(problem) if problem.code == Code::Invalid && after.is_some() => {
            Response::see_other("/account/orders")
        }
        Err(problem) => Err(problem),
    }
}
