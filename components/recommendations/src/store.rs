//! The recommendations service's tables. Scores are kept by triggers, in the statement that notes what is counted (see
//! the migration), so that nothing is counted twice or by half.

mod upkeep;

use merkato_commerce::{
    ids::{OrderId, ProductId},
    text::Slug,
    time::Timestamp,
};
use merkato_contract::{
    catalog::{Product, SkuOwner},
    problem::Problem,
};
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};

use crate::{
    decay::weight,
    ranking::{Companionship, Finding, Ground},
    shopper::Shopper,
};

/// Most products of an order that are bought together: a longer list is a stock-up, and says little of any two.
const TOGETHER_MAX: usize = 30;
/// What a look counts, in sales.
const VIEW_WEIGHT: f64 = 0.1;
/// Most products that one shopper can be told to look at in [`HOUR_MS`]: one in half a minute, all the time.
const VIEWS_PER_HOUR_MAX: i64 = 120;
/// The time in which views are limited.
pub const HOUR_MS: i64 = 3_600_000;
/// So many of the products that a shopper looked at, and as many of those they bought, lead to others.
const ORIGINS_MAX: i64 = 10;
/// So many companions of each of these are looked at, of those bought and of those viewed with it.
const COMPANIONS_MAX: i64 = 40;
/// So many popular products are looked at, and as many of the categories in question.
const POPULAR_MAX: i64 = 120;

/// The tables, for the length of one request.
#[derive(Debug)]
pub struct Store<'a> {
    context: &'a Context,
    database: Database,
}

impl<'a> Store<'a> {
    /// Opens the tables.
    pub fn open(context: &'a Context) -> Result<Self, Problem> {
        Ok(Self { context, database: context.database()? })
    }

    /// The product that `slug` stood for when the catalog was last asked, if it was for sale.
    pub fn product(&self, slug: &Slug) -> Result<Option<ProductId>, Problem> {
        let statement = "SELECT product_id FROM product WHERE slug = $1 AND listed = 1
             ORDER BY known_at DESC, product_id LIMIT 1";
        let rows = self.query(statement, &[slug.as_str().into()])?;
        Ok(self.read(&rows, |row| row.parsed("product_id"))?.pop())
    }

    /// Keeps what the catalog says of a product that is for sale.
    pub fn put_product(&self, product: &Product) -> Result<(), Problem> {
        self.put_products(&[(product.id, &product.slug, &product.category)], "listed = 1, ")
    }

    /// Keeps what the catalog says of products that were sold. Whether they still are for sale it does not say.
    pub fn put_sold(&self, owners: &[SkuOwner]) -> Result<(), Problem> {
        let mut products =
            owners.iter().map(|owner| (owner.product_id, &owner.slug, &owner.category)).collect::<Vec<_>>();
        // In the order in which whoever writes several locks them, and each once, as one statement must.
        products.sort_by_key(|(id, ..)| *id);
        products.dedup_by_key(|(id, ..)| *id);
        self.put_products(&products, "")
    }

    /// A row that says the same already, and has done so today, is left alone: what sells well is not written anew by
    /// everybody who looks at it.
    fn put_products(&self, products: &[(ProductId, &Slug, &Slug)], listing: &str) -> Result<(), Problem> {
        if products.is_empty() {
            return Ok(());
        }
        let mut parameters = Vec::<Value>::with_capacity(products.len() * 4);
        for (id, slug, category) in products {
            parameters.extend([
                id.to_string().into(),
                slug.as_str().into(),
                category.as_str().into(),
                self.context.now().0.into(),
            ]);
        }
        let row = |row: usize| {
            let [id, slug, category, at] = [1, 2, 3, 4].map(|column| 4 * row + column);
            format!("(${id}, ${slug}, ${category}, 1, 0, 0, ${at})")
        };
        let rows = (0..products.len()).map(row).collect::<Vec<_>>().join(", ");
        let statement = format!(
            "INSERT INTO product (product_id, slug, category, listed, score, times, known_at) VALUES {rows}
             ON CONFLICT (product_id) DO UPDATE SET
                 {listing}slug = excluded.slug, category = excluded.category, known_at = excluded.known_at
             WHERE product.slug <> excluded.slug OR product.category <> excluded.category
                 OR product.listed = 0 OR product.known_at < excluded.known_at - 86400000"
        );
        self.query(&statement, &parameters).map(drop)
    }

    /// Notes that the catalog does not offer these.
    pub fn unlist(&self, ids: &[ProductId]) -> Result<(), Problem> {
        if ids.is_empty() {
            return Ok(());
        }
        let statement = format!(
            "UPDATE product SET listed = 0 WHERE listed = 1 AND product_id IN ({})",
            places(ids.len())
        );
        self.query(&statement, &values(ids)).map(drop)
    }

