//! Carts.

use merkato_tests::{
    api::{Caller, address, names_field},
    shop::Shop,
};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_cart_adds_up() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    assert_eq!(guest.get("/api/cart").await.expect(200)["lines"], json!([]));
    guest.set_line("SINI-W", 2).await.expect(200);
    let cart = guest.set_line("SINI-B", 1).await.expect(200);
    assert_eq!(cart["subtotal"]["amount"], 2_900);
    assert_eq!(cart["lines"][0]["total"]["amount"], 1_800);
    assert_eq!(cart["lines"][1]["available"], 10);

    let cart = guest.post("/api/cart/promotions", &json!({ "code": "welcome10" })).await.expect(200);
    assert_eq!((&cart["discount"]["amount"], &cart["total"]["amount"]), (&json!(290), &json!(2_610)));
    let cart = guest.post("/api/cart/promotions", &json!({ "code": "3FOR2" })).await.expect(200);
    assert_eq!(cart["discount"]["amount"], 900 + 200, "the free cup first, then ten percent of the rest");
    let cart = guest.delete("/api/cart/promotions/WELCOME10").await.expect(200);
    assert_eq!(cart["promotions"].as_array().map(Vec::len), Some(1));

    let mut german = address();
    german["country"] = json!("DE");
    german["postal_code"] = json!("10115");
    let delivery = json!({ "address": german, "shipping_method": "standard" });
    let cart = guest.put("/api/cart/delivery", &delivery).await.expect(200);
    let amount = |field: &str| cart[field]["amount"].as_i64().expect("an amount");
    assert!(amount("shipping") > 0 && amount("tax") > 0);
    assert_eq!(amount("total"), amount("subtotal") - amount("discount") + amount("shipping") + amount("tax"));
    let cart = guest.post("/api/cart/promotions", &json!({ "code": "FREESHIP" })).await.expect(200);
    assert_eq!(cart["shipping"]["amount"], 0);
    assert_eq!(guest.set_line("SINI-W", 0).await.expect(200)["lines"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_cart_belongs_to_who_holds_its_token() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 2).await.expect(200);
    let mut stranger = Caller::guest(&shop);
    stranger.cart_token = Some("a-guess".to_owned());
    assert_eq!(stranger.get("/api/cart").await.expect(200)["lines"], json!([]));
}

#[tokio::test]
async fn more_than_there_is_cannot_be_put_in() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    assert_eq!(guest.set_line("SINI-B", 11).await.problem(409, "stock_too_low")["available"], 10);
    assert_eq!(guest.set_line("NETELA", 1).await.problem(409, "stock_too_low")["available"], 0);
    for quantity in [-1, 1_000, i64::MAX] {
        let problem = guest.set_line("SINI-B", quantity).await.problem(422, "invalid");
        assert!(names_field(&problem, "quantity"), "{problem:#}");
    }
    guest.set_line("NO-SUCH", 1).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    let cart = guest.set_line("SINI-W", 1).await.expect(200);
    let version = cart["version"].as_i64().expect("a version");
    let set = |version: i64| {
        let request = guest.request(Method::PUT, "/api/cart/lines/SINI-W").json(&json!({ "quantity": 2 }));
        guest.send(request.header("if-match", format!("\"{version}\"")))
    };
    assert_eq!(set(version).await.expect(200)["version"], version + 1);
    set(version).await.problem(409, "cart_changed");
}

#[tokio::test]
async fn unknown_codes_methods_and_places_are_named() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let problem =
        guest.post("/api/cart/promotions", &json!({ "code": "NOSUCH" })).await.problem(422, "invalid");
    assert!(names_field(&problem, "code"));
    let method = json!({ "address": address(), "shipping_method": "teleport" });
    let problem = guest.put("/api/cart/delivery", &method).await.problem(422, "invalid");
    assert!(names_field(&problem, "shipping_method"), "{problem:#}");
    let mut nowhere = address();
    nowhere["country"] = json!("usa");
    let delivery = json!({ "address": nowhere, "shipping_method": "standard" });
    let problem = guest.put("/api/cart/delivery", &delivery).await.problem(422, "invalid");
    assert!(names_field(&problem, "address.country"), "{problem:#}");
}

#[tokio::test]
async fn every_way_to_ship_has_a_price() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let methods = guest.get("/api/cart/shipping-methods").await.expect(200);
    let mut codes = methods["items"].as_array().expect("methods").iter().map(|method| method["code"].clone());
    for code in ["standard", "express", "pickup"] {
        assert!(
            codes.any(|found| found == code) || methods["items"].to_string().contains(code),
            "{methods:#}"
        );
    }
}

#[tokio::test]
async fn a_guests_cart_goes_into_the_users_once() {
    let shop = Shop::start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 6).await.expect(200);
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-B", 7).await.expect(200);
    let merge = json!({ "cart_token": guest.cart_token });
    let cart = user.post("/api/cart/merge", &merge).await.expect(200);
    assert_eq!(cart["lines"][0]["quantity"], 10, "up to what is in stock");
    assert_eq!(user.post("/api/cart/merge", &merge).await.expect(200)["lines"], cart["lines"]);
    assert_eq!(guest.get("/api/cart").await.expect(200)["lines"], json!([]));
}
