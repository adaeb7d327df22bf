//! Signing in by the word of an OpenID Connect provider.

use std::time::Duration;

use merkato_tests::{
    api::{Answer, Caller},
    authenticator::Authenticator,
    postbox::Postbox,
    provider::{Provider, Signer},
    shop::{Builder, Shop},
};
use serde_json::{Value, json};
use tokio::time::Instant;

on_each_engine! {
    somebody_signs_in_by_the_provider_and_is_the_same_person_next_time,
    an_address_that_both_have_verified_is_one_account_and_any_other_is_not,
    what_the_provider_did_not_say_to_this_question_is_refused,
    a_second_factor_is_asked_for_behind_the_provider_too,
}

/// How long the shop may believe keys that are no longer the provider's.
const NEW_KEYS_MAX: Duration = Duration::from_mins(1);

async fn shop_with_provider(shop: Builder) -> (Shop, Provider, Postbox) {
    let (provider, postbox) = (Provider::start().await, Postbox::start().await);
    let shop = postbox.serve(provider.serve(shop)).start().await;
    (shop, provider, postbox)
}

/// What a shop's page would send after the browser came back.
async fn back(shop: &Shop, provider: &Provider) -> Value {
    let begun = Caller::guest(shop).post("/api/users/oidc/start", &json!({})).await.expect(200);
    let (code, state) = provider.visit(begun["url"].as_str().expect("an address")).await;
    json!({ "code": code, "state": state, "login_token": begun["login_token"] })
}

async fn finish(shop: &Shop, body: &Value) -> Answer {
    Caller::guest(shop).post("/api/users/oidc/finish", body).await
}

async fn sign_in(shop: &Shop, provider: &Provider) -> Answer {
    let body = back(shop, provider).await;
    finish(shop, &body).await
}

fn bearing(shop: &Shop, signed_in: &Value) -> Caller {
    Caller::with_token(shop, signed_in["access_token"].as_str().expect("a token").to_owned())
}

async fn register(shop: &Shop, postbox: &Postbox, email: &str, verified: bool) -> Value {
    let guest = Caller::guest(shop);
    let body =
        json!({ "email": email, "password": "a long sentence", "first_name": "Hanna", "last_name": "" });
    let signed_in = guest.post("/api/users/register", &body).await.expect(201);
    if verified {
        let token = postbox.token("verify_email", email, 1).await;
        guest.post("/api/users/verify-email", &json!({ "token": token })).await.expect(204);
    }
    signed_in
}

