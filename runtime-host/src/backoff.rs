//! How long to wait before something that failed is tried again.

use crate::app::Entropy;

/// The range of waits: it doubles with each try, up to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait after the first try, in milliseconds.
    pub first_ms: u32,
    /// Longest wait after any try, in milliseconds.
    pub max_ms: u32,
}

impl Backoff {
    /// A wait in milliseconds after try `tries`, counted from 1: anything from nothing to the doubled limit, all
    /// equally likely. What failed together does not come back together ("full jitter").
    pub fn wait_ms(self, tries: u32, entropy: &dyn Entropy) -> i64 {
        let mut random = [0; 8];
        entropy.fill(&mut random);
        let ceiling = self.ceiling_ms(tries);
        // The bias of the remainder is beyond notice: the ceiling is at most 2^32, the number any below 2^64.
        i64::try_from(u64::from_le_bytes(random) % (ceiling + 1)).unwrap_or(i64::MAX)
    }

    fn ceiling_ms(self, tries: u32) -> u64 {
        let doublings = tries.saturating_sub(1).min(u32::BITS - 1);
        (u64::from(self.first_ms) << doublings).min(u64::from(self.max_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same byte for ever.
    struct Constant(u8);
    impl Entropy for Constant {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    const BACKOFF: Backoff = Backoff { first_ms: 500, max_ms: 60_000 };

    #[test]
    fn the_longest_wait_doubles_up_to_its_limit() {
        let ceilings = [0, 1, 2, 3, 8, 33, u32::MAX].map(|tries| BACKOFF.ceiling_ms(tries));
        assert_eq!(ceilings, [500, 500, 1_000, 2_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn a_wait_is_never_negative_and_never_above_its_limit() {
        for byte in 0..=u8::MAX {
            for tries in [1, 5, 100] {
                let wait = BACKOFF.wait_ms(tries, &Constant(byte));
                assert!((0..=60_000).contains(&wait), "{wait}");
            }
        }
        assert_eq!(BACKOFF.wait_ms(1, &Constant(0)), 0, "the whole range is used");
    }
}
