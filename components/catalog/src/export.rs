//! Writes products as a sheet in Shopify's export format: what [`crate::sheet`] reads, and spreadsheets open.

use std::collections::BTreeMap;

use merkato_commerce::{
    ids::ProductId,
    money::Money,
    text::{Sku, Slug},
    totals::TaxClass,
};
use merkato_contract::{
    catalog::{ProductDraft, ProductState, VariantDraft},
    coordinator::STOCK_SKUS_MAX,
    problem::Problem,
};
use merkato_edge::{Context, availability};

use crate::{
    sheet::{ATTRIBUTES, is_guarded, slug_of},
    store::Store,
};

/// Most products in one file: what is read, asked for and written within a request.
const PRODUCTS_MAX: u32 = 500;
/// Options that the format has columns for.
const OPTIONS: usize = 3;
/// The columns, as Shopify names them.
const HEADER: [&str; 24] = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Option3 Name",
    "Option3 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Taxable",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Status",
];

/// One file of products, in any state, and the last of them if there are more.
pub async fn export(
    context: &Context,
    store: &Store<'_>,
    after: Option<ProductId>,
) -> Result<(Vec<u8>, Option<ProductId>), Problem> {
    let mut products = store.list_products(None, None, after, PRODUCTS_MAX + 1)?;
    let more = products.len() > PRODUCTS_MAX as usize;
    products.truncate(PRODUCTS_MAX as usize);
    let titles = store.list_categories()?;
    let titles = titles.into_iter().map(|category| (category.slug, category.title)).collect();
    let skus = products.iter().flat_map(|stored| &stored.draft.variants).map(|variant| variant.sku.clone());
    let mut levels = BTreeMap::new();
    for some in skus.collect::<Vec<_>>().chunks(STOCK_SKUS_MAX) {
        // A file that says of stock that it is unknown would be imported as if there were none.
        let known = availability::query_stock(context, some).await?;
        levels.extend(known.items.into_iter().map(|level| (level.sku, level.available)));
    }
    let drafts = products.iter().map(|stored| &stored.draft);
    let sheet = write(drafts, &titles, &levels)
        .map_err(|error| context.internal("a sheet could not be written", error))?;
    Ok((sheet, products.last().filter(|_| more).map(|last| last.id)))
}

