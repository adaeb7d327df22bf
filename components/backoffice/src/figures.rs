//! Money, times and counts as staff read them, and money as they type it.

use merkato_commerce::money::{Currency, Money};
use merkato_contract::time::Rfc3339;

/// Signs that stand before an amount; every other currency is written as its code and a space.
const SIGNS: &[(&str, &str)] =
    &[("USD", "$"), ("EUR", "€"), ("GBP", "£"), ("JPY", "¥"), ("ETB", "Br\u{a0}"), ("INR", "₹")];

/// `money` as people read it, such as `$1,299.00`, `¥500` or `CHF 12.50`.
pub fn money(money: Money) -> String {
    let minus = if money.amount < 0 { "\u{2212}" } else { "" };
    let sign = SIGNS.iter().find(|(code, _)| *code == money.currency.code());
    let sign = sign.map_or_else(|| format!("{}\u{a0}", money.currency), |(_, sign)| (*sign).to_owned());
    let (whole, rest) = parts(money);
    format!("{minus}{sign}{}{rest}", count(whole))
}

/// `money` as it stands in a field, such as `1299.00`.
pub fn amount(money: Money) -> String {
    let minus = if money.amount < 0 { "-" } else { "" };
    let (whole, rest) = parts(money);
    format!("{minus}{whole}{rest}")
}

/// The whole units of an amount, and the rest of it behind a point.
fn parts(money: Money) -> (u64, String) {
    let digits = money.currency.minor_digits();
    let (unit, width) = (10_u64.pow(digits), digits as usize);
    let amount = money.amount.unsigned_abs();
    let rest = if digits == 0 { String::new() } else { format!(".{:0width$}", amount % unit) };
    (amount / unit, rest)
}

/// An amount as it was typed, such as `12.99`, `12` or `1,299.00`; none if it is none, or has more digits than the
/// currency.
pub fn parse_amount(typed: &str, currency: Currency) -> Option<Money> {
    let typed = typed.trim().replace([',', '\u{a0}', ' '], "");
    let (whole, rest) = typed.split_once('.').unwrap_or((&typed, ""));
    let digits = currency.minor_digits() as usize;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || rest.len() > digits || !plain(whole) || !plain(rest) {
        return None;
    }
    let amount = format!("{whole}{rest:0<digits$}").parse().ok()?;
    Some(Money::new(amount, currency))
}

/// `number` with a comma between its thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same for numbers that may be below nothing.
pub fn signed(number: i64) -> String {
    let minus = if number < 0 { "\u{2212}" } else { "" };
    format!("{minus}{}", count(number.unsigned_abs()))
}

/// `number` of something, such as `1 row` or `3 rows`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A moment to the minute, short enough for a table: `21 Nov 2026, 05:14`. All times are UTC, as the footer says.
pub fn moment(time: Rfc3339) -> String {
    formatted(time, "%-d %b %Y, %H:%M")
}

/// A moment as a field of a form takes it: `2026-11-21T05:14`.
pub fn field_moment(time: Rfc3339) -> String {
    formatted(time, "%Y-%m-%dT%H:%M")
}

fn formatted(time: Rfc3339, format: &str) -> String {
    jiff::Timestamp::from_millisecond(time.0.0)
        .map_or_else(|_| time.to_string(), |time| time.strftime(format).to_string())
}

/// What a field for a moment gave; none if it is no moment.
pub fn parse_moment(typed: &str) -> Option<Rfc3339> {
    let moment = typed.trim().parse::<jiff::civil::DateTime>().ok()?;
    let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Rfc3339(merkato_commerce::time::Timestamp(moment.as_millisecond())))
}

#[cfg(test)]
mod tests {
    use merkato_commerce::time::Timestamp;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    #[test]
    fn an_amount_has_the_sign_and_the_digits_of_its_currency() {
        let of = |amount, code| money(Money::new(amount, currency(code)));
        assert_eq!(of(123_456_789, "USD"), "$1,234,567.89");
        assert_eq!(of(-5, "EUR"), "\u{2212}€0.05");
        assert_eq!(of(500, "JPY"), "¥500");
        assert_eq!(of(1_500, "BHD"), "BHD\u{a0}1.500");
    }

    #[test]
    fn an_amount_that_was_typed_is_the_amount_that_is_shown() {
        for (minor, code) in [(0, "USD"), (5, "USD"), (1_299, "USD"), (500, "JPY"), (1_500, "BHD")] {
            let money = Money::new(minor, currency(code));
            assert_eq!(parse_amount(&amount(money), currency(code)), Some(money));
        }
        assert_eq!(parse_amount(" 1,299.5 ", Currency::USD), Some(Money::new(129_950, Currency::USD)));
    }

    #[test]
    fn what_is_no_amount_of_the_currency_is_none() {
        for typed in ["", ".", ".5", "-1", "+1", "1.234", "1e3", "1.2.3", "0x1", "99999999999999999999", "١"]
        {
            assert_eq!(parse_amount(typed, Currency::USD), None, "{typed}");
        }
        assert_eq!(parse_amount("1.5", currency("JPY")), None);
    }

    #[test]
    fn a_moment_that_was_typed_is_the_moment_that_is_shown() {
        let moment = Rfc3339(Timestamp(1_795_238_040_000));
        assert_eq!(super::moment(moment), "21 Nov 2026, 05:14");
        assert_eq!(parse_moment(&field_moment(moment)), Some(moment));
        assert_eq!(parse_moment("tomorrow"), None);
        assert!(!super::moment(Rfc3339(Timestamp(i64::MAX))).is_empty());
    }
}
