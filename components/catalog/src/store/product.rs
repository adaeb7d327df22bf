//! Products.

use merkato_commerce::{
    ids::ProductId,
    text::{Sku, Slug},
    time::Timestamp,
};
use merkato_contract::{
    catalog::{Product, ProductDraft, ProductState, Rating, RatingChange, StaffProduct, VariantDraft},
    problem::Problem,
    time::Rfc3339,
};
use merkato_edge::database::{Error, Row, Value};

use super::Store;
use crate::draft::{StoredVariant, shown_variant};

/// What a draft says, in the order of [`Store::columns`].
const DRAFT_COLUMNS: [&str; 10] = [
    "slug",
    "title",
    "description",
    "category",
    "images",
    "variants",
    "attributes",
    "translations",
    "state",
    "publish_at",
];
/// What the triggers say of a sku that another product has.
const SKU_TAKEN: &str = "sku_taken";
/// What the triggers say of a category that does not exist.
const CATEGORY_UNKNOWN: &str = "category_unknown";
/// Categories whose products one statement puts into one order; engines take a few hundred parts of a `UNION`.
const CATEGORIES_AT_ONCE_MAX: usize = 100;

/// A product as it is kept.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its id.
    pub id: ProductId,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What staff say of it.
    pub draft: ProductDraft,
    /// What shoppers say of it.
    pub rating: Rating,
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

impl Stored {
    /// As shoppers see it, without what is in stock.
    pub fn product(&self) -> Product {
        let draft = self.draft.clone();
        Product {
            id: self.id,
            slug: draft.slug,
            title: draft.title,
            description: draft.description,
            category: draft.category,
            images: draft.images,
            variants: draft.variants.into_iter().map(shown_variant).collect(),
            attributes: draft.attributes,
            rating: self.rating,
        }
    }
}

impl From<Stored> for StaffProduct {
    fn from(stored: Stored) -> Self {
        Self {
            id: stored.id,
            version: stored.version,
            created_at: stored.created_at.into(),
            updated_at: stored.updated_at.into(),
            draft: stored.draft,
        }
    }
}

/// All columns of a product, each after `prefix`.
pub(super) fn columns(prefix: &str) -> String {
    let others = ["product_id", "version", "created_at", "updated_at", "rating_average", "rating_count"];
    let names = others.iter().chain(&DRAFT_COLUMNS).map(|name| format!("{prefix}{name}"));
    names.collect::<Vec<_>>().join(", ")
}

