//! Prices a cart: promotions, then shipping, then tax. The rules are those of `merkato-commerce`; this puts the
//! merchant's rates and fares into them.

use merkato_commerce::{
    money::{self, Currency, Money},
    promotion::{self, Discounts, Promotion},
    totals::{TaxClass, Totals},
};

use crate::{
    shipping::{self, METHODS, Method, Offer},
    tax,
};

/// A cart to be priced, its texts parsed.
#[derive(Debug, Clone)]
pub struct Cart {
    /// What is in it, as promotions see it.
    pub lines: Vec<promotion::Line>,
    /// What tax and carrier need to know of each line.
    pub goods: Vec<Goods>,
    /// What the shopper typed.
    pub promotions: Vec<Promotion>,
    /// The country that it goes to, once that is known.
    pub country: Option<String>,
    /// How it goes there, once that is known.
    pub shipping_method: Option<String>,
    /// Its currency.
    pub currency: Currency,
}

/// How a piece is taxed and what it weighs.
#[derive(Debug, Clone, Copy)]
pub struct Goods {
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// Weight of a piece with its packing, in grams.
    pub weight_grams: u32,
}

/// What a cart costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// Each line before discounts.
    pub full: Vec<Money>,
    /// Tax on each line.
    pub tax: Vec<Money>,
    /// What promotions take off.
    pub discounts: Discounts,
    /// The sums.
    pub totals: Totals,
}

/// A way to get this cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the cart calls it.
    pub code: &'static str,
    /// What the shopper reads.
    pub title: &'static str,
    /// What it costs and how long it takes.
    pub offer: Offer,
}

/// Why there is no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such method.
    UnknownShippingMethod(String),
    /// The method does not go to that country.
    DestinationNotServed(String),
    /// The price list is in another currency.
    ForeignCurrency(Currency),
    /// Sums went wrong.
    Money(money::Error),
}

impl From<money::Error> for Error {
    fn from(error: money::Error) -> Self {
        Self::Money(error)
    }
}

/// What `cart` costs.
pub fn price(cart: &Cart) -> Result<Priced, Error> {
    let zero = Money::zero(cart.currency);
    let full =
        cart.lines.iter().map(|line| line.unit_price.times(line.quantity)).collect::<Result<Vec<_>, _>>()?;
    let discounts = promotion::discounts(&cart.promotions, &cart.lines, zero)?;
    let shipping =
        chosen(cart)?.map_or(zero, |offer| if discounts.free_shipping { zero } else { offer.price });

    let rate =
        |goods: &Goods| cart.country.as_deref().map_or(0, |country| tax::rate(country, goods.tax_class));
    let rates = cart.goods.iter().map(rate).collect::<Vec<_>>();
    let shipping_rate = cart.country.as_deref().map_or(0, tax::shipping_rate);
    let totals = Totals::add_up(&full, &discounts, shipping, &rates, shipping_rate)?;
    let tax = full
        .iter()
        .zip(&discounts.by_line)
        .zip(&rates)
        .map(|((full, reduction), rate)| full.minus(*reduction)?.share(*rate))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Priced { full, tax, discounts, totals })
}

/// The ways to get `cart`, the cheapest first.
pub fn choices(cart: &Cart) -> Result<Vec<Choice>, Error> {
    in_list_currency(cart)?;
    let country = cart.country.as_deref().unwrap_or(shipping::HOME);
    let free = promotion::discounts(&cart.promotions, &cart.lines, Money::zero(cart.currency))?.free_shipping;
    let grams = weight_grams(cart)?;
    let mut choices = Vec::new();
    for method in METHODS {
        if let Some(mut offer) = method.offer(country, grams)? {
            if free {
                offer.price = Money::zero(offer.price.currency);
            }
            choices.push(Choice { code: method.code, title: method.title, offer });
        }
    }
    if choices.is_empty() {
        return Err(Error::DestinationNotServed(country.to_owned()));
    }
    choices.sort_by_key(|choice| choice.offer.price.amount);
    Ok(choices)
}

/// What the chosen method offers, once method and country are known. A method that does not exist is refused even
/// while the country is not known, so that the shopper learns it at once.
fn chosen(cart: &Cart) -> Result<Option<Offer>, Error> {
    let Some(code) = &cart.shipping_method else { return Ok(None) };
    let method = Method::named(code).ok_or_else(|| Error::UnknownShippingMethod(code.clone()))?;
    let Some(country) = &cart.country else { return Ok(None) };
    in_list_currency(cart)?;
    let offer = method.offer(country, weight_grams(cart)?)?;
    offer.map(Some).ok_or_else(|| Error::DestinationNotServed(country.clone()))
}

fn in_list_currency(cart: &Cart) -> Result<(), Error> {
    if cart.currency == shipping::CURRENCY { Ok(()) } else { Err(Error::ForeignCurrency(cart.currency)) }
}

