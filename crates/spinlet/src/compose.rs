//! `[component.<name>.dependencies]`: joins a component with what gives it its imports, into one component.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;

use wac_graph::types::{ItemKind, Package, SubtypeChecker, Type, WorldId};
use wac_graph::{CompositionGraph, EncodeOptions, ImportError, NodeId};

use crate::error::Error;
use crate::host::denied;
use crate::manifest::{Component, Dependency, Located, Manifest};

/// Composes a component with its dependencies. `read` gives the bytes of a dependency.
pub(crate) fn compose(
    manifest: &Manifest,
    id: &str,
    component: &Component,
    source: Vec<u8>,
    read: impl Fn(&Located<Dependency>) -> Result<Vec<u8>, Error>,
) -> Result<Vec<u8>, Error> {
    if component.dependencies.is_empty() {
        return Ok(source);
    }
    let mut composer = Composer {
        manifest,
        id,
        inherit: component.dependencies_inherit_configuration,
        graph: CompositionGraph::new(),
        denied: HashMap::new(),
    };
    let (world, root) = composer.add(id, source, component.source.line)?;
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for (name, dependency) in &component.dependencies {
        let imports = composer.imports_matching(world, name);
        if imports.is_empty() {
            return Err(composer.error(dependency.line, name, "the component has no such import"));
        }
        for import in &imports {
            if let Some(other) = taken.insert(import.clone(), name) {
                let message = format!("import `{import}` is given by `{other}` already");
                return Err(composer.error(dependency.line, name, message));
            }
        }
        composer.connect(world, root, name, dependency, imports, read(dependency)?)?;
    }
    composer.export_all(world, root, component.source.line)?;
    composer.graph.encode(EncodeOptions::default()).map_err(|error| {
        composer.manifest.error(component.line, Some(id), format!("cannot be composed: {error:#}"))
    })
}

struct Composer<'a> {
    manifest: &'a Manifest,
    id: &'a str,
    /// Whether dependencies see the files, the environment and the hosts of the component.
    inherit: bool,
    graph: CompositionGraph,
    /// The imports that stand in for what dependencies are denied, by name.
    denied: HashMap<String, NodeId>,
}

