//! What stands in the database, read with SQL of the simulation's own.

use std::collections::{BTreeMap, BTreeSet};

use merkato_commerce::ids::{CartId, OrderId, PaymentId, TaskId};

use crate::database::Database;

/// Each row as one line, and all lines as one text: the cheapest way to read all of a small database at once, on any
/// engine. A driver takes longer for a row than the database does for its lines.
const ALL: &str = "\
SELECT coalesce(string_agg(line, '\n'), '') FROM (SELECT 'order|' || order_id || '|' || cart_id || '|' || state || '|' || payment_state || '|' || stock_state || '|'
    || attempt || '|' || refunded || '|' || refunding || '|' || capture || '|' || subtotal || '|' || discount || '|' || shipping || '|' || tax || '|'
    || total || '|' || number || ' ' || email || ' ' || shipping_method || ' ' || placed_at || ' ' || promotions AS line
    FROM order_
UNION ALL SELECT 'line|' || order_id || '|' || sku || '|' || quantity || '|' || unit_price || '|' || returned || '|' || refunded
    FROM order_line
UNION ALL SELECT 'payment|' || order_id || '|' || attempt || '|' || payment_id FROM order_payment
UNION ALL SELECT 'refund|' || order_id || '|' || refund_id || '|' || attempt || '|' || amount || '|' || state
    FROM order_refund
UNION ALL SELECT 'reservation|' || order_id FROM reservation
UNION ALL SELECT 'stock|' || sku || '|' || on_hand || '|' || reserved FROM stock
UNION ALL SELECT 'moved|' || sku || '|' || sum(pieces) FROM stock_movement GROUP BY sku
UNION ALL SELECT 'count|' || sku || '|' || note || '|' || pieces FROM stock_movement WHERE order_id IS NULL
UNION ALL SELECT 'cart|' || cart_id || '|' || coalesce(token_hash, CAST(user_id AS TEXT)) || '|' || version FROM cart
UNION ALL SELECT 'cart_line|' || cart_id || '|' || sku || '|' || quantity FROM cart_line
UNION ALL SELECT 'offer|' || sku || '|' || price || '|' || version || '|' || CASE WHEN active THEN 1 ELSE 0 END
    FROM offer
UNION ALL SELECT 'history|' || order_id || '|' || string_agg(state, ' ' ORDER BY position) FROM order_event
    GROUP BY order_id
UNION ALL SELECT 'shipments|' || order_id || '|' || shipments FROM order_ WHERE CAST(shipments AS TEXT) <> '[]'
UNION ALL SELECT 'task|' || task_id || '|' || tries || '|' || leased_until || '|' || kind || '|' || order_id FROM task
UNION ALL SELECT 'delivery|' || subscriber || '|' || event_id || '|' || delivery.tries || '|' || leased_until || '|'
    || CASE WHEN dead THEN 1 ELSE 0 END FROM delivery JOIN outbox ON outbox.outbox_id = delivery.outbox_id
UNION ALL SELECT 'answer|' || owner || '|' || key || '|' || order_id FROM idempotency) AS book";

/// Every event, in the order in which they happened.
const EVENTS: &str = "SELECT subject || '|' || kind || '|' || event_id FROM outbox ORDER BY outbox_id";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    pub cart: CartId,
    pub state: String,
    pub payment: String,
    pub stock: String,
    pub attempt: i64,
    pub refunded: i64,
    pub refunding: i64,
    /// When the money is taken.
    pub capture: String,
    /// Pieces that came back and that were refunded, by sku.
    pub gone_back: BTreeMap<String, (i64, i64)>,
    pub refunds: BTreeMap<String, RefundRow>,
    /// The states that it went through, as its history tells them; one that says more of the same state is one more.
    pub history: Vec<String>,
    /// The parcels that left, as they are stored.
    pub shipments: String,
    /// What must never change.
    pub facts: Facts,
    /// Payment id by try.
    pub payments: BTreeMap<u32, PaymentId>,
}

