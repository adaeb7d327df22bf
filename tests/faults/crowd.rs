//! A crowd of shoppers who buy while things go wrong, and who remember what they were told.
//!
//! A shopper fills a cart and places an order, and asks again under the same key for as long as there is no answer, or
//! one that says to come again. So of each key the shopper knows in the end that there is an order, and there must be
//! one.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use merkato_tests::{
    api::{Answer, Caller, fresh_key, order_paid_with},
    bank::Bank,
    coordinator::{Builder, Coordinator, SKU},
    till::{self, Location},
};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row as _;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

/// Shoppers at a time: enough that there are always some at each step of an order.
const SHOPPERS: usize = 6;
/// Something that is about to happen does not happen any more after that.
const HAPPENS_MAX: Duration = Duration::from_mins(1);
/// Pieces on the shelf: more than any crowd can buy.
pub const PIECES: i64 = 100_000;
/// An answer that takes longer does not come any more. Longer than any timeout of the till.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// A shopper who has not got an order through by then is stuck.
const ORDER_MAX: Duration = Duration::from_mins(2);
/// Wait before a shopper asks again. Shorter than a polite client's, so that there is load during the fault too.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// Everything is settled by then, or stuck. Longer than a task is leased and than its longest backoff.
const SETTLED_MAX: Duration = Duration::from_mins(2);
/// Between two looks at the books, which have no way to tell us.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What a shopper was told.
#[derive(Debug)]
pub struct Acknowledged {
    /// The key that the order was placed under.
    pub key: String,
    /// The cart that was ordered.
    pub cart_token: String,
    /// The order, as it was acknowledged.
    pub order: Value,
}

/// A crowd of shoppers.
pub struct Crowd {
    shared: Arc<Shared>,
    closed: watch::Sender<bool>,
    shoppers: JoinSet<Vec<Acknowledged>>,
}

struct Shared {
    /// Coordinators that a shopper may come to.
    doors: RwLock<Vec<Caller>>,
    /// Whose turn it is.
    turn: AtomicUsize,
    acknowledged: watch::Sender<usize>,
    /// Answers that said to come again.
    refused: watch::Sender<usize>,
    /// Requests without an answer.
    unanswered: watch::Sender<usize>,
}

impl Crowd {
    /// Lets a crowd in at each of `tills`, after filling their shelf.
    pub async fn before(tills: &[&Coordinator]) -> Self {
        Self::of(SHOPPERS, tills).await
    }

    /// The same, of so many.
    pub async fn of(people: usize, tills: &[&Coordinator]) -> Self {
        tills[0].stock(PIECES).await;
        let shared = Arc::new(Shared {
            doors: RwLock::default(),
            turn: AtomicUsize::new(0),
            acknowledged: watch::Sender::new(0),
            refused: watch::Sender::new(0),
            unanswered: watch::Sender::new(0),
        });
        let closed = watch::Sender::new(false);
        let mut shoppers = JoinSet::new();
        let crowd = |shared: &Arc<Shared>| shop(Arc::clone(shared), closed.subscribe());
        for _ in 0..people {
            shoppers.spawn(crowd(&shared));
        }
        let crowd = Self { shared, closed, shoppers };
        crowd.come_to(tills);
        crowd
    }

    /// From now on the shoppers come to these.
    pub fn come_to(&self, tills: &[&Coordinator]) {
        let doors = tills.iter().map(|till| till.anybody()).collect();
        *self.shared.doors.write().expect("nobody panicked") = doors;
    }

    /// Waits until that many more orders are acknowledged.
    pub async fn buys(&mut self, orders: usize) {
        self.counts(&self.shared.acknowledged.clone(), orders).await;
    }

    /// Waits until that many more answers say to come again.
    pub async fn is_refused(&mut self, times: usize) {
        self.counts(&self.shared.refused.clone(), times).await;
    }

    /// Waits until that many more requests get no answer.
    pub async fn is_not_answered(&mut self, times: usize) {
        self.counts(&self.shared.unanswered.clone(), times).await;
    }

    /// How many orders are acknowledged.
    pub fn bought(&self) -> usize {
        *self.shared.acknowledged.borrow()
    }

    async fn counts(&mut self, counter: &watch::Sender<usize>, more: usize) {
        let mut counter = counter.subscribe();
        let enough = *counter.borrow() + more;
        tokio::select! {
            reached = timeout(ORDER_MAX, counter.wait_for(|count| *count >= enough)) => {
                reached.expect("shoppers get on").expect("a counter");
            }
            // Nobody leaves before the shop is closed, but by a panic.
            left = self.shoppers.join_next() => drop(left.expect("shoppers").expect("a shopper")),
        }
    }

    /// Lets nobody begin anew, and gives what all were told once all have been told.
    pub async fn leaves(self) -> Vec<Acknowledged> {
        self.closed.send_replace(true);
        self.shoppers.join_all().await.into_iter().flatten().collect()
    }
}

