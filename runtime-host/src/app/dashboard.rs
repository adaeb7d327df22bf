//! How the shop fares, at a glance.

use std::collections::{BTreeMap, BTreeSet};

use merkato_commerce::{Invalid, money::Money};
use merkato_contract::{
    catalog::STOCK_MAX,
    staff::dashboard::{
        Conversion, DAYS_DEFAULT, DAYS_MAX, Dashboard, LOW_STOCK_DEFAULT, LOW_STOCK_ENTRIES_MAX,
        OrdersByState, OrdersInState, SalesDay, SalesTotal, WAITING_COUNT_MAX, Waiting,
    },
};

use super::{App, Error, stock, stuck_orders::obstacle_terms};
use crate::{
    store::staff::{ObstacleRecord, SalesRecord, StockEntryRecord, WaitingRecord},
    watch::Reading,
};

/// What is read for it.
struct Seen {
    sales: Vec<SalesRecord>,
    low_stock: Vec<StockEntryRecord>,
    waiting: WaitingRecord,
    obstacles: Vec<ObstacleRecord>,
}

impl App {
    /// The figures of the last `days` with today, and what waits. How many orders there are in each state takes a look at
    /// all of them; it comes from the last `reading` of the books, if there was one in time.
    pub async fn dashboard(
        &self,
        days: Option<u32>,
        low_stock_below: Option<i64>,
        reading: Option<&Reading>,
    ) -> Result<Dashboard, Error> {
        let days = days.unwrap_or(DAYS_DEFAULT);
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(Invalid::new("days", format!("must be between 1 and {DAYS_MAX}")).into());
        }
        let below = low_stock_below.unwrap_or(LOW_STOCK_DEFAULT);
        if !(0..=STOCK_MAX).contains(&below) {
            let message = format!("must be between 0 and {STOCK_MAX}");
            return Err(Invalid::new("low_stock_below", message).into());
        }
        let now = self.clock.now();
        let (today, terms) = (now.day(), obstacle_terms(now));
        let seen = self
            .store
            .read(move |transaction| {
                Box::pin(async move {
                    Ok::<_, Error>(Seen {
                        sales: transaction.sales(today.minus_days(days - 1), today).await?,
                        low_stock: transaction.low_stock(below, LOW_STOCK_ENTRIES_MAX).await?,
                        waiting: transaction.waiting(WAITING_COUNT_MAX).await?,
                        obstacles: transaction.obstacles(terms, None, WAITING_COUNT_MAX).await?,
                    })
                })
            })
            .await?;
        let stuck = seen.obstacles.iter().map(|obstacle| obstacle.order).collect::<BTreeSet<_>>();
        let stuck = u32::try_from(stuck.len()).unwrap_or(u32::MAX).min(WAITING_COUNT_MAX);
        Ok(Dashboard {
            as_of: now.into(),
            days: seen.sales.iter().filter(|sales| has_sales(sales)).map(shown_day).collect(),
            totals: totals(&seen.sales),
            conversion: conversion(&seen.sales),
            orders: reading.map(orders_by_state),
            low_stock: seen.low_stock.into_iter().map(stock::shown).collect(),
            waiting: Waiting {
                stuck_orders: stuck,
                dead_letters: seen.waiting.dead_letters,
                tasks: seen.waiting.tasks,
            },
        })
    }
}

/// Whether there is anything beside carts that were begun.
const fn has_sales(sales: &SalesRecord) -> bool {
    sales.orders != 0 || sales.gross != 0 || sales.refunded != 0
}

fn shown_day(sales: &SalesRecord) -> SalesDay {
    SalesDay { day: sales.day.into(), total: shown_total(sales) }
}

fn shown_total(sales: &SalesRecord) -> SalesTotal {
    let SalesRecord { currency, orders, gross, refunded, .. } = *sales;
    let money = |amount| Money::new(amount, currency);
    SalesTotal {
        currency,
        orders,
        gross: money(gross),
        refunded: money(refunded),
        net: money(gross.saturating_sub(refunded)),
    }
}

fn totals(sales: &[SalesRecord]) -> Vec<SalesTotal> {
    let mut totals = BTreeMap::new();
    for sales in sales {
        let total = totals.entry(sales.currency);
        total.or_insert_with(|| SalesRecord::nothing(sales.day, sales.currency)).add(sales);
    }
    totals.values().filter(|total| has_sales(total)).map(shown_total).collect()
}

fn conversion(sales: &[SalesRecord]) -> Conversion {
    let carts = sales.iter().map(|sales| sales.carts).sum::<i64>();
    let orders = sales.iter().map(|sales| sales.orders).sum::<i64>();
    let basis_points = (carts > 0).then(|| (orders.saturating_mul(10_000) + carts / 2) / carts);
    Conversion { carts, orders, basis_points }
}

fn orders_by_state(reading: &Reading) -> OrdersByState {
    let states = reading.backlog.orders.iter();
    let states = states.map(|&(state, count)| OrdersInState { state, count });
    OrdersByState { as_of: reading.now.into(), states: states.collect() }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::{money::Currency, time::Day};

    use super::*;

    fn sales(day: i64, currency: &str, [carts, orders, gross, refunded]: [i64; 4]) -> SalesRecord {
        let currency = currency.parse().expect("a currency");
        SalesRecord { day: Day(day), currency, carts, orders, gross, refunded }
    }

    #[test]
    fn amounts_of_two_currencies_never_meet() {
        let days = [
            sales(2, "EUR", [4, 1, 500, 0]),
            sales(2, "USD", [0, 2, 3_000, 0]),
            sales(1, "USD", [4, 1, 1_000, 4_500]),
        ];
        let totals = totals(&days);
        let figures = totals.iter().map(|total| (total.currency.code(), total.orders, total.net.amount));
        assert_eq!(figures.collect::<Vec<_>>(), [("EUR", 1, 500), ("USD", 3, -500)]);
        let Conversion { carts, orders, basis_points } = conversion(&days);
        assert_eq!((carts, orders, basis_points), (8, 4, Some(5_000)));
    }

    #[test]
    fn a_shop_without_carts_converts_nothing_rather_than_everything() {
        assert_eq!(conversion(&[]).basis_points, None);
        let only_orders = [sales(1, "USD", [0, 1, 100, 0])];
        assert_eq!(conversion(&only_orders).basis_points, None);
        let only_carts = [sales(1, Currency::USD.code(), [3, 0, 0, 0])];
        assert_eq!(conversion(&only_carts).basis_points, Some(0));
        assert_eq!(totals(&only_carts), [], "what was put into carts is no sale");
    }
}
