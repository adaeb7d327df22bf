//! What staff look at, and what is kept of what they did.

use std::sync::Arc;

use merkato::store::{
    Error, Store,
    records::{
        NewOrder, OrderFacts, OrderLineRecord, PromotionRecord, RefundRecord, StockMovementRecord,
        TaskRecord, TaskWork,
    },
    staff::{
        ActionFilter, KeyedMovement, ObstacleTerms, OrderSearch, Place, SalesRecord, StaffActionRecord,
        SubscriberRecord, WaitingRecord,
    },
};
use merkato_commerce::{
    address::Address,
    ids::{CartId, OrderId, StaffActionId, StockMovementId, TaskId, UserId},
    money::{Currency, Money},
    order::{self, PaymentState, State, StockState},
    promotion::{Promotion, Rule, Validity},
    text::{PromotionCode, Sku},
    time::{Day, Timestamp},
    totals::Totals,
};
use merkato_contract::staff::orders::ObstacleKind;

use super::{confirm, id, lease_for, offer, postpone, sku, with_event};

const ANYTHING: OrderSearch =
    OrderSearch { state: None, email: None, number: None, sku: None, from: None, to: None, after: None };

fn dollars(day: i64, [carts, orders, gross, refunded]: [i64; 4]) -> SalesRecord {
    SalesRecord { day: Day(day), currency: Currency::USD, carts, orders, gross, refunded }
}

async fn count(store: &Store, sales: SalesRecord) {
    let counted =
        store.write(move |transaction| Box::pin(async move { transaction.count_sales(&sales).await }));
    counted.await.expect("a transaction");
}

pub async fn sales_add_up_by_day_and_currency(store: Store) {
    let euros = SalesRecord { currency: "EUR".parse().expect("a currency"), ..dollars(7, [0, 1, 5, 0]) };
    for sales in [dollars(7, [1, 0, 0, 0]), dollars(7, [0, 1, 900, 0]), euros, dollars(8, [2, 0, 0, 400])] {
        count(&store, sales).await;
    }
    count(&store, dollars(6, [9, 9, 9, 9])).await;
    let found = store
        .read(|transaction| Box::pin(async move { transaction.sales(Day(7), Day(8)).await }))
        .await
        .expect("sales");
    assert_eq!(found, [dollars(8, [2, 0, 0, 400]), euros, dollars(7, [1, 1, 900, 0])]);
}

pub async fn sales_of_work_that_fails_are_not_counted(store: Store) {
    let failed: Result<(), Error> = store
        .write(|transaction| {
            Box::pin(async move {
                transaction.count_sales(&dollars(7, [1, 1, 1, 1])).await?;
                Err(Error::Unusable("the work gave up".to_owned()))
            })
        })
        .await;
    assert!(failed.is_err());
    let many = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { count(&store, dollars(7, [0, 1, 10, 0])).await })
    });
    for one in many.collect::<Vec<_>>() {
        one.await.expect("a task");
    }
    let found = store
        .read(|transaction| Box::pin(async move { transaction.sales(Day(7), Day(7)).await }))
        .await
        .expect("sales");
    assert_eq!(found, [dollars(7, [0, 20, 200, 0])]);
}

fn line(number: u128, at: i64, actor: Option<u128>, subject: &str) -> StaffActionRecord {
    StaffActionRecord {
        id: StaffActionId(id(number)),
        at: Timestamp(at),
        actor: actor.map(|actor| UserId(id(actor))),
        service: Some("backoffice".to_owned()),
        action: "order.ship".to_owned(),
        subject: subject.to_owned(),
        detail: format!("line {number}"),
        outcome: "order shipped".to_owned(),
    }
}

async fn log(store: &Store, line: StaffActionRecord) {
    let line = Arc::new(line);
    let written = store.write(move |transaction| {
        let line = Arc::clone(&line);
        Box::pin(async move { transaction.insert_staff_action(&line).await })
    });
    written.await.expect("a transaction");
}

async fn logged(
    store: &Store,
    filter: ActionFilter,
    after: Option<Place>,
    limit: u32,
) -> Vec<StaffActionRecord> {
    let filter = Arc::new(filter);
    let found = store.read(move |transaction| {
        let filter = Arc::clone(&filter);
        Box::pin(async move { transaction.staff_actions(&filter, after, limit).await })
    });
    found.await.expect("lines")
}