async fn shop(shared: Arc<Shared>, closed: watch::Receiver<bool>) -> Vec<Acknowledged> {
    let mut bought = Vec::new();
    while !*closed.borrow() {
        let (cart_token, key) = (fresh_key(), fresh_key());
        let order = timeout(ORDER_MAX, shared.buy(&cart_token, &key)).await;
        let order = order.unwrap_or_else(|_| panic!("the order of key {key} does not get through"));
        bought.push(Acknowledged { key, cart_token, order });
        shared.acknowledged.send_modify(|orders| *orders += 1);
    }
    bought
}

impl Shared {
    async fn buy(&self, cart_token: &str, key: &str) -> Value {
        let line = json!({ "quantity": 1 });
        self.insist(200, |door| {
            let door = door.with_cart(cart_token);
            door.request(Method::PUT, &format!("/v1/cart/lines/{SKU}")).json(&line)
        })
        .await;
        self.insist(201, |door| place_order(&door.with_cart(cart_token), key)).await
    }

    /// Asks until it is answered with `status`; whoever is told anything but to come again did not do wrong.
    async fn insist(&self, status: u16, ask: impl Fn(Caller) -> reqwest::RequestBuilder) -> Value {
        loop {
            if let Some(door) = self.door() {
                match door.try_send(ask(door.clone()).timeout(ANSWER_MAX)).await {
                    Ok(answer) if answer.status == status => return answer.body,
                    Ok(answer) => {
                        assert_says_to_come_again(answer);
                        self.refused.send_modify(|times| *times += 1);
                    }
                    Err(error) => {
                        assert!(!error.is_timeout(), "no answer in {ANSWER_MAX:?}: {error}");
                        self.unanswered.send_modify(|times| *times += 1);
                    }
                }
            }
            sleep(ASK_AGAIN).await;
        }
    }

    /// The next coordinator in turn, so that whoever asks again asks another.
    fn door(&self) -> Option<Caller> {
        let doors = self.doors.read().expect("nobody panicked");
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        doors.get(turn.checked_rem(doors.len())?).cloned()
    }
}

/// A request to place an order of the caller's cart.
pub fn place_order(caller: &Caller, key: &str) -> reqwest::RequestBuilder {
    let order = order_paid_with("tok_approve");
    caller.request(Method::POST, "/v1/orders").header("idempotency-key", key).json(&order)
}

/// Fails unless it is the problem of a till that cannot work for now.
pub fn assert_says_to_come_again(answer: Answer) {
    assert!(answer.headers.contains_key("retry-after"), "{} {:#}", answer.status, answer.body);
    answer.problem(503, "unavailable");
}

/// Waits for what is about to happen: until `happened` says so.
pub async fn until(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !happened().await {
            sleep(LOOK_AGAIN).await;
        }
    };
    timeout(HAPPENS_MAX, wait).await.unwrap_or_else(|_| panic!("{what} never happens"));
}

/// Waits until every order is settled and no work is left, however long after the fault.
pub async fn settle(till: impl Into<Location>) {
    let location = till.into();
    let deadline = Instant::now() + SETTLED_MAX;
    loop {
        let left = "SELECT (SELECT count(*) FROM task) AS tasks,
                           (SELECT count(*) FROM order_ WHERE state = 'pending_payment') AS unpaid";
        let mut connection = till::open(location.clone()).await;
        let left = sqlx::query(left).fetch_one(&mut connection).await.expect("a count");
        let left: (i64, i64) = (left.get("tasks"), left.get("unpaid"));
        if left == (0, 0) {
            return;
        }
        assert!(Instant::now() < deadline, "{left:?} tasks and unpaid orders are stuck");
        sleep(LOOK_AGAIN).await;
    }
}

/// Fails unless each acknowledged order is there once, paid once, and its piece gone; and no other.
pub async fn assert_nothing_lost(till: &Coordinator, bank: &Bank, acknowledged: &[Acknowledged]) {
    settle(till).await;
    let service = till.anybody();
    for Acknowledged { key, cart_token, order } in acknowledged {
        let again = service.send(place_order(&service.clone().with_cart(cart_token), key)).await.expect(201);
        assert_eq!(again["id"], order["id"], "one key, one order");
        assert_eq!(again["access_token"], order["access_token"], "one key, one answer");
        assert_eq!(again["state"], "confirmed", "{again:#}");
        assert_eq!(bank.charged(order["id"].as_str().expect("an id")), 1, "one order, one charge");
    }
    assert_eq!(
        bank.payments_charged(),
        acknowledged.len(),
        "nobody was charged for what they do not know of"
    );
    assert_books_show(till.builder(), acknowledged.len()).await;
}

/// Fails unless that many orders of a piece each were placed and sold, and the books are in order.
pub async fn assert_books_show(till: &Builder, orders: usize) {
    let orders = i64::try_from(orders).expect("a number");
    let mut connection = till::open(till).await;
    let placed: i64 =
        sqlx::query_scalar("SELECT count(*) FROM order_").fetch_one(&mut connection).await.expect("a count");
    assert_eq!(placed, orders, "orders");
    assert_eq!(till::stock(till, SKU).await, (PIECES - orders, 0), "pieces on the shelf, and promised");
    till::assert_books_balance(till).await;
    till.audit().await;
}
