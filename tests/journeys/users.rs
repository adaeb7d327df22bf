//! People with an account: from registering to being forgotten.

use futures::future::join_all;
use merkato_tests::{
    api::{Answer, Caller, address, fresh_key, names_field},
    authenticator::Authenticator,
    postbox::Postbox,
    shop::{Builder, Shop, merkato},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

on_each_engine! {
    somebody_registers_verifies_the_address_signs_in_and_is_known_to_all_services,
    a_refresh_token_that_comes_twice_ends_its_session,
    registering_with_somebody_elses_address_tells_nothing_and_gets_nothing,
    a_forgotten_password_is_replaced_by_mail_once,
    a_new_password_and_signing_out_everywhere_end_all_other_sessions,
    an_address_belongs_to_one_person_and_to_nobody_else,
    a_second_factor_is_asked_for_and_each_code_works_once,
    a_guesser_is_held_up_and_nobody_else,
    roles_are_given_by_admins,
    an_account_can_be_taken_away_and_leaves_nothing_behind,
    preferences_are_kept_and_told_to_services_only,
    a_mail_that_could_not_be_sent_is_sent_later_and_once,
    an_address_changes_once_a_mail_to_the_new_one_is_answered,
    what_is_wrong_with_a_request_is_named_and_texts_stay_what_they_are,
}

const PASSWORD: &str = "a long sentence";
const NEW_PASSWORD: &str = "another long sentence";

/// A shop whose messages come to a postbox.
async fn shop_with_postbox(shop: Builder) -> (Shop, Postbox) {
    let postbox = Postbox::start().await;
    (postbox.serve(shop).start().await, postbox)
}

fn somebody(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "first_name": "Hanna", "last_name": "Bekele" })
}

async fn register(shop: &Shop, email: &str) -> Value {
    Caller::guest(shop).post("/api/users/register", &somebody(email)).await.expect(201)
}

async fn login(shop: &Shop, email: &str, password: &str) -> Answer {
    Caller::guest(shop).post("/api/users/login", &json!({ "email": email, "password": password })).await
}

async fn verify(shop: &Shop, postbox: &Postbox, email: &str) {
    let token = postbox.token("verify_email", email, 1).await;
    Caller::guest(shop).post("/api/users/verify-email", &json!({ "token": token })).await.expect(204);
}

/// Somebody whose address is verified.
async fn verified(shop: &Shop, postbox: &Postbox, email: &str) -> Value {
    let signed_in = register(shop, email).await;
    verify(shop, postbox, email).await;
    signed_in
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value:#}")).to_owned()
}

fn bearing(shop: &Shop, signed_in: &Value) -> Caller {
    Caller::with_token(shop, text(&signed_in["access_token"]))
}

async fn refresh(shop: &Shop, signed_in: &Value) -> Answer {
    let body = json!({ "refresh_token": signed_in["refresh_token"] });
    Caller::guest(shop).post("/api/users/refresh", &body).await
}

async fn patch(caller: &Caller, path: &str, body: &Value) -> Answer {
    caller.send(caller.request(Method::PATCH, path).json(body)).await
}

async fn somebody_registers_verifies_the_address_signs_in_and_is_known_to_all_services(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let signed_in = register(&shop, "Hanna@Merkato.example").await;
    assert_eq!(signed_in["expires_in"], 900);
    let user = &signed_in["user"];
    assert_eq!((&user["role"], &user["email_verified"]), (&json!("customer"), &json!(false)));
    let hanna = bearing(&shop, &signed_in);
    assert_eq!(hanna.get("/api/users/me").await.expect(200), *user);
    hanna.get("/api/orders").await.expect(200);
    hanna.get("/api/cart").await.expect(200);
    hanna.get("/api/no/such").await.problem(404, "not_found");

    verify(&shop, &postbox, "Hanna@Merkato.example").await;
    verify(&shop, &postbox, "Hanna@Merkato.example").await;
    let me = hanna.get("/api/users/me").await.expect(200);
    assert_eq!(me["email_verified"], true);
    let renamed = patch(&hanna, "/api/users/me", &json!({ "last_name": "Tesfaye" })).await.expect(200);
    assert_eq!((&renamed["first_name"], &renamed["last_name"]), (&json!("Hanna"), &json!("Tesfaye")));

    let again = login(&shop, "hanna@merkato.EXAMPLE", PASSWORD).await.expect(200);
    assert_eq!(again["user"]["id"], user["id"]);
    login(&shop, "hanna@merkato.example", "a wrong sentence").await.problem(401, "unauthenticated");
    let keys = Caller::guest(&shop).get("/.well-known/jwks.json").await.expect(200);
    assert_eq!((&keys["keys"][0]["alg"], &keys["keys"][0]["d"]), (&json!("EdDSA"), &Value::Null));
}

