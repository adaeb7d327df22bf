//! Reads `spin.toml` (manifest version 2) and refuses what this runner would not do.
//!
//! Every refusal names the line and, where there is one, the component. The tables are walked here and
//! only their contents are left to serde, because an error must know which component it is in.

mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Place};
use schema::{ComponentTable, DependencyTable, FilesEntry, RouteEntry, TriggerTable};

/// A manifest whose every part is known to be one that this runner carries out.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub path: PathBuf,
    pub name: String,
    pub variables: BTreeMap<String, Variable>,
    pub triggers: Vec<Trigger>,
    pub components: BTreeMap<String, Component>,
}

/// A value and the line it stands on.
#[derive(Clone, Debug)]
pub(crate) struct Located<T> {
    pub value: T,
    pub line: usize,
}

/// An application variable: without a default it is required.
#[derive(Debug)]
pub(crate) struct Variable {
    pub default: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Trigger {
    pub component: String,
    /// `None` is a private route: reachable by chaining only.
    pub route: Option<String>,
    pub line: usize,
}

#[derive(Debug)]
pub(crate) struct Component {
    pub line: usize,
    pub source: Located<PathBuf>,
    pub variables: BTreeMap<String, Located<String>>,
    pub environment: BTreeMap<String, String>,
    pub files: Vec<Located<Files>>,
    pub exclude_files: Vec<Located<String>>,
    pub allowed_outbound_hosts: Vec<Located<String>>,
    pub key_value_stores: Vec<String>,
    pub sqlite_databases: Vec<String>,
    pub dependencies_inherit_configuration: bool,
    pub dependencies: BTreeMap<String, Located<Dependency>>,
}

/// One entry of `files`.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    /// A file, a folder or a glob, seen by the guest under the path it has beside the manifest.
    Pattern(String),
    /// A file or a folder, seen by the guest elsewhere.
    Placement { source: String, destination: String },
}

/// What gives a component one of its imports.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub provider: Provider,
    /// The export that is taken; the name of the import when none is named.
    pub export: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Provider {
    File(PathBuf),
    Component(String),
}

impl Manifest {
    pub(crate) fn load(path: &Path) -> Result<Manifest, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File {
            action: "cannot read the manifest",
            path: path.to_owned(),
            source,
        })?;
        Manifest::parse(path, &text)
    }

    pub(crate) fn parse(path: &Path, text: &str) -> Result<Manifest, Error> {
        let reader = Reader { path, text };
        let document = DeTable::parse(text).map_err(|error| {
            reader.error(error.span().map_or(0, |span| span.start), None, error.message())
        })?;
        let mut manifest = Manifest {
            path: path.to_owned(),
            name: String::new(),
            variables: BTreeMap::new(),
            triggers: Vec::new(),
            components: BTreeMap::new(),
        };
        let mut version = None;
        for (key, value) in document.into_inner() {
            match key.get_ref().as_ref() {
                "spin_manifest_version" => version = Some(reader.version(value)?),
                "application" => manifest.name = reader.application(value)?,
                "variables" => manifest.variables = reader.variables(value)?,
                "trigger" => manifest.triggers = reader.triggers(value)?,
                "component" => manifest.components = reader.components(value)?,
                other => {
                    return Err(reader.error(key.span().start, None, &format!("unknown key `{other}`")));
                }
            }
        }
        if version.is_none() {
            return Err(reader.error(0, None, "`spin_manifest_version = 2` is missing"));
        }
        if manifest.name.is_empty() {
            return Err(reader.error(0, None, "`name` in `[application]` is missing"));
        }
        manifest.check_references()?;
        Ok(manifest)
    }

    /// The folder that paths in the manifest are relative to.
    pub(crate) fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// An error at a line of this manifest.
    pub(crate) fn error(&self, line: usize, component: Option<&str>, message: impl Into<String>) -> Error {
        Error::Manifest {
            manifest: self.path.clone(),
            line,
            place: Place(component.map(str::to_owned)),
            message: message.into(),
        }
    }

    fn check_references(&self) -> Result<(), Error> {
        for trigger in &self.triggers {
            if !self.components.contains_key(&trigger.component) {
                let message = format!("no `[component.{}]` in this manifest", trigger.component);
                return Err(self.error(trigger.line, Some(&trigger.component), message));
            }
        }
        for (id, component) in &self.components {
            for (name, dependency) in &component.dependencies {
                if let Provider::Component(provider) = &dependency.value.provider
                    && !self.components.contains_key(provider)
                {
                    let message =
                        format!("dependency `{name}`: no `[component.{provider}]` in this manifest");
                    return Err(self.error(dependency.line, Some(id), message));
                }
            }
        }
        Ok(())
    }
}

