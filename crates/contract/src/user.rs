//! People with an account.

use merkato_commerce::{
    address::Address,
    ids::{AddressId, UserId},
};
use serde::{Deserialize, Serialize};

use crate::{time::Rfc3339, token::Role};

/// `POST /api/users/register`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// What they sign in with, and where their mail goes.
    pub email: String,
    /// Known to nobody else.
    pub password: String,
    /// What they are called.
    pub first_name: String,
    /// The name of their family; empty for those who have one name.
    pub last_name: String,
}

/// `POST /api/users/login`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The address of the account.
    pub email: String,
    /// Its password.
    pub password: String,
    /// What the authenticator shows, or a recovery code; for accounts with a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// `POST /api/users/refresh`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The last one that was given; it works once.
    pub refresh_token: String,
}

/// `POST /api/users/logout`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    /// The last one that was given.
    pub refresh_token: String,
    /// Whether all other devices are signed out as well.
    #[serde(default)]
    pub everywhere: bool,
}

/// Somebody is signed in: the answer to registering, to signing in, and to refreshing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Says so to all services.
    pub access_token: String,
    /// Gets the next access token; works once.
    pub refresh_token: String,
    /// How long the access token holds, in seconds.
    pub expires_in: i64,
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub email: String,
    /// Whether they have shown that the address is theirs.
    pub email_verified: bool,
    /// What they are called.
    pub first_name: String,
    /// The name of their family.
    pub last_name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they sign in with a code besides.
    pub mfa_enabled: bool,
    /// Since when they have the account.
    pub created_at: Rfc3339,
}

/// `PATCH /api/users/me`: what is given is changed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeProfile {
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The name of their family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

/// `DELETE /api/users/me`; the body may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteAccount {
    /// The account's password, if it is to be checked. An account without one takes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// `POST /api/users/verify-email`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    /// What the mail brought.
    pub token: String,
}

/// `POST /api/users/forgot-password`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    /// The address of the account, if there is one.
    pub email: String,
}

/// `POST /api/users/reset-password`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// What the mail brought.
    pub token: String,
    /// The new password.
    pub password: String,
}

/// `POST /api/users/me/password`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one that holds now.
    pub current_password: String,
    /// The one that is to hold.
    pub new_password: String,
}

/// `POST /api/users/me/email`: the address changes once a mail to it was answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    /// The new address.
    pub email: String,
    /// The account's password.
    pub password: String,
}

/// An address that somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAddress {
    /// Its id.
    pub id: AddressId,
    /// Who receives what goes there.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, care of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// State, province or region where the country uses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code as the country writes it.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

impl SavedAddress {
    /// `address`, kept under `id`.
    pub fn new(id: AddressId, address: Address) -> Self {
        let Address { name, line1, line2, city, region, postal_code, country } = address;
        Self { id, name, line1, line2, city, region, postal_code, country }
    }
}

impl From<SavedAddress> for Address {
    fn from(saved: SavedAddress) -> Self {
        let SavedAddress { id: _, name, line1, line2, city, region, postal_code, country } = saved;
        Self { name, line1, line2, city, region, postal_code, country }
    }
}

/// `GET`, `PUT /api/users/me/notifications`: what somebody wants to hear of, by which channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// By e-mail.
    pub email: Topics,
    /// By text message.
    pub sms: Topics,
    /// The language that they read, as a BCP 47 tag such as `en`.
    pub locale: String,
}

/// What somebody wants to hear of. What concerns the account itself is always sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    /// News of their orders.
    pub orders: bool,
    /// What the shop would like them to buy.
    pub marketing: bool,
}

impl Default for Preferences {
    /// News of orders by e-mail, and nothing that nobody asked for.
    fn default() -> Self {
        Self {
            email: Topics { orders: true, marketing: false },
            sms: Topics { orders: false, marketing: false },
            locale: "en".to_owned(),
        }
    }
}

/// `GET /internal/users/{id}/contact`: how somebody is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Who.
    pub user_id: UserId,
    /// Where their mail goes.
    pub email: String,
    /// Whether they have shown that the address is theirs.
    pub email_verified: bool,
    /// What they are called.
    pub first_name: String,
    /// The language that they read, as in the preferences.
    pub locale: String,
    /// What they want to hear of.
    pub preferences: Preferences,
}

/// `POST /api/users/me/mfa`: the way to a second factor.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginMfa {
    /// The account's password, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// What an authenticator needs; shown once, and without effect until a code confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaSecret {
    /// For typing: base32 (RFC 4648).
    pub secret: String,
    /// For a picture to scan.
    pub otpauth_url: String,
}

/// `POST /api/users/me/mfa/confirm`, `POST .../recovery-codes` and `POST .../disable`: a code of the authenticator, or
/// a recovery code where there are some.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfaCode {
    /// The code.
    pub code: String,
}

/// What lets somebody in who has lost the authenticator: each once. Shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// The codes.
    pub recovery_codes: Vec<String>,
}

/// `POST /api/users/oidc/start`: the answer. The browser goes to `url`; whoever sent it there keeps `login_token`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcStart {
    /// Where the provider asks who it is.
    pub url: String,
    /// Proves that the answer comes back to where the question was asked.
    pub login_token: String,
}

/// `POST /api/users/oidc/finish`: what the provider sent the browser back with. Where the account has a second factor
/// the same is sent once more, with `second_factor`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcFinish {
    /// The provider's `code`.
    pub code: String,
    /// The provider's `state`.
    pub state: String,
    /// What `start` gave.
    pub login_token: String,
    /// What the authenticator shows, or a recovery code; for accounts with a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<String>,
}

/// `PUT /api/users/{id}/role`, for admins.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    /// What they may do from now on.
    pub role: Role,
}

/// `POST /internal/users/accounts`: an account that needs no mail to be believed, such as the first one of the staff.
/// 201 if it is new; 200 if somebody has the address already, whose account stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    /// What they sign in with, and where their mail goes.
    pub email: String,
    /// Known to nobody else.
    pub password: String,
    /// What they are called.
    pub first_name: String,
    /// The name of their family; empty for those who have one name.
    pub last_name: String,
    /// What they may do.
    pub role: Role,
}

/// `GET /api/users/me/export`: all that the shop's `users` service keeps about somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Export {
    /// When it was taken.
    pub exported_at: Rfc3339,
    /// The account.
    pub user: User,
    /// What they want to hear of.
    pub preferences: Preferences,
    /// Where their parcels go.
    pub addresses: Vec<SavedAddress>,
    /// Where they are signed in.
    pub sessions: Vec<ExportedSession>,
    /// What they were sent about the account.
    pub messages: Vec<ExportedMessage>,
    /// The provider that they sign in by, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_issuer: Option<String>,
}

/// A device on which somebody is signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportedSession {
    /// Since when.
    pub created_at: Rfc3339,
    /// When it last asked for an access token.
    pub refreshed_at: Rfc3339,
}

/// A message that was sent to somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportedMessage {
    /// What it said.
    pub template: crate::message::Template,
    /// Where it went.
    pub email: String,
    /// When it was asked for.
    pub created_at: Rfc3339,
}