async fn a_refresh_token_that_comes_twice_ends_its_session(shop: Builder) {
    let (shop, _postbox) = shop_with_postbox(shop).await;
    let first = register(&shop, "hanna@merkato.example").await;
    let other = login(&shop, "hanna@merkato.example", PASSWORD).await.expect(200);
    let second = refresh(&shop, &first).await.expect(200);
    let third = refresh(&shop, &second).await.expect(200);
    bearing(&shop, &third).get("/api/users/me").await.expect(200);
    refresh(&shop, &first).await.problem(401, "unauthenticated");
    // The thief's and the owner's alike: nobody can tell which is which.
    refresh(&shop, &third).await.problem(401, "unauthenticated");
    let other = refresh(&shop, &other).await.expect(200);

    let answers = join_all((0..4).map(|_| refresh(&shop, &other))).await;
    assert!(answers.iter().filter(|answer| answer.status == 200).count() <= 1, "{answers:#?}");
    for forged in [json!(""), json!("AAAA"), json!("x".repeat(64)), json!("A".repeat(64))] {
        refresh(&shop, &json!({ "refresh_token": forged })).await.problem(401, "unauthenticated");
    }

    let signed_in = login(&shop, "hanna@merkato.example", PASSWORD).await.expect(200);
    let guest = Caller::guest(&shop);
    let body = json!({ "refresh_token": signed_in["refresh_token"] });
    guest.post("/api/users/logout", &body).await.expect(204);
    guest.post("/api/users/logout", &body).await.expect(204);
    refresh(&shop, &signed_in).await.problem(401, "unauthenticated");
}

async fn registering_with_somebody_elses_address_tells_nothing_and_gets_nothing(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let email = "hanna@merkato.example";
    let hanna = verified(&shop, &postbox, email).await;
    let body = json!({ "email": email, "password": "the guesser's own", "first_name": "X", "last_name": "" });
    let guest = Caller::guest(&shop);
    let guesser = guest.post("/api/users/register", &body).await.expect(201);
    let fresh = json!({ "email": "fresh@merkato.example", "password": "the guesser's own", "first_name": "X",
        "last_name": "" });
    let fresh = guest.post("/api/users/register", &fresh).await.expect(201);
    let names =
        |answer: &Value| answer["user"].as_object().expect("a user").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&guesser), names(&fresh));
    assert_eq!(guesser["user"]["email_verified"], fresh["user"]["email_verified"]);
    assert_ne!(guesser["user"]["id"], hanna["user"]["id"]);

    // Signing in goes on to tell nothing: it works for either, each in an account of its own.
    let theirs = login(&shop, email, "the guesser's own").await.expect(200);
    assert_eq!(theirs["user"]["id"], guesser["user"]["id"]);
    login(&shop, "fresh@merkato.example", "the guesser's own").await.expect(200);
    let hers = login(&shop, email, PASSWORD).await.expect(200);
    assert_eq!(hers["user"]["id"], hanna["user"]["id"]);

    // The owner hears of it, and no mail makes the address the guesser's.
    let told = postbox.message("email_in_use", email, 1).await;
    assert_eq!(told["to"]["user_id"], hanna["user"]["id"]);
    assert!(told["values"]["token"].is_null(), "{told:#}");
    let guesser = bearing(&shop, &guesser);
    guesser.post("/api/users/me/verify-email", &json!({})).await.expect(202);
    postbox.message("email_in_use", email, 2).await;
    assert_eq!(postbox.messages().iter().filter(|message| message["to"]["email"] == email).count(), 3);

    // Nor does asking for a new password tell anything.
    for email in [email, "nobody@merkato.example"] {
        let answer = guest.post("/api/users/forgot-password", &json!({ "email": email })).await;
        assert_eq!((answer.status.as_u16(), answer.body), (202, Value::Null));
    }
    postbox.message("reset_password", email, 1).await;
    assert!(postbox.messages().iter().all(|message| message["to"]["email"] != "nobody@merkato.example"));
}

