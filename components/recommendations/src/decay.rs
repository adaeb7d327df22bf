//! How what happened loses weight with time, without anything being written again.
//!
//! This is forward decay (Cormode, Shkapenyuk, Srivastava and Xu, "Forward Decay: A Practical Time Decay Model for
//! Streaming Systems", ICDE 2009): what happens at a time adds 2 to the power of the half-lives from a fixed landmark
//! to that time. Compared with each other, sums of such weights stand at any moment as if each part had been halved
//! once for each half-life of its age; so a score is only ever added to, and an index of scores stays in order by
//! itself. [`present`] takes the common factor out.

use merkato_commerce::time::Timestamp;

/// From where half-lives are counted: 2026-01-01. It can never change, since weights in tables go by it.
const LANDMARK: Timestamp = Timestamp(1_767_225_600_000);
/// In so many milliseconds (30 days) a sale or a look comes to count half: longer than a whim, shorter than a season.
const HALF_LIFE_MS: f64 = 2_592_000_000.0;
/// A time further from the landmark than this (74 years) counts as this far. So weights stay far within what a double
/// can hold (2 to the power of 1023), however many are added up.
const HALF_LIVES_MAX: f64 = 900.0;
/// In so many milliseconds (a week) what a shopper looked at comes to say half as much about what they want.
const INTEREST_HALF_LIFE_MS: f64 = 604_800_000.0;

/// What something that happens at `at` adds to a score.
pub fn weight(at: Timestamp) -> f64 {
    half_lives(at).exp2()
}

/// What a score of the tables amounts to at `now`, in things that happen at this moment.
pub fn present(score: f64, now: Timestamp) -> f64 {
    score / weight(now)
}

/// How much what a shopper did at `at` still says about what they want, from 1 for now down to 0.
pub fn interest(at: Timestamp, now: Timestamp) -> f64 {
    (-to_f64(now.milliseconds_since(at).max(0)) / INTEREST_HALF_LIFE_MS).exp2()
}

fn half_lives(at: Timestamp) -> f64 {
    (to_f64(at.milliseconds_since(LANDMARK)) / HALF_LIFE_MS).clamp(-HALF_LIVES_MAX, HALF_LIVES_MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a millisecond more or less in 300 000 years")]
const fn to_f64(milliseconds: i64) -> f64 {
    milliseconds as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY_MS: i64 = 86_400_000;

    /// Any moment of the next sixty years.
    fn moment() -> impl Strategy<Value = Timestamp> {
        (0..60 * 365 * DAY_MS).prop_map(|milliseconds| LANDMARK.plus_milliseconds(milliseconds))
    }

    /// What the parts of a score amount to when each is halved by its own age.
    fn halved(parts: &[Timestamp], now: Timestamp) -> f64 {
        parts.iter().map(|at| (-to_f64(now.milliseconds_since(*at)) / HALF_LIFE_MS).exp2()).sum()
    }

    proptest! {
        #[test]
        fn a_score_amounts_at_any_time_to_its_parts_halved_by_their_ages(
            parts in prop::collection::vec(moment(), 1..20), now in moment(),
        ) {
            let score = parts.iter().map(|at| weight(*at)).sum::<f64>();
            let expected = halved(&parts, now);
            prop_assert!((present(score, now) - expected).abs() <= expected * 1e-9);
        }

        #[test]
        fn scores_keep_their_order_while_nothing_happens(
            one in prop::collection::vec(moment(), 1..20), other in prop::collection::vec(moment(), 1..20),
            first in moment(), later in moment(),
        ) {
            let score = |parts: &[Timestamp]| parts.iter().map(|at| weight(*at)).sum::<f64>();
            let (one, other) = (score(&one), score(&other));
            let order = |now| present(one, now).total_cmp(&present(other, now));
            prop_assert_eq!(order(first), order(later));
        }

        #[test]
        fn a_time_far_off_still_has_a_weight(milliseconds in any::<i64>()) {
            let weight = weight(Timestamp(milliseconds));
            prop_assert!(weight.is_normal() && (weight * 1e30).is_finite());
        }
    }

    #[test]
    fn a_half_life_halves() {
        let now = LANDMARK.plus_milliseconds(365 * DAY_MS);
        let month_ago = now.plus_milliseconds(-30 * DAY_MS);
        assert!((present(weight(month_ago), now) - 0.5).abs() < 1e-9);
        assert!((interest(now.plus_milliseconds(-7 * DAY_MS), now) - 0.5).abs() < 1e-9);
        assert!((interest(now.plus_milliseconds(1), now) - 1.0).abs() < 1e-9, "a clock that is ahead");
    }
}
