//! What a browser keeps for the shop without being able to read or change it: a password that waits for its second
//! factor.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use merkato_commerce::time::Timestamp;

/// Bytes of a nonce: so many that random ones never meet.
pub const NONCE_BYTES: usize = 24;
/// Bytes of the key that the cipher takes.
const KEY_BYTES: usize = 32;

/// The shop's own key, for one use.
pub struct Seal {
    cipher: XChaCha20Poly1305,
    purpose: &'static str,
}

impl Seal {
    /// What seals for `purpose`. Each use has a key of its own, so that none says anything about another.
    pub fn new(cookie_key: &str, purpose: &'static str) -> Option<Self> {
        let derived = merkato_edge::secret::sign(cookie_key.as_bytes(), format!("seal:{purpose}").as_bytes());
        // The signature is twice as many hexadecimal digits as the key has bytes.
        let bytes =
            (0..KEY_BYTES).map(|place| u8::from_str_radix(derived.get(place * 2..place * 2 + 2)?, 16).ok());
        let key = bytes.collect::<Option<Vec<_>>>()?;
        Some(Self { cipher: XChaCha20Poly1305::new_from_slice(&key).ok()?, purpose })
    }

    /// `text`, sealed until `end`.
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], end: Timestamp, text: &str) -> Option<String> {
        let whole = format!("{}\0{text}", end.0);
        let payload = Payload { msg: whole.as_bytes(), aad: self.purpose.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// What was sealed, if it was sealed here and its end has not come.
    pub fn open(&self, now: Timestamp, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: self.purpose.as_bytes() };
        let whole = String::from_utf8(self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()?;
        let (end, text) = whole.split_once('\0')?;
        (now.0 < end.parse().ok()?).then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_here_and_in_time_and_nowhere_else() {
        let seal = |key| Seal::new(key, "door").expect("a seal");
        let sealed = seal("key").seal([7; NONCE_BYTES], Timestamp(10), "a\0 secret").expect("sealed");
        assert!(!sealed.contains("secret"));
        assert_eq!(seal("key").open(Timestamp(9), &sealed).as_deref(), Some("a\0 secret"));
        assert_eq!(seal("key").open(Timestamp(10), &sealed), None);
        assert_eq!(seal("other").open(Timestamp(9), &sealed), None);
        assert_eq!(Seal::new("key", "window").expect("a seal").open(Timestamp(9), &sealed), None);
        for damaged in ["", "é", &sealed[1..], &format!("{}A", &sealed[..sealed.len() - 1])] {
            assert!(seal("key").open(Timestamp(9), damaged).is_none() || *damaged == sealed, "{damaged}");
        }
    }
}
