//! What was found: the products, what they could be narrowed down by, and ways on where there are none.

use maud::{Markup, html};
use merkato_commerce::{
    money::{Currency, Money},
    text::Slug,
};
use merkato_contract::{
    catalog::{Category, Product},
    search::{CategoryFacet, PriceFacet, SearchResults, Sort},
};

use super::{
    field::{Complaints, complaint_id, complaint_of},
    layout::{Frame, Head, Page, Style, document_with},
    message,
    product_card::grid,
};
use crate::price::{counted, decimal, price};

/// Pictures of the first row beside the filters on a wide screen.
const EAGER_PICTURES: usize = 3;
/// Name of the hidden field that says what the prices in the address are amounts of.
pub const FIELD_CURRENCY: &str = "currency";
/// Products of a page; what `place` counts in.
const PRODUCTS_A_PAGE: u32 = merkato_contract::LIST_LIMIT_DEFAULT;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// What was typed.
    pub text: String,
    /// The category that is wanted.
    pub category: Option<Slug>,
    /// The lowest price that is wanted.
    pub min_price: Option<Money>,
    /// The highest.
    pub max_price: Option<Money>,
    /// Whether only what can be bought is wanted.
    pub in_stock: bool,
    /// The order; by relevance if none is given.
    pub sort: Option<Sort>,
}

/// What the page of results shows.
pub struct SearchPage<'a> {
    /// What is asked for.
    pub asked: &'a Asked,
    /// The category that is wanted, if it is known.
    pub category: Option<&'a Category>,
    /// What was found.
    pub results: &'a SearchResults,
    /// Products before this page.
    pub place: u32,
    /// What others buy, for those who found nothing.
    pub popular: &'a [Product],
    /// What is wrong with the prices.
    pub complaints: &'a Complaints,
}

/// The name of an order in addresses.
const fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Relevance => "relevance",
        Sort::Newest => "newest",
        Sort::PriceAsc => "price_asc",
        Sort::PriceDesc => "price_desc",
        Sort::Title => "title",
    }
}

/// Orders as the shopper chooses among them.
const SORTS: [(Sort, &str); 5] = [
    (Sort::Relevance, "Best match"),
    (Sort::Newest, "Newest first"),
    (Sort::PriceAsc, "Cheapest first"),
    (Sort::PriceDesc, "Dearest first"),
    (Sort::Title, "By name"),
];

impl Asked {
    /// The query that the search service understands, with prices in minor units.
    pub fn service_query(&self, limit: u32, after: Option<&str>) -> String {
        let limit = limit.to_string();
        let own = self.pairs(|money| money.amount.to_string());
        let paging = [("limit", Some(limit.as_str())), ("after", after)];
        query_of(own.iter().map(|(name, value)| (*name, value.as_str())).chain(given(&paging)))
    }

