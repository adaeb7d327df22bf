//! Promotions: what they take off which line.
//!
//! They apply in the order of [`Rule`]'s cases, each to what the ones before it left of a line, so that a line never
//! falls below zero and the order in which a shopper types codes changes nothing.

use serde::{Deserialize, Serialize};

use crate::{
    money::{Error, Money},
    text::{PromotionCode, Sku},
    time::Timestamp,
};

/// Most codes in one cart: each is one more pass over the lines.
pub const PROMOTIONS_MAX: usize = 5;

/// Most skus that a promotion names: pricing looks each line up among them.
pub const PROMOTION_SKUS_MAX: usize = 1_000;

/// From when until when something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validity {
    /// The first moment at which it holds; none for ever since.
    pub starts_at: Option<Timestamp>,
    /// The first moment at which it no longer holds; none for ever on.
    pub ends_at: Option<Timestamp>,
}

impl Validity {
    /// Whether it has begun by `now`.
    pub fn has_begun(&self, now: Timestamp) -> bool {
        self.starts_at.is_none_or(|starts_at| starts_at <= now)
    }

    /// Whether it is over by `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|ends_at| ends_at <= now)
    }

    /// Whether it holds at `now`.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.has_begun(now) && !self.is_over(now)
    }
}

/// A reduction that a shopper gets by typing its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// What the shopper types.
    pub code: PromotionCode,
    /// What the shopper reads.
    pub title: String,
    /// What it does.
    pub rule: Rule,
    /// Minor units that the lines must add up to, before any discount.
    #[serde(default)]
    pub minimum_subtotal: i64,
}

/// What a promotion does. The order of the cases is the order in which they apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Of every `buy + get` pieces among `skus`, the `get` cheapest are free.
    BuyXGetY {
        /// Pieces that are paid for.
        buy: u32,
        /// Pieces that come with them.
        get: u32,
        /// The pieces that count.
        skus: Vec<Sku>,
    },
    /// Hundredths of a percent off every line.
    Percentage {
        /// 1000 is ten percent; more than 10000 counts as 10000.
        basis_points: u32,
    },
    /// A sum off the whole cart, spread over its lines.
    Fixed {
        /// Minor units of the cart's currency.
        amount: i64,
    },
    /// Nothing off the lines; shipping costs nothing.
    FreeShipping,
}

impl Rule {
    /// Place in the order of application; smaller is earlier.
    const fn rank(&self) -> u8 {
        match self {
            Self::BuyXGetY { .. } => 0,
            Self::Percentage { .. } => 1,
            Self::Fixed { .. } => 2,
            Self::FreeShipping => 3,
        }
    }
}

/// A line as far as promotions look at it.
#[derive(Debug, Clone)]
pub struct Line {
    /// What is bought.
    pub sku: Sku,
    /// Price of a piece.
    pub unit_price: Money,
    /// Pieces.
    pub quantity: u32,
}

/// What promotions take off a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discounts {
    /// Off each line, in the lines' order.
    pub by_line: Vec<Money>,
    /// By each promotion that applied, in the order given. Free shipping stands here with zero.
    pub by_code: Vec<(PromotionCode, Money)>,
    /// Whether shipping is free.
    pub free_shipping: bool,
}

/// What `promotions` take off `lines`. A promotion whose minimum is not reached takes nothing and is not listed.
pub fn discounts(promotions: &[Promotion], lines: &[Line], zero: Money) -> Result<Discounts, Error> {
    let full =
        lines.iter().map(|line| line.unit_price.times(line.quantity)).collect::<Result<Vec<_>, _>>()?;
    let subtotal = full.iter().try_fold(zero, |sum, amount| sum.plus(*amount))?;
    let mut left = full.clone();
    let mut by_rank = promotions.iter().enumerate().collect::<Vec<_>>();
    by_rank.sort_by_key(|(_, promotion)| promotion.rule.rank());

    let mut taken = Vec::new();
    let mut free_shipping = false;
    for (place, promotion) in by_rank {
        if subtotal.amount < promotion.minimum_subtotal {
            continue;
        }
        free_shipping |= promotion.rule == Rule::FreeShipping;
        let mut total = zero;
        let wanted = wanted_by(&promotion.rule, lines, &left)?;
        for (rest, wanted) in left.iter_mut().zip(wanted) {
            let reduction = wanted.at_most(*rest)?;
            *rest = rest.minus(reduction)?;
            total = total.plus(reduction)?;
        }
        taken.push((place, promotion.code.clone(), total));
    }
    taken.sort_by_key(|(place, ..)| *place);
    let by_line = full.iter().zip(&left).map(|(full, left)| full.minus(*left)).collect::<Result<_, _>>()?;
    let by_code = taken.into_iter().map(|(_, code, total)| (code, total)).collect();
    Ok(Discounts { by_line, by_code, free_shipping })
}

