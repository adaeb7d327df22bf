//! The storefront's pages for people with an account, as a browser without JavaScript sees them.

use std::time::Duration;

use futures::join;
use merkato_tests::{
    api::Caller,
    authenticator::Authenticator,
    provider::Provider,
    shop::{Builder, Shop},
    visitor::{Shown, Visitor},
};
use serde_json::{Value, json};
use tokio::time::timeout;

const EMAIL: &str = "hanna@merkato.example";
const PASSWORD: &str = "a long sentence";
/// What takes longer will never happen.
const PATIENCE: Duration = Duration::from_secs(30);

async fn register(visitor: &mut Visitor, email: &str, from: &str) -> Shown {
    let page = visitor.visit(from).await;
    let typed = [("first_name", "Hanna"), ("last_name", "Bekele"), ("email", email), ("password", PASSWORD)];
    visitor.submit(&page, "/account/register", &typed).await
}

async fn sign_in(visitor: &mut Visitor, from: &str, password: &str) -> Shown {
    let page = visitor.visit(from).await;
    visitor.send(&page, "/account/sign-in", &[("email", EMAIL), ("password", password)]).await
}

/// The link in the latest mail of `template` to `email`, as staff read it in the mailbox of a shop that sends nothing.
async fn link_in_mail(shop: &Shop, template: &str, email: &str) -> String {
    let staff = Caller::staff(shop).await;
    let found = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            let list = staff.get(&format!("/api/notifications?recipient={email}")).await.expect(200);
            let items = list["items"].as_array().expect("items");
            let Some(mail) = items.iter().find(|mail| mail["template"] == template) else { continue };
            let id = mail["id"].as_str().expect("an id");
            let opened = staff.get(&format!("/api/notifications/{id}")).await.expect(200);
            let text = opened["text"].as_str().expect("a text");
            let link = text.split_whitespace().find(|word| word.contains("/account/")).expect("a link");
            return link[link.find("/account/").expect("a path")..].to_owned();
        }
    };
    timeout(PATIENCE, found).await.expect("a mail")
}

async fn put_into_basket(visitor: &mut Visitor, sku: &str, quantity: &str) {
    let page = visitor.visit("/products/sini-cup").await;
    let added = visitor.submit(&page, "/products/sini-cup", &[("sku", sku), ("quantity", quantity)]).await;
    added.expect(200, "It is in your basket");
}

#[tokio::test]
async fn somebody_registers_confirms_the_address_signs_out_and_in_again() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    hanna.visit("/").await.expect(200, "Sign in");
    hanna.visit("/account").await.expect(200, "Forgotten your password?");

    let page = hanna.visit("/account/register").await;
    let typed = [("first_name", " "), ("last_name", ""), ("email", "hanna"), ("password", "short")];
    let refused = hanna.submit(&page, "/account/register", &typed).await;
    for complaint in ["First name must not be empty.", "Password must be 8 to 128 characters long."] {
        assert!(refused.says(complaint), "{complaint}: {}", refused.html);
    }
    assert_eq!(refused.status, 422);
    assert!(refused.says("id=\"email-error\"") && !refused.says("\"short\""), "{}", refused.html);

    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome to the market");
    hanna.visit("/").await.expect(200, "Your account");
    hanna.visit("/account").await.expect(200, "Please confirm your address");
    let link = link_in_mail(&shop, "verify_email", EMAIL).await;
    // What only looks at the link confirms nothing.
    Visitor::of(&shop).visit(&link).await.expect(200, "Is this your address?");
    hanna.visit("/account").await.expect(200, "Please confirm your address");
    let page = hanna.visit(&link).await;
    hanna.submit(&page, "/account/verify-email", &[]).await.expect(200, "Your address is confirmed");
    let account = hanna.visit("/account").await.expect(200, EMAIL);
    assert!(!account.says("Please confirm your address"));
    let forged = hanna.visit("/account/verify-email?token=forged").await;
    hanna.submit(&forged, "/account/verify-email", &[]).await.expect(422, "This link does not hold");

    hanna.submit(&account, "/account/sign-out", &[]).await.expect(200, "You are signed out");
    assert!(!hanna.cookies.contains_key("access") && !hanna.cookies.contains_key("refresh"));
    sign_in(&mut hanna, "/account/orders", "a wrong sentence").await.expect(401, "That did not open");
    sign_in(&mut hanna, "/account/orders", PASSWORD).await.leads_to("/account/orders");
    hanna.visit("/account/sign-in").await.expect(200, "Welcome, Hanna");
}

