//! What staff keep beside the index: synonyms, and the questions that found nothing.

use std::collections::BTreeMap;

use merkato_commerce::time::Timestamp;
use merkato_contract::{
    problem::Problem,
    search::{Synonyms, ZeroResult},
};
use merkato_edge::database::{Row, Value};

use super::{Store, placeholders};
use crate::words::Word;

/// Most different questions that are kept: more than anybody reads. Anybody can ask, so there has to be an end.
const ZERO_RESULTS_MAX: u32 = 10_000;
/// Most questions and synonyms in a list.
const LIST_MAX: u32 = 1_000;

impl Store<'_> {
    /// What else is meant by each of `words`, by their stems.
    pub fn synonyms_of(&self, words: &[&Word]) -> Result<BTreeMap<String, Vec<String>>, Problem> {
        if words.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places = placeholders(1, words.len());
        let statement =
            format!("SELECT stem, synonyms FROM synonym WHERE stem IN ({places}) LIMIT {LIST_MAX}");
        let stems = words.iter().map(|word| Value::from(word.stem.as_str())).collect::<Vec<_>>();
        let read = |row: &Row| Ok((row.text("stem")?.to_owned(), row.json::<Vec<String>>("synonyms")?));
        let mut synonyms = BTreeMap::<String, Vec<String>>::new();
        for (stem, more) in self.read(&self.query(&statement, &stems)?, read)? {
            synonyms.entry(stem).or_default().extend(more);
        }
        Ok(synonyms)
    }

    /// All synonyms by word, the first thousand.
    pub fn list_synonyms(&self) -> Result<Vec<Synonyms>, Problem> {
        let statement = format!("SELECT word, synonyms FROM synonym ORDER BY word LIMIT {LIST_MAX}");
        let read =
            |row: &Row| Ok(Synonyms { word: row.text("word")?.to_owned(), synonyms: row.json("synonyms")? });
        self.read(&self.query(&statement, &[])?, read)
    }

    /// Sets what else is meant by a word.
    pub fn put_synonyms(&self, word: &Word, synonyms: &[String]) -> Result<(), Problem> {
        let synonyms = serde_json::to_string(synonyms)
            .map_err(|error| self.context.internal("synonyms could not be written", error))?;
        let statement = "INSERT INTO synonym (word, stem, synonyms) VALUES ($1, $2, $3)
             ON CONFLICT (word) DO UPDATE SET synonyms = excluded.synonyms";
        let parameters = [word.text.as_str().into(), word.stem.as_str().into(), synonyms.into()];
        self.query(statement, &parameters).map(drop)
    }

    /// Forgets what else is meant by a word, and says whether there was something to forget.
    pub fn delete_synonyms(&self, word: &Word) -> Result<bool, Problem> {
        let statement = "DELETE FROM synonym WHERE word = $1 RETURNING word";
        Ok(!self.query(statement, &[word.text.as_str().into()])?.is_empty())
    }

    /// Notes a question that found nothing. When there are too many already, only those are counted on.
    pub fn note_zero_result(&self, query: &str) -> Result<(), Problem> {
        let statement = format!(
            "INSERT INTO zero_result (query, times, last_at)
             SELECT CAST($1 AS TEXT), 1, CAST($2 AS BIGINT)
             WHERE (SELECT COUNT(*) FROM zero_result) < {ZERO_RESULTS_MAX}
                 OR EXISTS (SELECT 1 FROM zero_result WHERE query = $1)
             ON CONFLICT (query) DO UPDATE SET times = zero_result.times + 1, last_at = excluded.last_at"
        );
        self.query(&statement, &[query.into(), self.context.now().0.into()]).map(drop)
    }

    /// Questions that found nothing, the most frequent first.
    pub fn list_zero_results(&self) -> Result<Vec<ZeroResult>, Problem> {
        let statement = format!(
            "SELECT query, times, last_at FROM zero_result ORDER BY times DESC, last_at DESC, query LIMIT {LIST_MAX}"
        );
        let read = |row: &Row| {
            Ok(ZeroResult {
                query: row.text("query")?.to_owned(),
                count: row.integer("times")?.unsigned_abs(),
                last_at: Timestamp(row.integer("last_at")?).into(),
            })
        };
        self.read(&self.query(&statement, &[])?, read)
    }

    /// Forgets them.
    pub fn delete_zero_results(&self) -> Result<(), Problem> {
        self.query("DELETE FROM zero_result", &[]).map(drop)
    }
}