    /// The address of the page that shows what is asked for, from `place` on.
    pub fn address(&self, place: u32) -> String {
        let mut pairs = self.pairs(decimal);
        let currency = self.min_price.or(self.max_price).map(|price| price.currency);
        if let Some(currency) = currency.filter(|currency| *currency != Currency::USD) {
            pairs.push((FIELD_CURRENCY, currency.to_string()));
        }
        if place > 0 {
            pairs.push(("after", place.to_string()));
        }
        let query = query_of(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        if query.is_empty() { "/search".to_owned() } else { format!("/search?{query}") }
    }

    fn pairs(&self, write_price: impl Fn(Money) -> String) -> Vec<(&'static str, String)> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        [
            ("q", some(&self.text)),
            ("category", self.category.as_ref().map(ToString::to_string)),
            ("min_price", self.min_price.map(&write_price)),
            ("max_price", self.max_price.map(&write_price)),
            ("in_stock", self.in_stock.then(|| "true".to_owned())),
            ("sort", self.sort.map(|sort| sort_name(sort).to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    fn is_narrowed(&self) -> bool {
        let all = Self { text: self.text.clone(), sort: self.sort, ..Self::default() };
        *self != all
    }
}

fn given<'a>(pairs: &'a [(&'a str, Option<&'a str>)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs.iter().filter_map(|(name, value)| Some((*name, (*value)?)))
}

fn query_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The page of results.
pub fn search(frame: &Frame, page: &SearchPage) -> String {
    let (asked, results) = (page.asked, page.results);
    let title = title(page);
    let main = html! {
        div.wrap {
            header.page-head {
                h1 { (title) }
                @if results.total > 0 {
                    p.small role="status" {
                        @if results.more { "More than " }
                        (counted(results.total, "product", "products"))
                    }
                }
                @if let Some(meant) = &results.did_you_mean {
                    @let meant = Asked { text: meant.clone(), ..asked.clone() };
                    p.small { "Did you mean " a href=(meant.address(0)) { (meant.text) } "?" }
                }
                (chosen(page))
            }
        }
        @if results.total == 0 && !asked.is_narrowed() {
            (nothing(page))
        } @else {
            div.wrap.browse {
                (filters(page))
                div.found {
                    @if results.items.is_empty() { (nothing(page)) } @else {
                        h2.unseen { "Products" }
                        (grid(&results.items, EAGER_PICTURES))
                        (pages(page))
                    }
                }
            }
        }
        @if !page.popular.is_empty() {
            section.section.wrap aria-labelledby="popular" {
                div.section-head { h2 id="popular" { "From the stalls meanwhile" } }
                (grid(page.popular, 0))
            }
        }
    };
    // Everything that can be found has a page of its own; pages of results are endless, and nobody's business.
    let shell = Page {
        title: &title,
        description: "",
        style: Style::Browse,
        category: None,
        refresh_seconds: None,
        main,
    };
    let (previous, next) = (previous(page), next(page));
    let head = Head { previous: previous.as_deref(), next: next.as_deref(), ..Head::default() };
    document_with(frame, &shell, &head)
}

fn title(page: &SearchPage) -> String {
    let within = page.category.map(|category| format!(" in {}", category.title)).unwrap_or_default();
    match page.asked.text.trim() {
        "" if within.is_empty() => "The whole market".to_owned(),
        "" => format!("Everything{within}"),
        text => format!("“{text}”{within}"),
    }
}

fn previous(page: &SearchPage) -> Option<String> {
    (page.place > 0).then(|| page.asked.address(page.place.saturating_sub(PRODUCTS_A_PAGE)))
}

fn next(page: &SearchPage) -> Option<String> {
    let next = page.results.next.as_ref()?.parse().ok()?;
    Some(page.asked.address(next))
}

fn pages(page: &SearchPage) -> Markup {
    let (previous, next) = (previous(page), next(page));
    html! {
        @if previous.is_some() || next.is_some() {
            nav.pages aria-label="Pages" {
                @if let Some(previous) = previous {
                    a.button.button-plain rel="prev" href=(previous) { "Back a page" }
                }
                @if let Some(next) = next { a.button.button-plain rel="next" href=(next) { "More to see" } }
            }
        }
    }
}

/// The filters that hold, each with the way to the results without it.
fn chosen(page: &SearchPage) -> Markup {
    let asked = page.asked;
    let mut without = Vec::new();
    if let Some(slug) = &asked.category {
        let name = page.category.map_or_else(|| slug.to_string(), |category| category.title.clone());
        without.push((name, Asked { category: None, ..asked.clone() }));
    }
    let range = match (asked.min_price, asked.max_price) {
        (None, None) => None,
        (Some(min), None) => Some(format!("from {}", price(min))),
        (None, Some(max)) => Some(format!("up to {}", price(max))),
        (Some(min), Some(max)) => Some(format!("{} to {}", price(min), price(max))),
    };
    if let Some(range) = range {
        without.push((range, Asked { min_price: None, max_price: None, ..asked.clone() }));
    }
    if asked.in_stock {
        without.push(("In stock".to_owned(), Asked { in_stock: false, ..asked.clone() }));
    }
    html! {
        @if !without.is_empty() {
            ul.chips.chips-chosen aria-label="Narrowed down to" {
                @for (name, without) in without {
                    li {
                        a href=(without.address(0)) {
                            span.unseen { "Without: " } (name) span aria-hidden="true" { " ×" }
                        }
                    }
                }
            }
        }
    }
}

fn filters(page: &SearchPage) -> Markup {
    let facets = &page.results.facets;
    html! {
        section.filters aria-label="Narrow down" {
            // Always open where there is room for it: the style sheet decides.
            details {
                summary.button.button-plain { "Narrow down and sort" }
                div.filters-parts {
                    (form(page))
                    @if !facets.category.is_empty() { (categories(page.asked, &facets.category)) }
                    @if !facets.price.is_empty() { (prices(page.asked, &facets.price)) }
                }
            }
        }
    }
}

fn categories(asked: &Asked, facets: &[CategoryFacet]) -> Markup {
    // Those that lie in another one follow it.
    let top = |facet: &&CategoryFacet| !facets.iter().any(|other| Some(&other.slug) == facet.parent.as_ref());
    let below = |parent: &CategoryFacet| {
        let parent = parent.slug.clone();
        facets.iter().filter(move |facet| facet.parent.as_ref() == Some(&parent))
    };
    html! {
        nav.facet aria-labelledby="facet-category" {
            h2 id="facet-category" { "Stall" }
            ul {
                @for facet in facets.iter().filter(top) {
                    li {
                        (category(asked, facet))
                        @if below(facet).next().is_some() {
                            ul { @for facet in below(facet) { li { (category(asked, facet)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn category(asked: &Asked, facet: &CategoryFacet) -> Markup {
    let is_here = asked.category.as_ref() == Some(&facet.slug);
    let to = Asked { category: (!is_here).then(|| facet.slug.clone()), ..asked.clone() };
    facet_link(&to, &facet.title, facet.count, is_here)
}

fn prices(asked: &Asked, facets: &[PriceFacet]) -> Markup {
    html! {
        nav.facet aria-labelledby="facet-price" {
            h2 id="facet-price" { "Price" }
            ul { @for facet in facets { li { (price_range(asked, facet)) } } }
        }
    }
}

fn price_range(asked: &Asked, facet: &PriceFacet) -> Markup {
    // The last price within the range: the next one begins at `below`.
    let last = facet.below.map(|below| Money::new(below.amount - 1, below.currency));
    let first = (facet.from.amount > 0).then_some(facet.from);
    let is_here = asked.min_price == first && asked.max_price == last && asked.min_price.or(last).is_some();
    let (min_price, max_price) = if is_here { (None, None) } else { (first, last) };
    let to = Asked { min_price, max_price, ..asked.clone() };
    let name = match (first, facet.below) {
        (None, Some(below)) => format!("below {}", price(below)),
        (_, Some(below)) => format!("{} to {}", price(facet.from), price(below)),
        (_, None) => format!("{} and more", price(facet.from)),
    };
    facet_link(&to, &name, facet.count, is_here)
}

fn facet_link(to: &Asked, name: &str, count: u64, is_here: bool) -> Markup {
    html! {
        a href=(to.address(0)) aria-current=[is_here.then_some("true")] rel="nofollow" {
            span { (name) }
            span.facet-count.number { (count) span.unseen { @if count == 1 { " product" } @else { " products" } } }
        }
    }
}

/// Order, prices and stock: what is chosen rather than followed.
fn form(page: &SearchPage) -> Markup {
    let asked = page.asked;
    let sort = asked.sort.unwrap_or(Sort::Relevance);
    let currency = page.results.facets.price.first().map(|facet| facet.from.currency);
    let currency = currency.or(asked.min_price.or(asked.max_price).map(|price| price.currency));
    let currency = currency.filter(|currency| *currency != Currency::USD);
    let field = |name: &str, label: &str, value: Option<Money>| {
        let complaint = page.complaints.of(name);
        html! {
            div.field {
                label for=(name) { (label) }
                input.input id=(name) name=(name) type="text" inputmode="decimal" autocomplete="off" maxlength="12"
                    value=(value.map(decimal).unwrap_or_default())
                    aria-invalid=[complaint.map(|_| "true")]
                    aria-describedby=[complaint.map(|_| complaint_id(name))];
                (complaint_of(name, label, page.complaints))
            }
        }
    };
    html! {
        form.filters-form action="/search" data-send-choices {
            @if !asked.text.is_empty() { input type="hidden" name="q" value=(asked.text); }
            @if let Some(category) = &asked.category { input type="hidden" name="category" value=(category); }
            @if let Some(currency) = currency { input type="hidden" name=(FIELD_CURRENCY) value=(currency); }
            div.field {
                label for="sort" { "Order" }
                select.input id="sort" name="sort" {
                    @for (known, name) in SORTS {
                        option value=(sort_name(known)) selected[known == sort] { (name) }
                    }
                }
            }
            div.filters-prices {
                (field("min_price", "Lowest price", asked.min_price))
                (field("max_price", "Highest price", asked.max_price))
            }
            label.check {
                input type="checkbox" name="in_stock" value="true" checked[asked.in_stock];
                span { "Only what is in stock" }
            }
            button.button.button-plain type="submit" { "Show" }
        }
    }
}

/// What to do when nothing was found.
fn nothing(page: &SearchPage) -> Markup {
    let asked = page.asked;
    let everywhere = Asked { text: asked.text.clone(), ..Asked::default() }.address(0);
    if page.place > 0 {
        let start = asked.address(0);
        return message::empty_part(
            "That was the last shelf",
            "There is nothing further down.",
            &[(&start, "Back to the start")],
        );
    }
    if asked.is_narrowed() {
        let text = "Something you asked for rules out the rest. Try with fewer filters.";
        return message::empty_part("Nothing like that here", text, &[(&everywhere, "Look everywhere")]);
    }
    let text = "No trader calls anything by that name. Fewer words often find more, and a stall is always worth a walk.";
    message::empty_part(
        "We looked under every cloth",
        text,
        &[("/", "Walk along the stalls"), ("/search", "See everything")],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_what_is_asked_for_and_nothing_more() {
        assert_eq!(Asked::default().address(0), "/search");
        let asked = Asked {
            text: "black & clay".to_owned(),
            min_price: Some(Money::new(2_500, Currency::USD)),
            in_stock: true,
            sort: Some(Sort::PriceAsc),
            ..Asked::default()
        };
        let address = "/search?q=black+%26+clay&min_price=25.00&in_stock=true&sort=price_asc";
        assert_eq!(asked.address(0), address);
        assert_eq!(asked.address(24), format!("{address}&after=24"));
        let yen = Asked {
            max_price: Some(Money::new(500, "JPY".parse().expect("a currency"))),
            ..Asked::default()
        };
        assert_eq!(yen.address(0), "/search?max_price=500&currency=JPY");
    }

    #[test]
    fn a_chosen_range_of_prices_is_the_way_out_of_it() {
        let usd = |amount| Money::new(amount, Currency::USD);
        let facet = PriceFacet { from: usd(1_000), below: Some(usd(2_500)), count: 3 };
        let link = price_range(&Asked::default(), &facet).into_string();
        assert!(link.contains("/search?min_price=10.00&amp;max_price=24.99"), "{link}");
        let asked = Asked { min_price: Some(usd(1_000)), max_price: Some(usd(2_499)), ..Asked::default() };
        let link = price_range(&asked, &facet).into_string();
        assert!(link.contains("href=\"/search\"") && link.contains("aria-current"), "{link}");
    }
}
