//! Somebody with an account, in a real browser.

use merkato_tests::{
    api::Caller,
    browser::{self, Browser},
    shop::Shop,
};
use thirtyfour::prelude::*;

use super::{arrive, fill, find, go, heading, keep_picture, press, put_into_basket};

const EMAIL: &str = "hanna@merkato.example";
const PASSWORD: &str = "a long sentence";
/// Looks into the mailbox before a test gives up.
const LOOKS_MAX: u32 = 600;

/// The link in the mail that asks whether the address is theirs.
async fn link_in_mail(shop: &Shop) -> String {
    let staff = Caller::staff(shop).await;
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..LOOKS_MAX {
        tick.tick().await;
        let list = staff.get(&format!("/api/notifications?recipient={EMAIL}")).await.expect(200);
        let Some(id) = list["items"][0]["id"].as_str() else { continue };
        let opened = staff.get(&format!("/api/notifications/{id}")).await.expect(200);
        let text = opened["text"].as_str().expect("a text");
        let link = text.split_whitespace().find(|word| word.contains("/account/")).expect("a link");
        return link[link.find("/account/").expect("a path")..].to_owned();
    }
    panic!("no mail for {EMAIL}");
}

async fn register(browser: &Browser, shop: &Shop, next: &str) {
    go(browser, shop, &format!("/account/register?next={next}")).await;
    for (name, text) in
        [("first_name", "Hanna"), ("last_name", "Bekele"), ("email", EMAIL), ("password", PASSWORD)]
    {
        fill(browser, name, text).await;
    }
    press(browser, ".door form button[type='submit']").await;
}

#[tokio::test]
async fn somebody_registers_and_confirms_the_address() {
    if !browser::is_available() {
        return;
    }
    let shop = Shop::start().await;
    let browser = Browser::open(390, 844).await;
    go(&browser, &shop, "/").await;
    press(&browser, ".account-link").await;
    arrive(&browser, "/account/sign-in").await;
    keep_picture(&browser, "sign-in").await;
    register(&browser, &shop, "/account").await;
    arrive(&browser, "/account").await;
    assert_eq!(heading(&browser).await, "Welcome, Hanna");
    keep_picture(&browser, "account").await;
    let cookie = browser.window.get_named_cookie("refresh").await.expect("a cookie");
    assert_eq!((cookie.http_only, cookie.same_site), (Some(true), Some(SameSite::Lax)));

    go(&browser, &shop, &link_in_mail(&shop).await).await;
    assert_eq!(heading(&browser).await, "Is this your address?");
    press(&browser, ".door form button[type='submit']").await;
    browser.window.query(By::XPath("//h1[contains(., 'is confirmed')]")).first().await.expect("an answer");
    go(&browser, &shop, "/account").await;
    let text = find(&browser, "main").await.text().await.expect("text");
    assert!(!text.contains("Please confirm your address"), "{text}");
    press(&browser, ".account-nav form button").await;
    arrive(&browser, "/account/sign-in").await;
    browser.close().await;
}

#[tokio::test]
async fn a_basket_is_taken_along_through_the_door() {
    if !browser::is_available() {
        return;
    }
    let shop = Shop::start().await;
    let browser = Browser::open(1_280, 900).await;
    put_into_basket(&browser, &shop).await;
    register(&browser, &shop, "/cart").await;
    arrive(&browser, "/cart").await;
    assert!(find(&browser, "main").await.text().await.expect("text").contains("1 piece"));
    assert!(browser.window.get_named_cookie("cart").await.is_err(), "the guest's basket is no more");
    go(&browser, &shop, "/account").await;
    press(&browser, ".account-nav form button").await;
    arrive(&browser, "/account/sign-in").await;

    // As a guest once more, with another piece.
    put_into_basket(&browser, &shop).await;
    go(&browser, &shop, "/account/sign-in?next=/cart").await;
    fill(&browser, "email", EMAIL).await;
    fill(&browser, "password", PASSWORD).await;
    press(&browser, ".door form button[type='submit']").await;
    arrive(&browser, "/cart").await;
    assert!(find(&browser, "main").await.text().await.expect("text").contains("2 pieces"));
    browser.close().await;
}
