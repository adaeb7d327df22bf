//! PostgreSQL, through Spin.

use std::rc::Rc;

use spin_sdk::pg4::{self, DbError, DbValue, ParameterValue, PgError, QueryError};

use super::{Error, Row, Value, shape};

/// A connection of the host's pool.
pub(super) struct Connection(pg4::Connection);

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects to the database at `url`.
    pub(super) fn open(url: &str) -> Result<Self, Error> {
        pg4::Connection::open(url).map(Self).map_err(host_error)
    }

    /// Runs one statement and gives its rows.
    pub(super) fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Error> {
        let parameters = parameters.iter().map(ParameterValue::from).collect::<Vec<_>>();
        let result = self.0.query(statement, &parameters).map_err(host_error)?;
        let columns = Rc::new(result.columns.into_iter().map(|column| column.name).collect::<Vec<_>>());
        let row = |values: Vec<DbValue>| {
            let values = columns.iter().zip(values).map(|(column, value)| read(column, value));
            Ok(Row { columns: Rc::clone(&columns), values: values.collect::<Result<_, Error>>()? })
        };
        result.rows.into_iter().map(row).collect()
    }
}

impl From<&Value> for ParameterValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::DbNull,
            Value::Integer(number) => Self::Int64(*number),
            Value::Text(text) => Self::Str(text.clone()),
        }
    }
}

/// What SQLite would give: numbers of every width and whole sums are numbers, a truth is 1 or 0, and what has a
/// fraction is the text it prints as. Our tables hold nothing else.
fn read(column: &str, value: DbValue) -> Result<Value, Error> {
    Ok(match value {
        DbValue::DbNull => Value::Null,
        DbValue::Boolean(truth) => Value::Integer(truth.into()),
        DbValue::Int8(number) => Value::Integer(number.into()),
        DbValue::Int16(number) => Value::Integer(number.into()),
        DbValue::Int32(number) => Value::Integer(number.into()),
        DbValue::Int64(number) => Value::Integer(number),
        DbValue::Str(text) | DbValue::Uuid(text) => Value::Text(text),
        // The sum of BIGINTs is a NUMERIC.
        DbValue::Decimal(text) => text.parse().map_or(Value::Text(text), Value::Integer),
        DbValue::Floating32(number) => Value::Text(number.to_string()),
        DbValue::Floating64(number) => Value::Text(number.to_string()),
        _ => return Err(shape(column, "a number or a text")),
    })
}

fn host_error(error: PgError) -> Error {
    match error {
        PgError::QueryFailed(QueryError::DbError(error)) => told_by_code(error),
        PgError::QueryFailed(QueryError::Text(text)) => told_in_words(&text),
        PgError::ConnectionFailed(reason) => Error::Unavailable(first_line(&reason).to_owned()),
        other => Error::Statement(first_line(&other.to_string()).to_owned()),
    }
}

/// What the server says of a statement that it would not begin: with SQLSTATE (PostgreSQL's appendix A) and all.
fn told_by_code(error: DbError) -> Error {
    let constraint = || {
        let named = error.extras.iter().find(|(name, _)| name == "constraint");
        named.map(|(_, constraint)| constraint.clone()).unwrap_or_default()
    };
    match error.code.as_str() {
        "23505" => Error::NotUnique(constraint()),
        "23514" => Error::Refused(constraint()),
        // Deadlock, lock or statement timeout, serialization; lost connection, no resources, shutdown.
        "40001" | "40P01" | "55P03" | "57014" => Error::Unavailable(error.message),
        code if ["08", "53", "57P"].iter().any(|class| code.starts_with(class)) => {
            Error::Unavailable(error.message)
        }
        _ => told(&error.message),
    }
}

/// What the server says of a statement that failed under way. Spin 3.6 hands on the words alone: the driver's, and in
/// them the server's, which must be English (`lc_messages`). They go on to details that hold values of the row, and
/// those are read no further: they would end up in a log.
fn told_in_words(text: &str) -> Error {
    // `db error: ERROR: <message>`, or by newer drivers `db error` with the rest on a line of its own.
    let line = text.lines().map(str::trim).find(|line| line.contains(": ")).unwrap_or(first_line(text));
    let line = line.strip_prefix("db error: ").unwrap_or(line);
    match line.split_once(": ") {
        Some(("ERROR", message)) => told(message),
        // The server ends the connection, or the network did.
        Some(("FATAL" | "PANIC" | "error communicating with the server", _)) => {
            Error::Unavailable(line.to_owned())
        }
        _ if line.starts_with("connection closed") => Error::Unavailable(line.to_owned()),
        _ => Error::Statement(line.to_owned()),
    }
}

