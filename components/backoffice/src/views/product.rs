//! One product, as staff write it.

use std::collections::BTreeMap;

use maud::{Markup, html};
use merkato_commerce::{money::Currency, totals::TaxClass};
use merkato_contract::{
    catalog::{Category, Image, ProductDraft, ProductState, VariantDraft},
    problem::Problem,
};

use super::{
    field::{self, Complaints, Text, cell, choice},
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{Column, table},
};
use crate::figures::{amount, field_moment};

/// Rows for variants that are not there yet.
const BLANK_VARIANTS: usize = 3;
/// Rows for pictures that are not there yet.
const BLANK_IMAGES: usize = 1;
/// The currency of a shop's first product, until somebody types another.
const CURRENCY_DEFAULT: &str = "USD";
/// Name of the hidden field with the version that an edit is made against.
pub const VERSION_FIELD: &str = "version";
/// Name of the field for pictures from the machine.
pub const FILES_FIELD: &str = "files";

/// A variant as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledVariant {
    /// Its stock keeping unit.
    pub sku: String,
    /// What sets it apart.
    pub title: String,
    /// The choices that lead to it: `Size: M; Colour: red`.
    pub options: String,
    /// What a piece costs.
    pub price: String,
    /// What it cost before.
    pub compare_at_price: String,
    /// Pieces on the shelf when the sku first appears.
    pub stock: String,
    /// Weight with packing.
    pub weight_grams: String,
    /// Name of the tax class.
    pub tax_class: String,
}

/// A product as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// What it is.
    pub description: String,
    /// Slug of its category.
    pub category: String,
    /// Name of its state.
    pub state: String,
    /// When it is published by itself.
    pub publish_at: String,
    /// What else there is to know: `Material: Cotton`, one a line.
    pub attributes: String,
    /// Currency of all prices.
    pub currency: String,
    /// Address and description of each picture.
    pub images: Vec<(String, String)>,
    /// What can be bought.
    pub variants: Vec<FilledVariant>,
}

impl Filled {
    /// The form of a new product.
    pub fn blank() -> Self {
        Self {
            state: ProductState::Draft.name().to_owned(),
            currency: CURRENCY_DEFAULT.to_owned(),
            ..Self::default()
        }
    }

    /// The form of a product that is there.
    pub fn of(draft: &ProductDraft) -> Self {
        let currency = draft.variants.first().map(|variant| variant.price.currency);
        Self {
            slug: draft.slug.to_string(),
            title: draft.title.clone(),
            description: draft.description.clone(),
            category: draft.category.to_string(),
            state: draft.state.name().to_owned(),
            publish_at: draft.publish_at.map(field_moment).unwrap_or_default(),
            attributes: pairs(&draft.attributes, "\n"),
            currency: currency.map_or_else(|| CURRENCY_DEFAULT.to_owned(), |currency| currency.to_string()),
            images: draft.images.iter().map(|Image { url, alt }| (url.clone(), alt.clone())).collect(),
            variants: draft.variants.iter().map(FilledVariant::of).collect(),
        }
    }

    /// Where `other` says something else: what it is called, what stands here, and what stands there.
    pub fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        let (ours, theirs) = (self.named(), other.named());
        let names = ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name)));
        let value =
            |named: &BTreeMap<String, String>, name: &str| named.get(name).cloned().unwrap_or_default();
        let differing = names.map(|name| (name.clone(), value(&ours, name), value(&theirs, name)));
        differing.filter(|(_, ours, theirs)| ours != theirs).collect()
    }

    /// Every field by what it is called.
    fn named(&self) -> BTreeMap<String, String> {
        let mut named = BTreeMap::from([
            ("Address".to_owned(), self.slug.clone()),
            ("Title".to_owned(), self.title.clone()),
            ("Description".to_owned(), self.description.clone()),
            ("Category".to_owned(), self.category.clone()),
            ("State".to_owned(), self.state.clone()),
            ("Published at".to_owned(), self.publish_at.clone()),
            ("Attributes".to_owned(), self.attributes.clone()),
            ("Currency".to_owned(), self.currency.clone()),
        ]);
        let images = self.images.iter().map(|(url, alt)| format!("{url} {alt}")).collect::<Vec<_>>();
        named.insert("Pictures".to_owned(), images.join("\n"));
        for variant in &self.variants {
            named.insert(format!("Variant {}", variant.sku), variant.in_words());
        }
        named
    }
}

