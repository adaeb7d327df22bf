//! What a shopper types, taken apart, and put into the words of each engine.

use std::collections::BTreeMap;

use crate::words::{Word, words};

/// Most words of a question; what comes after them is left out.
const WORDS_MAX: usize = 12;
/// Shortest beginning of a word that stands for all that begin so, in letters.
const PREFIX_LETTERS_MIN: usize = 2;
/// Words that part others and say nothing themselves, in the shop's language. They count in phrases only.
const STOP_WORDS: [&str; 14] =
    ["a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "with"];

/// A question: parts that all have to be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// The parts, in the order in which they were typed.
    pub parts: Vec<Part>,
}

/// A part of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A word.
    Word(Word),
    /// The last word, which may not have been typed to its end.
    Beginning(Word),
    /// Words in quotes, which have to follow each other.
    Phrase(Vec<Word>),
}

impl Question {
    /// Takes a text apart. Every text is a question; one without letters and digits has no parts.
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut left = WORDS_MAX;
        for (place, some) in text.split('"').enumerate() {
            let some = words(some).into_iter().take(left).collect::<Vec<_>>();
            left -= some.len();
            // What stands between two quotes has an odd place. A quote that is never closed is none.
            if place % 2 == 1 && some.len() > 1 {
                parts.push(Part::Phrase(some));
            } else {
                parts.extend(some.into_iter().map(Part::Word));
            }
        }
        let says =
            |part: &Part| !matches!(part, Part::Word(word) if STOP_WORDS.contains(&word.text.as_str()));
        if parts.iter().any(says) {
            parts.retain(says);
        }
        if let Some(Part::Word(last)) = parts.last()
            && last.text.chars().count() >= PREFIX_LETTERS_MIN
        {
            let last = last.clone();
            parts.pop();
            parts.push(Part::Beginning(last));
        }
        Self { parts }
    }

    /// The words outside of phrases.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.parts.iter().filter_map(|part| match part {
            Part::Word(word) | Part::Beginning(word) => Some(word),
            Part::Phrase(_) => None,
        })
    }

    /// Whether there is nothing to look for.
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The question with each word that `corrections` has something for, by its text, put right by the first of that;
    /// nothing if there is none.
    pub fn corrected(&self, corrections: &BTreeMap<String, Vec<Word>>) -> Option<String> {
        let correction = |word: &Word| corrections.get(&word.text).and_then(|words| words.first());
        self.words().find_map(correction)?;
        let right = |word: &Word| correction(word).unwrap_or(word).text.clone();
        let parts = self.parts.iter().map(|part| match part {
            Part::Word(word) | Part::Beginning(word) => right(word),
            Part::Phrase(words) => format!("\"{}\"", texts(words)),
        });
        Some(parts.collect::<Vec<_>>().join(" "))
    }

    /// What to look for: each word also as `corrections` and `synonyms` say, the latter by its stem.
    pub fn expression(
        &self,
        corrections: &BTreeMap<String, Vec<Word>>,
        synonyms: &BTreeMap<String, Vec<Vec<Word>>>,
    ) -> Expression {
        let stems = |words: &[Word]| words.iter().map(|word| word.stem.clone()).collect::<Vec<_>>();
        let clause = |part: &Part| {
            let (word, beginning) = match part {
                Part::Phrase(words) => return vec![Alternative::Words(stems(words))],
                Part::Word(word) => (word, None),
                Part::Beginning(word) => (word, Some(Alternative::Beginning(word.text.clone()))),
            };
            let mut clause = vec![Alternative::Words(vec![word.stem.clone()])];
            clause.extend(beginning);
            let corrections = corrections.get(&word.text).into_iter().flatten();
            clause.extend(corrections.map(|word| Alternative::Words(vec![word.stem.clone()])));
            let synonyms = synonyms.get(&word.stem).into_iter().flatten();
            clause.extend(synonyms.map(|words| Alternative::Words(stems(words))));
            clause
        };
        Expression(self.parts.iter().map(clause).collect())
    }

    /// Its words as they were understood, for the record.
    pub fn text(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Word(word) | Part::Beginning(word) => word.text.clone(),
            Part::Phrase(words) => format!("\"{}\"", texts(words)),
        });
        parts.collect::<Vec<_>>().join(" ")
    }
}

