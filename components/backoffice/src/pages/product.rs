//! One product: reading, writing, pictures, archiving.

use std::collections::BTreeMap;

use maud::html;
use merkato_commerce::{Invalid, money::Currency, text::Slug};
use merkato_contract::{
    IMAGE_BYTES_MAX,
    catalog::{Image, ProductDraft, ProductState, StaffProduct, Translations, VariantDraft},
    problem::{Code, Problem},
};
use merkato_edge::Response;

use crate::{
    figures::{parse_amount, parse_moment},
    form::Form,
    shop::Versioned,
    views::{
        self,
        confirm::Confirm,
        field::{CONFIRMED_FIELD, Complaints},
        layout::Section,
        message::Message,
        product::{FILES_FIELD, Filled, FilledVariant, ProductPage, VERSION_FIELD},
    },
    visit::{Visit, page},
};

/// Most rows of variants and of pictures that a form may have: what the catalog takes, and the blank ones.
const ROWS_MAX: usize = 120;
/// What is said after something was done.
const DONE: &[(&str, &str)] = &[
    ("saved", "The product is saved"),
    ("created", "The product is created"),
    ("pictures", "The pictures are there"),
];

/// What is said of what was just sent.
#[derive(Default)]
struct Reply {
    message: Option<Message>,
    complaints: Complaints,
    theirs: Option<Filled>,
}

/// Shows the form of a new product.
pub async fn blank(visit: &Visit<'_>) -> Result<Response, Problem> {
    show_with(visit, 200, None, &Filled::blank(), Reply::default()).await
}

/// Shows a product.
pub async fn show(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let known = visit.shop.product(&known_slug(slug)?).await?;
    let reply = Reply { message: visit.done(DONE), ..Reply::default() };
    show_with(visit, 200, Some(&of(&known)), &Filled::of(&known.draft), reply).await
}

/// The slug and version that an edit is made against.
fn of(known: &StaffProduct) -> Versioned<Slug> {
    Versioned { it: known.draft.slug.clone(), version: known.version }
}

async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    known: Option<&Versioned<Slug>>,
    filled: &Filled,
    reply: Reply,
) -> Result<Response, Problem> {
    let categories = visit.shop.categories().await;
    let shown = ProductPage {
        slug: known.map(|known| known.it.as_str()),
        version: known.map_or(0, |known| known.version),
        filled,
        categories: &categories,
        message: reply.message.as_ref(),
        complaints: reply.complaints,
        theirs: reply.theirs.as_ref(),
    };
    Ok(page(status, views::product::product(&visit.frame(), &shown)))
}

/// Creates a product.
pub async fn create(visit: &Visit<'_>) -> Result<Response, Problem> {
    let filled = filled_in(&visit.form().await?);
    let draft = match draft_of(&filled, Translations::default()) {
        Ok(draft) => draft,
        Err(complaints) => return show_with(visit, 422, None, &filled, wrong(complaints)).await,
    };
    match visit.shop.create_product(&draft).await {
        Ok(()) => {
            visit.report("product.create", subject(&draft.slug), draft.state.name()).await;
            Response::see_other(&format!("{}?done=created", address(&draft.slug)))
        }
        Err(problem) => show_with(visit, problem.status, None, &filled, refused(&problem)).await,
    }
}

/// Saves a product, unless somebody else has changed it since it was shown.
pub async fn update(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let (slug, form) = (known_slug(slug)?, visit.form().await?);
    let seen = Versioned { it: slug.clone(), version: form.number(VERSION_FIELD)? };
    let filled = filled_in(&form);
    // What the form does not show stays as it is.
    let known = visit.shop.product(&slug).await?;
    let draft = match draft_of(&filled, known.draft.translations.clone()) {
        Ok(draft) => Versioned { it: draft, version: seen.version },
        Err(complaints) => return show_with(visit, 422, Some(&seen), &filled, wrong(complaints)).await,
    };
    match visit.shop.update_product(&slug, &draft).await {
        Ok(()) => {
            visit.report("product.update", subject(&draft.it.slug), draft.it.state.name()).await;
            Response::see_other(&format!("{}?done=saved", address(&draft.it.slug)))
        }
        Err(problem) if problem.code == Code::Conflict => {
            let now = visit.shop.product(&slug).await?;
            if now.version == seen.version {
                // The slug or a sku is another product's.
                return show_with(visit, problem.status, Some(&seen), &filled, refused(&problem)).await;
            }
            let reply = Reply { theirs: Some(Filled::of(&now.draft)), ..Reply::default() };
            show_with(visit, problem.status, Some(&of(&now)), &filled, reply).await
        }
        Err(problem) => show_with(visit, problem.status, Some(&seen), &filled, refused(&problem)).await,
    }
}