pub async fn the_log_of_staff_is_paged_from_the_newest_line_on(store: Store) {
    for (number, at) in [(1, 10), (2, 20), (3, 20), (4, 30)] {
        log(&store, line(number, at, Some(7), "order/1")).await;
    }
    let first = logged(&store, ActionFilter::default(), None, 2).await;
    assert_eq!(first, [line(4, 30, Some(7), "order/1"), line(3, 20, Some(7), "order/1")]);
    // What is written between two pages moves neither.
    log(&store, line(5, 40, Some(7), "order/1")).await;
    let place = Place { at: first[1].at, id: first[1].id.0 };
    let rest = logged(&store, ActionFilter::default(), Some(place), 9).await;
    assert_eq!(rest, [line(2, 20, Some(7), "order/1"), line(1, 10, Some(7), "order/1")]);
}

pub async fn a_line_of_the_log_is_found_by_who_and_on_what_and_is_written_once(store: Store) {
    log(&store, line(1, 10, Some(7), "order/1")).await;
    log(&store, line(2, 20, Some(8), "order/1")).await;
    log(&store, line(3, 30, None, "sku/CUP")).await;
    // The same report comes again, with other words: the first stays.
    log(&store, line(1, 99, Some(9), "order/2")).await;
    let by = |actor: Option<u128>, subject: Option<&str>| ActionFilter {
        actor: actor.map(|actor| UserId(id(actor))),
        subject: subject.map(str::to_owned),
    };
    let cases = [
        (by(None, None), vec![3, 2, 1]),
        (by(Some(7), None), vec![1]),
        (by(None, Some("order/1")), vec![2, 1]),
        (by(Some(8), Some("order/1")), vec![2]),
        (by(Some(8), Some("sku/CUP")), vec![]),
        (by(Some(9), None), vec![]),
    ];
    for (filter, expected) in cases {
        let found = logged(&store, filter.clone(), None, 9).await;
        let numbers = found.iter().map(|line| line.id.0.as_u128()).collect::<Vec<_>>();
        assert_eq!(numbers, expected, "{filter:?}");
    }
}

/// The id of the order that is placed in minute `minute`.
fn order_at(minute: u64) -> OrderId {
    OrderId(uuid::Builder::from_unix_timestamp_millis(minute * 60_000, &[7; 10]).into_uuid())
}

/// An order that is placed in minute `minute`, of `email`, with one `sku` in it.
async fn place(store: &Store, minute: u64, email: &str, sku: &str, stands: order::Order) -> i64 {
    let usd = |amount| Money::new(amount, Currency::USD);
    let address = Address {
        name: "Hanna".to_owned(),
        line1: "1 Churchill Avenue".to_owned(),
        line2: None,
        city: "Addis Ababa".to_owned(),
        region: None,
        postal_code: "1000".to_owned(),
        country: "ET".to_owned(),
    };
    let line = OrderLineRecord {
        sku: sku.parse().expect("a sku"),
        title: "A cup".to_owned(),
        unit_price: usd(1),
        quantity: 1,
    };
    let new = Arc::new(NewOrder {
        facts: Arc::new(OrderFacts {
            id: order_at(minute),
            cart: CartId(id(u128::from(minute))),
            user: None,
            access_token_hash: None,
            email: email.to_owned(),
            totals: Totals { subtotal: usd(1), total: usd(1), ..Totals::zero(Currency::USD) },
            promotions: Vec::new(),
            shipping_address: address.clone(),
            billing_address: address,
            shipping_method: "standard".to_owned(),
            placed_at: Timestamp(i64::try_from(minute).expect("small") * 60_000),
            lines: vec![line],
        }),
        order: stands,
        payment_method: "card".to_owned(),
    });
    let number = store.write(move |transaction| {
        let new = Arc::clone(&new);
        Box::pin(async move { transaction.insert_order(&new).await })
    });
    number.await.expect("an order")
}

