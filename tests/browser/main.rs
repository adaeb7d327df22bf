//! The shop as a shopper sees it: real pages in a headless Chromium.
//!
//! With `MERKATO_SCREENSHOTS=folder`, pictures of every page are kept there.

mod accessibility;
mod accounts;
mod backoffice;
mod search;

use std::{path::PathBuf, time::Duration};

use merkato_tests::{
    browser::{self, Browser},
    shop::{Builder, Shop},
    till,
};
use thirtyfour::{error::WebDriverErrorInner, prelude::*};

/// Narrow as a phone and wide as a desktop, in CSS pixels.
const SIZES: [(u32, u32); 2] = [(390, 844), (1_280, 900)];

/// Looks or presses before a test gives up.
const TRIES_MAX: u32 = 400;

async fn keep_picture(browser: &Browser, name: &str) {
    let Some(folder) = std::env::var_os("MERKATO_SCREENSHOTS").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("a folder");
    for (width, height) in SIZES {
        browser.resize(width, height).await;
        let whole = browser.window.execute("return document.documentElement.scrollHeight", Vec::new()).await;
        let whole = whole.expect("a height").json().as_u64().and_then(|whole| u32::try_from(whole).ok());
        browser.resize(width, whole.unwrap_or(height).max(height)).await;
        browser.window.screenshot(&folder.join(format!("{name}-{width}.png"))).await.expect("a picture");
    }
    browser.resize(1_280, 900).await;
}

async fn go(browser: &Browser, shop: &Shop, path: &str) {
    browser.window.goto(format!("{}{path}", shop.url)).await.expect("a page");
}

async fn find(browser: &Browser, css: &str) -> WebElement {
    browser.window.query(By::Css(css)).first().await.unwrap_or_else(|error| panic!("{css}: {error}"))
}

async fn fill(browser: &Browser, name: &str, text: &str) {
    let field = find(browser, &format!("[name='{name}']")).await;
    if field.tag_name().await.expect("a tag") == "select" {
        let option = format!("option[value='{text}']");
        field.find(By::Css(&option)).await.expect("the option").click().await.expect("a click");
        return;
    }
    field.clear().await.expect("a field");
    field.send_keys(text).await.expect("a field");
}

/// Presses what `css` names. The page's script may put a fresh part of the page in its place meanwhile; then that is
/// pressed.
async fn press(browser: &Browser, css: &str) {
    for _ in 0..TRIES_MAX {
        match find(browser, css).await.click().await {
            Ok(()) => return,
            Err(error) if matches!(*error, WebDriverErrorInner::StaleElementReference(_)) => {}
            Err(error) => panic!("{css}: {error}"),
        }
    }
    panic!("{css} never stood still");
}

/// Waits until the browser is at `path`, whatever comes behind it.
async fn arrive(browser: &Browser, path: &str) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..TRIES_MAX {
        if browser.window.current_url().await.expect("an address").path().starts_with(path) {
            return;
        }
        tick.tick().await;
    }
    let address = browser.window.current_url().await.expect("an address");
    let says = find(browser, "main").await.text().await.expect("a text");
    panic!("never at {path}, but at {address}, which says: {says}");
}

async fn heading(browser: &Browser) -> String {
    find(browser, "h1").await.text().await.expect("a heading")
}

/// The checkout's form, filled in but for the card.
async fn fill_checkout(browser: &Browser) {
    for (name, text) in [
        ("email", "hanna@merkato.example"),
        ("shipping_address.name", "Hanna Bekele"),
        ("shipping_address.line1", "12 Market Street"),
        ("shipping_address.postal_code", "97201"),
        ("shipping_address.city", "Portland"),
        ("shipping_address.region", "OR"),
        ("shipping_address.country", "US"),
    ] {
        fill(browser, name, text).await;
    }
    press(browser, "[name='shipping_method'][value='standard']").await;
}

/// Pays the filled form with a practice card. The button is the last of the form; the first only adds up.
async fn pay_with(browser: &Browser, token: &str) {
    press(browser, &format!("[name='payment.token'][value='{token}']")).await;
    press(browser, "form[action='/checkout'] button[type='submit']:not([formaction])").await;
}

