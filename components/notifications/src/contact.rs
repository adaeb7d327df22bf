//! How somebody with an account wants to be written to: the users service knows.

use std::time::Duration;

use merkato_commerce::ids::UserId;
use merkato_contract::problem::{Code, Problem};
use merkato_edge::{Call, Context};
use serde::Deserialize;

use crate::{locale::Locale, template::Template};

/// How long the users service may take: sending must fit into the ten seconds that the outbox waits as well.
const DEADLINE: Duration = Duration::from_secs(3);

/// How somebody wants to be written to: `GET {users}/internal/users/{id}/contact`.
#[derive(Debug, Clone, Deserialize)]
pub struct Contact {
    /// Where e-mail goes.
    pub email: String,
    /// What they are called.
    #[serde(default)]
    pub first_name: String,
    /// The language that they read.
    locale: String,
    /// Where short messages go (E.164), if they gave a number.
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    preferences: Preferences,
    /// Whether they have shown that the address is theirs.
    #[serde(default)]
    email_verified: bool,
}

/// What they want to hear of, by way. Nobody gets an offer, or a short message, who did not ask for it.
#[derive(Debug, Clone, Default, Deserialize)]
struct Preferences {
    #[serde(default)]
    email: Topics,
    #[serde(default)]
    sms: Topics,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Topics {
    orders: Option<bool>,
    marketing: Option<bool>,
}

/// What is known of somebody.
#[derive(Debug)]
pub enum Known {
    /// This.
    Contact(Contact),
    /// There is no such account.
    Nobody,
    /// The users service gave no answer.
    Unknown,
}

impl Known {
    /// Asks the users service.
    pub async fn ask(context: &Context, user: UserId) -> Result<Self, Problem> {
        let call = Call::get(context.setting("users_url")?, format!("/internal/users/{user}/contact"));
        let call = call.bearer(&context.setting("service_token")?).within(DEADLINE);
        match context.call_json::<Contact>(call).await {
            Ok(contact) => Ok(Self::Contact(contact)),
            Err(problem) if problem.code == Code::NotFound => Ok(Self::Nobody),
            // It is in the log already.
            Err(_) => Ok(Self::Unknown),
        }
    }

    /// What they want, if it is known.
    pub const fn contact(&self) -> Option<&Contact> {
        match self {
            Self::Contact(contact) => Some(contact),
            Self::Nobody | Self::Unknown => None,
        }
    }
}

impl Contact {
    /// The language to write in.
    pub fn locale(&self) -> Locale {
        Locale::for_tag(&self.locale)
    }

    /// Whether they want `template` by e-mail.
    pub fn wants_email(&self, template: Template) -> bool {
        let topics = &self.preferences.email;
        if template.is_marketing() {
            return topics.marketing == Some(true) && self.email_verified;
        }
        template.is_owed() || topics.orders != Some(false)
    }

    /// The number to which they want `template` as a short message, if they do.
    pub fn wants_sms(&self, template: Template) -> Option<&str> {
        let wanted = template.suits_sms() && self.preferences.sms.orders == Some(true);
        self.phone.as_deref().filter(|phone| wanted && is_phone(phone))
    }
}

/// A number as E.164 writes it: a plus and up to fifteen digits.
fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contact(preferences: &serde_json::Value) -> Contact {
        let contact = json!({
            "email": "hanna@merkato.example", "locale": "am", "phone": "+251911000000", "preferences": preferences,
            "email_verified": true,
        });
        serde_json::from_value(contact).expect("a contact")
    }

    #[test]
    fn nobody_gets_offers_or_short_messages_unasked_and_everybody_gets_what_they_are_owed() {
        let silent = contact(&json!({}));
        assert!(silent.wants_email(Template::OrderShipped) && !silent.wants_email(Template::Promotion));
        assert_eq!(silent.wants_sms(Template::OrderShipped), None);
        let quiet = contact(&json!({ "email": { "orders": false, "marketing": false } }));
        assert!(!quiet.wants_email(Template::OrderShipped) && !quiet.wants_email(Template::AbandonedCart));
        assert!(quiet.wants_email(Template::OrderPlaced) && quiet.wants_email(Template::ResetPassword));
    }

    #[test]
    fn those_who_want_more_get_it() {
        let keen =
            contact(&json!({ "email": { "marketing": true }, "sms": { "orders": true, "news": true } }));
        assert!(keen.wants_email(Template::Promotion));
        let stranger = Contact { email_verified: false, ..keen.clone() };
        assert!(!stranger.wants_email(Template::Promotion), "the address may be anybody's");
        assert_eq!(keen.wants_sms(Template::OrderShipped), Some("+251911000000"));
        assert_eq!(keen.wants_sms(Template::OrderPlaced), None, "it is no news that somebody waits for");
        let nonsense = Contact { phone: Some("+25191100000\n0".to_owned()), ..keen };
        assert_eq!(nonsense.wants_sms(Template::OrderShipped), None);
    }
}
