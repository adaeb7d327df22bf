//! Somebody in front of the shop's pages, with a browser that keeps cookies, follows links and fills in forms, and
//! runs no script.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder, Response, redirect};

use crate::shop::Shop;

/// Redirects that lead nowhere end after so many.
const REDIRECTS_MAX: usize = 5;

/// A page, or whatever else was answered.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The HTTP status.
    pub status: u16,
    /// Where it sends the browser, if it does.
    pub location: Option<String>,
    /// The document.
    pub html: String,
}

impl Shown {
    /// Whether it says `text`, as it stands in the document.
    pub fn says(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// Checks that it has that status and says `text`.
    #[track_caller]
    #[expect(
        clippy::return_self_not_must_use,
        reason = "an assertion; what it looked at may be of no more interest"
    )]
    pub fn expect(self, status: u16, text: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.html);
        assert!(self.says(text), "{text:?} is not in {}", self.html);
        self
    }

    /// Checks that it leads to `location`.
    #[track_caller]
    pub fn leads_to(&self, location: &str) {
        assert_eq!(self.status, 303, "{}", self.html);
        assert_eq!(self.location.as_deref(), Some(location));
    }

    /// The hidden fields of the form that is sent to `action`.
    #[track_caller]
    fn hidden_fields(&self, action: &str) -> BTreeMap<String, String> {
        let start = self.html.find(&format!("action=\"{action}\""));
        let start = start.unwrap_or_else(|| panic!("no form {action} in {}", self.html));
        let form = self.html[start..].split("</form>").next().unwrap_or_default();
        let inputs = form.split("<input ").skip(1).filter(|input| input.contains("type=\"hidden\""));
        inputs
            .map(|input| {
                let input = input.split('>').next().unwrap_or_default();
                (attribute(input, "name"), attribute(input, "value"))
            })
            .collect()
    }
}

/// The value of an attribute, as the document means it.
fn attribute(element: &str, name: &str) -> String {
    let start = element.split_once(&format!("{name}=\"")).map(|(_, rest)| rest).unwrap_or_default();
    let value = start.split('"').next().unwrap_or_default();
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Somebody with a browser.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: Client,
    url: String,
    /// What the browser keeps, by name.
    pub cookies: BTreeMap<String, String>,
    headers: Vec<(&'static str, String)>,
}

impl Visitor {
    /// Somebody whose browser is new.
    pub fn of(shop: &Shop) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).build().expect("a client");
        Self { client, url: shop.url.clone(), cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// The same, with a header on every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request =
            self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    async fn take(&mut self, response: Response) -> Shown {
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let (name, rest) = cookie.split_once('=').expect("a name");
            if cookie.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                let value = rest.split(';').next().unwrap_or_default();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location =
            response.headers().get("location").map(|value| value.to_str().expect("text").to_owned());
        let status = response.status().as_u16();
        Shown { status, location, html: response.text().await.expect("a whole answer") }
    }

    /// Opens a page, and goes no further.
    pub async fn open(&mut self, path: &str) -> Shown {
        let response = self.request(Method::GET, path).send().await.expect("an answer");
        self.take(response).await
    }

    /// Opens a page, or the one that it leads to.
    pub async fn visit(&mut self, path: &str) -> Shown {
        let shown = self.open(path).await;
        self.follow(shown).await
    }

    /// Goes on to where `shown` leads.
    pub async fn follow(&mut self, mut shown: Shown) -> Shown {
        for _ in 0..REDIRECTS_MAX {
            let Some(location) = shown.location.clone() else { return shown };
            shown = self.open(&location).await;
        }
        panic!("it leads round and round: {:?}", shown.location);
    }

    /// Sends `fields` to `path`, whatever any page says, and goes no further.
    pub async fn post(&mut self, path: &str, fields: &BTreeMap<String, String>) -> Shown {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request(Method::POST, path);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let response = request.send().await.expect("an answer");
        self.take(response).await
    }

    /// Fills in the form of `page` that is sent to `action`, sends it, and goes no further.
    pub async fn send(&mut self, page: &Shown, action: &str, typed: &[(&str, &str)]) -> Shown {
        let mut fields = page.hidden_fields(action);
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(action, &fields).await
    }

    /// Presses the button of that form which sends it to `other` instead, and goes on to where that leads.
    pub async fn press(&mut self, page: &Shown, action: &str, other: &str, typed: &[(&str, &str)]) -> Shown {
        assert!(page.says(&format!("formaction=\"{other}\"")), "no button for {other} in {}", page.html);
        let mut fields = page.hidden_fields(action);
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let shown = self.post(other, &fields).await;
        self.follow(shown).await
    }

    /// Fills in a form, sends it, and goes on to where that leads.
    pub async fn submit(&mut self, page: &Shown, action: &str, typed: &[(&str, &str)]) -> Shown {
        let shown = self.send(page, action, typed).await;
        self.follow(shown).await
    }
}
