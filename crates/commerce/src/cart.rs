//! What fits into a cart: how lines add up, and what is put aside for later.

use serde::{Deserialize, Serialize};

use crate::{quantity::Quantity, text::Sku};

/// Most lines in a cart: pricing, stock and the order's transaction all walk over them.
pub const LINES_MAX: usize = 200;
/// Most lines that are put aside for later: as many as a cart holds, so that a whole cart can be.
pub const SAVED_MAX: usize = LINES_MAX;

/// A line, in the cart or put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What.
    pub sku: Sku,
    /// Pieces.
    pub quantity: u32,
}

/// What a cart holds. A sku is in it or put aside, never both, and in each at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// What is to be bought.
    pub lines: Vec<Line>,
    /// What is put aside for later.
    pub saved: Vec<Line>,
}

/// What came of adding a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// All pieces are in the cart.
    Whole,
    /// Some are, for want of more.
    InPart,
    /// None are: nothing more of it is left, or a line holds no more.
    NoneLeft,
    /// None are: the cart holds no more lines.
    CartFull,
}

impl Contents {
    /// Adds `line` to what is there, up to what is `available` in stock and to what a line may hold. What is there
    /// already is never made less: that is for the shopper to decide.
    pub fn add(&mut self, line: &Line, available: i64) -> Added {
        let most = u32::try_from(available.clamp(0, i64::from(Quantity::MAX))).unwrap_or(Quantity::MAX);
        let full = self.lines.len() >= LINES_MAX;
        let own = self.lines.iter_mut().find(|own| own.sku == line.sku);
        let there = own.as_ref().map_or(0, |own| own.quantity);
        let sum = there.saturating_add(line.quantity).min(most).max(there);
        let added = match sum - there {
            0 => return Added::NoneLeft,
            pieces if pieces == line.quantity => Added::Whole,
            _ => Added::InPart,
        };
        match own {
            Some(own) => own.quantity = sum,
            None if full => return Added::CartFull,
            None => self.lines.push(Line { sku: line.sku.clone(), quantity: sum }),
        }
        self.saved.retain(|saved| saved.sku != line.sku);
        added
    }

    /// Adds pieces until there are as many as `line` says. To do it again adds nothing.
    pub fn add_up_to(&mut self, line: &Line, available: i64) -> Added {
        let own = self.lines.iter().find(|own| own.sku == line.sku);
        match line.quantity.saturating_sub(own.map_or(0, |own| own.quantity)) {
            0 => Added::Whole,
            missing => self.add(&Line { quantity: missing, ..line.clone() }, available),
        }
    }

    /// Puts `line` aside unless its sku is there already; says whether it is there now. One that does not fit any more
    /// is left out.
    pub fn save(&mut self, line: Line) -> bool {
        if self.lines.iter().chain(&self.saved).any(|there| there.sku == line.sku) {
            return true;
        }
        let fits = self.saved.len() < SAVED_MAX;
        if fits {
            self.saved.push(Line { quantity: line.quantity.clamp(1, Quantity::MAX), ..line });
        }
        fits
    }

