//! Webhooks of the sandbox: signed as most gateways sign theirs, over the time and the body.
//!
//! `sandbox-signature: t=<epoch seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, and as body
//! `{"event_id": "...", "payment_id": "...", "outcome": "approved" | "declined" | "captured", "reason": "..."}`.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// Carries the signature.
pub const SIGNATURE_HEADER: &str = "sandbox-signature";
/// How old, or how far ahead, a webhook may be, in seconds: longer than clocks differ and queues hold, shorter than a
/// recording is worth something.
const TOLERANCE_SECONDS: u64 = 5 * 60;

/// What a webhook says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The gateway's id of the event.
    pub event_id: String,
    /// The shop's name for the payment.
    pub payment_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was declined.
    #[serde(default)]
    pub reason: String,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The money is set aside.
    Approved,
    /// It is not.
    Declined,
    /// The shop has the money.
    Captured,
}

/// Why a webhook is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The signature is missing or wrong.
    BadSignature,
    /// It is right, but too old or from the future.
    Stale,
    /// It is right, but what it signs is not understood.
    Malformed(String),
}

/// What `body` says, if `signature` was made of it with `secret` not long before or after `now_epoch_seconds`.
pub fn verified(
    signature: &str,
    body: &[u8],
    secret: &[u8],
    now_epoch_seconds: i64,
) -> Result<Notice, Error> {
    let (time, digest) = parts(signature).ok_or(Error::BadSignature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| Error::BadSignature)?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    // Compared in constant time.
    mac.verify_slice(&digest).map_err(|_| Error::BadSignature)?;

    let time: i64 = time.parse().map_err(|_| Error::BadSignature)?;
    if now_epoch_seconds.abs_diff(time) > TOLERANCE_SECONDS {
        return Err(Error::Stale);
    }
    serde_json::from_slice(body).map_err(|error| Error::Malformed(error.to_string()))
}

/// The time as it was signed, and the digest.
fn parts(signature: &str) -> Option<(&str, Vec<u8>)> {
    let value = |name: &str| {
        let mut parts = signature.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    Some((value("t")?, bytes(value("v1")?)?))
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = hexadecimal.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"event_id":"e1","payment_id":"p1","outcome":"approved"}"#;
    const NOW: i64 = 1_800_000_000;

    fn signed(time: &str, body: &[u8], secret: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        format!("t={time},v1={digest}")
    }

    #[test]
    fn a_webhook_that_was_signed_just_now_is_believed() {
        let notice = verified(&signed("1800000000", BODY, b"key"), BODY, b"key", NOW).expect("a notice");
        assert_eq!((notice.payment_id.as_str(), notice.outcome), ("p1", Outcome::Approved));
        assert!(verified(&signed("1800000300", BODY, b"key"), BODY, b"key", NOW).is_ok());
    }

    #[test]
    fn another_body_another_key_or_no_signature_is_not_believed() {
        let signature = signed("1800000000", BODY, b"key");
        assert_eq!(verified(&signature, b"{}", b"key", NOW), Err(Error::BadSignature));
        assert_eq!(verified(&signature, BODY, b"other", NOW), Err(Error::BadSignature));
        let moved = signature.replace("t=1800000000", "t=1800000001");
        for signature in ["", "t=1800000000", "v1=00", "t=x,v1=zz", "t=1800000000,v1=0", moved.as_str()] {
            assert_eq!(verified(signature, BODY, b"key", NOW), Err(Error::BadSignature), "{signature}");
        }
    }

    #[test]
    fn a_recording_is_not_believed() {
        for time in ["1799999699", "1800000301", "-9223372036854775808"] {
            let signature = signed(time, BODY, b"key");
            assert_eq!(verified(&signature, BODY, b"key", NOW), Err(Error::Stale), "{time}");
        }
    }

    #[test]
    fn what_is_signed_but_not_understood_is_malformed() {
        let signature = signed("1800000000", b"{}", b"key");
        assert!(matches!(verified(&signature, b"{}", b"key", NOW), Err(Error::Malformed(_))));
    }
}