#[tokio::test]
async fn whether_somebody_has_an_account_is_told_to_nobody() {
    let shop = Shop::start().await;
    register(&mut Visitor::of(&shop), EMAIL, "/account/register").await.expect(200, "Welcome");
    let mut guesser = Visitor::of(&shop);
    let mut answers = Vec::new();
    for email in [EMAIL, "nobody@merkato.example"] {
        let page = guesser.visit("/account/sign-in").await;
        let typed = [("email", email), ("password", "a guess or two")];
        let shown = guesser.submit(&page, "/account/sign-in", &typed).await.expect(401, "is not right");
        let page = guesser.visit("/account/forgot-password").await;
        let sent = guesser.submit(&page, "/account/forgot-password", &[("email", email)]).await;
        let mut third = Visitor::of(&shop);
        let registered = register(&mut third, email, "/account/register").await;
        let neutral = |shown: Shown| (shown.status, shown.html.replace(email, "").len());
        answers.push((neutral(shown), neutral(sent), neutral(registered)));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_and_no_foreign_form_is_taken() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register?next=//evil.example").await.expect(200, "Welcome, Hanna");
    for next in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example"] {
        let mut visitor = Visitor::of(&shop);
        let shown = sign_in(&mut visitor, &format!("/account/sign-in?next={next}"), PASSWORD).await;
        shown.leads_to("/account");
        visitor.open(&format!("/account/sign-in?next={next}")).await.leads_to("/account");
    }
    let mut visitor = Visitor::of(&shop);
    sign_in(&mut visitor, "/account/sign-in?next=/products/gabi?variant%3DGABI", PASSWORD)
        .await
        .leads_to("/products/gabi?variant=GABI");

    let nothing = std::collections::BTreeMap::new();
    for path in [
        "/account/sign-out",
        "/account/register",
        "/account/details",
        "/account/security/password",
        "/account/security/second-factor",
        "/account/addresses/new",
        "/account/data/deletion",
    ] {
        hanna.post(path, &nothing).await.expect(403, "We could not be sure it was you");
    }
    // A proof that was made for another browser, and one that was made before signing in.
    let stranger = Visitor::of(&shop).visit("/account/sign-in").await;
    let mut guest = Visitor::of(&shop);
    let before = guest.visit("/account/sign-in").await;
    guest.send(&stranger, "/account/sign-in", &[]).await.expect(403, "We could not be sure it was you");
    sign_in(&mut guest, "/account/sign-in", PASSWORD).await.leads_to("/account");
    guest.send(&before, "/account/sign-in", &[]).await.expect(403, "We could not be sure it was you");
    let page = hanna.visit("/account/details").await;
    let mut foreign = hanna.clone().with_header("sec-fetch-site", "cross-site");
    foreign.send(&page, "/account/details", &[("first_name", "X")]).await.expect(403, "another site");
    hanna.visit("/account").await.expect(200, "Welcome, Hanna");
}

#[tokio::test]
async fn a_guests_basket_comes_along_and_adds_to_the_one_that_is_there() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    put_into_basket(&mut hanna, "SINI-B", "3").await;
    register(&mut hanna, EMAIL, "/account/register?next=/cart").await.expect(200, "3 pieces");
    assert!(!hanna.cookies.contains_key("cart"));

    let mut phone = Visitor::of(&shop);
    put_into_basket(&mut phone, "SINI-B", "2").await;
    put_into_basket(&mut phone, "SINI-W", "1").await;
    let shown = sign_in(&mut phone, "/account/sign-in?next=/cart", PASSWORD).await;
    // Whatever is opened first brings it along, and however many at once.
    let (mut tab, mut other_tab) = (phone.clone(), phone.clone());
    join!(tab.visit("/"), other_tab.visit("/cart"));
    phone.follow(shown).await.expect(200, "6 pieces");
    hanna.visit("/cart").await.expect(200, "6 pieces");
    let page = hanna.visit("/account").await;
    hanna.submit(&page, "/account/sign-out", &[]).await.expect(200, "You are signed out");
    hanna.visit("/cart").await.expect(200, "Your basket is light");
}

