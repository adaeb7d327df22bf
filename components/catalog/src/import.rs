//! Takes a sheet of products into the catalog: what is new is created, what is there is brought up to date.

use std::collections::BTreeSet;

use merkato_commerce::{ids::ProductId, totals::TaxClass};
use merkato_contract::{
    catalog::{ProductDraft, ProductState},
    problem::{Code, Problem},
};
use merkato_edge::Context;
use serde::Serialize;

use crate::{
    draft::tidied,
    sheet::{self, RowError, SheetProduct},
    store::{Store, Written},
};

/// Most errors that the answer lists; they are counted all the same.
const ERRORS_LISTED_MAX: usize = 1_000;
/// How often a product is read again that somebody else edits at the same time.
const ATTEMPTS_MAX: u32 = 3;

/// What became of a sheet.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Products that are new.
    pub created: u64,
    /// Products that were there.
    pub updated: u64,
    /// Rows that could not be taken.
    pub failed: u64,
    /// Which, and why.
    pub errors: Vec<RowError>,
}

/// Imports a sheet. Bad rows are reported and the good ones kept; only a sheet that is none fails as a whole.
pub fn import(context: &Context, store: &Store<'_>, bytes: &[u8]) -> Result<Report, Problem> {
    let sheet = sheet::read(bytes).map_err(|message| Problem::new(Code::MalformedRequest, message))?;
    let read = sheet.errors.iter().map(|error| error.row).collect::<BTreeSet<_>>();
    let mut report = Report { errors: sheet.errors, failed: sheet.failed, ..Report::default() };
    for product in sheet.products {
        // Why none could be taken is among the errors of the rows already.
        if product.variants.is_empty() && product.spoiled {
            continue;
        }
        match import_product(context, store, &product)? {
            Ok(Change::Created) => report.created += 1,
            Ok(Change::Updated) => report.updated += 1,
            Err(message) => {
                report.failed += u64::from(!read.contains(&product.row));
                report.errors.push(RowError { row: product.row, message });
            }
        }
    }
    report.errors.sort_by_key(|error| error.row);
    report.errors.truncate(ERRORS_LISTED_MAX);
    Ok(report)
}

/// What became of a product that could be taken.
enum Change {
    Created,
    Updated,
}

/// The outer result is the database's, the inner one the product's.
fn import_product(
    context: &Context,
    store: &Store<'_>,
    product: &SheetProduct,
) -> Result<Result<Change, String>, Problem> {
    if product.variants.is_empty() {
        return Ok(Err("has no variant".to_owned()));
    }
    store.ensure_category(&product.category.0, &product.category.1)?;
    for _ in 0..ATTEMPTS_MAX {
        let stored = store.product(&product.slug)?;
        let draft = merged(product, stored.as_ref().map(|stored| &stored.draft));
        if let Some(problem) = draft.problems().into_iter().next() {
            return Ok(Err(problem.to_string()));
        }
        let written = match &stored {
            Some(stored) => store.update_product(&product.slug, Some(stored.version), &draft)?,
            None => store.create_product(ProductId::generate(context.ids()), &draft)?,
        };
        match written {
            Written::Stored(_) if stored.is_some() => return Ok(Ok(Change::Updated)),
            Written::Stored(_) => return Ok(Ok(Change::Created)),
            Written::SkuTaken => {
                let sku = store.taken_sku(&draft)?.map(|sku| format!(" {sku}")).unwrap_or_default();
                return Ok(Err(format!("another product has the sku{sku}")));
            }
            // Somebody else created, changed or deleted it meanwhile: look again.
            Written::Changed | Written::Unknown | Written::SlugTaken | Written::CategoryUnknown => {}
        }
    }
    Ok(Err("is being edited by somebody else; import it again".to_owned()))
}

/// What the sheet says of the product, with what it cannot say left as it is known: variants that it does not name,
/// other attributes, translations, and when the product is to be published.
fn merged(product: &SheetProduct, known: Option<&ProductDraft>) -> ProductDraft {
    let mut variants = product.variants.clone();
    for variant in variants.iter_mut().filter(|variant| variant.tax_class == TaxClass::Standard) {
        let known =
            known.into_iter().flat_map(|known| &known.variants).find(|known| known.sku == variant.sku);
        // A sheet tells what is taxed from what is not, and no more.
        if let Some(known) = known.filter(|known| known.tax_class != TaxClass::Zero) {
            variant.tax_class = known.tax_class;
        }
    }
    let others = known.into_iter().flat_map(|known| &known.variants);
    variants.extend(others.filter(|known| product.variants.iter().all(|new| new.sku != known.sku)).cloned());
    let mut attributes = known.map(|known| known.attributes.clone()).unwrap_or_default();
    attributes.extend(product.attributes.clone());
    // To a sheet, what is scheduled is a draft.
    let waits = known.is_some_and(|known| known.state == ProductState::Scheduled);
    tidied(ProductDraft {
        slug: product.slug.clone(),
        title: product.title.clone(),
        description: product.description.clone(),
        category: product.category.0.clone(),
        images: product.images.clone(),
        variants,
        attributes,
        translations: known.map(|known| known.translations.clone()).unwrap_or_default(),
        state: match product.state {
            ProductState::Draft if waits => ProductState::Scheduled,
            state => state,
        },
        publish_at: known.and_then(|known| known.publish_at),
    })
}
