//! What is kept for later: lines put aside, wishes, reminders of carts.

use merkato::store::{
    Error, Store,
    records::{CartOwner, CartRecord, LineRecord, ReminderRecord, WishRecord},
};
use merkato_commerce::{
    ids::{CartId, OrderId, UserId, WishId},
    money::{Currency, Money},
    time::Timestamp,
};

use super::{id, sku, with_order};

const CART: u128 = 1;
const USER: u128 = 7;

fn user(number: u128) -> UserId {
    UserId(id(number))
}

fn line(name: &str, quantity: u32) -> LineRecord {
    LineRecord { sku: sku(name), quantity }
}

/// A cart of `user` with one line, changed last at `at`.
async fn with_cart(store: &Store, cart: u128, owner: u128, at: i64) {
    store
        .write(move |transaction| {
            Box::pin(async move {
                let (cart, at) = (CartId(id(cart)), Timestamp(at));
                transaction.insert_cart(cart, &CartOwner::User(user(owner)), at).await?;
                transaction.set_cart_line(cart, &line("CUP", 1), at).await?;
                transaction.update_cart(&CartRecord::empty(cart), at).await
            })
        })
        .await
        .expect("a cart");
}

async fn cart(store: &Store) -> CartRecord {
    let cart =
        store.read(|transaction| Box::pin(async move { transaction.cart_by_id(CartId(id(CART))).await }));
    cart.await.expect("a transaction").expect("the cart")
}

pub(super) async fn what_is_put_aside_comes_and_goes_with_its_cart(store: Store) {
    with_cart(&store, CART, USER, 0).await;
    assert_eq!(cart(&store).await.saved, []);
    for saved in [vec![line("B", 2), line("A", 999)], Vec::new()] {
        let changed = CartRecord { saved: saved.clone(), ..cart(&store).await };
        store
            .write(move |transaction| {
                let changed = changed.clone();
                Box::pin(async move { transaction.update_cart(&changed, Timestamp(1)).await })
            })
            .await
            .expect("a transaction");
        let read = cart(&store).await;
        assert_eq!((read.saved, read.lines), (saved, vec![line("CUP", 1)]));
    }
}

fn wish(number: u128, owner: u128, name: &str) -> WishRecord {
    let price = Money::new(i64::try_from(number).expect("a small number"), Currency::USD);
    WishRecord { id: WishId(id(number)), user: user(owner), sku: sku(name), price, added_at: Timestamp(5) }
}