#[tokio::test]
async fn tabs_that_are_opened_at_once_change_the_tokens_once() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let first = hanna.cookies["refresh"].clone();
    // As after a night: the access token is gone.
    hanna.cookies.remove("access");
    let mut tabs = [hanna.clone(), hanna.clone(), hanna.clone(), hanna];
    let [a, b, c, d] = &mut tabs;
    let shown =
        join!(a.visit("/account"), b.visit("/account"), c.visit("/account/details"), d.visit("/cart"));
    shown.0.expect(200, "Welcome, Hanna");
    shown.1.expect(200, "Welcome, Hanna");
    shown.2.expect(200, "What we call you");
    shown.3.expect(200, "Your account");
    let second = tabs[0].cookies["refresh"].clone();
    assert_ne!(second, first);
    assert!(tabs.iter().all(|tab| tab.cookies["refresh"] == second), "one answer for all");

    // A client of the API has no tabs: the same token from there is a stolen one, and ends the session.
    let body = json!({ "refresh_token": first });
    Caller::guest(&shop).post("/api/users/refresh", &body).await.problem(401, "unauthenticated");
    let [mut tab, ..] = tabs;
    tab.cookies.remove("access");
    tab.visit("/account").await.expect(200, "Forgotten your password?");
    assert!(!tab.cookies.contains_key("refresh"));
}

#[tokio::test]
async fn a_second_factor_is_set_up_asked_for_and_ended() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let page = hanna.visit("/account/security").await;
    let begin = "/account/security/second-factor";
    hanna.submit(&page, begin, &[("mfa_password", "a guess")]).await.expect(422, "id=\"mfa_password-error\"");
    let shown =
        hanna.submit(&page, begin, &[("mfa_password", PASSWORD)]).await.expect(200, "<svg class=\"qr-code\"");
    let secret = shown.html.split("<code class=\"secret\">").nth(1).and_then(|rest| rest.split('<').next());
    let phone = Authenticator::new(&secret.expect("a secret").replace(' ', ""));
    let confirm = "/account/security/second-factor/confirm";
    let shown = hanna.submit(&shown, confirm, &[("code", "no code")]).await;
    let shown = shown.expect(422, "<svg class=\"qr-code\"").expect(422, "id=\"code-error\"");
    let code = phone.code(0);
    let shown = hanna.submit(&shown, confirm, &[("code", &code)]).await.expect(200, "Your recovery codes");
    let recovery = shown.html.split("<li><code>").nth(1).and_then(|rest| rest.split('<').next());
    let recovery = recovery.expect("a code").to_owned();

    for (name, code) in [("authenticator", phone.code(1)), ("paper", recovery)] {
        let mut other = Visitor::of(&shop);
        let shown = sign_in(&mut other, "/account/sign-in?next=/cart", PASSWORD).await;
        shown.leads_to("/account/sign-in/code");
        assert!(!other.cookies.contains_key("access"));
        let page = other.follow(shown).await.expect(200, "One more thing");
        assert!(!page.says(PASSWORD) && !page.says(EMAIL), "{}", page.html);
        let door = "/account/sign-in/code";
        let page = other.submit(&page, door, &[("code", "000000x")]).await.expect(401, "id=\"code-error\"");
        other.send(&page, door, &[("code", &code)]).await.leads_to("/cart");
        other.visit("/account").await.expect(200, "in use");
        assert!(!other.cookies.contains_key("pending"), "{name}");
        // Neither works twice.
        let mut thief = Visitor::of(&shop);
        let shown = sign_in(&mut thief, "/account/sign-in", PASSWORD).await;
        let page = thief.follow(shown).await;
        thief.submit(&page, door, &[("code", &code)]).await.expect(401, "id=\"code-error\"");
    }
    // The door asks for no code of somebody whose password has not opened it.
    Visitor::of(&shop).open("/account/sign-in/code").await.leads_to("/account/sign-in");
    let mut other = Visitor::of(&shop);
    other.cookies.insert("pending".to_owned(), "forged".to_owned());
    other.open("/account/sign-in/code").await.leads_to("/account/sign-in");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_mail_and_all_browsers_are_signed_out() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let mut phone = Visitor::of(&shop);
    let page = phone.visit("/account/forgot-password").await;
    phone
        .submit(&page, "/account/forgot-password", &[("email", EMAIL)])
        .await
        .expect(200, "Look into your mail");
    let link = link_in_mail(&shop, "reset_password", EMAIL).await;
    let page = phone.visit(&link).await.expect(200, "Choose a new password");
    let reset = "/account/reset-password";
    phone.submit(&page, reset, &[("password", "short")]).await.expect(422, "id=\"password-error\"");
    let shown = phone.submit(&page, reset, &[("password", "another sentence")]).await;
    shown.expect(200, "Your new password holds");
    phone.submit(&page, reset, &[("password", "a third sentence")]).await.expect(403, "We could not be sure");
    let page = phone.visit(&link).await;
    let again = phone.submit(&page, reset, &[("password", "a third sentence")]).await;
    again.expect(422, "This link does not hold");
    sign_in(&mut phone, "/account/sign-in", PASSWORD).await.expect(401, "That did not open");
    sign_in(&mut phone, "/account/sign-in", "another sentence").await.leads_to("/account");
    hanna.cookies.remove("access");
    hanna.visit("/account").await.expect(200, "Forgotten your password?");
}

