//! Events on their way to those who want to hear of them, and those that were not taken.

use maud::{Markup, html};
use merkato_contract::{
    List,
    event::{DeadLetter, OpenedDeadLetter},
    problem::Problem,
    staff::outbox::{EVENTS_COUNT_MAX, OutboxOverview, SubscriberStatus},
};

use super::{
    badge::{Tone, badge},
    field,
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{Column, facts, pages, table, with_query},
};
use crate::figures::{count, moment};

/// Name of the field for whose letters are meant; empty for everybody's.
pub const SUBSCRIBER_FIELD: &str = "subscriber";
/// Name of the field for which event is meant; empty for all.
pub const EVENT_FIELD: &str = "event_id";

/// What the page shows.
pub struct EventsPage<'a> {
    /// Whose letters the list is narrowed to; empty for everybody's.
    pub subscriber: &'a str,
    /// Whether this is the first page of the list.
    pub is_first: bool,
    /// What happened just now.
    pub message: Option<&'a Message>,
    /// How subscribers fare.
    pub outbox: &'a Result<OutboxOverview, Problem>,
    /// What was not taken.
    pub letters: &'a Result<List<DeadLetter>, Problem>,
}

/// The page.
pub fn events(frame: &Frame, page: &EventsPage) -> String {
    let filters = [("subscriber", page.subscriber)];
    let main = html! {
        (message::live(page.message))
        section.panel aria-labelledby="subscribers" {
            h2 id="subscribers" { "Who hears of events" }
            (message::part("The list", page.outbox, |outbox| html! {
                @if outbox.subscribers.is_empty() {
                    (message::empty("Nobody has subscribed to anything."))
                } @else {
                    (table("Subscribers", COLUMNS, &outbox.subscribers.iter().map(row).collect::<Vec<_>>()))
                }
            }))
        }
        section.panel aria-labelledby="letters" {
            h2 id="letters" { "Events that were not taken" }
            p.soft { "Each was offered often and refused each time. Offer it again once the reason is gone. It comes after what its order has seen since." }
            (message::part("The list", page.letters, |list| html! {
                @if list.items.is_empty() {
                    (message::empty("None. Everything was taken."))
                } @else {
                    (table("Events that were not taken", LETTER_COLUMNS, &list.items.iter().map(letter).collect::<Vec<_>>()))
                    (deeds(frame, page.subscriber, "", "all of them"))
                }
                (pages(Section::Outbox.path(), &filters, page.is_first, list.next.as_deref()))
            }))
        }
    };
    document(frame, &Page { title: "Events", section: Section::Outbox, actions: html! {}, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("Subscriber"),
    Column::Figures("On their way"),
    Column::Words("Oldest"),
    Column::Words("Last taken"),
    Column::Figures("Not taken"),
];

fn row(status: &SubscriberStatus) -> Markup {
    let many = |number: u32| {
        let more = if number >= EVENTS_COUNT_MAX { "+" } else { "" };
        format!("{}{more}", count(u64::from(number)))
    };
    html! {
        tr {
            td {
                a.strong href=(with_query(Section::Outbox.path(), &[("subscriber", &status.subscriber)])) { (status.subscriber) }
                @if !status.subscribed { " " (badge(Tone::Over, "No longer subscribed")) }
            }
            td.figure { (many(status.waiting)) }
            td.nowrap { @match status.oldest { Some(at) => { (moment(at)) } None => { "–" } } }
            td.nowrap { @match status.last_success { Some(at) => { (moment(at)) } None => { "never" } } }
            td.figure { @if status.dead_letters > 0 { (badge(Tone::Bad, &many(status.dead_letters))) } @else { "0" } }
        }
    }
}

const LETTER_COLUMNS: &[Column] = &[
    Column::Words("Event"),
    Column::Words("For"),
    Column::Words("Happened"),
    Column::Figures("Tries"),
    Column::Words("Why it was not taken"),
];

fn letter(letter: &DeadLetter) -> Markup {
    html! {
        tr {
            td.long {
                a href={ "/backoffice/events/" (letter.subscriber) "/" (letter.event_id) } { (letter.kind) }
                br; code.soft { (letter.subject) }
            }
            td { (letter.subscriber) }
            td.nowrap { (moment(letter.time)) }
            td.figure { (letter.tries) }
            td.long { (letter.last_error) }
        }
    }
}

/// The buttons that offer again or forget what is selected.
fn deeds(frame: &Frame, subscriber: &str, event: &str, what: &str) -> Markup {
    let button = |deed: &str, label: &str| {
        html! {
            form method="post" action={ "/backoffice/events/" (deed) } {
                (field::csrf(&frame.csrf))
                (field::hidden(SUBSCRIBER_FIELD, subscriber))
                (field::hidden(EVENT_FIELD, event))
                button.button.quiet type="submit" { (label) }
            }
        }
    };
    html! {
        div.actions {
            (button("replay", &format!("Offer {what} again")))
            (button("drop", &format!("Forget {what} …")))
        }
    }
}

/// One event that was not taken.
pub fn opened(frame: &Frame, opened: &OpenedDeadLetter, event: &str) -> String {
    let letter = &opened.letter;
    let main = html! {
        section.panel aria-label="Envelope" {
            (facts(&[
                ("For", html! { (letter.subscriber) }),
                ("About", html! { code { (letter.subject) } }),
                ("Happened", html! { (moment(letter.time)) }),
                ("Tries", html! { (letter.tries) }),
                ("Why it was not taken", html! { span.long { (letter.last_error) } }),
            ]))
            (deeds(frame, &letter.subscriber, &letter.event_id.to_string(), "it"))
        }
        section.panel aria-labelledby="event" {
            h2 id="event" { "What it says" }
            pre.letter-text tabindex="0" role="region" aria-labelledby="event" { (event) }
        }
    };
    document(frame, &Page { title: &letter.kind, section: Section::Outbox, actions: html! {}, main })
}
