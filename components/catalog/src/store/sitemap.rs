//! All products that are for sale, in parts: for search engines.

use merkato_commerce::{ids::ProductId, time::Timestamp};
use merkato_contract::{catalog::SitemapEntry, problem::Problem};

use super::Store;

impl Store<'_> {
    /// The last product of each full part of `size` products but where nothing comes after it.
    pub fn sitemap_cursors(&self, size: u32) -> Result<Vec<ProductId>, Problem> {
        let statement = "SELECT product_id FROM (
                 SELECT product_id, ROW_NUMBER() OVER (ORDER BY product_id) AS place, COUNT(*) OVER () AS products
                 FROM product WHERE state = 'published') AS listed
             WHERE place % $1 = 0 AND place < products ORDER BY product_id";
        self.read(&self.query(statement, &[i64::from(size).into()])?, |row| row.parsed("product_id"))
    }

    /// Up to `limit` products that are for sale, after the id `after`, in the order of ids.
    pub fn sitemap_entries(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Vec<(ProductId, SitemapEntry)>, Problem> {
        // No id sorts before the empty text.
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let statement = "SELECT product_id, slug, updated_at FROM product
             WHERE state = 'published' AND product_id > $1 ORDER BY product_id LIMIT $2";
        let rows = self.query(statement, &[after.as_str().into(), i64::from(limit).into()])?;
        self.read(&rows, |row| {
            let updated_at = Timestamp(row.integer("updated_at")?).into();
            Ok((row.parsed("product_id")?, SitemapEntry { slug: row.parsed("slug")?, updated_at }))
        })
    }
}