/// What `rule` would take off each line if every line were large enough.
fn wanted_by(rule: &Rule, lines: &[Line], left: &[Money]) -> Result<Vec<Money>, Error> {
    const WHOLE: u32 = 10_000;
    match rule {
        Rule::Percentage { basis_points } => {
            left.iter().map(|rest| rest.share((*basis_points).min(WHOLE))).collect()
        }
        Rule::Fixed { amount } => {
            let weights = left.iter().map(|rest| rest.amount).collect::<Vec<_>>();
            let currency = left.first().map(|rest| rest.currency);
            let whole: i64 = weights.iter().fold(0, |sum, weight| sum.saturating_add(*weight));
            Ok(currency.map_or_else(Vec::new, |currency| {
                Money::new((*amount).clamp(0, whole), currency).split(&weights)
            }))
        }
        Rule::BuyXGetY { buy, get, skus } => free_pieces(*buy, *get, skus, lines),
        Rule::FreeShipping => Ok(left.iter().map(|rest| Money::zero(rest.currency)).collect()),
    }
}

/// Gives away the cheapest pieces first, which is what a shop means unless it says otherwise.
fn free_pieces(buy: u32, get: u32, skus: &[Sku], lines: &[Line]) -> Result<Vec<Money>, Error> {
    let mut eligible =
        lines.iter().enumerate().filter(|(_, line)| skus.contains(&line.sku)).collect::<Vec<_>>();
    let pieces: u64 = eligible.iter().map(|(_, line)| u64::from(line.quantity)).sum();
    let group = u64::from(buy) + u64::from(get);
    let mut free = pieces.checked_div(group).unwrap_or(0) * u64::from(get);
    eligible.sort_by_key(|(_, line)| line.unit_price.amount);

    let mut reductions = lines.iter().map(|line| Money::zero(line.unit_price.currency)).collect::<Vec<_>>();
    for (place, line) in eligible {
        let given = u32::try_from(free.min(u64::from(line.quantity))).unwrap_or(line.quantity);
        reductions[place] = line.unit_price.times(given)?;
        free -= u64::from(given);
    }
    Ok(reductions)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    fn line(sku: &str, unit_price: i64, quantity: u32) -> Line {
        Line { sku: sku.parse().expect("a sku"), unit_price: Money::new(unit_price, Currency::USD), quantity }
    }

    fn promotion(code: &str, rule: Rule) -> Promotion {
        Promotion { code: code.parse().expect("a code"), title: code.to_owned(), rule, minimum_subtotal: 0 }
    }

    fn off(promotions: &[Promotion], lines: &[Line]) -> Discounts {
        discounts(promotions, lines, Money::zero(Currency::USD)).expect("small amounts of one currency")
    }

    #[test]
    fn what_holds_from_one_moment_until_another_holds_at_the_first_and_not_at_the_last() {
        let validity = Validity { starts_at: Some(Timestamp(10)), ends_at: Some(Timestamp(20)) };
        let holding = [9, 10, 19, 20].map(|now| validity.holds_at(Timestamp(now)));
        assert_eq!(holding, [false, true, true, false]);
        assert!(Validity::default().holds_at(Timestamp(i64::MIN)), "what has no ends holds for ever");
    }

    #[test]
    fn three_for_two_gives_the_cheapest_piece() {
        let skus = ["A", "B"].map(|sku| sku.parse().expect("a sku")).to_vec();
        let promotion = promotion("3FOR2", Rule::BuyXGetY { buy: 2, get: 1, skus });
        let discounts = off(&[promotion], &[line("A", 900, 2), line("B", 500, 1), line("C", 100, 5)]);
        assert_eq!(discounts.by_line.iter().map(|money| money.amount).collect::<Vec<_>>(), [0, 500, 0]);
    }

    #[test]
    fn a_promotion_below_its_minimum_takes_nothing_and_is_not_listed() {
        let mut promotion = promotion("FIVEOFF", Rule::Fixed { amount: 500 });
        promotion.minimum_subtotal = 4_000;
        assert_eq!(off(&[promotion.clone()], &[line("A", 3_999, 1)]).by_code, []);
        assert_eq!(off(&[promotion], &[line("A", 4_000, 1)]).by_line[0].amount, 500);
    }

    fn any_promotion() -> impl Strategy<Value = Promotion> {
        prop_oneof![
            (0_u32..20_000).prop_map(|basis_points| promotion("P", Rule::Percentage { basis_points })),
            (0_i64..100_000).prop_map(|amount| promotion("F", Rule::Fixed { amount })),
            (0_u32..4, 0_u32..4).prop_map(|(buy, get)| {
                let skus = vec!["SKU-0".parse().expect("a sku"), "SKU-1".parse().expect("a sku")];
                promotion("B", Rule::BuyXGetY { buy, get, skus })
            }),
            Just(promotion("S", Rule::FreeShipping)),
        ]
    }

    proptest! {
        #[test]
        fn no_line_ever_costs_less_than_nothing_and_the_parts_agree(
            promotions in prop::collection::vec(any_promotion(), 0..5),
            lines in prop::collection::vec((0_i64..50_000, 1_u32..20), 1..8),
        ) {
            let lines = lines
                .into_iter()
                .enumerate()
                .map(|(place, (price, quantity))| line(&format!("SKU-{place}"), price, quantity))
                .collect::<Vec<_>>();
            let discounts = off(&promotions, &lines);
            for (reduction, line) in discounts.by_line.iter().zip(&lines) {
                prop_assert!(reduction.amount >= 0);
                prop_assert!(reduction.amount <= line.unit_price.amount * i64::from(line.quantity));
            }
            let by_line: i64 = discounts.by_line.iter().map(|money| money.amount).sum();
            let by_code: i64 = discounts.by_code.iter().map(|(_, money)| money.amount).sum();
            prop_assert_eq!(by_line, by_code);
        }
    }
}
