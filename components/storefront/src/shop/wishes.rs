//! What the pages ask about what somebody would like to have: wishes, lines kept for later, and what is sold out.

use merkato_commerce::text::{Sku, Slug};
use merkato_contract::{
    LIST_LIMIT_MAX, List,
    cart::{Cart, Wish},
    catalog::Product,
    notification::StockRequest,
    problem::Problem,
    review::{Review, ReviewDraft},
};
use merkato_edge::Call;

use super::Shop;
use crate::session::Token;

impl Shop<'_> {
    /// A page of somebody's wishes, the newest first.
    pub async fn wishes(&self, after: Option<&str>, limit: u32) -> Result<List<Wish>, Problem> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        let call = Call::get(&self.cart_url, format!("/api/cart/wishlist?{}", query.finish()));
        self.context.call_json(self.in_own_name(call)?).await
    }

    /// Adds a wish.
    pub async fn add_wish(&self, sku: &Sku) -> Result<(), Problem> {
        let call = Call::put(&self.cart_url, format!("/api/cart/wishlist/{sku}"));
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// Takes one off.
    pub async fn remove_wish(&self, sku: &Sku) -> Result<(), Problem> {
        let call = Call::delete(&self.cart_url, format!("/api/cart/wishlist/{sku}"));
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// Puts a line of the cart aside for later.
    pub async fn save_line(&self, token: Option<&Token>, sku: &Sku) -> Result<Cart, Problem> {
        let call = Call::post(&self.cart_url, format!("/api/cart/saved/{sku}"));
        self.context.call_json(self.in_cart(call, token)?).await
    }

    /// Forgets a line that was put aside.
    pub async fn forget_saved_line(&self, token: Option<&Token>, sku: &Sku) -> Result<Cart, Problem> {
        let call = Call::delete(&self.cart_url, format!("/api/cart/saved/{sku}"));
        self.context.call_json(self.in_cart(call, token)?).await
    }

    /// Asks to be told when a sku of `product` can be bought again.
    pub async fn wait_for(&self, sku: &Sku, product: &Slug) -> Result<(), Problem> {
        let call = Call::put(&self.notifications_url, format!("/api/notifications/back-in-stock/{sku}"));
        let call = call.json(&StockRequest { product: product.clone() })?;
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// The products that `skus` are variants of; those that cannot be read at the moment are left out.
    pub async fn products_of<'s>(&self, skus: impl IntoIterator<Item = &'s Sku>) -> Vec<Product> {
        let skus = skus.into_iter().take(LIST_LIMIT_MAX as usize).map(|sku| ("sku", sku.as_str()));
        let skus = skus.collect::<Vec<_>>();
        // Without any it would be all products.
        if skus.is_empty() {
            return Vec::new();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &LIST_LIMIT_MAX.to_string()).extend_pairs(skus);
        let call = Call::get(&self.catalog_url, format!("/api/catalog/products?{}", query.finish()));
        let list = self.context.call_json::<List<Product>>(call).await;
        list.map(|list| list.items).unwrap_or_default()
    }

    /// Says what somebody thinks of a product.
    pub async fn create_review(&self, product: &Slug, draft: &ReviewDraft) -> Result<Review, Problem> {
        let call = Call::post(&self.reviews_url, format!("/api/reviews/products/{product}")).json(draft)?;
        self.context.call_json(self.in_own_name(call)?).await
    }
}