/// The sheet, in which no field is a formula.
fn write<'a>(
    products: impl Iterator<Item = &'a ProductDraft>,
    titles: &BTreeMap<Slug, String>,
    levels: &BTreeMap<Sku, i64>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for product in products {
        for row in rows(product, titles, levels) {
            let fields = HEADER.iter().map(|column| row.get(column).map_or("", String::as_str));
            writer.write_record(fields.map(guarded))?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn guarded(field: &str) -> String {
    if is_guarded(field) { format!("'{field}") } else { field.to_owned() }
}

type RowFields = BTreeMap<&'static str, String>;

/// A row for each variant or picture, whichever are more; the first says what the product is.
fn rows(
    product: &ProductDraft,
    titles: &BTreeMap<Slug, String>,
    levels: &BTreeMap<Sku, i64>,
) -> Vec<RowFields> {
    let names = option_names(product);
    let count = product.variants.len().max(product.images.len());
    let mut rows = vec![RowFields::new(); count];
    for (place, row) in rows.iter_mut().enumerate() {
        row.insert("Handle", product.slug.to_string());
        if let Some(variant) = product.variants.get(place) {
            row.extend(variant_fields(variant, &names, levels));
        }
        if let Some(image) = product.images.get(place) {
            row.insert("Image Src", image.url.clone());
            row.insert("Image Position", (place + 1).to_string());
            row.insert("Image Alt Text", image.alt.clone());
        }
    }
    if let Some(first) = rows.first_mut() {
        first.extend(product_fields(product, titles));
        let columns = ["Option1 Name", "Option2 Name", "Option3 Name"];
        first.extend(columns.into_iter().zip(names));
    }
    rows
}

fn product_fields(product: &ProductDraft, titles: &BTreeMap<Slug, String>) -> RowFields {
    // A title from which the slug can be made again; else the slug, so that the product stays in its category.
    let title =
        titles.get(&product.category).filter(|title| slug_of(title).as_ref() == Some(&product.category));
    let status = match product.state {
        ProductState::Published => "active",
        ProductState::Draft | ProductState::Scheduled => "draft",
        ProductState::Archived => "archived",
    };
    let mut fields = RowFields::from([
        ("Title", product.title.clone()),
        ("Body (HTML)", html(&product.description)),
        ("Type", title.cloned().unwrap_or_else(|| product.category.to_string())),
        ("Published", (product.state == ProductState::Published).to_string()),
        ("Status", status.to_owned()),
    ]);
    for name in ATTRIBUTES {
        fields.extend(product.attributes.get(name).map(|value| (name, value.clone())));
    }
    fields
}

fn variant_fields(variant: &VariantDraft, names: &[String], levels: &BTreeMap<Sku, i64>) -> RowFields {
    let mut fields = RowFields::from([
        ("Variant SKU", variant.sku.to_string()),
        ("Variant Grams", variant.weight_grams.to_string()),
        ("Variant Inventory Tracker", "shopify".to_owned()),
        ("Variant Price", amount(variant.price)),
        ("Variant Compare At Price", variant.compare_at_price.map(amount).unwrap_or_default()),
        ("Variant Taxable", (variant.tax_class != TaxClass::Zero).to_string()),
    ]);
    // What the till does not know yet is on the shelf as it was said to be.
    let pieces = levels.get(&variant.sku).copied().or(variant.stock);
    fields.extend(pieces.map(|pieces| ("Variant Inventory Qty", pieces.to_string())));
    let columns = ["Option1 Value", "Option2 Value", "Option3 Value"];
    if variant.options.is_empty() {
        let title = if variant.title.is_empty() { "Default Title" } else { variant.title.as_str() };
        fields.insert("Option1 Value", title.to_owned());
    } else {
        let values = names.iter().map(|name| variant.options.get(name).cloned().unwrap_or_default());
        fields.extend(columns.into_iter().zip(values));
    }
    fields
}

/// The names of the options of all variants; `Title` is how the format says that there are none.
fn option_names(product: &ProductDraft) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in product.variants.iter().flat_map(|variant| variant.options.keys()) {
        if !names.contains(name) && names.len() < OPTIONS {
            names.push(name.clone());
        }
    }
    if names.is_empty() { vec!["Title".to_owned()] } else { names }
}

/// Plain text as HTML: what [`crate::plain_text`] makes the same text of.
fn html(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p>{}</p>", escaped.replace("\n\n", "</p><p>").replace('\n', "<br>"))
}

/// `12.99`.
fn amount(money: Money) -> String {
    let text = money.to_string();
    text.split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet;

    fn product(json: &str) -> ProductDraft {
        serde_json::from_str(json).expect("a draft")
    }

    const CUP: &str = r#"{
        "slug": "sini-cup", "title": "Sini, \"small\"", "category": "cups", "state": "archived",
        "description": "Without a handle & <fine>.\n\n- white\n- blue",
        "images": [{ "url": "/images/a.svg", "alt": "A cup" }, { "url": "https://a.example/b.jpg", "alt": "Two" },
                   { "url": "https://a.example/c.jpg", "alt": "Three" }],
        "attributes": { "Vendor": "Tadesse & Sons", "Tags": "cup, coffee" },
        "variants": [
            { "sku": "W-S", "title": "White / S", "options": { "Colour": "White", "Size": "S" }, "stock": 3,
              "price": { "amount": 905, "currency": "USD" }, "weight_grams": 120 },
            { "sku": "B-S", "title": "Blue / S", "options": { "Colour": "Blue", "Size": "S" }, "tax_class": "zero",
              "price": { "amount": 1100, "currency": "USD" }, "compare_at_price": { "amount": 1300, "currency": "USD" } }
        ]}"#;

    #[test]
    fn what_is_exported_is_what_is_imported() {
        let cup = product(CUP);
        let titles = [(cup.category.clone(), "Cups".to_owned())].into();
        let levels = [("B-S".parse().expect("a sku"), 7)].into();
        let bytes = write([&cup].into_iter(), &titles, &levels).expect("a sheet");
        let read = sheet::read(&bytes).expect("a sheet of products");
        assert_eq!(read.errors, []);
        let [again] = read.products.as_slice() else { panic!("one product") };
        assert_eq!(
            (&again.slug, &again.title, &again.description),
            (&cup.slug, &cup.title, &cup.description)
        );
        assert_eq!(again.category, (cup.category.clone(), "Cups".to_owned()));
        assert_eq!(
            (&again.images, &again.attributes, again.state),
            (&cup.images, &cup.attributes, cup.state)
        );
        let mut variants = cup.variants.clone();
        variants[1].stock = Some(7);
        assert_eq!(again.variants, variants);
    }

    #[test]
    fn a_category_whose_title_makes_another_slug_is_named_by_its_slug() {
        let cup = product(CUP);
        let titles = [(cup.category.clone(), "Cups & mugs".to_owned())].into();
        assert_eq!(product_fields(&cup, &titles)["Type"], "cups");
    }

    #[test]
    fn no_field_is_a_formula_to_a_spreadsheet_and_each_comes_back_as_it_was() {
        for text in
            ["=HYPERLINK(\"http://evil.example\")", "+1", "-1+2", "@SUM(A1)", "'quoted'", "'=1", "plain"]
        {
            let mut cup = product(CUP);
            text.clone_into(&mut cup.title);
            cup.attributes.insert("Vendor".to_owned(), text.to_owned());
            let bytes = write([&cup].into_iter(), &BTreeMap::new(), &BTreeMap::new()).expect("a sheet");
            for record in csv::Reader::from_reader(bytes.as_slice()).records() {
                let record = record.expect("a row");
                assert!(record.iter().all(|field| !field.starts_with(['=', '+', '-', '@'])), "{record:?}");
            }
            let read = sheet::read(&bytes).expect("a sheet of products");
            assert_eq!(read.products[0].title, text);
            assert_eq!(read.products[0].attributes["Vendor"], text);
        }
    }
}