/// Keeps pictures and puts them behind those that are there. The whole product is written against the version that was
/// just read, so nobody's edit is overlooked.
pub async fn upload_images(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let (slug, form) = (known_slug(slug)?, visit.form().await?);
    let known = visit.shop.product(&slug).await?;
    let mut draft = Versioned { it: known.draft.clone(), version: known.version };
    for file in form.files(FILES_FIELD) {
        if file.bytes.len() > IMAGE_BYTES_MAX {
            let problem =
                Problem::new(Code::BodyTooLarge, format!("{} is larger than two megabytes.", file.name));
            return show_again(visit, &known, &problem).await;
        }
        match visit.shop.upload_image(file.bytes.clone()).await {
            Ok(image) => draft.it.images.push(Image { url: image.url, alt: known.draft.title.clone() }),
            Err(problem) => return show_again(visit, &known, &problem).await,
        }
    }
    match visit.shop.update_product(&slug, &draft).await {
        Ok(()) => {
            visit.report("product.update", subject(&slug), "pictures were added").await;
            Response::see_other(&format!("{}?done=pictures", address(&slug)))
        }
        Err(problem) => show_again(visit, &known, &problem).await,
    }
}

async fn show_again(visit: &Visit<'_>, known: &StaffProduct, problem: &Problem) -> Result<Response, Problem> {
    show_with(visit, problem.status, Some(&of(known)), &Filled::of(&known.draft), refused(problem)).await
}

/// Takes a product out of the shop, once that was confirmed.
pub async fn archive(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let (slug, form) = (known_slug(slug)?, visit.form().await?);
    let known = visit.shop.product(&slug).await?;
    let back = address(&slug);
    if form.text(CONFIRMED_FIELD).is_empty() {
        let confirm = Confirm {
            title: "Take it out of the shop?",
            text: html! {
                p { strong { (known.draft.title) } " is no longer for sale, and no longer found. It can be published again." }
            },
            action: &format!("{back}/archive"),
            fields: &form.fields().collect::<Vec<_>>(),
            button: "Archive it",
            back: &back,
            section: Section::Products,
            key: &visit.fresh_key(),
        };
        return Ok(page(200, views::confirm::confirm(&visit.frame(), &confirm)));
    }
    let archived = ProductDraft { state: ProductState::Archived, ..known.draft.clone() };
    let version = form.number(VERSION_FIELD)?;
    match visit.shop.update_product(&slug, &Versioned { it: archived, version }).await {
        Ok(()) => {
            visit.report("product.archive", subject(&slug), ProductState::Archived.name()).await;
            Response::see_other("/backoffice/products?done=archived")
        }
        Err(problem) => show_again(visit, &known, &problem).await,
    }
}

fn wrong(complaints: Complaints) -> Reply {
    let message = Message::bad("Nothing was saved", "Please look at the marked fields.");
    Reply { message: Some(message), complaints, theirs: None }
}

/// What the catalog complains about, under the names that the form has for it.
fn refused(problem: &Problem) -> Reply {
    let mut complaints = Complaints::default();
    for error in &problem.errors {
        complaints.add(error.field.trim_end_matches(".amount"), &error.message);
    }
    Reply { message: Some(Message::refused(problem)), complaints, theirs: None }
}

/// What was typed.
fn filled_in(form: &Form) -> Filled {
    let rows = |kind: &'static str, first: &'static str| {
        (0..ROWS_MAX).filter(move |place| form.optional(&format!("{kind}[{place}].{first}")).is_some())
    };
    let variant = |place: usize| {
        let text = |field: &str| form.text(&format!("variants[{place}].{field}")).to_owned();
        FilledVariant {
            sku: text("sku"),
            title: text("title"),
            options: text("options"),
            price: text("price"),
            compare_at_price: text("compare_at_price"),
            stock: text("stock"),
            weight_grams: text("weight_grams"),
            tax_class: text("tax_class"),
        }
    };
    let image = |place: usize| {
        let text = |field: &str| form.text(&format!("images[{place}].{field}")).to_owned();
        (text("url"), text("alt"))
    };
    Filled {
        slug: form.text("slug").to_owned(),
        title: form.text("title").to_owned(),
        description: form.lines("description"),
        category: form.text("category").to_owned(),
        state: form.text("state").to_owned(),
        publish_at: form.text("publish_at").to_owned(),
        attributes: form.lines("attributes"),
        currency: form.text("currency").to_uppercase(),
        images: rows("images", "url").map(image).collect(),
        variants: rows("variants", "sku").map(variant).collect(),
    }
}

