//! Pieces of an order that go back: which of them still can, and what was paid for them.
//!
//! A piece can be returned once and refunded once, in any order and in any company. Whatever way the pieces of an
//! order are refunded, all of them together give exactly what was paid.

use serde::{Deserialize, Serialize};

use crate::{Invalid, money::Money, text::Sku};

/// Some pieces of one sku.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pieces {
    /// Of what.
    pub sku: Sku,
    /// How many, at least one.
    pub quantity: u32,
}

/// A line of an order, as far as its pieces go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was bought.
    pub sku: Sku,
    /// Unit price times quantity, before discounts.
    pub full: Money,
    /// Pieces that were bought.
    pub quantity: u32,
    /// Pieces that came back.
    pub returned: u32,
    /// Pieces that were refunded, or are being refunded.
    pub refunded: u32,
}

/// What pieces go back for: each piece can go once for either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The goods come back.
    Return,
    /// Their money goes back.
    Refund,
}

impl Line {
    const fn gone(&self, way: Way) -> u32 {
        match way {
            Way::Return => self.returned,
            Way::Refund => self.refunded,
        }
    }

    /// Pieces that can still go that way.
    pub const fn left(&self, way: Way) -> u32 {
        self.quantity.saturating_sub(self.gone(way))
    }
}

/// All pieces that can still go that way; empty if none can.
pub fn all_left(lines: &[Line], way: Way) -> Vec<Pieces> {
    let left = lines.iter().map(|line| Pieces { sku: line.sku.clone(), quantity: line.left(way) });
    left.filter(|pieces| pieces.quantity > 0).collect()
}

