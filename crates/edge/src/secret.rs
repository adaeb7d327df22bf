//! Comparing and signing with secrets.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Whether two secrets are equal. Their digests are compared, every byte of them, so that the time taken tells
/// neither where they differ nor how long they are.
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    let difference = Sha256::digest(left)
        .iter()
        .zip(Sha256::digest(right).iter())
        .fold(0, |sum, (left, right)| sum | (left ^ right));
    difference == 0
}

/// HMAC-SHA256 of `message` under `key`, in hexadecimal.
pub fn sign(key: &[u8], message: &[u8]) -> String {
    mac(key, message).finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether `signature` is what [`sign`] gives, in constant time.
pub fn verify(key: &[u8], message: &[u8], signature: &str) -> bool {
    equal(sign(key, message).as_bytes(), signature.as_bytes())
}

/// HMAC under a key of any length. The block is filled as RFC 2104 says, which spares a `Result` that never fails.
fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    if key.len() > block.len() {
        let digest = Sha256::digest(key);
        block[..digest.len()].copy_from_slice(&digest);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    Hmac::new(&block).chain_update(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_rfc_4231_case_2() {
        let signature = sign(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(verify(b"Jefe", b"what do ya want for nothing?", &signature));
        assert!(!verify(b"jefe", b"what do ya want for nothing?", &signature));
        assert!(!verify(b"Jefe", b"what do ya want for nothing?", &signature[1..]));
    }

    #[test]
    fn a_key_longer_than_a_block_is_that_of_rfc_4231_case_6() {
        let signature = sign(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(signature, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn only_equal_secrets_are_equal() {
        assert!(equal(b"", b""));
        assert!(!equal(b"a", b"aa"));
    }
}
