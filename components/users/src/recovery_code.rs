//! Recovery codes: what lets somebody in who has lost the authenticator, each once.

use sha2::{Digest, Sha256};

use crate::totp;

/// Codes of a set: enough for years of lost phones.
pub const COUNT: usize = 10;
/// Random bytes of a code: 80 bits, so many that a plain hash keeps them (OWASP's cheat sheet wants slow hashes only
/// for what people think up).
pub const BYTES: usize = 10;
/// Letters between two hyphens.
const GROUP: usize = 4;

/// A code as people read it, such as `ABCD-EFGH-IJKL-MNOP`.
pub fn written(bytes: &[u8; BYTES]) -> String {
    let letters = totp::base32(bytes).chars().collect::<Vec<_>>();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is kept of a code. Hyphens, gaps and small letters make no difference.
pub fn hash(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    hex::encode(Sha256::digest(letters))
}

/// The hashes that are left once `code` was used; none if it is none of them.
pub fn without(hashes: &[String], code: &str) -> Option<Vec<String>> {
    let used = hash(code);
    let left = hashes.iter().filter(|hash| **hash != used).cloned().collect::<Vec<_>>();
    (left.len() < hashes.len()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed_and_only_once() {
        let code = written(&[0xa5; BYTES]);
        assert_eq!(code.len(), 19, "{code}");
        let hashes = vec![hash(&code), hash("another")];
        let left = without(&hashes, &code.to_lowercase().replace('-', " ")).expect("a known code");
        assert_eq!(left, [hash("another")]);
        assert_eq!(without(&left, &code), None);
    }
}