fn standing(state: State, payment: PaymentState, stock: StockState) -> order::Order {
    let (placed, _) = order::place(Money::new(1, Currency::USD), order::Capture::Shipment);
    order::Order { state, payment, stock, ..placed }
}

fn pending() -> order::Order {
    standing(State::PendingPayment, PaymentState::Authorizing, StockState::Reserved)
}

fn confirmed() -> order::Order {
    standing(State::Confirmed, PaymentState::Authorized, StockState::Sold)
}

/// The minutes of the orders found, and of the one to go on after.
async fn search(store: &Store, search: OrderSearch, looked_max: u32, limit: u32) -> (Vec<u64>, Option<u64>) {
    let minute = |order: &OrderId| order.0.get_timestamp().map_or(0, |time| time.to_unix().0 / 60);
    let search = Arc::new(search);
    let found = store.read(move |transaction| {
        let search = Arc::clone(&search);
        Box::pin(async move { transaction.find_orders(&search, looked_max, limit).await })
    });
    let found = found.await.expect("orders");
    (found.ids.iter().map(minute).collect(), found.next.as_ref().map(minute))
}

pub async fn orders_are_found_by_each_condition_and_by_all_at_once(store: Store) {
    place(&store, 10, "Hanna@merkato.example", "CUP", confirmed()).await;
    let number = place(&store, 20, "abebe@merkato.example", "CUP", confirmed()).await;
    place(&store, 30, "hanna@merkato.example", "POT", pending()).await;
    let state = |state| OrderSearch { state: Some(state), ..ANYTHING };
    let email = |email: &str| OrderSearch { email: Some(email.to_owned()), ..ANYTHING };
    let with = |text: &str| OrderSearch { sku: Some(sku(text)), ..ANYTHING };
    let placed = |from: Option<i64>, to: Option<i64>| OrderSearch {
        from: from.map(|minute| Timestamp(minute * 60_000)),
        to: to.map(|minute| Timestamp(minute * 60_000)),
        ..ANYTHING
    };
    let cases = [
        (ANYTHING, vec![30, 20, 10]),
        (state(State::Confirmed), vec![20, 10]),
        (state(State::PendingPayment), vec![30]),
        (state(State::Refunded), vec![]),
        (email("HANNA@merkato.example"), vec![30, 10]),
        (email("hanna"), vec![]),
        (with("CUP"), vec![20, 10]),
        (OrderSearch { number: Some(number), ..ANYTHING }, vec![20]),
        (OrderSearch { number: Some(number), ..with("POT") }, vec![]),
        (OrderSearch { state: Some(State::Confirmed), ..email("hanna@merkato.example") }, vec![10]),
        (OrderSearch { email: Some("abebe@merkato.example".to_owned()), ..with("CUP") }, vec![20]),
        // From the first moment on, and up to the last, which is left out.
        (placed(Some(20), None), vec![30, 20]),
        (placed(None, Some(20)), vec![10]),
        (placed(Some(10), Some(20)), vec![10]),
        (OrderSearch { after: Some(order_at(30)), ..ANYTHING }, vec![20, 10]),
    ];
    for (wanted, expected) in cases {
        assert_eq!(search(&store, wanted.clone(), 100, 9).await, (expected, None), "{wanted:?}");
    }
}

pub async fn a_search_that_finds_little_goes_on_where_it_stopped(store: Store) {
    place(&store, 10, "hanna@merkato.example", "CUP", pending()).await;
    for minute in [20, 30, 40] {
        place(&store, minute, "abebe@merkato.example", "CUP", confirmed()).await;
    }
    let unpaid = OrderSearch { state: Some(State::PendingPayment), ..ANYTHING };
    let page = |after: Option<u64>| OrderSearch { after: after.map(order_at), ..unpaid.clone() };
    assert_eq!(search(&store, page(None), 2, 9).await, (vec![], Some(30)), "two were looked at");
    // One that comes meanwhile is on no later page.
    place(&store, 50, "hanna@merkato.example", "CUP", pending()).await;
    assert_eq!(search(&store, page(Some(30)), 2, 9).await, (vec![10], Some(10)));
    assert_eq!(search(&store, page(Some(10)), 2, 9).await, (vec![], None), "that was all");
    assert_eq!(search(&store, ANYTHING, 100, 2).await, (vec![50, 40], Some(40)));
}