    /// Counts an order that was paid for, unless it was counted or taken back before. It is its buyer's only if they
    /// agreed to be remembered.
    pub fn put_sale(
        &self,
        order: OrderId,
        buyer: Option<&Shopper>,
        products: &[ProductId],
        at: Timestamp,
    ) -> Result<(), Problem> {
        let weight = weight(at);
        // Each product of an order gives its weight to the others together, however many they are.
        let pair_weight = match products.len() {
            count @ 2..=TOGETHER_MAX => weight / f64::from(u32::try_from(count - 1).unwrap_or(u32::MAX)),
            _ => 0.0,
        };
        let json = serde_json::to_string(products)
            .map_err(|error| self.context.internal("an order could not be written", error))?;
        let statement = format!(
            "INSERT INTO sale (order_id, products, shopper, counted, at, weight, pair_weight)
             SELECT CAST($1 AS TEXT), CAST($2 AS TEXT),
                 CASE WHEN EXISTS (SELECT 1 FROM viewing WHERE shopper = $3) THEN CAST($3 AS TEXT) END,
                 1, CAST($4 AS BIGINT), {}, {}
             WHERE true
             ON CONFLICT (order_id) DO NOTHING",
            double(5),
            double(6)
        );
        let parameters = [
            order.to_string().into(),
            json.into(),
            buyer.map(ToString::to_string).unwrap_or_default().into(),
            at.0.into(),
            text_of(weight),
            text_of(pair_weight),
        ];
        self.query(&statement, &parameters)?;
        self.trim_pairs(products)
    }

    /// Takes an order back, also one that was never heard of.
    pub fn take_back_sale(&self, order: OrderId, at: Timestamp) -> Result<(), Problem> {
        let statement = "INSERT INTO sale (order_id, products, counted, at, weight, pair_weight)
             VALUES ($1, '[]', 0, $2, 0, 0)
             ON CONFLICT (order_id) DO UPDATE SET counted = 0 WHERE sale.counted = 1";
        self.query(statement, &[order.to_string().into(), at.0.into()]).map(drop)
    }

