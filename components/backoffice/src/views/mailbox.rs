//! What the shop has written to people.

use maud::{Markup, html};
use merkato_contract::{
    List,
    notification::{Notification, NotificationState, OpenedNotification},
    problem::Problem,
};

use super::{
    badge,
    layout::{Frame, Page, Section, document},
    message,
    table::{Column, facts, pages, table, tabs},
};
use crate::figures::moment;

/// The list.
pub fn mailbox(
    frame: &Frame,
    (state, recipient): (&str, &str),
    is_first: bool,
    messages: &Result<List<Notification>, Problem>,
) -> String {
    let states = [
        ("", "All"),
        (NotificationState::Queued.name(), "Queued"),
        (NotificationState::Sent.name(), "Sent"),
        (NotificationState::Failed.name(), "Failed"),
    ];
    let filters = [("state", state), ("recipient", recipient)];
    let main = html! {
        (tabs("State", Section::Mailbox.path(), "state", state, &states))
        form.search method="get" action=(Section::Mailbox.path()) role="search" {
            @if !state.is_empty() { input type="hidden" name="state" value=(state); }
            div.field {
                label for="recipient" { "Recipient" }
                input id="recipient" name="recipient" type="text" value=(recipient) autocomplete="off";
            }
            div.actions { button.button type="submit" { "Find" } }
        }
        (message::part("The list", messages, |list| html! {
            @if list.items.is_empty() {
                (message::empty("No message here."))
            } @else {
                (table("Messages", COLUMNS, &list.items.iter().map(row).collect::<Vec<_>>()))
            }
            (pages(Section::Mailbox.path(), &filters, is_first, list.next.as_deref()))
        }))
    };
    document(frame, &Page { title: "Mailbox", section: Section::Mailbox, actions: html! {}, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("Subject"),
    Column::Words("To"),
    Column::Words("By"),
    Column::Words("State"),
    Column::Figures("Tries"),
    Column::Words("Written"),
];

fn row(message: &Notification) -> Markup {
    let subject = if message.subject.is_empty() { &message.template } else { &message.subject };
    html! {
        tr {
            td.long { a href={ "/backoffice/mailbox/" (message.id) } { (subject) } }
            td.long { (message.recipient) }
            td { (message.channel) }
            td { (badge::notification(message.state)) }
            td.figure { (message.tries) }
            td.nowrap { (moment(message.created_at)) }
        }
    }
}

/// One message. Its HTML is shown in a frame that may do nothing: no script, no form, no link that leads anywhere.
pub fn opened(frame: &Frame, opened: &OpenedNotification) -> String {
    let message = &opened.notification;
    let about = html! {
        @if let Some(user) = message.user_id {
            a href={ "/backoffice/customers/" (user) } { (message.recipient) }
        } @else {
            (message.recipient)
        }
    };
    let settled = message.settled_at.map_or_else(|| html! { "not yet" }, |at| html! { (moment(at)) });
    let main = html! {
        section.panel aria-label="Envelope" {
            (facts(&[
                ("To", about),
                ("By", html! { (message.channel) }),
                ("Template", html! { code { (message.template) } }),
                ("Language", html! { (message.locale) }),
                ("Written", html! { (moment(message.created_at)) }),
                ("Settled", settled),
                ("Tries", html! { (message.tries) }),
            ]))
            @if let Some(reason) = &message.reason { p.field-error.long { (reason) } }
        }
        @if let Some(html) = &opened.html {
            section.panel aria-labelledby="as-page" {
                h2 id="as-page" { "As it looks" }
                iframe.letter sandbox="" srcdoc=(html) title="The message as it looks" {}
            }
        }
        @match &opened.text {
            Some(text) => section.panel aria-labelledby="as-text" {
                h2 id="as-text" { "As text" }
                pre.letter-text tabindex="0" role="region" aria-labelledby="as-text" { (text) }
            },
            None => (message::empty(
                "What it said is not kept: it held a key to somebody's account, and has left the shop."
            )),
        }
    };
    let title = if message.subject.is_empty() { &message.template } else { &message.subject };
    let actions = badge::notification(message.state);
    document(frame, &Page { title, section: Section::Mailbox, actions, main })
}

#[cfg(test)]
mod tests {
    use merkato_contract::token::Role;
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_message_that_is_markup_stays_in_its_frame() {
        let hostile = "\"></iframe><script>alert(1)</script>";
        let message: OpenedNotification = from_value(json!({
            "id": uuid::Uuid::nil(), "template": hostile, "channel": hostile, "state": "sent",
            "recipient": hostile, "locale": hostile, "subject": hostile, "tries": 1, "reason": hostile,
            "created_at": "2026-11-21T05:14:00.000Z", "text": hostile, "html": hostile,
        }))
        .expect("a message");
        let frame = Frame { csrf: String::new(), name: hostile.to_owned(), role: Role::Staff };
        let html = opened(&frame, &message);
        assert!(!html.contains("<script>") && html.contains("sandbox=\"\""), "{html}");
        assert_eq!(html.matches("</iframe>").count(), 1);
    }
}
