//! A sheet of products in Shopify's export format, read into drafts.
//!
//! A product takes several rows: the first that names its handle says what it is, and every row may add a variant, a
//! picture, or both. Both spellings of the columns are known, that of today (`SKU`) and the older one
//! (`Variant SKU`). Nothing here touches the database.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};
use merkato_commerce::{
    money::{Currency, Money},
    text::{SKU_CHARACTERS_MAX, SLUG_CHARACTERS_MAX, Sku, Slug},
    totals::TaxClass,
};
use merkato_contract::catalog::{
    ATTRIBUTE_CHARACTERS_MAX, DESCRIPTION_CHARACTERS_MAX, Image, ProductState, STOCK_MAX, VariantDraft,
};

use crate::plain_text::plain_text;

/// The sheet names no currency; the shop has one.
pub const CURRENCY: Currency = Currency::USD;
/// Most rows of a sheet. What takes longer than a request may is better cut into several, and a file of 16 MiB can
/// hold millions of rows with nothing in them.
const ROWS_MAX: u64 = 20_000;
/// Most errors that are kept; those of further rows are counted.
const ERRORS_MAX: usize = 1_000;
/// Longest description with its markup, in bytes.
const HTML_BYTES_MAX: usize = 5 * DESCRIPTION_CHARACTERS_MAX;
/// The first row below the header, as a spreadsheet numbers it.
const FIRST_ROW: u64 = 2;
/// Where products go that name no category.
const OTHER: &str = "Other";

/// A row that could not be taken, as a spreadsheet numbers it: the header is row 1.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowError {
    /// Which row.
    pub row: u64,
    /// What is wrong with it.
    pub message: String,
}

/// A product of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetProduct {
    /// The row that names it.
    pub row: u64,
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// What it is, in plain text.
    pub description: String,
    /// Slug and title of its category.
    pub category: (Slug, String),
    /// Its pictures.
    pub images: Vec<Image>,
    /// What can be bought.
    pub variants: Vec<VariantDraft>,
    /// Whether one of its rows could not be taken.
    pub spoiled: bool,
    /// Whether it is for sale.
    pub state: ProductState,
    /// What else the sheet says of it.
    pub attributes: BTreeMap<String, String>,
    option_names: [String; 3],
}

/// What a sheet holds.
#[derive(Debug, Default)]
pub struct Sheet {
    /// The products, in the order of the sheet.
    pub products: Vec<SheetProduct>,
    /// Why rows could not be taken, the first of them.
    pub errors: Vec<RowError>,
    /// Number of rows that could not be taken.
    pub failed: u64,
}

/// Reads a sheet. It fails as a whole only where it has no column for the handle.
pub fn read(bytes: &[u8]) -> Result<Sheet, String> {
    // A byte order mark, as spreadsheets write one.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns =
        Columns::of(reader.headers().map_err(|error| format!("The header cannot be read: {error}."))?);
    if !columns.0.contains_key("handle") {
        return Err("The sheet has no column Handle: it is not a product export of Shopify.".to_owned());
    }
    let mut sheet = Sheet::default();
    let mut places = BTreeMap::new();
    for (row, record) in (FIRST_ROW..).zip(reader.records()) {
        if row >= FIRST_ROW + ROWS_MAX {
            return Err(format!("The sheet has more than {ROWS_MAX} rows. Import it in several parts."));
        }
        let taken = match &record {
            // No text of PostgreSQL can hold it.
            Ok(record) if record.iter().any(|field| field.contains('\0')) => {
                Err(vec!["cannot be read: it holds the character U+0000".to_owned()])
            }
            Ok(record) => take(&mut sheet, &mut places, &Fields { columns: &columns, record }, row),
            Err(_) => Err(vec!["cannot be read: it is not UTF-8".to_owned()]),
        };
        let messages = taken.err().unwrap_or_default();
        sheet.failed += u64::from(!messages.is_empty());
        let room = ERRORS_MAX.saturating_sub(sheet.errors.len());
        sheet.errors.extend(messages.into_iter().take(room).map(|message| RowError { row, message }));
    }
    Ok(sheet)
}

