//! What shoppers keep for later: lines put aside, wishes, and carts that wait for them.

use merkato_tests::{
    api::{Caller, fresh_key, names_field, order_paid_with},
    coordinator::{self, SKU},
    payments::Payments,
    shop::Builder,
    till,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

on_each_engine! {
    a_line_that_is_put_aside_is_neither_priced_nor_ordered_and_comes_back,
    a_merged_cart_keeps_what_cannot_be_had_now_for_later,
    a_merge_with_a_cart_that_is_not_there_changes_nothing,
    a_wish_says_what_it_costs_now_and_whether_that_is_less,
    a_wishlist_is_its_owners_alone,
}

fn skus(lines: &Value) -> Vec<&str> {
    lines.as_array().map_or_else(Vec::new, |lines| {
        lines.iter().map(|line| line["sku"].as_str().expect("a sku")).collect()
    })
}

async fn a_line_that_is_put_aside_is_neither_priced_nor_ordered_and_comes_back(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 2).await.expect(200);
    let cart = guest.set_line("SINI-B", 3).await.expect(200);
    assert!(cart.get("saved").is_none(), "nothing is put aside: {cart:#}");
    for _ in 0..2 {
        let cart = guest.post("/api/cart/saved/SINI-B", &json!({})).await.expect(200);
        assert_eq!(
            (skus(&cart["lines"]), cart["subtotal"]["amount"].as_i64()),
            (vec!["SINI-W"], Some(1_800))
        );
        let saved = json!([{
            "sku": "SINI-B", "title": cart["saved"][0]["title"], "quantity": 3, "available": 10,
            "unit_price": { "amount": 1_100, "currency": "USD" },
        }]);
        assert_eq!(cart["saved"], saved);
    }
    guest.post("/api/cart/saved/GABI", &json!({})).await.problem(404, "not_found");
    guest.post("/api/cart/saved/%20", &json!({})).await.problem(404, "not_found");
    let version = guest.get("/api/cart").await.expect(200)["version"].as_i64().expect("a version");
    let stale = guest.request(Method::POST, "/api/cart/saved/SINI-W").header("if-match", version - 1);
    guest.send(stale).await.problem(409, "cart_changed");

    let placed = guest.place_order("tok_approve").await.expect(201);
    assert_eq!(skus(&placed["lines"]), ["SINI-W"]);
    let cart = guest.get("/api/cart").await.expect(200);
    assert_eq!((skus(&cart["lines"]), skus(&cart["saved"])), (vec![], vec!["SINI-B"]));
    assert_eq!(cart["total"]["amount"], 0);
    let cart = guest.set_line("SINI-B", 1).await.expect(200);
    assert_eq!((skus(&cart["lines"]), cart.get("saved")), (vec!["SINI-B"], None));

    guest.post("/api/cart/saved/SINI-B", &json!({})).await.expect(200);
    for _ in 0..2 {
        let cart = guest.delete("/api/cart/saved/SINI-B").await.expect(200);
        assert_eq!((cart["lines"].clone(), cart.get("saved")), (json!([]), None));
    }
    let stranger = Caller::guest(&shop);
    assert!(stranger.get("/api/cart").await.expect(200).get("saved").is_none());
}

async fn a_merged_cart_keeps_what_cannot_be_had_now_for_later(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("GABI", 1).await.expect(200);
    guest.set_line("SINI-W", 1).await.expect(200);
    guest.set_line("SINI-B", 2).await.expect(200);
    guest.post("/api/cart/saved/SINI-B", &json!({})).await.expect(200);
    guest.post("/api/cart/promotions", &json!({ "code": "FREESHIP" })).await.expect(200);
    let mut other = Caller::guest(&shop);
    other.set_line("GABI", 1).await.expect(200);
    other.place_order("tok_approve").await.expect(201);

    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    let own = user.set_line("SINI-W", 99).await.expect(200);
    user.post("/api/cart/promotions", &json!({ "code": "WELCOME10" })).await.expect(200);
    let merge = json!({ "cart_token": guest.cart_token });
    let request = user.request(Method::POST, "/api/cart/merge").json(&merge);
    let stale = request.header("if-match", format!("\"{}\"", own["version"]));
    user.send(stale).await.problem(409, "cart_changed");
    let cart = user.post("/api/cart/merge", &merge).await.expect(200);
    assert_eq!((skus(&cart["lines"]), &cart["lines"][0]["quantity"]), (vec!["SINI-W"], &json!(100)));
    assert_eq!(skus(&cart["saved"]), ["GABI", "SINI-B"], "the last one is gone, and nothing is lost");
    assert_eq!(cart["saved"][0]["available"], 0);
    let codes = cart["promotions"].as_array().expect("promotions").iter().map(|applied| &applied["code"]);
    assert_eq!(codes.collect::<Vec<_>>(), ["WELCOME10", "FREESHIP"]);
    let again = user.post("/api/cart/merge", &merge).await.expect(200);
    assert_eq!(again, cart, "a second merge changes nothing");
    let left = guest.get("/api/cart").await.expect(200);
    assert_eq!((left["lines"].clone(), left.get("saved")), (json!([]), None));
}