/// Counts `wanted` as gone that way. Everything that is wrong with it is named, and then nothing is counted.
pub fn send(lines: &mut [Line], wanted: &[Pieces], way: Way) -> Result<(), Vec<Invalid>> {
    let mut problems = Vec::new();
    let mut sent = lines.to_vec();
    for (place, pieces) in wanted.iter().enumerate() {
        let Some(line) = sent.iter_mut().find(|line| line.sku == pieces.sku) else {
            problems.push(Invalid::new(format!("lines[{place}].sku"), "must be a line of the order"));
            continue;
        };
        let left = line.left(way);
        if !(1..=left).contains(&pieces.quantity) {
            let message = match left {
                0 => "must be left out: all pieces of this line have gone back before".to_owned(),
                _ => format!("must be between 1 and {left}"),
            };
            problems.push(Invalid::new(format!("lines[{place}].quantity"), message));
            continue;
        }
        match way {
            Way::Return => line.returned += pieces.quantity,
            Way::Refund => line.refunded += pieces.quantity,
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    lines.clone_from_slice(&sent);
    Ok(())
}

/// Counts `pieces` as never refunded: the gateway would not give their money back.
pub fn undo_refund(lines: &mut [Line], pieces: &[Pieces]) {
    for undone in pieces {
        if let Some(line) = lines.iter_mut().find(|line| line.sku == undone.sku) {
            line.refunded = line.refunded.saturating_sub(undone.quantity);
        }
    }
}

/// What was paid for the pieces by which `after` counts more as refunded than `before`.
///
/// A line's part of what was paid is in proportion to its full price, so that discount and tax are spread over all;
/// what was paid for shipping goes back with the last piece.
pub fn paid_for(before: &[Line], after: &[Line], total: Money, shipping: Money) -> Money {
    let of_goods = Money::new(total.amount - shipping.amount, total.currency);
    let refunded = |lines: &[Line]| {
        let weights = lines.iter().map(|line| line.full.amount).collect::<Vec<_>>();
        let parts = of_goods.split(&weights);
        let all = lines.iter().all(|line| line.left(Way::Refund) == 0);
        let goods: i64 =
            parts.iter().zip(lines).map(|(part, line)| part_of_first(*part, line.refunded, line)).sum();
        // The whole, rather than goods and shipping: where all goods were free, tax on shipping is no line's part.
        if all { total.amount } else { goods }
    };
    Money::new(refunded(after) - refunded(before), total.currency)
}

/// What the first `pieces` of a line come to, of the `part` that was paid for all of it: never less than what fewer
/// come to, and exactly `part` for all.
fn part_of_first(part: Money, pieces: u32, line: &Line) -> i64 {
    let weights = [i64::from(pieces), i64::from(line.quantity.saturating_sub(pieces))];
    part.split(&weights).first().map_or(0, |first| first.amount)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    fn usd(amount: i64) -> Money {
        Money::new(amount, Currency::USD)
    }

    fn line(sku: &str, unit_price: i64, quantity: u32) -> Line {
        Line {
            sku: sku.parse().expect("a sku"),
            full: usd(unit_price * i64::from(quantity)),
            quantity,
            returned: 0,
            refunded: 0,
        }
    }

    fn pieces(sku: &str, quantity: u32) -> Pieces {
        Pieces { sku: sku.parse().expect("a sku"), quantity }
    }

    fn refund(lines: &mut [Line], wanted: &[Pieces], total: Money, shipping: Money) -> Money {
        let before = lines.to_vec();
        send(lines, wanted, Way::Refund).expect("pieces that are left");
        paid_for(&before, lines, total, shipping)
    }

    #[test]
    fn a_piece_goes_back_once_each_way() {
        let mut lines = [line("A", 500, 3)];
        send(&mut lines, &[pieces("A", 2)], Way::Return).expect("two of three");
        send(&mut lines, &[pieces("A", 3)], Way::Refund).expect("all three");
        assert_eq!(send(&mut lines, &[pieces("A", 1)], Way::Refund).map_err(|wrong| wrong.len()), Err(1));
        assert_eq!(all_left(&lines, Way::Return), [pieces("A", 1)]);
        assert_eq!(all_left(&lines, Way::Refund), []);
    }

    #[test]
    fn all_that_is_wrong_is_named_and_nothing_is_counted() {
        let mut lines = [line("A", 500, 3), line("B", 500, 1)];
        let wanted = [pieces("A", 1), pieces("NONE", 1), pieces("B", 2), pieces("A", 0)];
        let wrong = send(&mut lines, &wanted, Way::Return).expect_err("wrong pieces");
        let fields = wrong.iter().map(|invalid| invalid.field.as_str()).collect::<Vec<_>>();
        assert_eq!(fields, ["lines[1].sku", "lines[2].quantity", "lines[3].quantity"]);
        assert_eq!(lines, [line("A", 500, 3), line("B", 500, 1)]);
    }

    #[test]
    fn the_discount_is_spread_and_shipping_goes_back_with_the_last_piece() {
        // 10 + 20, a tenth off, 5 for shipping.
        let mut lines = [line("A", 1_000, 1), line("B", 1_000, 2)];
        let (total, shipping) = (usd(3_200), usd(500));
        assert_eq!(refund(&mut lines, &[pieces("B", 1)], total, shipping), usd(900));
        assert_eq!(refund(&mut lines, &[pieces("A", 1)], total, shipping), usd(900));
        assert_eq!(refund(&mut lines, &[pieces("B", 1)], total, shipping), usd(1_400));
    }

    #[test]
    fn goods_that_cost_nothing_give_the_shipping_back_with_its_tax() {
        let mut lines = [line("FREE", 0, 1)];
        assert_eq!(refund(&mut lines, &[pieces("FREE", 1)], usd(550), usd(500)), usd(550));
    }

    #[test]
    fn pieces_whose_refund_was_refused_can_be_refunded_again() {
        let mut lines = [line("A", 333, 3)];
        let first = refund(&mut lines, &[pieces("A", 2)], usd(1_000), usd(0));
        undo_refund(&mut lines, &[pieces("A", 2)]);
        assert_eq!(refund(&mut lines, &[pieces("A", 2)], usd(1_000), usd(0)), first);
    }

    prop_compose! {
        fn order()(
            prices in prop::collection::vec((0_i64..100_000, 1_u32..20), 1..8),
            discount_share in 0_u32..=10_000, shipping in 0_i64..5_000, tax in 0_i64..100_000,
            steps in prop::collection::vec((any::<prop::sample::Index>(), 1_u32..5), 0..40),
        ) -> (Vec<Line>, Money, Money, Vec<(usize, u32)>) {
            let lines = prices
                .iter()
                .enumerate()
                .map(|(place, (price, quantity))| line(&format!("SKU-{place}"), *price, *quantity))
                .collect::<Vec<_>>();
            let subtotal = usd(lines.iter().map(|line| line.full.amount).sum());
            let discount = subtotal.share(discount_share).expect("a share");
            let total = usd(subtotal.amount - discount.amount + shipping + tax);
            let steps = steps.into_iter().map(|(place, count)| (place.index(lines.len()), count)).collect();
            (lines, total, usd(shipping), steps)
        }
    }

    proptest! {
        #[test]
        fn the_refunds_of_all_pieces_give_exactly_what_was_paid((lines, total, shipping, steps) in order()) {
            let mut lines = lines;
            let mut sum = 0;
            for (place, count) in steps {
                let quantity = count.min(lines[place].left(Way::Refund));
                if quantity > 0 {
                    let sku = lines[place].sku.clone();
                    let part = refund(&mut lines, &[Pieces { sku, quantity }], total, shipping);
                    prop_assert!(part.amount >= 0, "a refund of {part}");
                    sum += part.amount;
                }
                prop_assert!(sum <= total.amount);
            }
            let rest = all_left(&lines, Way::Refund);
            sum += refund(&mut lines, &rest, total, shipping).amount;
            prop_assert_eq!(sum, total.amount);
        }
    }
}
