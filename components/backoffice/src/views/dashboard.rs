//! The figures of the day.

use std::collections::BTreeMap;

use maud::{Markup, html};
use merkato_commerce::{
    money::{Currency, Money},
    time::Day,
};
use merkato_contract::{
    List,
    problem::Problem,
    review::SubmittedReview,
    staff::{
        dashboard::{Conversion, Dashboard, OrdersByState, SalesDay, SalesTotal, WAITING_COUNT_MAX, Waiting},
        stock::StockEntry,
    },
    time::Date,
};

use super::{
    badge,
    chart::{self, Bar},
    layout::{Frame, Page, Section, document},
    message,
    table::{Column, table, tabs},
};
use crate::figures::{count, counted, moment, money, signed};

/// Days of sales that can be chosen.
const DAYS: [(&str, &str); 4] = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("366", "A year")];

/// The page for so many `days`.
pub fn dashboard(
    frame: &Frame,
    days: u32,
    figures: &Result<Dashboard, Problem>,
    reviews: &Result<List<SubmittedReview>, Problem>,
) -> String {
    let chosen = days.to_string();
    let main = html! {
        (tabs("Days", Section::Dashboard.path(), "days", &chosen, &DAYS))
        (message::part("The figures of the till", figures, |figures| html! {
            (waiting(&figures.waiting, reviews))
            div.columns {
                div.column { @for total in &figures.totals { (sales(figures, total, days)) } @if figures.totals.is_empty() { (no_sales()) } }
                aside.column {
                    (conversion(&figures.conversion))
                    (orders(figures.orders.as_ref()))
                }
            }
            (low_stock(&figures.low_stock))
        }))
    };
    document(frame, &Page { title: "Dashboard", section: Section::Dashboard, actions: html! {}, main })
}

fn waiting(waiting: &Waiting, reviews: &Result<List<SubmittedReview>, Problem>) -> Markup {
    let many = |number: u32| {
        let more = if number >= WAITING_COUNT_MAX { "+" } else { "" };
        format!("{}{more}", count(u64::from(number)))
    };
    let card = |section: Section, label: &str, shown: &str, is_bad: bool| {
        html! {
            a.card .card-bad[is_bad] href=(section.path()) {
                strong.card-figure { (shown) }
                span { (label) }
            }
        }
    };
    let unread = match reviews {
        Ok(list) => format!("{}{}", list.items.len(), if list.next.is_some() { "+" } else { "" }),
        Err(_) => "?".to_owned(),
    };
    html! {
        div.cards {
            (card(Section::Stuck, "stuck orders", &many(waiting.stuck_orders), waiting.stuck_orders > 0))
            (card(Section::Outbox, "events not taken", &many(waiting.dead_letters), waiting.dead_letters > 0))
            (card(Section::Reviews, "reviews to read", &unread, false))
            div.card { strong.card-figure { (many(waiting.tasks)) } span { "things the till is doing" } }
        }
    }
}

fn no_sales() -> Markup {
    html! {
        section.panel aria-labelledby="sales" {
            h2 id="sales" { "Sales" }
            (message::empty("Nothing was sold in these days. The first order that is paid for appears here."))
        }
    }
}

fn sales(figures: &Dashboard, total: &SalesTotal, days: u32) -> Markup {
    let row = days_of(figures.as_of.0.day(), days, total.currency, &figures.days);
    let bars =
        row.iter().map(|(day, gross)| Bar { label: short(*day), value: gross.amount, shown: money(*gross) });
    let id = format!("sales-{}", total.currency);
    let summary = format!("Sales per day in {}: {} in {days} days", total.currency, money(total.gross));
    html! {
        section.panel aria-labelledby=(id) {
            h2 id=(id) { "Sales per day" }
            dl.figures {
                div { dt { "Net" } dd { (money(total.net)) } }
                div { dt { "Gross" } dd { (money(total.gross)) } }
                div { dt { "Refunded" } dd { (money(total.refunded)) } }
                div { dt { "Orders" } dd { (signed(total.orders)) } }
            }
            (chart::columns(&summary, &bars.collect::<Vec<_>>()))
            details {
                summary { "In figures" }
                (table("Sales per day", SALES_COLUMNS, &figures.days.iter()
                    .filter(|day| day.total.currency == total.currency).map(sales_row).collect::<Vec<_>>()))
            }
        }
    }
}

const SALES_COLUMNS: &[Column] = &[
    Column::Words("Day"),
    Column::Figures("Orders"),
    Column::Figures("Gross"),
    Column::Figures("Refunded"),
    Column::Figures("Net"),
];

fn sales_row(day: &SalesDay) -> Markup {
    html! {
        tr {
            td.nowrap { (day.day) }
            td.figure { (signed(day.total.orders)) }
            td.figure { (money(day.total.gross)) }
            td.figure { (money(day.total.refunded)) }
            td.figure { (money(day.total.net)) }
        }
    }
}

