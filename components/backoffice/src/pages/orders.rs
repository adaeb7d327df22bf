//! Orders, in a list.

use merkato_commerce::time::Timestamp;
use merkato_contract::{problem::Problem, time::Rfc3339};
use merkato_edge::Response;

use crate::{
    views::{self, orders::Filters},
    visit::{Visit, page},
};

/// Milliseconds of a day: the last day of a filter is meant with all of it.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Shows a page of the list.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    let filters = Filters {
        state: visit.query("state"),
        number: visit.query("number"),
        email: visit.query("email"),
        sku: visit.query("sku"),
        from: visit.query("from"),
        to: visit.query("to"),
    };
    let after = visit.query("after");
    let (from, to) = (moment(&filters.from, 0), moment(&filters.to, DAY_MS));
    let asked = [
        ("state", filters.state.as_str()),
        ("number", &filters.number),
        ("email", &filters.email),
        ("sku", &filters.sku),
        ("from", &from),
        ("to", &to),
        ("after", &after),
    ];
    let orders = visit.shop.orders(&asked).await;
    Ok(page(200, views::orders::orders(&visit.frame(), &filters, after.is_empty(), &orders)))
}

/// The moment `offset_ms` behind the beginning of a day; nothing if it is no day.
fn moment(day: &str, offset_ms: i64) -> String {
    let parsed = day.parse::<jiff::civil::Date>().ok();
    let midnight = parsed.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    midnight.map_or_else(String::new, |midnight| {
        Rfc3339(Timestamp(midnight.timestamp().as_millisecond()).plus_milliseconds(offset_ms)).to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_meant_with_all_of_it() {
        assert_eq!(moment("2026-11-21", 0), "2026-11-21T00:00:00.000Z");
        assert_eq!(moment("2026-11-21", DAY_MS), "2026-11-22T00:00:00.000Z");
        assert_eq!(moment("yesterday", 0), "");
    }
}