#[tokio::test]
async fn what_somebody_keeps_is_changed_in_its_place() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let page = hanna.visit("/account/details").await;
    let name = [("first_name", "<b>Hanna</b>"), ("last_name", "")];
    hanna.submit(&page, "/account/details", &name).await.expect(200, "That is what we call you");
    hanna.visit("/account").await.expect(200, "Welcome, &lt;b&gt;Hanna");
    let choices = [("email.marketing", "yes"), ("sms.orders", "yes"), ("locale", "am")];
    let shown = hanna.submit(&page, "/account/details/messages", &choices).await;
    shown.expect(200, "<option value=\"am\" lang=\"am\" selected>");
    let wrong = hanna.submit(&page, "/account/details/messages", &[("locale", "x")]).await;
    assert_eq!(wrong.status, 422);

    let form = hanna.visit("/account/addresses/new").await;
    let new = "/account/addresses/new";
    let typed = [
        ("name", "Hanna Bekele"),
        ("line1", "12 Market Street"),
        ("city", "Portland"),
        ("region", "OR"),
        ("postal_code", "97201"),
        ("country", "US"),
    ];
    hanna.submit(&form, new, &typed[1..]).await.expect(422, "Name must not be empty.");
    // Sent twice, kept once.
    hanna.submit(&form, new, &typed).await.expect(200, "The address is kept");
    let list = hanna.submit(&form, new, &typed).await.expect(200, "The address is kept");
    let links =
        list.html.split("href=\"/account/addresses/").skip(1).filter_map(|rest| rest.split('"').next());
    let ids = links.filter(|id| *id != "new").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(ids.len(), 1, "{}", list.html);
    let path = format!("/account/addresses/{}", ids[0]);
    let mut dawit = Visitor::of(&shop);
    register(&mut dawit, "dawit@merkato.example", "/account/register").await.expect(200, "Welcome");
    assert_eq!(dawit.visit(&path).await.status, 404);
    let form = hanna.visit(&path).await.expect(200, "12 Market Street");
    let moved = [&typed[..2], &[("city", "Seattle")], &typed[3..]].concat();
    hanna.submit(&form, &path, &moved).await.expect(200, "Seattle");
    let removal = format!("{path}/removal");
    for _ in 0..2 {
        hanna.send(&list, &removal, &[]).await.leads_to("/account/addresses?done=removed");
    }
    hanna.visit("/account/addresses").await.expect(200, "None yet.");
}