type Value<'text> = Spanned<DeValue<'text>>;

/// The text being read, to turn places in it into lines.
struct Reader<'text> {
    path: &'text Path,
    text: &'text str,
}

impl<'text> Reader<'text> {
    fn line(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        self.text.get(..offset).unwrap_or_default().matches('\n').count() + 1
    }

    fn error(&self, offset: usize, component: Option<&str>, message: &str) -> Error {
        Error::Manifest {
            manifest: self.path.to_owned(),
            line: self.line(offset),
            place: Place(component.map(str::to_owned)),
            message: message.trim().replace('\n', " "),
        }
    }

    fn located<T>(&self, value: Spanned<T>) -> Located<T> {
        Located { line: self.line(value.span().start), value: value.into_inner() }
    }

    /// The entries of a table, in the order of the text.
    fn table(&self, value: Value<'text>, what: &str) -> Result<Vec<(Spanned<String>, Value<'text>)>, Error> {
        let start = value.span().start;
        let DeValue::Table(table) = value.into_inner() else {
            return Err(self.error(start, None, &format!("`{what}` must be a table")));
        };
        let mut entries: Vec<_> = table
            .into_iter()
            .map(|(key, value)| (Spanned::new(key.span(), key.into_inner().into_owned()), value))
            .collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        Ok(entries)
    }

    fn read<T: DeserializeOwned>(&self, value: Value<'text>, component: Option<&str>) -> Result<T, Error> {
        let start = value.span().start;
        T::deserialize(toml::de::ValueDeserializer::from(value)).map_err(|error| {
            self.error(error.span().map_or(start, |span| span.start), component, error.message())
        })
    }

    fn version(&self, value: Value<'text>) -> Result<i64, Error> {
        let start = value.span().start;
        match self.read(value, None)? {
            2 => Ok(2),
            other => Err(self.error(start, None, &format!("spin_manifest_version {other} is not 2"))),
        }
    }

    fn application(&self, value: Value<'text>) -> Result<String, Error> {
        Ok(self.read::<schema::ApplicationTable>(value, None)?.name)
    }

    fn variables(&self, value: Value<'text>) -> Result<BTreeMap<String, Variable>, Error> {
        let mut variables = BTreeMap::new();
        for (name, value) in self.table(value, "variables")? {
            let start = name.span().start;
            let name = name.into_inner();
            crate::variables::check_name(&name)
                .map_err(|reason| self.error(start, None, &format!("variable `{name}`: {reason}")))?;
            let table: schema::VariableTable = self.read(value, None)?;
            if table.required == table.default.is_some() {
                let message = format!("variable `{name}` must be `required = true` or have a `default`");
                return Err(self.error(start, None, &message));
            }
            variables.insert(name, Variable { default: table.default });
        }
        Ok(variables)
    }

    fn triggers(&self, value: Value<'text>) -> Result<Vec<Trigger>, Error> {
        let mut triggers = Vec::new();
        for (kind, value) in self.table(value, "trigger")? {
            let start = value.span().start;
            let DeValue::Array(entries) = value.into_inner() else {
                return Err(self.error(start, None, "a trigger is written `[[trigger.http]]`"));
            };
            for entry in entries {
                triggers.push(self.trigger(kind.get_ref(), entry)?);
            }
        }
        Ok(triggers)
    }

    fn trigger(&self, kind: &str, value: Value<'text>) -> Result<Trigger, Error> {
        let start = value.span().start;
        // The component is wanted for the message even where the rest is wrong.
        let component = match value.get_ref() {
            DeValue::Table(table) => table.get("component").and_then(|value| value.get_ref().as_str()),
            _ => None,
        }
        .map(str::to_owned);
        let component = component.as_deref();
        if kind != "http" {
            let message = format!("trigger `{kind}` is not supported: only `http` is");
            return Err(self.error(start, component, &message));
        }
        let table: TriggerTable = self.read(value, component)?;
        if let Some(static_response) = table.static_response {
            let message = "`static_response` is not supported";
            return Err(self.error(static_response.span().start, component, message));
        }
        if let Some(executor) = table.executor
            && !matches!(executor.get_ref().kind.as_str(), "http" | "spin")
        {
            let message = format!("executor `{}` is not supported: only `http` is", executor.get_ref().kind);
            return Err(self.error(executor.span().start, component, &message));
        }
        let Some(component) = component else {
            let message = "`component` must be the name of a `[component.<name>]`";
            return Err(self.error(start, None, message));
        };
        let offset = table.route.span().start;
        let route = match table.route.into_inner() {
            RouteEntry::Path(route) => {
                crate::router::check_route(&route)
                    .map_err(|reason| self.error(offset, Some(component), &reason))?;
                Some(route)
            }
            RouteEntry::Private { private: true } => None,
            RouteEntry::Private { private: false } => {
                let message = "`route` must be a path or `{ private = true }`";
                return Err(self.error(offset, Some(component), message));
            }
        };
        Ok(Trigger { component: component.to_owned(), route, line: self.line(start) })
    }