async fn a_merge_with_a_cart_that_is_not_there_changes_nothing(shop: Builder) {
    let shop = shop.start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    let cart = user.set_line("SINI-W", 1).await.expect(200);
    let merge = async |token: Value| user.post("/api/cart/merge", &json!({ "cart_token": token })).await;
    assert_eq!(merge(json!("a-guess")).await.expect(200), cart);
    for token in [json!(""), json!("x".repeat(201))] {
        assert!(names_field(&merge(token).await.problem(422, "invalid"), "cart_token"));
    }
    merge(json!(7)).await.problem(422, "invalid");
    let guest = Caller::guest(&shop);
    guest.post("/api/cart/merge", &json!({ "cart_token": "a-guess" })).await.problem(401, "unauthenticated");
    // Somebody without a cart yet.
    let newcomer = Caller::with_token(&shop, shop.token("customer").await);
    let merged = newcomer.post("/api/cart/merge", &json!({ "cart_token": "a-guess" })).await.expect(200);
    assert_eq!((&merged["lines"], &merged["version"]), (&json!([]), &json!(0)));
}

async fn a_wish_says_what_it_costs_now_and_whether_that_is_less(shop: Builder) {
    let shop = shop.start().await;
    let user = Caller::with_token(&shop, shop.token("customer").await);
    let wished = user.put("/api/cart/wishlist/GABI", &json!({})).await.expect(200);
    assert_eq!((&wished["available"], &wished["price_fell"]), (&json!(1), &json!(false)));
    user.put("/api/cart/wishlist/NETELA", &json!({})).await.expect(200);
    user.put("/api/cart/wishlist/SINI-W", &json!({})).await.expect(200);
    user.put("/api/cart/wishlist/NO-SUCH", &json!({})).await.problem(404, "not_found");

    let offer = |amount: i64, version: i64, active: bool| {
        json!({
            "title": "Gabi, thick", "price": { "amount": amount, "currency": "USD" }, "tax_class": "standard",
            "weight_grams": 1_400, "version": version, "active": active,
        })
    };
    let service = Caller::service(&shop);
    let put_offer = async |offer: &Value| {
        assert_eq!(service.put("/v1/offers/GABI", offer).await.status, 204);
    };
    put_offer(&offer(7_900, 1_000_000_000_000_000, true)).await;
    let again = user.put("/api/cart/wishlist/GABI", &json!({})).await.expect(200);
    assert_eq!((&again["title"], &again["price_fell"]), (&json!("Gabi, thick"), &json!(true)));
    assert_eq!(
        (&again["unit_price"]["amount"], &again["added_price"]["amount"]),
        (&json!(7_900), &json!(8_900))
    );
    assert_eq!(again["added_at"], wished["added_at"]);
    put_offer(&offer(9_900, 1_000_000_000_000_001, false)).await;

    let first = user.get("/api/cart/wishlist?limit=2").await.expect(200);
    assert_eq!(skus(&first["items"]), ["SINI-W", "NETELA"]);
    let after = first["next"].as_str().expect("another page");
    let second = user.get(&format!("/api/cart/wishlist?limit=2&after={after}")).await.expect(200);
    assert_eq!((skus(&second["items"]), &second["next"]), (vec!["GABI"], &Value::Null));
    let withdrawn = &second["items"][0];
    assert_eq!((&withdrawn["available"], &withdrawn["price_fell"]), (&json!(0), &json!(false)));
    for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("after=x", "after")] {
        let problem = user.get(&format!("/api/cart/wishlist?{query}")).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{problem:#}");
    }
    for _ in 0..2 {
        user.delete("/api/cart/wishlist/GABI").await.expect(204);
    }
    let left = user.get("/api/cart/wishlist").await.expect(200);
    assert_eq!((skus(&left["items"]), &left["next"]), (vec!["SINI-W", "NETELA"], &Value::Null));
    user.put("/api/cart/wishlist/GABI", &json!({})).await.problem(404, "not_found");
}

