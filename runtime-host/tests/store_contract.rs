//! What every store must do, whatever its engine. Each test runs on each engine.

#[path = "store_contract/kept.rs"]
mod kept;
#[path = "store_contract/staff.rs"]
mod staff;

use std::sync::Arc;

use merkato::store::{
    Error, Store,
    records::{CartOwner, DeliveryRecord, LineRecord, NewEvent, RefundRecord, TaskRecord, TaskWork},
};
use merkato_commerce::{
    ids::{CartId, EventId, OrderId, TaskId},
    money::{Currency, Money},
    pieces::Pieces,
    text::Sku,
    time::Timestamp,
    totals::TaxClass,
};
use merkato_contract::{coordinator::Offer, event::DeadLetterSelection};
use uuid::Uuid;

use self::kept::{
    a_cart_that_may_be_left_alone_is_looked_at_by_one_until_the_lease_ends,
    a_reminder_that_is_arranged_stays_and_goes_with_its_cart, an_order_says_how_often_it_was_changed,
    what_is_put_aside_comes_and_goes_with_its_cart, wishes_are_forgotten_of_one_user_only,
    wishes_are_paged_the_newest_first_and_each_sku_is_there_once,
};
use self::staff::{
    a_line_of_the_log_is_found_by_who_and_on_what_and_is_written_once,
    a_promotion_is_replaced_only_by_the_version_after_it,
    a_search_that_finds_little_goes_on_where_it_stopped, how_a_subscriber_fares_is_seen,
    orders_are_found_by_each_condition_and_by_all_at_once, sales_add_up_by_day_and_currency,
    sales_of_work_that_fails_are_not_counted,
    stock_is_listed_by_sku_and_what_runs_low_first_where_that_is_asked,
    the_ledger_says_who_moved_what_and_is_paged_from_its_newest_line_on,
    the_log_of_staff_is_paged_from_the_newest_line_on,
    what_stands_in_the_way_of_an_order_is_seen_and_nothing_else,
};

/// A store of its own for each test; gone with the test.
struct Fixture {
    store: Store,
    _folder: Option<tempfile::TempDir>,
}

async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("till.db");
    Store::migrate_sqlite(&path).await.expect("a database");
    // Once more: a second migration must find nothing to do.
    Store::migrate_sqlite(&path).await.expect("the same database");
    Fixture { store: Store::open_sqlite(&path).await.expect("a store"), _folder: Some(folder) }
}

/// None where there is no PostgreSQL; then the test says no more.
async fn postgres() -> Option<Fixture> {
    let database = merkato_tests_postgres::database().await?;
    // Twice, and both at once, as two coordinators that start together do.
    let migrate = || Store::migrate_postgres(&database.url);
    let (one, other) = tokio::join!(migrate(), migrate());
    one.and(other).expect("a database");
    Some(Fixture { store: Store::open_postgres(&database.url).await.expect("a store"), _folder: None })
}

/// Runs each contract on each engine.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::sqlite().await.store).await; })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $name() {
                if let Some(fixture) = super::postgres().await { super::$name(fixture.store).await; }
            })*
        }
    };
}

