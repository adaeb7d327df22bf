//! The carriers that are composed into this component.

mod bindings {
    #![expect(clippy::same_length_and_capacity, reason = "the glue to the component that the macro writes")]

    wit_bindgen::generate!({
        path: "../../wit/merkato-notifications@0.1.0",
        inline: "
            package merkato:notifications-bindings@0.1.0;
            world bindings {
                import merkato:notifications/email@0.1.0;
                import merkato:notifications/sms@0.1.0;
            }
        ",
        generate_all,
    });
}

use self::bindings::merkato::notifications::{
    email::{self, Header, Mail},
    sms::{self, TextMessage},
    types,
};
use crate::store::{Outgoing, Way};

/// What became of a message that a carrier took.
#[derive(Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It went out; what the carrier calls it.
    Sent(Option<String>),
    /// It stays in the shop's own mailbox.
    Kept,
}

/// Why a carrier did not take a message. Holds neither the message nor whom it is for.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It never will.
    ForGood(String),
    /// It may at another time; whether others fare better, is not known.
    ForNow(String),
    /// It has no use to go on with others now.
    Away(String),
}

/// Hands a message over. `unsubscribe_url` is where its reader ends such messages.
pub fn send(outgoing: &Outgoing, unsubscribe_url: Option<&str>) -> Result<Receipt, Refusal> {
    let (id, to, text) = (outgoing.id.to_string(), outgoing.recipient.clone(), outgoing.text.clone());
    let answer = match outgoing.way {
        Way::Email => email::send(&Mail {
            id,
            to,
            subject: outgoing.subject.clone(),
            text,
            html: outgoing.html.clone().unwrap_or_default(),
            headers: unsubscribe_url.map(one_click).unwrap_or_default(),
        }),
        Way::Sms => sms::send(&TextMessage { id, to, text }),
    };
    match answer {
        Ok(types::Receipt::Sent(reference)) => Ok(Receipt::Sent(reference)),
        Ok(types::Receipt::Kept) => Ok(Receipt::Kept),
        Err(types::Error::Refused(reason)) => Err(Refusal::ForGood(reason)),
        Err(types::Error::Other(reason)) => Err(Refusal::ForNow(reason)),
        Err(types::Error::NoAnswer(reason) | types::Error::Misconfigured(reason)) => {
            Err(Refusal::Away(reason))
        }
    }
}

/// The headers of RFC 8058, by which a mail program ends such messages with one click.
fn one_click(url: &str) -> Vec<Header> {
    let header = |name: &str, value: String| Header { name: name.to_owned(), value };
    vec![
        header("List-Unsubscribe", format!("<{url}>")),
        header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
    ]
}
