//! A shop of its own for a test: the real `merkato up`, in a process of its own, on free ports and fresh data.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tempfile::{TempDir, TempPath};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use toml::{Table, Value};

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
    variables: Vec<(String, String)>,
    manifest: Option<TempPath>,
    environment: Vec<(String, String)>,
    log: Option<PathBuf>,
}

/// A running shop; stopped with the value.
pub struct Shop {
    /// Where shoppers connect.
    pub url: String,
    /// Where services reach the coordinator.
    pub coordinator_url: String,
    builder: Builder,
    child: Child,
    printed: Vec<String>,
    // Held so that the shop can go on printing.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Builder {
    /// A shop with the small catalogue of the tests.
    pub fn new() -> Self {
        let catalogue = root().join("tests/journeys/catalogue.json");
        Self {
            folder: TempDir::new().expect("a folder"),
            catalogue,
            database_url: None,
            flags: Vec::new(),
            variables: Vec::new(),
            manifest: None,
            environment: Vec::new(),
            log: None,
        }
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

    /// Gives an application variable its value.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((format!("SPIN_VARIABLE_{}", name.to_uppercase()), value.to_owned()));
        self
    }

    /// A manifest in which each entry of the file `switch` stands in place of its own of that name, as a merchant is
    /// told to change it, and in which `unneeded` is no variable any more, of application or component.
    #[must_use]
    pub fn switch(mut self, switch: &Path, unneeded: &str) -> Self {
        let read = |path: &Path| {
            let text = std::fs::read_to_string(path).expect("a file");
            text.parse::<Table>().expect("TOML")
        };
        let mut manifest = read(&root().join("spin.toml"));
        put_over(&mut manifest, read(switch));
        remove_everywhere(&mut manifest, unneeded);
        // Beside the real one, so that its paths lead to the same files.
        let file = tempfile::Builder::new().prefix(".spin-").suffix(".toml").tempfile_in(root());
        let file = file.expect("a file").into_temp_path();
        std::fs::write(&file, manifest.to_string()).expect("the file can be written");
        self.manifest = Some(file);
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes its log into a file, which [`Builder::logged`] reads.
    #[must_use]
    pub fn with_log(mut self) -> Self {
        self.log = Some(self.folder.path().join("log"));
        self
    }

    /// What it has logged.
    pub fn logged(&self) -> String {
        let log = self.log.as_ref().expect("a shop with a log");
        std::fs::read_to_string(log).expect("its log")
    }

    fn standard_error(&self) -> Stdio {
        let Some(log) = &self.log else { return Stdio::inherit() };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log);
        Stdio::from(file.expect("a log"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(merkato());
        command
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
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env_remove("RUST_BACKTRACE")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .kill_on_drop(true);
        if let Some(manifest) = &self.manifest {
            command.arg("--manifest").arg(manifest);
        }
        command
    }

    /// Tries to start it, and gives what it said before it gave up.
    pub async fn refused(self) -> String {
        let output = self.command().stdin(Stdio::null()).output().await.expect("merkato runs");
        assert!(!output.status.success(), "it must not start");
        String::from_utf8(output.stderr).expect("text")
    }

    /// Starts it and waits until it serves.
    pub async fn start(self) -> Shop {
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(self.standard_error())
            .spawn()
            .expect("merkato starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (printed, url) = announced_after(&mut output, "Shop: ").await;
        let coordinator_url = announced(&mut output, "Coordinator: ").await;
        Shop { url, coordinator_url, builder: self, child, printed, _output: output }
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

/// Puts the entries of one table over those of another, table by table.
fn put_over(table: &mut Table, entries: Table) {
    for (name, value) in entries {
        match (table.get_mut(&name), value) {
            (Some(Value::Table(below)), Value::Table(entries)) => put_over(below, entries),
            (_, value) => {
                table.insert(name, value);
            }
        }
    }
}

fn remove_everywhere(table: &mut Table, name: &str) {
    table.remove(name);
    for (_, value) in table.iter_mut() {
        if let Value::Table(table) = value {
            remove_everywhere(table, name);
        }
    }
}

/// Sends SIGTERM.
pub async fn terminate(process_id: u32) {
    let asked = Command::new("kill").args(["-TERM", &process_id.to_string()]).status().await;
    assert!(asked.expect("kill runs").success());
}

/// Waits until a command says `label`, and gives the rest of that line.
pub async fn announced(output: &mut Lines<BufReader<ChildStdout>>, label: &str) -> String {
    announced_after(output, label).await.1
}

/// The same, with the lines before it.
async fn announced_after(output: &mut Lines<BufReader<ChildStdout>>, label: &str) -> (Vec<String>, String) {
    let wait = async {
        let mut before = Vec::new();
        while let Some(line) = output.next_line().await.expect("its output can be read") {
            if let Some(url) = line.strip_prefix(label) {
                return (before, url.to_owned());
            }
            before.push(line);
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

    /// What it printed before it said where it is.
    pub fn printed(&self) -> &[String] {
        &self.printed
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
    pub async fn stop(self) -> Builder {
        self.ask_to_stop().await;
        let (ended, builder) = self.ended().await;
        assert!(ended.success(), "it ended with {ended}");
        builder
    }

    /// Asks it to stop.
    pub async fn ask_to_stop(&self) {
        terminate(self.process_id()).await;
    }

    /// Waits until it has ended, and says how.
    pub async fn ended(mut self) -> (ExitStatus, Builder) {
        let ended = timeout(STOP_MAX, self.child.wait()).await.expect("it stops in time").expect("it ends");
        (ended, self.builder)
    }

    /// A secret of its data folder, such as `service_token`.
    pub fn secret(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.data_dir().join("secrets.json")).expect("its secrets");
        let secrets: serde_json::Value = serde_json::from_str(&text).expect("JSON");
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
