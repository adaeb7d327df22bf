//! Spin's key-value store: for bytes that are no table, such as pictures.

use merkato_contract::problem::Problem;
use spin_sdk::key_value::Store;

use crate::Context;

/// The one store that Spin has without being told of any. Which components see it, the manifest says.
const LABEL: &str = "default";

/// The bytes at `key`, if there are any.
pub fn get(context: &Context, key: &str) -> Result<Option<Vec<u8>>, Problem> {
    open(context)?.get(key).map_err(|error| fault(context, error))
}

/// Puts `bytes` at `key`, in place of any others.
pub fn set(context: &Context, key: &str, bytes: &[u8]) -> Result<(), Problem> {
    open(context)?.set(key, bytes).map_err(|error| fault(context, error))
}

fn open(context: &Context) -> Result<Store, Problem> {
    Store::open(LABEL).map_err(|error| fault(context, error))
}

fn fault(context: &Context, error: spin_sdk::key_value::Error) -> Problem {
    context.unavailable("the key-value store does not answer", error)
}
