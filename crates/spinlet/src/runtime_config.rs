//! A `runtime-config.toml` by which Spin itself reads the same data.

use std::collections::BTreeSet;
use std::path::Path;

use crate::application::{key_value_file, sqlite_file};
use crate::error::Error;
use crate::manifest::Manifest;

/// The text of a `runtime-config.toml` that gives the labels of this manifest the files in `state_dir`.
pub fn runtime_config(manifest: &Path, state_dir: &Path) -> Result<String, Error> {
    let manifest = Manifest::load(manifest)?;
    let state_dir = std::path::absolute(state_dir).map_err(|source| Error::File {
        action: "cannot find",
        path: state_dir.to_owned(),
        source,
    })?;
    let components = manifest.components.values();
    let sqlite: BTreeSet<&String> =
        components.clone().flat_map(|component| &component.sqlite_databases).collect();
    let key_value: BTreeSet<&String> = components.flat_map(|component| &component.key_value_stores).collect();
    let sqlite = sqlite.into_iter().map(|label| ("sqlite_database", label, sqlite_file(&state_dir, label)));
    let key_value = key_value.into_iter().map(|label| ("key_value_store", label, key_value_file(&state_dir)));
    let tables = sqlite.chain(key_value).map(|(table, label, path)| {
        let path = toml::Value::String(path.to_string_lossy().into_owned());
        format!("[{table}.{label}]\ntype = \"spin\"\npath = {path}\n")
    });
    Ok(tables.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_of_the_manifest_gets_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("spin.toml");
        let text = "spin_manifest_version = 2\n[application]\nname = \"a\"\n\
            [component.a]\nsource = \"a.wasm\"\nsqlite_databases = [\"default\", \"users\"]\n\
            [component.b]\nsource = \"b.wasm\"\nsqlite_databases = [\"users\"]\nkey_value_stores = [\"default\"]\n";
        std::fs::write(&manifest, text).unwrap();
        let config = runtime_config(&manifest, Path::new("/state")).unwrap();
        assert_eq!(
            config,
            "[sqlite_database.default]\ntype = \"spin\"\npath = \"/state/sqlite/default.db\"\n\n\
             [sqlite_database.users]\ntype = \"spin\"\npath = \"/state/sqlite/users.db\"\n\n\
             [key_value_store.default]\ntype = \"spin\"\npath = \"/state/key-value.db\"\n"
        );
    }
}
