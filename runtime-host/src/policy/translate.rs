//! Between the rules' types and those of the WIT.

use merkato_commerce::{
    address::Address,
    money::{Currency, Money},
    promotion::{Promotion, Rule},
    text::PromotionCode,
    totals::{TaxClass, Totals},
};
use merkato_contract::cart::ShippingMethod;

use super::{Error, PriceLine, PriceRequest, Priced, bindings::merkato::commerce::types as shared, wit};

pub fn question(request: &PriceRequest) -> wit::Request {
    wit::Request {
        lines: request.lines.iter().map(line).collect(),
        promotions: request.promotions.iter().map(promotion).collect(),
        destination: request.destination.as_ref().map(destination),
        shipping_method: request.shipping_method.clone(),
        currency: request.currency.code().to_owned(),
    }
}

fn line(line: &PriceLine) -> shared::Line {
    shared::Line {
        sku: line.sku.to_string(),
        title: None,
        unit_price: shared::Money {
            amount: line.unit_price.amount,
            currency: line.unit_price.currency.code().to_owned(),
        },
        quantity: line.quantity,
        tax_class: match line.tax_class {
            TaxClass::Standard => shared::TaxClass::Standard,
            TaxClass::Reduced => shared::TaxClass::Reduced,
            TaxClass::Zero => shared::TaxClass::Zero,
        },
        weight_grams: line.weight_grams,
    }
}

fn promotion(promotion: &Promotion) -> wit::Promotion {
    wit::Promotion {
        code: promotion.code.to_string(),
        rule: match &promotion.rule {
            Rule::BuyXGetY { buy, get, skus } => wit::Rule::BuyXGetY(wit::BuyXGetY {
                buy: *buy,
                get: *get,
                skus: skus.iter().map(ToString::to_string).collect(),
            }),
            Rule::Percentage { basis_points } => wit::Rule::Percentage(*basis_points),
            Rule::Fixed { amount } => wit::Rule::Fixed(*amount),
            Rule::FreeShipping => wit::Rule::FreeShipping,
        },
        minimum_subtotal: promotion.minimum_subtotal,
    }
}

fn destination(address: &Address) -> shared::Destination {
    shared::Destination {
        country: address.country.clone(),
        region: address.region.clone(),
        postal_code: address.postal_code.clone(),
    }
}

/// A policy is a merchant's own code, so its sums are checked before anybody is charged by them.
pub fn priced(answer: &wit::Priced, currency: Currency) -> Result<Priced, Error> {
    let amount = |amount: &shared::Money| money(amount, currency);
    let totals = Totals {
        subtotal: amount(&answer.subtotal)?,
        discount: amount(&answer.discount)?,
        shipping: amount(&answer.shipping)?,
        tax: amount(&answer.tax)?,
        total: amount(&answer.total)?,
    };
    let sum = totals
        .subtotal
        .minus(totals.discount)
        .and_then(|rest| rest.plus(totals.shipping)?.plus(totals.tax))
        .map_err(|error| Error::Failed(error.to_string()))?;
    let parts = [totals.subtotal, totals.discount, totals.shipping, totals.tax, totals.total];
    if sum != totals.total || parts.iter().any(|part| part.amount < 0) {
        return Err(Error::Failed(format!("the policy's sums do not add up: {totals:?}")));
    }
    let promotions = answer.promotions.iter().map(|applied| {
        let code = applied.code.parse::<PromotionCode>();
        let code = code.map_err(|invalid| Error::Failed(invalid.to_string()))?;
        Ok((code, amount(&applied.amount)?))
    });
    Ok(Priced { totals, promotions: promotions.collect::<Result<_, Error>>()? })
}

pub fn shipping_method(option: wit::ShippingOption) -> Result<ShippingMethod, Error> {
    let currency = option.price.currency.parse::<Currency>();
    let currency = currency.map_err(|invalid| Error::Failed(invalid.to_string()))?;
    Ok(ShippingMethod {
        price: money(&option.price, currency)?,
        code: option.code,
        title: option.title,
        days: [option.min_days, option.max_days],
    })
}

fn money(amount: &shared::Money, currency: Currency) -> Result<Money, Error> {
    if amount.currency != currency.code() {
        return Err(Error::Failed(format!(
            "the policy answered in {} instead of {currency}",
            amount.currency
        )));
    }
    Ok(Money::new(amount.amount, currency))
}

pub fn error(error: wit::Error) -> Error {
    match error {
        wit::Error::UnknownShippingMethod(method) => Error::UnknownShippingMethod(method),
        wit::Error::DestinationNotServed(country) => Error::DestinationNotServed(country),
        wit::Error::Invalid(reason) | wit::Error::Other(reason) => Error::Failed(reason),
        wit::Error::Overflow => Error::Failed("the sums do not fit into 64 bits".to_owned()),
    }
}
