//! The keys that each table of the manifest may have. What Spin knows beyond them is an unknown key here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

/// `[application]`: only the name is used; the rest describes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationTable {
    pub name: String,
    #[serde(rename = "version")]
    _version: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Vec<String>>,
    #[serde(rename = "targets")]
    _targets: Option<Vec<toml::Value>>,
    #[serde(rename = "tool")]
    _tool: Option<toml::Table>,
}

/// An entry of `[variables]`. `secret` changes nothing here: values are never printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariableTable {
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub required: bool,
    pub default: Option<String>,
    #[serde(default, rename = "secret")]
    _secret: bool,
}

/// `[[trigger.http]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TriggerTable {
    #[serde(rename = "id")]
    _id: Option<String>,
    /// Read from the table itself, since it can be a table too.
    #[serde(rename = "component")]
    _component: Option<toml::Value>,
    pub route: Spanned<RouteEntry>,
    pub executor: Option<Spanned<ExecutorTable>>,
    pub static_response: Option<Spanned<toml::Value>>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "`route` must be a path or `{ private = true }`")]
pub(super) enum RouteEntry {
    Path(String),
    Private { private: bool },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecutorTable {
    #[serde(rename = "type")]
    pub kind: String,
}

/// `[component.<name>]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentTable {
    pub source: Spanned<toml::Value>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub variables: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub files: Vec<Spanned<FilesEntry>>,
    #[serde(default)]
    pub exclude_files: Vec<Spanned<String>>,
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<Spanned<String>>,
    #[serde(default)]
    pub key_value_stores: Vec<Spanned<String>>,
    #[serde(default)]
    pub sqlite_databases: Vec<Spanned<String>>,
    #[serde(default)]
    pub dependencies_inherit_configuration: bool,
    #[serde(default)]
    pub dependencies: BTreeMap<String, Spanned<DependencyTable>>,
    /// How to build it and where it could run besides: nothing to a runner.
    #[serde(rename = "build")]
    _build: Option<BuildTable>,
    #[serde(rename = "targets")]
    _targets: Option<Vec<toml::Value>>,
    #[serde(rename = "tool")]
    _tool: Option<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuildTable {
    #[serde(rename = "command")]
    _command: toml::Value,
    #[serde(rename = "workdir")]
    _workdir: Option<String>,
    #[serde(rename = "watch")]
    _watch: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "an entry of `files` is a path, a glob or `{ source, destination }`"
)]
pub(super) enum FilesEntry {
    Pattern(String),
    Placement { source: String, destination: String },
}

/// An entry of `[component.<name>.dependencies]`: those forms of Spin's that need no registry and no network.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DependencyTable {
    pub path: Option<PathBuf>,
    pub component: Option<String>,
    pub export: Option<String>,
}
