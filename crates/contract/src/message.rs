//! Messages to people: what a service asks `notifications` to send.

use std::collections::BTreeMap;

use merkato_commerce::{ids::UserId, text::Email};
use serde::{Deserialize, Serialize};

/// `POST /internal/notifications/messages`, with the service token; answered 202 once it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The same however often it is asked for, so that it is sent once.
    pub key: String,
    /// What it says.
    pub template: Template,
    /// Whom it is for.
    pub to: Recipient,
    /// What stands in the template's gaps. None of it is markup.
    pub values: BTreeMap<String, String>,
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Please confirm that this address is yours: `first_name`, `token`, `url`.
    VerifyEmail,
    /// Here you can choose a new password: `first_name`, `token`, `url`.
    ResetPassword,
    /// Your password was changed: `first_name`.
    PasswordChanged,
    /// Somebody wanted to make an account with this address, which has one: `first_name`, `url` to sign in.
    EmailInUse,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 4] =
        [Self::VerifyEmail, Self::ResetPassword, Self::PasswordChanged, Self::EmailInUse];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::EmailInUse => "email_in_use",
        }
    }

    /// The template of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }
}

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Whose account it is about.
    pub user_id: UserId,
    /// Where it goes.
    pub email: Email,
    /// The language that they read, as a BCP 47 tag such as `en`.
    pub locale: String,
}
