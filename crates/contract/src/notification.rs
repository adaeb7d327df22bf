//! What the shop has written to people, and what they want to hear of.

use merkato_commerce::{
    ids::{NotificationId, UserId},
    text::Slug,
};
use serde::{Deserialize, Serialize};

use crate::time::Rfc3339;

/// Longest title of a promotion, in characters: what mail programs show of a subject.
pub const PROMOTION_TITLE_CHARACTERS_MAX: usize = 100;
/// Longest text of a promotion, in characters.
pub const PROMOTION_TEXT_CHARACTERS_MAX: usize = 2_000;
/// Most accounts that one request sends a promotion to: each is asked for its consent.
pub const PROMOTION_USERS_MAX: usize = 50;

/// A message, as `GET /api/notifications` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// What it says, such as `order_placed`.
    pub template: String,
    /// How it goes: `email` or `sms`.
    pub channel: String,
    /// Where it stands.
    pub state: NotificationState,
    /// Where it goes: an address or a number.
    pub recipient: String,
    /// Whose account it is about; none for a guest's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The language that it is written in.
    pub locale: String,
    /// What it is about.
    pub subject: String,
    /// How often the shop has tried to send it.
    pub tries: u32,
    /// Why it has not been sent so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the shop wrote it.
    pub created_at: Rfc3339,
    /// When it was sent, or given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Rfc3339>,
}

/// A message with what it says. `GET /api/notifications/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedNotification {
    /// Its envelope.
    #[serde(flatten)]
    pub notification: Notification,
    /// In plain text; null once a message that holds a key to an account has left the shop.
    pub text: Option<String>,
    /// As a page; null likewise, and for short messages.
    pub html: Option<String>,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationState {
    /// It waits to be sent.
    Queued,
    /// It was sent, or lies in the mailbox of a shop that sends nothing.
    Sent,
    /// It was given up.
    Failed,
}

impl NotificationState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Queued, Self::Sent, Self::Failed];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// `POST /internal/notifications/abandoned-carts`: there is still something in somebody's cart. Sent only to those who
/// want to hear of offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbandonedCart {
    /// The same however often it is asked for, so that it is sent once.
    pub key: String,
    /// Whose cart it is.
    pub user_id: UserId,
}

/// `PUT /api/notifications/back-in-stock/{sku}`: tell me when this can be bought again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockRequest {
    /// Slug of the product that the sku is a variant of.
    pub product: Slug,
}

/// `POST /api/notifications/promotions`: staff write to accounts that want to hear of offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Made by the client; nobody gets a promotion of the same key twice.
    pub key: String,
    /// To whom; those who do not want to hear of offers are left out.
    pub user_ids: Vec<UserId>,
    /// What it is about, in one line.
    pub title: String,
    /// What it says, in plain text.
    pub text: String,
    /// The page that it leads to, a path of this shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// How many got a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionSent {
    /// Messages that were written, now or by an earlier request of the same key.
    pub written: u32,
    /// Accounts that do not want to hear of offers, or that are not known.
    pub left_out: u32,
}