contract! {
    an_older_offer_never_replaces_a_newer_one,
    stock_is_reserved_only_while_it_lasts,
    many_at_once_reserve_no_more_than_there_is,
    work_that_fails_leaves_nothing_behind,
    a_leased_task_is_nobody_elses_until_the_lease_ends,
    a_task_can_be_held_from_the_start,
    a_task_is_given_back_only_by_who_holds_it,
    events_of_one_subject_are_delivered_one_after_the_other,
    deliveries_are_taken_for_one_subscriber_at_a_time,
    a_delivery_is_given_back_only_by_who_holds_it,
    the_next_delivery_is_due_when_its_wait_or_its_lease_ends,
    a_dead_letter_is_listed_and_can_be_replayed_or_dropped,
    dead_letters_are_paged_in_order,
    what_waits_for_a_former_subscriber_can_be_buried,
    only_events_that_everybody_has_heard_of_are_removed,
    a_cart_is_found_by_its_owner_only,
    a_line_set_to_nothing_is_gone,
    many_at_once_share_commits_and_each_has_its_own_answer,
    work_that_fails_does_not_fail_its_neighbours,
    work_of_one_caller_is_done_in_the_order_in_which_it_was_asked,
    what_is_given_up_on_is_still_done_once,
    an_order_is_read_with_all_that_belongs_to_it,
    every_new_order_has_a_number_of_its_own,
    work_that_waits_beyond_the_limit_is_refused_at_once,
    the_next_due_moment_is_the_earliest_of_all,
    a_refund_is_closed_once,
    no_more_goes_back_than_was_paid,
    what_is_put_aside_comes_and_goes_with_its_cart,
    wishes_are_paged_the_newest_first_and_each_sku_is_there_once,
    wishes_are_forgotten_of_one_user_only,
    a_cart_that_may_be_left_alone_is_looked_at_by_one_until_the_lease_ends,
    a_reminder_that_is_arranged_stays_and_goes_with_its_cart,
    an_order_says_how_often_it_was_changed,
    sales_add_up_by_day_and_currency,
    sales_of_work_that_fails_are_not_counted,
    the_log_of_staff_is_paged_from_the_newest_line_on,
    a_line_of_the_log_is_found_by_who_and_on_what_and_is_written_once,
    orders_are_found_by_each_condition_and_by_all_at_once,
    a_search_that_finds_little_goes_on_where_it_stopped,
    what_stands_in_the_way_of_an_order_is_seen_and_nothing_else,
    stock_is_listed_by_sku_and_what_runs_low_first_where_that_is_asked,
    the_ledger_says_who_moved_what_and_is_paged_from_its_newest_line_on,
    a_promotion_is_replaced_only_by_the_version_after_it,
    how_a_subscriber_fares_is_seen,
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
        facts: Arc::new(OrderFacts {
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
        }),
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

/// An order's task, due at 100 and held until `leased_until` by who is at that try.
async fn with_task(store: &Store, id: TaskId, leased_until: Timestamp, tries: u32) {
    let order = with_order(store, 1).await;
    store
        .write(move |transaction| {
            Box::pin(async move {
                let work = TaskWork::Authorize { attempt: 1, token: "tok_approve".to_owned() };
                let run_at = Timestamp(100);
                let task = TaskRecord { id, order, work, tries, run_at, leased_until, traceparent: None };
                transaction.insert_task(&task).await
            })
        })
        .await
        .expect("a task");
}

async fn a_leased_task_is_nobody_elses_until_the_lease_ends(store: Store) {
    with_task(&store, TaskId(id(7)), Timestamp(0), 0).await;
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

async fn a_task_can_be_held_from_the_start(store: Store) {
    with_task(&store, TaskId(id(7)), Timestamp(150), 1).await;
    assert_eq!(lease(&store, 149, 200).await, []);
    assert_eq!(lease(&store, 150, 200).await[0].tries, 2, "who asked for it is gone");
}

async fn a_task_is_given_back_only_by_who_holds_it(store: Store) {
    let give_back = async |task: TaskRecord, run_at: i64| {
        let task = Arc::new(task);
        let given = store.write(move |transaction| {
            let task = Arc::clone(&task);
            Box::pin(async move { transaction.postpone_task(&task, Timestamp(run_at)).await })
        });
        given.await.expect("a transaction");
    };
    with_task(&store, TaskId(id(7)), Timestamp(0), 0).await;
    let overslept = lease(&store, 100, 200).await.remove(0);
    let held = lease(&store, 200, 300).await.remove(0);
    give_back(overslept, 201).await;
    assert_eq!(lease(&store, 299, 400).await, [], "another holds it by now");
    give_back(held, 250).await;
    assert_eq!(lease(&store, 250, 400).await[0].tries, 3);
}

/// Writes an event with that number, which happened at that time, for `subscribers`.
async fn with_event(store: &Store, number: u128, subject: &'static str, subscribers: &[&str]) {
    let subscribers = subscribers.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    store
        .write(move |transaction| {
            let subscribers = subscribers.clone();
            Box::pin(async move {
                let event = NewEvent {
                    kind: format!("step {number}"),
                    subject: subject.to_owned(),
                    data: serde_json::value::to_raw_value(
                        &serde_json::json!({ "number": u64::try_from(number).expect("a small one") }),
                    )
                    .expect("JSON"),
                    at: Timestamp(i64::try_from(number).expect("a small one")),
                    traceparent: None,
                };
                transaction.insert_event(EventId(id(number)), event, &subscribers).await
            })
        })
        .await
        .expect("an event");
}

/// Takes what is due for `subscriber` until 100 ms after `now`.
async fn lease_for(store: &Store, subscriber: &'static str, now: i64, limit: u32) -> Vec<DeliveryRecord> {
    let mut leased = store
        .write(move |transaction| {
            Box::pin(async move {
                let (now, until) = (Timestamp(now), Timestamp(now + 100));
                transaction.lease_deliveries(subscriber, now, until, limit).await
            })
        })
        .await
        .expect("a transaction");
    leased.sort_by_key(|delivery| delivery.outbox_id);
    leased
}

fn kinds(deliveries: &[DeliveryRecord]) -> Vec<&str> {
    deliveries.iter().map(|one| one.record.kind.as_str()).collect()
}

async fn confirm(store: &Store, delivery: DeliveryRecord) {
    let done = Arc::new(delivery);
    store
        .write(move |transaction| {
            let done = Arc::clone(&done);
            Box::pin(async move { transaction.delete_delivery(&done, Timestamp(0)).await })
        })
        .await
        .expect("a transaction");
}

async fn postpone(store: &Store, delivery: DeliveryRecord, run_at: i64, dead: bool) {
    let failed = Arc::new(delivery);
    store
        .write(move |transaction| {
            let failed = Arc::clone(&failed);
            Box::pin(async move {
                transaction.postpone_delivery(&failed, Timestamp(run_at), dead, "answered 500").await
            })
        })
        .await
        .expect("a transaction");
}

async fn next_delivery(store: &Store, subscriber: &'static str, now: i64) -> Option<i64> {
    let next = store
        .read(move |transaction| {
            Box::pin(async move { transaction.next_delivery(subscriber, Timestamp(now)).await })
        })
        .await
        .expect("a transaction");
    next.map(|next| next.0)
}

async fn events_of_one_subject_are_delivered_one_after_the_other(store: Store) {
    for (number, subject) in [(1, "a"), (2, "a"), (3, "b")] {
        with_event(&store, number, subject, &["mail"]).await;
    }
    let first = lease_for(&store, "mail", 10, 10).await;
    assert_eq!(kinds(&first), ["step 1", "step 3"]);
    assert_eq!(kinds(&lease_for(&store, "mail", 11, 10).await), [""; 0], "step 2 waits for step 1");
    let first = first.into_iter().next().expect("step 1");
    postpone(&store, first, 50, false).await;
    assert_eq!(kinds(&lease_for(&store, "mail", 12, 10).await), [""; 0], "even while step 1 waits");
    let first = lease_for(&store, "mail", 50, 10).await.pop().expect("step 1 again");
    assert_eq!((first.record.kind.as_str(), first.tries), ("step 1", 2));
    confirm(&store, first).await;
    let second = lease_for(&store, "mail", 51, 10).await;
    assert_eq!(kinds(&second), ["step 2"]);
    assert_eq!(second[0].record.data, serde_json::json!({ "number": 2 }));
}

async fn deliveries_are_taken_for_one_subscriber_at_a_time(store: Store) {
    for (number, subject) in [(1, "a"), (2, "b"), (3, "c")] {
        with_event(&store, number, subject, &["mail", "search"]).await;
    }
    assert_eq!(kinds(&lease_for(&store, "mail", 10, 2).await), ["step 1", "step 2"], "no more than wanted");
    assert_eq!(kinds(&lease_for(&store, "search", 10, 10).await), ["step 1", "step 2", "step 3"]);
    assert_eq!(kinds(&lease_for(&store, "mail", 10, 10).await), ["step 3"]);
    assert_eq!(kinds(&lease_for(&store, "nobody", 10, 10).await), [""; 0]);
}

async fn a_delivery_is_given_back_only_by_who_holds_it(store: Store) {
    with_event(&store, 5, "a", &["mail"]).await;
    let overslept = lease_for(&store, "mail", 10, 10).await.remove(0);
    let held = lease_for(&store, "mail", 110, 10).await.remove(0);
    for dead in [false, true] {
        postpone(&store, overslept.clone(), 120, dead).await;
        assert_eq!(kinds(&lease_for(&store, "mail", 121, 10).await), [""; 0], "another holds it by now");
    }
    postpone(&store, held, 130, false).await;
    assert_eq!(kinds(&lease_for(&store, "mail", 130, 10).await), ["step 5"]);
}

async fn the_next_delivery_is_due_when_its_wait_or_its_lease_ends(store: Store) {
    assert_eq!(next_delivery(&store, "mail", 0).await, None);
    with_event(&store, 5, "a", &["mail"]).await;
    with_event(&store, 6, "a", &["mail"]).await;
    assert_eq!(next_delivery(&store, "mail", 0).await, Some(5));
    assert_eq!(next_delivery(&store, "search", 0).await, None);
    let first = lease_for(&store, "mail", 10, 10).await.pop().expect("step 5");
    assert_eq!(next_delivery(&store, "mail", 10).await, Some(110), "step 6 waits for the end of step 5");
    postpone(&store, first, 70, false).await;
    assert_eq!(next_delivery(&store, "mail", 11).await, Some(70));
    let first = lease_for(&store, "mail", 70, 10).await.pop().expect("step 5");
    postpone(&store, first, 80, true).await;
    assert_eq!(next_delivery(&store, "mail", 71).await, Some(6), "a dead letter holds nobody up");
    let second = lease_for(&store, "mail", 71, 10).await.pop().expect("step 6");
    confirm(&store, second).await;
    assert_eq!(next_delivery(&store, "mail", 72).await, None, "a dead letter is not waited for");
}

/// Events 1 to 4, given up by those subscribers.
async fn with_dead_letters(store: &Store) {
    for (number, subject, subscribers) in
        [(1, "a", &["mail", "search"][..]), (2, "a", &["mail"]), (3, "b", &["mail"]), (4, "c", &["search"])]
    {
        with_event(store, number, subject, subscribers).await;
    }
    for subscriber in ["mail", "search"] {
        loop {
            let leased = lease_for(store, subscriber, 10, 1).await;
            let Some(delivery) = leased.into_iter().next() else { break };
            postpone(store, delivery, 10, true).await;
        }
    }
}

async fn dead_letters(
    store: &Store,
    selection: &DeadLetterSelection,
    after: Option<(i64, &str)>,
    limit: u32,
) -> Vec<(String, String)> {
    let wanted = (selection.clone(), after.map(|(id, name)| (id, name.to_owned())));
    let letters = store
        .read(move |transaction| {
            let (selection, after) = wanted.clone();
            Box::pin(async move { transaction.dead_letters(&selection, after, limit).await })
        })
        .await
        .expect("a transaction");
    for letter in &letters {
        assert_eq!((letter.last_error.as_str(), letter.delivery.tries), ("answered 500", 1));
    }
    let shown = letters.into_iter().map(|letter| (letter.delivery.record.kind, letter.delivery.subscriber));
    shown.collect()
}

fn of(subscriber: Option<&str>, event: Option<u128>) -> DeadLetterSelection {
    DeadLetterSelection {
        subscriber: subscriber.map(str::to_owned),
        event_id: event.map(|number| EventId(id(number))),
    }
}

async fn a_dead_letter_is_listed_and_can_be_replayed_or_dropped(store: Store) {
    with_dead_letters(&store).await;
    let replay = |selection: DeadLetterSelection| {
        let store = store.clone();
        async move {
            store
                .write(move |transaction| {
                    let selection = selection.clone();
                    Box::pin(async move { transaction.replay_dead_letters(&selection, Timestamp(20)).await })
                })
                .await
                .expect("a transaction")
        }
    };
    let drop = |selection: DeadLetterSelection| {
        let store = store.clone();
        async move {
            store
                .write(move |transaction| {
                    let selection = selection.clone();
                    Box::pin(async move { transaction.drop_dead_letters(&selection).await })
                })
                .await
                .expect("a transaction")
        }
    };
    assert_eq!(replay(of(Some("mail"), Some(4))).await, 0, "it was never meant for mail");
    assert_eq!(replay(of(Some("mail"), Some(1))).await, 1);
    let again = lease_for(&store, "mail", 20, 10).await.pop().expect("step 1");
    assert_eq!((again.record.kind.as_str(), again.tries), ("step 1", 1), "as if it had never been tried");
    assert_eq!(dead_letters(&store, &of(Some("mail"), None), None, 10).await.len(), 2);
    assert_eq!(drop(of(Some("search"), None)).await, 2);
    assert_eq!(drop(of(Some("search"), None)).await, 0);
    assert_eq!(drop(of(None, Some(1))).await, 0, "what is under way is no dead letter");
    assert_eq!(replay(of(None, None)).await, 2);
    assert_eq!(dead_letters(&store, &of(None, None), None, 10).await, []);
}

async fn dead_letters_are_paged_in_order(store: Store) {
    with_dead_letters(&store).await;
    let named = |letters: &[(&str, &str)]| {
        letters.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect::<Vec<_>>()
    };
    let all = [
        ("step 1", "mail"),
        ("step 1", "search"),
        ("step 2", "mail"),
        ("step 3", "mail"),
        ("step 4", "search"),
    ];
    assert_eq!(dead_letters(&store, &of(None, None), None, 10).await, named(&all));
    assert_eq!(dead_letters(&store, &of(None, None), None, 1).await, named(&all[..1]));
    assert_eq!(dead_letters(&store, &of(None, None), Some((1, "mail")), 2).await, named(&all[1..3]));
    assert_eq!(dead_letters(&store, &of(None, None), Some((4, "search")), 2).await, []);
    assert_eq!(dead_letters(&store, &of(None, Some(1)), None, 10).await, named(&all[..2]));
    let of_search = named(&[("step 1", "search"), ("step 4", "search")]);
    assert_eq!(dead_letters(&store, &of(Some("search"), None), None, 10).await, of_search);
}

async fn what_waits_for_a_former_subscriber_can_be_buried(store: Store) {
    let awaited = |store: Store| async move {
        store
            .read(|transaction| Box::pin(async move { transaction.awaited_subscribers().await }))
            .await
            .expect("a transaction")
    };
    assert_eq!(awaited(store.clone()).await, [""; 0]);
    with_event(&store, 1, "a", &["mail", "search"]).await;
    with_event(&store, 2, "a", &["search"]).await;
    assert_eq!(awaited(store.clone()).await, ["mail", "search"]);
    let buried = store
        .write(|transaction| {
            Box::pin(async move { transaction.bury_deliveries("search", "answered 500").await })
        })
        .await
        .expect("a transaction");
    assert_eq!((buried, awaited(store.clone()).await), (2, vec!["mail".to_owned()]));
}

async fn only_events_that_everybody_has_heard_of_are_removed(store: Store) {
    let oldest = |store: Store| async move {
        store
            .read(|transaction| Box::pin(async move { transaction.oldest_confirmed_event().await }))
            .await
            .expect("a transaction")
            .map(|at| at.0)
    };
    let remove = |before: i64, limit: u32| {
        let store = store.clone();
        async move {
            store
                .write(move |transaction| {
                    Box::pin(
                        async move { transaction.delete_confirmed_events(Timestamp(before), limit).await },
                    )
                })
                .await
                .expect("a transaction")
        }
    };
    assert_eq!(oldest(store.clone()).await, None);
    with_event(&store, 1, "a", &["mail"]).await;
    for number in 2..=6 {
        with_event(&store, number, "a", &[]).await;
    }
    assert_eq!(oldest(store.clone()).await, Some(2), "mail has yet to hear of the first");
    assert_eq!(remove(2, 10).await, 0, "nothing is from before that time");
    assert_eq!(remove(6, 3).await, 3, "no more than wanted");
    assert_eq!(remove(6, 3).await, 1);
    assert_eq!(oldest(store.clone()).await, Some(6));
    let first = lease_for(&store, "mail", 10, 10).await.pop().expect("the first is still there");
    postpone(&store, first, 10, true).await;
    assert_eq!(remove(100, 10).await, 1, "a dead letter keeps its event");
    assert_eq!(dead_letters(&store, &of(None, None), None, 10).await.len(), 1);
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

async fn many_at_once_share_commits_and_each_has_its_own_answer(store: Store) {
    with_stock(&store, 1_000).await;
    let tries = (1..=200).map(|pieces: u32| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .write(move |transaction| {
                    Box::pin(async move {
                        transaction.reserve_stock(&sku("CUP"), 1).await?;
                        Ok::<_, Error>(pieces)
                    })
                })
                .await
        })
    });
    for (expected, answer) in (1..).zip(tries.collect::<Vec<_>>()) {
        assert_eq!(answer.await.expect("a task").expect("a transaction"), expected);
    }
    assert_eq!(available(&store).await, 800);
}

