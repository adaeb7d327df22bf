//! How categories lie in each other.

use std::collections::{BTreeMap, BTreeSet};

use merkato_commerce::text::Slug;
use merkato_contract::search::CategoryNode;

/// All categories.
#[derive(Debug, Clone, Default)]
pub struct Categories {
    /// As the catalog told of them, by title.
    pub nodes: Vec<CategoryNode>,
}

impl Categories {
    /// The slugs of a category and of all that lie in it.
    pub fn inside(&self, slug: &str) -> BTreeSet<String> {
        let mut inside = BTreeSet::from([slug.to_owned()]);
        // Each round goes one level down, and no tree has more levels than nodes, even if it is none.
        for _ in &self.nodes {
            let lies_inside = |node: &&CategoryNode| {
                node.parent.as_ref().is_some_and(|parent| inside.contains(parent.as_str()))
                    && !inside.contains(node.slug.as_str())
            };
            let below = self.nodes.iter().filter(lies_inside).map(|node| node.slug.to_string());
            let below = below.collect::<Vec<_>>();
            if below.is_empty() {
                break;
            }
            inside.extend(below);
        }
        inside
    }

    /// The slugs of a category and of all that it lies in.
    pub fn around(&self, slug: &str) -> BTreeSet<String> {
        let parent_of =
            |node: &CategoryNode| (node.slug.to_string(), node.parent.as_ref().map(Slug::to_string));
        let parents = self.nodes.iter().map(parent_of).collect::<BTreeMap<_, _>>();
        let mut around = BTreeSet::new();
        let mut next = Some(slug);
        while let Some(slug) = next.filter(|slug| !around.contains(*slug)) {
            around.insert(slug.to_owned());
            next = parents.get(slug).and_then(Option::as_deref);
        }
        around
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categories(pairs: &[(&str, Option<&str>)]) -> Categories {
        let slug = |text: &str| text.parse().expect("a slug");
        let node = |(name, parent): &(&str, Option<&str>)| CategoryNode {
            slug: slug(name),
            title: (*name).to_owned(),
            parent: parent.map(slug),
        };
        Categories { nodes: pairs.iter().map(node).collect() }
    }

    fn set(slugs: &[&str]) -> BTreeSet<String> {
        slugs.iter().map(|slug| (*slug).to_owned()).collect()
    }

    #[test]
    fn a_category_holds_all_that_lie_in_it_however_deep() {
        let tree = categories(&[("c", Some("b")), ("b", Some("a")), ("a", None), ("d", None)]);
        assert_eq!(tree.inside("a"), set(&["a", "b", "c"]));
        assert_eq!(tree.inside("unknown"), set(&["unknown"]));
        assert_eq!(tree.around("c"), set(&["a", "b", "c"]));
    }

    #[test]
    fn categories_that_lie_in_each_other_come_to_an_end() {
        let ring = categories(&[("a", Some("b")), ("b", Some("a"))]);
        assert_eq!(ring.inside("a"), set(&["a", "b"]));
        assert_eq!(ring.around("a"), set(&["a", "b"]));
    }
}
