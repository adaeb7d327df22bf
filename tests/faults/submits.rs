//! Shoppers who ask twice, and shoppers who want the same piece.

use futures::future::join_all;
use merkato_tests::{
    api::{Answer, Caller, fresh_key},
    bank::Bank,
    coordinator::{Builder, Coordinator, SKU},
    till,
};
use serde_json::json;

use crate::crowd::{place_order, settle};

on_each_engine! { merkato_tests::coordinator::Builder:
    one_key_at_once_at_every_till_is_one_order,
    one_cart_at_once_under_many_keys_is_one_order,
    fewer_pieces_than_shoppers_are_each_sold_once,
}

/// Who asks at once.
const AT_ONCE: usize = 16;
/// Each is another race.
const ROUNDS: i64 = 5;

/// As many coordinators as the tables bear.
async fn open(till: Builder, bank: &Bank, pieces: i64) -> Vec<Coordinator> {
    let till = till.payments(&bank.url()).start().await;
    till.stock(pieces).await;
    let mut tills = vec![till];
    if tills[0].builder().database_url().is_some() {
        tills.push(tills[0].builder().twin().start().await);
    }
    tills
}

/// A shopper at each of the tills in turn.
fn shoppers(tills: &[Coordinator]) -> Vec<Caller> {
    tills.iter().map(Coordinator::anybody).cycle().take(AT_ONCE).collect()
}

async fn fill_cart(shopper: &Caller) {
    shopper.put(&format!("/v1/cart/lines/{SKU}"), &json!({ "quantity": 1 })).await.expect(200);
}

/// Answers to all who place an order at once.
async fn place_at_once(placing: impl Iterator<Item = (Caller, String)>) -> Vec<Answer> {
    join_all(placing.map(async |(shopper, key)| shopper.send(place_order(&shopper, &key)).await)).await
}

async fn assert_sold(tills: &[Coordinator], bank: &Bank, pieces: i64, left: i64) {
    settle(&tills[0]).await;
    assert_eq!(till::stock(&tills[0], SKU).await, (left, 0));
    assert_eq!(i64::try_from(bank.payments_charged()).expect("a number"), pieces);
    till::assert_books_balance(&tills[0]).await;
    tills[0].builder().audit().await;
}

async fn one_key_at_once_at_every_till_is_one_order(till: Builder) {
    let bank = Bank::start().await;
    let tills = open(till, &bank, 100).await;
    for _ in 0..ROUNDS {
        let (cart_token, key) = (fresh_key(), fresh_key());
        let shoppers = shoppers(&tills).into_iter().map(|shopper| shopper.with_cart(&cart_token));
        let shoppers = shoppers.collect::<Vec<_>>();
        fill_cart(&shoppers[0]).await;
        let answers = place_at_once(shoppers.into_iter().map(|shopper| (shopper, key.clone()))).await;
        let orders = answers.into_iter().map(|answer| answer.expect(201)).collect::<Vec<_>>();
        for order in &orders {
            assert_eq!(order["id"], orders[0]["id"]);
            assert_eq!(order["access_token"], orders[0]["access_token"]);
            assert_eq!(order["state"], "confirmed");
        }
    }
    assert_sold(&tills, &bank, ROUNDS, 100 - ROUNDS).await;
}

async fn one_cart_at_once_under_many_keys_is_one_order(till: Builder) {
    let bank = Bank::start().await;
    let tills = open(till, &bank, 100).await;
    for _ in 0..ROUNDS {
        let cart_token = fresh_key();
        let shoppers = shoppers(&tills).into_iter().map(|shopper| shopper.with_cart(&cart_token));
        let shoppers = shoppers.collect::<Vec<_>>();
        fill_cart(&shoppers[0]).await;
        let answers = place_at_once(shoppers.into_iter().map(|shopper| (shopper, fresh_key()))).await;
        let (placed, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(placed.len(), 1);
        for answer in refused {
            assert!(["cart_empty", "cart_changed"].iter().any(|code| answer.body["code"] == *code));
            assert_eq!(answer.status, 409);
        }
    }
    assert_sold(&tills, &bank, ROUNDS, 100 - ROUNDS).await;
}

async fn fewer_pieces_than_shoppers_are_each_sold_once(till: Builder) {
    const PIECES: usize = 5;
    let bank = Bank::start().await;
    let pieces = i64::try_from(PIECES).expect("a number");
    let tills = open(till, &bank, pieces).await;
    let shoppers = shoppers(&tills).into_iter().map(|shopper| shopper.with_cart(&fresh_key()));
    let shoppers = shoppers.collect::<Vec<_>>();
    for shopper in &shoppers {
        fill_cart(shopper).await;
    }
    let answers = place_at_once(shoppers.into_iter().map(|shopper| (shopper, fresh_key()))).await;
    let (placed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(placed.len(), PIECES);
    for answer in refused {
        answer.problem(409, "stock_too_low");
    }
    assert_sold(&tills, &bank, pieces, 0).await;
}
