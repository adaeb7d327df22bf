//! What is posted to the mail server, and what its answer means.

use std::{collections::BTreeMap, str::FromStr};

use merkato_commerce::{Invalid, text::Email};
use serde::{Deserialize, Serialize};

use crate::bindings::exports::merkato::notifications::email::{Error, Mail, Receipt};

/// Longest name of a sender, in characters: mail programs show about half of it.
const NAME_CHARACTERS_MAX: usize = 100;

/// Who sends: an address, and the name that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sender {
    email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
}

impl FromStr for Sender {
    type Err = Invalid;

    /// Reads `shop@example.com` or `Merkato <shop@example.com>`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", text.trim()),
        };
        let invalid = || Invalid::new("mail_from", "must look like Merkato <shop@example.com>");
        if name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
            return Err(invalid());
        }
        let email = address.parse::<Email>().map_err(|_| invalid())?;
        Ok(Self { email: email.as_str().to_owned(), name: name.to_owned() })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Posted<'a> {
    from: &'a Sender,
    to: [Sender; 1],
    subject: String,
    text: String,
    #[serde(rename = "HTML")]
    html: String,
    headers: BTreeMap<String, String>,
}

/// `mail` as the server wants it.
pub fn written(from: &Sender, mail: Mail) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Posted {
        from,
        to: [Sender { email: mail.to, name: String::new() }],
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        headers: mail.headers.into_iter().map(|header| (header.name, header.value)).collect(),
    })
}

#[derive(Deserialize)]
struct Taken {
    #[serde(rename = "ID")]
    id: String,
}

/// What the server's answer means. Its words are not passed on: they may repeat the address.
pub fn read(status: u16, body: &[u8]) -> Result<Receipt, Error> {
    match status {
        // It has the mail, whatever it says of it.
        200..300 => Ok(Receipt::Sent(serde_json::from_slice::<Taken>(body).ok().map(|taken| taken.id))),
        400 | 413 | 422 => Err(Error::Refused(format!("the mail server does not take it ({status})"))),
        401 | 403 => Err(Error::Misconfigured(format!("the mail server does not let us in ({status})"))),
        404 | 405 => Err(Error::Misconfigured(format!("there is no mail server at mail_api_url ({status})"))),
        429 | 500..600 => Err(Error::NoAnswer(format!("the mail server answered {status}"))),
        _ => Err(Error::Other(format!("the mail server answered {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::bindings::exports::merkato::notifications::email::Header;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let sender = "Merkato <shop@merkato.example>".parse::<Sender>().expect("a sender");
        assert_eq!((sender.name.as_str(), sender.email.as_str()), ("Merkato", "shop@merkato.example"));
        assert_eq!("shop@merkato.example".parse::<Sender>().expect("a sender").name, "");
        for text in ["", "Merkato", "Merkato <>", "<shop@merkato.example", "a\nb <shop@merkato.example>"] {
            assert!(text.parse::<Sender>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_mail_is_written_as_mailpit_documents_it() {
        let from = "Merkato <shop@merkato.example>".parse::<Sender>().expect("a sender");
        let mail = Mail {
            id: "m1".to_owned(),
            to: "hanna@merkato.example".to_owned(),
            subject: "Your \"order\"".to_owned(),
            text: "one\ntwo".to_owned(),
            html: "<p>one</p>".to_owned(),
            headers: vec![Header { name: "List-Unsubscribe".to_owned(), value: "<https://a>".to_owned() }],
        };
        let written = written(&from, mail).expect("JSON");
        assert_eq!(
            serde_json::from_slice::<Value>(&written).expect("JSON"),
            json!({
                "From": { "Email": "shop@merkato.example", "Name": "Merkato" },
                "To": [{ "Email": "hanna@merkato.example" }],
                "Subject": "Your \"order\"", "Text": "one\ntwo", "HTML": "<p>one</p>",
                "Headers": { "List-Unsubscribe": "<https://a>" },
            })
        );
    }

    #[test]
    fn an_answer_means_what_its_status_says_and_its_words_go_no_further() {
        assert!(matches!(read(200, br#"{"ID":"x1"}"#), Ok(Receipt::Sent(Some(id))) if id == "x1"));
        assert!(matches!(read(202, b""), Ok(Receipt::Sent(None))));
        let refused = read(400, br#"{"Error":"hanna@merkato.example is no address"}"#);
        assert!(matches!(refused, Err(Error::Refused(reason)) if !reason.contains("hanna")));
        assert!(matches!(read(401, b""), Err(Error::Misconfigured(_))));
        assert!(matches!(read(503, b""), Err(Error::NoAnswer(_))));
        assert!(matches!(read(302, b""), Err(Error::Other(_))));
    }
}
