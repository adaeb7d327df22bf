//! Between the types of WIT and those of the rules.

use merkato_commerce::{
    Invalid,
    money::{self, Currency, Money},
    promotion::{self, Promotion, Rule},
    text::Sku,
    totals::TaxClass,
};

use crate::{
    bindings::{
        exports::merkato::pricing::pricing::{
            AppliedPromotion, Error, Priced, PricedLine, Promotion as WitPromotion, Request, Rule as WitRule,
            ShippingOption,
        },
        merkato::commerce::types::{Line, Money as WitMoney, TaxClass as WitTaxClass},
    },
    price::{self, Cart, Choice, Goods},
};

/// The cart of `request`, every text of it parsed.
pub fn cart(request: Request) -> Result<Cart, Error> {
    let currency: Currency = request.currency.parse().map_err(|error| invalid(&error))?;
    let lines = request.lines.iter().map(|wit| line(wit, currency)).collect::<Result<_, _>>()?;
    let goods = request.lines.iter().map(|wit| Goods {
        tax_class: match wit.tax_class {
            WitTaxClass::Standard => TaxClass::Standard,
            WitTaxClass::Reduced => TaxClass::Reduced,
            WitTaxClass::Zero => TaxClass::Zero,
        },
        weight_grams: wit.weight_grams,
    });
    Ok(Cart {
        lines,
        goods: goods.collect(),
        promotions: request.promotions.into_iter().map(promotion).collect::<Result<_, _>>()?,
        country: request.destination.map(|destination| destination.country),
        shipping_method: request.shipping_method,
        currency,
    })
}

fn line(wit: &Line, currency: Currency) -> Result<promotion::Line, Error> {
    let sku: Sku = wit.sku.parse().map_err(|error| invalid(&error))?;
    if wit.unit_price.currency != currency.code() || wit.unit_price.amount < 0 || wit.quantity == 0 {
        return Err(Error::Invalid(format!("{sku}: needs a price in {currency} and at least one piece")));
    }
    let unit_price = Money::new(wit.unit_price.amount, currency);
    Ok(promotion::Line { sku, unit_price, quantity: wit.quantity })
}

fn promotion(wit: WitPromotion) -> Result<Promotion, Error> {
    let rule = match wit.rule {
        WitRule::BuyXGetY(rule) => {
            let skus = rule
                .skus
                .iter()
                .map(|sku| sku.parse())
                .collect::<Result<_, Invalid>>()
                .map_err(|error| invalid(&error))?;
            Rule::BuyXGetY { buy: rule.buy, get: rule.get, skus }
        }
        WitRule::Percentage(basis_points) => Rule::Percentage { basis_points },
        WitRule::Fixed(amount) => Rule::Fixed { amount },
        WitRule::FreeShipping => Rule::FreeShipping,
    };
    let code = wit.code.parse().map_err(|error| invalid(&error))?;
    Ok(Promotion { code, title: String::new(), rule, minimum_subtotal: wit.minimum_subtotal })
}

/// The answer for `cart`.
pub fn priced(cart: &Cart, priced: &price::Priced) -> Priced {
    let amounts = priced.full.iter().zip(&priced.discounts.by_line).zip(&priced.tax);
    let line =
        |(line, ((total, discount), tax)): (&promotion::Line, ((&Money, &Money), &Money))| PricedLine {
            sku: line.sku.to_string(),
            total: (*total).into(),
            discount: (*discount).into(),
            tax: (*tax).into(),
        };
    let applied = |(code, amount): &(merkato_commerce::text::PromotionCode, Money)| AppliedPromotion {
        code: code.to_string(),
        amount: (*amount).into(),
    };
    Priced {
        lines: cart.lines.iter().zip(amounts).map(line).collect(),
        promotions: priced.discounts.by_code.iter().map(applied).collect(),
        subtotal: priced.totals.subtotal.into(),
        discount: priced.totals.discount.into(),
        shipping: priced.totals.shipping.into(),
        tax: priced.totals.tax.into(),
        total: priced.totals.total.into(),
    }
}

fn invalid(invalid: &Invalid) -> Error {
    Error::Invalid(invalid.to_string())
}

impl From<Money> for WitMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency.to_string() }
    }
}

impl From<&Choice> for ShippingOption {
    fn from(choice: &Choice) -> Self {
        let [min_days, max_days] = choice.offer.days;
        Self {
            code: choice.code.to_owned(),
            title: choice.title.to_owned(),
            price: choice.offer.price.into(),
            min_days,
            max_days,
        }
    }
}

impl From<price::Error> for Error {
    fn from(error: price::Error) -> Self {
        match error {
            price::Error::UnknownShippingMethod(code) => Self::UnknownShippingMethod(code),
            price::Error::DestinationNotServed(country) => Self::DestinationNotServed(country),
            price::Error::ForeignCurrency(currency) => {
                Self::Invalid(format!("the price list for shipping is not in {currency}"))
            }
            price::Error::Money(money::Error::Overflow) => Self::Overflow,
            price::Error::Money(error @ money::Error::CurrencyMismatch { .. }) => {
                Self::Invalid(error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::merkato::commerce::types::Destination;

    fn request(line_currency: &str) -> Request {
        Request {
            lines: vec![Line {
                sku: "COF-YIR-250".to_owned(),
                title: None,
                unit_price: WitMoney { amount: 1_250, currency: line_currency.to_owned() },
                quantity: 2,
                tax_class: WitTaxClass::Reduced,
                weight_grams: 280,
            }],
            promotions: vec![WitPromotion {
                code: "TEN".to_owned(),
                rule: WitRule::Percentage(1_000),
                minimum_subtotal: 0,
            }],
            destination: Some(Destination {
                country: "AT".to_owned(),
                region: None,
                postal_code: String::new(),
            }),
            shipping_method: Some("standard".to_owned()),
            currency: "USD".to_owned(),
        }
    }

    #[test]
    fn a_request_is_priced_and_its_sums_agree() {
        let cart = cart(request("USD")).expect("a cart");
        let answer = priced(&cart, &price::price(&cart).expect("a price"));
        assert_eq!((answer.lines[0].total.amount, answer.lines[0].discount.amount), (2_500, 250));
        // 10 % of 22.50 and 20 % of 19.99.
        assert_eq!((answer.lines[0].tax.amount, answer.tax.amount), (225, 625));
        assert_eq!(answer.total.amount, 2_500 - 250 + 1_999 + 625);
        assert_eq!((answer.promotions[0].code.as_str(), answer.promotions[0].amount.amount), ("TEN", 250));
    }

    #[test]
    fn a_line_in_another_currency_is_refused() {
        assert!(matches!(cart(request("EUR")), Err(Error::Invalid(_))));
    }
}