#[tokio::test]
async fn an_account_is_taken_along_and_away_with_its_password() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let export = hanna.open("/account/data/export").await;
    let export: Value = serde_json::from_str(&export.html).expect("JSON");
    assert_eq!(export["user"]["email"], EMAIL);
    let page = hanna.visit("/account/data").await;
    let delete = "/account/data/deletion";
    hanna.submit(&page, delete, &[("password", PASSWORD)]).await.expect(422, "Please tick that you are sure");
    let typed = [("sure", "yes"), ("password", "a guess")];
    hanna.submit(&page, delete, &typed).await.expect(422, "id=\"password-error\"");
    let mut tab = hanna.clone();
    let shown = hanna.submit(&page, delete, &[("sure", "yes"), ("password", PASSWORD)]).await;
    shown.expect(200, "Your account is deleted");
    // What another tab still holds opens nothing, and leads to the door once and not round and round.
    tab.visit("/account").await.expect(200, "Forgotten your password?");
    sign_in(&mut hanna, "/account/sign-in", PASSWORD).await.expect(401, "That did not open");
}

#[tokio::test]
async fn somebody_signs_in_by_the_provider() {
    let provider = Provider::start().await;
    let shop = provider.serve(Builder::new()).start().await;
    provider.says(json!({ "sub": "42", "email": EMAIL, "email_verified": true, "name": "Hanna" }));
    let mut hanna = Visitor::of(&shop);
    hanna.visit("/account/sign-in?next=/cart").await.expect(200, "/account/external/start?next=%2Fcart");
    let shown = hanna.open("/account/external/start?next=/cart").await;
    let (code, state) = provider.visit(shown.location.as_deref().expect("the provider")).await;
    let back = format!("/account/external?code={code}&state={state}");
    // Whoever did not begin it gets nothing by the address.
    Visitor::of(&shop).visit(&back).await.expect(422, "was not begun in this browser");
    hanna.open(&back).await.leads_to("/cart");
    hanna.visit("/account").await.expect(200, "Welcome, Hanna");
    let mut other = Visitor::of(&shop);
    other.open("/account/external/start").await;
    other.visit("/account/external?error=access_denied&state=x").await.expect(422, "You are not signed in");
}

