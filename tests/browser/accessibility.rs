//! What keeps nobody out: no barrier that axe-core finds, by day or by night, and a way through the shop by keys alone.

use std::path::PathBuf;

use merkato_tests::{
    api::Caller,
    browser::{self, Browser},
    shop::{Builder, Shop, root},
};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::{arrive, find, go, heading, keep_picture, press};

/// Most presses of the tab key between two places of a page.
const TABS_MAX: u32 = 120;

/// Says what is wrong with the page, in a line for each rule that is broken. The guidelines of WCAG 2.2 at level AA,
/// and what axe-core calls best practice.
const RUN_AXE: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations.map(({ id, nodes }) =>
            `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} (${failureSummary})`).join(' | ')}`)),
        (error) => done([String(error)]));";
/// Whether whoever looks at the page sees where the focus is: an outline on what has it, or on what it stands for.
const IS_FOCUS_SEEN: &str = "
    for (let element = document.activeElement, up = 0; element && up < 4; element = element.parentElement, up++) {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        if (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) return true;
    }
    return false;";

/// axe-core, if it is here. In CI it must be.
fn axe() -> Option<String> {
    let path: PathBuf = root().join("target/axe-core/package/axe.min.js");
    let source = std::fs::read_to_string(&path).ok();
    assert!(source.is_some() || std::env::var("CI").as_deref() != Ok("true"), "CI must have axe-core");
    if source.is_none() {
        eprintln!("skipped: there is no axe-core here; `make browser` says how to get it");
    }
    source
}

/// Has the browser say that its user likes pages `light` or `dark`.
async fn prefer(browser: &Browser, scheme: &str) {
    let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    browser.window.cdp().send_raw("Emulation.setEmulatedMedia", features).await.expect("a colour scheme");
}

async fn barriers(browser: &Browser, axe: &str) -> Vec<String> {
    browser.window.execute(axe, Vec::new()).await.expect("axe-core runs");
    let found = browser.window.execute_async(RUN_AXE, Vec::new()).await.expect("axe-core answers");
    found.convert().expect("lines")
}

/// A product of the demo shop that somebody has said something of, and the shop something to that.
async fn review(shop: &Shop, slug: &str) {
    let (staff, shopper) =
        (Caller::staff(shop).await, Caller::with_token(shop, shop.token("customer").await));
    let review = json!({ "rating": 4, "title": "It smells of jasmine", "body": "And tastes of lemon." });
    let review = shopper.post(&format!("/api/reviews/products/{slug}"), &review).await.expect(201);
    let path = |verb: &str| format!("/api/reviews/{}/{verb}", review["id"].as_str().expect("an id"));
    staff.post(&path("approve"), &json!({})).await.expect(200);
    staff.post(&path("answer"), &json!({ "text": "We are glad." })).await.expect(200);
}

#[tokio::test]
async fn no_page_has_a_barrier_by_day_or_by_night() {
    let Some(axe) = axe().filter(|_| browser::is_available()) else { return };
    let shop = Builder::new().with_demo_catalogue().start().await;
    review(&shop, "yirgacheffe-washed").await;
    let browser = Browser::open(1_280, 900).await;
    go(&browser, &shop, "/products/yirgacheffe-washed").await;
    press(&browser, "main form.buy button[type='submit']").await;
    arrive(&browser, "/cart").await;
    let mut found = Vec::new();
    for (name, path) in [
        ("home", "/"),
        ("category", "/categories/coffee"),
        ("product", "/products/yirgacheffe-washed"),
        ("search", "/search?q=coffee&max_price=cheap"),
        ("search-narrowed", "/search?category=coffee&max_price=40&in_stock=true"),
        ("search-nothing", "/search?q=zzzzzz"),
        ("cart", "/cart?done=added"),
        ("checkout", "/checkout"),
        ("about", "/about"),
        ("privacy", "/privacy"),
        ("problems", "/problems"),
        ("problem", "/problems/stock_too_low"),
        ("not-found", "/no/such/page"),
        ("offline", "/offline"),
    ] {
        for scheme in ["light", "dark"] {
            for (width, height) in super::SIZES {
                prefer(&browser, scheme).await;
                browser.resize(width, height).await;
                go(&browser, &shop, path).await;
                let barriers = barriers(&browser, &axe).await;
                found.extend(
                    barriers.into_iter().map(|barrier| format!("{path}, {scheme}, {width}: {barrier}")),
                );
            }
            keep_picture(&browser, &format!("{name}-{scheme}")).await;
        }
    }
    browser.close().await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Presses the tab key until what `css` names has the focus, and looks whether it can be seen on the way.
async fn tab_to(browser: &Browser, css: &str) {
    let is_there = format!("return document.activeElement.matches({});", json!(css));
    for _ in 0..TABS_MAX {
        type_keys(browser, Key::Tab.value().to_string()).await;
        let seen = browser.window.execute(IS_FOCUS_SEEN, Vec::new()).await.expect("an answer");
        let where_ = "return document.activeElement.outerHTML.slice(0, 200);";
        let place = browser.window.execute(where_, Vec::new()).await.expect("an answer");
        assert_eq!(seen.json(), &Value::Bool(true), "the focus cannot be seen on {}", place.json());
        let there = browser.window.execute(is_there.as_str(), Vec::new()).await.expect("an answer");
        if there.json() == &Value::Bool(true) {
            return;
        }
    }
    panic!("no way to {css} by the tab key");
}

async fn type_keys(browser: &Browser, keys: impl AsRef<str>) {
    browser.window.action_chain().send_keys(keys.as_ref()).perform().await.expect("keys");
}

#[tokio::test]
async fn a_shopper_buys_by_keys_alone() {
    if !browser::is_available() {
        return;
    }
    let shop = Shop::start().await;
    let browser = Browser::open(1_280, 900).await;
    let enter = Key::Enter.value().to_string();
    let space = Key::Space.value().to_string();
    go(&browser, &shop, "/").await;
    tab_to(&browser, "a.skip").await;
    type_keys(&browser, &enter).await;
    let focused =
        browser.window.execute("return document.activeElement.id;", Vec::new()).await.expect("an id");
    assert_eq!(focused.json(), "main", "the first link leads past the header");

    go(&browser, &shop, "/").await;
    tab_to(&browser, "#search").await;
    type_keys(&browser, "sini").await;
    find(&browser, "#suggestions [role='option']").await;
    type_keys(&browser, Key::Down.value().to_string()).await;
    let chosen = find(&browser, "#search").await.attr("aria-activedescendant").await.expect("an attribute");
    assert_eq!(chosen.as_deref(), Some("suggestion-0"));
    type_keys(&browser, &enter).await;
    arrive(&browser, "/products/sini-cup").await;
    tab_to(&browser, "form.buy button").await;
    type_keys(&browser, &enter).await;
    arrive(&browser, "/cart").await;
    tab_to(&browser, "a[href='/checkout']").await;
    type_keys(&browser, &enter).await;
    arrive(&browser, "/checkout").await;
    for (name, text) in [
        ("email", "hanna@merkato.example"),
        ("shipping_address.name", "Hanna Bekele"),
        ("shipping_address.line1", "12 Market Street"),
        ("shipping_address.postal_code", "10115"),
        ("shipping_address.city", "Berlin"),
        ("shipping_address.country", "Germ"),
    ] {
        tab_to(&browser, &format!("[name='{name}']")).await;
        type_keys(&browser, text).await;
    }
    // The first way is to come and fetch it; the next one is by mail.
    tab_to(&browser, "[name='shipping_method']").await;
    type_keys(&browser, Key::Down.value().to_string()).await;
    // The totals are worked out before they are agreed to; then it is another page.
    browser.window.execute("document.body.dataset.old = 'yes';", Vec::new()).await.expect("a mark");
    tab_to(&browser, "main fieldset button[formaction='/checkout/delivery']").await;
    type_keys(&browser, &enter).await;
    find(&browser, "body:not([data-old])").await;
    tab_to(&browser, "[name='payment.token']").await;
    type_keys(&browser, &space).await;
    tab_to(&browser, "form[action='/checkout'] .receipt button[type='submit']").await;
    type_keys(&browser, &enter).await;
    arrive(&browser, "/orders/").await;
    assert_eq!(heading(&browser).await, "Thank you, it is yours");
    browser.close().await;
}