async fn work_that_fails_does_not_fail_its_neighbours(store: Store) {
    with_stock(&store, 100).await;
    let mut answers = tokio::task::JoinSet::new();
    for number in 0..90 {
        let store = store.clone();
        answers.spawn(async move {
            store
                .write(move |transaction| {
                    Box::pin(async move {
                        transaction.reserve_stock(&sku("CUP"), 1).await?;
                        match number % 3 {
                            // Changes its mind.
                            0 => Err(Error::Unusable("the work gave up".to_owned())),
                            // Is refused by the database: there is no such cart, and nothing was promised before.
                            1 => transaction.release_stock(&sku("CUP"), 1_000).await,
                            _ => Ok(()),
                        }
                    })
                })
                .await
                .is_ok()
        });
    }
    let done = answers.join_all().await.into_iter().filter(|done| *done).count();
    assert_eq!((done, available(&store).await), (30, 70));
}

async fn work_of_one_caller_is_done_in_the_order_in_which_it_was_asked(store: Store) {
    store
        .write(|transaction| {
            Box::pin(async move {
                let owner = CartOwner::Guest { token_hash: "abc".to_owned() };
                transaction.insert_cart(CartId(id(1)), &owner, Timestamp(0)).await
            })
        })
        .await
        .expect("a cart");
    let mut asked = Vec::new();
    for quantity in 1..=50 {
        asked.push(store.write(move |transaction| {
            Box::pin(async move {
                let line = LineRecord { sku: sku("CUP"), quantity };
                transaction.set_cart_line(CartId(id(1)), &line, Timestamp(i64::from(quantity))).await
            })
        }));
    }
    for answer in futures::future::join_all(asked).await {
        answer.expect("a transaction");
    }
    let cart = store
        .read(|transaction| Box::pin(async move { transaction.cart_by_id(CartId(id(1))).await }))
        .await
        .expect("a transaction")
        .expect("the cart");
    assert_eq!(cart.lines, [LineRecord { sku: sku("CUP"), quantity: 50 }]);
}