/// A refund that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRow {
    pub attempt: i64,
    pub amount: i64,
    pub state: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub subtotal: i64,
    pub discount: i64,
    pub shipping: i64,
    pub tax: i64,
    pub total: i64,
    /// Number, e-mail, method, time and promotions.
    pub rest: String,
    /// Pieces and price by sku.
    pub lines: BTreeMap<String, (i64, i64)>,
}

impl OrderRow {
    /// What the order's refunds of `state` come to.
    pub fn refunds_that_are(&self, state: &str) -> i64 {
        self.refunds.values().filter(|refund| refund.state == state).map(|refund| refund.amount).sum()
    }

    /// Each state and the next, since its history was that.
    pub fn steps_since(&self, earlier: &[String]) -> impl Iterator<Item = (&str, &str)> {
        let states = self.history.iter().map(String::as_str);
        states.clone().zip(states.skip(1)).skip(earlier.len().saturating_sub(1))
    }

    /// Pieces of `sku` that came back.
    pub fn returned(&self, sku: &str) -> i64 {
        self.gone_back.get(sku).map_or(0, |(returned, _)| *returned)
    }
}

impl Facts {
    pub fn pieces(&self) -> BTreeMap<String, i64> {
        self.lines.iter().map(|(sku, (pieces, _))| (sku.clone(), *pieces)).collect()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockRow {
    pub on_hand: i64,
    pub reserved: i64,
    /// What the ledger adds up to.
    pub moved: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CartRow {
    /// Hash of the guest's token, or the user's id.
    pub owner: String,
    pub version: i64,
    /// Pieces by sku.
    pub lines: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRow {
    pub price: i64,
    pub version: i64,
    pub active: bool,
}

/// Who may do what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How often it was taken.
    pub tries: i64,
    /// Until when it is taken, by the clock of whoever took it; 0 if it was given back, or never was taken.
    pub until_ms: i64,
}

/// Something to do after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    pub kind: String,
    pub order: OrderId,
    pub lease: Lease,
}

/// An event that somebody has yet to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Whether it was given up.
    pub dead: bool,
    pub lease: Lease,
}

/// All of the till at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    pub orders: BTreeMap<OrderId, OrderRow>,
    pub reservations: BTreeSet<OrderId>,
    pub stock: BTreeMap<String, StockRow>,
    /// What staff counted, by sku and the note that they left.
    pub counts: BTreeMap<(String, String), i64>,
    pub carts: BTreeMap<CartId, CartRow>,
    pub offers: BTreeMap<String, OfferRow>,
    pub tasks: BTreeMap<TaskId, TaskRow>,
    /// By subscriber and event.
    pub deliveries: BTreeMap<(String, String), DeliveryRow>,
    /// Order by owner and key.
    pub answers: BTreeMap<(String, String), OrderId>,
}

/// An event that was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub subject: String,
    pub kind: String,
    pub id: String,
}

struct Fields<'a>(std::str::SplitN<'a, char>);

impl<'a> Fields<'a> {
    fn text(&mut self) -> &'a str {
        self.0.next().expect("one more field")
    }

    fn owned(&mut self) -> String {
        self.text().to_owned()
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(&mut self) -> T {
        self.text().parse().expect("a value of that kind")
    }

    fn lease(&mut self) -> Lease {
        Lease { tries: self.parsed(), until_ms: self.parsed() }
    }
}

/// Most fields of a line; the last may hold bars of its own.
const FIELDS_MAX: usize = 16;

impl Books {
    pub async fn read(database: &mut dyn Database) -> Self {
        let mut books = Self::default();
        for row in database.rows(ALL).await.iter().flat_map(|book| book.lines()) {
            let mut fields = Fields(row.splitn(FIELDS_MAX, '|'));
            books.enter(&mut fields);
        }
        books
    }

