//! Whether an ID token holds (OpenID Connect Core 1.0, 3.1.3.7).

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use merkato_commerce::time::Timestamp;
use merkato_edge::secret;
use serde::{Deserialize, Deserializer};

/// How far the provider's clock and ours may be apart, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 60;
/// Longest subject (OpenID Connect Core 1.0, 2).
const SUBJECT_CHARACTERS_MAX: usize = 255;

/// What a token must say.
#[derive(Debug)]
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// This shop, as the provider knows it.
    pub client_id: &'a str,
    /// What was sent along with the question.
    pub nonce: &'a str,
    /// The present moment.
    pub now: Timestamp,
}

/// Who it is, by the provider's word.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// Their name for ever at this provider.
    #[serde(rename = "sub")]
    pub subject: String,
    /// Their e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the provider knows that it is theirs.
    #[serde(default, deserialize_with = "truth")]
    pub email_verified: bool,
    /// What they are called.
    #[serde(default)]
    pub given_name: Option<String>,
    /// The name of their family.
    #[serde(default)]
    pub family_name: Option<String>,
    /// Both.
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(flatten)]
    identity: Identity,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    aud: Audience,
    exp: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn is_only(&self, client_id: &str) -> bool {
        match self {
            Self::One(party) => party == client_id,
            Self::Several(parties) => parties.iter().all(|party| party == client_id),
        }
    }
}

/// Why a token does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Forged, damaged, from or for somebody else.
    #[error("{0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The provider's keys do not have the one that it names.
    #[error("it names no key of the provider")]
    UnknownKey,
    /// The key is for something else, or of a kind that is not taken here.
    #[error("its key is not one for RS256, ES256 or EdDSA signatures")]
    KeyKind,
    /// It is over.
    #[error("it has expired")]
    Expired,
    /// It answers another question.
    #[error("it does not repeat the nonce")]
    Nonce,
    /// It was given to another client.
    #[error("it was made for another client")]
    AuthorizedParty,
    /// It says of nobody that it is they.
    #[error("its subject is empty or too long")]
    Subject,
}

/// Who it is, if one of `keys` signed the token and it says what is expected.
pub fn check(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Identity, Error> {
    let header = decode_header(token)?;
    let key = key_named(keys, header.kid.as_deref()).ok_or(Error::UnknownKey)?;
    // What the key is for, and never what the token's own head says.
    let mut validation = Validation::new(algorithm_of(key).ok_or(Error::KeyKind)?);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // The end is checked below, by the clock that we are given.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    if expected.now.0 / 1_000 >= claims.exp.saturating_add(CLOCK_SKEW_SECONDS) {
        return Err(Error::Expired);
    }
    if !claims.nonce.is_some_and(|nonce| secret::equal(nonce.as_bytes(), expected.nonce.as_bytes())) {
        return Err(Error::Nonce);
    }
    let for_us = match &claims.azp {
        Some(party) => party == expected.client_id,
        None => claims.aud.is_only(expected.client_id),
    };
    if !for_us {
        return Err(Error::AuthorizedParty);
    }
    if !(1..=SUBJECT_CHARACTERS_MAX).contains(&claims.identity.subject.len()) {
        return Err(Error::Subject);
    }
    Ok(claims.identity)
}

