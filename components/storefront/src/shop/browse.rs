//! What a shopper who looks around is shown: products that were searched for, and what others say of them.

use std::time::Duration;

use merkato_commerce::text::Slug;
use merkato_contract::{
    List,
    catalog::{SitemapEntry, SitemapIndex},
    problem::Problem,
    recommendation::{Recommendation, View},
    review::ProductReviews,
    search::SearchResults,
};
use merkato_edge::Call;

use super::Shop;
use crate::session::Token;

/// How long a part of a page that may be left out is waited for: it is not worth more than a glance.
const EXTRA_DEADLINE: Duration = Duration::from_secs(2);

impl Shop<'_> {
    /// What search finds. The query is the search service's own.
    pub async fn search(&self, query: &str) -> Result<SearchResults, Problem> {
        self.context.call_json(Call::get(&self.search_url, format!("/api/search?{query}"))).await
    }

    /// A page of what shoppers say of a product; none if that cannot be read at the moment.
    pub async fn reviews(&self, product: &Slug, after: Option<&str>, limit: u32) -> Option<ProductReviews> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        let path = format!("/api/reviews/products/{product}?{}", query.finish());
        self.context.call_json(Call::get(&self.reviews_url, path).within(EXTRA_DEADLINE)).await.ok()
    }

    /// What goes with a product; none if that cannot be read at the moment.
    pub async fn recommended_with(&self, product: &Slug, limit: u32) -> Vec<Recommendation> {
        let path = format!("/api/recommendations?product={product}&limit={limit}");
        self.recommended(Call::get(&self.recommendations_url, path)).await
    }

    /// What may please this shopper; none if that cannot be read at the moment.
    pub async fn recommended_to(&self, cart: Option<&Token>, limit: u32) -> Vec<Recommendation> {
        let call = Call::get(&self.recommendations_url, format!("/api/recommendations?limit={limit}"));
        match self.in_cart(call, cart) {
            Ok(call) => self.recommended(call).await,
            Err(_) => Vec::new(),
        }
    }

    async fn recommended(&self, call: Call) -> Vec<Recommendation> {
        let list = self.context.call_json::<List<Recommendation>>(call.within(EXTRA_DEADLINE)).await;
        list.map(|list| list.items).unwrap_or_default()
    }

    /// Tells that this shopper, who has agreed to it, looks at a product. What does not arrive is no loss.
    pub async fn tell_view(&self, cart: Option<&Token>, product: &Slug) {
        let call = Call::post(&self.recommendations_url, "/api/recommendations/views").within(EXTRA_DEADLINE);
        let call = call.json(&View { product: product.clone() }).and_then(|call| self.in_cart(call, cart));
        if let Ok(call) = call {
            let _ = self.context.call(call).await;
        }
    }

    /// Has everything forgotten that this shopper looked at.
    pub async fn forget_views(&self, cart: Option<&Token>) -> Result<(), Problem> {
        let call = Call::delete(&self.recommendations_url, "/api/recommendations/history");
        self.context.call(self.in_cart(call, cart)?).await.map(drop)
    }

    /// Where the parts of the list of all products begin.
    pub async fn sitemap_index(&self) -> Result<SitemapIndex, Problem> {
        self.context.call_json(Call::get(&self.catalog_url, "/api/catalog/sitemap")).await
    }

    /// A part of the list of all products.
    pub async fn sitemap_entries(&self, after: Option<&str>) -> Result<Vec<SitemapEntry>, Problem> {
        let query = after.map(|after| {
            form_urlencoded::Serializer::for_suffix("?".to_owned(), 1).append_pair("after", after).finish()
        });
        let path = format!("/api/catalog/sitemap/products{}", query.unwrap_or_default());
        let list: List<SitemapEntry> = self.context.call_json(Call::get(&self.catalog_url, path)).await?;
        Ok(list.items)
    }
}