async fn hold(store: &Store, minute: u64, expires_at: i64) {
    let held = store.write(move |transaction| {
        Box::pin(async move { transaction.insert_reservation(order_at(minute), Timestamp(expires_at)).await })
    });
    held.await.expect("a reservation");
}

async fn ask(store: &Store, minute: u64, run_at: i64, tries: u32) {
    let task = Arc::new(TaskRecord {
        id: TaskId(id(u128::from(minute))),
        order: order_at(minute),
        work: TaskWork::Capture { attempt: 1 },
        tries,
        run_at: Timestamp(run_at),
        leased_until: Timestamp(0),
        traceparent: None,
    });
    let asked = store.write(move |transaction| {
        let task = Arc::clone(&task);
        Box::pin(async move { transaction.insert_task(&task).await })
    });
    asked.await.expect("a task");
}

async fn have_a_refund_refused(store: &Store, minute: u64, asked_at: i64) {
    let refund = Arc::new(RefundRecord {
        id: TaskId(id(1_000 + u128::from(minute))),
        order: order_at(minute),
        attempt: 1,
        amount: Money::new(1, Currency::USD),
        pieces: Vec::new(),
    });
    let refused = store.write(move |transaction| {
        let refund = Arc::clone(&refund);
        Box::pin(async move {
            transaction.insert_order_refund(&refund, Timestamp(asked_at)).await?;
            transaction.close_order_refund(refund.id, false).await
        })
    });
    refused.await.expect("a refund");
}

pub async fn what_stands_in_the_way_of_an_order_is_seen_and_nothing_else(store: Store) {
    const NOW: i64 = 100 * 60_000;
    let delivered = standing(State::Delivered, PaymentState::Captured, StockState::Sold);
    let failed = standing(State::Shipped, PaymentState::CaptureFailed, StockState::Sold);
    let unsold = standing(State::Confirmed, PaymentState::Captured, StockState::Reserved);
    let orders = [
        (10, confirmed()), // set aside for long
        (20, failed),
        (30, delivered), // a refund of it was refused
        (31, delivered), // the same, long ago
        (40, unsold),
        (50, pending()),   // its time is over, and it is asked for
        (60, pending()),   // nobody asks
        (70, pending()),   // all is well
        (80, delivered),   // asked often
        (81, delivered),   // due for long
        (82, delivered),   // all is well
        (90, confirmed()), // just paid
    ];
    for (minute, stands) in orders {
        place(&store, minute, "hanna@merkato.example", "CUP", stands).await;
    }
    have_a_refund_refused(&store, 30, NOW - 10).await;
    have_a_refund_refused(&store, 31, NOW - 1_000_000).await;
    for (minute, expires_at) in [(50, NOW - 1_000), (60, NOW + 1_000), (70, NOW + 1_000)] {
        hold(&store, minute, expires_at).await;
    }
    for (minute, run_at, tries) in
        [(50, NOW, 1), (70, NOW, 1), (80, NOW + 5_000, 8), (81, NOW - 1_000, 2), (82, NOW, 7)]
    {
        ask(&store, minute, run_at, tries).await;
    }
    let terms = ObstacleTerms {
        due_before: Timestamp(NOW - 500),
        tries_min: 8,
        overdue_before: Timestamp(NOW - 500),
        captured_before: Timestamp(80 * 60_000),
        refused_since: Timestamp(NOW - 500_000),
    };
    let seen = async |after: Option<u64>, limit: u32| {
        let found = store.read(move |transaction| {
            Box::pin(async move { transaction.obstacles(terms, after.map(order_at), limit).await })
        });
        found.await.expect("obstacles")
    };
    let found = seen(None, 50).await;
    let kinds = found.iter().map(|obstacle| (obstacle.order, obstacle.kind)).collect::<Vec<_>>();
    let expected = [
        (10, ObstacleKind::NotCaptured),
        (20, ObstacleKind::CaptureFailed),
        (30, ObstacleKind::RefundRefused),
        (40, ObstacleKind::NotSold),
        (50, ObstacleKind::NotEnded),
        (60, ObstacleKind::NobodyAsks),
        (80, ObstacleKind::NoAnswer),
        (81, ObstacleKind::WorkWaits),
    ];
    assert_eq!(kinds, expected.map(|(minute, kind)| (order_at(minute), kind)));
    assert_eq!((found[4].since, found[6].tries), (Some(Timestamp(NOW - 1_000)), Some(8)));
    let later = seen(Some(60), 50).await;
    assert_eq!(later, found[6..], "those after one of them");
}