/// Takes one row into the sheet, or says everything that is wrong with it. A wrong picture does not spoil a variant,
/// nor the other way round.
fn take(
    sheet: &mut Sheet,
    places: &mut BTreeMap<String, Option<usize>>,
    fields: &Fields<'_>,
    row: u64,
) -> Result<(), Vec<String>> {
    if fields.is_empty() {
        return Ok(());
    }
    let handle = fields.get("handle");
    if handle.is_empty() {
        return Err(vec!["Handle is missing".to_owned()]);
    }
    let place = match places.get(handle) {
        Some(Some(place)) => *place,
        Some(None) => return Err(vec![format!("belongs to {handle}, which could not be taken")]),
        None => {
            let place = sheet.products.len();
            let product = product(fields, row);
            places.insert(handle.to_owned(), product.as_ref().ok().map(|_| place));
            sheet.products.push(product.map_err(|message| vec![message])?);
            place
        }
    };
    let Some(product) = sheet.products.get_mut(place) else { return Ok(()) };
    let mut messages = Vec::new();
    match picture(fields, &product.title) {
        Ok(image) => product.images.extend(image.filter(|image| !product.images.contains(image))),
        Err(message) => messages.push(message),
    }
    match variant(fields, product) {
        Ok(variant) => product.variants.extend(variant),
        Err(message) => messages.push(message),
    }
    product.spoiled |= !messages.is_empty();
    if messages.is_empty() { Ok(()) } else { Err(messages) }
}

fn product(fields: &Fields<'_>, row: u64) -> Result<SheetProduct, String> {
    let handle = fields.get("handle");
    let slug =
        slug_of(handle).ok_or_else(|| format!("Handle {handle} cannot be made a part of an address"))?;
    let title = fields.get("title");
    if title.is_empty() {
        return Err("Title is missing".to_owned());
    }
    let html = fields.get("description");
    if html.len() > HTML_BYTES_MAX {
        return Err(format!("Body (HTML) is longer than {HTML_BYTES_MAX} bytes"));
    }
    Ok(SheetProduct {
        row,
        slug,
        title: title.to_owned(),
        description: plain_text(html),
        category: category(fields).ok_or("Type cannot be made a part of an address")?,
        images: Vec::new(),
        variants: Vec::new(),
        spoiled: false,
        option_names: ["option1 name", "option2 name", "option3 name"]
            .map(|column| fields.get(column).to_owned()),
        state: state(fields),
        attributes: attributes(fields),
    })
}

/// What `Status` says, and without it whether the product is published.
fn state(fields: &Fields<'_>) -> ProductState {
    match fields.get("status").to_ascii_lowercase().as_str() {
        "draft" => ProductState::Draft,
        "archived" => ProductState::Archived,
        _ if fields.get("published").eq_ignore_ascii_case("false") => ProductState::Draft,
        _ => ProductState::Published,
    }
}

/// Columns of the format that are attributes here, under their own names.
pub const ATTRIBUTES: [&str; 2] = ["Vendor", "Tags"];

fn attributes(fields: &Fields<'_>) -> BTreeMap<String, String> {
    let named = ATTRIBUTES.into_iter().zip([fields.get("vendor"), fields.get("tags")]);
    let filled = named.filter(|(_, value)| !value.is_empty());
    filled
        .map(|(name, value)| (name.to_owned(), value.chars().take(ATTRIBUTE_CHARACTERS_MAX).collect()))
        .collect()
}

/// The product's type, or else the last step of its place in the taxonomy (`Apparel > Shirts`), or else [`OTHER`]:
/// the first of them that can be made a part of an address.
fn category(fields: &Fields<'_>) -> Option<(Slug, String)> {
    let taxonomy = fields.get("product category").rsplit('>').next().unwrap_or_default();
    let candidates = [fields.get("type"), taxonomy.trim(), OTHER];
    candidates.into_iter().find_map(|title| Some((slug_of(title)?, title.to_owned())))
}

