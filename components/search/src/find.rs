//! Answers a question.

use std::collections::BTreeMap;

use merkato_commerce::{money::Currency, text::Slug};
use merkato_contract::{
    catalog::Product,
    coordinator::StockLevel,
    language::Language,
    problem::Problem,
    search::{RESULTS_MAX, SearchResults, Sort},
};
use merkato_edge::{Context, availability};

use crate::{
    facets::summary,
    question::{Expression, Part, Question},
    spelling::{is_slip, spellings},
    store::{Filters, PriceRange, Store},
    words::{Word, words},
};

/// Most words that a misspelt one is looked for as.
const CORRECTIONS_MAX: usize = 5;
/// Most words that are looked at for that.
const CANDIDATES_MAX: u32 = 200;
/// Longest number in a question that is kept: what is longer may be a telephone's or a card's.
const DIGITS_MAX: usize = 5;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// What was typed.
    pub text: String,
    /// The category that is wanted, with all that lie in it.
    pub category: Option<Slug>,
    /// Prices that are wanted.
    pub price: PriceRange,
    /// Whether only what can be bought is wanted.
    pub in_stock: bool,
    /// The order; by relevance if there is a question, else the newest first.
    pub sort: Option<Sort>,
    /// The language of the answer.
    pub language: Option<Language>,
    /// Most products to answer.
    pub limit: u32,
    /// Products to pass over.
    pub offset: u32,
}

/// Answers it.
pub async fn search(context: &Context, store: &Store<'_>, search: &Search) -> Result<SearchResults, Problem> {
    let question = Question::parse(&search.text);
    let corrections = corrections(store, &question)?;
    let expression = expression(store, &question, &corrections)?;
    let categories = store.categories()?;
    let filters = Filters {
        categories: search.category.as_ref().map(|slug| categories.inside(slug.as_str())),
        price: search.price,
        in_stock: search.in_stock,
    };
    let sort = search.sort.unwrap_or(Sort::Relevance);
    // One more than asked for says whether there is a next page.
    let mut found = store.find(expression.as_ref(), &filters, sort, search.limit + 1, search.offset)?;
    let more = found.len() > search.limit as usize;
    found.truncate(search.limit as usize);
    let currency = found.first().and_then(|listed| listed.product.variants.first());
    let currency = currency.map_or(Currency::USD, |variant| variant.price.currency);
    let counts = store.count(expression.as_ref(), &filters, currency)?;
    let summary = summary(&counts, &categories, filters.categories.as_ref(), currency);
    if counts.is_empty() && !question.is_empty() && may_be_kept(&search.text) {
        store.note_zero_result(&question.text())?;
    }
    let next = search.offset + search.limit;
    let products = found.into_iter();
    let products =
        products.map(|found| found.product.in_language(search.language.as_ref(), &found.translations));
    let mut items = products.collect::<Vec<_>>();
    availability::fill(context, &mut items).await;
    if search.in_stock {
        leave_out_sold_out(store, &mut items)?;
    }
    Ok(SearchResults {
        items,
        total: summary.total,
        more: summary.more,
        facets: summary.facets,
        did_you_mean: question.corrected(&corrections),
        next: (more && next < RESULTS_MAX).then(|| next.to_string()),
    })
}

/// For each word of the question that is in no product, the words that it may be a slip of, the likeliest first.
fn corrections(store: &Store<'_>, question: &Question) -> Result<BTreeMap<String, Vec<Word>>, Problem> {
    let typed = question.words().collect::<Vec<_>>();
    let mut corrections = BTreeMap::new();
    for unknown in store.unknown(&typed)? {
        let unfinished = matches!(question.parts.last(), Some(Part::Beginning(last)) if last == unknown);
        if unfinished && store.begins_a_word(&unknown.text)? {
            continue;
        }
        let mut meant = store.words_spelt(&spellings(&unknown.text), CANDIDATES_MAX)?;
        meant.retain(|word| is_slip(&unknown.text, &word.text));
        // A slip is rarely in the first letter.
        let initial = |text: &str| text.chars().next();
        meant.sort_by_key(|word| initial(&word.text) != initial(&unknown.text));
        meant.truncate(CORRECTIONS_MAX);
        if !meant.is_empty() {
            corrections.insert(unknown.text.clone(), meant);
        }
    }
    Ok(corrections)
}

/// What to look for; nothing if the question says nothing, and then all is found.
fn expression(
    store: &Store<'_>,
    question: &Question,
    corrections: &BTreeMap<String, Vec<Word>>,
) -> Result<Option<Expression>, Problem> {
    if question.is_empty() {
        return Ok(None);
    }
    let synonyms = store.synonyms_of(&question.words().collect::<Vec<_>>())?;
    let synonyms = synonyms
        .into_iter()
        .map(|(stem, texts)| (stem, texts.iter().map(|text| words(text)).collect::<Vec<_>>()))
        .collect();
    Ok(Some(question.expression(corrections, &synonyms)))
}

/// Leaves out what the till says is gone, and notes it, so that the next list is right from the start.
fn leave_out_sold_out(store: &Store<'_>, items: &mut Vec<Product>) -> Result<(), Problem> {
    let mut gone = Vec::new();
    items.retain(|product| {
        let sold_out = product.variants.iter().all(|variant| variant.available == Some(0));
        if sold_out {
            let skus = product.variants.iter().map(|variant| variant.sku.clone());
            gone.extend(skus.map(|sku| StockLevel { sku, available: 0 }));
        }
        !sold_out
    });
    store.note_stock(&gone)
}

/// Whether a question may be written down: one that may name a person may not.
fn may_be_kept(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    !text.contains('@') && digits <= DIGITS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_may_name_a_person_is_not_kept() {
        assert!(may_be_kept("jebena 250 g"));
        assert!(!may_be_kept("hanna@merkato.example"));
        assert!(!may_be_kept("0911 234567"));
    }
}
