//! What a browser is known by: its cookies, and the proof that a form came from one of our own pages.
//!
//! `sid` ties forms to a browser, `cart` names a guest's cart, `orders` holds the tokens that read the orders placed
//! here, `checkout` keeps for a while what was typed at the till, and `consent` what the shopper agreed to. None of these
//! says who somebody is; `access` and `refresh` do, for those who have signed in, and `pending` holds what a sign-in
//! under way still waits for.

use std::collections::BTreeMap;

use merkato_commerce::ids::{Ids, OrderId};
use merkato_contract::{
    problem::{Code, Problem},
    user::SignedIn,
};
use merkato_edge::{Request, Response, secret};
use uuid::Uuid;

use crate::{
    consent::{self, Consent},
    views::field::CSRF_FIELD,
};

/// Longest token of a cart or an order; ours have 43 characters.
const TOKEN_CHARACTERS_MAX: usize = 128;
/// Orders that a browser can read again: a cookie holds 4 KiB, and each order takes about 80 bytes.
const ORDERS_MAX: usize = 10;
/// How long a browser keeps its session and its cart, in seconds: a month, renewed with every change.
pub const CART_SECONDS: u32 = 30 * 24 * 60 * 60;
/// How long a browser can read its orders, in seconds: half a year, longer than goods can be sent back.
pub const ORDERS_SECONDS: u32 = 182 * 24 * 60 * 60;
/// How long the choice of cookies is kept, in seconds: half a year, after which it is asked for again.
pub const CONSENT_SECONDS: u32 = 182 * 24 * 60 * 60;
/// Longest token of an account; an access token of ours has about 400 characters.
const BEARER_CHARACTERS_MAX: usize = 1_024;
/// How long a browser keeps its access token, in seconds: as long as it holds.
pub const ACCESS_SECONDS: u32 = 15 * 60;
/// Longest time that a sign-in waits for its second step, in seconds: as long as users waits for whoever went to another
/// provider.
pub const PENDING_SECONDS_MAX: u32 = 15 * 60;
/// How long a browser keeps its refresh token, in seconds: as long as it works without being used.
pub const REFRESH_SECONDS: u32 = 30 * 24 * 60 * 60;
/// Longest value of what a sign-in waits for: an address, a password and where to go on, sealed. A cookie holds 4 KiB.
const PENDING_CHARACTERS_MAX: usize = 3_000;
/// Where what a sign-in waits for is sent to.
const PENDING_PATH: &str = "/account";
/// How long the till remembers what was typed, in seconds.
pub const DRAFT_SECONDS: u32 = 30 * 60;

/// A token of a cart or an order, safe to stand in a header or a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// `text`, if it can be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let fits = (1..=TOKEN_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token of an account, safe to stand in a header or a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer(String);

impl Bearer {
    /// `text`, if it can be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let fits = (1..=BEARER_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was typed at the till and is kept nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Where the confirmation goes.
    pub email: String,
    /// The chosen card.
    pub payment_token: String,
}

/// What a session needs to know of the shop.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The key under which proofs are made.
    pub cookie_key: String,
    /// The shop's address, as shoppers see it.
    pub public_url: String,
}

/// A browser's session.
#[derive(Debug)]
pub struct Session {
    keys: Keys,
    id: Uuid,
    cart: Option<Token>,
    orders: Vec<(OrderId, Token)>,
    draft: Draft,
    access: Option<Bearer>,
    refresh: Option<Bearer>,
    pending: Option<String>,
    cookies: Vec<String>,
}

