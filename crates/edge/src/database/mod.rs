//! A service's own tables.
//!
//! Spin's SQLite, in the database labelled as the component, or PostgreSQL where the service is told of one. So
//! statements keep to what both understand: `$1`, `$2`, ... that first appear in this order, `TEXT`, `BIGINT`, and
//! JSON as `TEXT`. PostgreSQL takes the type of a parameter from its place, so one that stands beside nothing with a
//! type, or beside a `SUM` (which is a `NUMERIC` there), wants a `CAST`. What a row gives back is the same from both.
//!
//! A guest may be stopped between two statements at any time, so whatever belongs together is written by one
//! statement and there is no `BEGIN` here. On SQLite writers come one after the other. On PostgreSQL they do not, and
//! a statement does not see what another wrote since it began: what has to hold over several rows is held by a trigger
//! there, which locks first and then looks.

mod postgres;
mod sqlite;

use std::rc::Rc;

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
    /// A row would appear twice: the columns (`product.slug`) as SQLite says, or the constraint (`product_slug_key`)
    /// as PostgreSQL does. [`Error::is_taken`] knows both.
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

impl Error {
    /// Whether another row has the same value in `column` of `table`, whose constraint is named
    /// `<table>_<column>_key`.
    pub fn is_taken(&self, table: &str, column: &str) -> bool {
        let Self::NotUnique(what) = self else { return false };
        *what == format!("{table}.{column}") || *what == format!("{table}_{column}_key")
    }
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
}

#[derive(Debug)]
enum Connection {
    Sqlite(sqlite::Connection),
    Postgres(postgres::Connection),
}

/// Which database it is, for the few statements that have to be written twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Spin's SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Database {
    /// Opens the PostgreSQL database at `url`, or without one the SQLite database of `component`.
    pub fn open(component: &str, url: Option<&str>) -> Result<Self, Error> {
        let connection = match url {
            Some(url) => Connection::Postgres(postgres::Connection::open(url)?),
            None => Connection::Sqlite(sqlite::Connection::open(component)?),
        };
        Ok(Self { connection })
    }

    /// Which database it is.
    pub const fn engine(&self) -> Engine {
        match &self.connection {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs one statement and gives its rows.
    pub fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Error> {
        match &self.connection {
            Connection::Sqlite(connection) => connection.query(statement, parameters),
            Connection::Postgres(connection) => connection.query(statement, parameters),
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
    columns: Rc<Vec<String>>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_value_is_known_by_either_engine() {
        for what in ["product.slug", "product_slug_key"] {
            let error = Error::NotUnique(what.to_owned());
            assert!(error.is_taken("product", "slug"), "{what}");
            assert!(!error.is_taken("product", "title"), "{what}");
            assert!(!error.is_taken("category", "slug"), "{what}");
        }
        assert!(!Error::Refused("product_slug_key".to_owned()).is_taken("product", "slug"));
    }

    #[test]
    fn a_column_of_the_wrong_kind_is_an_error_and_never_empty() {
        let row = Row {
            columns: Rc::new(vec!["a".to_owned(), "b".to_owned()]),
            values: vec![Value::Text("x".to_owned()), Value::Null],
        };
        assert!(row.integer("a").is_err());
        assert!(row.integer("b").is_err());
        assert_eq!(row.optional_integer("b"), Ok(None));
        assert!(row.text("c").is_err());
    }
}
