//! What every store must do, whatever its engine. Each test runs on each engine.

use std::sync::Arc;

use merkato::store::{
    Error, Store,
    records::{CartOwner, LineRecord, OutboxRecord, RefundRecord, TaskRecord, TaskWork},
};
use merkato_commerce::{
    ids::{CartId, EventId, OrderId, TaskId},
    money::{Currency, Money},
    pieces::Pieces,
    text::Sku,
    time::Timestamp,
    totals::TaxClass,
};
use merkato_contract::coordinator::Offer;
use uuid::Uuid;

/// A store of its own for each test; gone with the test.
struct Fixture {
    store: Store,
    _folder: tempfile::TempDir,
}

async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("till.db");
    Store::migrate_sqlite(&path).await.expect("a database");
    Fixture { store: Store::open_sqlite(&path).await.expect("a store"), _folder: folder }
}

/// Runs each contract on each engine.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::sqlite().await.store).await; })*
        }
    };
}

contract! {
    an_older_offer_never_replaces_a_newer_one,
    stock_is_reserved_only_while_it_lasts,
    many_at_once_reserve_no_more_than_there_is,
    work_that_fails_leaves_nothing_behind,
    a_leased_task_is_nobody_elses_until_the_lease_ends,
    events_of_one_subject_are_delivered_one_after_the_other,
    a_cart_is_found_by_its_owner_only,
    a_line_set_to_nothing_is_gone,
    migrating_twice_changes_nothing,
    the_next_due_moment_is_the_earliest_of_all,
    a_refund_is_closed_once,
    no_more_goes_back_than_was_paid,
}

fn sku(text: &str) -> Sku {
    text.parse().expect("a sku")
}

fn offer(price: i64, version: i64) -> Offer {
    Offer {
        title: "A cup".to_owned(),
        price: Money::new(price, Currency::USD),
        tax_class: TaxClass::Standard,
        weight_grams: 200,
        version,
        active: true,
        initial_stock: None,
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn with_stock(store: &Store, pieces: i64) {
    store
        .write(move |transaction| {
            Box::pin(async move {
                transaction.create_stock(&sku("CUP")).await?;
                transaction.move_stock(&sku("CUP"), pieces).await?;
                Ok::<_, Error>(())
            })
        })
        .await
        .expect("stock");
}

async fn available(store: &Store) -> i64 {
    let levels = store
        .read(|transaction| Box::pin(async move { transaction.stock_levels(&[sku("CUP")]).await }))
        .await
        .expect("levels");
    levels[0].available
}

async fn an_older_offer_never_replaces_a_newer_one(store: Store) {
    for (price, version, stored) in [(900, 2, true), (800, 1, false), (700, 2, false), (600, 3, true)] {
        let changed = store
            .write(move |transaction| {
                Box::pin(async move { transaction.put_offer(&sku("CUP"), &offer(price, version)).await })
            })
            .await
            .expect("a transaction");
        assert_eq!(changed, stored, "version {version}");
    }
    let offers = store
        .read(|transaction| Box::pin(async move { transaction.offers(&[sku("CUP"), sku("NONE")]).await }))
        .await
        .expect("offers");
    assert_eq!(offers.len(), 1);
    assert_eq!(offers[0].price.amount, 600);
}

async fn reserve(store: &Store, pieces: u32) -> bool {
    store
        .write(move |transaction| {
            Box::pin(async move { transaction.reserve_stock(&sku("CUP"), pieces).await })
        })
        .await
        .expect("a transaction")
}

async fn stock_is_reserved_only_while_it_lasts(store: Store) {
    with_stock(&store, 5).await;
    assert!(reserve(&store, 3).await);
    assert!(!reserve(&store, 3).await);
    assert_eq!(available(&store).await, 2);
    store
        .write(|transaction| {
            Box::pin(async move {
                transaction.release_stock(&sku("CUP"), 1).await?;
                transaction.sell_stock(&sku("CUP"), 2).await?;
                Ok::<_, Error>(())
            })
        })
        .await
        .expect("a transaction");
    assert_eq!(available(&store).await, 3);
    assert!(reserve(&store, 3).await);
    assert!(!reserve(&store, 1).await);
}

async fn many_at_once_reserve_no_more_than_there_is(store: Store) {
    with_stock(&store, 10).await;
    let tries = (0..50).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { reserve(&store, 1).await })
    });
    let mut reserved = 0;
    for one in tries.collect::<Vec<_>>() {
        reserved += u32::from(one.await.expect("a task"));
    }
    assert_eq!((reserved, available(&store).await), (10, 0));
}

