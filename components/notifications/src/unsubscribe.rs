//! The link by which the reader of an offer gets no more of them: signed, good without an account, and safe from
//! programs that only look where links lead.

use maud::{DOCTYPE, html};
use merkato_commerce::ids::NotificationId;
use merkato_edge::{Response, secret};

use crate::{locale::Locale, texts};

/// Where the reader of message `id` ends such messages. `key` signs the link, so that nobody ends those of others.
pub fn url(public_url: &str, key: &str, id: NotificationId) -> String {
    let signature = secret::sign(key.as_bytes(), signed(id).as_bytes());
    format!("{}/api/notifications/unsubscribe/{id}?sig={signature}", public_url.trim_end_matches('/'))
}

/// Whether `signature` is that of the link of message `id`.
pub fn is_signature(key: &str, id: NotificationId, signature: &str) -> bool {
    secret::verify(key.as_bytes(), signed(id).as_bytes(), signature)
}

fn signed(id: NotificationId) -> String {
    format!("unsubscribe:{id}")
}

/// The page that the link leads to: a question, and what became of it. A question, because programs that guard against
/// bad mail open every link.
pub fn page(locale: Locale, done: bool) -> Response {
    let words = texts::words(locale);
    let heading = if done { words.unsubscribed } else { words.unsubscribe_question };
    let page = html! {
        (DOCTYPE)
        html lang=(locale.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (words.unsubscribe) " · Merkato" }
            }
            body {
                main {
                    h1 { (heading) }
                    @if !done {
                        // Without an action the form goes to this very address, signature included.
                        form method="post" { button type="submit" { (words.unsubscribe) } }
                    }
                }
            }
        }
    };
    Response::html(200, page.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_its_own_message_only() {
        let [one, other] =
            [1, 2].map(|id| format!("0192c7d8-0000-7000-8000-00000000000{id}").parse().expect("an id"));
        let url = url("http://shop/", "key", one);
        let (address, signature) = url.split_once("?sig=").expect("a signature");
        assert_eq!(address, format!("http://shop/api/notifications/unsubscribe/{one}"));
        assert!(is_signature("key", one, signature));
        assert!(!is_signature("key", other, signature) && !is_signature("yek", one, signature));
        assert!(!is_signature("key", one, ""));
    }

    #[test]
    fn the_page_asks_before_it_is_done_and_not_after() {
        let body = |done| String::from_utf8(page(Locale::De, done).body).expect("text");
        assert!(body(false).contains("<form method=\"post\">"));
        assert!(!body(true).contains("<form"));
    }
}
