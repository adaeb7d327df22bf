//! What other services ask about: products by id, and whose skus these are.

use merkato_commerce::{ids::ProductId, text::Sku};
use merkato_contract::{catalog::SkuOwner, problem::Problem};
use merkato_edge::database::{Row, Value};

use super::{
    Store,
    product::{Stored, columns, stored},
};

impl Store<'_> {
    /// Those of `ids` that are published, in the order of ids.
    pub fn published(&self, ids: &[ProductId]) -> Result<Vec<Stored>, Problem> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let statement = format!(
            "SELECT {} FROM product WHERE product_id IN ({}) AND state = 'published' ORDER BY product_id",
            columns(""),
            places(ids.len())
        );
        let ids = ids.iter().map(|id| Value::from(id.to_string())).collect::<Vec<_>>();
        self.read(&self.query(&statement, &ids)?, stored)
    }

    /// The products, in whatever state, that `skus` belong or last belonged to.
    pub fn sku_owners(&self, skus: &[Sku]) -> Result<Vec<SkuOwner>, Problem> {
        if skus.is_empty() {
            return Ok(Vec::new());
        }
        let statement = format!(
            "SELECT variant.sku, product.product_id, product.slug, product.category FROM variant
             JOIN product ON product.product_id = variant.product_id
             WHERE variant.sku IN ({}) ORDER BY variant.sku",
            places(skus.len())
        );
        let owner = |row: &Row| {
            Ok(SkuOwner {
                sku: row.parsed("sku")?,
                product_id: row.parsed("product_id")?,
                slug: row.parsed("slug")?,
                category: row.parsed("category")?,
            })
        };
        let skus = skus.iter().map(|sku| Value::from(sku.as_str())).collect::<Vec<_>>();
        self.read(&self.query(&statement, &skus)?, owner)
    }
}

/// `$1, ...`, `count` of them.
fn places(count: usize) -> String {
    (1..=count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
