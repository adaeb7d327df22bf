//! What a caller may choose, and the limits that hold when it chooses nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The prefix of environment variables that give values to application variables, as in Spin.
const VARIABLE_PREFIX: &str = "SPIN_VARIABLE_";

/// What to run, and with what.
#[derive(Clone)]
pub struct Options {
    /// The `spin.toml`; the `source` and the `files` in it are relative to its folder.
    pub manifest: PathBuf,
    /// Where data stays: `sqlite/<label>.db`, `key-value.db`, and what can be made again at each start.
    pub state_dir: PathBuf,
    /// Where compiled code stays; `<state_dir>/code-cache` when none is given.
    pub cache_dir: Option<PathBuf>,
    /// Values of application variables by name. The environment is not looked at: a caller who wants it
    /// begins with [`variables_from_environment`].
    pub variables: BTreeMap<String, String>,
    /// What a request may use.
    pub limits: Limits,
}

impl Options {
    /// Runs `manifest` with no variables set and the default limits.
    pub fn new(manifest: impl Into<PathBuf>, state_dir: impl Into<PathBuf>) -> Options {
        Options {
            manifest: manifest.into(),
            state_dir: state_dir.into(),
            cache_dir: None,
            variables: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    /// Gives one application variable its value.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Options {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Gives many application variables their values; they win over those given before.
    #[must_use]
    pub fn variables(mut self, variables: BTreeMap<String, String>) -> Options {
        self.variables.extend(variables);
        self
    }

    /// Keeps compiled code in this folder, which applications may share.
    #[must_use]
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Options {
        self.cache_dir = Some(folder.into());
        self
    }

    /// Replaces the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Options {
        self.limits = limits;
        self
    }
}

/// Without the values of the variables: some of them are secrets.
impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("manifest", &self.manifest)
            .field("state_dir", &self.state_dir)
            .field("cache_dir", &self.cache_dir)
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("limits", &self.limits)
            .finish()
    }
}

/// The values that `SPIN_VARIABLE_<NAME>` in the environment gives to application variables.
pub fn variables_from_environment() -> BTreeMap<String, String> {
    variables_of(
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    )
}

fn variables_of(environment: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    environment
        .filter_map(|(name, value)| Some((name.strip_prefix(VARIABLE_PREFIX)?.to_ascii_lowercase(), value)))
        .collect()
}

/// What one request, and all requests together, may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of linear memory that one instance may have, all its memories together.
    pub instance_memory_bytes_max: usize,
    /// Time from the first byte of a request to the last of the answer; the guest is stopped at its end.
    pub request_deadline: Duration,
    /// Requests from outside that may be under way; the next one is answered 503.
    pub requests_under_way_max: u32,
    /// Connections that may be open; the next one waits to be accepted.
    pub connections_max: u32,
    /// Bytes of a request's body; more is answered 413.
    pub request_body_bytes_max: u64,
    /// Bytes of the rows that one query or one key-value read may bring into the host's memory.
    pub result_bytes_max: usize,
    /// How many components a request may chain through.
    pub chain_depth_max: u8,
}

impl Limits {
    /// As much as a service of this kind ever needs; a leak is found before the laptop swaps.
    pub const INSTANCE_MEMORY_BYTES_MAX: usize = 128 << 20;
    /// Longer than the slowest honest page, shorter than a shopper's patience.
    pub const REQUEST_DEADLINE: Duration = Duration::from_secs(30);
    /// Times [`Limits::INSTANCE_MEMORY_BYTES_MAX`] is the worst case of memory; more than a laptop serves at once.
    pub const REQUESTS_UNDER_WAY_MAX: u32 = 256;
    /// Idle kept-alive connections are cheap; below the usual 1,024 file handles with room for the rest.
    pub const CONNECTIONS_MAX: u32 = 512;
    /// A catalogue import or a product photo fits.
    pub const REQUEST_BODY_BYTES_MAX: u64 = 32 << 20;
    /// Spin's own bound on what it buffers for a guest.
    pub const RESULT_BYTES_MAX: usize = 128 << 20;
    /// Deeper than any sensible design, shallow enough to stop a component that calls itself.
    pub const CHAIN_DEPTH_MAX: u8 = 8;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            instance_memory_bytes_max: Limits::INSTANCE_MEMORY_BYTES_MAX,
            request_deadline: Limits::REQUEST_DEADLINE,
            requests_under_way_max: Limits::REQUESTS_UNDER_WAY_MAX,
            connections_max: Limits::CONNECTIONS_MAX,
            request_body_bytes_max: Limits::REQUEST_BODY_BYTES_MAX,
            result_bytes_max: Limits::RESULT_BYTES_MAX,
            chain_depth_max: Limits::CHAIN_DEPTH_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_gives_variables_in_small_letters() {
        let environment = [("SPIN_VARIABLE_CATALOG_URL", "http://x"), ("PATH", "/bin")];
        let variables =
            variables_of(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        assert_eq!(variables, BTreeMap::from([("catalog_url".to_owned(), "http://x".to_owned())]));
    }

    #[test]
    fn options_do_not_print_the_values_of_variables() {
        let options = Options::new("spin.toml", "state").variable("key", "hunter2");
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
