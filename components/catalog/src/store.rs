//! The catalog's tables. A product is written whole by one statement; triggers in the same statement keep what the
//! till and the search service have to be told (see the migrations), so neither is ever without the other.

mod category;
mod product;
mod query;
mod sitemap;
mod untold;

use merkato_contract::problem::Problem;
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};

pub use category::Removed;
pub use product::{Stored, Written};
pub use untold::Unpublished;

/// The catalog's tables, for the length of one request.
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
        self.database.query(statement, parameters).map_err(|error| self.context.database_fault(&error))
    }

    /// The rows, each read by `read`. One that cannot be read is a fault, and never left out.
    fn read<T>(&self, rows: &[Row], read: impl Fn(&Row) -> Result<T, Error>) -> Result<Vec<T>, Problem> {
        let read = rows.iter().map(read).collect::<Result<_, _>>();
        read.map_err(|error| self.context.database_fault(&error))
    }
}