/// Every day up to `today`, the oldest first, with what was sold on it: days without figures are not told.
fn days_of(today: Day, days: u32, currency: Currency, told: &[SalesDay]) -> Vec<(Date, Money)> {
    let told = told.iter().filter(|day| day.total.currency == currency);
    let gross = told.map(|day| (day.day.0, day.total.gross)).collect::<BTreeMap<_, _>>();
    let all = (0..days).rev().map(|back| today.minus_days(back));
    all.map(|day| (Date(day), gross.get(&day).copied().unwrap_or_else(|| Money::zero(currency)))).collect()
}

/// `21 Nov`.
fn short(day: Date) -> String {
    let shown = moment(day.0.start().into());
    shown.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ")
}

fn conversion(conversion: &Conversion) -> Markup {
    html! {
        section.panel aria-labelledby="conversion" {
            h2 id="conversion" { "Conversion" }
            @match conversion.basis_points {
                Some(basis_points) => {
                    div.with-ring {
                        (chart::ring("Carts that became orders", &percent(basis_points), basis_points))
                        p {
                            (signed(conversion.orders)) " orders of " (signed(conversion.carts)) " carts that were begun."
                        }
                    }
                }
                None => { (message::empty("No cart was begun in these days.")) }
            }
        }
    }
}

/// Hundredths of a percent as a percentage with one digit.
fn percent(basis_points: i64) -> String {
    let tenths = (basis_points + 5) / 10;
    format!("{}.{} %", signed(tenths / 10), tenths.unsigned_abs() % 10)
}

fn orders(orders: Option<&OrdersByState>) -> Markup {
    html! {
        section.panel aria-labelledby="states" {
            h2 id="states" { "Orders by state" }
            @match orders {
                Some(orders) if orders.states.is_empty() => { (message::empty("There is no order yet.")) }
                Some(orders) => {
                    @let bars = orders.states.iter().map(|entry| Bar {
                        label: badge::state_words(entry.state).to_owned(),
                        value: i64::try_from(entry.count).unwrap_or(i64::MAX),
                        shown: count(entry.count),
                    });
                    (chart::bars("Orders by state", &bars.collect::<Vec<_>>()))
                    p.soft { "Counted " (moment(orders.as_of)) "." }
                }
                None => { (message::empty("They could not be counted in time. It is tried again with the next look.")) }
            }
        }
    }
}

fn low_stock(entries: &[StockEntry]) -> Markup {
    let columns = [Column::Words("Product"), Column::Figures("To be had"), Column::Words("")];
    let highest = entries.iter().map(|entry| entry.available).max().unwrap_or(0).max(1);
    let rows = entries.iter().map(|entry| {
        html! {
            tr {
                td.long {
                    a href={ "/backoffice/stock/" (entry.sku) } { (entry.title.as_deref().unwrap_or_else(|| entry.sku.as_str())) }
                    br; code.soft { (entry.sku) }
                }
                td.figure { (signed(entry.available)) }
                td.wide {
                    svg.bar viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
                        rect.bar-rest width="100" height="6" {}
                        rect.chart-warning width=((entry.available.clamp(0, highest) * 100) / highest) height="6" {}
                    }
                }
            }
        }
    });
    html! {
        section.panel aria-labelledby="low-stock" {
            h2 id="low-stock" { "Low stock" }
            @if entries.is_empty() {
                (message::empty("Nothing runs low."))
            } @else {
                (table("Low stock", &columns, &rows.collect::<Vec<_>>()))
                p.soft { (counted(entries.len() as u64, "sku", "skus")) ". " a href="/backoffice/stock?below=5" { "All of them" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::time::Timestamp;

    use super::*;

    #[test]
    fn days_on_which_nothing_was_sold_have_a_place_in_the_row() {
        let today = Timestamp(1_795_238_040_000).day();
        let usd = |amount| Money::new(amount, Currency::USD);
        let total =
            SalesTotal { currency: Currency::USD, orders: 1, gross: usd(5), refunded: usd(0), net: usd(5) };
        let told = [SalesDay { day: Date(today.minus_days(1)), total }];
        let row = days_of(today, 3, Currency::USD, &told);
        assert_eq!(row.iter().map(|(_, gross)| gross.amount).collect::<Vec<_>>(), [0, 5, 0]);
        assert_eq!(short(row[2].0), "21 Nov");
    }

    #[test]
    fn a_share_is_told_to_a_tenth_of_a_percent() {
        assert_eq!(
            [0, 4, 5, 2_500, 9_996, 12_345].map(percent),
            ["0.0 %", "0.0 %", "0.1 %", "25.0 %", "100.0 %", "123.5 %"]
        );
    }
}
