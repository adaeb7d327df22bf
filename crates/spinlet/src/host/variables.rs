//! `fermyon:spin/variables`: the component's own variables, filled in at start.

use super::State;
use crate::bindings::fermyon::spin::variables::{Error, Host};

impl Host for State {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        if let Err(reason) = crate::variables::check_name(&name) {
            return Ok(Err(Error::InvalidName(format!("{name:?}: {reason}"))));
        }
        Ok(match self.component.variables.get(&name) {
            Some(value) => Ok(value.clone()),
            None => Err(Error::Undefined(format!("no variable for {:?}.{name:?}", self.component.id))),
        })
    }
}
