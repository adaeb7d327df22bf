//! One request of a shopper: what it asks for, who sends it, and whom we can ask to answer it.

use std::collections::BTreeMap;

use futures::join;
use http::Method;
use merkato_contract::{cart::Cart, problem::Problem};
use merkato_edge::{Context, Request, Response};

use crate::{
    consent::Consent,
    security::secured,
    session::{Keys, Session},
    shop::{Asker, Shop},
    sign_in,
    views::{self, layout::Frame},
};

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
    /// What the shopper has agreed to; none while they have not said.
    pub consent: Option<Consent>,
    /// Where the shop is, as shoppers see it, without a slash at the end.
    pub origin: String,
}

impl<'a> Visit<'a> {
    /// Begins to answer `request`: finds out who it is.
    pub async fn begin(context: &'a Context, request: &'a Request) -> Result<Self, Problem> {
        let keys =
            Keys { cookie_key: context.setting("cookie_key")?, public_url: context.setting("public_url")? };
        let origin = keys.public_url.trim_end_matches('/').to_owned();
        let mut session = Session::of(request, keys, context.ids());
        let mut shop = Shop::open(context, request)?;
        // Lists for search engines are about nobody and kept by caches, so no token is changed on their way.
        if !matches!(request.segments().as_slice(), ["robots.txt" | "sitemap.xml" | "sitemap", ..]) {
            shop.asker = sign_in::asker(context, &shop, &mut session).await?;
            sign_in::bring_cart(&shop, &mut session).await;
        }
        Ok(Self { context, request, shop, session, consent: Consent::of(request), origin })
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
        let here = self.here();
        let is_guest = self.shop.asker == Asker::Guest;
        Frame {
            sign_in: is_guest.then(|| sign_in::address(sign_in::next(Some(&here)))),
            csrf: self.session.csrf(),
            origin: self.origin.clone(),
            here,
            consent: self.consent,
            ..Frame::default()
        }
    }

    /// Where the forms of header and footer come back to. What was sent is not sent again by coming back to it.
    fn here(&self) -> String {
        match self.request.query.as_str() {
            _ if self.request.method != Method::GET => "/".to_owned(),
            "" => self.request.path.clone(),
            query => format!("{}?{query}", self.request.path),
        }
    }

    /// The fields of the form that was sent, once it has proved that it came from one of our pages.
    pub fn form(&self) -> Result<BTreeMap<String, String>, Problem> {
        let form = self.request.form()?;
        self.session.check(self.request, &form)?;
        Ok(form)
    }
}

/// How a page is kept by the browser that it was made for, and by nobody else.
pub const PAGE_CACHE: &str = "private, no-cache";

/// A page that a browser may keep for its back button, and asks about otherwise.
pub fn page(status: u16, html: String) -> Response {
    private_page(status, html).with_header("cache-control", PAGE_CACHE)
}

/// A page about somebody's order or address: no browser keeps it.
pub fn private_page(status: u16, html: String) -> Response {
    secured(Response::html(status, html)).with_header("cache-control", "no-store")
}
