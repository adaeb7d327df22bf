//! Puts what was found in order. The same findings always give the same order.

use std::collections::BTreeMap;

use merkato_commerce::{ids::ProductId, text::Slug, time::Timestamp};

use crate::decay::{interest, present};

/// How many sales' worth of doubt there is about two products that go together: one order alone, however rare both
/// are, says less than many orders of what sells well.
const DOUBT: f64 = 1.0;
/// What somebody has looked at without buying it counts this much of what it would: they know it already.
const SEEN: f64 = 0.25;

/// Why a product was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// Bought in one order with a product.
    BoughtTogether(ProductId),
    /// Looked at within a day with a product.
    ViewedTogether(ProductId),
    /// Goes with what the shopper bought.
    BecauseYouBought(ProductId),
    /// Goes with what the shopper looked at.
    BecauseYouViewed(ProductId),
    /// Wanted by many, of its category.
    PopularInCategory(Slug),
    /// Wanted by many.
    Popular,
}

impl Ground {
    /// The product that it goes back to.
    pub const fn origin(&self) -> Option<ProductId> {
        match self {
            Self::BoughtTogether(origin)
            | Self::ViewedTogether(origin)
            | Self::BecauseYouBought(origin)
            | Self::BecauseYouViewed(origin) => Some(*origin),
            Self::PopularInCategory(_) | Self::Popular => None,
        }
    }
}

/// That two products go together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Companionship {
    /// The score of the two together.
    pub pair_score: f64,
    /// The score of the product that leads to the other.
    pub origin_score: f64,
    /// When the shopper did what leads to it; none where it is the product that is being looked at.
    pub at: Option<Timestamp>,
}

/// A product that was found, for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which.
    pub product: ProductId,
    /// How much it is wanted by all.
    pub score: f64,
    /// Why.
    pub ground: Ground,
    /// How strongly it goes with the product that the ground names, if it names one.
    pub companionship: Option<Companionship>,
    /// Whether the shopper has looked at it.
    pub seen: bool,
}

/// A product with all that speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Which.
    pub product: ProductId,
    /// Why, the strongest ground first.
    pub grounds: Vec<Ground>,
}

/// What speaks for a product.
struct Standing {
    /// What goes with something leads; then what is popular in a category; then what is popular at all.
    tier: u8,
    /// How much speaks for it in that tier.
    strength: f64,
    grounds: Vec<(u8, f64, Ground)>,
}

impl Finding {
    const fn tier(&self) -> u8 {
        match self.ground {
            Ground::PopularInCategory(_) => 1,
            Ground::Popular => 2,
            _ => 0,
        }
    }

    fn strength(&self, now: Timestamp) -> f64 {
        let strength = match &self.companionship {
            None => present(self.score, now),
            Some(companionship) => companionship.strength(self.score, now),
        };
        if self.seen { strength * SEEN } else { strength }
    }
}

impl Companionship {
    /// The cosine between the two as sets of orders (Linden, Smith and York, "Amazon.com Recommendations: Item-to-Item
    /// Collaborative Filtering", 2003), or what goes with everything would go with each thing best; less
    /// [`DOUBT`], and less the longer ago the shopper showed interest.
    fn strength(&self, score: f64, now: Timestamp) -> f64 {
        let together = present(self.pair_score, now);
        let apart = (present(self.origin_score, now) * present(score, now)).sqrt();
        together / (apart + DOUBT) * self.at.map_or(1.0, |at| interest(at, now))
    }
}