impl Session {
    /// The session that the cookies of `request` tell of; a new one if they tell of none.
    pub fn of(request: &Request, keys: Keys, ids: &dyn Ids) -> Self {
        let known = request.cookie("sid").and_then(|id| Uuid::try_parse(&id).ok());
        let mut session = Self {
            id: known.unwrap_or_else(|| ids.next()),
            cart: request.cookie("cart").as_deref().and_then(Token::parse),
            orders: request.cookie("orders").as_deref().map(parse_orders).unwrap_or_default(),
            draft: request.cookie("checkout").as_deref().map(parse_draft).unwrap_or_default(),
            access: request.cookie("access").as_deref().and_then(Bearer::parse),
            refresh: request.cookie("refresh").as_deref().and_then(Bearer::parse),
            pending: request.cookie("pending").filter(|value| value.len() <= PENDING_CHARACTERS_MAX),
            cookies: Vec::new(),
            keys,
        };
        if known.is_none() {
            let id = session.id.to_string();
            session.set_cookie("sid", &id, "/", CART_SECONDS);
        }
        session
    }

    /// What the hidden field of every form holds: nobody can make it for this browser without the shop's key.
    pub fn csrf(&self) -> String {
        secret::sign(self.keys.cookie_key.as_bytes(), self.proven().as_bytes())
    }

    fn proven(&self) -> String {
        format!("csrf:{}", self.id)
    }

    /// Refuses a form that did not come from a page which this shop showed to this browser.
    pub fn check(&self, request: &Request, form: &BTreeMap<String, String>) -> Result<(), Problem> {
        let refused = |detail| Err(Problem::new(Code::Forbidden, detail));
        if is_foreign(request, &self.keys.public_url) {
            return refused("This form was sent from another site. Nothing was changed.");
        }
        let given = form.get(CSRF_FIELD).map(String::as_str).unwrap_or_default();
        if !secret::verify(self.keys.cookie_key.as_bytes(), self.proven().as_bytes(), given) {
            return refused(
                "The page that you sent was too old, or your browser keeps no cookies. Nothing was changed. Please go \
                 back, load the page again, and send it once more.",
            );
        }
        Ok(())
    }

    /// Takes another name for this browser: forms of before do not pass any more.
    pub fn renew(&mut self, ids: &dyn Ids) {
        self.id = ids.next();
        let id = self.id.to_string();
        self.set_cookie("sid", &id, "/", CART_SECONDS);
    }

    /// Says to the services who is signed in here.
    pub const fn access_token(&self) -> Option<&Bearer> {
        self.access.as_ref()
    }

    /// Gets the next access token.
    pub const fn refresh_token(&self) -> Option<&Bearer> {
        self.refresh.as_ref()
    }

    /// Remembers who has signed in.
    pub fn keep_tokens(&mut self, signed_in: &SignedIn) {
        self.access = Bearer::parse(&signed_in.access_token);
        self.refresh = Bearer::parse(&signed_in.refresh_token);
        self.set_cookie("access", &signed_in.access_token, "/", ACCESS_SECONDS);
        self.set_cookie("refresh", &signed_in.refresh_token, "/", REFRESH_SECONDS);
    }

    /// Forgets who was signed in.
    pub fn forget_tokens(&mut self) {
        for (name, token) in [("access", self.access.take()), ("refresh", self.refresh.take())] {
            if token.is_some() {
                self.set_cookie(name, "", "/", 0);
            }
        }
    }

    /// What a sign-in under way waits for.
    pub fn pending(&self) -> Option<&str> {
        self.pending.as_deref()
    }

    /// Remembers what a sign-in waits for, for `seconds`.
    pub fn keep_pending(&mut self, value: &str, seconds: u32) {
        self.set_cookie("pending", value, PENDING_PATH, seconds);
    }

    /// The sign-in has ended.
    pub fn forget_pending(&mut self) {
        if self.pending.take().is_some() {
            self.set_cookie("pending", "", PENDING_PATH, 0);
        }
    }

    /// Forgets the guest's cart.
    pub fn forget_cart(&mut self) {
        if self.cart.take().is_some() {
            self.set_cookie("cart", "", "/", 0);
        }
    }

    /// The guest's cart.
    pub const fn cart(&self) -> Option<&Token> {
        self.cart.as_ref()
    }