    /// Pours `other` in. Quantities add up to what is `available`; a line that cannot be had now, or that does not
    /// fit, is put aside, so that the shopper finds it again.
    pub fn merge(&mut self, other: Self, available: impl Fn(&Sku) -> i64) {
        for line in other.lines {
            if matches!(self.add(&line, available(&line.sku)), Added::NoneLeft | Added::CartFull) {
                self.save(line);
            }
        }
        for line in other.saved {
            self.save(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn line(sku: &str, quantity: u32) -> Line {
        Line { sku: sku.parse().expect("a sku"), quantity }
    }

    fn full(prefix: &str, count: usize) -> Vec<Line> {
        (0..count).map(|place| line(&format!("{prefix}-{place}"), 1)).collect()
    }

    #[test]
    fn quantities_add_up_to_what_is_in_stock_and_never_become_less() {
        let mut cart = Contents { lines: vec![line("A", 3)], saved: Vec::new() };
        assert_eq!(cart.add(&line("A", 4), 5), Added::InPart);
        assert_eq!(cart.add(&line("A", 1), 5), Added::NoneLeft);
        assert_eq!(cart.add(&line("A", 1), 2), Added::NoneLeft);
        assert_eq!(cart.add(&line("B", 1), -7), Added::NoneLeft);
        assert_eq!(cart.add(&line("C", 2), i64::MAX), Added::Whole);
        assert_eq!(cart.lines, [line("A", 5), line("C", 2)]);
    }

    #[test]
    fn a_line_holds_no_more_than_anybody_may_buy() {
        let mut cart = Contents { lines: vec![line("A", 998)], saved: Vec::new() };
        assert_eq!(cart.add(&line("A", u32::MAX), i64::MAX), Added::InPart);
        assert_eq!(cart.lines, [line("A", Quantity::MAX)]);
    }

    #[test]
    fn what_a_full_cart_does_not_take_is_put_aside() {
        let mut cart = Contents { lines: full("OWN", LINES_MAX - 1), saved: Vec::new() };
        cart.merge(Contents { lines: full("GUEST", 3), saved: Vec::new() }, |_| 9);
        assert_eq!(cart.lines.len(), LINES_MAX);
        assert_eq!(cart.saved, [line("GUEST-1", 1), line("GUEST-2", 1)]);
        // A line that is there already takes more all the same.
        assert_eq!(cart.add(&line("OWN-0", 2), 9), Added::Whole);
    }

    #[test]
    fn what_comes_into_the_cart_is_no_longer_put_aside() {
        let mut cart = Contents { lines: Vec::new(), saved: vec![line("A", 2), line("B", 1)] };
        assert_eq!(cart.add(&line("A", 1), 1), Added::Whole);
        assert_eq!(cart.saved, [line("B", 1)]);
        assert!(cart.save(line("A", 5)), "it is in the cart");
        assert_eq!(cart.saved, [line("B", 1)]);
    }

    #[test]
    fn what_was_bought_before_comes_in_once() {
        let mut cart = Contents { lines: vec![line("A", 1)], saved: Vec::new() };
        for _ in 0..2 {
            assert_eq!(cart.add_up_to(&line("A", 3), 9), Added::Whole);
            assert_eq!(cart.add_up_to(&line("B", 2), 2), Added::Whole);
        }
        assert_eq!(cart.lines, [line("A", 3), line("B", 2)]);
        assert_eq!(cart.add_up_to(&line("B", 3), 2), Added::NoneLeft);
        assert_eq!(cart.add_up_to(&line("A", 9), 5), Added::InPart);
    }

    #[test]
    fn only_so_much_can_be_put_aside() {
        let mut cart = Contents { lines: Vec::new(), saved: full("S", SAVED_MAX) };
        assert!(!cart.save(line("ONE-MORE", 1)));
        assert_eq!(cart.saved.len(), SAVED_MAX);
    }

    /// Carts of a few skus, so that they meet.
    fn contents() -> impl Strategy<Value = Contents> {
        let lines = prop::collection::btree_map(0_u8..12, (any::<bool>(), 1_u32..=Quantity::MAX), 0..12);
        lines.prop_map(|lines| {
            let mut contents = Contents::default();
            for (sku, (saved, quantity)) in lines {
                let line = line(&format!("SKU-{sku}"), quantity);
                if saved { contents.saved.push(line) } else { contents.lines.push(line) }
            }
            contents
        })
    }

    proptest! {
        #[test]
        fn merging_loses_no_sku_and_holds_every_limit(
            own in contents(), other in contents(),
            stock in prop::collection::btree_map(0_u8..12, prop_oneof![Just(0), 0_i64..3_000, any::<i64>()], 0..12),
        ) {
            let stock = stock.into_iter().map(|(sku, pieces)| (format!("SKU-{sku}"), pieces));
            let stock = stock.collect::<BTreeMap<_, _>>();
            let available = |sku: &Sku| stock.get(sku.as_str()).copied().unwrap_or(0);
            let pieces_in = |contents: &Contents, sku: &Sku| {
                contents.lines.iter().find(|line| line.sku == *sku).map_or(0, |line| line.quantity)
            };
            let mut merged = own.clone();
            merged.merge(other.clone(), available);

            let skus = merged.lines.iter().chain(&merged.saved).map(|line| &line.sku).collect::<Vec<_>>();
            let distinct = skus.iter().collect::<BTreeSet<_>>();
            prop_assert_eq!(distinct.len(), skus.len(), "a sku is there once");
            let before = [&own.lines, &own.saved, &other.lines, &other.saved].into_iter().flatten();
            let before = before.map(|line| &line.sku).collect::<BTreeSet<_>>();
            prop_assert_eq!(skus.into_iter().collect::<BTreeSet<_>>(), before, "nothing is lost or made up");
            for line in &merged.lines {
                let (was, came) = (pieces_in(&own, &line.sku), pieces_in(&other, &line.sku));
                let most = available(&line.sku).clamp(0, i64::from(Quantity::MAX));
                let expected = i64::from(was + came).min(most).max(i64::from(was));
                prop_assert_eq!(i64::from(line.quantity), expected);
                prop_assert!(line.quantity > 0);
            }
        }
    }
}
