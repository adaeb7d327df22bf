//! The catalog's tables. A product is written whole by one statement; triggers in the same statement keep what the
//! till has to be told (see the migration), so neither is ever without the other.

use merkato_commerce::{
    ids::ProductId,
    money::Money,
    text::{Sku, Slug},
};
use merkato_contract::{
    catalog::{Category, CategoryDraft, Product, ProductDraft, Rating, Variant},
    coordinator::Offer,
    problem::{Code, Problem},
};
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};

use crate::draft::StoredVariant;

const PRODUCT_COLUMNS: &str = "product_id, slug, title, description, category, images, variants, version";
/// What the triggers say of a sku that another product has.
const SKU_TAKEN: &str = "sku_taken";

/// The catalog's tables, for the length of one request.
#[derive(Debug)]
pub struct Store<'a> {
    context: &'a Context,
    database: Database,
}

/// A product with what only staff need of it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// As shoppers see it.
    pub product: Product,
    /// As it is kept.
    pub variants: Vec<StoredVariant>,
    /// Grows with every change.
    pub version: i64,
}

/// What became of a write.
#[derive(Debug)]
pub enum Written {
    /// It is there.
    Stored(Box<Stored>),
    /// There is no such product.
    Unknown,
    /// It was changed by somebody else meanwhile.
    Changed,
    /// Another product has this slug.
    SlugTaken,
    /// Another product has one of the skus.
    SkuTaken,
    /// There is no such category.
    CategoryUnknown,
}

/// What the till has not been told yet.
#[derive(Debug, Clone)]
pub struct Unpublished {
    /// Of what.
    pub sku: Sku,
    /// What it is to be told.
    pub offer: Offer,
}

impl<'a> Store<'a> {
    /// Opens the tables.
    pub fn open(context: &'a Context) -> Result<Self, Problem> {
        Ok(Self { context, database: context.database()? })
    }

    /// Up to `limit` products in the order of their creation, of one category with all that lie in it, or of all.
    pub fn list_products(
        &self,
        category: Option<&Slug>,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Vec<Stored>, Problem> {
        // No id sorts before the empty text.
        let after = after.map(|id| id.to_string()).unwrap_or_default().into();
        let limit = i64::from(limit).into();
        let rows = match category {
            None => {
                let statement = format!(
                    "SELECT {PRODUCT_COLUMNS} FROM product WHERE product_id > $1 ORDER BY product_id LIMIT $2"
                );
                self.query(&statement, &[after, limit])?
            }
            Some(category) => {
                let statement = format!(
                    "WITH RECURSIVE inside (slug) AS (
                         SELECT CAST($1 AS TEXT)
                         UNION SELECT category.slug FROM category JOIN inside ON category.parent = inside.slug)
                     SELECT {PRODUCT_COLUMNS} FROM product
                     WHERE category IN (SELECT slug FROM inside) AND product_id > $2
                     ORDER BY product_id LIMIT $3"
                );
                self.query(&statement, &[category.as_str().into(), after, limit])?
            }
        };
        self.stored(&rows)
    }

    /// The product of that slug.
    pub fn product(&self, slug: &Slug) -> Result<Option<Stored>, Problem> {
        let statement = format!("SELECT {PRODUCT_COLUMNS} FROM product WHERE slug = $1");
        Ok(self.stored(&self.query(&statement, &[slug.as_str().into()])?)?.pop())
    }

    /// Adds a product.
    pub fn create_product(&self, id: ProductId, draft: &ProductDraft) -> Result<Written, Problem> {
        if !self.category_exists(&draft.category)? {
            return Ok(Written::CategoryUnknown);
        }
        let statement = format!(
            "INSERT INTO product ({PRODUCT_COLUMNS}, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)
             ON CONFLICT (slug) DO NOTHING RETURNING {PRODUCT_COLUMNS}"
        );
        let mut parameters = vec![id.to_string().into()];
        parameters.extend(self.columns(draft)?);
        let rows = match self.database.query(&statement, &parameters) {
            Err(Error::Refused(rule)) if rule == SKU_TAKEN => return Ok(Written::SkuTaken),
            rows => rows.map_err(|error| self.context.database_fault(&error))?,
        };
        Ok(self.stored(&rows)?.pop().map_or(Written::SlugTaken, |stored| Written::Stored(Box::new(stored))))
    }