async fn what_is_given_up_on_is_still_done_once(store: Store) {
    with_stock(&store, 10).await;
    let reserve_one = || {
        store.write(|transaction| Box::pin(async move { transaction.reserve_stock(&sku("CUP"), 1).await }))
    };
    // Polled once, so that the work is in the queue, and then dropped, as by a client that went away.
    {
        let asked = std::pin::pin!(reserve_one());
        assert!(futures::poll!(asked).is_pending());
    }
    // Whatever was asked before is done before.
    assert!(reserve_one().await.expect("a transaction"));
    assert_eq!(available(&store).await, 8);
}

async fn an_order_is_read_with_all_that_belongs_to_it(store: Store) {
    use merkato_commerce::ids::PaymentId;
    let order = with_order(&store, 1).await;
    let read = |store: Store| async move {
        store
            .read(move |transaction| Box::pin(async move { transaction.order(order).await }))
            .await
            .expect("a transaction")
            .expect("the order")
    };
    let written = store
        .write(move |transaction| {
            Box::pin(async move {
                transaction.insert_order_payment(order, 1, PaymentId(id(11))).await?;
                transaction.insert_order_event(order, "pending_payment", "placed", Timestamp(1)).await?;
                transaction.insert_order_payment(order, 2, PaymentId(id(10))).await?;
                transaction.insert_order_event(order, "confirmed", "paid", Timestamp(2)).await?;
                let mut record = transaction.order(order).await?.expect("the order");
                record.decline_reason = Some("\"quoted\" & ünïcode \n".to_owned());
                transaction.update_order(&mut record).await?;
                Ok::<_, Error>(transaction.order(order).await?.expect("the order"))
            })
        })
        .await
        .expect("a transaction");
    assert_eq!(read(store.clone()).await, written, "what work sees of its changes is what is stored");
    assert_eq!(written.payments, [PaymentId(id(11)), PaymentId(id(10))]);
    assert_eq!(written.history[1], ("confirmed".to_owned(), "paid".to_owned(), Timestamp(2)));
}