/// What was typed as the catalog takes it, or everything in it that cannot be read. What can be read and is wrong all
/// the same, the catalog says.
fn draft_of(filled: &Filled, translations: Translations) -> Result<ProductDraft, Complaints> {
    let mut complaints = Complaints::default();
    let currency = views::product::currency(filled);
    if currency.is_none() {
        complaints.add("currency", "must be a code of three letters, such as USD");
    }
    let currency = currency.unwrap_or(Currency::USD);
    let mut variants = Vec::new();
    for (place, variant) in filled.variants.iter().enumerate() {
        match variant_of(variant, currency) {
            Ok(variant) => variants.push(variant),
            Err(invalid) => complaints.add_invalid(&invalid.within(&format!("variants[{place}]"))),
        }
    }
    let mut read = |field: &str, result: Result<(), Invalid>| {
        if let Err(invalid) = result {
            complaints.add(field, &invalid.message);
        }
    };
    let slug = filled.slug.parse::<Slug>();
    read("slug", slug.clone().map(drop));
    let category = filled.category.parse::<Slug>();
    read("category", category.clone().map(drop).map_err(|_| Invalid::new("category", "must be chosen")));
    let state = filled.state.parse::<ProductState>();
    read("state", state.clone().map(drop));
    let attributes = pairs_of(&filled.attributes, '\n', "attributes");
    read("attributes", attributes.clone().map(drop));
    let publish_at = Some(filled.publish_at.as_str()).filter(|typed| !typed.is_empty()).map(parse_moment);
    if publish_at == Some(None) {
        complaints.add("publish_at", "must be a day and a time");
    }
    match (slug, category, state, attributes) {
        (Ok(slug), Ok(category), Ok(state), Ok(attributes)) if complaints.is_empty() => Ok(ProductDraft {
            slug,
            title: filled.title.clone(),
            description: filled.description.clone(),
            category,
            images: filled
                .images
                .iter()
                .map(|(url, alt)| Image { url: url.clone(), alt: alt.clone() })
                .collect(),
            variants,
            attributes,
            translations,
            state,
            publish_at: publish_at.flatten(),
        }),
        _ => Err(complaints),
    }
}

fn variant_of(filled: &FilledVariant, currency: Currency) -> Result<VariantDraft, Invalid> {
    let money = |field: &str, typed: &str| {
        parse_amount(typed, currency).ok_or_else(|| Invalid::new(field, "must be an amount, such as 12.50"))
    };
    let before = Some(filled.compare_at_price.as_str()).filter(|typed| !typed.is_empty());
    let stock = Some(filled.stock.as_str()).filter(|typed| !typed.is_empty());
    let whole = |field: &str| Invalid::new(field, "must be a whole number");
    Ok(VariantDraft {
        sku: filled.sku.parse()?,
        title: filled.title.clone(),
        options: pairs_of(&filled.options, ';', "options")?,
        price: money("price", &filled.price)?,
        compare_at_price: before.map(|typed| money("compare_at_price", typed)).transpose()?,
        stock: stock.map(|typed| typed.parse().map_err(|_| whole("stock"))).transpose()?,
        weight_grams: match filled.weight_grams.as_str() {
            "" => 0,
            typed => typed.parse().map_err(|_| whole("weight_grams"))?,
        },
        tax_class: filled.tax_class.parse()?,
    })
}

/// `Size: M; Colour: red` as pairs.
fn pairs_of(typed: &str, between: char, field: &str) -> Result<BTreeMap<String, String>, Invalid> {
    let parts = typed.split(between).map(str::trim).filter(|part| !part.is_empty());
    let pairs = parts.map(|part| {
        let (name, value) = part.split_once(':').ok_or_else(|| {
            Invalid::new(field, format!("must be pairs such as Size: M, and `{part}` is none"))
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    });
    pairs.collect()
}

fn known_slug(slug: &str) -> Result<Slug, Problem> {
    slug.parse().map_err(|_| Problem::not_found("product"))
}

/// What the log calls a product.
fn subject(slug: &Slug) -> String {
    format!("product/{slug}")
}

fn address(slug: &Slug) -> String {
    format!("/backoffice/products/{slug}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product() -> ProductDraft {
        serde_json::from_str(
            r#"{ "slug": "sini-cup", "title": "Sini", "description": "One.\n\nTwo.", "category": "cups",
                "images": [{ "url": "/images/a.svg", "alt": "A cup" }], "attributes": { "Care": "By hand: always" },
                "state": "scheduled", "publish_at": "2026-11-21T05:14:00.000Z",
                "variants": [
                    { "sku": "W-S", "title": "White / S", "options": { "Colour": "White", "Size": "S" }, "stock": 3,
                      "price": { "amount": 905, "currency": "EUR" }, "weight_grams": 120, "tax_class": "reduced",
                      "compare_at_price": { "amount": 1300, "currency": "EUR" } }] }"#,
        )
        .expect("a draft")
    }

    #[test]
    fn a_product_that_is_shown_and_saved_is_the_same_product() {
        assert_eq!(draft_of(&Filled::of(&product()), Translations::default()).ok(), Some(product()));
    }

    #[test]
    fn everything_that_cannot_be_read_is_named_by_its_field() {
        let mut filled = Filled::of(&product());
        filled.slug = "No Slug".to_owned();
        filled.category = String::new();
        filled.currency = "dollars".to_owned();
        filled.publish_at = "soon".to_owned();
        filled.attributes = "no pair".to_owned();
        filled.variants[0].price = "nine".to_owned();
        let complaints = draft_of(&filled, Translations::default()).expect_err("complaints");
        let fields = complaints.iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>();
        assert_eq!(fields, ["attributes", "category", "currency", "publish_at", "slug", "variants[0].price"]);
    }
}