impl Store<'_> {
    /// Up to `limit` products of `state` (or of any) in the order of their creation, of one category with all that lie
    /// in it, or of all. However many there are, it reads no more of them than it gives for each category.
    pub fn list_products(
        &self,
        state: Option<ProductState>,
        category: Option<&Slug>,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Vec<Stored>, Problem> {
        // No id sorts before the empty text.
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let Some(category) = category else {
            let arms = states(state).into_iter().map(|state| vec![state]).collect::<Vec<_>>();
            return self.first_of("state = $", &arms, &after, limit);
        };
        let mut found = Vec::new();
        for some in self.categories_inside(category)?.chunks(CATEGORIES_AT_ONCE_MAX) {
            let arms = some.iter().flat_map(|slug| {
                states(state).into_iter().map(move |state| vec![Value::from(slug.as_str()), state])
            });
            let arms = arms.collect::<Vec<_>>();
            found.extend(self.first_of("category = $ AND state = $", &arms, &after, limit)?);
        }
        found.sort_by_key(|stored| stored.id);
        found.truncate(limit as usize);
        Ok(found)
    }

    /// Up to `limit` products of `state` (or of any) that have one of `skus`, in the order of their creation.
    pub fn products_of(
        &self,
        state: Option<ProductState>,
        skus: &[Sku],
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Vec<Stored>, Problem> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let mut parameters = skus.iter().map(|sku| Value::from(sku.as_str())).collect::<Vec<_>>();
        let places = |first: usize, count: usize| {
            (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
        };
        let some = places(1, skus.len());
        let states = states(state);
        let wanted = places(skus.len() + 1, states.len());
        parameters.extend(states);
        parameters.extend([after.into(), i64::from(limit).into()]);
        let (after, limit) = (parameters.len() - 1, parameters.len());
        let statement = format!(
            "SELECT {} FROM product
             WHERE product_id IN (SELECT product_id FROM variant WHERE sku IN ({some})) AND state IN ({wanted})
                 AND product_id > ${after} ORDER BY product_id LIMIT ${limit}",
            columns("")
        );
        self.read(&self.query(&statement, &parameters)?, stored)
    }

    /// The first `limit` products after the id `after` of those for which `condition` holds with one of `arms`, whose
    /// values stand where `condition` has a `$`. Each arm is read from one place of an index, in order, and no further
    /// than `limit`; an `IN` would have the engine read all of them and sort.
    fn first_of(
        &self,
        condition: &str,
        arms: &[Vec<Value>],
        after: &str,
        limit: u32,
    ) -> Result<Vec<Stored>, Problem> {
        let mut parameters = Vec::new();
        let mut selects = Vec::new();
        for arm in arms {
            let places = parameters.len() + 1..;
            let numbered = condition.split('$').zip(places).take(arm.len());
            let numbered =
                numbered.flat_map(|(part, place)| [part.to_owned(), format!("${place}")]).collect::<String>();
            parameters.extend_from_slice(arm);
            parameters.extend([after.into(), i64::from(limit).into()]);
            let (after, limit) = (parameters.len() - 1, parameters.len());
            selects.push(format!(
                "SELECT product_id FROM (SELECT product_id FROM product
                     WHERE {numbered} AND product_id > ${after} ORDER BY product_id LIMIT ${limit}) AS arm{limit}"
            ));
        }
        parameters.push(i64::from(limit).into());
        let statement = format!(
            "SELECT {} FROM product WHERE product_id IN ({}) ORDER BY product_id LIMIT ${}",
            columns(""),
            selects.join(" UNION ALL "),
            parameters.len()
        );
        self.read(&self.query(&statement, &parameters)?, stored)
    }

    /// The product of that slug, in whatever state.
    pub fn product(&self, slug: &Slug) -> Result<Option<Stored>, Problem> {
        let statement = format!("SELECT {} FROM product WHERE slug = $1", columns(""));
        Ok(self.read(&self.query(&statement, &[slug.as_str().into()])?, stored)?.pop())
    }

    /// Adds a product.
    pub fn create_product(&self, id: ProductId, draft: &ProductDraft) -> Result<Written, Problem> {
        let statement = format!(
            "INSERT INTO product (product_id, {}, version, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $12)
             ON CONFLICT (slug) DO NOTHING RETURNING {}",
            DRAFT_COLUMNS.join(", "),
            columns("")
        );
        let mut parameters = vec![id.to_string().into()];
        parameters.extend(self.columns(draft)?);
        Ok(match self.write(&statement, &parameters)? {
            Ok(Some(stored)) => Written::Stored(Box::new(stored)),
            Ok(None) => Written::SlugTaken,
            Err(refused) => refused,
        })
    }

    /// Replaces the product of `slug`, if it is still at the `expected` version (or at any, if none is given).
    pub fn update_product(
        &self,
        slug: &Slug,
        expected: Option<i64>,
        draft: &ProductDraft,
    ) -> Result<Written, Problem> {
        let set = DRAFT_COLUMNS.iter().zip(1..).map(|(name, place)| format!("{name} = ${place}"));
        let statement = format!(
            "UPDATE product SET {}, updated_at = $11, version = version + 1
             WHERE slug = $12 AND version = COALESCE(CAST($13 AS BIGINT), version) RETURNING {}",
            set.collect::<Vec<_>>().join(", "),
            columns("")
        );
        let mut parameters = self.columns(draft)?;
        parameters.extend([slug.as_str().into(), expected.into()]);
        Ok(match self.write(&statement, &parameters)? {
            Ok(Some(stored)) => Written::Stored(Box::new(stored)),
            Ok(None) if self.product(slug)?.is_some() => Written::Changed,
            Ok(None) => Written::Unknown,
            Err(refused) => refused,
        })
    }

    /// Takes a product out of the tables, under the same condition.
    pub fn delete_product(&self, slug: &Slug, expected: Option<i64>) -> Result<Written, Problem> {
        let statement = format!(
            "DELETE FROM product WHERE slug = $1 AND version = COALESCE(CAST($2 AS BIGINT), version) RETURNING {}",
            columns("")
        );
        let rows = self.query(&statement, &[slug.as_str().into(), expected.into()])?;
        Ok(match self.read(&rows, stored)?.pop() {
            Some(stored) => Written::Stored(Box::new(stored)),
            None if self.product(slug)?.is_some() => Written::Changed,
            None => Written::Unknown,
        })
    }

    /// Keeps what shoppers say of a product, unless something newer is known; says whether there is such a product.
    /// It is no edit, so the version that edits go by stays.
    pub fn put_rating(&self, id: ProductId, rating: &RatingChange) -> Result<bool, Problem> {
        let statement = "UPDATE product SET rating_average = $1, rating_count = $2, rating_version = $3
             WHERE product_id = $4 AND rating_version < $3 RETURNING product_id";
        let parameters = [
            i64::from(rating.average_hundredths).into(),
            i64::from(rating.count).into(),
            rating.version.into(),
            id.to_string().into(),
        ];
        if !self.query(statement, &parameters)?.is_empty() {
            return Ok(true);
        }
        let statement = "SELECT product_id FROM product WHERE product_id = $1";
        Ok(!self.query(statement, &[id.to_string().into()])?.is_empty())
    }

    /// Publishes up to `limit` scheduled products whose time has come, and says how many.
    pub fn publish_due(&self, limit: u32) -> Result<u64, Problem> {
        let statement = "UPDATE product SET state = 'published', updated_at = $1, version = version + 1
             WHERE product_id IN (
                 SELECT product_id FROM product WHERE state = 'scheduled' AND publish_at <= $1
                 ORDER BY publish_at LIMIT $2)
                 AND state = 'scheduled'
             RETURNING product_id";
        let rows = self.query(statement, &[self.context.now().0.into(), i64::from(limit).into()])?;
        Ok(rows.len() as u64)
    }

    /// When the next scheduled product is due.
    pub fn next_due(&self) -> Result<Option<Timestamp>, Problem> {
        let statement = "SELECT MIN(publish_at) AS due FROM product WHERE state = 'scheduled'";
        let rows = self.query(statement, &[])?;
        let due = self.read(&rows, |row| row.optional_integer("due"))?;
        Ok(due.into_iter().next().flatten().map(Timestamp))
    }

    /// The first sku of `draft` that another product has.
    pub fn taken_sku(&self, draft: &ProductDraft) -> Result<Option<Sku>, Problem> {
        for variant in &draft.variants {
            let statement =
                "SELECT variant.sku FROM variant JOIN product ON product.product_id = variant.product_id
                 WHERE variant.sku = $1 AND variant.held = 1 AND product.slug <> $2";
            let rows = self.query(statement, &[variant.sku.as_str().into(), draft.slug.as_str().into()])?;
            if !rows.is_empty() {
                return Ok(Some(variant.sku.clone()));
            }
        }
        Ok(None)
    }

    /// Runs a statement that writes one product and gives it back. What the tables refuse is the inner error.
    fn write(
        &self,
        statement: &str,
        parameters: &[Value],
    ) -> Result<Result<Option<Stored>, Written>, Problem> {
        let rows = match self.database.query(statement, parameters) {
            Err(Error::Refused(rule)) if rule == SKU_TAKEN => return Ok(Err(Written::SkuTaken)),
            Err(Error::Refused(rule)) if rule == CATEGORY_UNKNOWN => {
                return Ok(Err(Written::CategoryUnknown));
            }
            Err(error) if error.is_taken("product", "slug") => return Ok(Err(Written::SlugTaken)),
            rows => rows.map_err(|error| self.context.database_fault(&error))?,
        };
        Ok(Ok(self.read(&rows, stored)?.pop()))
    }

    /// The values of [`DRAFT_COLUMNS`], then the time: what both writes store. What was to be published at a time that
    /// has passed is published.
    fn columns(&self, draft: &ProductDraft) -> Result<Vec<Value>, Problem> {
        let now = self.context.now();
        let json = |text: Result<String, serde_json::Error>| {
            text.map(Value::from)
                .map_err(|error| self.context.internal("a product could not be written", error))
        };
        let variants = draft.variants.iter().map(|variant| StoredVariant::new(&draft.title, variant));
        let due = draft.publish_at.is_some_and(|at| at.0 <= now);
        let state = match draft.state {
            ProductState::Scheduled if due => ProductState::Published,
            state => state,
        };
        Ok(vec![
            draft.slug.as_str().into(),
            draft.title.as_str().into(),
            draft.description.as_str().into(),
            draft.category.as_str().into(),
            json(serde_json::to_string(&draft.images))?,
            json(serde_json::to_string(&variants.collect::<Vec<_>>()))?,
            json(serde_json::to_string(&draft.attributes))?,
            json(serde_json::to_string(&draft.translations))?,
            state.name().into(),
            draft.publish_at.map(|at| at.0.0).into(),
            now.0.into(),
        ])
    }
}

