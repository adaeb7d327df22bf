//! One request of a shopper: what it asks for, who sends it, and whom we can ask to answer it.

use std::collections::BTreeMap;

use futures::join;
use merkato_contract::{cart::Cart, problem::Problem};
use merkato_edge::{Context, Request, Response};

use crate::{
    session::{Keys, Session},
    shop::{Asker, Shop},
    sign_in,
    views::{self, layout::Frame},
};

/// What a page may load: its own style sheets and script, and pictures from anywhere safe. Nothing inline.
const PAGE_POLICY: &str = "default-src 'none'; img-src 'self' https: data:; style-src 'self'; script-src 'self'; \
                           connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A request and everything that answering it takes.
pub struct Visit<'a> {
    /// The surroundings.
    pub context: &'a Context,
    /// What is asked.
    pub request: &'a Request,
    /// The other services.
    pub shop: Shop<'a>,
    /// The browser.
    pub session: Session,
}

impl<'a> Visit<'a> {
    /// Begins to answer `request`: finds out who it is.
    pub async fn begin(context: &'a Context, request: &'a Request) -> Result<Self, Problem> {
        let keys =
            Keys { cookie_key: context.setting("cookie_key")?, public_url: context.setting("public_url")? };
        let mut session = Session::of(request, keys, context.ids());
        let mut shop = Shop::open(context, request)?;
        shop.asker = sign_in::asker(context, &shop, &mut session).await?;
        sign_in::bring_cart(&shop, &mut session).await;
        Ok(Self { context, request, shop, session })
    }

    /// Header and footer. Whatever does not answer is left out: no page fails for its frame.
    pub async fn frame(&self) -> Frame {
        let (categories, pieces_in_cart) =
            join!(self.shop.categories(), self.shop.pieces_in_cart(self.session.cart()));
        Frame { categories: categories.unwrap_or_default(), pieces_in_cart, ..self.bare_frame() }
    }

    /// The same for a page that has read the cart already.
    pub async fn frame_with(&self, cart: &Cart) -> Frame {
        Frame {
            categories: self.shop.categories().await.unwrap_or_default(),
            pieces_in_cart: Some(views::cart::pieces(cart)),
            ..self.bare_frame()
        }
    }

    /// Header and footer without asking anybody.
    pub fn bare_frame(&self) -> Frame {
        Frame { csrf: self.session.csrf(), sign_in: self.sign_in_address(), ..Frame::default() }
    }

    /// Where a guest signs in and comes back to this page; none for somebody who has signed in.
    pub fn sign_in_address(&self) -> Option<String> {
        if self.shop.asker != Asker::Guest {
            return None;
        }
        let here = match self.request.query.as_str() {
            "" => self.request.path.clone(),
            query => format!("{}?{query}", self.request.path),
        };
        let read = self.request.method == http::Method::GET;
        Some(sign_in::address(sign_in::next(Some(here.as_str()).filter(|_| read))))
    }

    /// The fields of the form that was sent, once it has proved that it came from one of our pages.
    pub fn form(&self) -> Result<BTreeMap<String, String>, Problem> {
        let form = self.request.form()?;
        self.session.check(self.request, &form)?;
        Ok(form)
    }
}

/// A page that a browser may keep for its back button, and asks about otherwise.
pub fn page(status: u16, html: String) -> Response {
    private_page(status, html).with_header("cache-control", "private, no-cache")
}

/// A page about somebody's order or address: no browser keeps it.
pub fn private_page(status: u16, html: String) -> Response {
    Response::html(status, html)
        .with_header("content-security-policy", PAGE_POLICY)
        // An order's address may hold the token that reads it.
        .with_header("referrer-policy", "same-origin")
        .with_header("cache-control", "no-store")
}
