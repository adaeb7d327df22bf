//! A clock on the wall that a test sets, for one process: libfaketime stands between it and the system.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where Debian puts libraries, each architecture's in a folder of its own.
const LIBRARIES: &str = "/usr/lib";

/// A clock, which is right at first.
pub struct Clock {
    library: PathBuf,
    folder: TempDir,
}

impl Clock {
    /// One to set; `None` where there is no libfaketime: then the test says no more. In CI there must be one.
    pub fn find() -> Option<Self> {
        let architectures = std::fs::read_dir(LIBRARIES).into_iter().flatten().flatten();
        let mut libraries = architectures.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
        let Some(library) = libraries.find(|library| library.is_file()) else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI must have libfaketime");
            eprintln!("skipped: there is no libfaketime here; `make faketime` says how to get it");
            return None;
        };
        let clock = Self { library, folder: TempDir::new().expect("a folder") };
        clock.set(0);
        Some(clock)
    }

    /// Sets it to so many seconds after the system's.
    pub fn set(&self, seconds: i64) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("{seconds:+}\n")).expect("a file");
        // In one step, so that nobody reads half of it.
        std::fs::rename(new, self.setting()).expect("a file");
    }

    fn setting(&self) -> PathBuf {
        self.folder.path().join("setting")
    }

    /// The environment of a process that goes by it. Time that passes is measured as ever.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        let text = |path: &Path| path.to_str().expect("text").to_owned();
        [
            ("LD_PRELOAD", text(&self.library)),
            ("FAKETIME_TIMESTAMP_FILE", text(&self.setting())),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}
