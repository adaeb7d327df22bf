//! Money as Stripe counts it: whole minor units, of which Stripe and ISO 4217 have different ideas for a few currencies
//! (<https://docs.stripe.com/currencies>).

use std::fmt;

use merkato_commerce::money::Currency;

use crate::{bindings::merkato::commerce::types::Money, fault::Fault};

/// An amount in Stripe's own units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// Stripe's minor units.
    pub minor: i64,
    /// The currency's code in small letters, as Stripe writes it.
    pub currency: String,
}

impl fmt::Display for Amount {
    /// For the log, as `1250 usd`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.minor, self.currency)
    }
}

impl Amount {
    /// The shop's `money` as Stripe counts it. What Stripe cannot take, such as a fraction of an Icelandic króna, is a
    /// fault in how the shop's prices were set up.
    pub fn of(money: &Money) -> Result<Self, Fault> {
        let wrong = |why: &str| Fault::Misconfigured(format!("{} {}: {why}", money.amount, money.currency));
        let currency = currency(&money.currency).ok_or_else(|| wrong("not a currency"))?;
        let digits = digits(currency);
        let minor = rescaled(money.amount, currency.minor_digits(), digits)
            .ok_or_else(|| wrong("Stripe does not count this currency in such small parts"))?;
        if digits == THREE_DIGITS && minor % 10 != 0 {
            return Err(wrong("Stripe wants the last digit of this currency to be 0"));
        }
        Ok(Self { minor, currency: money.currency.to_ascii_lowercase() })
    }

    /// The same amount as the shop counts it.
    pub fn money(&self) -> Result<Money, Fault> {
        let code = self.currency.to_ascii_uppercase();
        let amount = currency(&code)
            .and_then(|currency| rescaled(self.minor, digits(currency), currency.minor_digits()))
            .ok_or_else(|| Fault::Unexpected(format!("an amount of {self}")))?;
        Ok(Money { amount, currency: code })
    }
}

/// Digits of the currencies whose last digit Stripe wants to be 0.
const THREE_DIGITS: u32 = 3;

fn currency(code: &str) -> Option<Currency> {
    code.parse().ok()
}

/// Digits behind the decimal point at Stripe. Króna and Ugandan shilling have two there, which are always zero, and
/// ariary has none.
fn digits(currency: Currency) -> u32 {
    match currency.code() {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => THREE_DIGITS,
        _ => 2,
    }
}

/// `amount` with `to` digits behind the decimal point in place of `from`, if that loses nothing.
fn rescaled(amount: i64, from: u32, to: u32) -> Option<i64> {
    if to >= from {
        return amount.checked_mul(10_i64.pow(to - from));
    }
    let divisor = 10_i64.pow(from - to);
    (amount % divisor == 0).then_some(amount / divisor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: i64, currency: &str) -> Money {
        Money { amount, currency: currency.to_owned() }
    }

    fn minor(amount: i64, currency: &str) -> Option<i64> {
        Amount::of(&money(amount, currency)).ok().map(|amount| amount.minor)
    }

    #[test]
    fn most_currencies_count_alike_in_shop_and_at_stripe() {
        let amount = Amount::of(&money(1_299, "USD")).expect("an amount");
        assert_eq!(amount, Amount { minor: 1_299, currency: "usd".to_owned() });
        assert_eq!(minor(500, "JPY"), Some(500));
        assert_eq!(minor(1_250, "ETB"), Some(1_250));
        assert_eq!(minor(1_045, "HUF"), Some(1_045), "whole forints are for payouts only");
    }

    #[test]
    fn krona_and_ugandan_shilling_get_two_zeros_and_ariary_loses_two() {
        assert_eq!(minor(5, "ISK"), Some(500));
        assert_eq!(minor(5, "UGX"), Some(500));
        assert_eq!(minor(1_200, "MGA"), Some(12));
        assert_eq!(minor(1_250, "MGA"), None);
    }

    #[test]
    fn three_digits_end_in_zero() {
        assert_eq!(minor(5_120, "KWD"), Some(5_120));
        assert_eq!(minor(5_124, "KWD"), None);
    }

    #[test]
    fn what_is_no_currency_or_does_not_fit_is_the_shops_fault() {
        for (amount, currency) in [(1, "usd"), (1, "US"), (i64::MAX, "ISK")] {
            let fault = Amount::of(&money(amount, currency)).expect_err("a fault");
            assert!(matches!(fault, Fault::Misconfigured(_)), "{fault:?}");
        }
        assert!(Amount { minor: 550, currency: "isk".to_owned() }.money().is_err(), "half a króna");
    }

    proptest! {
        #[test]
        fn an_amount_that_stripe_takes_comes_back_the_same(
            amount in 0_i64..1_000_000_000_000,
            currency in prop::sample::select(vec!["USD", "EUR", "JPY", "ISK", "UGX", "MGA", "KWD", "TND", "XOF"]),
        ) {
            let asked = money(amount, currency);
            if let Ok(amount) = Amount::of(&asked) {
                let answered = amount.money().expect("an amount of the shop's");
                prop_assert_eq!((answered.amount, answered.currency), (asked.amount, asked.currency));
            }
        }
    }
}
