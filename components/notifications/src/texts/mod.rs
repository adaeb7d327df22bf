//! What messages say, in a file for each language. A template that a language lacks does not compile.

mod am;
mod de;
mod en;

use crate::{locale::Locale, template::Template};

/// What a template says in one language. Words between braces are [`Template::placeholders`].
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// What it is about.
    pub subject: &'static str,
    /// Its paragraphs.
    pub paragraphs: &'static [&'static str],
    /// What the way to the shop is called; empty if it leads nowhere.
    pub action: &'static str,
}

/// Words that several templates share, in one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// How it begins, for a reader whose name is not known.
    pub greeting: &'static str,
    /// How it begins for one whose name is: `{first_name}`.
    pub greeting_by_name: &'static str,
    /// How it ends.
    pub closing: &'static str,
    /// All lines at their prices.
    pub subtotal: &'static str,
    /// What promotions took off.
    pub discount: &'static str,
    /// What the carrier is paid.
    pub shipping: &'static str,
    /// Tax.
    pub tax: &'static str,
    /// What is to be paid.
    pub total: &'static str,
    /// Why somebody gets an offer.
    pub consent: &'static str,
    /// The way to get no more of them.
    pub unsubscribe: &'static str,
    /// The question on the page that this leads to.
    pub unsubscribe_question: &'static str,
    /// The answer, once it is done.
    pub unsubscribed: &'static str,
}

/// What `template` says in the language of `locale`.
pub const fn text(locale: Locale, template: Template) -> Text {
    match locale {
        Locale::En => en::text(template),
        Locale::De => de::text(template),
        Locale::Am => am::text(template),
    }
}

/// What templates share in the language of `locale`.
pub const fn words(locale: Locale) -> Words {
    match locale {
        Locale::En => en::WORDS,
        Locale::De => de::WORDS,
        Locale::Am => am::WORDS,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &Text) -> BTreeSet<&str> {
        let parts = std::iter::once(&text.subject).chain(text.paragraphs);
        parts.flat_map(|part| part.split('{').skip(1)).filter_map(|part| part.split('}').next()).collect()
    }

    #[test]
    fn every_language_has_every_template_and_says_the_same_things_in_it() {
        for template in Template::ALL {
            let english = text(Locale::En, template);
            for locale in Locale::ALL {
                let text = text(locale, template);
                let name = (locale, template);
                assert!(!text.subject.is_empty() && !text.paragraphs.is_empty(), "{name:?}");
                assert!(text.paragraphs.iter().all(|paragraph| !paragraph.is_empty()), "{name:?}");
                assert_eq!(placeholders(&text), placeholders(&english), "{name:?}");
                assert_eq!(text.action.is_empty(), english.action.is_empty(), "{name:?}");
                let known = template.placeholders();
                assert!(placeholders(&text).iter().all(|name| known.contains(name)), "{name:?}");
            }
        }
    }

    #[test]
    fn no_language_borrows_from_another() {
        for template in Template::ALL.into_iter().filter(|template| *template != Template::Promotion) {
            let subjects = Locale::ALL.map(|locale| text(locale, template).subject);
            assert_eq!(subjects.iter().collect::<BTreeSet<_>>().len(), Locale::ALL.len(), "{template:?}");
        }
        let greetings = Locale::ALL.map(|locale| words(locale).greeting);
        assert_eq!(greetings.iter().collect::<BTreeSet<_>>().len(), Locale::ALL.len());
        assert!(Locale::ALL.iter().all(|locale| words(*locale).greeting_by_name.contains("{first_name}")));
    }
}
