//! What a cart adds up to. Rounding happens once a line, on its tax; everything else is sums.

use serde::{Deserialize, Serialize};

use crate::{
    money::{Currency, Error, Money},
    promotion::Discounts,
};

/// How a piece is taxed; the pricing policy knows the rate by country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxClass {
    /// The country's ordinary rate.
    #[default]
    Standard,
    /// Food, books and the like, where the country has a lower rate for them.
    Reduced,
    /// Not taxed.
    Zero,
}

impl TaxClass {
    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Reduced => "reduced",
            Self::Zero => "zero",
        }
    }
}

impl std::str::FromStr for TaxClass {
    type Err = crate::Invalid;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "standard" => Ok(Self::Standard),
            "reduced" => Ok(Self::Reduced),
            "zero" => Ok(Self::Zero),
            _ => Err(crate::Invalid::new("tax_class", "must be standard, reduced or zero")),
        }
    }
}

/// The sums under a cart or an order. `total = subtotal - discount + shipping + tax`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// All lines at their unit prices.
    pub subtotal: Money,
    /// What promotions took off the lines.
    pub discount: Money,
    /// What the carrier is paid.
    pub shipping: Money,
    /// Tax on lines and shipping, on top of the prices.
    pub tax: Money,
    /// What is to be paid.
    pub total: Money,
}

impl Totals {
    /// An empty cart.
    pub const fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { subtotal: zero, discount: zero, shipping: zero, tax: zero, total: zero }
    }

    /// Adds up `full` line amounts, what `discounts` leaves of them, `shipping`, and tax. `line_rates` and
    /// `shipping_rate` are in basis points.
    pub fn add_up(
        full: &[Money],
        discounts: &Discounts,
        shipping: Money,
        line_rates: &[u32],
        shipping_rate: u32,
    ) -> Result<Self, Error> {
        let zero = Money::zero(shipping.currency);
        let subtotal = full.iter().try_fold(zero, |sum, amount| sum.plus(*amount))?;
        let discount = discounts.by_line.iter().try_fold(zero, |sum, amount| sum.plus(*amount))?;
        let mut tax = shipping.share(shipping_rate)?;
        for ((amount, reduction), rate) in full.iter().zip(&discounts.by_line).zip(line_rates) {
            tax = tax.plus(amount.minus(*reduction)?.share(*rate)?)?;
        }
        let total = subtotal.minus(discount)?.plus(shipping)?.plus(tax)?;
        Ok(Self { subtotal, discount, shipping, tax, total })
    }
}
