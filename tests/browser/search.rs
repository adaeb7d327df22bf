//! Searching as a shopper does it, with the page's script.

use merkato_tests::{
    browser::{self, Browser},
    shop::Builder,
};
use thirtyfour::prelude::*;

use super::{arrive, find, go, heading, press};

#[tokio::test]
async fn a_shopper_searches_narrows_down_and_opens_a_product() {
    if !browser::is_available() {
        return;
    }
    let shop = Builder::new().with_demo_catalogue().start().await;
    let browser = Browser::open(390, 844).await;
    go(&browser, &shop, "/").await;
    let input = find(&browser, "#search").await;
    input.send_keys("cofee").await.expect("keys");
    find(&browser, "#suggestions [role='option']").await;
    input.send_keys(Key::Escape.value().to_string()).await.expect("a key");
    input.send_keys(Key::Enter.value().to_string()).await.expect("a key");
    arrive(&browser, "/search").await;
    assert_eq!(heading(&browser).await, "“cofee”");
    press(&browser, ".filters summary").await;
    press(&browser, ".facet a[href*='category=coffee']").await;
    arrive(&browser, "/search").await;
    find(&browser, ".chips-chosen a").await;

    // What is ticked is sent at once.
    press(&browser, ".filters summary").await;
    press(&browser, "[name='in_stock']").await;
    find(&browser, ".chips-chosen li:nth-child(2) a").await;
    let address = browser.window.current_url().await.expect("an address");
    assert_eq!(address.query(), Some("q=cofee&category=coffee&sort=relevance&in_stock=true"));
    press(&browser, ".card h3 a").await;
    arrive(&browser, "/products/").await;
    find(&browser, "form.buy").await;
    browser.close().await;
}

#[tokio::test]
async fn a_browser_that_has_been_here_shows_a_page_of_the_shop_when_the_network_is_gone() {
    if !browser::is_available() {
        return;
    }
    let shop = merkato_tests::shop::Shop::start().await;
    let browser = Browser::open(390, 844).await;
    go(&browser, &shop, "/").await;
    let ready = "const done = arguments[0]; navigator.serviceWorker.ready.then(() => done(true));";
    browser.window.execute_async(ready, Vec::new()).await.expect("the page is kept");
    let address = format!("{}/cart", shop.url);
    shop.stop().await;
    browser.window.goto(address).await.expect("a page");
    assert_eq!(heading(&browser).await, "The road to the market is closed");
    let family = "return getComputedStyle(document.querySelector('.button')).backgroundColor;";
    let colour = browser.window.execute(family, Vec::new()).await.expect("a colour");
    assert_eq!(colour.json(), "rgb(181, 69, 44)", "with its style sheets");
    browser.close().await;
}
