//! Who is asking: a guest, or somebody whose token says so.

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use merkato_commerce::{ids::UserId, time::Timestamp};
use merkato_contract::token::{AUDIENCE, Claims, ISSUER, Role};

/// How far the clocks of two machines may be apart, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 30;

/// Who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Somebody without an account, or not signed in.
    Guest,
    /// Somebody who is signed in.
    User {
        /// Whose token it is.
        user_id: UserId,
        /// What they may do.
        role: Role,
    },
}

impl Caller {
    /// Whether the endpoints for staff are open to them.
    pub const fn is_staff(&self) -> bool {
        matches!(self, Self::User { role, .. } if role.is_staff())
    }

    /// Whose account it is, if they are signed in.
    pub const fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Guest => None,
            Self::User { user_id, .. } => Some(*user_id),
        }
    }
}

impl From<&Claims> for Caller {
    fn from(claims: &Claims) -> Self {
        Self::User { user_id: claims.sub, role: claims.role }
    }
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The public keys cannot be read: the shop is set up wrongly.
    #[error("the variable token_keys is not a JSON Web Key Set: {0}")]
    Keys(serde_json::Error),
    /// The token is forged, damaged, or of another shop.
    #[error("the token does not hold: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// No key of ours signed it.
    #[error("the token names no key of this shop")]
    UnknownKey,
    /// The token was good once.
    #[error("the token has expired")]
    Expired,
}

/// The claims of `token`, if one of `keys` (a JSON Web Key Set) signed it and it holds at `now`.
pub fn verify(token: &str, keys: &str, now: Timestamp) -> Result<Claims, Error> {
    let keys: JwkSet = serde_json::from_str(keys).map_err(Error::Keys)?;
    let header = decode_header(token)?;
    let key = key_named(&keys, header.kid.as_deref()).ok_or(Error::UnknownKey)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The end is checked below, by the clock that we are given.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    if now.0 / 1_000 >= claims.exp.saturating_add(CLOCK_SKEW_SECONDS) {
        return Err(Error::Expired);
    }
    Ok(claims)
}

/// The key that the token names. A token without a name is fine while there is only one key.
fn key_named<'keys>(keys: &'keys JwkSet, name: Option<&str>) -> Option<&'keys Jwk> {
    match (name, keys.keys.as_slice()) {
        (Some(name), _) => keys.find(name),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use jsonwebtoken::{EncodingKey, Header, encode};
    use uuid::Uuid;

    use super::*;

    /// The key pair of RFC 8037, appendix A.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"one",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn token(kid: Option<&str>, change: impl FnOnce(&mut Claims)) -> String {
        // RFC 8410: the fixed head of a PKCS #8 file around an Ed25519 seed.
        let mut der = vec![
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ];
        der.extend(URL_SAFE_NO_PAD.decode(SEED).expect("a seed"));
        let mut claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: UserId(Uuid::from_u128(7)),
            role: Role::Customer,
            iat: NOW.0 / 1_000,
            exp: NOW.0 / 1_000 + 900,
        };
        change(&mut claims);
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &EncodingKey::from_ed_der(&der)).expect("a token")
    }

    #[test]
    fn a_token_of_this_shop_says_who_is_asking() {
        for kid in [Some("one"), None] {
            let claims = verify(&token(kid, |_| ()), KEYS, NOW).expect("a good token");
            assert_eq!(Caller::from(&claims).user_id(), Some(UserId(Uuid::from_u128(7))));
            assert!(!Caller::from(&claims).is_staff());
        }
    }

    #[test]
    fn a_token_that_expired_or_is_for_others_or_names_another_key_is_refused() {
        let end = Timestamp(NOW.0 + (900 + CLOCK_SKEW_SECONDS) * 1_000);
        assert!(matches!(verify(&token(None, |_| ()), KEYS, end), Err(Error::Expired)));
        let foreign = token(None, |claims| claims.aud = "elsewhere".to_owned());
        assert!(matches!(verify(&foreign, KEYS, NOW), Err(Error::Token(_))));
        let foreign = token(None, |claims| claims.iss = "elsewhere".to_owned());
        assert!(matches!(verify(&foreign, KEYS, NOW), Err(Error::Token(_))));
        assert!(matches!(verify(&token(Some("two"), |_| ()), KEYS, NOW), Err(Error::UnknownKey)));
    }

    #[test]
    fn a_changed_claim_breaks_the_signature() {
        let token = token(None, |_| ());
        let mut parts = token.split('.').map(str::to_owned).collect::<Vec<_>>();
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(&parts[1]).expect("base64")).expect("text");
        parts[1] = URL_SAFE_NO_PAD.encode(claims.replace("customer", "admin"));
        assert!(matches!(verify(&parts.join("."), KEYS, NOW), Err(Error::Token(_))));
    }

    #[test]
    fn a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() {
        let claims = serde_json::json!({"iss": ISSUER, "aud": AUDIENCE, "sub": Uuid::nil(), "role": "admin",
            "iat": 0, "exp": 9_999_999_999_u64});
        let forged = encode(&Header::default(), &claims, &EncodingKey::from_secret(b"x")).expect("a token");
        assert!(matches!(verify(&forged, KEYS, NOW), Err(Error::Token(_))));
    }
}
