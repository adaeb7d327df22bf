//! The keys that access tokens are signed with.
//!
//! The variable `token_signing_keys` holds them, private parts and all, as a JSON Web Key Set (RFC 7517, RFC 8037): the
//! first signs, a second is on its way in or out. To change keys, tell all services the public part of the new one
//! (`token_keys`), put the new one first here, and once the last token of the old one has expired, take the old one
//! away here and then there.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use merkato_contract::{
    problem::Problem,
    token::{Claims, DEVELOPMENT_KEY_PREFIX},
};
use merkato_edge::Context;
use serde::{Deserialize, Serialize};

/// Keys that are alive at a time: the one that signs, and the one before or after it.
const KEYS_MAX: usize = 2;
/// The environment in which keys made for development are refused.
const PRODUCTION: &str = "production";
/// An Ed25519 private key in PKCS #8 is these bytes and the 32 of its seed (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Why there is nothing to sign with. None of them quotes a key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a key set.
    #[error("token_signing_keys is not a JSON Web Key Set with private Ed25519 keys")]
    Unreadable,
    /// None, or more than two.
    #[error("token_signing_keys must hold one key or two, the one that signs first")]
    Number,
    /// A key that anybody may know.
    #[error("token_signing_keys holds a key that was made for development; in production it must not")]
    Development,
    /// The library refused.
    #[error("a token cannot be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

#[derive(Deserialize)]
struct PrivateSet {
    keys: Vec<PrivateKey>,
}

#[derive(Deserialize)]
struct PrivateKey {
    kty: String,
    crv: String,
    kid: String,
    d: String,
}

/// The public keys, for whoever checks tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicSet {
    keys: Vec<PublicKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    kid: String,
    x: String,
}

/// The keys that are alive, the one that signs first.
pub struct SigningKeys(Vec<NamedSeed>);

struct NamedSeed {
    name: String,
    seed: [u8; 32],
}

impl SigningKeys {
    /// The keys that the operator set.
    pub fn of(context: &Context) -> Result<Self, Problem> {
        let environment = context.optional_setting("environment")?;
        let keys = Self::parse(&context.setting("token_signing_keys")?, environment.as_deref());
        keys.map_err(|error| context.internal("there is no key to sign with", error))
    }

    fn parse(text: &str, environment: Option<&str>) -> Result<Self, Error> {
        let PrivateSet { keys } = serde_json::from_str(text).map_err(|_| Error::Unreadable)?;
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Err(Error::Number);
        }
        if environment == Some(PRODUCTION)
            && keys.iter().any(|key| key.kid.starts_with(DEVELOPMENT_KEY_PREFIX))
        {
            return Err(Error::Development);
        }
        keys.into_iter().map(private).collect::<Result<_, _>>().map(Self)
    }

    /// An access token with `claims`.
    pub fn sign(&self, claims: &Claims) -> Result<String, Error> {
        let key = self.0.first().ok_or(Error::Number)?;
        let der = [PKCS8_PREFIX.as_slice(), &key.seed].concat();
        let header = Header { kid: Some(key.name.clone()), ..Header::new(Algorithm::EdDSA) };
        Ok(jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&der))?)
    }

    /// What others check with.
    pub fn public(&self) -> PublicSet {
        let public = |key: &NamedSeed| PublicKey {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            usage: "sig",
            kid: key.name.clone(),
            x: URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&key.seed).verifying_key().as_bytes()),
        };
        PublicSet { keys: self.0.iter().map(public).collect() }
    }
}

fn private(key: PrivateKey) -> Result<NamedSeed, Error> {
    let seed = URL_SAFE_NO_PAD.decode(&key.d).ok().and_then(|seed| <[u8; 32]>::try_from(seed).ok());
    match seed {
        Some(seed) if key.kty == "OKP" && key.crv == "Ed25519" => Ok(NamedSeed { name: key.kid, seed }),
        _ => Err(Error::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::{ids::UserId, time::Timestamp};
    use merkato_contract::token::{AUDIENCE, ISSUER, Role};
    use merkato_edge::caller;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn key(name: &str, byte: u8) -> serde_json::Value {
        json!({"kty": "OKP", "crv": "Ed25519", "kid": name, "d": URL_SAFE_NO_PAD.encode([byte; 32])})
    }

    fn keys(keys: &[serde_json::Value], environment: Option<&str>) -> Result<SigningKeys, Error> {
        SigningKeys::parse(&json!({ "keys": keys }).to_string(), environment)
    }

    fn claims() -> Claims {
        Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: UserId(Uuid::from_u128(7)),
            role: Role::Customer,
            iat: NOW.0 / 1_000,
            exp: NOW.0 / 1_000 + 900,
        }
    }

    fn public(keys: &SigningKeys) -> String {
        serde_json::to_string(&keys.public()).expect("JSON")
    }

    #[test]
    fn the_public_key_is_that_of_rfc_8037() {
        let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "one",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"});
        let public = public(&keys(&[key], None).expect("a key"));
        assert!(public.contains("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), "{public}");
        assert!(!public.contains("nWGxne"), "{public}");
    }

    #[test]
    fn a_change_of_keys_breaks_no_token_that_is_alive() {
        let old = keys(&[key("old", 1)], None).expect("a key");
        let both = keys(&[key("new", 2), key("old", 1)], None).expect("two keys");
        let new = keys(&[key("new", 2)], None).expect("a key");
        let (before, after) = (old.sign(&claims()).expect("a token"), both.sign(&claims()).expect("a token"));
        assert!(caller::verify(&before, &public(&both), NOW).is_ok());
        assert!(caller::verify(&after, &public(&both), NOW).is_ok());
        assert!(caller::verify(&after, &public(&new), NOW).is_ok());
        assert!(caller::verify(&before, &public(&new), NOW).is_err());
    }

    #[test]
    fn a_development_key_is_refused_in_production_wherever_it_stands() {
        let development = key("development-1", 1);
        assert!(keys(std::slice::from_ref(&development), Some("development")).is_ok());
        for set in [vec![development.clone()], vec![key("real", 2), development]] {
            assert!(matches!(keys(&set, Some("production")), Err(Error::Development)));
        }
        assert!(keys(&[key("real", 2)], Some("production")).is_ok());
    }

    #[test]
    fn what_is_no_key_or_too_many_is_refused_without_a_word_of_it() {
        for set in [vec![], vec![key("a", 1), key("b", 2), key("c", 3)]] {
            assert!(matches!(keys(&set, None), Err(Error::Number)));
        }
        let mut short = key("a", 1);
        short["d"] = json!("c2VjcmV0");
        let error = keys(&[short], None).err().expect("an error").to_string();
        assert!(!error.contains("c2VjcmV0"), "{error}");
    }
}
