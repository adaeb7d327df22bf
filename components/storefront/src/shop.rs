//! What the pages ask of the other services.

mod browse;
pub mod orders;
mod users;
mod wishes;

use std::time::Duration;

use merkato_commerce::text::{PromotionCode, Sku, Slug};
use merkato_contract::{
    List,
    cart::{AddPromotion, Cart, Delivery, MergeCart, SetLine, ShippingMethod},
    catalog::{Category, Product},
    headers,
    order::{Order, PlaceOrder},
    problem::{Code, Problem},
};
use merkato_edge::{Call, Context, Request, client};

use crate::{session::Token, views};

/// How long header and footer may keep a page waiting: they are left out rather than waited for.
const FRAME_DEADLINE: Duration = Duration::from_secs(4);

/// Stands for an address that nobody knows.
const UNKNOWN_CLIENT: &str = "unknown";

/// In whose name the other services are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// Somebody who has not signed in.
    Guest,
    /// Somebody who has.
    Account {
        /// Says so to the services.
        access_token: String,
    },
    /// Somebody who has, but users does not answer and so nobody else can be told.
    Unknown,
}

impl Asker {
    /// Whether somebody is signed in, and known to be.
    pub const fn is_account(&self) -> bool {
        matches!(self, Self::Account { .. })
    }
}

/// The other services, as one request of a shopper reaches them.
pub struct Shop<'a> {
    context: &'a Context,
    /// In whose name they are asked.
    pub asker: Asker,
    client_address: String,
    catalog_url: String,
    cart_url: String,
    orders_url: String,
    recommendations_url: String,
    reviews_url: String,
    search_url: String,
    notifications_url: String,
    users_url: String,
}

impl<'a> Shop<'a> {
    /// The services at the addresses that the settings name, asked for whoever sent `request`: a guest, until that is
    /// known better.
    pub fn open(context: &'a Context, request: &Request) -> Result<Self, Problem> {
        let proxies = context.optional_setting("trusted_proxies")?.unwrap_or_default();
        let client_address = client::address(request, proxies.parse().unwrap_or_default());
        Ok(Self {
            context,
            asker: Asker::Guest,
            client_address: client_address.unwrap_or_else(|| UNKNOWN_CLIENT.to_owned()),
            catalog_url: context.setting("catalog_url")?,
            cart_url: context.setting("cart_url")?,
            orders_url: context.setting("orders_url")?,
            recommendations_url: context.setting("recommendations_url")?,
            reviews_url: context.setting("reviews_url")?,
            search_url: context.setting("search_url")?,
            notifications_url: context.setting("notifications_url")?,
            users_url: context.setting("users_url")?,
        })
    }

    /// In the name of whoever has signed in; everybody else is asked to.
    fn in_own_name(&self, call: Call) -> Result<Call, Problem> {
        match &self.asker {
            Asker::Account { access_token } => Ok(call.bearer(access_token)),
            Asker::Guest => Err(Problem::new(Code::Unauthenticated, "Please sign in.")),
            Asker::Unknown => Err(nobody_knows()),
        }
    }

    /// In the name of whoever has signed in, or of the guest whose cart `token` names.
    fn in_cart(&self, call: Call, token: Option<&Token>) -> Result<Call, Problem> {
        match &self.asker {
            Asker::Account { access_token } => Ok(call.bearer(access_token)),
            Asker::Guest => Ok(call.header_if(headers::CART_TOKEN, token.map(Token::as_str))),
            Asker::Unknown => Err(nobody_knows()),
        }
    }

    /// About an order of whoever has signed in, or one whose `token` this browser has.
    fn about_order(&self, call: Call, token: Option<&Token>) -> Result<Call, Problem> {
        match (&self.asker, token) {
            (Asker::Unknown, None) => Err(nobody_knows()),
            (Asker::Guest, None) => Err(Problem::not_found("order")),
            (asker, token) => {
                let call = call.header_if(headers::ORDER_TOKEN, token.map(Token::as_str));
                Ok(if let Asker::Account { access_token } = asker { call.bearer(access_token) } else { call })
            }
        }
    }

    /// In the name of this service, for somebody at the address that they sent their request from.
    fn for_client(&self, call: Call) -> Result<Call, Problem> {
        let call = call.header(headers::CLIENT_ADDRESS, &self.client_address);
        Ok(call.bearer(&self.context.setting("service_token")?))
    }

    /// Whether there may be a cart for this browser: nobody is asked about one that cannot be.
    pub const fn may_have_cart(&self, token: Option<&Token>) -> bool {
        !matches!(self.asker, Asker::Guest) || token.is_some()
    }

    /// Puts a guest's cart into that of whoever has signed in.
    pub async fn merge_cart(&self, token: &Token) -> Result<Cart, Problem> {
        let merge = MergeCart { cart_token: token.as_str().to_owned() };
        let call = Call::post(&self.cart_url, "/api/cart/merge").json(&merge)?;
        self.context.call_json(self.in_own_name(call)?).await
    }

    /// All categories.
    pub async fn categories(&self) -> Result<Vec<Category>, Problem> {
        let call = Call::get(&self.catalog_url, "/api/catalog/categories").within(FRAME_DEADLINE);
        let list: List<Category> = self.context.call_json(call).await?;
        Ok(list.items)
    }

    /// Pieces in the cart, for the header.
    pub async fn pieces_in_cart(&self, token: Option<&Token>) -> Option<u64> {
        if !self.may_have_cart(token) {
            return None;
        }
        let call = self.in_cart(Call::get(&self.cart_url, "/api/cart").within(FRAME_DEADLINE), token).ok()?;
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

    /// The cart.
    pub async fn cart(&self, token: Option<&Token>) -> Result<Cart, Problem> {
        self.context.call_json(self.in_cart(Call::get(&self.cart_url, "/api/cart"), token)?).await
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
        self.context.call_json(self.in_cart(call.header_if("if-match", version.as_deref()), token)?).await
    }

    /// Adds a promotion to the cart.
    pub async fn add_promotion(&self, token: Option<&Token>, code: String) -> Result<Cart, Problem> {
        let call = Call::post(&self.cart_url, "/api/cart/promotions").json(&AddPromotion { code })?;
        self.context.call_json(self.in_cart(call, token)?).await
    }

    /// Takes a promotion out of the cart.
    pub async fn remove_promotion(
        &self,
        token: Option<&Token>,
        code: &PromotionCode,
    ) -> Result<Cart, Problem> {
        let call = Call::delete(&self.cart_url, format!("/api/cart/promotions/{code}"));
        self.context.call_json(self.in_cart(call, token)?).await
    }

    /// Says where the parcel goes, and how.
    pub async fn set_delivery(&self, token: Option<&Token>, delivery: &Delivery) -> Result<Cart, Problem> {
        let call = Call::put(&self.cart_url, "/api/cart/delivery").json(delivery)?;
        self.context.call_json(self.in_cart(call, token)?).await
    }

    /// Ways to get the parcel.
    pub async fn shipping_methods(&self, token: Option<&Token>) -> Result<Vec<ShippingMethod>, Problem> {
        let call = Call::get(&self.cart_url, "/api/cart/shipping-methods");
        let list: List<ShippingMethod> = self.context.call_json(self.in_cart(call, token)?).await?;
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
        self.context.call_json(self.in_cart(call, token)?).await
    }
}

fn nobody_knows() -> Problem {
    Problem::new(
        Code::Unavailable,
        "Whether you are signed in cannot be found out at the moment. Please try again.",
    )
}
