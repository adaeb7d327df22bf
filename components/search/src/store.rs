//! The index's tables. All of them can be built anew, so each statement may be repeated: a delivery that was cut off in
//! the middle is delivered again.

mod find;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};

use merkato_commerce::{ids::ProductId, text::Sku};
use merkato_contract::{
    coordinator::StockLevel,
    problem::Problem,
    search::{CategoryTree, Document, Listed},
};
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};

pub use find::{Filters, PriceRange};

use crate::{categories::Categories, entry::Entry, words::Word};

/// Values in one statement: SQLite takes 32 766, PostgreSQL twice as many.
const VALUES_MAX: usize = 10_000;

/// The index's tables, for the length of one request.
#[derive(Debug)]
pub struct Store<'a> {
    context: &'a Context,
    database: Database,
}

impl<'a> Store<'a> {
    /// Opens the tables.
    pub fn open(context: &'a Context) -> Result<Self, Problem> {
        Ok(Self { context, database: context.database()? })
    }

    /// Puts a product into the index, in place of an older version of it. `levels` is what there is of its skus.
    pub fn put_document(&self, document: &Document, levels: &BTreeMap<Sku, i64>) -> Result<(), Problem> {
        let entry = document.listed.as_ref().and_then(|listed| Some((listed, Entry::of(listed)?)));
        let Some((listed, entry)) = entry else { return self.unlist(document) };
        // Words first: one without a product does no harm, a product without its words would not be found.
        let words = entry.words.iter().map(|word| [word.text.as_str().into(), word.stem.as_str().into()]);
        self.insert_ignoring("word (word, stem)", &words.collect::<Vec<_>>())?;
        let misspellings = entry.misspellings();
        let misspellings = misspellings.into_iter().map(|(spelling, word)| [spelling.into(), word.into()]);
        self.insert_ignoring("misspelling (spelling, word)", &misspellings.collect::<Vec<_>>())?;
        if self.put_entry(document, listed, &entry)? {
            self.put_stock(document.product_id, &entry.skus, levels)?;
        }
        Ok(())
    }

