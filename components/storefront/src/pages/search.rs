//! Searching, and what is suggested while somebody types.

use futures::join;
use merkato_commerce::{money::Currency, text::Slug};
use merkato_contract::{
    LIST_LIMIT_DEFAULT,
    catalog::Product,
    problem::{Code, Problem},
    search::{QUERY_CHARACTERS_MAX, Sort},
};
use merkato_edge::{Request, Response};
use serde::Serialize;

use crate::{
    price::{parse_price, price_from},
    views::{
        self,
        field::Complaints,
        layout::Frame,
        product_card::address,
        search::{Asked, FIELD_CURRENCY, SearchPage},
    },
    visit::{Visit, page},
};

/// Products that are suggested while somebody types: as many as fit below the box on a phone with its keyboard.
const SUGGESTIONS: u32 = 6;
/// Fewest letters that anything is suggested for: one begins too much.
const SUGGESTED_LETTERS_MIN: usize = 2;
/// How long a suggestion holds: what is typed is typed again within the minute, letter by letter.
const SUGGESTIONS_CACHE: &str = "private, max-age=60";
/// Products that are shown where nothing was found: one row.
const POPULAR: u32 = 4;

/// A product that is suggested.
#[derive(Debug, Serialize)]
struct Suggestion {
    title: String,
    address: String,
    price: String,
}

/// Shows what was found.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (asked, complaints) = asked(visit.request)?;
    let after = visit.request.query_value("after").filter(|after| !after.is_empty());
    let query = asked.service_query(LIST_LIMIT_DEFAULT, after.as_deref());
    let (frame, results) = join!(visit.frame(), visit.shop.search(&query));
    let results = results?;
    let popular = if results.total == 0 { popular(visit).await } else { Vec::new() };
    let frame = Frame { query: asked.text.clone(), ..frame };
    let category = frame.categories.iter().find(|category| asked.category.as_ref() == Some(&category.slug));
    let shown = SearchPage {
        asked: &asked,
        category,
        results: &results,
        place: after.as_deref().and_then(|after| after.parse().ok()).unwrap_or_default(),
        popular: &popular,
        complaints: &complaints,
    };
    Ok(page(200, views::search::search(&frame, &shown)))
}

/// Something to look at for those who found nothing; nothing if that cannot be had.
async fn popular(visit: &Visit<'_>) -> Vec<Product> {
    let list = visit.shop.products(None, None, POPULAR).await;
    list.map(|list| list.items).unwrap_or_default()
}

/// Products that go by what has been typed so far, as JSON for the page's script.
pub async fn suggest(visit: &Visit<'_>) -> Result<Response, Problem> {
    let text = visit.request.query_value("q").unwrap_or_default();
    let letters = text.trim().chars().count();
    let found = if (SUGGESTED_LETTERS_MIN..=QUERY_CHARACTERS_MAX).contains(&letters) {
        let asked = Asked { text, ..Asked::default() };
        visit.shop.search(&asked.service_query(SUGGESTIONS, None)).await?.items
    } else {
        Vec::new()
    };
    let suggestions = found.into_iter().map(suggestion).collect::<Vec<_>>();
    Ok(Response::json(200, &suggestions)?.with_header("cache-control", SUGGESTIONS_CACHE))
}

fn suggestion(product: Product) -> Suggestion {
    Suggestion { address: address(&product.slug), price: price_from(&product), title: product.title }
}

/// What the address asks for, and what is wrong with its prices: those are typed by hand, and a slip of the keyboard
/// is shown beside what the rest of the question finds.
fn asked(request: &Request) -> Result<(Asked, Complaints), Problem> {
    let given = |name: &str| request.query_value(name).filter(|text| !text.trim().is_empty());
    let currency = given(FIELD_CURRENCY).map_or(Ok(Currency::USD), |code| code.parse::<Currency>())?;
    let mut complaints = Complaints::default();
    let mut price = |name: &str| {
        let text = given(name)?;
        let parsed = parse_price(&text, currency);
        if parsed.is_none() {
            complaints.add(name, "must be an amount, such as 25");
        }
        parsed
    };
    let (min_price, mut max_price) = (price("min_price"), price("max_price"));
    if min_price.zip(max_price).is_some_and(|(min, max)| min.amount > max.amount) {
        complaints.add("max_price", "must not be less than the lowest price");
        max_price = None;
    }
    let category = given("category").map(|slug| slug.parse::<Slug>()).transpose();
    let asked = Asked {
        text: given("q").unwrap_or_default(),
        category: category.map_err(|_| Problem::not_found("category"))?,
        min_price,
        max_price,
        in_stock: given("in_stock").as_deref() == Some("true"),
        sort: given("sort").map(|name| name.parse::<Sort>()).transpose()?,
    };
    if asked.text.chars().count() > QUERY_CHARACTERS_MAX {
        let detail = format!("A question has at most {QUERY_CHARACTERS_MAX} characters.");
        return Err(Problem::new(Code::Invalid, detail));
    }
    Ok((asked, complaints))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn ask(query: &str) -> Result<(Asked, Complaints), Problem> {
        asked(&Request::new(Method::GET, &format!("/search?{query}"), HeaderMap::new(), Vec::new()))
    }

    #[test]
    fn prices_are_asked_for_in_the_units_that_people_pay_in() {
        let (asked, complaints) = ask("q=cup&min_price=2.5&max_price=40").expect("a question");
        assert!(complaints.is_empty());
        assert_eq!(
            asked.service_query(24, Some("24")),
            "q=cup&min_price=250&max_price=4000&limit=24&after=24"
        );
        let (yen, _) = ask("min_price=500&currency=JPY").expect("a question");
        assert_eq!(yen.service_query(6, None), "min_price=500&limit=6");
    }

    #[test]
    fn a_price_that_is_none_is_named_and_the_rest_is_searched_for() {
        for (query, field) in [
            ("q=cup&min_price=cheap", "min_price"),
            ("q=cup&max_price=-1", "max_price"),
            ("q=cup&min_price=9&max_price=3", "max_price"),
        ] {
            let (asked, complaints) = ask(query).expect("a question");
            assert!(complaints.of(field).is_some(), "{query}");
            assert_eq!(asked.text, "cup");
        }
    }

    #[test]
    fn what_no_form_of_ours_sends_is_refused() {
        for query in
            ["sort=best", "category=%3Cscript%3E", "currency=dollars", &format!("q={}", "x".repeat(201))]
        {
            assert!(ask(query).is_err(), "{query}");
        }
    }
}
