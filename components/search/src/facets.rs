//! From counts to facets.

use std::collections::{BTreeMap, BTreeSet};

use merkato_commerce::money::{Currency, Money};
use merkato_contract::search::{CategoryFacet, Facets, MATCHES_MAX, PriceFacet, price_steps};

use crate::categories::Categories;

/// Most categories in a facet: the largest of them.
const CATEGORIES_MAX: usize = 50;

/// How many matches are alike in what they can be narrowed down by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Their category.
    pub category: String,
    /// Their place among [`price_steps`].
    pub price_step: usize,
    /// Whether the filter of prices lets them through.
    pub price_is_in: bool,
    /// Whether the filter of stock does.
    pub stock_is_in: bool,
    /// How many.
    pub products: u64,
}

/// What all counts of one question come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Products that all filters let through.
    pub total: u64,
    /// Whether there were more than could be counted.
    pub more: bool,
    /// What they could be narrowed down by.
    pub facets: Facets,
}

/// Adds the counts up. `wanted` are the categories that the filter lets through, if there is one.
pub fn summary(
    counts: &[Count],
    categories: &Categories,
    wanted: Option<&BTreeSet<String>>,
    currency: Currency,
) -> Summary {
    let category_is_in = |count: &Count| wanted.is_none_or(|wanted| wanted.contains(&count.category));
    let sum = |counts: &mut dyn Iterator<Item = &Count>| counts.map(|count| count.products).sum::<u64>();
    let in_stock = counts.iter().filter(|count| count.stock_is_in).collect::<Vec<_>>();
    let by_price = in_stock.iter().copied().filter(|count| category_is_in(count));
    let by_category = in_stock.iter().copied().filter(|count| count.price_is_in);
    Summary {
        total: sum(&mut by_price.clone().filter(|count| count.price_is_in)),
        more: sum(&mut counts.iter()) >= u64::from(MATCHES_MAX),
        facets: Facets {
            category: category_facet(by_category, categories),
            price: price_facet(by_price, currency),
        },
    }
}

fn category_facet<'a>(
    counts: impl Iterator<Item = &'a Count>,
    categories: &Categories,
) -> Vec<CategoryFacet> {
    let mut products = BTreeMap::<String, u64>::new();
    for count in counts {
        for slug in categories.around(&count.category) {
            *products.entry(slug).or_default() += count.products;
        }
    }
    let facet = |slug: &str, count| {
        let node = categories.nodes.iter().find(|node| node.slug.as_str() == slug)?;
        let (slug, title, parent) = (node.slug.clone(), node.title.clone(), node.parent.clone());
        Some(CategoryFacet { slug, title, parent, count })
    };
    let mut facets = products.iter().filter_map(|(slug, count)| facet(slug, *count)).collect::<Vec<_>>();
    facets.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.title.cmp(&other.title)));
    facets.truncate(CATEGORIES_MAX);
    facets
}

fn price_facet<'a>(counts: impl Iterator<Item = &'a Count>, currency: Currency) -> Vec<PriceFacet> {
    let mut products = BTreeMap::<usize, u64>::new();
    for count in counts {
        *products.entry(count.price_step).or_default() += count.products;
    }
    let steps = price_steps(currency);
    let step = |place: usize| steps.get(place).map(|amount| Money::new(*amount, currency));
    let facet = |(place, count): (&usize, &u64)| {
        Some(PriceFacet { from: step(*place)?, below: step(place + 1), count: *count })
    };
    products.iter().filter_map(facet).collect()
}

#[cfg(test)]
mod tests {
    use merkato_contract::search::CategoryNode;

    use super::*;

    fn count(category: &str, price_step: usize, price_is_in: bool, products: u64) -> Count {
        Count { category: category.to_owned(), price_step, price_is_in, stock_is_in: true, products }
    }

    #[test]
    fn each_facet_counts_what_the_other_filters_leave() {
        let node = |slug: &str, parent: Option<&str>| CategoryNode {
            slug: slug.parse().expect("a slug"),
            title: slug.to_owned(),
            parent: parent.map(|parent| parent.parse().expect("a slug")),
        };
        let categories =
            Categories { nodes: vec![node("cloth", None), node("cups", Some("table")), node("table", None)] };
        let counts = [count("cups", 0, true, 3), count("cups", 2, false, 4), count("cloth", 0, true, 5)];
        let wanted = categories.inside("table");
        let summary = summary(&counts, &categories, Some(&wanted), Currency::USD);
        assert_eq!((summary.total, summary.more), (3, false));
        let by_category = summary.facets.category.iter().map(|facet| (facet.slug.as_str(), facet.count));
        assert_eq!(by_category.collect::<Vec<_>>(), [("cloth", 5), ("cups", 3), ("table", 3)]);
        let by_price = summary.facets.price.iter().map(|facet| (facet.from.amount, facet.count));
        assert_eq!(by_price.collect::<Vec<_>>(), [(0, 3), (2_500, 4)]);
    }
}
