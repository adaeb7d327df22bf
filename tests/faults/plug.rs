//! Pulling the plug of a whole shop in the middle of a sale.

use merkato_tests::{api::Caller, shop::Builder, till};
use sqlx::Row as _;

use crate::crowd::until;

on_each_engine! { merkato_tests::shop::Builder:
    an_order_whose_shop_was_killed_before_payment_is_confirmed_or_its_stock_is_free,
    a_reservation_that_ran_out_while_the_shop_was_down_is_ended_at_the_next_start,
    an_acknowledged_order_outlives_a_kill,
    an_idle_shop_has_no_work_left_over,
}

async fn an_order_whose_shop_was_killed_before_payment_is_confirmed_or_its_stock_is_free(shop: Builder) {
    // The gateway is silent at first, so the plug is pulled between placing and payment for certain.
    let shop = shop.flag("--answer-wait-seconds", "0").flag("--lease-seconds", "15").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-B", 4).await.expect(200);
    let placed = guest.place_order("tok_timeout").await.expect(201);
    assert_eq!(placed["state"], "pending_payment");
    let shop = shop.kill().await.start().await;

    let guest = Caller::guest(&shop);
    until("the payment", async || guest.order(&placed).await["state"] != "pending_payment").await;
    assert_eq!(guest.order(&placed).await["state"], "confirmed");
    assert_eq!(till::stock(&shop, "SINI-B").await, (6, 0));
    till::assert_books_balance(&shop).await;
}

async fn a_reservation_that_ran_out_while_the_shop_was_down_is_ended_at_the_next_start(shop: Builder) {
    let shop = shop.flag("--reservation-seconds", "1").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("GABI", 1).await.expect(200);
    guest.place_order("tok_challenge").await.expect(201);
    let shop = shop.kill().await.start().await;
    until("the end of the reservation", async || till::stock(&shop, "GABI").await == (1, 0)).await;
    till::assert_books_balance(&shop).await;
}

async fn an_acknowledged_order_outlives_a_kill(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    let placed = guest.place_order("tok_approve").await.expect(201);
    let shop = shop.kill().await.start().await;
    assert_eq!(Caller::guest(&shop).order(&placed).await["state"], "confirmed");
}

async fn an_idle_shop_has_no_work_left_over(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 1).await.expect(200);
    guest.place_order("tok_approve").await.expect(201);
    let data = shop.stop().await;
    let mut connection = till::open(&data).await;
    let left = sqlx::query("SELECT count(*) AS left_over FROM task").fetch_one(&mut connection).await;
    assert_eq!(left.expect("a count").get::<i64, _>("left_over"), 0);
}
