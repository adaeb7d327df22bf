//! Time-based one-time passwords (RFC 6238), as authenticators make them: HMAC-SHA-1, six digits, half a minute.

use hmac::{Hmac, KeyInit, Mac};
use merkato_commerce::time::Timestamp;
use merkato_edge::secret;
use sha1::Sha1;

/// How long a code holds, in milliseconds (RFC 6238, 5.2).
const STEP_MS: i64 = 30_000;
/// Steps before and after the present one whose codes hold as well: phones' clocks are off, and typing takes time.
const STEPS_OFF_MAX: i64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;
/// Bytes of a secret: as many as the hash has (RFC 4226, 4, R6).
pub const SECRET_BYTES: usize = 20;
/// What base32 is written with (RFC 4648, 6).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step whose code `code` is, at `now`, if it is one that holds and comes after `last_step`: a code works once.
pub fn step_of(code: &str, secret: &[u8], now: Timestamp, last_step: i64) -> Option<i64> {
    let present = now.0.div_euclid(STEP_MS);
    // All of them are looked at, so that the time does not tell which one it was.
    (present - STEPS_OFF_MAX..=present + STEPS_OFF_MAX)
        .filter(|step| secret::equal(code_at(secret, *step, DIGITS).as_bytes(), code.as_bytes()))
        .fold(None, |_, step| Some(step))
        .filter(|step| *step > last_step)
}

/// Whether `text` looks like a code, with or without a gap in the middle; gives its digits.
pub fn digits(text: &str) -> Option<String> {
    let digits = text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
    (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// The secret in base32, for typing it.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(BASE32[(bits >> count) as usize & 31]));
        }
    }
    if count > 0 {
        text.push(char::from(BASE32[(bits << (5 - count)) as usize & 31]));
    }
    text
}

/// What an authenticator reads from a picture (the key URI format that they all know).
pub fn otpauth_url(secret: &[u8], email: &str) -> String {
    let account = form_urlencoded::byte_serialize(email.as_bytes()).collect::<String>().replace('+', "%20");
    format!(
        "otpauth://totp/Merkato:{account}?secret={}&issuer=Merkato&algorithm=SHA1&digits={DIGITS}&period={}",
        base32(secret),
        STEP_MS / 1_000
    )
}

/// The code of a step, `digits` long (RFC 4226, 5.3).
fn code_at(secret: &[u8], step: i64, digits: usize) -> String {
    let mut key = hmac::digest::Key::<Hmac<Sha1>>::default();
    // A secret is 20 bytes, and a block 64; what were longer would be cut off.
    let length = secret.len().min(key.len());
    key[..length].copy_from_slice(&secret[..length]);
    let hash = Hmac::<Sha1>::new(&key).chain_update(step.to_be_bytes()).finalize().into_bytes();
    let offset = usize::from(hash[hash.len() - 1] & 0xf);
    let number = hash[offset..offset + 4].iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    let text = format!("{:010}", number & 0x7fff_ffff);
    text[text.len() - digits..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let vectors = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (seconds, code) in vectors {
            assert_eq!(code_at(SECRET, seconds / 30, 8), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_holds_a_step_before_and_after_its_own_and_no_longer() {
        let code = code_at(SECRET, 100, DIGITS);
        let at = |step: i64| step_of(&code, SECRET, Timestamp(step * STEP_MS), 0);
        assert_eq!(
            [at(98), at(99), at(100), at(101), at(102)],
            [None, Some(100), Some(100), Some(100), None]
        );
    }

    #[test]
    fn a_code_works_once_and_none_before_it_works_afterwards() {
        let now = Timestamp(100 * STEP_MS);
        assert_eq!(step_of(&code_at(SECRET, 100, DIGITS), SECRET, now, 99), Some(100));
        for used in [99, 100] {
            assert_eq!(step_of(&code_at(SECRET, used, DIGITS), SECRET, now, 100), None);
        }
    }

    #[test]
    fn a_code_may_have_a_gap_and_nothing_else() {
        assert_eq!(digits("123 456").as_deref(), Some("123456"));
        for text in ["12345", "1234567", "12345a", "", "１２３４５６"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        let vectors = [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")];
        for (text, encoded) in vectors {
            assert_eq!(base32(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn an_address_cannot_add_to_the_url() {
        let url = otpauth_url(SECRET, "a&secret=x@merkato.example");
        assert_eq!(url.matches("secret=").count(), 1, "{url}");
    }
}
