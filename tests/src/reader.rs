//! Somebody who reads pages as programs do: with their headers, and element by element.
//!
//! A journey through forms is a [`crate::visitor::Visitor`]'s; what holds of every page is looked up here.

use std::collections::BTreeMap;

use reqwest::{Client, StatusCode, header::HeaderMap, redirect::Policy};
use serde_json::Value;

use crate::shop::Shop;

/// Somebody who reads, and keeps cookies.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    url: String,
    cookies: BTreeMap<String, String>,
    /// Every `Set-Cookie` so far.
    pub set_cookies: Vec<String>,
}

/// A page, or whatever else lies at an address.
#[derive(Debug)]
pub struct Page {
    /// The path that it was asked for by.
    pub path: String,
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

/// An element of a page.
#[derive(Debug, Clone)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes, decoded.
    pub attributes: BTreeMap<String, String>,
    /// What follows its first tag up to the next one; of a script, all of it.
    pub text: String,
}

impl Reader {
    /// Somebody who has never been at `shop`.
    pub fn at(shop: &Shop) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { client, url: shop.url.clone(), cookies: BTreeMap::new(), set_cookies: Vec::new() }
    }

    /// A cookie of this browser.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// GET, without going on to where it leads.
    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.url));
        self.send(path, request).await
    }

    /// GET of a page that this browser has: the whole of it again, or that it still holds.
    pub async fn get_again(&mut self, page: &Page) -> Page {
        let request = self.client.get(format!("{}{}", self.url, page.path));
        self.send(&page.path, request.header("if-none-match", page.header("etag"))).await
    }

    /// Sends a form with these fields and the proof of `page` that it came from there.
    pub async fn submit(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = page.csrf().unwrap_or_default();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields).append_pair("csrf", &csrf);
        let request = self.client.post(format!("{}{action}", self.url)).body(body.finish());
        self.send(action, request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// Sends a form and goes to where that leads.
    pub async fn submit_and_follow(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let answer = self.submit(page, action, fields).await;
        assert_eq!(answer.status, 303, "{action}: {}", answer.text);
        let location = answer.header("location").to_owned();
        self.get(&location).await
    }

    async fn send(&mut self, path: &str, request: reqwest::RequestBuilder) -> Page {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let response = request.header("cookie", cookies.join("; ")).send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text").to_owned();
            let (name, value) =
                cookie.split_once(';').unwrap_or((&cookie, "")).0.split_once('=').expect("a pair");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            self.set_cookies.push(cookie);
        }
        Page { path: path.to_owned(), status, headers, text: response.text().await.expect("text") }
    }
}

impl Page {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The page, if it was found.
    #[track_caller]
    #[expect(
        clippy::return_self_not_must_use,
        reason = "an assertion; what it looked at may be of no more interest"
    )]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.path, self.text);
        self
    }

    /// The proof that its forms carry.
    pub fn csrf(&self) -> Option<String> {
        let fields = self.all("input").into_iter();
        let mut proofs = fields.filter(|input| input.attribute("name") == Some("csrf"));
        proofs.next()?.attribute("value").map(str::to_owned)
    }

    /// All elements of that name.
    pub fn all(&self, name: &str) -> Vec<Element> {
        self.elements().into_iter().filter(|element| element.name == name).collect()
    }

    /// The addresses that its links lead to.
    pub fn links(&self) -> Vec<String> {
        self.all("a").iter().filter_map(|link| link.attribute("href").map(str::to_owned)).collect()
    }

    /// What it says of itself in the vocabulary of schema.org.
    pub fn structured_data(&self) -> Vec<Value> {
        let blocks = self.all("script").into_iter();
        let blocks = blocks.filter(|script| script.attribute("type") == Some("application/ld+json"));
        blocks.map(|script| serde_json::from_str(&script.text).expect("JSON")).collect()
    }

    /// The address in its `link` of that relation.
    pub fn relation(&self, relation: &str) -> Option<String> {
        let links = self.all("link").into_iter();
        let mut links = links.filter(|link| link.attribute("rel") == Some(relation));
        links.next()?.attribute("href").map(str::to_owned)
    }

    /// All its elements, in order. It reads what this shop writes: attributes in double quotes, and every other `<`
    /// escaped.
    pub fn elements(&self) -> Vec<Element> {
        let mut elements = Vec::new();
        let mut rest = self.text.as_str();
        while let Some(place) = rest.find('<') {
            rest = &rest[place + 1..];
            if !rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                continue;
            }
            let (name, attributes, after) = tag(rest);
            let end = if name == "script" { after.find("</script") } else { after.find('<') };
            let (text, after) = after.split_at(end.unwrap_or(after.len()));
            elements.push(Element { name, attributes, text: text.to_owned() });
            rest = after;
        }
        elements
    }
}

impl Element {
    /// An attribute's value; the empty text if it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// Name and attributes of the tag that `text` begins with, and what comes after it.
fn tag(text: &str) -> (String, BTreeMap<String, String>, &str) {
    let name_end = text.find([' ', '>', '/', '\n']).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(name_end);
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches([' ', '\n', '/']);
        let Some(end) = rest.find(['=', ' ', '>', '/']) else { return (name.to_owned(), attributes, "") };
        let (key, after) = rest.split_at(end);
        if let Some(value) = after.strip_prefix("=\"") {
            let (value, after) = value.split_once('"').expect("a quote that ends");
            attributes.insert(key.to_owned(), decoded(value));
            rest = after;
        } else {
            if !key.is_empty() {
                attributes.insert(key.to_owned(), String::new());
            }
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (name.to_owned(), attributes, after);
        }
    }
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_taken_apart_into_its_elements() {
        let text = r#"<!DOCTYPE html><p class="a &amp; b" hidden>Text<br><script type="x">if (1 < 2) {}</script></p>"#;
        let page = Page {
            path: "/".to_owned(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            text: text.to_owned(),
        };
        let elements = page.elements();
        let names = elements.iter().map(|element| element.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["p", "br", "script"]);
        assert_eq!(
            (elements[0].attribute("class"), elements[0].attribute("hidden")),
            (Some("a & b"), Some(""))
        );
        assert_eq!((elements[0].text.as_str(), elements[2].text.as_str()), ("Text", "if (1 < 2) {}"));
    }
}