fn picture(fields: &Fields<'_>, title: &str) -> Result<Option<Image>, String> {
    let url = fields.get("image");
    if url.is_empty() {
        return Ok(None);
    }
    // A path of this shop is what its own export names.
    if !url.starts_with("https://") && !url.starts_with('/') {
        return Err(format!("Image Src {url} is no https address"));
    }
    let alt = Some(fields.get("image alt")).filter(|alt| !alt.is_empty()).unwrap_or(title);
    Ok(Some(Image { url: url.to_owned(), alt: alt.to_owned() }))
}

/// The variant that a row adds; a row that names neither options nor price only adds a picture.
fn variant(fields: &Fields<'_>, product: &mut SheetProduct) -> Result<Option<VariantDraft>, String> {
    let values = ["option1 value", "option2 value", "option3 value"].map(|column| fields.get(column));
    if values.iter().all(|value| value.is_empty())
        && fields.get("price").is_empty()
        && fields.get("sku").is_empty()
    {
        return Ok(None);
    }
    // `Title: Default Title` is how the format says that there is nothing to choose.
    let nothing_to_choose = product.option_names[0] == "Title" && values[0] == "Default Title";
    let chosen =
        product.option_names.iter().zip(values).filter(|(_, value)| !nothing_to_choose && !value.is_empty());
    let chosen = chosen.map(|(name, value)| (name.clone(), value.to_owned())).collect::<Vec<_>>();
    let words = chosen.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>();
    let sku = match fields.get("sku") {
        "" => derived_sku(&product.slug, &words)?,
        given => given.parse().map_err(|invalid: merkato_commerce::Invalid| {
            format!("Variant SKU {given} {}", invalid.message)
        })?,
    };
    if product.variants.iter().any(|variant| variant.sku == sku) {
        return Err(format!("Variant SKU {sku} appears twice in {}", product.slug));
    }
    let price = money(fields.get("price")).map_err(|message| format!("Variant Price {message}"))?;
    let price = price.ok_or("Variant Price is missing")?;
    let compare_at_price = money(fields.get("compare at price"));
    let compare_at_price =
        compare_at_price.map_err(|message| format!("Variant Compare At Price {message}"))?;
    let pieces = whole(fields.get("stock")).map_err(|message| format!("Variant Inventory Qty {message}"))?;
    let grams = whole(fields.get("grams")).map_err(|message| format!("Variant Grams {message}"))?;
    let taxable = !fields.get("taxable").eq_ignore_ascii_case("false");
    Ok(Some(VariantDraft {
        sku,
        title: words.join(" / "),
        options: chosen.into_iter().collect(),
        price,
        compare_at_price: compare_at_price.filter(|before| before.amount > price.amount),
        // What was sold beyond the stock is no stock.
        stock: pieces.map(|pieces| pieces.clamp(0, STOCK_MAX)),
        weight_grams: u32::try_from(grams.unwrap_or(0))
            .map_err(|_| "Variant Grams is not a weight".to_owned())?,
        tax_class: if taxable { TaxClass::Standard } else { TaxClass::Zero },
    }))
}

/// A part of an address made from `text`: its ASCII letters and digits, everything else a hyphen.
pub fn slug_of(text: &str) -> Option<Slug> {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let end = joined.len().min(SLUG_CHARACTERS_MAX);
    joined[..end].trim_end_matches('-').parse().ok().filter(|_| !joined.is_empty())
}

/// A sku for a variant without one: its handle and its options, the same at every import. One that grows too long is
/// cut and marked with a digest of the whole, so that two of them stay two.
fn derived_sku(handle: &Slug, options: &[&str]) -> Result<Sku, String> {
    let words = options.iter().filter_map(|option| slug_of(option)).map(|word| word.to_string());
    let whole =
        std::iter::once(handle.to_string()).chain(words).collect::<Vec<_>>().join("-").to_ascii_uppercase();
    let sku = if whole.len() <= SKU_CHARACTERS_MAX {
        whole
    } else {
        let mark = format!("-{:08X}", fnv1a(whole.as_bytes()));
        format!("{}{mark}", &whole[..SKU_CHARACTERS_MAX - mark.len()])
    };
    sku.parse().map_err(|_| format!("Variant SKU is missing and cannot be made from {handle}"))
}

