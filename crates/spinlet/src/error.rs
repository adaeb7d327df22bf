//! What can go wrong, all of it before the first request: a running server answers, it does not fail.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why an application could not be loaded or served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// What was tried, as in "cannot read".
        action: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The manifest says something that cannot be done.
    #[error("{}:{line}: {place}{message}", manifest.display())]
    Manifest {
        /// The manifest.
        manifest: PathBuf,
        /// The line in it, from 1.
        line: usize,
        /// The component that the line belongs to.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// Required variables have no value; all of them are named at once.
    #[error(
        "{}: no value for required variable(s) {}: set SPIN_VARIABLE_<NAME in capitals>",
        manifest.display(),
        names.join(", ")
    )]
    VariablesMissing {
        /// The manifest that requires them.
        manifest: PathBuf,
        /// Their names, in alphabetical order.
        names: Vec<String>,
    },
    /// The engine cannot run on this machine with these limits.
    #[error("cannot set up the WebAssembly engine: {0:#}")]
    Engine(wasmtime::Error),
    /// A database of the host's could not be set up.
    #[error("cannot set up the database {}: {source}", path.display())]
    Database {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The address is taken, or not ours to listen on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// The component that an error belongs to, if it belongs to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(pub Option<String>);

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(component) => write!(formatter, "component `{component}`: "),
            None => Ok(()),
        }
    }
}
