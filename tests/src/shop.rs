//! A shop of its own for a test: the real `merkato up`, in a process of its own, on free ports and fresh data.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// A start that takes longer has failed: compiling all components on a loaded machine takes about a minute.
const START_MAX: Duration = Duration::from_mins(5);
/// A stop that takes longer has failed.
const STOP_MAX: Duration = Duration::from_secs(30);

/// The folder of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The `merkato` of the same build as this test.
pub fn merkato() -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let profile =
        test.ancestors().find(|folder| folder.join("deps").is_dir()).expect("a cargo target folder");
    let binary = profile.join("merkato");
    assert!(binary.is_file(), "{} is missing: run `make test`, which builds it", binary.display());
    binary
}

/// How a test wants its shop.
pub struct Builder {
    folder: TempDir,
    catalogue: PathBuf,
    database_url: Option<String>,
    flags: Vec<String>,
}

/// A running shop; stopped with the value.
pub struct Shop {
    /// Where shoppers connect.
    pub url: String,
    /// Where services reach the coordinator.
    pub coordinator_url: String,
    builder: Builder,
    child: Child,
    // Held so that the shop can go on printing.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Builder {
    /// A shop with the small catalogue of the tests.
    pub fn new() -> Self {
        let catalogue = root().join("tests/journeys/catalogue.json");
        Self { folder: TempDir::new().expect("a folder"), catalogue, database_url: None, flags: Vec::new() }
    }

    /// A shop with the demo catalogue, as a newcomer sees it.
    #[must_use]
    pub fn with_demo_catalogue(mut self) -> Self {
        self.catalogue = root().join("demo/catalogue.json");
        self
    }

    /// Passes a flag to `merkato up`.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// Keeps all tables in a PostgreSQL database.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database_url = Some(url.to_owned());
        self
    }

    /// Starts it and waits until it serves.
    pub async fn start(self) -> Shop {
        let mut child = Command::new(merkato())
            .current_dir(root())
            .arg("up")
            .args(["--listen", "127.0.0.1:0", "--coordinator-listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(self.data_dir())
            .arg("--catalogue")
            .arg(&self.catalogue)
            .arg("--cache-dir")
            .arg(root().join("target/test-code-cache"))
            .args(&self.flags)
            .args(self.database_url.iter().flat_map(|url| ["--database-url", url]))
            .env_remove("RUST_BACKTRACE")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("merkato starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let url = announced(&mut output, "Shop: ").await;
        let coordinator_url = announced(&mut output, "Coordinator: ").await;
        Shop { url, coordinator_url, builder: self, child, _output: output }
    }

    /// The PostgreSQL database that keeps all tables, if one does.
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref()
    }

    /// Where the shop keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

async fn announced(output: &mut Lines<BufReader<ChildStdout>>, label: &str) -> String {
    let wait = async {
        while let Some(line) = output.next_line().await.expect("its output can be read") {
            if let Some(url) = line.strip_prefix(label) {
                return url.to_owned();
            }
        }
        panic!("the shop ended before it said {label:?}; its log is above");
    };
    timeout(START_MAX, wait).await.expect("the shop starts in time")
}

impl Shop {
    /// A shop with the small catalogue of the tests.
    pub async fn start() -> Self {
        Builder::new().start().await
    }

    /// How it was wanted.
    pub const fn builder(&self) -> &Builder {
        &self.builder
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.builder.data_dir()
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Kills it as a power cut would, and gives what is needed to start it again on the same data.
    pub async fn kill(mut self) -> Builder {
        self.child.kill().await.expect("it can be killed");
        self.builder
    }

    /// Asks it to stop, as an operator would, and waits until it has.
    pub async fn stop(mut self) -> Builder {
        let id = self.process_id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill runs");
        assert!(asked.success());
        let ended = timeout(STOP_MAX, self.child.wait()).await.expect("it stops in time").expect("it ends");
        assert!(ended.success(), "it ended with {ended}");
        self.builder
    }

    /// A secret of its data folder, such as `service_token`.
    pub fn secret(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.data_dir().join("secrets.json")).expect("its secrets");
        let secrets: Value = serde_json::from_str(&text).expect("JSON");
        secrets[name].as_str().unwrap_or_else(|| panic!("no secret {name}")).to_owned()
    }

    /// An access token of `role`, as `merkato token` prints it.
    pub async fn token(&self, role: &str) -> String {
        let output = Command::new(merkato())
            .arg("token")
            .args(["--role", role])
            .arg("--data-dir")
            .arg(self.data_dir())
            .output()
            .await
            .expect("merkato runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}
