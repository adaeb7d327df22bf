//! Products, categories, pictures and sheets.

use std::time::Duration;

use http::Method;
use merkato_commerce::text::Slug;
use merkato_contract::{
    List,
    catalog::{Category, ProductDraft, StaffProduct, UploadedImage},
    problem::Problem,
};
use merkato_edge::{Call, Response};
use serde::Deserialize;

use super::Shop;
use crate::views::table::with_query;

/// How long one portion of a sheet may take to import: hundreds of statements, on a slow database.
const IMPORT_DEADLINE: Duration = Duration::from_secs(30);
/// How long a file of the export may take.
const EXPORT_DEADLINE: Duration = Duration::from_mins(1);

/// What became of a portion of a sheet. `POST /api/catalog/import`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ImportReport {
    /// Products that are new.
    pub created: u64,
    /// Products that were there.
    pub updated: u64,
    /// Rows that could not be taken.
    pub failed: u64,
    /// Which, and why.
    pub errors: Vec<ImportError>,
}

/// Why a row could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ImportError {
    /// Which, as a spreadsheet counts: the head is row 1.
    pub row: u64,
    /// Why.
    pub message: String,
}

/// Something with the version that an edit is made against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// It.
    pub it: T,
    /// The version, as `If-Match` takes it.
    pub version: i64,
}

impl Shop<'_> {
    /// A page of products in any state.
    pub async fn products(
        &self,
        state: &str,
        category: &str,
        after: &str,
    ) -> Result<List<StaffProduct>, Problem> {
        let filters = [("state", state), ("category", category), ("after", after)];
        let path = with_query("/api/catalog/staff/products", &filters);
        self.context.call_json(self.catalog(Method::GET, path)?).await
    }

    /// A product in any state.
    pub async fn product(&self, slug: &Slug) -> Result<StaffProduct, Problem> {
        let path = format!("/api/catalog/staff/products/{slug}");
        self.context.call_json(self.catalog(Method::GET, path)?).await
    }

    /// All categories.
    pub async fn categories(&self) -> Result<Vec<Category>, Problem> {
        let call = self.catalog(Method::GET, "/api/catalog/categories")?;
        let list: List<Category> = self.context.call_json(call).await?;
        Ok(list.items)
    }

    /// A new product.
    pub async fn create_product(&self, draft: &ProductDraft) -> Result<(), Problem> {
        let call = self.catalog(Method::POST, "/api/catalog/products")?.json(draft)?;
        self.context.call(call).await.map(drop)
    }

    /// A product as it is to be; refused if it is no longer at that version.
    pub async fn update_product(&self, slug: &Slug, draft: &Versioned<ProductDraft>) -> Result<(), Problem> {
        let call = self.catalog(Method::PUT, format!("/api/catalog/products/{slug}"))?.json(&draft.it)?;
        let call = call.header("if-match", format!("\"{}\"", draft.version));
        self.context.call(call).await.map(drop)
    }

    /// Keeps a picture, and says where it is from now on.
    pub async fn upload_image(&self, bytes: Vec<u8>) -> Result<UploadedImage, Problem> {
        let call = self.catalog(Method::POST, "/api/catalog/images")?;
        self.context.call_json(Call { body: Some(bytes), ..call }).await
    }

    /// Imports a portion of a sheet.
    pub async fn import(&self, sheet: Vec<u8>) -> Result<ImportReport, Problem> {
        let call = self.catalog(Method::POST, "/api/catalog/import")?.header("content-type", "text/csv");
        self.context.call_json(Call { body: Some(sheet), ..call }.within(IMPORT_DEADLINE)).await
    }

    /// A file of the export. The next is named in its header `Link`.
    pub async fn export(&self, after: &str) -> Result<Response, Problem> {
        let path = with_query("/api/catalog/export", &[("after", after)]);
        self.context.call(self.catalog(Method::GET, path)?.within(EXPORT_DEADLINE)).await
    }

    fn catalog(&self, method: Method, path: impl Into<String>) -> Result<Call, Problem> {
        self.service("catalog_url", method, path)
    }
}