async fn with_stock_of(store: &Store, text: &'static str, pieces: i64, active: bool) {
    let stocked = store.write(move |transaction| {
        Box::pin(async move {
            transaction
                .put_offer(&sku(text), &merkato_contract::coordinator::Offer { active, ..offer(100, 1) })
                .await?;
            transaction.create_stock(&sku(text)).await?;
            transaction.move_stock(&sku(text), pieces).await
        })
    });
    stocked.await.expect("stock");
}

pub async fn stock_is_listed_by_sku_and_what_runs_low_first_where_that_is_asked(store: Store) {
    for (text, pieces, active) in [("A", 3, true), ("B", 9, true), ("C", 1, false), ("a", 1, true)] {
        with_stock_of(&store, text, pieces, active).await;
    }
    let reserved =
        store.write(|transaction| Box::pin(async move { transaction.reserve_stock(&sku("B"), 9).await }));
    assert!(reserved.await.expect("a transaction"));
    let listed = async |below: Option<i64>, after: Option<Sku>, limit: u32| {
        let after = Arc::new(after);
        let found = store.read(move |transaction| {
            let after = Arc::clone(&after);
            Box::pin(async move { transaction.stock_entries(below, (*after).as_ref(), limit).await })
        });
        let found = found.await.expect("stock").into_iter();
        found.map(|entry| (entry.sku.to_string(), entry.on_hand - entry.reserved)).collect::<Vec<_>>()
    };
    let named = |entries: &[(&str, i64)]| {
        entries.iter().map(|(sku, left)| ((*sku).to_owned(), *left)).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None, 9).await, named(&[("A", 3), ("B", 0), ("C", 1), ("a", 1)]));
    assert_eq!(listed(None, Some(sku("A")), 2).await, named(&[("B", 0), ("C", 1)]));
    assert_eq!(listed(Some(3), None, 9).await, named(&[("B", 0), ("C", 1), ("a", 1)]));
    let low = store
        .read(|transaction| Box::pin(async move { transaction.low_stock(3, 9).await }))
        .await
        .expect("stock");
    let low = low.iter().map(|entry| (entry.sku.as_str(), entry.active)).collect::<Vec<_>>();
    assert_eq!(low, [("B", true), ("a", true)], "what is not offered may run out");
}

pub async fn the_ledger_says_who_moved_what_and_is_paged_from_its_newest_line_on(store: Store) {
    with_stock_of(&store, "CUP", 5, true).await;
    let moved = |number: u128, at: i64, staff: Option<u128>, key: Option<&str>| StockMovementRecord {
        id: StockMovementId(id(number)),
        sku: sku("CUP"),
        pieces: 1,
        order: staff.is_none().then(|| order_at(1)),
        note: format!("line {number}"),
        at: Timestamp(at),
        staff: staff.map(|staff| UserId(id(staff))),
        key: key.map(str::to_owned),
    };
    for movement in
        [moved(1, 10, None, None), moved(2, 10, Some(7), Some("key")), moved(3, 20, Some(8), None)]
    {
        let movement = Arc::new(movement);
        let written = store.write(move |transaction| {
            let movement = StockMovementRecord::clone(&movement);
            Box::pin(async move { transaction.insert_stock_movement(movement).await })
        });
        written.await.expect("a movement");
    }
    let ledger = async |after: Option<Place>, limit: u32| {
        let found = store.read(move |transaction| {
            Box::pin(async move { transaction.stock_movements(&sku("CUP"), after, limit).await })
        });
        let found = found.await.expect("movements").into_iter();
        found.map(|line| (line.id.0.as_u128(), line.staff.map(|staff| staff.0.as_u128()))).collect::<Vec<_>>()
    };
    assert_eq!(ledger(None, 2).await, [(3, Some(8)), (2, Some(7))]);
    assert_eq!(ledger(Some(Place { at: Timestamp(10), id: id(2) }), 2).await, [(1, None)]);
    let keyed = async |key: &'static str| {
        let found = store.read(move |transaction| {
            Box::pin(async move { transaction.keyed_movement(&sku("CUP"), key).await })
        });
        found.await.expect("a movement")
    };
    assert_eq!(keyed("key").await, Some(KeyedMovement { pieces: 1, note: "line 2".to_owned() }));
    assert_eq!(keyed("other").await, None);
}