    /// Remembers the guest's cart, and for how long from now. A token that cannot be one is ignored.
    pub fn keep_cart(&mut self, token: Option<&str>) {
        let given = token.and_then(Token::parse);
        if let Some(cart) = given.or_else(|| self.cart.clone()) {
            self.set_cookie("cart", cart.as_str(), "/", CART_SECONDS);
            self.cart = Some(cart);
        }
    }

    /// What reads the order `id`, if it was placed in this browser.
    pub fn order_token(&self, id: OrderId) -> Option<&Token> {
        self.orders.iter().find(|(known, _)| *known == id).map(|(_, token)| token)
    }

    /// Remembers what reads the order `id`.
    pub fn keep_order(&mut self, id: OrderId, token: Token) {
        self.orders.retain(|(known, _)| *known != id);
        self.orders.insert(0, (id, token));
        self.orders.truncate(ORDERS_MAX);
        let orders = self.orders.iter().map(|(id, token)| format!("{id}:{}", token.as_str()));
        let orders = orders.collect::<Vec<_>>().join("|");
        self.set_cookie("orders", &orders, "/", ORDERS_SECONDS);
    }

    /// What was typed at the till before.
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Remembers what was typed at the till.
    pub fn keep_draft(&mut self, draft: &Draft) {
        let value = form_urlencoded::Serializer::new(String::new())
            .append_pair("email", &draft.email)
            .append_pair("payment", &draft.payment_token)
            .finish();
        self.set_cookie("checkout", &value, "/checkout", DRAFT_SECONDS);
    }

    /// Forgets what was typed at the till.
    pub fn forget_draft(&mut self) {
        self.set_cookie("checkout", "", "/checkout", 0);
    }

    /// Remembers what the shopper has agreed to.
    pub fn keep_consent(&mut self, consent: Consent) {
        self.set_cookie(consent::COOKIE, consent.name(), "/", CONSENT_SECONDS);
    }

    /// `response` with the cookies that have changed.
    #[must_use]
    pub fn leave(self, response: Response) -> Response {
        self.cookies.iter().fold(response, |response, cookie| response.with_header("set-cookie", cookie))
    }

    fn set_cookie(&mut self, name: &str, value: &str, path: &str, seconds: u32) {
        // Every value is made of characters that a cookie may hold; one that is not would end the cookie early.
        if !value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'"' | b'\\')) {
            return;
        }
        let secure = if self.keys.public_url.starts_with("https://") { "; Secure" } else { "" };
        self.cookies.retain(|cookie| !cookie.starts_with(&format!("{name}=")));
        self.cookies
            .push(format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"));
    }
}

fn parse_orders(value: &str) -> Vec<(OrderId, Token)> {
    let pairs = value.split('|').filter_map(|pair| pair.split_once(':'));
    pairs.filter_map(|(id, token)| Some((id.parse().ok()?, Token::parse(token)?))).take(ORDERS_MAX).collect()
}

fn parse_draft(value: &str) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in form_urlencoded::parse(value.as_bytes()) {
        match name.as_ref() {
            "email" => draft.email = value.into_owned(),
            "payment" => draft.payment_token = value.into_owned(),
            _ => {}
        }
    }
    draft
}