impl FilledVariant {
    fn of(variant: &VariantDraft) -> Self {
        Self {
            sku: variant.sku.to_string(),
            title: variant.title.clone(),
            options: pairs(&variant.options, "; "),
            price: amount(variant.price),
            compare_at_price: variant.compare_at_price.map(amount).unwrap_or_default(),
            stock: variant.stock.map(|stock| stock.to_string()).unwrap_or_default(),
            weight_grams: variant.weight_grams.to_string(),
            tax_class: variant.tax_class.name().to_owned(),
        }
    }

    fn in_words(&self) -> String {
        let Self { title, options, price, compare_at_price, weight_grams, tax_class, .. } = self;
        [title, options, price, compare_at_price, weight_grams, tax_class].map(String::as_str).join(", ")
    }
}

fn pairs(pairs: &BTreeMap<String, String>, between: &str) -> String {
    pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(between)
}

/// The page of a product.
pub struct ProductPage<'a> {
    /// Its slug as it is kept; none for a new product.
    pub slug: Option<&'a str>,
    /// The version that an edit is made against.
    pub version: i64,
    /// What stands in the form.
    pub filled: &'a Filled,
    /// All categories.
    pub categories: &'a Result<Vec<Category>, Problem>,
    /// What happened just now.
    pub message: Option<&'a Message>,
    /// What is wrong with what was sent.
    pub complaints: Complaints,
    /// What somebody else has made of it meanwhile.
    pub theirs: Option<&'a Filled>,
}

/// The page.
pub fn product(frame: &Frame, page: &ProductPage) -> String {
    let action = page
        .slug
        .map_or_else(|| "/backoffice/new-product".to_owned(), |slug| format!("/backoffice/products/{slug}"));
    let main = html! {
        (message::live(page.message))
        @if let Some(theirs) = page.theirs { (conflict(page.filled, theirs, &action)) }
        (message::complaints(&unshown(page)))
        form.editor method="post" action=(action) {
            (field::csrf(&frame.csrf))
            (field::hidden(VERSION_FIELD, &page.version.to_string()))
            (texts(page))
            (variants(page))
            (images(page))
            div.actions.sticky {
                button.button type="submit" { @if page.slug.is_some() { "Save" } @else { "Create" } }
                a.button.quiet href=(Section::Products.path()) { "Back without saving" }
            }
        }
        @if let Some(slug) = page.slug { (upload(frame, slug)) (archive(frame, page, slug)) }
    };
    let title = if page.slug.is_none() { "New product" } else { page.filled.title.as_str() };
    let actions = html! {
        @if let Some(slug) = page.slug {
            @if page.filled.state == ProductState::Published.name() {
                a.button.quiet href={ "/products/" (slug) } { "See it in the shop" }
            }
        }
    };
    document(frame, &Page { title, section: Section::Products, actions, main })
}

/// Complaints that no field of the form shows beside it.
fn unshown(page: &ProductPage) -> Complaints {
    let mut rest = Complaints::default();
    let texts = ["title", "slug", "description", "category", "state", "publish_at", "attributes", "currency"];
    let cells = [
        "sku",
        "title",
        "options",
        "price",
        "compare_at_price",
        "stock",
        "weight_grams",
        "tax_class",
        "url",
        "alt",
    ];
    for (field, message) in page.complaints.iter() {
        let last = field.rsplit('.').next().unwrap_or_default();
        let is_cell = field.contains("].") && cells.contains(&last);
        if !texts.contains(&field) && !is_cell {
            rest.add(field, message);
        }
    }
    rest
}