    /// Replaces the product of `slug`, if it is still at the `expected` version (or at any, if none is given).
    pub fn update_product(
        &self,
        slug: &Slug,
        expected: Option<i64>,
        draft: &ProductDraft,
    ) -> Result<Written, Problem> {
        if !self.category_exists(&draft.category)? {
            return Ok(Written::CategoryUnknown);
        }
        let statement = format!(
            "UPDATE product SET slug = $1, title = $2, description = $3, category = $4, images = $5, variants = $6,
                 updated_at = $7, version = version + 1
             WHERE slug = $8 AND version = COALESCE(CAST($9 AS BIGINT), version) RETURNING {PRODUCT_COLUMNS}"
        );
        let mut parameters = self.columns(draft)?;
        parameters.extend([slug.as_str().into(), expected.into()]);
        let rows = match self.database.query(&statement, &parameters) {
            Err(Error::Refused(rule)) if rule == SKU_TAKEN => return Ok(Written::SkuTaken),
            Err(error) if error.is_taken("product", "slug") => return Ok(Written::SlugTaken),
            rows => rows.map_err(|error| self.context.database_fault(&error))?,
        };
        match self.stored(&rows)?.pop() {
            Some(stored) => Ok(Written::Stored(Box::new(stored))),
            None if self.product(slug)?.is_some() => Ok(Written::Changed),
            None => Ok(Written::Unknown),
        }
    }

    /// Takes a product out of the shop, under the same condition.
    pub fn delete_product(&self, slug: &Slug, expected: Option<i64>) -> Result<ProductId, Problem> {
        let statement =
            "DELETE FROM product WHERE slug = $1 AND version = COALESCE(CAST($2 AS BIGINT), version)
             RETURNING product_id";
        let rows = self.query(statement, &[slug.as_str().into(), expected.into()])?;
        match rows.first() {
            Some(row) => row.parsed("product_id").map_err(|error| self.context.database_fault(&error)),
            None if self.product(slug)?.is_some() => {
                Err(Problem::new(Code::Conflict, "The product was changed meanwhile. Read it again first."))
            }
            None => Err(Problem::not_found("product")),
        }
    }

    /// The first sku of `draft` that another product has.
    pub fn taken_sku(&self, draft: &ProductDraft) -> Result<Option<Sku>, Problem> {
        for variant in &draft.variants {
            let statement =
                "SELECT variant.sku FROM variant JOIN product ON product.product_id = variant.product_id
                 WHERE variant.sku = $1 AND variant.active = 1 AND product.slug <> $2";
            let rows = self.query(statement, &[variant.sku.as_str().into(), draft.slug.as_str().into()])?;
            if !rows.is_empty() {
                return Ok(Some(variant.sku.clone()));
            }
        }
        Ok(None)
    }

