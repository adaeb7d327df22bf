//! What users keeps sealed, because whoever reads its tables must not be able to use it: the secrets of second
//! factors. And what it derives from the same key.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::KeyInit as _;
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use merkato_commerce::ids::UserId;
use merkato_contract::problem::Problem;
use merkato_edge::{Context, secret};

/// Bytes of a nonce: so many that random ones never meet.
const NONCE_BYTES: usize = 24;

/// The service's own key. Each use has its own derived from it, so that none says anything about another.
pub struct Key(String);

impl Key {
    /// The key that the operator set.
    pub fn of(context: &Context) -> Result<Self, Problem> {
        context.setting("users_key").map(Self)
    }

    #[cfg(test)]
    pub fn for_test(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A text that stands for `text` and that nobody can make, or get back to it from, without the key.
    pub fn mark(&self, purpose: &str, text: &str) -> String {
        secret::sign(self.0.as_bytes(), format!("{purpose}\0{text}").as_bytes())
    }

    /// Whether `mark` is what [`Key::mark`] gives.
    pub fn is_mark(&self, purpose: &str, text: &str, mark: &str) -> bool {
        secret::verify(self.0.as_bytes(), format!("{purpose}\0{text}").as_bytes(), mark)
    }

    /// Seals `bytes` for `owner`: in nobody else's row can they be opened.
    pub fn seal(&self, context: &Context, owner: UserId, bytes: &[u8]) -> Result<String, Problem> {
        let nonce = context.random::<NONCE_BYTES>()?;
        let sealed = self.sealed(owner, &nonce, bytes);
        sealed.ok_or_else(|| context.internal("a secret cannot be sealed", "the cipher refused"))
    }

    /// Opens what was sealed for `owner`.
    pub fn open(&self, context: &Context, owner: UserId, sealed: &str) -> Result<Vec<u8>, Problem> {
        let opened = self.opened(owner, sealed);
        opened.ok_or_else(|| {
            context.internal("a sealed secret cannot be opened", "it was sealed with another users_key")
        })
    }

    fn sealed(&self, owner: UserId, nonce: &[u8; NONCE_BYTES], bytes: &[u8]) -> Option<String> {
        let owner = owner.to_string();
        let payload = Payload { msg: bytes, aad: owner.as_bytes() };
        let sealed = self.cipher()?.encrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn opened(&self, owner: UserId, sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let owner = owner.to_string();
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        self.cipher()?.decrypt(&XNonce::from(*nonce), payload).ok()
    }

    fn cipher(&self) -> Option<XChaCha20Poly1305> {
        let key = hex::decode(self.mark("seal", "second factor")).ok()?;
        XChaCha20Poly1305::new_from_slice(&key).ok()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_under_its_key_and_unchanged_only() {
        let (key, other) = (Key("a key".to_owned()), Key("another".to_owned()));
        let (owner, thief) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let sealed = key.sealed(owner, &[9; NONCE_BYTES], b"secret").expect("sealed");
        assert_eq!(key.opened(owner, &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(key.opened(thief, &sealed), None);
        assert_eq!(other.opened(owner, &sealed), None);
        assert_eq!(key.opened(owner, &sealed.replacen(&sealed[40..41], "~", 1)), None);
        assert_eq!(key.opened(owner, ""), None);
    }

    #[test]
    fn a_mark_is_for_one_purpose() {
        let key = Key("a key".to_owned());
        assert!(key.is_mark("a", "text", &key.mark("a", "text")));
        assert!(!key.is_mark("b", "text", &key.mark("a", "text")));
        assert_ne!(key.mark("a", "bc"), key.mark("ab", "c"));
    }
}