fn conflict(ours: &Filled, theirs: &Filled, action: &str) -> Markup {
    let columns =
        [Column::Words("What"), Column::Words("As you have it"), Column::Words("As it is kept now")];
    let differences = ours.differences(theirs);
    let rows = differences.iter().map(|(name, ours, theirs)| {
        html! { tr { td { (name) } td.long.lines { (ours) } td.long.lines { (theirs) } } }
    });
    html! {
        section.panel.warning aria-labelledby="conflict" {
            h2 id="conflict" { "Somebody else has changed it meanwhile" }
            p { "Nothing was saved. The form below holds what you typed. Save it again, and yours takes the place of theirs." }
            (table("Differences", &columns, &rows.collect::<Vec<_>>()))
            div.actions { a.button.quiet href=(action) { "Throw mine away and edit theirs" } }
        }
    }
}

fn texts(page: &ProductPage) -> Markup {
    let (filled, complaints) = (page.filled, &page.complaints);
    let states = [
        (ProductState::Draft.name(), "Draft"),
        (ProductState::Scheduled.name(), "Scheduled: published by itself"),
        (ProductState::Published.name(), "Published"),
        (ProductState::Archived.name(), "Archived"),
    ];
    html! {
        section.panel aria-labelledby="texts" {
            h2 id="texts" { "What it is" }
            div.fields {
                (Text::new("title", "Title", &filled.title).required().render(complaints))
                (Text::new("slug", "Name in its address", &filled.slug).required()
                    .hint("Small letters, digits and hyphens.").render(complaints))
                (category(page))
                (choice("state", "State", &states, &filled.state, complaints))
                (Text::new("publish_at", "Published at (UTC)", &filled.publish_at).kind("datetime-local")
                    .hint("For a scheduled product.").render(complaints))
                (Text::new("currency", "Currency of its prices", &filled.currency).required().render(complaints))
                (Text::new("description", "Description", &filled.description)
                    .hint("Plain text. An empty line parts paragraphs.").render_area(8, complaints))
                (Text::new("attributes", "Attributes", &filled.attributes)
                    .hint("One a line, such as Material: Cotton.").render_area(4, complaints))
            }
        }
    }
}

fn category(page: &ProductPage) -> Markup {
    match page.categories {
        Ok(categories) => {
            let mut options = vec![("", "Choose one")];
            options
                .extend(categories.iter().map(|category| (category.slug.as_str(), category.title.as_str())));
            // One that is no longer there must not turn into another by being shown.
            if !options.iter().any(|(slug, _)| *slug == page.filled.category) {
                options.push((&page.filled.category, &page.filled.category));
            }
            choice("category", "Category", &options, &page.filled.category, &page.complaints)
        }
        Err(_) => {
            Text::new("category", "Category", &page.filled.category).required().render(&page.complaints)
        }
    }
}

fn variants(page: &ProductPage) -> Markup {
    let columns = [
        Column::Words("Sku"),
        Column::Words("Title"),
        Column::Words("Options"),
        Column::Figures("Price"),
        Column::Figures("Before"),
        Column::Figures("First stock"),
        Column::Figures("Grams"),
        Column::Words("Tax"),
    ];
    let blank = FilledVariant { tax_class: TaxClass::Standard.name().to_owned(), ..FilledVariant::default() };
    let rows = page.filled.variants.iter().chain(std::iter::repeat_n(&blank, BLANK_VARIANTS));
    let rows = rows.enumerate().map(|(place, variant)| variant_row(place, variant, &page.complaints));
    html! {
        section.panel aria-labelledby="variants" {
            h2 id="variants" { "What can be bought" }
            p.soft {
                "A row without a sku is left out; one whose sku you take out goes. Options are written as "
                code { "Size: M; Colour: red" } ". Pieces are counted under "
                a href=(Section::Stock.path()) { "Stock" } " once a sku is there."
            }
            (table("Variants", &columns, &rows.collect::<Vec<_>>()))
        }
    }
}