    /// All categories by title, each with the number of products in it and in those that lie in it.
    pub fn list_categories(&self) -> Result<Vec<Category>, Problem> {
        let statement = "WITH RECURSIVE inside (root, slug) AS (
                 SELECT slug, slug FROM category
                 UNION SELECT inside.root, category.slug FROM category JOIN inside ON category.parent = inside.slug)
             SELECT category.slug, category.title, category.description, category.parent,
                 (SELECT COUNT(*) FROM product JOIN inside ON inside.slug = product.category
                  WHERE inside.root = category.slug) AS product_count
             FROM category ORDER BY category.title, category.slug";
        let category = |row: &Row| {
            Ok(Category {
                slug: row.parsed("slug")?,
                title: row.text("title")?.to_owned(),
                description: row.text("description")?.to_owned(),
                parent: row.optional_text("parent")?.map(|_| row.parsed("parent")).transpose()?,
                product_count: row.integer("product_count")?.unsigned_abs(),
            })
        };
        let rows = self.query(statement, &[])?;
        rows.iter()
            .map(category)
            .collect::<Result<_, _>>()
            .map_err(|error| self.context.database_fault(&error))
    }

    /// Adds or replaces a category.
    pub fn put_category(&self, draft: &CategoryDraft) -> Result<(), Problem> {
        let statement = "INSERT INTO category (slug, title, description, parent) VALUES ($1, $2, $3, $4)
             ON CONFLICT (slug) DO UPDATE
             SET title = excluded.title, description = excluded.description, parent = excluded.parent";
        let parent = draft.parent.as_ref().map(Slug::as_str);
        let title = draft.title.trim();
        let parameters =
            [draft.slug.as_str().into(), title.into(), draft.description.as_str().into(), parent.into()];
        self.query(statement, &parameters).map(drop)
    }

    /// Adds a category unless there is one of that slug.
    pub fn ensure_category(&self, slug: &Slug, title: &str) -> Result<(), Problem> {
        let statement = "INSERT INTO category (slug, title, description, parent) VALUES ($1, $2, '', NULL)
             ON CONFLICT (slug) DO NOTHING";
        self.query(statement, &[slug.as_str().into(), title.into()]).map(drop)
    }

    /// Whether `parent` exists and is neither `slug` nor something that lies in it.
    pub fn can_lie_in(&self, slug: &Slug, parent: &Slug) -> Result<bool, Problem> {
        let statement = "WITH RECURSIVE inside (slug) AS (
                 SELECT CAST($1 AS TEXT)
                 UNION SELECT category.slug FROM category JOIN inside ON category.parent = inside.slug)
             SELECT slug FROM category WHERE slug = $2 AND slug NOT IN (SELECT slug FROM inside)";
        Ok(!self.query(statement, &[slug.as_str().into(), parent.as_str().into()])?.is_empty())
    }

    /// Up to `limit` variants that the till has not been told of, of one product or of all.
    pub fn unpublished(&self, of: Option<ProductId>, limit: u32) -> Result<Vec<Unpublished>, Problem> {
        let statement = "SELECT sku, title, amount, currency, tax_class, weight_grams, stock, active, version
             FROM variant WHERE version > published_version
                 AND product_id = COALESCE(CAST($1 AS TEXT), product_id)
             ORDER BY sku LIMIT $2";
        let of = of.map(|id| id.to_string());
        let rows = self.query(statement, &[of.into(), i64::from(limit).into()])?;
        let offers = rows.iter().map(unpublished).collect::<Result<_, _>>();
        offers.map_err(|error| self.context.database_fault(&error))
    }

    /// Number of variants that the till has not been told of.
    pub fn unpublished_count(&self) -> Result<i64, Problem> {
        let statement = "SELECT COUNT(*) AS left_over FROM variant WHERE version > published_version";
        let rows = self.query(statement, &[])?;
        let count = rows.first().map_or(Ok(0), |row| row.integer("left_over"));
        count.map_err(|error| self.context.database_fault(&error))
    }

    /// Notes that the till knows `version` of `sku`.
    pub fn mark_published(&self, sku: &Sku, version: i64) -> Result<(), Problem> {
        let statement = "UPDATE variant SET published_version = $1 WHERE sku = $2 AND published_version < $1";
        self.query(statement, &[version.into(), sku.as_str().into()]).map(drop)
    }

    fn category_exists(&self, slug: &Slug) -> Result<bool, Problem> {
        Ok(!self.query("SELECT slug FROM category WHERE slug = $1", &[slug.as_str().into()])?.is_empty())
    }

    /// Slug to variants, then the time: what both writes store.
    fn columns(&self, draft: &ProductDraft) -> Result<Vec<Value>, Problem> {
        let json = |text: Result<String, serde_json::Error>| {
            text.map(Value::from)
                .map_err(|error| self.context.internal("a product could not be written", error))
        };
        let variants = draft.variants.iter().map(|variant| StoredVariant::new(&draft.title, variant));
        Ok(vec![
            draft.slug.as_str().into(),
            draft.title.as_str().into(),
            draft.description.as_str().into(),
            draft.category.as_str().into(),
            json(serde_json::to_string(&draft.images))?,
            json(serde_json::to_string(&variants.collect::<Vec<_>>()))?,
            self.context.now().0.into(),
        ])
    }

    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Problem> {
        self.database.query(statement, parameters).map_err(|error| self.context.database_fault(&error))
    }

    fn stored(&self, rows: &[Row]) -> Result<Vec<Stored>, Problem> {
        rows.iter().map(stored).collect::<Result<_, _>>().map_err(|error| self.context.database_fault(&error))
    }
}

fn stored(row: &Row) -> Result<Stored, Error> {
    let variants: Vec<StoredVariant> = row.json("variants")?;
    let product = Product {
        id: row.parsed("product_id")?,
        slug: row.parsed("slug")?,
        title: row.text("title")?.to_owned(),
        description: row.text("description")?.to_owned(),
        category: row.parsed("category")?,
        images: row.json("images")?,
        variants: variants.iter().cloned().map(Variant::from).collect(),
        // What shoppers say is kept by another service; until it tells us, nobody has said anything.
        rating: Rating { average: 0.0, count: 0 },
    };
    Ok(Stored { product, variants, version: row.integer("version")? })
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