/// FNV-1a, 32 bits: not for secrets, only to tell long names apart.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// `1299`, `12.99` or `12.9` in major units; nothing if the field is empty.
fn money(text: &str) -> Result<Option<Money>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = CURRENCY.minor_digits() as usize;
    let (major, minor) = text.split_once('.').unwrap_or((text, ""));
    let minor = minor.trim_end_matches('0');
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(major) || !plain(minor) || minor.len() > digits || (major.is_empty() && minor.is_empty()) {
        return Err(format!("{text} is not an amount of {CURRENCY}"));
    }
    let amount = format!("{major}{minor:0<digits$}").parse().map_err(|_| format!("{text} is too large"))?;
    Ok(Some(Money::new(amount, CURRENCY)))
}

/// A whole number, with or without `.0` behind it; nothing if the field is empty.
fn whole(text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let (number, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte == b'0') {
        return Err(format!("{text} is not a whole number"));
    }
    number.parse().map(Some).map_err(|_| format!("{text} is not a whole number"))
}

/// Whether a field gets a quote before it in an export: it is a formula to a spreadsheet by its first character (OWASP,
/// CSV injection), or would lose a quote of its own on the way back.
pub fn is_guarded(field: &str) -> bool {
    field.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn unguarded(field: &str) -> &str {
    field.strip_prefix('\'').filter(|rest| is_guarded(rest)).unwrap_or(field)
}

/// Where each column stands, by the name that it has here.
struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    /// The name here, and the names in sheets of either age, in lower case.
    const NAMES: &[(&'static str, &'static [&'static str])] = &[
        ("handle", &["handle", "url handle"]),
        ("title", &["title"]),
        ("description", &["body (html)", "description"]),
        ("vendor", &["vendor"]),
        ("type", &["type"]),
        ("tags", &["tags"]),
        ("product category", &["product category", "google shopping / google product category"]),
        ("published", &["published", "published on online store"]),
        ("status", &["status"]),
        ("option1 name", &["option1 name"]),
        ("option1 value", &["option1 value"]),
        ("option2 name", &["option2 name"]),
        ("option2 value", &["option2 value"]),
        ("option3 name", &["option3 name"]),
        ("option3 value", &["option3 value"]),
        ("sku", &["variant sku", "sku"]),
        ("grams", &["variant grams", "weight value (grams)"]),
        ("stock", &["variant inventory qty", "inventory quantity"]),
        ("price", &["variant price", "price"]),
        ("compare at price", &["variant compare at price", "compare-at price"]),
        ("taxable", &["variant taxable", "charge tax"]),
        ("image", &["image src", "product image url"]),
        ("image alt", &["image alt text"]),
    ];

    fn of(header: &StringRecord) -> Self {
        let place = |names: &[&str]| {
            header.iter().position(|name| names.contains(&name.trim().to_lowercase().as_str()))
        };
        Self(Self::NAMES.iter().filter_map(|(here, names)| Some((*here, place(names)?))).collect())
    }
}

/// One row.
struct Fields<'row> {
    columns: &'row Columns,
    record: &'row StringRecord,
}

impl<'row> Fields<'row> {
    /// A field without the blanks around it, and without the quote that an export puts before what a spreadsheet would
    /// take for a formula; empty where the sheet has no such column.
    fn get(&self, column: &str) -> &'row str {
        let field = self.columns.0.get(column).and_then(|place| self.record.get(*place));
        unguarded(field.unwrap_or_default().trim())
    }

    fn is_empty(&self) -> bool {
        self.record.iter().all(|field| field.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Handle,Title,Body (HTML),Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
                          Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Taxable,Image Src\n";

    fn sheet(rows: &str) -> Sheet {
        read(format!("{HEADER}{rows}").as_bytes()).expect("a sheet")
    }

    #[test]
    fn a_product_takes_several_rows_and_derives_the_skus_that_are_missing() {
        let sheet = sheet(
            "shirt,Shirt,<p>Soft</p>,Shirts,true,Size,Small,,200,3,19.90,25,true,https://a.example/1.jpg\n\
             shirt,,,,,,Large,SH-L,,-2,21,,false,\n\
             shirt,,,,,,,,,,,,,https://a.example/2.jpg\n",
        );
        assert_eq!(sheet.errors, []);
        let product = &sheet.products[0];
        assert_eq!((product.description.as_str(), product.category.0.as_str()), ("Soft", "shirts"));
        assert_eq!(product.images.len(), 2);
        let [small, large] = product.variants.as_slice() else { panic!("two variants") };
        assert_eq!((small.sku.as_str(), small.price.amount, small.stock), ("SHIRT-SMALL", 1_990, Some(3)));
        assert_eq!((small.options["Size"].as_str(), small.weight_grams), ("Small", 200));
        assert_eq!(small.compare_at_price.map(|price| price.amount), Some(2_500));
        assert_eq!((large.sku.as_str(), large.stock, large.weight_grams), ("SH-L", Some(0), 0));
        assert_eq!((large.tax_class, large.options["Size"].as_str()), (TaxClass::Zero, "Large"));
    }

    #[test]
    fn a_bad_row_is_reported_by_its_number_and_the_good_ones_stay() {
        let sheet = sheet(
            "shirt,Shirt,,,true,Size,Small,,x,1,10,,,\n\
             shirt,,,,,,Large,,,,12,,,\n\
             ,No handle,,,,,,,,,5,,,\n\
             untitled,,,,,,,,,,5,,,\n\
             untitled,,,,,,Red,,,,5,,,\n\
             cup,Cup,,,true,Title,Default Title,,,,,,,\n\
             mug,Mug,,,true,Title,Default Title,M 1,,,7,,,http://a.example/1.jpg\n\
             draft,Draft,,,false,Title,Default Title,,,,7,,,\n",
        );
        assert_eq!(
            sheet.products.iter().map(|product| product.variants.len()).collect::<Vec<_>>(),
            [1, 0, 0, 1]
        );
        let rows = sheet.errors.iter().map(|error| error.row).collect::<Vec<_>>();
        assert_eq!(rows, [2, 4, 5, 6, 7, 8, 8], "{:?}", sheet.errors);
        assert!(sheet.errors[0].message.starts_with("Variant Grams"), "{:?}", sheet.errors[0]);
    }

    #[test]
    fn a_row_that_no_table_can_keep_is_one_bad_row() {
        for title in [b"C\xffp", b"C\0p"] {
            let row = [b"cup,", title.as_slice(), b",,,,,,,,,5,,,\n"].concat();
            let bytes = [HEADER.as_bytes(), &row, b"mug,Mug,,,,,,,,,5,,,\n"].concat();
            let sheet = read(&bytes).expect("a sheet");
            assert_eq!((sheet.errors.len(), sheet.errors[0].row, sheet.products.len()), (1, 2, 1));
        }
    }

    #[test]
    fn a_sheet_of_something_else_is_refused_whole() {
        assert!(read(b"a,b\n1,2\n").is_err());
        assert!(read(b"").is_err());
    }

    #[test]
    fn an_amount_is_read_to_the_cent_and_never_through_a_float() {
        let cents = |text: &str| money(text).map(|money| money.map(|money| money.amount));
        assert_eq!(cents(""), Ok(None));
        for (text, amount) in [("50", 5_000), ("0.1", 10), (".05", 5), ("12.9900", 1_299), ("1.", 100)] {
            assert_eq!(cents(text), Ok(Some(amount)), "{text}");
        }
        for text in ["-1", "1,299.00", "$5", "1.999", "1e3", ".", "99999999999999999999"] {
            assert!(cents(text).is_err(), "{text}");
        }
    }

    #[test]
    fn two_long_skus_that_begin_alike_stay_two() {
        let handle: Slug = "a".repeat(60).parse().expect("a slug");
        let [one, two] = [["Small", "Red"], ["Small", "Blue"]].map(|options| derived_sku(&handle, &options));
        assert_ne!(one, two);
        assert_eq!(one.map(|sku| sku.as_str().len()), Ok(SKU_CHARACTERS_MAX));
    }

    #[test]
    fn a_product_without_type_goes_where_all_such_go() {
        let sheet = sheet("cup,Cup,,,,,,,,,5,,,\n");
        assert_eq!(sheet.products[0].category.0.as_str(), "other");
        assert_eq!(slug_of("Café & Co — Größe"), "caf-co-gr-e".parse().ok());
    }
}
