//! The users service's tables, one noun a file. Every change is one statement that names what it starts from, so that
//! of two that meet only one wins; what must change together stands in one row.

pub mod account;
pub mod address;
pub mod external;
pub mod message;
pub mod session;
pub mod throttle;

use merkato_contract::problem::Problem;
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};
use serde::Serialize;

/// The users service's tables, for the length of one request.
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

    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Problem> {
        self.read(self.database.query(statement, parameters))
    }

    /// Runs a statement and reads each row that it gives.
    fn all<T>(
        &self,
        statement: &str,
        parameters: &[Value],
        row: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Problem> {
        let rows = self.query(statement, parameters)?;
        self.read(rows.iter().map(row).collect())
    }

    /// Runs a statement that gives one row or none, and reads it.
    fn one<T>(
        &self,
        statement: &str,
        parameters: &[Value],
        row: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Option<T>, Problem> {
        Ok(self.all(statement, parameters, row)?.pop())
    }

    /// Runs a statement that gives a row for what it changed, and says whether it changed anything.
    fn changed(&self, statement: &str, parameters: &[Value]) -> Result<bool, Problem> {
        Ok(!self.query(statement, parameters)?.is_empty())
    }

    fn read<T>(&self, result: Result<T, Error>) -> Result<T, Problem> {
        result.map_err(|error| self.context.database_fault(&error))
    }

    fn json<T: Serialize>(&self, value: &T) -> Result<Value, Problem> {
        let text = serde_json::to_string(value);
        text.map(Value::from).map_err(|error| self.context.internal("a column cannot be written", error))
    }

    fn now(&self) -> Value {
        self.context.now().0.into()
    }

    /// The moment `milliseconds` ago.
    fn ago(&self, milliseconds: i64) -> Value {
        self.context.now().plus_milliseconds(-milliseconds).0.into()
    }
}

fn unexpected(column: &str, expected: &'static str) -> Error {
    Error::Shape { column: column.to_owned(), expected }
}
