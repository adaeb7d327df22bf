//! `files`: copies what a component may read into a folder that is mounted, read-only, as its root.

use std::path::{Component as PathPart, Path, PathBuf};

use crate::error::Error;
use crate::manifest::{Component, Files, Located, Manifest};

/// Copies the files of a component below `target`, which is emptied first. `None` when it has no files.
pub(crate) fn copy(
    manifest: &Manifest,
    id: &str,
    component: &Component,
    target: &Path,
) -> Result<Option<PathBuf>, Error> {
    if component.files.is_empty() {
        return Ok(None);
    }
    if target.exists() {
        std::fs::remove_dir_all(target).map_err(|source| file_error("cannot empty", target, source))?;
    }
    std::fs::create_dir_all(target).map_err(|source| file_error("cannot create", target, source))?;
    let excluded = component
        .exclude_files
        .iter()
        .map(|pattern| {
            glob::Pattern::new(&pattern.value).map_err(|error| {
                let message = format!("exclude_files: `{}`: {error}", pattern.value);
                manifest.error(pattern.line, Some(id), message)
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let folder = manifest
        .folder()
        .canonicalize()
        .map_err(|source| file_error("cannot find", manifest.folder(), source))?;
    let copier = Copier { manifest, id, folder, target, excluded };
    for entry in &component.files {
        copier.entry(entry)?;
    }
    Ok(Some(target.to_owned()))
}

struct Copier<'a> {
    manifest: &'a Manifest,
    id: &'a str,
    /// The folder of the manifest, with no link in its path: what is copied must be inside.
    folder: PathBuf,
    target: &'a Path,
    excluded: Vec<glob::Pattern>,
}

impl Copier<'_> {
    fn error(&self, line: usize, message: impl std::fmt::Display) -> Error {
        self.manifest.error(line, Some(self.id), format!("files: {message}"))
    }

    fn entry(&self, entry: &Located<Files>) -> Result<(), Error> {
        let line = entry.line;
        match &entry.value {
            Files::Pattern(pattern) => {
                inside(pattern).map_err(|reason| self.error(line, format!("`{pattern}`: {reason}")))?;
                let path = self.folder.join(pattern);
                if path.is_dir() {
                    self.glob(line, &path.join("**/*"), &self.folder, self.target)
                } else if path.is_file() {
                    self.file(line, &path, &self.target.join(pattern))
                } else if glob::Pattern::escape(pattern) == *pattern {
                    Err(self.error(line, format!("`{pattern}` does not exist and is no glob")))
                } else {
                    self.glob(line, &path, &self.folder, self.target)
                }
            }
            Files::Placement { source, destination } => {
                inside(source).map_err(|reason| self.error(line, format!("source `{source}`: {reason}")))?;
                let relative = destination.trim_start_matches('/');
                let path = self.folder.join(source);
                if path.is_dir() {
                    // A folder may be placed at the root itself.
                    if !relative.is_empty() {
                        self.check_destination(line, destination, relative)?;
                    }
                    self.glob(line, &path.join("**/*"), &path, &self.target.join(relative))
                } else if path.is_file() {
                    if relative.is_empty() || relative.ends_with('/') {
                        let message = format!("destination `{destination}` is not the name of a file");
                        return Err(self.error(line, message));
                    }
                    self.check_destination(line, destination, relative)?;
                    self.file(line, &path, &self.target.join(relative))
                } else {
                    Err(self.error(line, format!("source `{source}` does not exist")))
                }
            }
        }
    }

    fn check_destination(&self, line: usize, destination: &str, relative: &str) -> Result<(), Error> {
        inside(relative).map_err(|reason| self.error(line, format!("destination `{destination}`: {reason}")))
    }

    fn glob(&self, line: usize, pattern: &Path, root: &Path, target: &Path) -> Result<(), Error> {
        let Some(pattern) = pattern.to_str() else {
            return Err(self.error(line, "a path that is not UTF-8"));
        };
        let paths = glob::glob(pattern).map_err(|error| self.error(line, format!("`{pattern}`: {error}")))?;
        for path in paths {
            let path = path.map_err(|error| self.error(line, error))?;
            let Ok(relative) = path.strip_prefix(root) else {
                return Err(self.error(line, format!("{} is outside the application", path.display())));
            };
            if path.is_file() {
                self.file(line, &path, &target.join(relative))?;
            }
        }
        Ok(())
    }

    fn file(&self, line: usize, source: &Path, target: &Path) -> Result<(), Error> {
        // A link may lead anywhere, so that where the file really is decides.
        let real = source.canonicalize().map_err(|error| file_error("cannot find", source, error))?;
        if !real.starts_with(&self.folder) {
            return Err(self.error(line, format!("{} is outside the application", source.display())));
        }
        let name = source.strip_prefix(&self.folder).unwrap_or(source);
        if self.excluded.iter().any(|pattern| pattern.matches_path(name)) {
            return Ok(());
        }
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(|error| file_error("cannot create", parent, error))?;
        }
        std::fs::copy(source, target).map_err(|error| file_error("cannot write", target, error))?;
        Ok(())
    }
}

/// A path that stays below where it is joined to.
fn inside(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("is empty");
    }
    for part in Path::new(path).components() {
        match part {
            PathPart::Normal(_) | PathPart::CurDir => {}
            PathPart::ParentDir => return Err("must not contain `..`"),
            PathPart::RootDir | PathPart::Prefix(_) => return Err("must be relative to the manifest"),
        }
    }
    Ok(())
}