#[tokio::test]
async fn a_guesser_is_held_up_by_their_own_address_and_not_the_whole_shop() {
    let shop = Builder::new().variable("trusted_proxies", "1").start().await;
    register(&mut Visitor::of(&shop), EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let from = |address: &str| Visitor::of(&shop).with_header("x-forwarded-for", address);
    let mut guesser = from("192.0.2.7");
    for _ in 0..10 {
        sign_in(&mut guesser, "/account/sign-in", "a guess or two").await.expect(401, "That did not open");
    }
    let held_up = sign_in(&mut guesser, "/account/sign-in", PASSWORD).await;
    assert_eq!(held_up.status, 429, "{}", held_up.html);
    let forger = from("198.51.100.1, 192.0.2.7");
    assert_eq!(sign_in(&mut forger.clone(), "/account/sign-in", PASSWORD).await.status, 429);
    sign_in(&mut from("192.0.2.8"), "/account/sign-in", PASSWORD).await.leads_to("/account");
}

/// What is typed at the till.
const DELIVERY: [(&str, &str); 9] = [
    ("email", EMAIL),
    ("shipping_address.name", "Hanna Bekele"),
    ("shipping_address.line1", "12 Market Street"),
    ("shipping_address.city", "Portland"),
    ("shipping_address.region", "OR"),
    ("shipping_address.postal_code", "97201"),
    ("shipping_address.country", "US"),
    ("shipping_method", "standard"),
    ("payment.token", "tok_approve"),
];

/// Buys what is in the basket, and gives the order's page.
async fn buy(visitor: &mut Visitor) -> String {
    let page = visitor.visit("/checkout").await.expect(200, "The till");
    let page = visitor.press(&page, "/checkout", "/checkout/delivery", &DELIVERY).await;
    let placed = visitor.send(&page, "/checkout", &DELIVERY).await;
    let path = placed.location.unwrap_or_else(|| panic!("no order: {}", placed.html));
    visitor.visit(&path).await.expect(200, "Thank you, it is yours");
    path
}

/// Staff send an order off, and it arrives.
async fn deliver(shop: &Shop, path: &str) {
    let staff = Caller::staff(shop).await;
    let shipment = json!({ "carrier": "Post", "tracking_number": "RR1" });
    staff.post(&format!("/api{path}/ship"), &shipment).await.expect(200);
    staff.post(&format!("/api{path}/deliver"), &json!({})).await.expect(200);
}

#[tokio::test]
async fn an_order_is_read_by_whoever_placed_it_and_called_off_once() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    hanna.visit("/account/orders").await.expect(200, "Nothing yet.");
    put_into_basket(&mut hanna, "SINI-B", "2").await;
    let order = buy(&mut hanna).await;
    assert!(!hanna.cookies.contains_key("orders"), "an account needs no token for its orders");
    let list = hanna.visit("/account/orders").await.expect(200, &format!("href=\"{order}\""));
    assert!(list.says("2 pieces") && list.says("Confirmed"), "{}", list.html);
    hanna.visit(&format!("{order}/invoice")).await.expect(200, "Invoice").expect(200, "Hanna Bekele");
    // The page's script asks for news since a version that is long past, and is answered at once.
    hanna.visit(&format!("{order}?since=0")).await.expect(200, "data-live=");

    let mut dawit = Visitor::of(&shop);
    dawit.visit(&order).await.expect(404, "Sign in");
    register(&mut dawit, "dawit@merkato.example", "/account/register").await.expect(200, "Welcome");
    for path in [order.clone(), format!("{order}/invoice"), "/orders/no-order".to_owned()] {
        dawit.visit(&path).await.expect(404, "This order is not known here");
    }
    let own = dawit.visit("/account/details").await;
    let csrf = own.html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let csrf = csrf.expect("a proof").to_owned();
    for step in ["cancel", "return", "reorder", "payment"] {
        let fields =
            [("csrf".to_owned(), csrf.clone()), ("payment.token".to_owned(), "tok_approve".to_owned())];
        let shown = dawit.post(&format!("{order}/{step}"), &fields.into()).await;
        assert_eq!(shown.status, 404, "{step}: {}", shown.html);
    }

    let mut phone = Visitor::of(&shop);
    sign_in(&mut phone, &format!("/account/sign-in?next={order}"), PASSWORD).await.leads_to(&order);
    let page = phone.visit(&order).await;
    let cancel = format!("{order}/cancel");
    phone.submit(&page, &cancel, &[]).await.expect(200, "The order is called off");
    phone.submit(&page, &cancel, &[]).await.expect(200, "Called off");
    hanna.visit(&order).await.expect(200, "Called off");
}

#[tokio::test]
async fn what_arrived_is_sent_back_by_lines_ordered_again_and_spoken_of() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    put_into_basket(&mut hanna, "SINI-B", "3").await;
    let order = buy(&mut hanna).await;
    deliver(&shop, &order).await;
    let page = hanna.visit(&order).await.expect(200, "It has arrived");
    let back = format!("{order}/return");
    hanna.submit(&page, &back, &[("return-SINI-B", "9")]).await.expect(422, "must be between 0 and 3");
    hanna.submit(&page, &back, &[("return-SINI-B", "0")]).await.expect(422, "Not noted yet");
    hanna.submit(&page, &back, &[("return-SINI-B", "1")]).await.expect(200, "We have noted what comes back");
    // Sent twice, it does not go back twice.
    let shown = hanna.submit(&page, &back, &[("return-SINI-B", "1")]).await.expect(409, "Not noted yet");
    assert!(shown.says("max=\"2\""), "{}", shown.html);

    let again = format!("{order}/reorder");
    hanna.submit(&shown, &again, &[]).await.expect(200, "in your basket once more").expect(200, "3 pieces");

    let review = "/products/sini-cup/review";
    Visitor::of(&shop).visit(review).await.expect(200, "Forgotten your password?");
    let page = hanna.visit(review).await.expect(200, "What do you think of it?");
    let wrong = hanna.submit(&page, review, &[("title", "Small"), ("body", "")]).await;
    assert!(wrong.status == 422 && wrong.says("id=\"rating-error\"") && wrong.says("id=\"body-error\""));
    let typed = [("rating", "4"), ("title", "<i>Small</i>"), ("body", "And blue.\r\n\r\nVery blue.")];
    hanna.submit(&wrong, review, &typed).await.expect(200, "Your review is shown once we have read it");
    hanna.submit(&page, review, &typed).await.expect(409, "You have reviewed this product");
    let staff = Caller::staff(&shop).await;
    let kept = staff.get("/api/reviews").await.expect(200);
    assert_eq!(kept["items"][0]["body"], "And blue.\n\nVery blue.");
}