async fn add(store: &Store, wishes: Vec<WishRecord>) {
    store
        .write(move |transaction| {
            let wishes = wishes.clone();
            Box::pin(async move {
                for wish in &wishes {
                    transaction.insert_wish(wish).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
        .expect("wishes");
}

async fn listed(store: &Store, owner: u128, after: Option<u128>, limit: u32) -> Vec<WishRecord> {
    let after = after.map(|after| WishId(id(after)));
    store
        .read(move |transaction| Box::pin(async move { transaction.wishes(user(owner), after, limit).await }))
        .await
        .expect("a transaction")
}

pub(super) async fn wishes_are_paged_the_newest_first_and_each_sku_is_there_once(store: Store) {
    let [first, second, third] = [wish(1, USER, "A"), wish(2, USER, "B"), wish(3, USER, "C")];
    add(&store, vec![first.clone(), second.clone(), wish(9, 8, "A")]).await;
    add(&store, vec![third.clone(), wish(4, USER, "A")]).await;
    assert_eq!(listed(&store, USER, None, 2).await, [third, second.clone()]);
    assert_eq!(listed(&store, USER, Some(2), 2).await, [first.clone()], "and the first price stays");
    let (known, unknown, count) = store
        .write(|transaction| {
            Box::pin(async move {
                let known = transaction.wish(user(USER), &sku("A")).await?;
                transaction.delete_wish(user(USER), &sku("A")).await?;
                transaction.delete_wish(user(USER), &sku("NEVER")).await?;
                let unknown = transaction.wish(user(USER), &sku("Z")).await?;
                Ok::<_, Error>((known, unknown, transaction.wish_count(user(USER)).await?))
            })
        })
        .await
        .expect("a transaction");
    assert_eq!((known, unknown, count), (Some(first), None, 3));
    assert_eq!(listed(&store, USER, Some(3), 9).await, [second]);
}

pub(super) async fn wishes_are_forgotten_of_one_user_only(store: Store) {
    add(&store, vec![wish(1, USER, "A"), wish(2, USER, "B"), wish(3, 8, "A")]).await;
    let forgotten = async || {
        let forget =
            store.write(|transaction| Box::pin(async move { transaction.forget_wishes(user(USER)).await }));
        forget.await.expect("a transaction")
    };
    assert_eq!([forgotten().await, forgotten().await], [2, 0]);
    assert_eq!((listed(&store, USER, None, 9).await.len(), listed(&store, 8, None, 9).await.len()), (0, 1));
}

async fn arrange(store: &Store, cart: u128, due_at: i64) {
    store
        .write(move |transaction| {
            Box::pin(
                async move { transaction.insert_cart_reminder(CartId(id(cart)), Timestamp(due_at)).await },
            )
        })
        .await
        .expect("a transaction");
}

async fn lease(store: &Store, now: i64, leased_until: i64) -> Vec<ReminderRecord> {
    store
        .write(move |transaction| {
            Box::pin(async move {
                transaction.lease_cart_reminders(Timestamp(now), Timestamp(leased_until), 10).await
            })
        })
        .await
        .expect("a transaction")
}

async fn next(store: &Store) -> Option<i64> {
    let next = store.read(|transaction| Box::pin(async move { transaction.next_cart_reminder().await }));
    next.await.expect("a transaction").map(|due| due.0)
}

pub(super) async fn a_cart_that_may_be_left_alone_is_looked_at_by_one_until_the_lease_ends(store: Store) {
    with_cart(&store, CART, USER, 10).await;
    arrange(&store, CART, 100).await;
    assert_eq!((next(&store).await, lease(&store, 99, 200).await), (Some(100), Vec::new()));
    let expected = ReminderRecord {
        cart: CartId(id(CART)),
        user: Some(user(USER)),
        version: 1,
        updated_at: Timestamp(10),
        has_lines: true,
    };
    assert_eq!(lease(&store, 100, 200).await, std::slice::from_ref(&expected));
    assert_eq!((next(&store).await, lease(&store, 199, 300).await), (Some(200), Vec::new()));
    assert_eq!(lease(&store, 200, 300).await, std::slice::from_ref(&expected), "the lease ran out");
    store
        .write(|transaction| Box::pin(async move { transaction.clear_cart(CartId(id(CART))).await }))
        .await
        .expect("a transaction");
    let empty = ReminderRecord { has_lines: false, ..expected };
    assert_eq!(lease(&store, 300, 400).await, [empty]);
}

pub(super) async fn a_reminder_that_is_arranged_stays_and_goes_with_its_cart(store: Store) {
    with_cart(&store, CART, USER, 0).await;
    with_cart(&store, 2, 8, 0).await;
    for due_at in [100, 50, 200] {
        arrange(&store, CART, due_at).await;
    }
    assert_eq!(next(&store).await, Some(100));
    // In the transaction that makes a cart, and in the one that takes it away.
    store
        .write(|transaction| {
            Box::pin(async move {
                transaction.insert_cart_reminder(CartId(id(2)), Timestamp(1)).await?;
                transaction.delete_cart(CartId(id(2))).await?;
                transaction.postpone_cart_reminder(CartId(id(CART)), Timestamp(150)).await
            })
        })
        .await
        .expect("a transaction");
    assert_eq!(next(&store).await, Some(150));
    store
        .write(|transaction| {
            Box::pin(async move {
                transaction.delete_cart_reminder(CartId(id(CART))).await?;
                transaction.insert_cart_reminder(CartId(id(CART)), Timestamp(300)).await
            })
        })
        .await
        .expect("a transaction");
    assert_eq!(next(&store).await, Some(300), "arranged anew after it was looked at");
    store
        .write(|transaction| Box::pin(async move { transaction.delete_cart(CartId(id(CART))).await }))
        .await
        .expect("a transaction");
    assert_eq!((next(&store).await, lease(&store, 999, 1_000).await), (None, Vec::new()));
}

pub(super) async fn an_order_says_how_often_it_was_changed(store: Store) {
    let (one, other) = (with_order(&store, 1).await, with_order(&store, 2).await);
    store
        .write(move |transaction| {
            Box::pin(async move {
                let mut order = transaction.order(one).await?.expect("the order");
                transaction.update_order(&mut order).await
            })
        })
        .await
        .expect("a transaction");
    let mut versions = store
        .read(move |transaction| {
            Box::pin(async move { transaction.order_versions(&[one, other, OrderId(id(3))]).await })
        })
        .await
        .expect("a transaction");
    versions.sort_unstable();
    assert_eq!(versions, [(one, 1), (other, 0)]);
}
