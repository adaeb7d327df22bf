//! Looking for orders, for staff.

use std::sync::Arc;

use merkato_commerce::{Invalid, ids::OrderId, text::EMAIL_CHARACTERS_MAX};
use merkato_contract::{List, order::Order, staff::orders::OrderFilter};

use super::{App, Error, orders::shown};
use crate::store::staff::OrderSearch;

/// Orders that one answer looks through: tens of milliseconds' worth, however rare what is looked for.
const ORDERS_LOOKED_MAX: u32 = 2_000;
/// What an order's number begins with where people see it.
const NUMBER_PREFIX: &str = "M-";

impl App {
    /// Orders of any shopper that meet `filter`, the newest first.
    pub async fn find_orders(
        &self,
        filter: OrderFilter,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<List<Order>, Error> {
        let search = Arc::new(search_for(filter, after)?);
        self.store
            .read(move |transaction| {
                let search = Arc::clone(&search);
                Box::pin(async move {
                    let found = transaction.find_orders(&search, ORDERS_LOOKED_MAX, limit).await?;
                    let records = transaction.orders(&found.ids).await?;
                    let next = found.next.as_ref().map(ToString::to_string);
                    Ok(List { items: records.iter().map(shown).collect(), next })
                })
            })
            .await
    }
}

fn search_for(filter: OrderFilter, after: Option<OrderId>) -> Result<OrderSearch, Error> {
    let OrderFilter { state, email, number, sku, from, to } = filter;
    let email = email.map(|email| email.trim().to_owned());
    let impossible =
        |email: &String| email.len() > EMAIL_CHARACTERS_MAX || email.chars().any(char::is_control);
    if email.as_ref().is_some_and(impossible) {
        return Err(Invalid::new("email", "must be an e-mail address").into());
    }
    let number = number.map(|number| number_of(&number)).transpose()?;
    if from.zip(to).is_some_and(|(from, to)| to <= from) {
        return Err(Invalid::new("to", "must be after from").into());
    }
    Ok(OrderSearch { state, email, number, sku, from: from.map(|from| from.0), to: to.map(|to| to.0), after })
}

fn number_of(text: &str) -> Result<i64, Invalid> {
    let text = text.trim().to_ascii_uppercase();
    let digits = text.strip_prefix(NUMBER_PREFIX).unwrap_or(&text);
    digits.parse().map_err(|_| Invalid::new("number", "must be an order's number, such as M-1042"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for text in ["M-1042", "m-1042", " 1042 "] {
            assert_eq!(number_of(text).ok(), Some(1_042), "{text:?}");
        }
        for text in ["", "M-", "M-M-1", "1042x", "99999999999999999999"] {
            assert!(number_of(text).is_err(), "{text:?}");
        }
    }
}