async fn somebody_signs_in_by_the_provider_and_is_the_same_person_next_time(shop: Builder) {
    let (shop, provider, _postbox) = shop_with_provider(shop).await;
    let hanna = json!({ "sub": "42", "email": "hanna@id.example", "email_verified": true, "name": "Hanna" });
    provider.says(hanna.clone());
    let first = sign_in(&shop, &provider).await.expect(200);
    assert_eq!(first["user"]["email"], "hanna@id.example");
    assert_eq!(
        (&first["user"]["email_verified"], &first["user"]["first_name"]),
        (&json!(true), &json!("Hanna"))
    );
    bearing(&shop, &first).get("/api/orders").await.expect(200);
    provider.says(json!({ "sub": "42", "email": "other@id.example" }));
    let second = sign_in(&shop, &provider).await.expect(200);
    assert_eq!(second["user"]["id"], first["user"]["id"]);
    provider.says(json!({ "sub": "43" }));
    sign_in(&shop, &provider).await.problem(401, "unauthenticated");
    assert_eq!(provider.keys_read(), 1, "keys are kept");

    provider.says(hanna);
    provider.signs_with(Signer::P256);
    let deadline = Instant::now() + NEW_KEYS_MAX;
    loop {
        let answer = sign_in(&shop, &provider).await;
        if answer.status == 200 {
            break;
        }
        answer.problem(401, "unauthenticated");
        assert!(Instant::now() < deadline, "the shop asks for new keys");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(provider.keys_read(), 2);
}

async fn an_address_that_both_have_verified_is_one_account_and_any_other_is_not(shop: Builder) {
    let (shop, provider, postbox) = shop_with_provider(shop).await;
    let hanna = register(&shop, &postbox, "hanna@merkato.example", true).await;
    let dawit = register(&shop, &postbox, "dawit@merkato.example", false).await;
    // The provider does not know whether the address is theirs: whoever it is must not get her account.
    provider.says(json!({ "sub": "1", "email": "hanna@merkato.example", "email_verified": false }));
    let other = sign_in(&shop, &provider).await.expect(200);
    assert_ne!(other["user"]["id"], hanna["user"]["id"]);
    // Nobody here has shown that the address is his: whoever made the account must not get what he does.
    provider.says(json!({ "sub": "2", "email": "dawit@merkato.example", "email_verified": true }));
    let other = sign_in(&shop, &provider).await.expect(200);
    assert_ne!(other["user"]["id"], dawit["user"]["id"]);
    provider.says(json!({ "sub": "3", "email": "HANNA@merkato.example", "email_verified": true }));
    let same = sign_in(&shop, &provider).await.expect(200);
    assert_eq!(same["user"]["id"], hanna["user"]["id"]);
    // And not somebody else there with the same address.
    provider.says(json!({ "sub": "4", "email": "hanna@merkato.example", "email_verified": true }));
    sign_in(&shop, &provider).await.problem(409, "conflict");
    let export = bearing(&shop, &same).get("/api/users/me/export").await.expect(200);
    assert_eq!(export["external_issuer"], json!(provider.url));
}

async fn what_the_provider_did_not_say_to_this_question_is_refused(shop: Builder) {
    let (shop, provider, _postbox) = shop_with_provider(shop).await;
    let hanna = json!({ "sub": "42", "email": "hanna@id.example", "email_verified": true });
    let lies = [
        ("nonce", json!("another")),
        ("aud", json!("another shop")),
        ("iss", json!("https://evil.example")),
        ("exp", json!(1_000_000)),
    ];
    for (claim, lie) in lies {
        let mut said = hanna.clone();
        said[claim] = lie;
        provider.says(said);
        sign_in(&shop, &provider).await.problem(401, "unauthenticated");
    }
    provider.says(hanna);
    let mine = back(&shop, &provider).await;
    let theirs = back(&shop, &provider).await;
    // Somebody's code, brought to where another way began; and a made-up one.
    for (field, value) in [
        ("login_token", theirs["login_token"].clone()),
        ("state", theirs["state"].clone()),
        ("state", json!("x")),
        ("login_token", json!("x")),
    ] {
        let mut mixed = mine.clone();
        mixed[field] = value;
        finish(&shop, &mixed).await.problem(401, "unauthenticated");
    }
    let mut made_up = mine.clone();
    made_up["code"] = json!("made up");
    finish(&shop, &made_up).await.problem(401, "unauthenticated");
    finish(&shop, &mine).await.expect(200);
    finish(&shop, &mine).await.problem(401, "unauthenticated");
    finish(&shop, &json!({ "code": "x" })).await.problem(422, "invalid");
}

async fn a_second_factor_is_asked_for_behind_the_provider_too(shop: Builder) {
    let (shop, provider, postbox) = shop_with_provider(shop).await;
    let hanna = register(&shop, &postbox, "hanna@merkato.example", true).await;
    let caller = bearing(&shop, &hanna);
    let password = json!({ "password": "a long sentence" });
    let begun = caller.post("/api/users/me/mfa", &password).await.expect(200);
    let phone = Authenticator::new(begun["secret"].as_str().expect("a secret"));
    caller.post("/api/users/me/mfa/confirm", &json!({ "code": phone.code(0) })).await.expect(200);
    provider.says(json!({ "sub": "3", "email": "hanna@merkato.example", "email_verified": true }));
    let mut body = back(&shop, &provider).await;
    finish(&shop, &body).await.problem(401, "second_factor_required");
    body["second_factor"] = json!("123");
    finish(&shop, &body).await.problem(401, "second_factor_required");
    body["second_factor"] = json!(phone.code(1));
    let signed_in = finish(&shop, &body).await.expect(200);
    assert_eq!(signed_in["user"]["id"], hanna["user"]["id"]);
    finish(&shop, &body).await.problem(401, "unauthenticated");
}