fn file_error(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::File { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is below `guest` after copying `files = <files>` in a small application.
    fn copied(files: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        for path in ["app/assets/a.css", "app/assets/deep/b.js", "app/notes.txt", "secret.txt"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "x").unwrap();
        }
        std::os::unix::fs::symlink(folder.path().join("secret.txt"), folder.path().join("app/link.txt"))
            .unwrap();
        let text = format!(
            "spin_manifest_version = 2\n[application]\nname = \"a\"\n[component.c]\nsource = \"c.wasm\"\n{files}\n"
        );
        let manifest = Manifest::parse(&folder.path().join("app/spin.toml"), &text).unwrap();
        let target = folder.path().join("guest");
        copy(&manifest, "c", &manifest.components["c"], &target).map_err(|error| error.to_string())?;
        let pattern = target.join("**/*");
        let mut names: Vec<String> = glob::glob(pattern.to_str().unwrap())
            .unwrap()
            .map(|path| path.unwrap())
            .filter(|path| path.is_file())
            .map(|path| path.strip_prefix(&target).unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        Ok(names)
    }

    #[test]
    fn a_glob_keeps_the_paths_beside_the_manifest() {
        assert_eq!(copied("files = [\"assets/**/*\"]").unwrap(), ["assets/a.css", "assets/deep/b.js"]);
        assert_eq!(
            copied("files = [\"assets/*.css\", \"notes.txt\"]").unwrap(),
            ["assets/a.css", "notes.txt"]
        );
        assert_eq!(copied("files = [\"assets\"]").unwrap(), ["assets/a.css", "assets/deep/b.js"]);
    }

    #[test]
    fn a_placement_moves_a_file_or_a_folder() {
        let files = "files = [{ source = \"assets\", destination = \"/static\" }, \
                     { source = \"notes.txt\", destination = \"deep/n.txt\" }]";
        assert_eq!(copied(files).unwrap(), ["deep/n.txt", "static/a.css", "static/deep/b.js"]);
        let root = "files = [{ source = \"assets\", destination = \"/\" }]";
        assert_eq!(copied(root).unwrap(), ["a.css", "deep/b.js"]);
    }

    #[test]
    fn excluded_files_stay_out() {
        let files = "files = [\"assets/**/*\"]\nexclude_files = [\"assets/deep/*\"]";
        assert_eq!(copied(files).unwrap(), ["assets/a.css"]);
    }

    #[test]
    fn nothing_outside_the_application_is_copied() {
        for files in [
            "files = [\"../secret.txt\"]",
            "files = [\"/etc/hosts\"]",
            "files = [\"link.txt\"]",
            "files = [{ source = \"..\", destination = \"/x\" }]",
        ] {
            let error = copied(files).unwrap_err();
            assert!(error.contains("spin.toml:6: component `c`: files: "), "{files}: {error}");
        }
    }

    #[test]
    fn a_destination_cannot_leave_the_root() {
        for destination in ["../x", "/../x", "a/../../x", "//../x", "/"] {
            let files = format!("files = [{{ source = \"notes.txt\", destination = \"{destination}\" }}]");
            let error = copied(&files).unwrap_err();
            assert!(
                error.contains("spin.toml:6: component `c`: files: destination"),
                "{destination}: {error}"
            );
        }
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let error = copied("files = [\"missing.txt\"]").unwrap_err();
        assert!(
            error.ends_with("spin.toml:6: component `c`: files: `missing.txt` does not exist and is no glob")
        );
        let error = copied("files = [{ source = \"missing\", destination = \"/x\" }]").unwrap_err();
        assert!(error.ends_with("files: source `missing` does not exist"), "{error}");
    }
}
