//! Categories.

use merkato_commerce::text::Slug;
use merkato_contract::{
    catalog::{Category, CategoryDraft},
    problem::Problem,
};
use merkato_edge::database::{Error, Row};

use super::Store;

/// Most products of a category that are counted: a list that names more says "many", and counting them all would cost
/// each page of the shop more the more there are.
const COUNTED_MAX: u32 = 500;
/// What the triggers say of a category that something still lies in.
const CATEGORY_IN_USE: &str = "category_in_use";

/// What became of a category that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Gone,
    /// There is no such category.
    Unknown,
    /// It was changed by somebody else meanwhile.
    Changed,
    /// Products or other categories lie in it.
    InUse,
}

impl Store<'_> {
    /// All categories by title, each with the number of published products in it and in those that lie in it, counted
    /// up to [`COUNTED_MAX`] for each of them.
    pub fn list_categories(&self) -> Result<Vec<Category>, Problem> {
        let statement = format!(
            "WITH RECURSIVE inside (root, slug) AS (
                 SELECT slug, slug FROM category
                 UNION SELECT inside.root, category.slug FROM category JOIN inside ON category.parent = inside.slug),
             counted (slug, products) AS MATERIALIZED (
                 SELECT slug, (SELECT COUNT(*) FROM (
                     SELECT 1 FROM product WHERE product.category = category.slug AND state = 'published'
                     LIMIT {COUNTED_MAX}) AS first_ones)
                 FROM category)
             SELECT category.slug, category.title, category.description, category.parent,
                 (SELECT SUM(counted.products) FROM counted JOIN inside ON inside.slug = counted.slug
                  WHERE inside.root = category.slug) AS product_count
             FROM category ORDER BY category.title, category.slug"
        );
        self.read(&self.query(&statement, &[])?, category)
    }

    /// The slugs of a category and of all that lie in it; just its own if it does not exist.
    pub(super) fn categories_inside(&self, slug: &Slug) -> Result<Vec<Slug>, Problem> {
        let statement = "WITH RECURSIVE inside (slug) AS (
                 SELECT CAST($1 AS TEXT)
                 UNION SELECT category.slug FROM category JOIN inside ON category.parent = inside.slug)
             SELECT slug FROM inside";
        self.read(&self.query(statement, &[slug.as_str().into()])?, |row| row.parsed("slug"))
    }

    /// What staff say of a category, and its version.
    pub fn category(&self, slug: &Slug) -> Result<Option<(CategoryDraft, i64)>, Problem> {
        let statement = "SELECT slug, title, description, parent, version FROM category WHERE slug = $1";
        let rows = self.query(statement, &[slug.as_str().into()])?;
        let read = |row: &Row| Ok((draft(row)?, row.integer("version")?));
        Ok(self.read(&rows, read)?.pop())
    }

    /// Adds a category, or replaces it if it is still at the `expected` version (or at any, if none is given). Gives
    /// its new version, or nothing where the expected one is not what is there.
    pub fn put_category(&self, draft: &CategoryDraft, expected: Option<i64>) -> Result<Option<i64>, Problem> {
        let parent = draft.parent.as_ref().map(Slug::as_str);
        let texts = [draft.title.trim().into(), draft.description.as_str().into(), parent.into()];
        let slug = draft.slug.as_str().into();
        let (statement, parameters) = match expected {
            None => (
                "INSERT INTO category (title, description, parent, slug) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (slug) DO UPDATE SET title = excluded.title, description = excluded.description,
                     parent = excluded.parent, version = category.version + 1
                 RETURNING version",
                [&texts[..], &[slug]].concat(),
            ),
            Some(version) => (
                "UPDATE category SET title = $1, description = $2, parent = $3, version = version + 1
                 WHERE slug = $4 AND version = $5 RETURNING version",
                [&texts[..], &[slug, version.into()]].concat(),
            ),
        };
        Ok(self.read(&self.query(statement, &parameters)?, |row| row.integer("version"))?.pop())
    }

    /// Adds a category unless there is one of that slug.
    pub fn ensure_category(&self, slug: &Slug, title: &str) -> Result<(), Problem> {
        let statement = "INSERT INTO category (slug, title, description, parent) VALUES ($1, $2, '', NULL)
             ON CONFLICT (slug) DO NOTHING";
        self.query(statement, &[slug.as_str().into(), title.into()]).map(drop)
    }

    /// Removes a category in which nothing lies, under the same condition as [`Store::put_category`].
    pub fn delete_category(&self, slug: &Slug, expected: Option<i64>) -> Result<Removed, Problem> {
        let statement =
            "DELETE FROM category WHERE slug = $1 AND version = COALESCE(CAST($2 AS BIGINT), version)
             RETURNING slug";
        let rows = match self.database.query(statement, &[slug.as_str().into(), expected.into()]) {
            Err(Error::Refused(rule)) if rule == CATEGORY_IN_USE => return Ok(Removed::InUse),
            rows => rows.map_err(|error| self.context.database_fault(&error))?,
        };
        Ok(match rows.first() {
            Some(_) => Removed::Gone,
            None if self.category(slug)?.is_some() => Removed::Changed,
            None => Removed::Unknown,
        })
    }

    /// Whether `parent` exists and is neither `slug` nor something that lies in it.
    pub fn can_lie_in(&self, slug: &Slug, parent: &Slug) -> Result<bool, Problem> {
        let statement = "WITH RECURSIVE inside (slug) AS (
                 SELECT CAST($1 AS TEXT)
                 UNION SELECT category.slug FROM category JOIN inside ON category.parent = inside.slug)
             SELECT slug FROM category WHERE slug = $2 AND slug NOT IN (SELECT slug FROM inside)";
        Ok(!self.query(statement, &[slug.as_str().into(), parent.as_str().into()])?.is_empty())
    }
}

fn draft(row: &Row) -> Result<CategoryDraft, Error> {
    Ok(CategoryDraft {
        slug: row.parsed("slug")?,
        title: row.text("title")?.to_owned(),
        description: row.text("description")?.to_owned(),
        parent: row.optional_text("parent")?.map(|_| row.parsed("parent")).transpose()?,
    })
}

fn category(row: &Row) -> Result<Category, Error> {
    let draft = draft(row)?;
    Ok(Category {
        slug: draft.slug,
        title: draft.title,
        description: draft.description,
        parent: draft.parent,
        product_count: row.integer("product_count")?.unsigned_abs(),
    })
}
