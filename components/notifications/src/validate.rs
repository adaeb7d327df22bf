//! What is wrong with a request, field by field.

use merkato_commerce::{Invalid, text::IdempotencyKey};
use merkato_contract::{
    message::{Message, Template},
    notification::{
        AbandonedCart, PROMOTION_TEXT_CHARACTERS_MAX, PROMOTION_TITLE_CHARACTERS_MAX, PROMOTION_USERS_MAX,
        Promotion,
    },
};

/// Longest tag of a language, in characters (RFC 5646, 4.4.1).
const LOCALE_CHARACTERS_MAX: usize = 35;
/// Longest address of a page, in characters: what every browser takes.
const URL_CHARACTERS_MAX: usize = 2_000;
/// Longest other value, in characters: a signed token is the longest that there is.
const VALUE_CHARACTERS_MAX: usize = 2_000;
/// Longest path of a page, in characters.
const PATH_CHARACTERS_MAX: usize = 500;
/// What a message may be told.
const VALUES: [&str; 3] = ["first_name", "token", "url"];

/// Everything that is wrong with a message that another service wants sent; empty when nothing is.
pub fn message(message: &Message) -> Vec<Invalid> {
    let mut problems = Vec::new();
    problems.extend(key(&message.key));
    let locale = &message.to.locale;
    if locale.len() > LOCALE_CHARACTERS_MAX
        || !locale.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        problems.push(Invalid::new("to.locale", "must be a tag of a language, such as de or de-AT"));
    }
    let leads_somewhere = message.template != Template::PasswordChanged;
    if leads_somewhere && !message.values.contains_key("url") {
        problems.push(Invalid::new("values.url", "is missing"));
    }
    for (name, value) in &message.values {
        let complaint = match name.as_str() {
            "url" if !is_url(value) => Some("must be an http address".to_owned()),
            name if !VALUES.contains(&name) => Some("is not known here".to_owned()),
            _ if value.chars().count() > VALUE_CHARACTERS_MAX => {
                Some(format!("must be at most {VALUE_CHARACTERS_MAX} characters"))
            }
            _ => None,
        };
        problems.extend(complaint.map(|complaint| Invalid::new(format!("values.{name}"), complaint)));
    }
    problems
}

/// What a mail program may be sent to: no `javascript:`, and nothing that ends the line.
fn is_url(text: &str) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    web && text.len() <= URL_CHARACTERS_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Everything that is wrong with a reminder of a cart; empty when nothing is.
pub fn abandoned_cart(reminder: &AbandonedCart) -> Vec<Invalid> {
    key(&reminder.key).into_iter().collect()
}

/// Everything that is wrong with a promotion; empty when nothing is.
pub fn promotion(promotion: &Promotion) -> Vec<Invalid> {
    let mut problems = Vec::new();
    problems.extend(key(&promotion.key));
    if promotion.user_ids.is_empty() || promotion.user_ids.len() > PROMOTION_USERS_MAX {
        problems.push(Invalid::new("user_ids", format!("must be 1 to {PROMOTION_USERS_MAX}")));
    }
    for (field, text, characters_max) in [
        ("title", &promotion.title, PROMOTION_TITLE_CHARACTERS_MAX),
        ("text", &promotion.text, PROMOTION_TEXT_CHARACTERS_MAX),
    ] {
        if text.trim().is_empty() || text.chars().count() > characters_max {
            problems.push(Invalid::new(field, format!("must be 1 to {characters_max} characters")));
        }
    }
    if promotion.title.chars().any(char::is_control) {
        problems.push(Invalid::new("title", "must be one line of plain text"));
    }
    if let Some(path) = &promotion.path {
        // A browser reads `//host` and `/\host` as another host.
        let own = path.starts_with('/') && !path[1..].starts_with(['/', '\\']);
        if !own || path.len() > PATH_CHARACTERS_MAX || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            problems.push(Invalid::new("path", "must be a path of this shop"));
        }
    }
    problems
}

fn key(text: &str) -> Option<Invalid> {
    text.parse::<IdempotencyKey>().err().map(|invalid| Invalid::new("key", invalid.message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(problems: Vec<Invalid>) -> Vec<String> {
        problems.into_iter().map(|problem| problem.field).collect()
    }

    fn asked(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut asked = json!({
            "key": "k1", "template": "reset_password",
            "values": { "first_name": "Hanna", "token": "t1", "url": "http://shop/reset-password?token=t1" },
            "to": { "user_id": "0192c7d8-0000-7000-8000-000000000001", "email": "hanna@merkato.example", "locale": "de-AT" },
        });
        change(&mut asked);
        fields(message(&serde_json::from_value(asked).expect("a message")))
    }

    #[test]
    fn each_wrong_field_of_a_message_is_named() {
        assert_eq!(asked(|_| ()), [""; 0]);
        assert_eq!(asked(|asked| asked["key"] = json!("")), ["key"]);
        assert_eq!(asked(|asked| asked["key"] = json!("k".repeat(129))), ["key"]);
        assert_eq!(asked(|asked| asked["to"]["locale"] = json!("<script>")), ["to.locale"]);
        assert_eq!(asked(|asked| asked["to"]["locale"] = json!("d".repeat(36))), ["to.locale"]);
        assert_eq!(asked(|asked| asked["values"] = json!({})), ["values.url"]);
        for url in ["javascript:alert(1)", "", "http://a b", "/login"] {
            assert_eq!(asked(|asked| asked["values"]["url"] = json!(url)), ["values.url"], "{url}");
        }
        assert_eq!(
            asked(|asked| asked["values"]["first_name"] = json!("x".repeat(2_001))),
            ["values.first_name"]
        );
        assert_eq!(asked(|asked| asked["values"]["colour"] = json!("red")), ["values.colour"]);
    }

    fn promoted(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut asked = json!({
            "key": "k1", "user_ids": ["0192c7d8-0000-7000-8000-000000000001"], "title": "Sale", "text": "All of it.",
            "path": "/categories/cups",
        });
        change(&mut asked);
        fields(promotion(&serde_json::from_value(asked).expect("a promotion")))
    }

    #[test]
    fn each_wrong_field_of_a_promotion_is_named() {
        assert_eq!(promoted(|_| ()), [""; 0]);
        assert_eq!(promoted(|asked| asked["user_ids"] = json!([])), ["user_ids"]);
        assert_eq!(promoted(|asked| asked["title"] = json!("Sale\nnow")), ["title"]);
        assert_eq!(promoted(|asked| asked["title"] = json!("x".repeat(101))), ["title"]);
        assert_eq!(promoted(|asked| asked["text"] = json!("  ")), ["text"]);
        for path in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a b"] {
            assert_eq!(promoted(|asked| asked["path"] = json!(path)), ["path"], "{path}");
        }
    }
}
