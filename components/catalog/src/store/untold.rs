//! What the till and the search service have not been told yet.

use merkato_commerce::{ids::ProductId, money::Money, text::Sku};
use merkato_contract::{
    coordinator::Offer,
    problem::Problem,
    search::{CategoryNode, CategoryTree, Document, Listed},
};
use merkato_edge::database::{Error, Row};

use super::{
    Store,
    product::{columns, stored},
};

/// What the till has not been told yet.
#[derive(Debug, Clone)]
pub struct Unpublished {
    /// Of what.
    pub sku: Sku,
    /// What it is to be told.
    pub offer: Offer,
}

/// How much waits to be told.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// Variants that the till has to be told of.
    pub offers: i64,
    /// Products that the search service has to be told of, and one more if it has to be told of the categories.
    pub documents: i64,
}

impl Store<'_> {
    /// Up to `limit` variants that the till has not been told of, of one product or of all.
    pub fn unpublished(&self, of: Option<ProductId>, limit: u32) -> Result<Vec<Unpublished>, Problem> {
        let statement = "SELECT sku, title, amount, currency, tax_class, weight_grams, stock, active, version
             FROM variant WHERE version > published_version
                 AND product_id = COALESCE(CAST($1 AS TEXT), product_id)
             ORDER BY sku LIMIT $2";
        let of = of.map(|id| id.to_string());
        self.read(&self.query(statement, &[of.into(), i64::from(limit).into()])?, unpublished)
    }

    /// Notes that the till knows `version` of `sku`.
    pub fn mark_published(&self, sku: &Sku, version: i64) -> Result<(), Problem> {
        let statement = "UPDATE variant SET published_version = $1 WHERE sku = $2 AND published_version < $1";
        self.query(statement, &[version.into(), sku.as_str().into()]).map(drop)
    }

    /// Up to `limit` products that the search service has not been told of, of all or just this one.
    pub fn unindexed(&self, of: Option<ProductId>, limit: u32) -> Result<Vec<Document>, Problem> {
        let statement = documents(
            "document.version > document.indexed_version
                 AND document.product_id = COALESCE(CAST($1 AS TEXT), document.product_id)",
        );
        let of = of.map(|id| id.to_string());
        self.read(&self.query(&statement, &[of.into(), i64::from(limit).into()])?, document)
    }

    /// Up to `limit` products by id, told or not: what an index is rebuilt from.
    pub fn documents(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Document>, Problem> {
        let statement = documents("document.product_id > $1");
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.read(&self.query(&statement, &[after.into(), i64::from(limit).into()])?, document)
    }

    /// Notes that the search service knows `version` of a product, and forgets a product that is gone once it does:
    /// its id never comes back.
    pub fn mark_indexed(&self, id: ProductId, version: i64) -> Result<(), Problem> {
        let id = id.to_string();
        let statement =
            "UPDATE document SET indexed_version = $1 WHERE product_id = $2 AND indexed_version < $1";
        self.query(statement, &[version.into(), id.as_str().into()])?;
        let statement = "DELETE FROM document WHERE product_id = $1 AND version <= indexed_version
                 AND NOT EXISTS (SELECT 1 FROM product WHERE product.product_id = document.product_id)";
        self.query(statement, &[id.into()]).map(drop)
    }

    /// All categories, if `always` or if the search service has not been told of their last change.
    pub fn category_tree(&self, always: bool) -> Result<Option<CategoryTree>, Problem> {
        let statement = "SELECT version, indexed_version FROM category_tree";
        let read = |row: &Row| Ok((row.integer("version")?, row.integer("indexed_version")?));
        let rows = self.query(statement, &[])?;
        let Some((version, indexed)) = self.read(&rows, read)?.pop() else { return Ok(None) };
        if version <= indexed && !always {
            return Ok(None);
        }
        // Read after the version: what is newer than it is told again.
        let rows = self.query("SELECT slug, title, parent FROM category ORDER BY title, slug", &[])?;
        let node = |row: &Row| {
            Ok(CategoryNode {
                slug: row.parsed("slug")?,
                title: row.text("title")?.to_owned(),
                parent: row.optional_text("parent")?.map(|_| row.parsed("parent")).transpose()?,
            })
        };
        Ok(Some(CategoryTree { version, items: self.read(&rows, node)? }))
    }

    /// Notes that the search service knows this version of the categories.
    pub fn mark_categories_indexed(&self, version: i64) -> Result<(), Problem> {
        let statement = "UPDATE category_tree SET indexed_version = $1 WHERE indexed_version < $1";
        self.query(statement, &[version.into()]).map(drop)
    }

    /// How much waits to be told.
    pub fn waiting(&self) -> Result<Waiting, Problem> {
        let statement = "SELECT (SELECT COUNT(*) FROM variant WHERE version > published_version) AS offers,
             (SELECT COUNT(*) FROM document WHERE version > indexed_version)
                 + (SELECT COUNT(*) FROM category_tree WHERE version > indexed_version) AS documents";
        let waiting =
            |row: &Row| Ok(Waiting { offers: row.integer("offers")?, documents: row.integer("documents")? });
        let found = self.read(&self.query(statement, &[])?, waiting)?.pop();
        found.ok_or_else(|| self.context.internal("a statement failed", "a count gave no row"))
    }
}

fn documents(condition: &str) -> String {
    format!(
        "SELECT document.product_id AS document_id, document.version AS document_version,
             category.title AS category_title, {}
         FROM document
         LEFT JOIN product ON product.product_id = document.product_id AND product.state = 'published'
         LEFT JOIN category ON category.slug = product.category
         WHERE {condition} ORDER BY document.product_id LIMIT $2",
        columns("product.")
    )
}

fn document(row: &Row) -> Result<Document, Error> {
    let listed = match row.optional_text("category_title")? {
        None => None,
        Some(title) => {
            let stored = stored(row)?;
            Some(Listed {
                product: stored.product(),
                category_title: title.to_owned(),
                translations: stored.draft.translations,
            })
        }
    };
    Ok(Document { product_id: row.parsed("document_id")?, version: row.integer("document_version")?, listed })
}

fn unpublished(row: &Row) -> Result<Unpublished, Error> {
    let offer = Offer {
        title: row.text("title")?.to_owned(),
        price: Money::new(row.integer("amount")?, row.parsed("currency")?),
        tax_class: row.parsed("tax_class")?,
        weight_grams: u32::try_from(row.integer("weight_grams")?).unwrap_or(u32::MAX),
        version: row.integer("version")?,
        active: row.integer("active")? == 1,
        initial_stock: row.optional_integer("stock")?,
    };
    Ok(Unpublished { sku: row.parsed("sku")?, offer })
}
