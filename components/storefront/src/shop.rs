//! What the pages ask of the other services.

mod browse;

use std::time::Duration;

use merkato_commerce::{
    ids::OrderId,
    text::{PromotionCode, Sku, Slug},
};
use merkato_contract::{
    List,
    cart::{AddPromotion, Cart, Delivery, SetLine, ShippingMethod},
    catalog::{Category, Product},
    headers,
    order::{Order, PaymentRequest, PlaceOrder},
    problem::Problem,
};
use merkato_edge::{Call, Context};

use crate::{session::Token, views};

/// How long header and footer may keep a page waiting: they are left out rather than waited for.
const FRAME_DEADLINE: Duration = Duration::from_secs(4);

/// The other services, as one request of a shopper reaches them.
pub struct Shop<'a> {
    context: &'a Context,
    catalog_url: String,
    cart_url: String,
    orders_url: String,
    recommendations_url: String,
    reviews_url: String,
    search_url: String,
}

impl<'a> Shop<'a> {
    /// The services at the addresses that the settings name.
    pub fn open(context: &'a Context) -> Result<Self, Problem> {
        Ok(Self {
            context,
            catalog_url: context.setting("catalog_url")?,
            cart_url: context.setting("cart_url")?,
            orders_url: context.setting("orders_url")?,
            recommendations_url: context.setting("recommendations_url")?,
            reviews_url: context.setting("reviews_url")?,
            search_url: context.setting("search_url")?,
        })
    }

    /// All categories.
    pub async fn categories(&self) -> Result<Vec<Category>, Problem> {
        let call = Call::get(&self.catalog_url, "/api/catalog/categories").within(FRAME_DEADLINE);
        let list: List<Category> = self.context.call_json(call).await?;
        Ok(list.items)
    }

    /// Pieces in the guest's cart, for the header; nobody is asked about a cart that does not exist.
    pub async fn pieces_in_cart(&self, token: Option<&Token>) -> Option<u64> {
        let token = Some(token?);
        let call = in_cart(Call::get(&self.cart_url, "/api/cart").within(FRAME_DEADLINE), token);
        self.context.call_json(call).await.ok().map(|cart: Cart| views::cart::pieces(&cart))
    }

    /// A page of products, of one category or of all.
    pub async fn products(
        &self,
        category: Option<&Slug>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<List<Product>, Problem> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        if let Some(category) = category {
            query.append_pair("category", category.as_str());
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        let path = format!("/api/catalog/products?{}", query.finish());
        self.context.call_json(Call::get(&self.catalog_url, path)).await
    }

    /// A product.
    pub async fn product(&self, slug: &Slug) -> Result<Product, Problem> {
        self.context.call_json(Call::get(&self.catalog_url, format!("/api/catalog/products/{slug}"))).await
    }

    /// The guest's cart.
    pub async fn cart(&self, token: Option<&Token>) -> Result<Cart, Problem> {
        self.context.call_json(in_cart(Call::get(&self.cart_url, "/api/cart"), token)).await
    }

    /// Sets how many pieces of `sku` are in the cart; refused if the cart is no longer at `version`.
    pub async fn set_line(
        &self,
        token: Option<&Token>,
        sku: &Sku,
        quantity: i64,
        version: Option<i64>,
    ) -> Result<Cart, Problem> {
        let call = Call::put(&self.cart_url, format!("/api/cart/lines/{sku}")).json(&SetLine { quantity })?;
        let version = version.map(|version| format!("\"{version}\""));
        self.context.call_json(in_cart(call.header_if("if-match", version.as_deref()), token)).await
    }

    /// Adds a promotion to the cart.
    pub async fn add_promotion(&self, token: Option<&Token>, code: String) -> Result<Cart, Problem> {
        let call = Call::post(&self.cart_url, "/api/cart/promotions").json(&AddPromotion { code })?;
        self.context.call_json(in_cart(call, token)).await
    }

    /// Takes a promotion out of the cart.
    pub async fn remove_promotion(
        &self,
        token: Option<&Token>,
        code: &PromotionCode,
    ) -> Result<Cart, Problem> {
        let call = Call::delete(&self.cart_url, format!("/api/cart/promotions/{code}"));
        self.context.call_json(in_cart(call, token)).await
    }

    /// Says where the parcel goes, and how.
    pub async fn set_delivery(&self, token: Option<&Token>, delivery: &Delivery) -> Result<Cart, Problem> {
        let call = Call::put(&self.cart_url, "/api/cart/delivery").json(delivery)?;
        self.context.call_json(in_cart(call, token)).await
    }

    /// Ways to get the parcel.
    pub async fn shipping_methods(&self, token: Option<&Token>) -> Result<Vec<ShippingMethod>, Problem> {
        let call = Call::get(&self.cart_url, "/api/cart/shipping-methods");
        let list: List<ShippingMethod> = self.context.call_json(in_cart(call, token)).await?;
        Ok(list.items)
    }

    /// Places an order of the cart. The same key is the same order, however often.
    pub async fn place_order(
        &self,
        token: Option<&Token>,
        idempotency_key: &str,
        order: &PlaceOrder,
    ) -> Result<Order, Problem> {
        let call = Call::post(&self.orders_url, "/api/orders").json(order)?;
        let call = call.header(headers::IDEMPOTENCY_KEY, idempotency_key);
        self.context.call_json(in_cart(call, token)).await
    }

    /// An order that a guest placed.
    pub async fn order(&self, id: OrderId, token: &Token) -> Result<Order, Problem> {
        let call = Call::get(&self.orders_url, format!("/api/orders/{id}"));
        self.context.call_json(call.header(headers::ORDER_TOKEN, token.as_str())).await
    }

    /// Tries to pay an order once more.
    pub async fn retry_payment(
        &self,
        id: OrderId,
        token: &Token,
        payment: &PaymentRequest,
    ) -> Result<Order, Problem> {
        let call = Call::post(&self.orders_url, format!("/api/orders/{id}/payment")).json(payment)?;
        self.context.call_json(call.header(headers::ORDER_TOKEN, token.as_str())).await
    }
}

fn in_cart(call: Call, token: Option<&Token>) -> Call {
    call.header_if(headers::CART_TOKEN, token.map(Token::as_str))
}