fn promotion(code: &str, version: i64, ends_at: Option<i64>) -> PromotionRecord {
    PromotionRecord {
        promotion: Promotion {
            code: code.parse().expect("a code"),
            title: format!("version {version}"),
            rule: Rule::Fixed { amount: 100 },
            minimum_subtotal: 0,
        },
        validity: Validity { starts_at: Some(Timestamp(1)), ends_at: ends_at.map(Timestamp) },
        version,
    }
}

async fn put(store: &Store, promotion: PromotionRecord) -> bool {
    let promotion = Arc::new(promotion);
    let stored = store.write(move |transaction| {
        let promotion = Arc::clone(&promotion);
        Box::pin(async move { transaction.put_promotion(&promotion).await })
    });
    stored.await.expect("a transaction")
}

pub async fn a_promotion_is_replaced_only_by_the_version_after_it(store: Store) {
    assert!(put(&store, promotion("TENTH", 1, None)).await);
    assert!(put(&store, promotion("TENTH", 2, Some(9))).await);
    for late in [1, 2, 4] {
        assert!(!put(&store, promotion("TENTH", late, None)).await, "version {late}");
    }
    assert!(put(&store, promotion("FIVE", 1, None)).await);
    assert!(put(&store, promotion("ZERO", 1, None)).await);
    let after = |after: Option<&str>| after.map(|code| code.parse::<PromotionCode>().expect("a code"));
    let listed = async |after: Option<PromotionCode>| {
        let after = Arc::new(after);
        let found = store.read(move |transaction| {
            let after = Arc::clone(&after);
            Box::pin(async move {
                let codes = transaction.promotion_codes((*after).as_ref(), 2).await?;
                transaction.promotions(&codes).await
            })
        });
        found.await.expect("promotions")
    };
    assert_eq!(listed(after(None)).await, [promotion("FIVE", 1, None), promotion("TENTH", 2, Some(9))]);
    assert_eq!(listed(after(Some("TENTH"))).await, [promotion("ZERO", 1, None)]);
}

pub async fn how_a_subscriber_fares_is_seen(store: Store) {
    let status = async |name: &'static str| {
        let found =
            store.read(move |transaction| Box::pin(async move { transaction.subscriber(name, 2).await }));
        found.await.expect("a status")
    };
    let nothing = SubscriberRecord { waiting: 0, dead: 0, oldest: None, last_success: None };
    assert_eq!(status("mail").await, nothing);
    for (number, subject) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        with_event(&store, number, subject, &["mail"]).await;
    }
    let mut taken = lease_for(&store, "mail", 10, 9).await;
    assert_eq!(taken.len(), 4);
    confirm(&store, taken.remove(0)).await;
    postpone(&store, taken.remove(0), 1_000, true).await;
    let found = status("mail").await;
    assert_eq!((found.waiting, found.dead, found.last_success), (2, 1, Some(Timestamp(0))));
    assert_eq!(found.oldest, Some(Timestamp(3)), "the first was taken, and the second given up");
    with_event(&store, 5, "e", &["mail"]).await;
    assert_eq!(status("mail").await.waiting, 2, "counted no further than was said");
    with_event(&store, 6, "f", &["ledger"]).await;
    let names = store.read(|transaction| Box::pin(async move { transaction.subscribers().await }));
    assert_eq!(names.await.expect("names"), ["ledger", "mail"]);
    let waiting = store.read(|transaction| Box::pin(async move { transaction.waiting(5).await }));
    assert_eq!(waiting.await.expect("counts"), WaitingRecord { tasks: 0, dead_letters: 1 });
}