/// Each product once, the one that most speaks for first.
pub fn rank(findings: Vec<Finding>, now: Timestamp) -> Vec<Ranked> {
    let mut standings = BTreeMap::<ProductId, Standing>::new();
    for finding in findings {
        let (tier, strength) = (finding.tier(), finding.strength(now));
        let standing = standings.entry(finding.product).or_insert_with(|| Standing {
            tier,
            strength: 0.0,
            grounds: Vec::new(),
        });
        standing.tier = standing.tier.min(tier);
        standing.grounds.push((tier, strength, finding.ground));
    }
    for standing in standings.values_mut() {
        let order = |(tier, strength, ground): &(u8, f64, Ground)| (*tier, -*strength, ground.origin());
        standing.grounds.sort_by(|one, other| {
            let (one, other) = (order(one), order(other));
            one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)).then(one.2.cmp(&other.2))
        });
        // Added up in that order: sums of doubles depend on theirs.
        let leading = standing.grounds.iter().filter(|(tier, ..)| *tier == standing.tier);
        standing.strength = leading.map(|(_, strength, _)| strength).sum();
    }
    let mut ranked = standings.into_iter().collect::<Vec<_>>();
    ranked.sort_by(|(one, first), (other, second)| {
        first.tier.cmp(&second.tier).then(second.strength.total_cmp(&first.strength)).then(one.cmp(other))
    });
    let named = |(product, standing): (ProductId, Standing)| Ranked {
        product,
        grounds: standing.grounds.into_iter().map(|(_, _, ground)| ground).collect(),
    };
    ranked.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::decay::weight;

    const NOW: Timestamp = Timestamp(1_795_238_040_000);
    const WEEK_MS: i64 = 604_800_000;

    fn id(number: u8) -> ProductId {
        format!("0198f0a0-0000-7000-8000-0000000000{number:02x}").parse().expect("an id")
    }

    /// `times` things that happened now.
    fn times(times: f64) -> f64 {
        weight(NOW) * times
    }

    /// Product `number`, sold `sold` times, `together` of them with one that sold a hundred times.
    fn companion(number: u8, sold: f64, together: f64) -> Finding {
        let companionship =
            Companionship { pair_score: times(together), origin_score: times(100.0), at: None };
        Finding {
            product: id(number),
            score: times(sold),
            ground: Ground::BoughtTogether(id(0)),
            companionship: Some(companionship),
            seen: false,
        }
    }

    fn popular(number: u8, sold: f64) -> Finding {
        let (ground, companionship) = (Ground::Popular, None);
        Finding { product: id(number), score: times(sold), ground, companionship, seen: false }
    }

    fn order(findings: Vec<Finding>) -> Vec<ProductId> {
        rank(findings, NOW).into_iter().map(|ranked| ranked.product).collect()
    }

    #[test]
    fn what_goes_with_everything_goes_with_nothing_in_particular() {
        assert_eq!(order(vec![companion(1, 10_000.0, 50.0), companion(2, 60.0, 40.0)]), [id(2), id(1)]);
    }

    #[test]
    fn one_order_of_two_rare_things_says_less_than_many_of_what_sells() {
        assert_eq!(order(vec![companion(1, 1.0, 1.0), companion(2, 100.0, 60.0)]), [id(2), id(1)]);
    }

    #[test]
    fn what_goes_with_something_comes_before_what_is_popular_and_that_in_the_order_of_sales() {
        let findings = vec![popular(1, 5.0), popular(2, 500.0), companion(3, 50.0, 1.0), popular(3, 50.0)];
        let ranked = rank(findings, NOW);
        assert_eq!(ranked.iter().map(|ranked| ranked.product).collect::<Vec<_>>(), [id(3), id(2), id(1)]);
        assert_eq!(ranked[0].grounds, [Ground::BoughtTogether(id(0)), Ground::Popular]);
    }

    #[test]
    fn what_a_shopper_did_lately_counts_more_and_what_they_have_seen_less() {
        let at = |number, weeks: i64| {
            let mut finding = companion(number, 50.0, 10.0);
            finding.ground = Ground::BecauseYouViewed(id(0));
            let companionship = finding.companionship.as_mut().expect("it goes with something");
            companionship.at = Some(NOW.plus_milliseconds(-weeks * WEEK_MS));
            finding
        };
        assert_eq!(order(vec![at(1, 3), at(2, 1), at(3, 2)]), [id(2), id(3), id(1)]);
        let seen = Finding { seen: true, ..at(2, 1) };
        assert_eq!(order(vec![at(1, 3), seen, at(3, 2)]), [id(3), id(1), id(2)]);
    }

    #[test]
    fn the_ground_that_says_most_is_named_first() {
        let mut looked = companion(1, 50.0, 1.0);
        looked.ground = Ground::ViewedTogether(id(0));
        let ranked = rank(vec![looked, companion(1, 50.0, 10.0)], NOW);
        assert_eq!(ranked[0].grounds, [Ground::BoughtTogether(id(0)), Ground::ViewedTogether(id(0))]);
    }

    fn finding() -> impl Strategy<Value = Finding> {
        let ground = prop_oneof![
            (0..4_u8).prop_map(|origin| Ground::BoughtTogether(id(origin))),
            (0..4_u8).prop_map(|origin| Ground::BecauseYouViewed(id(origin))),
            Just(Ground::Popular),
        ];
        (0..8_u8, 0.0..1e6, ground, 0.0..1e6, any::<bool>()).prop_map(
            |(number, score, ground, pair, seen)| {
                let together = Companionship { pair_score: times(pair), origin_score: times(10.0), at: None };
                let companionship = ground.origin().map(|_| together);
                Finding { product: id(number), score: times(score), ground, companionship, seen }
            },
        )
    }

    proptest! {
        #[test]
        fn the_order_in_which_things_are_found_does_not_matter(
            (findings, shuffled) in prop::collection::vec(finding(), 0..20)
                .prop_flat_map(|findings| (Just(findings.clone()), Just(findings).prop_shuffle())),
        ) {
            let order = |findings| order(findings);
            prop_assert_eq!(order(findings), order(shuffled));
        }

        #[test]
        fn each_product_that_was_found_is_there_once_with_all_its_grounds(
            findings in prop::collection::vec(finding(), 0..20),
        ) {
            let ranked = rank(findings.clone(), NOW);
            let products = ranked.iter().map(|ranked| ranked.product).collect::<BTreeSet<_>>();
            prop_assert_eq!(products.len(), ranked.len());
            prop_assert_eq!(products, findings.iter().map(|finding| finding.product).collect());
            let grounds = ranked.iter().map(|ranked| ranked.grounds.len()).sum::<usize>();
            prop_assert_eq!(grounds, findings.len());
        }
    }
}
