//! The backoffice as staff see it.

use merkato_tests::{
    authenticator::Authenticator,
    browser::{self, Browser},
    shop::Builder,
};

use super::{SIZES, arrive, fill, find, go, heading, keep_picture, press};

const EMAIL: &str = "staff@merkato.example";
const PASSWORD: &str = "a long sentence for work";

/// Every list and form that needs no more than the demo shop.
const PAGES: [(&str, &str); 15] = [
    ("dashboard", "/backoffice"),
    ("orders", "/backoffice/orders"),
    ("stuck", "/backoffice/stuck"),
    ("products", "/backoffice/products"),
    ("product", "/backoffice/products/yirgacheffe-washed"),
    ("new-product", "/backoffice/new-product"),
    ("sheet", "/backoffice/sheet"),
    ("stock", "/backoffice/stock"),
    ("promotions", "/backoffice/promotions"),
    ("new-promotion", "/backoffice/new-promotion"),
    ("customers", "/backoffice/customers?email=shopper%40merkato.example"),
    ("reviews", "/backoffice/reviews"),
    ("mailbox", "/backoffice/mailbox"),
    ("events", "/backoffice/events"),
    ("audit", "/backoffice/audit"),
];

async fn choose_scheme(browser: &Browser, scheme: &str) {
    let features = serde_json::json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    browser.window.cdp().send_raw("Emulation.setEmulatedMedia", features).await.expect("a colour scheme");
}

#[tokio::test]
async fn staff_set_up_a_second_factor_and_every_page_fits_at_every_width() {
    if !browser::is_available() {
        return;
    }
    let shop =
        Builder::new().with_demo_catalogue().environment("MERKATO_STAFF_PASSWORD", PASSWORD).start().await;
    let browser = Browser::open(1_280, 900).await;
    go(&browser, &shop, "/backoffice/orders").await;
    arrive(&browser, "/backoffice/sign-in").await;
    keep_picture(&browser, "backoffice-sign-in").await;
    fill(&browser, "email", EMAIL).await;
    fill(&browser, "password", PASSWORD).await;
    press(&browser, "form[action='/backoffice/sign-in'] button").await;
    arrive(&browser, "/backoffice/second-factor").await;
    keep_picture(&browser, "backoffice-second-factor").await;
    let secret = find(&browser, ".secret code").await.text().await.expect("a secret");
    fill(&browser, "code", &Authenticator::new(&secret.replace(' ', "")).code(0)).await;
    press(&browser, "form[action='/backoffice/second-factor'] button").await;
    find(&browser, ".recovery code").await;
    keep_picture(&browser, "backoffice-recovery-codes").await;

    for (name, path) in PAGES {
        go(&browser, &shop, path).await;
        assert!(!heading(&browser).await.is_empty(), "{path} has a heading");
        for scheme in ["light", "dark"] {
            choose_scheme(&browser, scheme).await;
            for (width, height) in SIZES {
                browser.resize(width, height).await;
                let script = "return document.documentElement.scrollWidth > window.innerWidth";
                let sideways = browser.window.execute(script, Vec::new()).await.expect("an answer");
                assert_eq!(sideways.json(), &serde_json::json!(false), "{path} scrolls sideways at {width}");
            }
            keep_picture(&browser, &format!("backoffice-{name}-{scheme}")).await;
        }
    }
    browser.close().await;
}
