//! A browser in which staff work, without anything to look at: it keeps the cookie, and sends the forms of the pages
//! that it was shown.

use std::sync::Mutex;

use reqwest::{
    Client, StatusCode,
    header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};

use crate::{authenticator::Authenticator, shop::Shop};

/// A page, or the way to another one.
#[derive(Debug, Clone)]
pub struct Page {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// What it says.
    pub html: String,
}

impl Page {
    /// This page, if its status is the expected one.
    #[expect(clippy::return_self_not_must_use, reason = "often it is only the status that matters")]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.html);
        self
    }

    /// Where it leads, if it only does that.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status.as_u16(), 303, "{}", self.html);
        self.headers[LOCATION].to_str().expect("an address")
    }

    /// Whether it says `text`.
    pub fn says(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// What stands between `before` and `after`.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> &str {
        let rest = self.html.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", self.html)).1;
        rest.split_once(after).unwrap_or_else(|| panic!("no {after} in {}", self.html)).0
    }

    /// The hidden fields of the form that goes to `action`.
    #[track_caller]
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let form = self.between(&format!("action=\"{action}\""), "</form>");
        let inputs = form.split("<input type=\"hidden\" ").skip(1);
        let attribute = |input: &str, name: &str| {
            let value = input.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
            Some(
                value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
            )
        };
        let fields = inputs.map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)));
        fields.map(|field| field.expect("a hidden field")).collect()
    }
}

/// A browser.
pub struct Desk {
    client: Client,
    url: String,
    cookie: Mutex<Option<String>>,
}

impl Desk {
    /// A browser that knows nobody.
    pub fn new(shop: &Shop) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { client, url: shop.url.clone(), cookie: Mutex::new(None) }
    }

    /// A browser in which somebody is signed in who had no second factor so far.
    pub async fn of(shop: &Shop, email: &str, password: &str) -> Self {
        let desk = Self::new(shop);
        let at = desk.enter(email, password).await;
        assert_eq!(at.leads_to(), "/backoffice/second-factor");
        desk.enrol().await;
        desk
    }

    /// Sends the form for the password.
    pub async fn enter(&self, email: &str, password: &str) -> Page {
        let page = self.get("/backoffice/sign-in").await.expect(200);
        self.send(&page, "/backoffice/sign-in", &[("email", email), ("password", password)]).await
    }

    /// Sets up the second factor that is asked for, and gives the recovery codes.
    pub async fn enrol(&self) -> Vec<String> {
        let page = self.get("/backoffice/second-factor").await.expect(200);
        let secret = page.between("<p class=\"secret\"><code>", "</code>").replace(' ', "");
        let code = Authenticator::new(&secret).code(0);
        let codes = self.send(&page, "/backoffice/second-factor", &[("code", &code)]).await.expect(200);
        let codes = codes.between("<ul class=\"recovery\">", "</ul>");
        let codes = codes.split("<code>").skip(1).filter_map(|rest| rest.split_once("</code>"));
        codes.map(|(code, _)| code.to_owned()).collect()
    }

    /// The cookie, as it is sent.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().expect("the cookie").clone()
    }

    /// Takes over a cookie.
    pub fn set_cookie(&self, cookie: Option<String>) {
        *self.cookie.lock().expect("the cookie") = cookie;
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Page {
        self.answer(self.client.get(format!("{}{path}", self.url))).await
    }

    /// Sends the form of `page` that goes to `action`, with `fields` filled in.
    pub async fn send(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden(action);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.post(action, &hidden.chain(fields.iter().copied()).collect::<Vec<_>>()).await
    }

    /// Sends fields, as no page has asked for.
    pub async fn post(&self, action: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("{}{action}", self.url)).body(body);
        self.answer(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// Sends the form of `page` that goes to `action`, with a file in its field `field`.
    pub async fn upload(&self, page: &Page, action: &str, field: &str, name: &str, file: &[u8]) -> Page {
        const BOUNDARY: &str = "------------------------merkato";
        let mut body = Vec::new();
        for (name, value) in page.hidden(action) {
            let part =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(file);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let request = self.client.post(format!("{}{action}", self.url)).body(body);
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.answer(request.header("content-type", media_type)).await
    }

    async fn answer(&self, mut request: reqwest::RequestBuilder) -> Page {
        if let Some(cookie) = self.cookie() {
            request = request.header(COOKIE, cookie);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(set) = headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()) {
            self.set_cookie(set.split(';').next().map(str::to_owned));
        }
        Page { status, headers, html: response.text().await.expect("a page") }
    }
}
