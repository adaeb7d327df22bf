//! Money, times and counts as shoppers in English read them.

use merkato_commerce::money::{Currency, Money};
use merkato_contract::{
    catalog::{PRICE_MAX, Product},
    time::Rfc3339,
};

/// Signs that stand before an amount; every other currency is written as its code and a space.
const SIGNS: &[(&str, &str)] = &[
    ("USD", "$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("JPY", "¥"),
    ("ETB", "Br\u{a0}"),
    ("INR", "₹"),
    ("KRW", "₩"),
];

/// A no-break space, so that a code and its amount stay on one line.
const NO_BREAK_SPACE: char = '\u{a0}';

/// `money` as a shopper reads it, such as `$1,299.00`, `¥500` or `CHF 12.50`.
pub fn price(money: Money) -> String {
    let currency = money.currency;
    let digits = currency.minor_digits();
    let unit = 10_u64.pow(digits);
    let amount = money.amount.unsigned_abs();
    let minus = if money.amount < 0 { "\u{2212}" } else { "" };
    let before = match SIGNS.iter().find(|(code, _)| *code == currency.code()) {
        Some((_, sign)) => (*sign).to_owned(),
        None => format!("{currency}{NO_BREAK_SPACE}"),
    };
    let whole = grouped(amount / unit);
    if digits == 0 {
        return format!("{minus}{before}{whole}");
    }
    let width = digits as usize;
    format!("{minus}{before}{whole}.{:0width$}", amount % unit)
}

/// What the cheapest variant of `product` costs, such as `from $9.00`.
pub fn price_from(product: &Product) -> String {
    let prices = product.variants.iter().map(|variant| variant.price).collect::<Vec<_>>();
    match prices.iter().min_by_key(|price| price.amount) {
        None => String::new(),
        Some(least) if prices.iter().all(|price| price == least) => price(*least),
        Some(least) => format!("from {}", price(*least)),
    }
}

/// The digits of `money` without its currency, such as `1299.00`: for programs, and for fields that people change.
pub fn decimal(money: Money) -> String {
    let text = money.to_string();
    text.split_once(' ').map_or(text.as_str(), |(amount, _)| amount).to_owned()
}

/// What somebody typed as an amount of `currency`, such as `25` or `2.5`; none if it is no price that something could
/// have.
pub fn parse_price(text: &str, currency: Currency) -> Option<Money> {
    let digits = currency.minor_digits() as usize;
    let (whole, part) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > digits {
        return None;
    }
    let amount = format!("{whole}{part:0<digits$}").parse::<i64>().ok()?;
    (amount <= PRICE_MAX).then(|| Money::new(amount, currency))
}

/// `number` with a comma between its thousands.
fn grouped(number: u64) -> String {
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

/// `count` of something, such as `1 piece` or `3 pieces`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A moment to the minute, such as `21 November 2026, 05:14 UTC`.
pub fn moment(time: Rfc3339) -> String {
    jiff::Timestamp::from_millisecond(time.0.0)
        .map_or_else(|_| time.to_string(), |time| time.strftime("%-d %B %Y, %H:%M UTC").to_string())
}

/// A day, such as `21 November 2026`.
pub fn day(time: Rfc3339) -> String {
    jiff::Timestamp::from_millisecond(time.0.0)
        .map_or_else(|_| time.to_string(), |time| time.strftime("%-d %B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use merkato_commerce::time::Timestamp;

    use super::*;

    fn of(amount: i64, currency: &str) -> String {
        price(Money::new(amount, currency.parse().expect("a currency")))
    }

    #[test]
    fn an_amount_has_the_sign_and_the_digits_of_its_currency() {
        assert_eq!(of(1_299, "USD"), "$12.99");
        assert_eq!(of(123_456_789, "USD"), "$1,234,567.89");
        assert_eq!(of(-5, "EUR"), "\u{2212}€0.05");
        assert_eq!(of(500, "JPY"), "¥500");
        assert_eq!(of(1_250, "CHF"), "CHF\u{a0}12.50");
        assert_eq!(of(1_500, "BHD"), "BHD\u{a0}1.500");
        assert_eq!(of(i64::MIN, "USD"), "\u{2212}$92,233,720,368,547,758.08");
    }

    #[test]
    fn an_amount_is_read_as_it_is_typed_and_written_as_programs_read_it() {
        let read = |text: &str, currency: &str| {
            parse_price(text, currency.parse().expect("a currency")).map(|money| money.amount)
        };
        for (text, amount) in [("25", 2_500), (" 2.5 ", 250), ("2,50", 250), ("0.05", 5), ("0", 0)] {
            assert_eq!(read(text, "USD"), Some(amount), "{text}");
        }
        assert_eq!(
            (read("500", "JPY"), read("5.5", "JPY"), read("1.005", "BHD")),
            (Some(500), None, Some(1_005))
        );
        for text in ["", ".5", "-1", "1.234", "1.2.3", "1e9", "99999999999999999999", "10000001", "٣"] {
            assert_eq!(read(text, "USD"), None, "{text}");
        }
        assert_eq!(decimal(Money::new(1_205, Currency::USD)), "12.05");
    }

    #[test]
    fn one_piece_is_not_pieces() {
        assert_eq!(counted(1, "piece", "pieces"), "1 piece");
        assert_eq!(counted(1_200, "piece", "pieces"), "1,200 pieces");
    }

    #[test]
    fn a_moment_is_told_to_the_minute() {
        assert_eq!(moment(Rfc3339(Timestamp(1_795_238_040_007))), "21 November 2026, 05:14 UTC");
        assert!(!moment(Rfc3339(Timestamp(i64::MAX))).is_empty());
    }
}
