//! How the shop fares, at a glance.

use merkato_commerce::{
    money::{Currency, Money},
    order::State,
};
use serde::{Deserialize, Serialize};

use super::stock::StockEntry;
use crate::time::{Date, Rfc3339};

/// Days of sales that are shown when nobody says how many.
pub const DAYS_DEFAULT: u32 = 30;
/// Most days of sales that are shown at once: a year, and the same day of the year before.
pub const DAYS_MAX: u32 = 366;
/// Fewer pieces than this are low stock, when nobody says how many.
pub const LOW_STOCK_DEFAULT: i64 = 5;
/// Most skus of low stock that are shown; `GET /v1/stock?below=` has them all.
pub const LOW_STOCK_ENTRIES_MAX: u32 = 20;
/// How far what waits is counted: beyond, it is "so many and more".
pub const WAITING_COUNT_MAX: u32 = 1_000;

/// `GET /v1/staff/dashboard?days=&low_stock_below=`. `days` are counted with today, from 1 to [`DAYS_MAX`].
///
/// A day is from midnight to midnight, UTC. An order counts on the day on which it was confirmed (its payment approved,
/// or nothing to pay) and for ever: what goes back later counts as refunded on the day on which it went back. So what was
/// said of a day that is over does not change, and days can be held against the gateway's statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// When these figures were read.
    pub as_of: Rfc3339,
    /// What was sold, the newest day first, by currency within a day; a day without any figures is left out.
    pub days: Vec<SalesDay>,
    /// The same over all these days, one for each currency.
    pub totals: Vec<SalesTotal>,
    /// How many of those who began to buy did, over all these days.
    pub conversion: Conversion,
    /// Orders by state; null if the database did not give them in time. Counting them takes a look at every order there
    /// is, so it is done now and then and may be minutes old in a large shop.
    pub orders: Option<OrdersByState>,
    /// What can be bought and soon cannot: the lowest first, at most [`LOW_STOCK_ENTRIES_MAX`].
    pub low_stock: Vec<StockEntry>,
    /// What waits for somebody.
    pub waiting: Waiting,
}

/// What was sold on a day, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesDay {
    /// The day.
    pub day: Date,
    /// Its figures.
    #[serde(flatten)]
    pub total: SalesTotal,
}

/// What was sold, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesTotal {
    /// Of all amounts here.
    pub currency: Currency,
    /// Orders that were confirmed.
    pub orders: i64,
    /// What they came to, with shipping and tax.
    pub gross: Money,
    /// What went back, of these orders or of earlier ones.
    pub refunded: Money,
    /// `gross` less `refunded`; negative where more went back than came.
    pub net: Money,
}

/// How many of those who began to buy did.
///
/// A cart is begun when a first line comes into an empty one, by its shopper's hand: a cart that is emptied and filled
/// again, or filled again after an order, is begun again; one that two carts were merged into is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Carts that were begun.
    pub carts: i64,
    /// Orders that were confirmed, of any currency.
    pub orders: i64,
    /// Orders for a hundred carts, in hundredths of a percent (2500 is a quarter); null while there is no cart. May be above
    /// 10000: a cart of one day becomes an order on another.
    pub basis_points: Option<i64>,
}

/// How many orders stand where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersByState {
    /// When they were counted.
    pub as_of: Rfc3339,
    /// One for each state that any order is in.
    pub states: Vec<OrdersInState>,
}

/// How many orders are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersInState {
    /// The state.
    pub state: State,
    /// How many.
    pub count: u64,
}

/// What waits for somebody. Each is counted up to [`WAITING_COUNT_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// See [`super::orders::StuckOrder`].
    pub stuck_orders: u32,
    /// See [`crate::event::DeadLetter`].
    pub dead_letters: u32,
    /// Work that the coordinator still has to do, whether it is late or not.
    pub tasks: u32,
}
