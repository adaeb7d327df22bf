//! Reads what the coordinator counts.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};

use crate::{api::Caller, shop::Shop};

/// One scrape.
#[derive(Debug, Clone)]
pub struct Metrics {
    samples: BTreeMap<String, f64>,
    /// Names of families, each with its kind, such as `merkato_orders gauge`.
    pub families: BTreeSet<String>,
    /// The whole text.
    pub text: String,
}

impl Metrics {
    /// Scrapes the coordinator, as Prometheus does: without any token.
    pub async fn of(shop: &Shop) -> Self {
        Self::at(&shop.coordinator_url).await
    }

    /// Scrapes the coordinator at `url`.
    pub async fn at(url: &str) -> Self {
        let anybody = Caller::at(url);
        let response = anybody.request(Method::GET, "/metrics").send().await.expect("metrics");
        assert_eq!(response.status(), StatusCode::OK);
        let text = response.text().await.expect("text");
        let mut families = BTreeSet::new();
        let mut samples = BTreeMap::new();
        for line in text.lines() {
            if let Some(family) = line.strip_prefix("# TYPE ") {
                families.insert(family.to_owned());
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').expect("a name and a value");
                samples.insert(name.to_owned(), value.parse().expect("a number"));
            }
        }
        Self { samples, families, text }
    }

    /// A sample by its full name with labels; 0 if it has not been counted yet.
    pub fn get(&self, name: &str) -> f64 {
        self.samples.get(name).copied().unwrap_or(0.0)
    }

    /// The same, for what is counted in whole numbers.
    #[expect(clippy::cast_possible_truncation, reason = "it is a whole number that a test can count to")]
    pub fn count(&self, name: &str) -> i64 {
        self.get(name) as i64
    }

    /// Whether there is a sample of that full name.
    pub fn has(&self, name: &str) -> bool {
        self.samples.contains_key(name)
    }

    /// Full names of all samples of a family.
    pub fn names<'a>(&'a self, family: &'a str) -> impl Iterator<Item = &'a str> {
        self.samples.keys().map(String::as_str).filter(move |name| name.split('{').next() == Some(family))
    }

    /// What was counted under `name` since `before`.
    pub fn since(&self, before: &Self, name: &str) -> i64 {
        self.count(name) - before.count(name)
    }
}
