//! Access tokens: what `users` signs (`EdDSA`) and the other services check.

use merkato_commerce::ids::UserId;
use serde::{Deserialize, Serialize};

/// Who issues the tokens.
pub const ISSUER: &str = "merkato";
/// Whom the tokens are for.
pub const AUDIENCE: &str = "merkato-api";
/// How long an access token holds, in seconds: long enough to shop, short enough that revoking is rarely needed.
pub const LIFETIME_SECONDS: i64 = 15 * 60;

/// How the names of keys begin that were made for development, and that no shop may sign with in production.
pub const DEVELOPMENT_KEY_PREFIX: &str = "development-";

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys.
    Customer,
    /// Runs the shop.
    Staff,
    /// Runs the shop and its staff.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Staff, Self::Admin];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether the endpoints for staff are open to this role.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Staff | Self::Admin)
    }
}

/// The claims of an access token, by their registered names (RFC 7519, 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: [`ISSUER`].
    pub iss: String,
    /// Whom it is for: [`AUDIENCE`].
    pub aud: String,
    /// Whose it is.
    pub sub: UserId,
    /// What they may do.
    pub role: Role,
    /// When it was issued, in epoch seconds.
    pub iat: i64,
    /// When it ends, in epoch seconds.
    pub exp: i64,
}