fn variant_row(place: usize, variant: &FilledVariant, complaints: &Complaints) -> Markup {
    let number = place + 1;
    let name = |field: &str| format!("variants[{place}].{field}");
    let column = |field: &str, label: &str, value: &str, kind: &str| {
        html! {
            td.figure[kind == "figure"] { (cell(&name(field), &format!("{label} of variant {number}"), value, kind, complaints)) }
        }
    };
    let tax = name("tax_class");
    html! {
        tr {
            (column("sku", "Sku", &variant.sku, "text"))
            (column("title", "Title", &variant.title, "text"))
            (column("options", "Options", &variant.options, "text"))
            (column("price", "Price", &variant.price, "figure"))
            (column("compare_at_price", "Price before", &variant.compare_at_price, "figure"))
            (column("stock", "First stock", &variant.stock, "figure"))
            (column("weight_grams", "Grams", &variant.weight_grams, "figure"))
            td {
                select.cell name=(tax) aria-label={ "Tax of variant " (number) } {
                    @for class in [TaxClass::Standard, TaxClass::Reduced, TaxClass::Zero] {
                        option value=(class.name()) selected[class.name() == variant.tax_class] { (class.name()) }
                    }
                }
            }
        }
    }
}

fn images(page: &ProductPage) -> Markup {
    let columns = [Column::Words("Picture"), Column::Words("Address"), Column::Words("What it shows")];
    let blank = (String::new(), String::new());
    let rows = page.filled.images.iter().chain(std::iter::repeat_n(&blank, BLANK_IMAGES));
    let rows = rows.enumerate().map(|(place, (url, alt))| {
        let name = |field: &str| format!("images[{place}].{field}");
        html! {
            tr {
                td { @if url.is_empty() { span.no-picture {} } @else { img src=(url) alt="" width="36" height="36"; } }
                td { (cell(&name("url"), &format!("Address of picture {}", place + 1), url, "text", &page.complaints)) }
                td { (cell(&name("alt"), &format!("What picture {} shows", place + 1), alt, "text", &page.complaints)) }
            }
        }
    });
    html! {
        section.panel aria-labelledby="pictures" {
            h2 id="pictures" { "Pictures" }
            p.soft { "The first one leads. One whose address you take out goes." }
            (table("Pictures", &columns, &rows.collect::<Vec<_>>()))
        }
    }
}

fn upload(frame: &Frame, slug: &str) -> Markup {
    html! {
        section.panel aria-labelledby="upload" {
            h2 id="upload" { "Add pictures from your machine" }
            p.soft { "PNG, JPEG, WebP, GIF or AVIF, two megabytes each, five at a time. Save what you have typed above first." }
            form method="post" action={ "/backoffice/products/" (slug) "/images" } enctype="multipart/form-data" {
                (field::csrf(&frame.csrf))
                div.field {
                    label for=(FILES_FIELD) { "Pictures" }
                    input id=(FILES_FIELD) name=(FILES_FIELD) type="file" multiple required
                        accept="image/png,image/jpeg,image/webp,image/gif,image/avif";
                }
                div.actions { button.button.quiet type="submit" { "Add them" } }
            }
        }
    }
}

fn archive(frame: &Frame, page: &ProductPage, slug: &str) -> Markup {
    html! {
        @if page.filled.state != ProductState::Archived.name() {
            section.panel aria-labelledby="archive" {
                h2 id="archive" { "Take it out of the shop" }
                form method="post" action={ "/backoffice/products/" (slug) "/archive" } {
                    (field::csrf(&frame.csrf))
                    (field::hidden(VERSION_FIELD, &page.version.to_string()))
                    p { "An archived product is no longer for sale. Orders keep what they say of it, and it can be published again." }
                    div.actions { button.button.quiet type="submit" { "Archive it …" } }
                }
            }
        }
    }
}

/// The currency that was typed, if it is one.
pub fn currency(filled: &Filled) -> Option<Currency> {
    filled.currency.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_have_made_of_a_product_is_told_apart_field_by_field() {
        let variant = |sku: &str, price: &str| FilledVariant {
            sku: sku.to_owned(),
            price: price.to_owned(),
            ..FilledVariant::default()
        };
        let ours =
            Filled { title: "Cup".to_owned(), variants: vec![variant("A", "1.00")], ..Filled::blank() };
        let mut theirs = ours.clone();
        assert_eq!(ours.differences(&theirs), []);
        theirs.title = "Mug".to_owned();
        theirs.variants = vec![variant("B", "1.00")];
        let names = ours.differences(&theirs).into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
        assert_eq!(names, ["Title", "Variant A", "Variant B"]);
    }
}
