//! Slips of the keyboard: a letter too many, too few or wrong, or two in the wrong order.
//!
//! Two words that differ by one slip become equal when at most one letter is left out of each (the symmetric deletes of
//! Garbe's `SymSpell`). So the index keeps each word under everything that it becomes with a letter left out, a
//! question looks up its own word in the same way, and a plain index on a plain table does the rest. Trigrams, the
//! other way, lose short words (`cups` and `caps` share none) and need an extension of PostgreSQL, which not everybody
//! who may make tables may install.

use std::collections::BTreeSet;

/// Shortest word that is put right, in letters: below it, everything is one slip away from something.
const LETTERS_MIN: usize = 4;
/// Longest word that is put right, in letters: longer ones cost more rows than their slips are worth.
const LETTERS_MAX: usize = 20;

/// What `word` is looked up under: itself, and all that it becomes with one letter left out. Nothing for a word that is
/// not put right: one that is too short or too long, or holds a digit, which says what it means.
pub fn spellings(word: &str) -> BTreeSet<String> {
    let letters = word.chars().collect::<Vec<_>>();
    if !(LETTERS_MIN..=LETTERS_MAX).contains(&letters.len())
        || letters.iter().any(|letter| letter.is_numeric())
    {
        return BTreeSet::new();
    }
    let without = |left_out: usize| {
        let kept = letters.iter().enumerate().filter(move |(place, _)| *place != left_out);
        kept.map(|(_, letter)| *letter).collect::<String>()
    };
    (0..=letters.len()).map(without).collect()
}

/// Whether one slip leads from one word to the other, or none.
pub fn is_slip(one: &str, other: &str) -> bool {
    let (one, other) = (one.chars().collect::<Vec<_>>(), other.chars().collect::<Vec<_>>());
    let alike = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[alike..], &other[alike..]);
    match (one, other) {
        ([], []) => true,
        ([_, one @ ..], [_, other @ ..]) if one == other => true,
        ([a, b, one @ ..], [c, d, other @ ..]) if (a, b) == (d, c) && one == other => true,
        ([_, one @ ..], other) if one == other => true,
        (one, [_, other @ ..]) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_slip_is_one_and_two_are_none() {
        for (typed, meant) in [
            ("jebena", "jebena"),
            ("jebna", "jebena"),
            ("jebenna", "jebena"),
            ("jebema", "jebena"),
            ("jebnea", "jebena"),
            ("ebena", "jebena"),
            ("jeben", "jebena"),
        ] {
            assert!(is_slip(typed, meant) && is_slip(meant, typed), "{typed}");
        }
        for (typed, other) in [("jbna", "jebena"), ("nebej", "jebena"), ("cup", "cloth"), ("", "ab")] {
            assert!(!is_slip(typed, other), "{typed}");
        }
    }

    #[test]
    fn words_that_differ_by_a_slip_share_a_spelling() {
        for (typed, meant) in
            [("cotn", "coton"), ("cottton", "cotton"), ("ctoton", "cotton"), ("sotton", "cotton")]
        {
            assert!(!spellings(typed).is_disjoint(&spellings(meant)), "{typed}");
        }
    }

    #[test]
    fn short_words_and_numbers_are_taken_as_they_are() {
        for word in ["", "cup", "250g", "m42x1", &"x".repeat(21)] {
            assert!(spellings(word).is_empty(), "{word}");
        }
        assert_eq!(spellings("cups").len(), 5);
    }
}