fn weight_grams(cart: &Cart) -> Result<u64, Error> {
    cart.goods.iter().zip(&cart.lines).try_fold(0_u64, |sum, (goods, line)| {
        // Two factors of 32 bits fit into 64.
        let grams = u64::from(goods.weight_grams) * u64::from(line.quantity);
        sum.checked_add(grams).ok_or(Error::Money(money::Error::Overflow))
    })
}

#[cfg(test)]
mod tests {
    use merkato_commerce::promotion::Rule;

    use super::*;

    fn cart(lines: &[(i64, u32, TaxClass)], destination: Option<(&str, &str)>) -> Cart {
        let line = |(place, (price, quantity, _)): (usize, &(i64, u32, TaxClass))| promotion::Line {
            sku: format!("SKU-{place}").parse().expect("a sku"),
            unit_price: Money::new(*price, Currency::USD),
            quantity: *quantity,
        };
        Cart {
            lines: lines.iter().enumerate().map(line).collect(),
            goods: lines
                .iter()
                .map(|(.., tax_class)| Goods { tax_class: *tax_class, weight_grams: 300 })
                .collect(),
            promotions: Vec::new(),
            country: destination.map(|(country, _)| country.to_owned()),
            shipping_method: destination.map(|(_, method)| method.to_owned()),
            currency: Currency::USD,
        }
    }

    fn promotion(rule: Rule, minimum_subtotal: i64) -> Promotion {
        Promotion { code: "CODE".parse().expect("a code"), title: String::new(), rule, minimum_subtotal }
    }

    #[test]
    fn before_the_destination_is_known_there_is_neither_tax_nor_shipping() {
        let priced = price(&cart(&[(1_000, 2, TaxClass::Standard)], None)).expect("a price");
        let totals = priced.totals;
        assert_eq!((totals.shipping.amount, totals.tax.amount, totals.total.amount), (0, 0, 2_000));
    }

    #[test]
    fn tax_is_that_of_the_destination_by_line_and_on_shipping_after_discounts() {
        let mut cart =
            cart(&[(1_000, 1, TaxClass::Standard), (2_000, 1, TaxClass::Reduced)], Some(("DE", "standard")));
        cart.promotions = vec![promotion(Rule::Percentage { basis_points: 1_000 }, 0)];
        let priced = price(&cart).expect("a price");
        // 19 % of 9.00, 7 % of 18.00, 19 % of the 19.99 that 600 g cost.
        assert_eq!(priced.tax.iter().map(|tax| tax.amount).collect::<Vec<_>>(), [171, 126]);
        assert_eq!(priced.totals.tax.amount, 171 + 126 + 380);
        assert_eq!(priced.totals.total.amount, 3_000 - 300 + 1_999 + 677);
    }

    #[test]
    fn free_shipping_costs_nothing_once_its_minimum_is_reached() {
        let mut cart = cart(&[(2_500, 2, TaxClass::Standard)], Some(("US", "express")));
        cart.promotions = vec![promotion(Rule::FreeShipping, 5_000)];
        assert_eq!(price(&cart).expect("a price").totals.shipping.amount, 0);
        assert!(choices(&cart).expect("choices").iter().all(|choice| choice.offer.price.amount == 0));
        cart.promotions[0].minimum_subtotal = 5_001;
        assert_eq!(price(&cart).expect("a price").totals.shipping.amount, 1_999);
    }

    #[test]
    fn the_ways_to_get_a_parcel_are_those_that_go_there_cheapest_first() {
        let codes = |country: &str| {
            let choices =
                choices(&cart(&[(1_000, 1, TaxClass::Standard)], Some((country, "")))).expect("choices");
            choices.iter().map(|choice| choice.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("US"), ["pickup", "standard", "express"]);
        assert_eq!(codes("ET"), ["standard", "express"]);
    }

    #[test]
    fn a_method_that_does_not_exist_or_does_not_go_there_is_refused() {
        let line = [(1_000, 1, TaxClass::Standard)];
        let refused =
            |country: &str, method: &str| price(&cart(&line, Some((country, method)))).expect_err("refused");
        assert_eq!(refused("US", "drone"), Error::UnknownShippingMethod("drone".to_owned()));
        assert_eq!(refused("DE", "pickup"), Error::DestinationNotServed("DE".to_owned()));
        assert_eq!(refused("KP", "standard"), Error::DestinationNotServed("KP".to_owned()));
        let nowhere = choices(&cart(&line, Some(("KP", "standard"))));
        assert_eq!(nowhere, Err(Error::DestinationNotServed("KP".to_owned())));
    }

    #[test]
    fn an_empty_cart_costs_nothing_and_a_foreign_currency_has_no_price_list() {
        assert_eq!(price(&cart(&[], None)).expect("a price").totals, Totals::zero(Currency::USD));
        let mut cart = cart(&[], Some(("ET", "standard")));
        cart.currency = "ETB".parse().expect("a currency");
        assert_eq!(price(&cart), Err(Error::ForeignCurrency(cart.currency)));
    }
}