async fn a_forgotten_password_is_replaced_by_mail_once(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let email = "hanna@merkato.example";
    let before = register(&shop, email).await;
    let guest = Caller::guest(&shop);
    guest.post("/api/users/forgot-password", &json!({ "email": email })).await.expect(202);
    let token = postbox.token("reset_password", email, 1).await;
    let reset = |token: &str, password: &str| {
        let body = json!({ "token": token, "password": password });
        let guest = guest.clone();
        async move { guest.post("/api/users/reset-password", &body).await }
    };
    let problem = reset(&token, "short").await.problem(422, "invalid");
    assert!(names_field(&problem, "password"), "{problem:#}");
    let verify = postbox.token("verify_email", email, 1).await;
    let last = if token.ends_with('0') { "4" } else { "0" };
    for forged in ["", "x", &verify, &format!("{}{last}", &token[..token.len() - 1])] {
        let problem = reset(forged, NEW_PASSWORD).await.problem(422, "invalid");
        assert!(names_field(&problem, "token"), "{problem:#}");
    }
    reset(&token, NEW_PASSWORD).await.expect(204);
    reset(&token, "a third sentence").await.problem(422, "invalid");
    postbox.message("password_changed", email, 1).await;
    login(&shop, email, PASSWORD).await.problem(401, "unauthenticated");
    let after = login(&shop, email, NEW_PASSWORD).await.expect(200);
    assert_eq!(after["user"]["id"], before["user"]["id"]);
    assert_eq!(after["user"]["email_verified"], true, "whoever answered the mail owns the address");
    refresh(&shop, &before).await.problem(401, "unauthenticated");
    guest.post("/api/users/verify-email", &json!({ "token": verify })).await.problem(422, "invalid");
}

async fn a_new_password_and_signing_out_everywhere_end_all_other_sessions(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let email = "hanna@merkato.example";
    let phone = register(&shop, email).await;
    let laptop = login(&shop, email, PASSWORD).await.expect(200);
    let hanna = bearing(&shop, &laptop);
    let change = |current: &str| json!({ "current_password": current, "new_password": NEW_PASSWORD });
    let problem = hanna.post("/api/users/me/password", &change("a guess")).await.problem(422, "invalid");
    assert!(names_field(&problem, "current_password"), "{problem:#}");
    let laptop = hanna.post("/api/users/me/password", &change(PASSWORD)).await.expect(200);
    postbox.message("password_changed", email, 1).await;
    refresh(&shop, &phone).await.problem(401, "unauthenticated");
    let laptop = refresh(&shop, &laptop).await.expect(200);

    let phone = login(&shop, email, NEW_PASSWORD).await.expect(200);
    let body = json!({ "refresh_token": phone["refresh_token"], "everywhere": true });
    Caller::guest(&shop).post("/api/users/logout", &body).await.expect(204);
    refresh(&shop, &laptop).await.problem(401, "unauthenticated");
    refresh(&shop, &phone).await.problem(401, "unauthenticated");
    login(&shop, email, NEW_PASSWORD).await.expect(200);
}

async fn an_address_belongs_to_one_person_and_to_nobody_else(shop: Builder) {
    let (shop, _postbox) = shop_with_postbox(shop).await;
    let hanna = bearing(&shop, &register(&shop, "hanna@merkato.example").await);
    let dawit = bearing(&shop, &register(&shop, "dawit@merkato.example").await);
    let added = hanna.post("/api/users/me/addresses", &address()).await;
    let location = added.headers["location"].to_str().expect("text").to_owned();
    let added = added.expect(201);
    assert_eq!((&added["city"], location.ends_with(&text(&added["id"]))), (&json!("Portland"), true));
    assert_eq!(hanna.get(&location).await.expect(200), added);
    let mut moved = address();
    moved["city"] = json!("Seattle");
    dawit.get(&location).await.problem(404, "not_found");
    dawit.put(&location, &moved).await.problem(404, "not_found");
    dawit.delete(&location).await.problem(404, "not_found");
    Caller::guest(&shop).get(&location).await.problem(401, "unauthenticated");
    assert_eq!(dawit.get("/api/users/me/addresses").await.expect(200)["items"], json!([]));

    assert_eq!(hanna.put(&location, &moved).await.expect(200)["city"], "Seattle");
    for _ in 0..2 {
        hanna.post("/api/users/me/addresses", &address()).await.expect(201);
    }
    let page = hanna.get("/api/users/me/addresses?limit=2").await.expect(200);
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["items"][0]["city"], "Seattle");
    let rest = format!("/api/users/me/addresses?limit=2&after={}", text(&page["next"]));
    let rest = hanna.get(&rest).await.expect(200);
    assert_eq!((rest["items"].as_array().map(Vec::len), &rest["next"]), (Some(1), &Value::Null));
    hanna.delete(&location).await.expect(204);
    hanna.delete(&location).await.problem(404, "not_found");
    hanna.get("/api/users/me/addresses/none").await.problem(404, "not_found");
}