/// The server's message of an error.
fn told(message: &str) -> Error {
    let message = first_line(message);
    if let Some(constraint) = message.strip_prefix("duplicate key value violates unique constraint ") {
        return Error::NotUnique(constraint.trim_matches('"').to_owned());
    }
    if let Some((_, constraint)) = message.split_once(" violates check constraint ") {
        return Error::Refused(constraint.trim_matches('"').to_owned());
    }
    // RAISE EXCEPTION 'refused: <name>' in a trigger.
    if let Some(name) = message.strip_prefix("refused: ") {
        return Error::Refused(name.trim().to_owned());
    }
    let passing = ["deadlock detected", "could not serialize access", "canceling statement due to"];
    if passing.iter().any(|beginning| message.starts_with(beginning)) {
        return Error::Unavailable(message.to_owned());
    }
    Error::Statement(message.to_owned())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_says_is_told_apart() {
        let cases = [
            (
                "ERROR: duplicate key value violates unique constraint \"product_slug_key\"",
                Error::NotUnique("product_slug_key".to_owned()),
            ),
            (
                "ERROR: new row for relation \"payment\" violates check constraint \"payment_amount_not_negative\"",
                Error::Refused("payment_amount_not_negative".to_owned()),
            ),
            ("ERROR: refused: sku_taken", Error::Refused("sku_taken".to_owned())),
            ("ERROR: deadlock detected", Error::Unavailable("deadlock detected".to_owned())),
            (
                "FATAL: terminating connection due to administrator command",
                Error::Unavailable("FATAL: terminating connection due to administrator command".to_owned()),
            ),
            (
                "ERROR: relation \"x\" does not exist",
                Error::Statement("relation \"x\" does not exist".to_owned()),
            ),
        ];
        for (said, error) in cases {
            let details = format!("{said}\nDETAIL: Key (slug)=(secret) already exists.");
            // As Spin 3.6 says it, and as the driver that came after says it.
            for text in [
                format!("db error: {details}\n\nCaused by:\n    {details}"),
                format!("db error\n\nCaused by:\n    {details}"),
            ] {
                assert_eq!(told_in_words(&text), error, "{text}");
            }
        }
        for text in ["connection closed", "error communicating with the server: broken pipe"] {
            assert_eq!(told_in_words(text), Error::Unavailable(text.to_owned()));
        }
    }

    #[test]
    fn a_code_says_more_than_words() {
        let error = |code: &str, message: &str| DbError {
            as_text: String::new(),
            severity: "ERROR".to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            detail: Some("Key (slug)=(secret) already exists.".to_owned()),
            extras: vec![("constraint".to_owned(), "product_slug_key".to_owned())],
        };
        let cases = [
            ("23505", "Der Wert ist schon da", Error::NotUnique("product_slug_key".to_owned())),
            ("23514", "So nicht", Error::Refused("product_slug_key".to_owned())),
            ("P0001", "refused: sku_taken", Error::Refused("sku_taken".to_owned())),
            ("57P01", "shutting down", Error::Unavailable("shutting down".to_owned())),
            ("53300", "too many clients", Error::Unavailable("too many clients".to_owned())),
            ("42P01", "no such table", Error::Statement("no such table".to_owned())),
        ];
        for (code, message, expected) in cases {
            assert_eq!(told_by_code(error(code, message)), expected);
        }
    }

    #[test]
    fn values_are_those_that_sqlite_would_give() {
        let cases = [
            (DbValue::DbNull, Value::Null),
            (DbValue::Boolean(true), Value::Integer(1)),
            (DbValue::Int16(-2), Value::Integer(-2)),
            (DbValue::Decimal("12".to_owned()), Value::Integer(12)),
            (DbValue::Decimal("12.50".to_owned()), Value::Text("12.50".to_owned())),
            (DbValue::Floating64(1.5), Value::Text("1.5".to_owned())),
        ];
        for (given, value) in cases {
            assert_eq!(read("column", given), Ok(value));
        }
        assert!(read("column", DbValue::Date((2026, 2, 3))).is_err());
    }
}