/// The key that the token names. A token without a name is fine while there is only one key.
fn key_named<'keys>(keys: &'keys JwkSet, name: Option<&str>) -> Option<&'keys Jwk> {
    match (name, keys.keys.as_slice()) {
        (Some(name), _) => keys.find(name),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// What `key` signs with, by its own word or else by its kind.
fn algorithm_of(key: &Jwk) -> Option<Algorithm> {
    if key.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let by_kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let by_word = match key.common.key_algorithm {
        None => by_kind,
        Some(KeyAlgorithm::RS256) => Algorithm::RS256,
        Some(KeyAlgorithm::ES256) => Algorithm::ES256,
        Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
        Some(_) => return None,
    };
    (by_word == by_kind).then_some(by_kind)
}

/// Some providers write truths as texts.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Truth {
        Truth(bool),
        Text(String),
    }
    Ok(match Truth::deserialize(deserializer)? {
        Truth::Truth(truth) => truth,
        Truth::Text(text) => text == "true",
    })
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    /// The key pair of RFC 8037, appendix A.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const EXPECTED: Expected<'static> =
        Expected { issuer: "https://id.example", client_id: "merkato", nonce: "a nonce", now: NOW };

    fn keys(changes: &Value) -> JwkSet {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "one", "x": PUBLIC});
        for (name, value) in changes.as_object().expect("an object") {
            key[name] = value.clone();
        }
        serde_json::from_value(json!({ "keys": [key] })).expect("keys")
    }

    fn token(kid: Option<&str>, changes: &Value) -> String {
        let mut der = vec![
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ];
        der.extend(URL_SAFE_NO_PAD.decode(SEED).expect("a seed"));
        let mut claims = json!({
            "iss": "https://id.example", "aud": "merkato", "sub": "42", "nonce": "a nonce",
            "iat": NOW.0 / 1_000, "exp": NOW.0 / 1_000 + 300,
            "email": "hanna@merkato.example", "email_verified": true,
        });
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &EncodingKey::from_ed_der(&der)).expect("a token")
    }

    fn checked(changes: &Value) -> Result<Identity, Error> {
        check(&token(Some("one"), changes), &keys(&json!({})), &EXPECTED)
    }

    #[test]
    fn a_token_of_the_provider_says_who_it_is() {
        let identity = checked(&json!({})).expect("a good token");
        assert_eq!((identity.subject.as_str(), identity.email_verified), ("42", true));
        let unnamed = check(&token(None, &json!({})), &keys(&json!({})), &EXPECTED);
        assert!(unnamed.is_ok(), "{unnamed:?}");
        assert!(checked(&json!({"email_verified": "true"})).expect("a good token").email_verified);
        assert!(!checked(&json!({"email_verified": "no"})).expect("a good token").email_verified);
    }

    #[test]
    fn what_is_not_for_this_question_is_refused() {
        for changes in [json!({"iss": "https://evil.example"}), json!({"aud": "other"}), json!({"aud": []})] {
            assert!(matches!(checked(&changes), Err(Error::Token(_))), "{changes}");
        }
        for changes in [json!({"nonce": "another"}), json!({"nonce": null})] {
            assert!(matches!(checked(&changes), Err(Error::Nonce)), "{changes}");
        }
        for changes in [json!({"aud": ["merkato", "other"]}), json!({"azp": "other"})] {
            assert!(matches!(checked(&changes), Err(Error::AuthorizedParty)), "{changes}");
        }
        assert!(checked(&json!({"aud": ["merkato", "other"], "azp": "merkato"})).is_ok());
        assert!(matches!(checked(&json!({"sub": ""})), Err(Error::Subject)));
    }

    #[test]
    fn a_token_that_is_over_is_refused() {
        let ends = |seconds: i64| json!({"exp": NOW.0 / 1_000 + seconds});
        assert!(checked(&ends(1 - CLOCK_SKEW_SECONDS)).is_ok());
        assert!(matches!(checked(&ends(-CLOCK_SKEW_SECONDS)), Err(Error::Expired)));
        assert!(matches!(checked(&json!({"exp": null})), Err(Error::Token(_))));
    }

    #[test]
    fn the_key_says_how_a_token_is_signed_and_the_token_does_not() {
        let claims = json!({"iss": "https://id.example", "aud": "merkato", "sub": "42", "nonce": "a nonce",
            "exp": 9_999_999_999_i64});
        let hmac = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::HS256) };
        let forged = encode(&hmac, &claims, &EncodingKey::from_secret(PUBLIC.as_bytes())).expect("a token");
        assert!(matches!(check(&forged, &keys(&json!({})), &EXPECTED), Err(Error::Token(_))));

        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let none = format!("{}.{}.", part(&json!({"alg": "none", "kid": "one"})), part(&claims));
        assert!(check(&none, &keys(&json!({})), &EXPECTED).is_err());

        let good = token(Some("one"), &json!({}));
        for changes in [json!({"alg": "RS256"}), json!({"alg": "HS256"}), json!({"use": "enc"})] {
            assert!(matches!(check(&good, &keys(&changes), &EXPECTED), Err(Error::KeyKind)), "{changes}");
        }
        assert!(check(&good, &keys(&json!({"alg": "EdDSA"})), &EXPECTED).is_ok());
    }

    #[test]
    fn a_key_that_is_not_there_is_asked_for_again() {
        let other = token(Some("two"), &json!({}));
        assert!(matches!(check(&other, &keys(&json!({})), &EXPECTED), Err(Error::UnknownKey)));
    }
}