fn states(state: Option<ProductState>) -> Vec<Value> {
    let states = state.map_or_else(|| ProductState::ALL.to_vec(), |state| vec![state]);
    states.into_iter().map(|state| state.name().into()).collect()
}

pub(super) fn stored(row: &Row) -> Result<Stored, Error> {
    let variants: Vec<StoredVariant> = row.json("variants")?;
    let draft = ProductDraft {
        slug: row.parsed("slug")?,
        title: row.text("title")?.to_owned(),
        description: row.text("description")?.to_owned(),
        category: row.parsed("category")?,
        images: row.json("images")?,
        variants: variants.into_iter().map(VariantDraft::from).collect(),
        attributes: row.json("attributes")?,
        translations: row.json("translations")?,
        state: row.parsed("state")?,
        publish_at: row.optional_integer("publish_at")?.map(|at| Rfc3339(Timestamp(at))),
    };
    let count = |column: &str| row.integer(column).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    let rating = Rating {
        average: f64::from(count("rating_average")?) / 100.0,
        count: u64::from(count("rating_count")?),
    };
    Ok(Stored {
        id: row.parsed("product_id")?,
        version: row.integer("version")?,
        created_at: Timestamp(row.integer("created_at")?),
        updated_at: Timestamp(row.integer("updated_at")?),
        draft,
        rating,
    })
}