    /// Rows come table by table in the order of the query, so an order is there before its lines.
    fn enter(&mut self, row: &mut Fields<'_>) {
        match row.text() {
            "order" => self.enter_order(row),
            "line" => {
                let order = self.orders.get_mut(&row.parsed()).expect("an order");
                let sku = row.owned();
                order.facts.lines.insert(sku.clone(), (row.parsed(), row.parsed()));
                order.gone_back.insert(sku, (row.parsed(), row.parsed()));
            }
            "payment" => {
                let order = self.orders.get_mut(&row.parsed()).expect("an order");
                order.payments.insert(row.parsed(), row.parsed());
            }
            "refund" => {
                let order = self.orders.get_mut(&row.parsed()).expect("an order");
                let id = row.owned();
                let refund = RefundRow { attempt: row.parsed(), amount: row.parsed(), state: row.owned() };
                order.refunds.insert(id, refund);
            }
            "reservation" => {
                self.reservations.insert(row.parsed());
            }
            "stock" => {
                let level = self.stock.entry(row.owned()).or_default();
                (level.on_hand, level.reserved) = (row.parsed(), row.parsed());
            }
            "moved" => {
                let level = self.stock.entry(row.owned()).or_default();
                level.moved = row.parsed();
            }
            "count" => {
                let count = (row.owned(), row.owned());
                *self.counts.entry(count).or_default() += row.parsed::<i64>();
            }
            "cart" => {
                let cart = row.parsed();
                let (owner, version) = (row.owned(), row.parsed());
                self.carts.insert(cart, CartRow { owner, version, lines: BTreeMap::new() });
            }
            "cart_line" => {
                let cart = self.carts.get_mut(&row.parsed()).expect("a cart");
                cart.lines.insert(row.owned(), row.parsed());
            }
            "offer" => {
                let sku = row.owned();
                let (price, version, active) = (row.parsed(), row.parsed(), row.text() == "1");
                self.offers.insert(sku, OfferRow { price, version, active });
            }
            "history" => {
                let order = self.orders.get_mut(&row.parsed()).expect("an order");
                order.history = row.text().split(' ').map(str::to_owned).collect();
            }
            "shipments" => {
                let order = self.orders.get_mut(&row.parsed()).expect("an order");
                order.shipments = row.owned();
            }
            "task" => {
                let (id, lease) = (row.parsed(), row.lease());
                self.tasks.insert(id, TaskRow { kind: row.owned(), order: row.parsed(), lease });
            }
            "delivery" => {
                let key = (row.owned(), row.owned());
                let (lease, dead) = (row.lease(), row.text() == "1");
                self.deliveries.insert(key, DeliveryRow { dead, lease });
            }
            "answer" => {
                self.answers.insert((row.owned(), row.owned()), row.parsed());
            }
            other => unreachable!("no table is called {other}"),
        }
    }

    fn enter_order(&mut self, row: &mut Fields<'_>) {
        let id = row.parsed();
        let order = OrderRow {
            cart: row.parsed(),
            state: row.owned(),
            payment: row.owned(),
            stock: row.owned(),
            attempt: row.parsed(),
            refunded: row.parsed(),
            refunding: row.parsed(),
            capture: row.owned(),
            gone_back: BTreeMap::new(),
            history: Vec::new(),
            shipments: String::new(),
            refunds: BTreeMap::new(),
            facts: Facts {
                subtotal: row.parsed(),
                discount: row.parsed(),
                shipping: row.parsed(),
                tax: row.parsed(),
                total: row.parsed(),
                rest: row.owned(),
                lines: BTreeMap::new(),
            },
            payments: BTreeMap::new(),
        };
        self.orders.insert(id, order);
    }

    /// Deliveries that somebody has yet to hear of.
    pub fn open_deliveries(&self) -> usize {
        self.deliveries.values().filter(|delivery| !delivery.dead).count()
    }

    /// Subscriber and event of deliveries that were given up.
    pub fn dead_letters(&self) -> impl Iterator<Item = &(String, String)> {
        self.deliveries.iter().filter(|(_, delivery)| delivery.dead).map(|(key, _)| key)
    }

    pub fn cart_of(&self, owner: &str) -> Option<&CartRow> {
        self.carts.values().find(|cart| cart.owner == owner)
    }
}

pub async fn events(database: &mut dyn Database) -> Vec<EventRow> {
    let rows = database.rows(EVENTS).await;
    let event = |row: &String| {
        let mut fields = Fields(row.splitn(3, '|'));
        EventRow { subject: fields.owned(), kind: fields.owned(), id: fields.owned() }
    };
    rows.iter().map(event).collect()
}