    fn components(&self, value: Value<'text>) -> Result<BTreeMap<String, Component>, Error> {
        let mut components = BTreeMap::new();
        for (id, value) in self.table(value, "component")? {
            let start = id.span().start;
            let id = id.into_inner();
            if !is_kebab_case(&id) {
                let message = "the name of a component must be in kebab-case";
                return Err(self.error(start, Some(&id), message));
            }
            let component = self.component(&id, start, value)?;
            components.insert(id, component);
        }
        Ok(components)
    }

    fn component(&self, id: &str, start: usize, value: Value<'text>) -> Result<Component, Error> {
        let table: ComponentTable = self.read(value, Some(id))?;
        let source = self.located(table.source);
        let toml::Value::String(path) = source.value else {
            let message = "`source` must be the path of a .wasm file: nothing is fetched from elsewhere";
            return Err(Error::Manifest {
                manifest: self.path.to_owned(),
                line: source.line,
                place: Place(Some(id.to_owned())),
                message: message.to_owned(),
            });
        };
        let mut variables = BTreeMap::new();
        for (name, value) in table.variables {
            crate::variables::check_name(&name).map_err(|reason| {
                self.error(value.span().start, Some(id), &format!("variable `{name}`: {reason}"))
            })?;
            variables.insert(name, self.located(value));
        }
        let mut dependencies = BTreeMap::new();
        for (name, value) in table.dependencies {
            let offset = value.span().start;
            let dependency = dependency(value.into_inner())
                .map_err(|reason| self.error(offset, Some(id), &format!("dependency `{name}`: {reason}")))?;
            dependencies.insert(name, Located { value: dependency, line: self.line(offset) });
        }
        Ok(Component {
            line: self.line(start),
            source: Located { value: PathBuf::from(path), line: source.line },
            variables,
            environment: table.environment,
            files: table.files.into_iter().map(|entry| self.files(entry)).collect(),
            exclude_files: table.exclude_files.into_iter().map(|entry| self.located(entry)).collect(),
            allowed_outbound_hosts: table
                .allowed_outbound_hosts
                .into_iter()
                .map(|entry| self.located(entry))
                .collect(),
            key_value_stores: self.labels(id, table.key_value_stores)?,
            sqlite_databases: self.labels(id, table.sqlite_databases)?,
            dependencies_inherit_configuration: table.dependencies_inherit_configuration,
            dependencies,
        })
    }

    fn files(&self, entry: Spanned<FilesEntry>) -> Located<Files> {
        let entry = self.located(entry);
        let value = match entry.value {
            FilesEntry::Pattern(pattern) => Files::Pattern(pattern),
            FilesEntry::Placement { source, destination } => Files::Placement { source, destination },
        };
        Located { value, line: entry.line }
    }

    /// Labels become file names, so that what is not kebab- or snake-case never gets that far.
    fn labels(&self, id: &str, labels: Vec<Spanned<String>>) -> Result<Vec<String>, Error> {
        for label in &labels {
            if !is_kebab_case(label.get_ref()) && !is_kebab_case(&label.get_ref().replace('_', "-")) {
                let message = format!("label `{}` is not in kebab-case or snake_case", label.get_ref());
                return Err(self.error(label.span().start, Some(id), &message));
            }
        }
        Ok(labels.into_iter().map(Spanned::into_inner).collect())
    }
}

fn dependency(table: DependencyTable) -> Result<Dependency, &'static str> {
    match table {
        DependencyTable { path: Some(path), component: None, export } => {
            Ok(Dependency { provider: Provider::File(path), export })
        }
        DependencyTable { path: None, component: Some(component), export } => {
            Ok(Dependency { provider: Provider::Component(component), export })
        }
        _ => Err("give it either `path` or `component`"),
    }
}

fn is_kebab_case(text: &str) -> bool {
    text.split('-').all(|word| {
        word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests;
