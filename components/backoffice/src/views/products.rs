//! Products, in a list.

use maud::{Markup, html};
use merkato_contract::{
    List,
    catalog::{Category, ProductState, StaffProduct},
    problem::Problem,
};

use super::{
    badge,
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{Column, pages, table, tabs},
};
use crate::figures::{count, moment, money};

/// What the page shows.
pub struct ProductsPage<'a> {
    /// Name of the state that the list is narrowed to; empty for all.
    pub state: &'a str,
    /// Slug of the category that it is narrowed to; empty for all.
    pub category: &'a str,
    /// Whether this is the first page of the list.
    pub is_first: bool,
    /// What happened just now.
    pub message: Option<&'a Message>,
    /// All categories.
    pub categories: &'a Result<Vec<Category>, Problem>,
    /// The products.
    pub products: &'a Result<List<StaffProduct>, Problem>,
}

/// The page.
pub fn products(frame: &Frame, page: &ProductsPage) -> String {
    let states = [
        ("", "All"),
        (ProductState::Published.name(), "Published"),
        (ProductState::Draft.name(), "Drafts"),
        (ProductState::Scheduled.name(), "Scheduled"),
        (ProductState::Archived.name(), "Archived"),
    ];
    let filters = [("state", page.state), ("category", page.category)];
    let main = html! {
        (message::live(page.message))
        (tabs("State", Section::Products.path(), "state", page.state, &states))
        (message::part("The list of categories", page.categories, |categories| search(page, categories)))
        (message::part("The list", page.products, |list| html! {
            @if list.items.is_empty() {
                (message::empty("No product here. Make one, or bring a whole sheet of them."))
            } @else {
                (table("Products", COLUMNS, &list.items.iter().map(row).collect::<Vec<_>>()))
            }
            (pages(Section::Products.path(), &filters, page.is_first, list.next.as_deref()))
        }))
    };
    let actions = html! {
        a.button.quiet href="/backoffice/sheet" { "Import and export" }
        a.button href="/backoffice/new-product" { "New product" }
    };
    document(frame, &Page { title: "Products", section: Section::Products, actions, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("Product"),
    Column::Words("State"),
    Column::Words("Category"),
    Column::Figures("Variants"),
    Column::Figures("Price"),
    Column::Words("Changed"),
];

fn row(product: &StaffProduct) -> Markup {
    let draft = &product.draft;
    let prices = draft.variants.iter().map(|variant| variant.price);
    let (lowest, highest) =
        (prices.clone().min_by_key(|price| price.amount), prices.max_by_key(|price| price.amount));
    html! {
        tr {
            td.long {
                div.with-picture {
                    @match draft.images.first() {
                        Some(image) => { img src=(image.url) alt="" width="36" height="36" loading="lazy"; }
                        None => { span.no-picture {} }
                    }
                    div { a.strong href={ "/backoffice/products/" (draft.slug) } { (draft.title) } br; code.soft { (draft.slug) } }
                }
            }
            td {
                (badge::product(draft.state))
                @if let (ProductState::Scheduled, Some(at)) = (draft.state, draft.publish_at) {
                    br; span.soft.nowrap { (moment(at)) }
                }
            }
            td { (draft.category) }
            td.figure { (count(draft.variants.len() as u64)) }
            td.figure.nowrap {
                @if let Some(lowest) = lowest { (money(lowest)) }
                @if let Some(highest) = highest.filter(|highest| Some(*highest) != lowest) { " – " (money(highest)) }
            }
            td.nowrap { (moment(product.updated_at)) }
        }
    }
}

fn search(page: &ProductsPage, categories: &[Category]) -> Markup {
    html! {
        form.search method="get" action=(Section::Products.path()) role="search" {
            @if !page.state.is_empty() { input type="hidden" name="state" value=(page.state); }
            div.field {
                label for="category" { "Category" }
                select id="category" name="category" {
                    option value="" { "All categories" }
                    @for category in categories {
                        option value=(category.slug) selected[category.slug.as_str() == page.category] { (category.title) }
                    }
                }
            }
            div.actions { button.button type="submit" { "Show" } }
        }
    }
}