async fn work_that_fails_leaves_nothing_behind(store: Store) {
    with_stock(&store, 5).await;
    let failed: Result<(), Error> = store
        .write(|transaction| {
            Box::pin(async move {
                transaction.reserve_stock(&sku("CUP"), 2).await?;
                Err(Error::Unusable("the work gave up".to_owned()))
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(available(&store).await, 5);
    // A promise that was never made cannot be taken back: the check in the database refuses.
    let broken: Result<(), Error> = store
        .write(|transaction| Box::pin(async move { transaction.release_stock(&sku("CUP"), 1).await }))
        .await;
    assert!(matches!(broken, Err(Error::Database(_))));
    assert_eq!(available(&store).await, 5);
}

/// An order with one line, as far as tasks and reservations need one.
async fn with_order(store: &Store, number: u128) -> OrderId {
    use merkato::store::records::{NewOrder, OrderFacts};
    use merkato_commerce::{address::Address, order, totals::Totals};
    let order_id = OrderId(id(number));
    let address = Address {
        name: "Hanna".to_owned(),
        line1: "1 Churchill Avenue".to_owned(),
        line2: None,
        city: "Addis Ababa".to_owned(),
        region: None,
        postal_code: "1000".to_owned(),
        country: "ET".to_owned(),
    };
    let (state, _) = order::place(Money::new(1, Currency::USD), order::Capture::Order);
    let totals = Totals {
        subtotal: Money::new(1, Currency::USD),
        total: Money::new(1, Currency::USD),
        ..Totals::zero(Currency::USD)
    };
    let new = Arc::new(NewOrder {
        facts: OrderFacts {
            id: order_id,
            cart: CartId(id(number)),
            user: None,
            access_token_hash: None,
            email: "hanna@merkato.example".to_owned(),
            totals,
            promotions: Vec::new(),
            shipping_address: address.clone(),
            billing_address: address,
            shipping_method: "standard".to_owned(),
            placed_at: Timestamp(0),
            lines: Vec::new(),
        },
        order: state,
        payment_method: "card".to_owned(),
    });
    let stored = Arc::clone(&new);
    store
        .write(move |transaction| {
            let new = Arc::clone(&new);
            Box::pin(async move { transaction.insert_order(&new).await })
        })
        .await
        .expect("an order");
    let read = store
        .read(move |transaction| Box::pin(async move { transaction.order(order_id).await }))
        .await
        .expect("a transaction")
        .expect("the order");
    assert_eq!((&read.facts, read.order), (&stored.facts, stored.order), "an order comes back as it went in");
    order_id
}

async fn lease(store: &Store, now: i64, until: i64) -> Vec<TaskRecord> {
    store
        .write(move |transaction| {
            Box::pin(async move { transaction.lease_tasks(Timestamp(now), Timestamp(until), 10).await })
        })
        .await
        .expect("a transaction")
}

async fn a_leased_task_is_nobody_elses_until_the_lease_ends(store: Store) {
    let order = with_order(&store, 1).await;
    store
        .write(move |transaction| {
            Box::pin(async move {
                let work = TaskWork::Authorize { attempt: 1, token: "tok_approve".to_owned() };
                let task = TaskRecord { id: TaskId(id(7)), order, work, tries: 0, run_at: Timestamp(100) };
                transaction.insert_task(&task).await
            })
        })
        .await
        .expect("a task");
    assert_eq!(lease(&store, 99, 200).await, []);
    let taken = lease(&store, 100, 200).await;
    assert_eq!((taken.len(), taken[0].tries), (1, 1));
    assert_eq!(lease(&store, 199, 300).await, []);
    assert_eq!(lease(&store, 200, 300).await[0].tries, 2, "the lease ran out");
    store
        .write(|transaction| Box::pin(async move { transaction.release_leases().await }))
        .await
        .expect("a transaction");
    assert_eq!(lease(&store, 201, 300).await.len(), 1, "given back by the start of a coordinator");
    store
        .write(|transaction| Box::pin(async move { transaction.delete_task(TaskId(id(7))).await }))
        .await
        .expect("a transaction");
    assert_eq!(lease(&store, 1_000, 2_000).await, []);
}

async fn events_of_one_subject_are_delivered_one_after_the_other(store: Store) {
    store
        .write(|transaction| {
            Box::pin(async move {
                let subscribers = ["mail".to_owned()];
                for (number, subject) in [(1, "a"), (2, "a"), (3, "b")] {
                    let event = OutboxRecord {
                        kind: format!("step {number}"),
                        subject: subject.to_owned(),
                        data: serde_json::json!({ "number": number }),
                        at: Timestamp(0),
                    };
                    transaction.insert_event(EventId(id(number)), &event, &subscribers).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
        .expect("events");
    let lease = |now: i64| {
        let store = store.clone();
        async move {
            store
                .write(move |transaction| {
                    Box::pin(async move {
                        let until = Timestamp(now + 100);
                        transaction.lease_deliveries(Timestamp(now), until, 10).await
                    })
                })
                .await
                .expect("a transaction")
        }
    };
    let first = lease(0).await;
    let kinds = |deliveries: &[merkato::store::records::DeliveryRecord]| {
        let mut kinds = deliveries.iter().map(|one| one.record.kind.clone()).collect::<Vec<_>>();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&first), ["step 1", "step 3"]);
    assert_eq!(kinds(&lease(1).await), Vec::<String>::new(), "step 2 waits for step 1");
    let done = Arc::new(first.into_iter().find(|one| one.record.kind == "step 1").expect("step 1"));
    store
        .write(move |transaction| {
            let done = Arc::clone(&done);
            Box::pin(async move { transaction.delete_delivery(&done).await })
        })
        .await
        .expect("a transaction");
    assert_eq!(kinds(&lease(2).await), ["step 2"]);
}

async fn a_cart_is_found_by_its_owner_only(store: Store) {
    let owner = CartOwner::Guest { token_hash: "abc".to_owned() };
    let stranger = CartOwner::Guest { token_hash: "abd".to_owned() };
    let owners = Arc::new((owner, stranger));
    let (own, strange) = store
        .write(move |transaction| {
            let owners = Arc::clone(&owners);
            Box::pin(async move {
                transaction.insert_cart(CartId(id(1)), &owners.0, Timestamp(0)).await?;
                Ok::<_, Error>((transaction.cart(&owners.0).await?, transaction.cart(&owners.1).await?))
            })
        })
        .await
        .expect("a transaction");
    assert_eq!((own.map(|cart| cart.id), strange), (Some(CartId(id(1))), None));
}

async fn a_line_set_to_nothing_is_gone(store: Store) {
    let lines = store
        .write(|transaction| {
            Box::pin(async move {
                let owner = CartOwner::Guest { token_hash: "abc".to_owned() };
                let cart = CartId(id(1));
                transaction.insert_cart(cart, &owner, Timestamp(0)).await?;
                for (name, quantity, at) in [("B", 2, 1), ("A", 1, 2), ("B", 5, 3), ("A", 0, 4)] {
                    let line = LineRecord { sku: sku(name), quantity };
                    transaction.set_cart_line(cart, &line, Timestamp(at)).await?;
                }
                Ok::<_, Error>(transaction.cart_by_id(cart).await?.map(|cart| cart.lines))
            })
        })
        .await
        .expect("a transaction");
    assert_eq!(lines, Some(vec![LineRecord { sku: sku("B"), quantity: 5 }]));
}

async fn migrating_twice_changes_nothing(store: Store) {
    with_stock(&store, 5).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("till.db");
    Store::migrate_sqlite(&path).await.expect("the first time");
    Store::migrate_sqlite(&path).await.expect("the second time");
    assert_eq!(available(&store).await, 5);
}

async fn the_next_due_moment_is_the_earliest_of_all(store: Store) {
    let next = |store: Store| async move {
        store
            .read(|transaction| Box::pin(async move { transaction.next_due().await }))
            .await
            .expect("a transaction")
    };
    assert_eq!(next(store.clone()).await, None);
    let order = with_order(&store, 1).await;
    store
        .write(move |transaction| {
            Box::pin(async move { transaction.insert_reservation(order, Timestamp(500)).await })
        })
        .await
        .expect("a reservation");
    assert_eq!(next(store.clone()).await, Some(Timestamp(500)));
    store
        .write(move |transaction| {
            Box::pin(async move {
                let work = TaskWork::Void { attempt: 1 };
                let task = TaskRecord { id: TaskId(id(7)), order, work, tries: 0, run_at: Timestamp(300) };
                transaction.insert_task(&task).await
            })
        })
        .await
        .expect("a task");
    assert_eq!(next(store.clone()).await, Some(Timestamp(300)));
    lease(&store, 300, 400).await;
    assert_eq!(next(store).await, Some(Timestamp(400)), "the lease has to run out first");
}

async fn a_refund_is_closed_once(store: Store) {
    let order = with_order(&store, 1).await;
    let refund = Arc::new(RefundRecord {
        id: TaskId(id(7)),
        order,
        attempt: 1,
        amount: Money::new(1, Currency::USD),
        pieces: vec![Pieces { sku: sku("CUP"), quantity: 2 }],
    });
    let asked = Arc::clone(&refund);
    store
        .write(move |transaction| {
            let asked = Arc::clone(&asked);
            Box::pin(async move { transaction.insert_order_refund(&asked, Timestamp(0)).await })
        })
        .await
        .expect("a refund");
    let close = |number: u128, done: bool| {
        let store = store.clone();
        async move {
            store
                .write(move |transaction| {
                    Box::pin(async move { transaction.close_order_refund(TaskId(id(number)), done).await })
                })
                .await
                .expect("a transaction")
        }
    };
    assert_eq!(close(8, true).await, None, "nobody asked for it");
    assert_eq!(close(7, true).await.as_ref(), Some(&*refund), "it comes back as it went in");
    assert_eq!(close(7, true).await, None, "an answer that comes twice counts once");
    assert_eq!(close(7, false).await, None, "nor is it undone by another");
}

async fn no_more_goes_back_than_was_paid(store: Store) {
    let order = with_order(&store, 1).await;
    let set = |refunded: i64, refunding: i64| {
        let store = store.clone();
        async move {
            store
                .write(move |transaction| {
                    Box::pin(async move {
                        let mut record = transaction.order(order).await?.expect("the order");
                        record.order.refunded = Money::new(refunded, Currency::USD);
                        record.order.refunding = Money::new(refunding, Currency::USD);
                        transaction.update_order(&record).await
                    })
                })
                .await
        }
    };
    set(0, 1).await.expect("all of it on its way");
    set(1, 0).await.expect("all of it back");
    for (refunded, refunding) in [(1, 1), (0, 2), (0, -1)] {
        let refused: Result<(), Error> = set(refunded, refunding).await;
        assert!(matches!(refused, Err(Error::Database(_))), "{refunded} and {refunding} of 1");
    }
}