/// Whether a browser says that the form was sent by a page of another site. A client that says nothing is no browser
/// of the last years, and is left to the proof in the form.
fn is_foreign(request: &Request, public_url: &str) -> bool {
    if let Some(site) = request.header("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = request.header("origin") else { return false };
    let ours = public_url.trim_end_matches('/');
    let here = origin.split_once("://").map(|(_, host)| host);
    origin != ours && (here.is_none() || here != request.header("host"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::*;

    struct Same;
    impl Ids for Same {
        fn next(&self) -> Uuid {
            Uuid::from_u128(7)
        }
    }

    fn request(headers: &[(&'static str, &str)]) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
        }
        Request::new(Method::POST, "/cart/promotions", map, Vec::new())
    }

    fn keys(public_url: &str) -> Keys {
        Keys { cookie_key: "key".to_owned(), public_url: public_url.to_owned() }
    }

    fn session(headers: &[(&'static str, &str)]) -> Session {
        Session::of(&request(headers), keys("http://shop.example"), &Same)
    }

    fn form(csrf: &str) -> BTreeMap<String, String> {
        [(CSRF_FIELD.to_owned(), csrf.to_owned())].into()
    }

    fn set_cookies(session: Session) -> Vec<String> {
        let response = session.leave(Response::empty(200));
        response
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|value| value.to_str().expect("text").to_owned())
            .collect()
    }

    const ID: &str = "sid=00000000-0000-0000-0000-000000000007";
    const OTHER_ID: &str = "sid=00000000-0000-0000-0000-000000000008";

    #[test]
    fn a_form_passes_only_with_the_proof_of_its_own_browser() {
        let ours = session(&[("cookie", ID)]);
        let proof = ours.csrf();
        assert_eq!(ours.check(&request(&[]), &form(&proof)), Ok(()));
        for wrong in ["", "x", &session(&[("cookie", OTHER_ID)]).csrf()] {
            let problem = ours.check(&request(&[]), &form(wrong)).expect_err("a problem");
            assert_eq!(problem.code, Code::Forbidden, "{wrong}");
        }
        assert!(ours.check(&request(&[]), &BTreeMap::new()).is_err());
        let mut other_key = keys("http://shop.example");
        other_key.cookie_key = "another".to_owned();
        assert_ne!(Session::of(&request(&[("cookie", ID)]), other_key, &Same).csrf(), proof);
    }

    #[test]
    fn a_form_from_another_site_is_refused_whatever_it_proves() {
        let ours = session(&[("cookie", ID)]);
        let check =
            |headers: &[(&'static str, &str)]| ours.check(&request(headers), &form(&ours.csrf())).is_ok();
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        assert!(check(&[("origin", "http://shop.example")]));
        assert!(check(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        assert!(!check(&[("sec-fetch-site", "cross-site")]));
        assert!(!check(&[("sec-fetch-site", "same-site")]));
        assert!(!check(&[("sec-fetch-site", "cross-site"), ("origin", "http://shop.example")]));
        assert!(!check(&[("origin", "http://evil.example"), ("host", "shop.example")]));
        assert!(!check(&[("origin", "null")]));
    }

    #[test]
    fn a_new_browser_gets_a_session_and_a_known_one_keeps_it() {
        let fresh = set_cookies(session(&[]));
        assert_eq!(fresh.len(), 1);
        assert!(fresh[0].starts_with(&format!("{ID}; Path=/; Max-Age=")), "{fresh:?}");
        assert!(fresh[0].ends_with("; HttpOnly; SameSite=Lax"), "{fresh:?}");
        assert!(set_cookies(session(&[("cookie", ID)])).is_empty());
    }

    #[test]
    fn a_browser_keeps_an_access_token_as_long_as_it_holds() {
        assert_eq!(i64::from(ACCESS_SECONDS), merkato_contract::token::LIFETIME_SECONDS);
        let signed_in = |access: &str| {
            SignedIn {
            user: serde_json::from_value(serde_json::json!({
                "id": Uuid::nil(), "email": "hanna@merkato.example", "email_verified": true, "first_name": "Hanna",
                "last_name": "", "role": "customer", "mfa_enabled": false, "created_at": "2026-11-21T05:14:00Z",
            }))
            .expect("a user"),
            access_token: access.to_owned(),
            refresh_token: "r-1_A".to_owned(),
            expires_in: 900,
        }
        };
        let mut session = session(&[("cookie", ID)]);
        session.keep_tokens(&signed_in("a.b-c_D.e"));
        assert_eq!(session.access_token().map(Bearer::as_str), Some("a.b-c_D.e"));
        let cookies = set_cookies(session);
        assert_eq!(cookies[0], "access=a.b-c_D.e; Path=/; Max-Age=900; HttpOnly; SameSite=Lax");
        assert!(cookies[1].starts_with("refresh=r-1_A; Path=/; Max-Age=2592000; "), "{cookies:?}");

        let mut session = self::session(&[("cookie", ID), ("cookie", "access=a.b; refresh=c")]);
        session.forget_tokens();
        assert_eq!((session.access_token(), session.refresh_token()), (None, None));
        assert!(set_cookies(session).iter().all(|cookie| cookie.contains("=; Path=/; Max-Age=0;")));
    }

    #[test]
    fn forms_of_before_a_sign_in_do_not_pass_after_it() {
        struct Other;
        impl Ids for Other {
            fn next(&self) -> Uuid {
                Uuid::from_u128(8)
            }
        }
        let mut session = session(&[("cookie", ID)]);
        let before = session.csrf();
        session.renew(&Other);
        assert!(session.check(&request(&[]), &form(&before)).is_err());
        assert!(session.check(&request(&[]), &form(&session.csrf())).is_ok());
    }

    #[test]
    fn cookies_of_a_shop_behind_tls_are_secure() {
        let fresh = Session::of(&request(&[]), keys("https://shop.example"), &Same);
        assert!(set_cookies(fresh)[0].ends_with("; Secure"));
    }

    #[test]
    fn a_value_with_a_line_break_or_an_attribute_never_becomes_a_cookie() {
        for token in ["a\r\nSet-Cookie: b=1", "a; Domain=evil.example", "a b", "", "é", "\"a\""] {
            assert_eq!(Token::parse(token), None, "{token:?}");
            let mut session = session(&[("cookie", ID)]);
            session.keep_cart(Some(token));
            assert!(set_cookies(session).is_empty(), "{token:?}");
        }
        let mut session = session(&[("cookie", ID)]);
        session
            .keep_draft(&Draft { email: "a@b.example\r\nSet-Cookie: b=1; x".to_owned(), ..Draft::default() });
        let cookies = set_cookies(session);
        assert_eq!(cookies.len(), 1);
        assert!(
            cookies[0].starts_with("checkout=email=a%40b.example%0D%0ASet-Cookie%3A+b%3D1%3B+x&"),
            "{cookies:?}"
        );
    }

    #[test]
    fn the_last_orders_are_kept_and_the_oldest_is_let_go() {
        let mut session = session(&[("cookie", ID)]);
        let token = |number: u128| Token::parse(&format!("token-{number}")).expect("a token");
        for number in 0..12 {
            session.keep_order(OrderId(Uuid::from_u128(number)), token(number));
        }
        session.keep_order(OrderId(Uuid::from_u128(11)), token(99));
        let cookies = set_cookies(session);
        let cookie = cookies[0].split(';').next().expect("a cookie").to_owned();
        let again = self::session(&[("cookie", ID), ("cookie", &cookie)]);
        assert_eq!(again.order_token(OrderId(Uuid::from_u128(11))), Some(&token(99)));
        assert_eq!(again.order_token(OrderId(Uuid::from_u128(2))), Some(&token(2)));
        assert_eq!(again.order_token(OrderId(Uuid::from_u128(1))), None);
    }

    #[test]
    fn what_was_typed_at_the_till_comes_back() {
        let draft =
            Draft { email: "hanna+1@merkato.example".to_owned(), payment_token: "tok_late".to_owned() };
        let mut session = session(&[("cookie", ID)]);
        session.keep_draft(&draft);
        let cookies = set_cookies(session);
        let cookie = cookies[0].split(';').next().expect("a cookie").to_owned();
        assert_eq!(self::session(&[("cookie", &cookie)]).draft(), &draft);
    }
}