    /// Notes that a shopper looks at a product, and counts it if it is the first time; says whether it did, or they
    /// have looked at too many.
    pub fn put_view(&self, shopper: &Shopper, product: ProductId) -> Result<bool, Problem> {
        let now = self.context.now();
        let statement = format!(
            "INSERT INTO viewing (shopper, product_id, at, weight)
             SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), {}
             WHERE (SELECT COUNT(*) FROM viewing WHERE shopper = $1 AND at > $5) < {VIEWS_PER_HOUR_MAX}
                 OR EXISTS (SELECT 1 FROM viewing WHERE shopper = $1 AND product_id = $2)
             ON CONFLICT (shopper, product_id) DO UPDATE SET at = excluded.at RETURNING product_id",
            double(4)
        );
        let parameters = [
            shopper.to_string().into(),
            product.to_string().into(),
            now.0.into(),
            text_of(weight(now) * VIEW_WEIGHT),
            now.plus_milliseconds(-HOUR_MS).0.into(),
        ];
        if self.query(&statement, &parameters)?.is_empty() {
            return Ok(false);
        }
        self.trim_views(shopper)?;
        self.trim_pairs(&[product])?;
        Ok(true)
    }

    /// Whether anything is known of what a shopper looked at.
    pub fn remembers(&self, shopper: &Shopper) -> Result<bool, Problem> {
        let statement = "SELECT 1 AS known FROM viewing WHERE shopper = $1 LIMIT 1";
        Ok(!self.query(statement, &[shopper.to_string().into()])?.is_empty())
    }

    /// Forgets a shopper. What they did still counts, as nobody's. The views go first: without them, no order that is
    /// heard of meanwhile is kept as theirs.
    pub fn forget(&self, shopper: &Shopper) -> Result<(), Problem> {
        for statement in [
            "DELETE FROM viewing WHERE shopper = $1",
            "UPDATE sale SET shopper = NULL WHERE shopper = $1",
            "DELETE FROM purchase WHERE shopper = $1",
        ] {
            self.query(statement, &[shopper.to_string().into()])?;
        }
        Ok(())
    }

    /// What goes with `subject`, or else with what `shopper` did; and what is popular, in the categories in question
    /// and at all. Neither the subject nor what the shopper has bought is among it.
    pub fn find(
        &self,
        subject: Option<ProductId>,
        shopper: Option<&Shopper>,
    ) -> Result<Vec<Finding>, Problem> {
        let statement = format!(
            "WITH origin AS (
                 SELECT 'subject' AS way, product_id, CAST(NULL AS BIGINT) AS at FROM product WHERE product_id = $1
                 UNION ALL SELECT * FROM (
                     SELECT 'viewed', product_id, at FROM viewing WHERE shopper = $2
                     ORDER BY at DESC, product_id LIMIT {ORIGINS_MAX}) AS viewed
                 UNION ALL SELECT * FROM (
                     SELECT 'bought', product_id, MAX(at) AS at FROM purchase WHERE shopper = $2
                     GROUP BY product_id ORDER BY MAX(at) DESC, product_id LIMIT {ORIGINS_MAX}) AS bought
             ), companion AS (
                 SELECT origin.way, pair.kind, origin.product_id AS origin_id, origin.at, pair.other_id,
                     pair.score AS pair_score, ROW_NUMBER() OVER (
                         PARTITION BY origin.way, origin.product_id, pair.kind
                         ORDER BY pair.score DESC, pair.other_id) AS place
                 FROM origin JOIN pair ON pair.product_id = origin.product_id
             ), found AS (
                 SELECT companion.way, companion.kind, companion.origin_id, companion.at, companion.pair_score,
                     source.score AS origin_score, product.product_id, product.category, product.score
                 FROM companion
                 JOIN product AS source ON source.product_id = companion.origin_id
                 JOIN product ON product.product_id = companion.other_id AND product.listed = 1
                 WHERE companion.place <= {COMPANIONS_MAX}
                 UNION ALL SELECT * FROM (
                     SELECT 'category', '', CAST(NULL AS TEXT), CAST(NULL AS BIGINT),
                         CAST(0 AS DOUBLE PRECISION), CAST(0 AS DOUBLE PRECISION), product_id, category, score
                     FROM product WHERE listed = 1 AND score > 0 AND category IN (
                         SELECT product.category FROM origin JOIN product ON product.product_id = origin.product_id)
                     ORDER BY score DESC, product_id LIMIT {POPULAR_MAX}) AS popular_in_category
                 UNION ALL SELECT * FROM (
                     SELECT 'shop', '', CAST(NULL AS TEXT), CAST(NULL AS BIGINT),
                         CAST(0 AS DOUBLE PRECISION), CAST(0 AS DOUBLE PRECISION), product_id, category, score
                     FROM product WHERE listed = 1 AND score > 0
                     ORDER BY score DESC, product_id LIMIT {POPULAR_MAX}) AS popular
             )
             SELECT found.*, CASE WHEN viewing.shopper IS NULL THEN 0 ELSE 1 END AS seen
             FROM found LEFT JOIN viewing ON viewing.shopper = $2 AND viewing.product_id = found.product_id
             WHERE found.product_id <> $1 AND NOT EXISTS (
                 SELECT 1 FROM purchase WHERE purchase.shopper = $2 AND purchase.product_id = found.product_id)"
        );
        // No id and no shopper is the empty text.
        let parameters = [
            subject.map(|id| id.to_string()).unwrap_or_default().into(),
            shopper.map(ToString::to_string).unwrap_or_default().into(),
        ];
        self.read(&self.query(&statement, &parameters)?, finding)
    }

    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Problem> {
        self.database.query(statement, parameters).map_err(|error| self.context.database_fault(&error))
    }

    /// The rows, each read by `read`. One that cannot be read is a fault, and never left out.
    fn read<T>(&self, rows: &[Row], read: impl Fn(&Row) -> Result<T, Error>) -> Result<Vec<T>, Problem> {
        let read = rows.iter().map(read).collect::<Result<_, _>>();
        read.map_err(|error| self.context.database_fault(&error))
    }
}

fn finding(row: &Row) -> Result<Finding, Error> {
    let origin = || row.parsed::<ProductId>("origin_id");
    let ground = match (row.text("way")?, row.text("kind")?) {
        ("subject", "bought") => Ground::BoughtTogether(origin()?),
        ("subject", _) => Ground::ViewedTogether(origin()?),
        ("bought", _) => Ground::BecauseYouBought(origin()?),
        ("viewed", _) => Ground::BecauseYouViewed(origin()?),
        ("category", _) => Ground::PopularInCategory(row.parsed("category")?),
        _ => Ground::Popular,
    };
    let companionship = match ground.origin() {
        None => None,
        Some(_) => Some(Companionship {
            pair_score: row.parsed("pair_score")?,
            origin_score: row.parsed("origin_score")?,
            at: row.optional_integer("at")?.map(Timestamp),
        }),
    };
    Ok(Finding {
        product: row.parsed("product_id")?,
        score: row.parsed("score")?,
        ground,
        companionship,
        seen: row.integer("seen")? == 1,
    })
}

/// Parameter `place` as a double. It comes as text, because whole numbers and texts are all that goes in.
fn double(place: usize) -> String {
    format!("CAST(CAST(${place} AS TEXT) AS DOUBLE PRECISION)")
}

fn text_of(number: f64) -> Value {
    format!("{number:e}").into()
}

/// `$1, ...`, `count` of them.
fn places(count: usize) -> String {
    (1..=count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

fn values(ids: &[ProductId]) -> Vec<Value> {
    ids.iter().map(|id| id.to_string().into()).collect()
}
