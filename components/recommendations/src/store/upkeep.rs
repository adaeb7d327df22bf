//! Keeps the tables small: so much of each product and of each shopper, and nothing for ever.

use merkato_contract::problem::Problem;
use merkato_edge::database::Value;

use super::{Store, places, values};
use crate::shopper::Shopper;
use merkato_commerce::ids::ProductId;

/// Companions of a product that are kept, of each kind: more than are ever looked at, so that there is room to rise.
const PAIRS_KEPT_MAX: u32 = 100;
/// Products that are kept of what a shopper looked at; more than they can look at in an hour, or that could not be
/// counted.
const VIEWS_KEPT_MAX: u32 = 200;
const DAY_MS: i64 = 86_400_000;
/// How long it is kept what a shopper looked at, in milliseconds: a season. Then they are asked anew, so to speak.
const VIEWS_KEPT_MS: i64 = 90 * DAY_MS;
/// How long an order is known as one that was counted, in milliseconds: longer than goods go back, or events come late.
const SALES_KEPT_MS: i64 = 180 * DAY_MS;
/// How long everything else is kept after it was last heard of, in milliseconds: by then it counts a four-thousandth.
const REST_KEPT_MS: i64 = 365 * DAY_MS;
/// Most rows of a table that one sweep clears away, so that it ends well within its deadline.
const SWEEP_MAX: u32 = 5_000;

/// What is cleared away: a table, its key, and for how long its rows are kept after which time.
const CLEARED: [(&str, &str, &str, i64); 5] = [
    ("viewing", "shopper, product_id", "at", VIEWS_KEPT_MS),
    ("sale", "order_id", "at", SALES_KEPT_MS),
    ("purchase", "shopper, product_id, order_id", "at", REST_KEPT_MS),
    ("pair", "product_id, kind, other_id", "at", REST_KEPT_MS),
    ("product", "product_id", "known_at", REST_KEPT_MS),
];

impl Store<'_> {
    /// Lets go of the weakest companions of `products`, if there are too many.
    pub(super) fn trim_pairs(&self, products: &[ProductId]) -> Result<(), Problem> {
        if products.is_empty() {
            return Ok(());
        }
        let statement = format!(
            "DELETE FROM pair WHERE (product_id, kind, other_id) IN (
                 SELECT product_id, kind, other_id FROM (
                     SELECT product_id, kind, other_id, ROW_NUMBER() OVER (
                         PARTITION BY product_id, kind ORDER BY score DESC, other_id) AS place
                     FROM pair WHERE product_id IN ({})) AS placed
                 WHERE place > {PAIRS_KEPT_MAX})",
            places(products.len())
        );
        self.query(&statement, &values(products)).map(drop)
    }

    /// Lets go of what a shopper looked at longest ago, if it is too much.
    pub(super) fn trim_views(&self, shopper: &Shopper) -> Result<(), Problem> {
        let statement = format!(
            "DELETE FROM viewing WHERE shopper = $1 AND product_id NOT IN (
                 SELECT product_id FROM viewing WHERE shopper = $1
                 ORDER BY at DESC, product_id LIMIT {VIEWS_KEPT_MAX})"
        );
        self.query(&statement, &[shopper.to_string().into()]).map(drop)
    }

    /// Clears away what is over, and says how many rows that were.
    pub fn clear(&self) -> Result<u64, Problem> {
        let now = self.context.now();
        let mut cleared = 0;
        for (table, key, time, kept_ms) in CLEARED {
            let statement = format!(
                "DELETE FROM {table} WHERE ({key}) IN (
                     SELECT {key} FROM {table} WHERE {time} < $1 ORDER BY {time} LIMIT {SWEEP_MAX})
                 RETURNING 1 AS gone"
            );
            let before = Value::from(now.plus_milliseconds(-kept_ms).0);
            cleared += self.query(&statement, &[before])?.len() as u64;
        }
        Ok(cleared)
    }
}