fn texts(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// What to look for in the index: of each clause one alternative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression(Vec<Vec<Alternative>>);

/// One way to satisfy a clause. Both hold letters and digits only, so none can be taken for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Alternative {
    /// These stems, one after the other.
    Words(Vec<String>),
    /// A word that begins so.
    Beginning(String),
}

impl Expression {
    /// As FTS5 reads it (SQLite's documentation, "Full-text Query Syntax").
    pub fn fts5(&self) -> String {
        let alternative = |alternative: &Alternative| match alternative {
            Alternative::Words(stems) => format!("\"{}\"", stems.join(" ")),
            Alternative::Beginning(text) => format!("\"{text}\" *"),
        };
        self.written(alternative, " OR ", " AND ")
    }

    /// As PostgreSQL's type `tsquery` reads it.
    pub fn tsquery(&self) -> String {
        let alternative = |alternative: &Alternative| match alternative {
            Alternative::Words(stems) => {
                let quoted = stems.iter().map(|stem| format!("'{stem}'")).collect::<Vec<_>>();
                format!("({})", quoted.join(" <-> "))
            }
            Alternative::Beginning(text) => format!("'{text}':*"),
        };
        self.written(alternative, " | ", " & ")
    }

    fn written(&self, alternative: impl Fn(&Alternative) -> String, or: &str, and: &str) -> String {
        let clause = |clause: &Vec<Alternative>| {
            format!("({})", clause.iter().map(&alternative).collect::<Vec<_>>().join(or))
        };
        self.0.iter().map(clause).collect::<Vec<_>>().join(and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> Expression {
        Question::parse(text).expression(&BTreeMap::new(), &BTreeMap::new())
    }

    #[test]
    fn words_phrases_and_the_last_beginning_are_told_apart() {
        assert_eq!(expression("\"white cups\" for jeb").fts5(), "(\"white cup\") AND (\"jeb\" OR \"jeb\" *)");
        assert_eq!(expression("\"white cups\" x").tsquery(), "(('white' <-> 'cup')) & (('x'))");
    }

    #[test]
    fn words_that_say_nothing_are_left_out_unless_there_are_no_others() {
        assert_eq!(Question::parse("shirt for the women").words().count(), 2);
        assert_eq!(Question::parse("the").words().count(), 1);
    }

    #[test]
    fn no_text_is_an_operator_of_either_engine() {
        for text in [
            "\" OR 1=1 --",
            "a AND NOT b",
            "col:x",
            "x* NEAR(y)",
            "'); DROP TABLE product; --",
            "!x & (y | z)",
            "<script>alert(1)</script>",
            "\\",
            "{a b} : c",
            "^x",
            "x <-> y:*A",
            "%_",
            "\u{0}",
        ] {
            let expression = expression(text);
            for written in [expression.fts5(), expression.tsquery()] {
                let inside = written.split(['"', '\'']).skip(1).step_by(2).collect::<Vec<_>>();
                let good = |text: &&str| text.chars().all(|letter| letter.is_alphanumeric() || letter == ' ');
                assert!(inside.iter().all(good), "{text}: {written}");
            }
        }
        assert!(Question::parse("\"'*()-- ").is_empty());
    }

    #[test]
    fn a_question_without_end_is_cut() {
        assert_eq!(Question::parse(&"word ".repeat(10_000)).words().count(), WORDS_MAX);
    }

    #[test]
    fn a_slip_is_looked_for_as_what_it_may_have_been_meant_to_be() {
        let question = Question::parse("white jebna");
        let corrections = BTreeMap::from([("jebna".to_owned(), words("jebena"))]);
        assert_eq!(question.corrected(&corrections).as_deref(), Some("white jebena"));
        assert_eq!(question.corrected(&BTreeMap::new()), None);
        let synonyms = BTreeMap::from([("white".to_owned(), vec![words("off white")])]);
        assert_eq!(
            question.expression(&corrections, &synonyms).tsquery(),
            "(('white') | ('off' <-> 'white')) & (('jebna') | 'jebna':* | ('jebena'))"
        );
    }
}