async fn a_second_factor_is_asked_for_and_each_code_works_once(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let email = "hanna@merkato.example";
    let hanna = bearing(&shop, &verified(&shop, &postbox, email).await);
    let problem = hanna.post("/api/users/me/mfa", &json!({})).await.problem(422, "invalid");
    assert!(names_field(&problem, "password"), "{problem:#}");
    let begun = hanna.post("/api/users/me/mfa", &json!({ "password": PASSWORD })).await.expect(200);
    assert!(text(&begun["otpauth_url"]).contains(&text(&begun["secret"])));
    // Without effect until a code has come back.
    login(&shop, email, PASSWORD).await.expect(200);
    let phone = Authenticator::new(&text(&begun["secret"]));
    let code = |code: &str| json!({ "code": code });
    hanna.post("/api/users/me/mfa/confirm", &code("000000x")).await.problem(422, "invalid");
    let used = phone.code(0);
    let codes = hanna.post("/api/users/me/mfa/confirm", &code(&used)).await.expect(200);
    let codes = codes["recovery_codes"].as_array().expect("codes").iter().map(text).collect::<Vec<_>>();
    assert_eq!(codes.len(), 10);
    hanna.post("/api/users/me/mfa", &json!({ "password": PASSWORD })).await.problem(409, "conflict");

    let enter = |code: Option<String>, password: &str| {
        let mut body = json!({ "email": email, "password": password });
        if let Some(code) = code {
            body["code"] = json!(code);
        }
        let guest = Caller::guest(&shop);
        async move { guest.post("/api/users/login", &body).await }
    };
    enter(None, PASSWORD).await.problem(401, "second_factor_required");
    enter(None, "a wrong sentence").await.problem(401, "unauthenticated");
    enter(Some(used), PASSWORD).await.problem(401, "second_factor_required");
    let next = phone.code(1);
    let signed_in = enter(Some(next.clone()), PASSWORD).await.expect(200);
    assert_eq!(signed_in["user"]["mfa_enabled"], true);
    enter(Some(next), PASSWORD).await.problem(401, "second_factor_required");
    enter(Some(codes[0].to_lowercase()), PASSWORD).await.expect(200);
    enter(Some(codes[0].clone()), PASSWORD).await.problem(401, "second_factor_required");
    let answers = join_all((0..3).map(|_| enter(Some(codes[1].clone()), PASSWORD))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:#?}");

    // A new password does not get round it.
    Caller::guest(&shop).post("/api/users/forgot-password", &json!({ "email": email })).await.expect(202);
    let token = postbox.token("reset_password", email, 1).await;
    let reset = json!({ "token": token, "password": NEW_PASSWORD });
    Caller::guest(&shop).post("/api/users/reset-password", &reset).await.expect(204);
    enter(None, NEW_PASSWORD).await.problem(401, "second_factor_required");

    hanna.post("/api/users/me/mfa/disable", &code(&codes[0])).await.problem(422, "invalid");
    let fresh = hanna.post("/api/users/me/mfa/recovery-codes", &code(&codes[2])).await.expect(200);
    hanna.post("/api/users/me/mfa/disable", &code(&codes[3])).await.problem(422, "invalid");
    hanna.post("/api/users/me/mfa/disable", &code(&text(&fresh["recovery_codes"][0]))).await.expect(204);
    login(&shop, email, NEW_PASSWORD).await.expect(200);
}

/// Tries to sign in as if from `place`, as a service says that asks for somebody.
async fn login_from(shop: &Shop, place: &str, email: &str, password: &str) -> Answer {
    let service = Caller::at(&shop.url).bearing(shop.secret("service_token"));
    let body = json!({ "email": email, "password": password });
    let request = service.request(Method::POST, "/api/users/login").header("x-client-address", place);
    service.send(request.json(&body)).await
}

async fn a_guesser_is_held_up_and_nobody_else(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let email = "hanna@merkato.example";
    verified(&shop, &postbox, email).await;
    login_from(&shop, "192.0.2.1", email, PASSWORD).await.expect(200);
    let guess = |place: &'static str, email: &'static str| {
        let shop = &shop;
        async move { login_from(shop, place, email, "a wrong guess").await }
    };
    // As many at once as one likes: each is counted before it is made.
    for email in ["hanna@merkato.example", "nobody@merkato.example"] {
        let answers = join_all((0..14).map(|_| guess("203.0.113.9", email))).await;
        let refused = answers.iter().filter(|answer| answer.status == 429).count();
        let wrong = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!((wrong + refused, wrong <= 10), (14, true), "{answers:#?}");
        let answer = guess("203.0.113.9", email).await;
        let wait =
            answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
        assert!(wait.is_some_and(|seconds| (1..=1_800).contains(&seconds)), "{answer:?}");
        answer.problem(429, "too_many_attempts");
    }
    // Not even with the right password, from there. From anywhere else as ever.
    login_from(&shop, "203.0.113.9", email, PASSWORD).await.problem(429, "too_many_attempts");
    login_from(&shop, "192.0.2.1", email, PASSWORD).await.expect(200);
    login_from(&shop, "198.51.100.7", email, PASSWORD).await.expect(200);

    // What a client says of itself is not believed.
    let guest = Caller::guest(&shop);
    let body = json!({ "email": email, "password": "a wrong guess" });
    for place in 0..11 {
        let request = guest.request(Method::POST, "/api/users/login").json(&body);
        let request = request.header("x-client-address", format!("198.51.100.{place}"));
        let request = request.header("x-forwarded-for", format!("198.51.100.{place}"));
        let answer = guest.send(request).await;
        assert_eq!(answer.status, if place < 10 { 401 } else { 429 }, "{place}: {answer:?}");
    }
}

#[tokio::test]
async fn guessing_from_everywhere_locks_nobody_out_who_was_there_before_or_answers_a_mail() {
    let (shop, postbox) = shop_with_postbox(Builder::new()).await;
    let email = "hanna@merkato.example";
    verified(&shop, &postbox, email).await;
    login_from(&shop, "192.0.2.1", email, PASSWORD).await.expect(200);
    for network in 0..11 {
        let places = (0..10).map(|host| format!("203.0.{network}.{host}")).collect::<Vec<_>>();
        join_all(places.iter().map(|place| login_from(&shop, place, email, "a wrong guess"))).await;
    }
    login_from(&shop, "198.51.100.7", email, "a wrong guess").await.problem(429, "too_many_attempts");
    login_from(&shop, "192.0.2.1", email, PASSWORD).await.expect(200);

    // Who is somewhere new has the mail, which makes the place a known one.
    let service = Caller::at(&shop.url).bearing(shop.secret("service_token"));
    let from_new_place = |path: &str, body: Value| {
        let request = service.request(Method::POST, path).header("x-client-address", "198.51.100.7");
        service.send(request.json(&body))
    };
    from_new_place("/api/users/forgot-password", json!({ "email": email })).await.expect(202);
    let token = postbox.token("reset_password", email, 1).await;
    let reset = json!({ "token": token, "password": NEW_PASSWORD });
    from_new_place("/api/users/reset-password", reset).await.expect(204);
    login_from(&shop, "198.51.100.7", email, NEW_PASSWORD).await.expect(200);
}

async fn roles_are_given_by_admins(shop: Builder) {
    let shop = shop
        .environment("MERKATO_STAFF_PASSWORD", "the staff's own sentence")
        .environment("MERKATO_SHOPPER_PASSWORD", "the shopper's own sentence");
    let (shop, _postbox) = shop_with_postbox(shop).await;
    let staff = login(&shop, "staff@merkato.example", "the staff's own sentence").await.expect(200);
    let shopper = login(&shop, "shopper@merkato.example", "the shopper's own sentence").await.expect(200);
    assert_eq!((&staff["user"]["role"], &shopper["user"]["role"]), (&json!("staff"), &json!("customer")));
    let path = format!("/api/users/{}", text(&shopper["user"]["id"]));
    let role = |role: &str| json!({ "role": role });
    let staff_caller = bearing(&shop, &staff);
    let found = staff_caller.get("/api/users?email=shopper@merkato.example").await.expect(200);
    assert_eq!(found["items"][0]["id"], shopper["user"]["id"]);
    assert_eq!(staff_caller.get(&path).await.expect(200)["role"], "customer");
    staff_caller.put(&format!("{path}/role"), &role("admin")).await.problem(403, "forbidden");
    let customer = bearing(&shop, &shopper);
    customer.get(&path).await.problem(403, "forbidden");
    customer.put(&format!("{path}/role"), &role("admin")).await.problem(403, "forbidden");
    Caller::guest(&shop).put(&format!("{path}/role"), &role("admin")).await.problem(401, "unauthenticated");

    let admin = Caller::with_token(&shop, shop.token("admin").await);
    admin.put(&format!("{path}/role"), &role("owner")).await.problem(422, "invalid");
    admin.put(&format!("{path}/role"), &role("staff")).await.expect(200);
    refresh(&shop, &shopper).await.problem(401, "unauthenticated");
    let promoted = login(&shop, "shopper@merkato.example", "the shopper's own sentence").await.expect(200);
    bearing(&shop, &promoted).get(&path).await.expect(200);
    let path = format!("/api/users/{}/role", text(&staff["user"]["id"]));
    admin.put(&path, &role("admin")).await.expect(200);
    let admin = login(&shop, "staff@merkato.example", "the staff's own sentence").await.expect(200);
    bearing(&shop, &admin).put(&path, &role("customer")).await.problem(409, "conflict");
}

async fn an_account_can_be_taken_away_and_leaves_nothing_behind(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let email = "hanna@merkato.example";
    let signed_in = verified(&shop, &postbox, email).await;
    let hanna = bearing(&shop, &signed_in);
    hanna.post("/api/users/me/addresses", &address()).await.expect(201);
    hanna.put("/api/cart/wishlist/GABI", &json!({})).await.expect(200);
    hanna.put("/api/cart/lines/SINI-W", &json!({ "quantity": 2 })).await.expect(200);
    let export = hanna.get("/api/users/me/export").await.expect(200);
    assert_eq!(export["user"]["email"], email);
    assert_eq!(export["addresses"][0]["line1"], "12 Market Street");
    assert_eq!(export["messages"][0]["template"], "verify_email");
    assert_eq!(export["sessions"].as_array().map(Vec::len), Some(1));
    assert!(!export.to_string().contains("argon2"), "{export:#}");

    hanna.delete("/api/users/me").await.expect(204);
    for path in ["/api/users/me", "/api/users/me/export", "/api/users/me/notifications"] {
        hanna.get(path).await.problem(401, "unauthenticated");
    }
    hanna.post("/api/users/me/addresses", &address()).await.problem(401, "unauthenticated");
    refresh(&shop, &signed_in).await.problem(401, "unauthenticated");
    login(&shop, email, PASSWORD).await.problem(401, "unauthenticated");
    assert_eq!(hanna.get("/api/users/me/addresses").await.expect(200)["items"], json!([]));
    assert_eq!(hanna.get("/api/cart/wishlist").await.expect(200)["items"], json!([]));
    assert_eq!(hanna.get("/api/cart").await.expect(200)["lines"], json!([]));
    let again = register(&shop, email).await;
    assert_ne!(again["user"]["id"], signed_in["user"]["id"]);
    postbox.message("verify_email", email, 2).await;
}

async fn preferences_are_kept_and_told_to_services_only(shop: Builder) {
    let (shop, _postbox) = shop_with_postbox(shop).await;
    let signed_in = register(&shop, "hanna@merkato.example").await;
    let hanna = bearing(&shop, &signed_in);
    let path = "/api/users/me/notifications";
    let first = hanna.get(path).await.expect(200);
    assert_eq!((&first["email"]["orders"], &first["email"]["marketing"]), (&json!(true), &json!(false)));
    let wanted = json!({
        "email": { "orders": true, "marketing": true }, "sms": { "orders": true, "marketing": false },
        "locale": "am",
    });
    hanna.put(path, &wanted).await.expect(200);
    assert_eq!(hanna.get(path).await.expect(200), wanted);
    let mut wrong = wanted.clone();
    wrong["locale"] = json!("not a tag");
    let problem = hanna.put(path, &wrong).await.problem(422, "invalid");
    assert!(names_field(&problem, "locale"), "{problem:#}");

    let path = format!("/internal/users/{}/contact", text(&signed_in["user"]["id"]));
    let service = Caller::at(&shop.url).bearing(shop.secret("service_token"));
    let contact = service.get(&path).await.expect(200);
    assert_eq!((&contact["email"], &contact["locale"]), (&json!("hanna@merkato.example"), &json!("am")));
    assert_eq!(contact["preferences"], wanted);
    for caller in [hanna, Caller::guest(&shop), Caller::staff(&shop).await] {
        caller.get(&path).await.problem(401, "unauthenticated");
        caller.post("/internal/users/sweep", &json!({})).await.problem(401, "unauthenticated");
        caller.post("/internal/users/accounts", &json!({})).await.problem(401, "unauthenticated");
    }
    let nobody = format!("/internal/users/{}/contact", fresh_key());
    service.get(&nobody).await.problem(404, "not_found");
}

async fn a_mail_that_could_not_be_sent_is_sent_later_and_once(shop: Builder) {
    let postbox = Postbox::start().await;
    postbox.refuse(1);
    let shop = postbox.serve(shop).start().await;
    register(&shop, "hanna@merkato.example").await;
    let message = postbox.message("verify_email", "hanna@merkato.example", 1).await;
    assert_eq!(message["to"]["locale"], "en");
    let service = Caller::at(&shop.url).bearing(shop.secret("service_token"));
    // The sweep that sent it may not have noted so yet. Whatever is sent once more is so under the same key.
    let swept = service.post("/internal/users/sweep", &json!({})).await.expect(200);
    assert_eq!(swept["left"], 0, "{swept:#}");
    assert_eq!(postbox.messages().len(), 1);
}

async fn an_address_changes_once_a_mail_to_the_new_one_is_answered(shop: Builder) {
    let (shop, postbox) = shop_with_postbox(shop).await;
    let (old, new) = ("hanna@merkato.example", "hanna@elsewhere.example");
    let signed_in = verified(&shop, &postbox, old).await;
    let hanna = bearing(&shop, &signed_in);
    let change = |email: &str, password: &str| json!({ "email": email, "password": password });
    let path = "/api/users/me/email";
    hanna.post(path, &change(new, "a wrong sentence")).await.problem(422, "invalid");
    hanna.post(path, &change("HANNA@merkato.example", PASSWORD)).await.problem(422, "invalid");
    hanna.post(path, &change(new, PASSWORD)).await.expect(202);
    assert_eq!(hanna.get("/api/users/me").await.expect(200)["email"], old);
    let token = postbox.token("verify_email", new, 1).await;
    let guest = Caller::guest(&shop);
    guest.post("/api/users/verify-email", &json!({ "token": token })).await.expect(204);
    assert_eq!(hanna.get("/api/users/me").await.expect(200)["email"], new);
    // Who was signed in by the old address is not any more, and the old mail does not lead back.
    refresh(&shop, &signed_in).await.problem(401, "unauthenticated");
    let token = postbox.token("verify_email", old, 1).await;
    guest.post("/api/users/verify-email", &json!({ "token": token })).await.problem(422, "invalid");
    login(&shop, old, PASSWORD).await.problem(401, "unauthenticated");
    login(&shop, new, PASSWORD).await.expect(200);

    // An address that somebody else has verified stays theirs, and they hear of it.
    let dawit = bearing(&shop, &verified(&shop, &postbox, "dawit@merkato.example").await);
    dawit.post(path, &change(new, PASSWORD)).await.expect(202);
    postbox.message("email_in_use", new, 1).await;
}

async fn what_is_wrong_with_a_request_is_named_and_texts_stay_what_they_are(shop: Builder) {
    let (shop, _postbox) = shop_with_postbox(shop).await;
    let guest = Caller::guest(&shop);
    let with = |field: &str, value: Value| {
        let mut body = somebody("hanna@merkato.example");
        body[field] = value;
        body
    };
    let wrong = [
        ("email", json!("hanna")),
        ("email", json!(7)),
        ("email", json!("a@b.example\r\nBcc: all@example.com")),
        ("password", json!("short")),
        ("password", json!("x".repeat(129))),
        ("password", json!(["a long sentence"])),
        ("first_name", json!(" ")),
        ("first_name", json!("x".repeat(101))),
        ("last_name", json!(null)),
        ("last_name", json!("O\u{0}e")),
        ("role", json!("admin")),
    ];
    for (field, value) in wrong {
        let problem = guest.post("/api/users/register", &with(field, value)).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{field}: {problem:#}");
    }
    let mut missing = somebody("hanna@merkato.example");
    missing.as_object_mut().expect("an object").remove("password");
    let problem = guest.post("/api/users/register", &missing).await.problem(422, "invalid");
    assert!(names_field(&problem, "password"), "{problem:#}");
    guest.get("/api/users/register").await.problem(405, "method_not_allowed");
    guest.get("/api/users/me").await.problem(401, "unauthenticated");
    guest.post("/api/users/oidc/start", &json!({})).await.problem(404, "not_found");

    let hostile = "<script>alert(1)</script>'; DROP TABLE account; --";
    let signed_in = guest.post("/api/users/register", &with("first_name", json!(hostile))).await.expect(201);
    assert_eq!(signed_in["user"]["first_name"], hostile);
    let hanna = bearing(&shop, &signed_in);
    let mut place = address();
    place["line1"] = json!(hostile);
    assert_eq!(hanna.post("/api/users/me/addresses", &place).await.expect(201)["line1"], hostile);
    place["country"] = json!("Ethiopia");
    let problem = hanna.post("/api/users/me/addresses", &place).await.problem(422, "invalid");
    assert!(names_field(&problem, "country"), "{problem:#}");
    let problem = patch(&hanna, "/api/users/me", &json!({ "role": "admin" })).await.problem(422, "invalid");
    assert!(names_field(&problem, "role"), "{problem:#}");
    login(&shop, "' OR 1=1 --@merkato.example", PASSWORD).await.problem(422, "invalid");
    login(&shop, "hanna@merkato.example", "' OR '1'='1").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn an_access_token_that_was_tampered_with_opens_nothing() {
    let (shop, _postbox) = shop_with_postbox(Builder::new()).await;
    let token = text(&register(&shop, "hanna@merkato.example").await["access_token"]);
    let (head, signature) = token.rsplit_once('.').expect("three parts");
    let (_, claims) = head.split_once('.').expect("three parts");
    let none = format!("eyJhbGciOiJub25lIn0.{claims}.");
    let none_signed = format!("eyJhbGciOiJub25lIn0.{claims}.{signature}");
    for forged in
        [none, none_signed, format!("{head}.{}", "A".repeat(86)), format!("{head}."), "x".to_owned()]
    {
        let forger = Caller::with_token(&shop, forged);
        forger.get("/api/users/me").await.problem(401, "unauthenticated");
        forger.delete("/api/users/me").await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_key_that_is_changed_breaks_no_session_and_no_token_that_is_alive() {
    let (shop, postbox) = shop_with_postbox(Builder::new()).await;
    let before = register(&shop, "hanna@merkato.example").await;
    let old_key = Caller::guest(&shop).get("/.well-known/jwks.json").await.expect(200)["keys"][0].clone();
    let builder = shop.stop().await;
    let rotate = Command::new(merkato()).arg("rotate-key").arg("--data-dir").arg(builder.data_dir()).status();
    assert!(rotate.await.expect("merkato runs").success());
    let shop = postbox.serve(builder).start().await;
    let keys = Caller::guest(&shop).get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2), "{keys:#}");
    assert_eq!(keys["keys"][1], old_key);
    bearing(&shop, &before).get("/api/users/me").await.expect(200);
    bearing(&shop, &before).get("/api/orders").await.expect(200);
    let after = refresh(&shop, &before).await.expect(200);
    bearing(&shop, &after).get("/api/orders").await.expect(200);
    let head = |signed_in: &Value| text(&signed_in["access_token"]).split('.').next().map(str::to_owned);
    assert_ne!(head(&before), head(&after), "the new key signs");
}

#[tokio::test]
async fn in_production_a_development_key_signs_nothing() {
    let said = Builder::new().variable("environment", "production").refused().await;
    assert!(said.contains("made for development"), "{said}");
}

#[tokio::test]
async fn passwords_of_the_demo_shop_are_printed_once_and_work() {
    let (shop, _postbox) = shop_with_postbox(Builder::new()).await;
    let printed = shop.printed();
    for email in ["staff@merkato.example", "shopper@merkato.example"] {
        let line = printed.iter().find(|line| line.contains(email)).unwrap_or_else(|| panic!("{printed:?}"));
        let password = line.rsplit(' ').next().expect("a password");
        login(&shop, email, password).await.expect(200);
    }
    let shop = shop.stop().await.start().await;
    assert!(!shop.printed().iter().any(|line| line.contains("password")), "{:?}", shop.printed());
}
