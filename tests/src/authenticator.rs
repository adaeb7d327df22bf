//! What a shopper's phone shows: codes of a second factor (RFC 6238), reckoned apart from the shop's own.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// How long a code holds, in seconds.
const STEP_SECONDS: u64 = 30;

/// An authenticator.
pub struct Authenticator(Vec<u8>);

impl Authenticator {
    /// One that was given `secret` in base32.
    pub fn new(secret: &str) -> Self {
        let (mut bits, mut count, mut bytes) = (0_u64, 0, Vec::new());
        for letter in secret.bytes() {
            let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter);
            bits = (bits << 5) | value.expect("base32") as u64;
            count += 5;
            if count >= 8 {
                count -= 8;
                bytes.push(u8::try_from((bits >> count) & 0xff).expect("a byte"));
            }
        }
        Self(bytes)
    }

    /// The code that it shows now, or `steps` later.
    #[expect(clippy::disallowed_methods, reason = "a phone goes by its own clock")]
    pub fn code(&self, steps: u64) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
        let step = now.as_secs() / STEP_SECONDS + steps;
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("a key");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[19] & 0xf);
        let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().expect("four bytes"));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }
}
