//! Where PostgreSQL's programs are.

use std::path::{Path, PathBuf};

/// Where Debian puts each version, since it lets them live side by side.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of one version.
#[derive(Debug, Clone)]
pub struct Programs {
    /// Makes the files of a server.
    pub initdb: PathBuf,
    /// The server.
    pub postgres: PathBuf,
}

/// The newest of Debian's, or what is in `PATH`.
pub fn find() -> Option<Programs> {
    let mut debian = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect::<Vec<_>>();
    debian.sort_unstable_by(|one, other| other.cmp(one));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = debian.into_iter().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    folders.into_iter().find_map(|folder| in_folder(&folder))
}

fn in_folder(folder: &Path) -> Option<Programs> {
    let programs = Programs { initdb: folder.join("initdb"), postgres: folder.join("postgres") };
    (programs.initdb.is_file() && programs.postgres.is_file()).then_some(programs)
}