async fn every_new_order_has_a_number_of_its_own(store: Store) {
    let mut numbers = Vec::new();
    for number in 1..=5 {
        let order = with_order(&store, number).await;
        let record = store
            .read(move |transaction| Box::pin(async move { transaction.order(order).await }))
            .await
            .expect("a transaction")
            .expect("the order");
        numbers.push(record.number);
    }
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(numbers, sorted, "later orders have greater numbers");
    assert!(numbers[0] > 1_000);
}

async fn work_that_waits_beyond_the_limit_is_refused_at_once(store: Store) {
    with_stock(&store, 10_000).await;
    let asked = (0..3_000).map(|_| {
        store.write(|transaction| Box::pin(async move { transaction.reserve_stock(&sku("CUP"), 1).await }))
    });
    let mut refused = 0;
    let mut done = 0;
    for answer in futures::future::join_all(asked).await {
        match answer {
            Ok(reserved) => done += i64::from(reserved),
            Err(Error::Busy) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 0, "the queue has no end");
    assert_eq!(done + refused, 3_000);
    assert_eq!(available(&store).await, 10_000 - done, "what was refused was not done");
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
                let task = TaskRecord {
                    id: TaskId(id(7)),
                    order,
                    work,
                    tries: 0,
                    run_at: Timestamp(300),
                    leased_until: Timestamp(0),
                    traceparent: None,
                };
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
                        transaction.update_order(&mut record).await
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
