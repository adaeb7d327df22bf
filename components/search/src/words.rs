//! Words: what a text is cut into, for the index and for questions alike.
//!
//! Letters are compared without case and accents, so that `Cafe` finds `café`; apostrophes are left out, so that
//! `women's` is one word; a word is found by its stem, so that `cup` finds `cups`. The stemmer is Snowball's for
//! English. What is not English goes through it as well, on both sides, and is found by its own words.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization as _;

/// Longest word that is told from another, in letters: no language's words are longer, and what is longer is noise.
const LETTERS_MAX: usize = 40;
/// The accents of Latin, Greek and Cyrillic letters. Those of other scripts are vowels, and stay.
const ACCENTS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';
/// Apostrophes, which part no words.
const APOSTROPHES: [char; 3] = ['\'', '\u{2019}', '\u{2bc}'];

/// A word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// In lower case and without accents: letters and digits, and nothing else.
    pub text: String,
    /// What it is found by.
    pub stem: String,
}

impl Word {
    fn new(text: &str) -> Self {
        let text = text.chars().take(LETTERS_MAX).collect::<String>();
        let stem = Stemmer::create(Algorithm::English).stem(&text).into_owned();
        Self { text, stem }
    }
}

/// `text` in lower case and without accents.
pub fn folded(text: &str) -> String {
    let letters = text.nfkd().filter(|letter| !ACCENTS.contains(letter) && !APOSTROPHES.contains(letter));
    letters.nfc().flat_map(char::to_lowercase).collect()
}

/// The words of a text, in its order.
pub fn words(text: &str) -> Vec<Word> {
    let folded = folded(text);
    let parts = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(Word::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn case_accents_number_and_apostrophes_make_no_other_word() {
        assert_eq!(stems("Cafés"), stems("cafe"));
        assert_eq!(stems("Women's jackets"), stems("womens JACKET"));
        assert_eq!(stems("washing"), stems("washed"));
        assert_eq!(stems("ﬁne"), stems("fine"));
    }

    #[test]
    fn whatever_is_no_letter_or_digit_parts_words() {
        let texts =
            words("T-shirt, 250g; DROP TABLE product;--<b>\"x\"</b>").into_iter().map(|word| word.text);
        let expected = ["t", "shirt", "250g", "drop", "table", "product", "b", "x", "b"];
        assert_eq!(texts.collect::<Vec<_>>(), expected);
        assert_eq!(words(" \t--\u{0}'\"*()"), []);
    }

    #[test]
    fn words_of_other_scripts_stay_whole() {
        assert_eq!(words("ጀበና ቡና").len(), 2);
        assert_eq!(words("コーヒー")[0].text.chars().count(), 4);
    }

    #[test]
    fn a_word_without_end_is_cut() {
        assert_eq!(words(&"x".repeat(100_000))[0].text.len(), LETTERS_MAX);
    }
}