async fn put_into_basket(browser: &Browser, shop: &Shop) {
    go(browser, shop, "/products/sini-cup").await;
    press(browser, "[name='sku'][value='SINI-B']").await;
    press(browser, "main form.buy button[type='submit']").await;
    arrive(browser, "/cart").await;
}

#[tokio::test]
async fn a_shopper_buys_three_cups() {
    if !browser::is_available() {
        return;
    }
    let shop = Shop::start().await;
    let browser = Browser::open(1_280, 900).await;
    go(&browser, &shop, "/").await;
    go(&browser, &shop, "/products/sini-cup").await;
    press(&browser, "[name='sku'][value='SINI-B']").await;
    fill(&browser, "quantity", "3").await;
    press(&browser, "main form.buy button[type='submit']").await;
    arrive(&browser, "/cart").await;
    assert!(find(&browser, "main").await.text().await.expect("text").contains("$33.00"));
    keep_picture(&browser, "cart").await;

    go(&browser, &shop, "/checkout").await;
    fill_checkout(&browser).await;
    press(&browser, "form button[formaction='/checkout/delivery']:not([aria-hidden])").await;
    keep_picture(&browser, "checkout").await;
    pay_with(&browser, "tok_approve").await;
    arrive(&browser, "/orders/").await;
    assert_eq!(heading(&browser).await, "Thank you, it is yours");
    keep_picture(&browser, "order-confirmed").await;
    assert_eq!(till::stock(&shop, "SINI-B").await, (7, 0));
    till::assert_books_balance(&shop).await;
    browser.close().await;
}

#[tokio::test]
async fn a_declined_card_can_be_changed_and_a_challenge_answered() {
    if !browser::is_available() {
        return;
    }
    let shop = Shop::start().await;
    let browser = Browser::open(390, 844).await;
    put_into_basket(&browser, &shop).await;
    go(&browser, &shop, "/checkout").await;
    fill_checkout(&browser).await;
    pay_with(&browser, "tok_decline").await;
    arrive(&browser, "/orders/").await;
    assert_eq!(heading(&browser).await, "The payment was declined");
    keep_picture(&browser, "order-declined").await;
    press(&browser, "[name='payment.token'][value='tok_challenge']").await;
    press(&browser, "form[action$='/payment'] button[type='submit']").await;
    find(&browser, "a[href*='/challenge/']").await;
    assert_eq!(heading(&browser).await, "Your bank has a question");
    keep_picture(&browser, "order-challenged").await;
    press(&browser, "a[href*='/challenge/']").await;
    arrive(&browser, "/api/payments/sandbox/challenge/").await;
    keep_picture(&browser, "challenge").await;
    press(&browser, "button[value='approve']").await;
    arrive(&browser, "/orders/").await;
    assert_eq!(heading(&browser).await, "Thank you, it is yours");
    assert_eq!(till::stock(&shop, "SINI-B").await, (9, 0));
    browser.close().await;
}

#[tokio::test]
async fn every_page_of_the_demo_shop_opens_at_every_width() {
    if !browser::is_available() {
        return;
    }
    let shop = Builder::new().with_demo_catalogue().start().await;
    let browser = Browser::open(1_280, 900).await;
    for (name, path) in [
        ("home", "/"),
        ("category", "/categories/coffee"),
        ("product", "/products/yirgacheffe-washed"),
        ("cart-empty", "/cart"),
        ("about", "/about"),
        ("not-found", "/no/such/page"),
        ("problem", "/problems/stock_too_low"),
    ] {
        go(&browser, &shop, path).await;
        assert!(!heading(&browser).await.is_empty(), "{path} has a heading");
        for (width, height) in SIZES {
            browser.resize(width, height).await;
            let script = "return document.documentElement.scrollWidth > window.innerWidth";
            let sideways = browser.window.execute(script, Vec::new()).await.expect("an answer");
            assert_eq!(sideways.json(), &serde_json::json!(false), "{path} scrolls sideways at {width}");
        }
        keep_picture(&browser, name).await;
    }
    browser.close().await;
}
