//! A service's own tables.
//!
//! Spin's SQLite, in the database labelled as the component, is the engine today; PostgreSQL becomes one more case of
//! `Engine`. So statements keep to what both understand: `$1`, `$2`, ... that first appear in this order, `TEXT`,
//! `BIGINT`, and JSON as `TEXT`. A guest may be stopped between two statements at any time, so whatever belongs
//! together is written by one statement and there is no `BEGIN` here.

use spin_sdk::sqlite3::{self, Connection};

/// A value in a statement or in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
}

/// Why a statement had no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A row would appear twice.
    #[error("not unique: {0}")]
    NotUnique(String),
    /// A rule that the tables themselves hold was about to be broken, by this name.
    #[error("refused by the tables: {0}")]
    Refused(String),
    /// The database is busy or cannot be reached; the same statement may work later.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// A row is not of the shape that the code expects.
    #[error("column {column} is not {expected}")]
    Shape {
        /// The column.
        column: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The statement is wrong, or the tables are.
    #[error("{0}")]
    Statement(String),
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Sqlite(Connection),
}

impl Database {
    /// Opens the database of `component`.
    pub fn open(component: &str) -> Result<Self, Error> {
        let connection = Connection::open(component).map_err(|error| host_error(&error))?;
        Ok(Self { engine: Engine::Sqlite(connection) })
    }

    /// Runs one statement and gives its rows.
    pub fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Error> {
        match &self.engine {
            Engine::Sqlite(connection) => {
                let parameters = parameters.iter().map(sqlite3::Value::from).collect::<Vec<_>>();
                let result =
                    connection.execute(statement, &parameters).map_err(|error| host_error(&error))?;
                let columns = std::rc::Rc::new(result.columns);
                let row = |row: sqlite3::RowResult| Row {
                    columns: std::rc::Rc::clone(&columns),
                    values: row.values.into_iter().map(Value::from).collect(),
                };
                Ok(result.rows.into_iter().map(row).collect())
            }
        }
    }

    /// Runs one statement that gives one row or none.
    pub fn query_one(&self, statement: &str, parameters: &[Value]) -> Result<Option<Row>, Error> {
        Ok(self.query(statement, parameters)?.into_iter().next())
    }
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    columns: std::rc::Rc<Vec<String>>,
    values: Vec<Value>,
}

impl Row {
    /// A column that holds a text.
    pub fn text(&self, column: &str) -> Result<&str, Error> {
        self.optional_text(column)?.ok_or_else(|| shape(column, "a text"))
    }

    /// A column that holds a text or nothing.
    pub fn optional_text(&self, column: &str) -> Result<Option<&str>, Error> {
        match self.value(column)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            Value::Integer(_) => Err(shape(column, "a text")),
        }
    }

    /// A column that holds a whole number.
    pub fn integer(&self, column: &str) -> Result<i64, Error> {
        self.optional_integer(column)?.ok_or_else(|| shape(column, "a number"))
    }

    /// A column that holds a whole number or nothing.
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, Error> {
        match self.value(column)? {
            Value::Integer(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            Value::Text(_) => Err(shape(column, "a number")),
        }
    }

    /// A column that holds the text of a `T`.
    pub fn parsed<T: std::str::FromStr>(&self, column: &str) -> Result<T, Error> {
        self.text(column)?.parse().map_err(|_| shape(column, std::any::type_name::<T>()))
    }

    /// A column that holds a `T` in JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, Error> {
        serde_json::from_str(self.text(column)?).map_err(|_| shape(column, std::any::type_name::<T>()))
    }

    fn value(&self, column: &str) -> Result<&Value, Error> {
        let place = self.columns.iter().position(|name| name == column);
        place.and_then(|place| self.values.get(place)).ok_or_else(|| shape(column, "there"))
    }
}

fn shape(column: &str, expected: &'static str) -> Error {
    Error::Shape { column: column.to_owned(), expected }
}

fn host_error(error: &sqlite3::Error) -> Error {
    match error {
        sqlite3::Error::Io(message) => sqlite_error(message),
        other => Error::Unavailable(other.to_string()),
    }
}

/// SQLite's own words, which are part of its interface (result codes 5, 6, 19 and 2067).
fn sqlite_error(message: &str) -> Error {
    if let Some((_, columns)) = message.split_once("UNIQUE constraint failed: ") {
        return Error::NotUnique(columns.trim().to_owned());
    }
    if let Some((_, name)) = message.split_once("CHECK constraint failed: ") {
        return Error::Refused(name.trim().to_owned());
    }
    // RAISE(ABORT, 'refused: <name>') in a trigger.
    if let Some((_, name)) = message.split_once("refused: ") {
        return Error::Refused(name.trim().to_owned());
    }
    if message.contains("database is locked") || message.contains("database table is locked") {
        return Error::Unavailable(message.to_owned());
    }
    Error::Statement(message.to_owned())
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&Value> for sqlite3::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(*number),
            Value::Text(text) => Self::Text(text.clone()),
        }
    }
}

impl From<sqlite3::Value> for Value {
    /// Our tables hold numbers and texts; should a real or a blob turn up, it is read as the text it prints as, and
    /// whoever wanted a number gets [`Error::Shape`].
    fn from(value: sqlite3::Value) -> Self {
        match value {
            sqlite3::Value::Null => Self::Null,
            sqlite3::Value::Integer(number) => Self::Integer(number),
            sqlite3::Value::Text(text) => Self::Text(text),
            sqlite3::Value::Real(number) => Self::Text(number.to_string()),
            sqlite3::Value::Blob(bytes) => Self::Text(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_says_is_told_apart() {
        let cases = [
            ("UNIQUE constraint failed: product.slug", Error::NotUnique("product.slug".to_owned())),
            ("CHECK constraint failed: stock_not_negative", Error::Refused("stock_not_negative".to_owned())),
            ("refused: sku_taken", Error::Refused("sku_taken".to_owned())),
            ("database is locked", Error::Unavailable("database is locked".to_owned())),
            ("no such table: x", Error::Statement("no such table: x".to_owned())),
        ];
        for (message, error) in cases {
            assert_eq!(sqlite_error(message), error);
        }
    }

    #[test]
    fn a_column_of_the_wrong_kind_is_an_error_and_never_empty() {
        let row = Row {
            columns: std::rc::Rc::new(vec!["a".to_owned(), "b".to_owned()]),
            values: vec![Value::Text("x".to_owned()), Value::Null],
        };
        assert!(row.integer("a").is_err());
        assert!(row.integer("b").is_err());
        assert_eq!(row.optional_integer("b"), Ok(None));
        assert!(row.text("c").is_err());
    }
}
