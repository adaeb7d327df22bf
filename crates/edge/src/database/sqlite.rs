//! Spin's SQLite.

use std::rc::Rc;

use spin_sdk::sqlite3;

use super::{Error, Row, Value};

/// An open database.
#[derive(Debug)]
pub(super) struct Connection(sqlite3::Connection);

impl Connection {
    /// Opens the database of that label.
    pub(super) fn open(label: &str) -> Result<Self, Error> {
        sqlite3::Connection::open(label).map(Self).map_err(|error| host_error(&error))
    }

    /// Runs one statement and gives its rows.
    pub(super) fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Error> {
        let parameters = parameters.iter().map(sqlite3::Value::from).collect::<Vec<_>>();
        let result = self.0.execute(statement, &parameters).map_err(|error| host_error(&error))?;
        let columns = Rc::new(result.columns);
        let row = |row: sqlite3::RowResult| Row {
            columns: Rc::clone(&columns),
            values: row.values.into_iter().map(Value::from).collect(),
        };
        Ok(result.rows.into_iter().map(row).collect())
    }
}

fn host_error(error: &sqlite3::Error) -> Error {
    match error {
        sqlite3::Error::Io(message) => told(message),
        other => Error::Unavailable(other.to_string()),
    }
}

/// SQLite's own words, which are part of its interface (result codes 5, 6, 19 and 2067).
fn told(message: &str) -> Error {
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
            assert_eq!(told(message), error);
        }
    }
}