#[tokio::test]
async fn what_somebody_would_like_to_have_is_kept() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    let page = hanna.visit("/products/sini-cup").await;
    let (form, wish) = ("/products/sini-cup", "/products/sini-cup/wish");
    let shown =
        hanna.press(&page, form, wish, &[("sku", "SINI-B")]).await.expect(200, "Forgotten your password?");
    assert!(shown.says("value=\"/products/sini-cup?variant=SINI-B\""), "{}", shown.html);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let page = hanna.visit("/products/sini-cup").await;
    for _ in 0..2 {
        hanna.press(&page, form, wish, &[("sku", "SINI-B")]).await.expect(200, "It is on your wishlist");
    }
    let list =
        hanna.visit("/account/wishlist").await.expect(200, "href=\"/products/sini-cup?variant=SINI-B\"");
    let list =
        hanna.submit(&list, "/account/wishlist/SINI-B/basket", &[]).await.expect(200, "It is in your basket");
    for _ in 0..2 {
        let shown = hanna.submit(&list, "/account/wishlist/SINI-B/removal", &[]).await;
        shown.expect(200, "It is off your wishlist").expect(200, "Press the heart");
    }

    let cart = hanna.visit("/cart").await.expect(200, "1 piece");
    let cart = hanna.submit(&cart, "/cart/lines/SINI-B/later", &[]).await.expect(200, "Kept for later");
    let cart = hanna.submit(&cart, "/cart/lines/SINI-B", &[]).await.expect(200, "1 piece");
    let cart = hanna.submit(&cart, "/cart/lines/SINI-B/later", &[]).await.expect(200, "It is kept for later");
    let cart = hanna.submit(&cart, "/cart/saved/SINI-B/removal", &[]).await.expect(200, "It is forgotten");
    assert!(!cart.says("Kept for later"));

    let page = hanna.visit("/products/netela").await.expect(200, "Tell me when");
    let wait = "/products/netela/back-in-stock";
    hanna.submit(&page, wait, &[]).await.expect(200, "We write to you when it is back");
}

#[tokio::test]
async fn an_address_that_is_kept_need_not_be_typed_at_the_till() {
    let shop = Shop::start().await;
    let mut hanna = Visitor::of(&shop);
    register(&mut hanna, EMAIL, "/account/register").await.expect(200, "Welcome, Hanna");
    let form = hanna.visit("/account/addresses/new").await;
    let typed = DELIVERY[1..7].iter().map(|(name, value)| (&name["shipping_address.".len()..], *value));
    let typed = typed.collect::<Vec<_>>();
    hanna.submit(&form, "/account/addresses/new", &typed).await.expect(200, "The address is kept");
    put_into_basket(&mut hanna, "SINI-B", "1").await;
    let page = hanna.visit("/checkout").await.expect(200, &format!("value=\"{EMAIL}\""));
    let id =
        page.html.split("name=\"saved_address\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.expect("an address").to_owned();
    let chosen = [("saved_address", id.as_str()), ("shipping_method", "express"), ("email", EMAIL)];
    let page = hanna.press(&page, "/checkout", "/checkout/delivery", &chosen).await;
    page.expect(200, "value=\"12 Market Street\"").expect(200, "<option value=\"US\" selected>");
    let mut dawit = Visitor::of(&shop);
    register(&mut dawit, "dawit@merkato.example", "/account/register").await.expect(200, "Welcome");
    put_into_basket(&mut dawit, "SINI-B", "1").await;
    let page = dawit.visit("/checkout").await;
    assert_eq!(dawit.press(&page, "/checkout", "/checkout/delivery", &chosen).await.status, 404);
}
