//! The languages that the shop writes in, and how money and dates are written in each (Unicode CLDR 45).

use std::fmt::Write as _;

use merkato_commerce::{money::Money, time::Timestamp};

/// A no-break space, so that an amount and its currency stay on one line.
const NO_BREAK_SPACE: char = '\u{a0}';

/// A language that the shop writes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
    /// Amharic.
    Am,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Am];
    /// The language of those of whom none is known.
    pub const DEFAULT: Self = Self::En;

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Am => "am",
        }
    }

    /// The language that serves a reader of `tag` best, such as German for `de-AT`; English where there is no better.
    pub fn for_tag(tag: &str) -> Self {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        let known = Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(language));
        known.unwrap_or(Self::DEFAULT)
    }

    /// `money` as it is read in this language, such as `$1,299.00`, `1.299,00 $` or `US$1,299.00`.
    pub fn money(self, money: Money) -> String {
        let digits = money.currency.minor_digits();
        let unit = 10_u64.pow(digits);
        let amount = money.amount.unsigned_abs();
        let (thousands, point) = match self {
            Self::En | Self::Am => (',', '.'),
            Self::De => ('.', ','),
        };
        let mut number = grouped(amount / unit, thousands);
        if digits > 0 {
            let width = digits as usize;
            // Writing to a string cannot fail.
            let _ = write!(number, "{point}{:0width$}", amount % unit);
        }
        let minus = if money.amount < 0 { "\u{2212}" } else { "" };
        let sign = self.sign(money.currency.code());
        match self {
            Self::De => format!("{minus}{number}{NO_BREAK_SPACE}{sign}"),
            // A sign that ends in a letter would run into the number.
            Self::En | Self::Am if sign.ends_with(char::is_alphabetic) => {
                format!("{minus}{sign}{NO_BREAK_SPACE}{number}")
            }
            Self::En | Self::Am => format!("{minus}{sign}{number}"),
        }
    }

    /// What stands for a currency; its code where the language has no sign for it.
    fn sign(self, code: &str) -> &str {
        match (self, code) {
            (Self::Am, "USD") => "US$",
            (_, "USD") => "$",
            (_, "EUR") => "€",
            (_, "GBP") => "£",
            (Self::En | Self::De, "JPY") => "¥",
            (Self::En, "ETB") => "Br",
            (Self::Am, "ETB") => "ብር",
            _ => code,
        }
    }

    /// The day of `time` in UTC, such as `21 November 2026`.
    pub fn date(self, time: Timestamp) -> String {
        let Ok(moment) = jiff::Timestamp::from_millisecond(time.0) else { return String::new() };
        let date = jiff::tz::Offset::UTC.to_datetime(moment).date();
        let month = self.months()[usize::from(date.month().unsigned_abs()) - 1];
        match self {
            Self::En | Self::Am => format!("{} {month} {}", date.day(), date.year()),
            Self::De => format!("{}. {month} {}", date.day(), date.year()),
        }
    }

    const fn months(self) -> [&'static str; 12] {
        match self {
            Self::En => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::De => [
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
            Self::Am => [
                "ጃንዋሪ",
                "ፌብሩዋሪ",
                "ማርች",
                "ኤፕሪል",
                "ሜይ",
                "ጁን",
                "ጁላይ",
                "ኦገስት",
                "ሴፕቴምበር",
                "ኦክቶበር",
                "ኖቬምበር",
                "ዲሴምበር",
            ],
        }
    }
}

/// `number` with `separator` between its thousands.
fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(locale: Locale, amount: i64, currency: &str) -> String {
        locale.money(Money::new(amount, currency.parse().expect("a currency")))
    }

    #[test]
    fn money_is_written_as_each_language_does() {
        assert_eq!(money(Locale::En, 129_900, "USD"), "$1,299.00");
        assert_eq!(money(Locale::De, 129_900, "EUR"), "1.299,00\u{a0}€");
        assert_eq!(money(Locale::Am, 129_900, "USD"), "US$1,299.00");
        assert_eq!(money(Locale::Am, 1_250, "ETB"), "ብር\u{a0}12.50");
        assert_eq!(money(Locale::De, 1_250, "CHF"), "12,50\u{a0}CHF");
        assert_eq!(money(Locale::En, 1_500, "BHD"), "BHD\u{a0}1.500");
        assert_eq!(money(Locale::En, 500, "JPY"), "¥500");
        assert_eq!(money(Locale::De, -5, "EUR"), "\u{2212}0,05\u{a0}€");
    }

    #[test]
    fn a_day_is_written_as_each_language_does() {
        let time = Timestamp(1_795_238_040_007);
        assert_eq!(Locale::En.date(time), "21 November 2026");
        assert_eq!(Locale::De.date(time), "21. November 2026");
        assert_eq!(Locale::Am.date(time), "21 ኖቬምበር 2026");
        assert_eq!(Locale::En.date(Timestamp(i64::MAX)), "");
    }

    #[test]
    fn a_reader_gets_the_nearest_language() {
        for (tag, locale) in [
            ("de", Locale::De),
            ("de-AT", Locale::De),
            ("AM_et", Locale::Am),
            ("en-GB", Locale::En),
            ("fr", Locale::En),
            ("", Locale::En),
        ] {
            assert_eq!(Locale::for_tag(tag), locale, "{tag}");
        }
    }
}
