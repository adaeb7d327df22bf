//! Money: whole minor units of one currency, never a fraction, never a silent overflow.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de::Error as _};

use crate::Invalid;

/// What can go wrong when money is added up. Both mean a fault in data or code, never a shopper's mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two currencies met in one sum.
    #[error("an amount in {left} met an amount in {right}")]
    CurrencyMismatch {
        /// The currency of the sum so far.
        left: Currency,
        /// The currency that does not belong there.
        right: Currency,
    },
    /// The result does not fit into 64 bits.
    #[error("an amount is too large")]
    Overflow,
}

/// An ISO 4217 code: three upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The demo shop's currency.
    pub const USD: Self = Self(*b"USD");

    /// The code, such as `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits behind the decimal point: ISO 4217's list of exceptions, two for all others.
    pub fn minor_digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(Invalid::new(
                "currency",
                "must be an ISO 4217 code of three capital letters, such as USD",
            )),
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|invalid: Invalid| D::Error::custom(invalid.message))
    }
}

/// An amount of one currency in its minor unit (cents for USD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units; negative only for a correction.
    pub amount: i64,
    /// What it is an amount of.
    pub currency: Currency,
}

impl Money {
    /// `amount` minor units of `currency`.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing of `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The sum, if both are of one currency and it fits.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.combine(other, i64::checked_add)
    }

    /// The difference, if both are of one currency and it fits.
    pub fn minus(self, other: Self) -> Result<Self, Error> {
        self.combine(other, i64::checked_sub)
    }

    /// This amount `count` times.
    pub fn times(self, count: u32) -> Result<Self, Error> {
        let amount = self.amount.checked_mul(i64::from(count)).ok_or(Error::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// `basis_points` hundredths of a percent of this amount, rounded half away from zero to a minor unit.
    pub fn share(self, basis_points: u32) -> Result<Self, Error> {
        const WHOLE: i128 = 10_000;
        let scaled = i128::from(self.amount) * i128::from(basis_points);
        let rounded = (scaled + scaled.signum() * WHOLE / 2) / WHOLE;
        Ok(Self { amount: i64::try_from(rounded).map_err(|_| Error::Overflow)?, ..self })
    }

    /// The smaller of two amounts of one currency.
    pub fn at_most(self, limit: Self) -> Result<Self, Error> {
        self.combine(limit, |amount, limit| Some(amount.min(limit)))
    }

    /// Splits this amount in proportion to `weights` so that the parts add up to it exactly: what rounding down
    /// leaves over goes, one minor unit each, to the first parts that have a weight (largest remainder would
    /// reorder a receipt for no gain). All weights zero, or no weights, gives parts of zero.
    pub fn split(self, weights: &[i64]) -> Vec<Self> {
        let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        if whole == 0 {
            return vec![Self::zero(self.currency); weights.len()];
        }
        let part_of = |weight: i64| i128::from(self.amount) * i128::from(weight) / whole;
        let mut left = i128::from(self.amount) - weights.iter().map(|weight| part_of(*weight)).sum::<i128>();
        weights
            .iter()
            .map(|weight| {
                let mut part = part_of(*weight);
                if left != 0 && *weight != 0 {
                    part += left.signum();
                    left -= left.signum();
                }
                // A part is never larger than the whole, which is an i64.
                Self { amount: i64::try_from(part).unwrap_or(i64::MAX), ..self }
            })
            .collect()
    }

    fn combine(self, other: Self, by: impl Fn(i64, i64) -> Option<i64>) -> Result<Self, Error> {
        if self.currency != other.currency {
            return Err(Error::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        Ok(Self { amount: by(self.amount, other.amount).ok_or(Error::Overflow)?, ..self })
    }
}

impl fmt::Display for Money {
    /// As `12.99 USD`: for logs and messages. Pages format by locale.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_u64.pow(digits);
        let sign = if self.amount < 0 { "-" } else { "" };
        let amount = self.amount.unsigned_abs();
        if digits == 0 {
            return write!(formatter, "{sign}{amount} {}", self.currency);
        }
        let width = digits as usize;
        write!(formatter, "{sign}{}.{:0width$} {}", amount / unit, amount % unit, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd(amount: i64) -> Money {
        Money::new(amount, Currency::USD)
    }

    #[test]
    fn a_share_rounds_half_a_cent_away_from_zero() {
        assert_eq!(usd(5).share(1_000), Ok(usd(1)));
        assert_eq!(usd(4).share(1_000), Ok(usd(0)));
        assert_eq!(usd(-5).share(1_000), Ok(usd(-1)));
    }

    #[test]
    fn amounts_of_two_currencies_do_not_add_up() {
        let birr = Money::new(1, "ETB".parse().expect("a currency"));
        assert_eq!(
            usd(1).plus(birr),
            Err(Error::CurrencyMismatch { left: Currency::USD, right: birr.currency })
        );
    }

    #[test]
    fn an_amount_is_shown_with_the_digits_of_its_currency() {
        assert_eq!(usd(1299).to_string(), "12.99 USD");
        assert_eq!(usd(-5).to_string(), "-0.05 USD");
        assert_eq!(Money::new(500, "JPY".parse().expect("a currency")).to_string(), "500 JPY");
    }

    proptest! {
        #[test]
        fn the_parts_of_a_split_add_up_to_the_whole(
            amount in 0_i64..1_000_000_000, weights in prop::collection::vec(0_i64..1_000_000, 1..40),
        ) {
            let parts = usd(amount).split(&weights);
            let sum: i64 = parts.iter().map(|part| part.amount).sum();
            let expected = if weights.iter().all(|weight| *weight == 0) { 0 } else { amount };
            prop_assert_eq!(sum, expected);
            prop_assert!(parts.iter().all(|part| part.amount >= 0));
        }

        #[test]
        fn adding_never_wraps(left in any::<i64>(), right in any::<i64>()) {
            match usd(left).plus(usd(right)) {
                Ok(sum) => prop_assert_eq!(i128::from(sum.amount), i128::from(left) + i128::from(right)),
                Err(error) => prop_assert_eq!(error, Error::Overflow),
            }
        }
    }
}