impl Composer<'_> {
    fn error(&self, line: usize, dependency: &str, reason: impl Display) -> Error {
        self.manifest.error(line, Some(self.id), format!("dependency `{dependency}`: {reason}"))
    }

    fn add(&mut self, name: &str, source: Vec<u8>, line: usize) -> Result<(WorldId, NodeId), Error> {
        let package = Package::from_bytes(name, None, source, self.graph.types_mut())
            .map_err(|error| self.error(line, name, format!("not a component: {error:#}")))?;
        let world = package.ty();
        let package = self.graph.register_package(package).map_err(|error| self.error(line, name, error))?;
        Ok((world, self.graph.instantiate(package)))
    }

    /// The imports that a dependency's name means: one interface, or all interfaces of a package.
    fn imports_matching(&self, world: WorldId, name: &str) -> Vec<String> {
        self.graph.types()[world].imports.keys().filter(|import| matches(name, import)).cloned().collect()
    }

    fn connect(
        &mut self,
        world: WorldId,
        root: NodeId,
        name: &str,
        dependency: &Located<Dependency>,
        imports: Vec<String>,
        source: Vec<u8>,
    ) -> Result<(), Error> {
        let line = dependency.line;
        let (provider_world, provider) = self.add(name, source, line)?;
        if !self.inherit {
            self.deny(provider_world, provider, name, line)?;
        }
        for import in imports {
            let export = dependency.value.export.as_deref().unwrap_or(&import);
            let types = self.graph.types();
            let Some(given) = types[provider_world].exports.get(export).copied() else {
                return Err(self.error(line, name, format!("it does not export `{export}`")));
            };
            let wanted = types[world].imports[&import];
            SubtypeChecker::new(&mut HashSet::default()).is_subtype(given, types, wanted, types).map_err(
                |error| self.error(line, name, format!("its `{export}` does not fit `{import}`: {error:#}")),
            )?;
            let alias = self
                .graph
                .alias_instance_export(provider, export)
                .map_err(|error| self.error(line, name, error))?;
            self.graph
                .set_instantiation_argument(root, &import, alias)
                .map_err(|error| self.error(line, name, error))?;
        }
        Ok(())
    }

    /// Gives a dependency imports of another name, behind which the host denies everything, in place of
    /// those that its component would share with it.
    fn deny(&mut self, world: WorldId, provider: NodeId, name: &str, line: usize) -> Result<(), Error> {
        let imports: Vec<_> =
            self.graph.types()[world].imports.iter().map(|(import, kind)| (import.clone(), *kind)).collect();
        for (import, kind) in imports {
            // Nothing can be called through an interface of types alone, so there is nothing to deny.
            if self.has_only_types(kind) {
                continue;
            }
            match denied::stand_in(&import) {
                denied::StandIn::NotNeeded => {}
                denied::StandIn::Import(stand_in) => {
                    let node =
                        self.stand_in(stand_in, kind).map_err(|error| self.error(line, name, error))?;
                    self.graph
                        .set_instantiation_argument(provider, &import, node)
                        .map_err(|error| self.error(line, name, error))?;
                }
                denied::StandIn::None => {
                    let message = format!(
                        "it imports `{import}`, which Spin denies it: \
                         set `dependencies_inherit_configuration = true`"
                    );
                    return Err(self.error(line, name, message));
                }
            }
        }
        Ok(())
    }

    fn has_only_types(&self, kind: ItemKind) -> bool {
        let ItemKind::Instance(interface) = kind else { return false };
        let is_value_type =
            |item: &ItemKind| matches!(item, ItemKind::Type(ty) if !matches!(ty, Type::Resource(_)));
        self.graph.types()[interface].exports.values().all(is_value_type)
    }

    /// The import of this name, which looks like `kind` and is shared by all dependencies.
    fn stand_in(&mut self, name: String, kind: ItemKind) -> Result<NodeId, ImportError> {
        if let Some(node) = self.denied.get(&name) {
            return Ok(*node);
        }
        let kind = match kind {
            // The graph imports an interface only once, whatever the name: this one must not be the same.
            ItemKind::Instance(interface) => {
                let mut interface = self.graph.types()[interface].clone();
                interface.id = Some(name.clone());
                ItemKind::Instance(self.graph.types_mut().add_interface(interface))
            }
            other => other,
        };
        let node = self.graph.import(&name, kind)?;
        self.denied.insert(name, node);
        Ok(node)
    }

    fn export_all(&mut self, world: WorldId, root: NodeId, line: usize) -> Result<(), Error> {
        let exports: Vec<String> = self.graph.types()[world].exports.keys().cloned().collect();
        for export in exports {
            let error = |error: &dyn Display| {
                self.manifest.error(line, Some(self.id), format!("cannot export `{export}`: {error}"))
            };
            let node = self.graph.alias_instance_export(root, &export).map_err(|reason| error(&reason))?;
            self.graph.export(node, &export).map_err(|reason| error(&reason))?;
        }
        Ok(())
    }
}

/// Whether a dependency's name in the manifest means this import. `a:b` means every interface of any version
/// of the package, `a:b@1.0.0` those of one version, `a:b/c` and `a:b/c@1.0.0` one interface.
fn matches(name: &str, import: &str) -> bool {
    let (name_path, name_version) = split_version(name);
    let (import_path, import_version) = split_version(import);
    if !name_path.contains(':') {
        return name == import;
    }
    let same_path = match import_path.split_once('/') {
        Some((package, _)) if !name_path.contains('/') => name_path == package,
        _ => name_path == import_path,
    };
    same_path && name_version.is_none_or(|version| Some(version) == import_version)
}

fn split_version(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_an_interface_or_a_whole_package() {
        for (name, import, means) in [
            ("a:b/c@0.1.0", "a:b/c@0.1.0", true),
            ("a:b/c", "a:b/c@0.1.0", true),
            ("a:b", "a:b/c@0.1.0", true),
            ("a:b@0.1.0", "a:b/c@0.1.0", true),
            ("a-b", "a-b", true),
            ("a:b/c@0.1.0", "a:b/c", false),
            ("a:b/c", "a:b/d", false),
            ("a:b@0.2.0", "a:b/c@0.1.0", false),
            ("a:b", "a:bc/c", false),
            ("a-b", "a:b/c", false),
        ] {
            assert_eq!(matches(name, import), means, "{name} {import}");
        }
    }
}