async fn a_wishlist_is_its_owners_alone(shop: Builder) {
    let shop = shop.start().await;
    let user = Caller::with_token(&shop, shop.token("customer").await);
    user.put("/api/cart/wishlist/GABI", &json!({})).await.expect(200);
    let stranger = Caller::with_token(&shop, shop.token("customer").await);
    assert_eq!(stranger.get("/api/cart/wishlist").await.expect(200)["items"], json!([]));
    stranger.delete("/api/cart/wishlist/GABI").await.expect(204);
    assert_eq!(skus(&user.get("/api/cart/wishlist").await.expect(200)["items"]), ["GABI"]);
    let guest = Caller::guest(&shop);
    guest.get("/api/cart/wishlist").await.problem(401, "unauthenticated");
    guest.put("/api/cart/wishlist/GABI", &json!({})).await.problem(401, "unauthenticated");
    guest.delete("/api/cart/wishlist/GABI").await.problem(401, "unauthenticated");
    user.post("/api/cart/wishlist", &json!({})).await.problem(405, "method_not_allowed");
}

/// Carts that are merged and ordered at the same moment.
const CARTS: u32 = 25;
/// Pieces that the guest, and then the user, puts in.
const PIECES: [i64; 2] = [2, 3];

/// Whoever merges and whoever orders may go to different coordinators.
async fn a_cart_that_is_merged_and_ordered_at_once_is_bought_once(
    merging: &coordinator::Coordinator,
    ordering: &coordinator::Coordinator,
) {
    merging.stock(1_000).await;
    let line = format!("/v1/cart/lines/{SKU}");
    for number in 0..CARTS {
        let user = Uuid::new_v4().to_string();
        let token = format!("a-cart-token-of-the-tests-{number}");
        let as_user = |request: RequestBuilder| request.header("x-user-id", &user);
        let guest = ordering.anybody().with_cart(&token);
        let (here, there) = (merging.anybody(), ordering.anybody());
        guest.put(&line, &json!({ "quantity": PIECES[0] })).await.expect(200);
        let put = as_user(here.request(Method::PUT, &line)).json(&json!({ "quantity": PIECES[1] }));
        here.send(put).await.expect(200);

        let merge = as_user(here.request(Method::POST, "/v1/cart/merge"));
        let merge = here.send(merge.json(&json!({ "cart_token": token })));
        let order = |request: RequestBuilder| {
            let request = request.header("idempotency-key", fresh_key());
            there.send(request.json(&order_paid_with("tok_approve")))
        };
        let of_guest = order(guest.request(Method::POST, "/v1/orders"));
        let of_user = order(as_user(there.request(Method::POST, "/v1/orders")));
        let (merged, of_guest, of_user) = tokio::join!(merge, of_guest, of_user);
        merged.expect(200);
        let mut pieces = 0;
        for placed in [of_guest, of_user] {
            if placed.status == 201 {
                pieces += placed.body["lines"][0]["quantity"].as_i64().expect("a quantity");
            } else {
                let code = placed.body["code"].as_str().map(str::to_owned);
                assert!(["cart_empty", "cart_changed"].map(Some).contains(&code.as_deref()), "{code:?}");
            }
        }
        let carts = [
            here.send(as_user(here.request(Method::GET, "/v1/cart"))).await.expect(200),
            guest.get("/v1/cart").await.expect(200),
        ];
        pieces += carts.iter().filter_map(|cart| cart["lines"][0]["quantity"].as_i64()).sum::<i64>();
        assert_eq!(pieces, PIECES.iter().sum::<i64>(), "each piece is in one order or in one cart");
    }
    till::assert_books_balance(merging).await;
}

#[tokio::test]
async fn a_cart_that_is_merged_and_ordered_at_once_is_bought_once_on_sqlite() {
    let payments = Payments::start().await;
    payments.answer_all();
    let till = coordinator::Builder::new().payments(&payments.url).start().await;
    a_cart_that_is_merged_and_ordered_at_once_is_bought_once(&till, &till).await;
}

#[tokio::test]
async fn a_cart_that_is_merged_and_ordered_at_once_is_bought_once_by_two_coordinators() {
    let Some(database) = merkato_tests_postgres::database().await else { return };
    let payments = Payments::start().await;
    payments.answer_all();
    let builder = coordinator::Builder::new().payments(&payments.url).database(&database.url);
    let twin = builder.twin();
    let (till, twin) = (builder.start().await, twin.start().await);
    a_cart_that_is_merged_and_ordered_at_once_is_bought_once(&till, &twin).await;
}