    /// Whether the version was not older than the one known.
    fn put_entry(&self, document: &Document, listed: &Listed, entry: &Entry) -> Result<bool, Problem> {
        let statement = "INSERT INTO product (product_id, version, listed, category, title_key, price, currency,
                 document, title_words, label_words, description_words)
             VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (product_id) DO UPDATE SET version = excluded.version, listed = 1,
                 category = excluded.category, title_key = excluded.title_key, price = excluded.price,
                 currency = excluded.currency, document = excluded.document, title_words = excluded.title_words,
                 label_words = excluded.label_words, description_words = excluded.description_words
             WHERE product.version <= excluded.version
             RETURNING product_id";
        let shown = serde_json::to_string(listed)
            .map_err(|error| self.context.internal("a product could not be written", error))?;
        let parameters = [
            document.product_id.to_string().into(),
            document.version.into(),
            listed.product.category.as_str().into(),
            entry.title_key.as_str().into(),
            entry.price.amount.into(),
            entry.price.currency.code().into(),
            shown.into(),
            entry.title_words.as_str().into(),
            entry.label_words.as_str().into(),
            entry.description_words.as_str().into(),
        ];
        Ok(!self.query(statement, &parameters)?.is_empty())
    }

    /// Leaves a product out of everything, and remembers that it was.
    fn unlist(&self, document: &Document) -> Result<(), Problem> {
        let statement =
            "INSERT INTO product (product_id, version, listed, category, title_key, price, currency,
                 document, title_words, label_words, description_words)
             VALUES ($1, $2, 0, '', '', 0, '', '', '', '', '')
             ON CONFLICT (product_id) DO UPDATE SET version = excluded.version, listed = 0, document = '',
                 title_words = '', label_words = '', description_words = ''
             WHERE product.version <= excluded.version";
        let id = document.product_id.to_string();
        self.query(statement, &[id.into(), document.version.into()]).map(drop)
    }

    fn put_stock(&self, id: ProductId, skus: &[Sku], levels: &BTreeMap<Sku, i64>) -> Result<(), Problem> {
        let id = id.to_string();
        let mut parameters = vec![Value::from(id.as_str())];
        parameters.extend(skus.iter().map(|sku| Value::from(sku.as_str())));
        let places = placeholders(2, skus.len());
        let statement = format!("DELETE FROM stock WHERE product_id = $1 AND sku NOT IN ({places})");
        self.query(&statement, &parameters)?;
        for sku in skus {
            // A sku that the till does not know yet cannot be bought.
            let available = levels.get(sku).copied().unwrap_or(0);
            let statement = "INSERT INTO stock (sku, product_id, available) VALUES ($1, $2, $3)
                 ON CONFLICT (sku) DO UPDATE
                 SET product_id = excluded.product_id, available = excluded.available";
            self.query(statement, &[sku.as_str().into(), id.as_str().into(), available.into()])?;
        }
        Ok(())
    }

    /// Notes what there is of skus that are in the index.
    pub fn note_stock(&self, levels: &[StockLevel]) -> Result<(), Problem> {
        for level in levels {
            let statement = "UPDATE stock SET available = $1 WHERE sku = $2 AND available <> $1";
            self.query(statement, &[level.available.into(), level.sku.as_str().into()])?;
        }
        Ok(())
    }

    /// Forgets the products after `after`, up to `last` if there is one, that are not among `known`, and says how many.
    pub fn forget_others(
        &self,
        after: Option<ProductId>,
        last: Option<ProductId>,
        known: &[ProductId],
    ) -> Result<u64, Problem> {
        let mut parameters = vec![Value::from(after.map(|id| id.to_string()).unwrap_or_default())];
        let up_to = last.map(|last| {
            parameters.push(last.to_string().into());
            "AND product_id <= $2".to_owned()
        });
        let but = (!known.is_empty()).then(|| {
            let first = parameters.len() + 1;
            parameters.extend(known.iter().map(|id| Value::from(id.to_string())));
            format!("AND product_id NOT IN ({})", placeholders(first, known.len()))
        });
        let statement = format!(
            "DELETE FROM product WHERE product_id > $1 {} {} RETURNING product_id",
            up_to.unwrap_or_default(),
            but.unwrap_or_default()
        );
        let forgotten = self.query(&statement, &parameters)?;
        for row in &forgotten {
            let id = row.text("product_id").map_err(|error| self.context.database_fault(&error))?;
            self.query("DELETE FROM stock WHERE product_id = $1", &[id.into()])?;
        }
        Ok(forgotten.len() as u64)
    }

    /// Takes the catalog's categories in place of an older version of them.
    pub fn put_categories(&self, tree: &CategoryTree) -> Result<(), Problem> {
        let items = serde_json::to_string(&tree.items)
            .map_err(|error| self.context.internal("categories could not be written", error))?;
        let statement = "UPDATE category_tree SET items = $1, version = $2 WHERE version <= $2";
        self.query(statement, &[items.into(), tree.version.into()]).map(drop)
    }

    /// All categories.
    pub fn categories(&self) -> Result<Categories, Problem> {
        let rows = self.query("SELECT items FROM category_tree", &[])?;
        let nodes = self.read(&rows, |row| row.json("items"))?.pop().unwrap_or_default();
        Ok(Categories { nodes })
    }

    /// Those of `words` that are in no product: neither as they are written nor by their stem.
    pub fn unknown<'w>(&self, words: &[&'w Word]) -> Result<Vec<&'w Word>, Problem> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let (texts, stems) = (placeholders(1, words.len()), placeholders(words.len() + 1, words.len()));
        let statement =
            format!("SELECT word, stem FROM word WHERE word IN ({texts}) OR stem IN ({stems}) LIMIT 1000");
        let texts = words.iter().map(|word| Value::from(word.text.as_str()));
        let stems = words.iter().map(|word| Value::from(word.stem.as_str()));
        let rows = self.query(&statement, &texts.chain(stems).collect::<Vec<_>>())?;
        let known = self.read(&rows, word)?;
        let is_known =
            |word: &&&Word| known.iter().any(|known| known.text == word.text || known.stem == word.stem);
        Ok(words.iter().filter(|word| !is_known(word)).copied().collect())
    }

    /// Whether some word begins with `text`.
    pub fn begins_a_word(&self, text: &str) -> Result<bool, Problem> {
        // No word holds a letter beyond this one.
        let end = format!("{text}\u{10ffff}");
        let statement = "SELECT word FROM word WHERE word >= $1 AND word < $2 LIMIT 1";
        Ok(!self.query(statement, &[text.into(), end.into()])?.is_empty())
    }

    /// Up to `limit` words that are kept under one of `spellings`.
    pub fn words_spelt(&self, spellings: &BTreeSet<String>, limit: u32) -> Result<Vec<Word>, Problem> {
        if spellings.is_empty() {
            return Ok(Vec::new());
        }
        let statement = format!(
            "SELECT word, stem FROM word
             WHERE word IN (SELECT word FROM misspelling WHERE spelling IN ({})) ORDER BY word LIMIT {limit}",
            placeholders(1, spellings.len())
        );
        let parameters = spellings.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>();
        self.read(&self.query(&statement, &parameters)?, word)
    }

    fn insert_ignoring(&self, into: &str, rows: &[[Value; 2]]) -> Result<(), Problem> {
        for some in rows.chunks(VALUES_MAX / 2) {
            let places = (0..some.len()).map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2));
            let places = places.collect::<Vec<_>>().join(", ");
            let statement = format!("INSERT INTO {into} VALUES {places} ON CONFLICT DO NOTHING");
            self.query(&statement, &some.concat())?;
        }
        Ok(())
    }

    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Problem> {
        self.database.query(statement, parameters).map_err(|error| self.context.database_fault(&error))
    }

    /// The rows, each read by `read`. One that cannot be read is a fault, and never left out.
    fn read<T>(&self, rows: &[Row], read: impl Fn(&Row) -> Result<T, Error>) -> Result<Vec<T>, Problem> {
        let read = rows.iter().map(read).collect::<Result<_, _>>();
        read.map_err(|error| self.context.database_fault(&error))
    }
}

/// `$first, ...`, `count` of them.
fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

fn word(row: &Row) -> Result<Word, Error> {
    Ok(Word { text: row.text("word")?.to_owned(), stem: row.text("stem")?.to_owned() })
}
