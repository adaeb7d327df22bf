//! Signs what is sent, in the scheme of Standard Webhooks 1.0, so that a receiver knows who sent it and when.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Invalid;

/// How a written secret begins.
const PREFIX: &str = "whsec_";
/// Bytes of a secret: fewer could be guessed, more add nothing (Standard Webhooks, "Signature scheme").
const SECRET_BYTES: RangeInclusive<usize> = 24..=64;

/// A secret shared with one subscriber.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}

impl FromStr for SigningKey {
    type Err = Invalid;

    /// Reads `whsec_` and base64. An error never holds the secret.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || {
            let (least, most) = (SECRET_BYTES.start(), SECRET_BYTES.end());
            Invalid(format!("must be {PREFIX} and {least} to {most} bytes in base64"))
        };
        let encoded = text.strip_prefix(PREFIX).ok_or_else(invalid)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| invalid())?;
        if SECRET_BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(invalid()) }
    }
}

impl SigningKey {
    /// The signature of a body that is sent as `id` at `timestamp` (epoch seconds).
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<String, Invalid> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        let mut mac = mac.map_err(|_| Invalid("is no key for HMAC".to_owned()))?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_reference_implementations() {
        // The example that the reference libraries test themselves with.
        let key: SigningKey = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse().expect("a secret");
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = key.sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body).expect("a signature");
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused_and_none_is_shown() {
        for text in ["hunter2", "whsec_", "whsec_aHVudGVyMg==", "whsec_!!!!"] {
            let error = text.parse::<SigningKey>().expect_err(text).to_string();
            assert!(!error.contains("hunter2") && !error.contains("aHVudGVyMg"), "{error}");
        }
        let key: SigningKey = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse().expect("a secret");
        assert_eq!(format!("{key:?}"), "SigningKey(..)");
    }
}
