//! Looking up: the one place where the two engines do not agree.

use std::collections::BTreeSet;

use merkato_commerce::money::Currency;
use merkato_contract::{
    problem::Problem,
    search::{Listed, MATCHES_MAX, Sort, price_steps},
};
use merkato_edge::database::{Engine, Error, Row, Value};

use super::{Store, placeholders};
use crate::{facets::Count, question::Expression};

/// How much a word counts in a title, in a label, and in a description.
const WEIGHTS: [f64; 3] = [8.0, 3.0, 1.0];

/// What results are narrowed down by.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// Slugs of the categories that are wanted; all, if there are none.
    pub categories: Option<BTreeSet<String>>,
    /// Prices that are wanted.
    pub price: PriceRange,
    /// Whether only what can be bought is wanted.
    pub in_stock: bool,
}

/// A range of prices in minor units, with both its ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct PriceRange {
    /// The lowest.
    pub min: Option<i64>,
    /// The highest.
    pub max: Option<i64>,
}

/// A statement in the making. Values get their numbers in the order in which they appear.
#[derive(Default)]
struct Statement {
    text: String,
    parameters: Vec<Value>,
}

impl Statement {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind(&mut self, value: impl Into<Value>) {
        self.parameters.push(value.into());
        self.text.push_str(&placeholders(self.parameters.len(), 1));
    }
}

impl Store<'_> {
    /// Up to `limit` products that match, after the first `offset`.
    pub fn find(
        &self,
        expression: Option<&Expression>,
        filters: &Filters,
        sort: Sort,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<Listed>, Problem> {
        let mut statement = Statement::default();
        statement.push("SELECT product.document FROM product");
        if let Some(expression) = expression {
            statement.push(" JOIN ");
            self.push_matches(&mut statement, expression, true);
            statement.push(" ON matched.product_number = product.product_number");
        }
        statement.push(" WHERE product.listed = 1");
        if let Some(categories) = &filters.categories {
            statement.push(" AND product.category IN (");
            for (place, slug) in categories.iter().enumerate() {
                statement.push(if place == 0 { "" } else { ", " });
                statement.bind(slug.as_str());
            }
            statement.push(")");
        }
        push_price(&mut statement, filters.price, " AND ");
        if filters.in_stock {
            statement.push(" AND ");
            statement.push(IN_STOCK);
        }
        // The newest has the largest number.
        statement.push(match sort {
            Sort::Relevance if expression.is_some() => " ORDER BY matched.score, product.product_number DESC",
            Sort::Relevance | Sort::Newest => " ORDER BY product.product_number DESC",
            Sort::PriceAsc => " ORDER BY product.price, product.product_number",
            Sort::PriceDesc => " ORDER BY product.price DESC, product.product_number DESC",
            Sort::Title => " ORDER BY product.title_key, product.product_number",
        });
        statement.push(" LIMIT ");
        statement.bind(i64::from(limit));
        statement.push(" OFFSET ");
        statement.bind(i64::from(offset));
        let rows = self.query(&statement.text, &statement.parameters)?;
        self.read(&rows, |row| row.json("document"))
    }

    /// How many match, by what they could be narrowed down by. All but the first [`MATCHES_MAX`] are left out.
    pub fn count(
        &self,
        expression: Option<&Expression>,
        filters: &Filters,
        currency: Currency,
    ) -> Result<Vec<Count>, Problem> {
        let mut statement = Statement::default();
        statement.push("SELECT category, price_step, price_is_in, stock_is_in, COUNT(*) AS products FROM (");
        statement.push("SELECT product.category, CASE");
        for (place, from) in price_steps(currency).into_iter().enumerate().skip(1).rev() {
            statement.push(&format!(" WHEN product.price >= {from} THEN {place}"));
        }
        statement.push(" ELSE 0 END AS price_step, CASE WHEN 1 = 1");
        push_price(&mut statement, filters.price, " AND ");
        statement.push(" THEN 1 ELSE 0 END AS price_is_in, CASE WHEN ");
        statement.push(if filters.in_stock { IN_STOCK } else { "1 = 1" });
        statement.push(" THEN 1 ELSE 0 END AS stock_is_in FROM ");
        if let Some(expression) = expression {
            self.push_matches(&mut statement, expression, false);
            statement.push(" JOIN product ON product.product_number = matched.product_number");
            statement.push(" WHERE product.listed = 1");
        } else {
            statement.push("product WHERE product.listed = 1 ORDER BY product.product_number DESC LIMIT ");
            statement.push(&MATCHES_MAX.to_string());
        }
        statement.push(") AS matches GROUP BY category, price_step, price_is_in, stock_is_in");
        let rows = self.query(&statement.text, &statement.parameters)?;
        self.read(&rows, count)
    }

    /// The numbers of up to [`MATCHES_MAX`] matches as `matched`, with a score if they are to be ranked: the lower, the
    /// better.
    fn push_matches(&self, statement: &mut Statement, expression: &Expression, ranked: bool) {
        let [title, label, description] = WEIGHTS;
        match self.database.engine() {
            Engine::Sqlite => {
                statement.push("(SELECT rowid AS product_number");
                if ranked {
                    let score = format!("bm25(product_text, {title}, {label}, {description})");
                    statement.push(&format!(", {score} AS score"));
                }
                statement.push(" FROM product_text WHERE product_text MATCH ");
                statement.bind(expression.fts5());
            }
            Engine::Postgres => {
                statement.push("(SELECT product_number");
                if ranked {
                    // The weights of D, C, B and A, in parts of A; C is not used.
                    let (label, description) = (label / title, description / title);
                    let weights = format!("CAST('{{{description}, {description}, {label}, 1}}' AS real[])");
                    statement.push(&format!(", -ts_rank_cd({weights}, words, asked.query) AS score"));
                }
                statement.push(" FROM product, (SELECT CAST(CAST(");
                statement.bind(expression.tsquery());
                statement.push(" AS TEXT) AS tsquery) AS query) AS asked WHERE words @@ asked.query");
            }
        }
        statement.push(&format!(" LIMIT {MATCHES_MAX}) AS matched"));
    }
}

/// Whether some variant can be bought, as far as the index knows.
const IN_STOCK: &str =
    "EXISTS (SELECT 1 FROM stock WHERE stock.product_id = product.product_id AND stock.available > 0)";

fn push_price(statement: &mut Statement, price: PriceRange, and: &str) {
    for (comparison, bound) in [(">=", price.min), ("<=", price.max)] {
        if let Some(bound) = bound {
            statement.push(&format!("{and}product.price {comparison} "));
            statement.bind(bound);
        }
    }
}

fn count(row: &Row) -> Result<Count, Error> {
    let number = |column: &str| row.integer(column).map(i64::unsigned_abs);
    Ok(Count {
        category: row.text("category")?.to_owned(),
        price_step: usize::try_from(number("price_step")?).unwrap_or(usize::MAX),
        price_is_in: number("price_is_in")? == 1,
        stock_is_in: number("stock_is_in")? == 1,
        products: number("products")?,
    })
}
