//! The server of a test binary.

use std::{
    fs::Permissions,
    io::{Read as _, Seek as _, Write as _},
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::{
    Database,
    programs::{self, Programs},
};

/// A start that takes longer has failed: a loaded machine needs a few seconds.
const START_MAX: Duration = Duration::from_mins(2);
/// Between two looks whether the server answers; it has no way to tell us.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Somebody else may take the free port before the server does. So often in a row is no accident any more.
const PORTS_TRIED_MAX: u32 = 5;
/// Every test of a binary at once, each with a shop of several services and their pools.
const CONNECTIONS_MAX: &str = "400";
/// In the server's folder: it has answered once.
const ANSWERED: &str = "answered";
/// In the server's folder: it is down, and can be started again.
const DOWN: &str = "down";
/// Who may do everything, and makes the databases.
const ADMINISTRATOR: &str = "administrator";
/// Who owns the databases.
const OWNER: &str = "shop";

/// A running server; stopped and removed with the value, and with this process at the latest.
#[derive(Debug)]
pub struct Server {
    /// Removed by the watch.
    folder: PathBuf,
    port: u16,
    password: String,
    // Closing it stops the server.
    lifeline: Option<ChildStdin>,
    watch: Child,
}

/// Why a server did not start.
enum Failure {
    /// It ended at once; this is its log.
    Ended(String),
    /// It runs and does not answer.
    Silent(sqlx::Error),
}

impl Server {
    /// Starts a server and waits until it answers; `None` where there is no PostgreSQL. In CI there must be one.
    pub async fn start() -> Option<Self> {
        let Some(programs) = programs::find() else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI must have PostgreSQL");
            return None;
        };
        let mut log = String::new();
        for _ in 0..PORTS_TRIED_MAX {
            match Self::start_once(&programs).await {
                Ok(server) => return Some(server),
                Err(Failure::Ended(said)) => log = said,
                Err(Failure::Silent(error)) => panic!("PostgreSQL does not answer: {error}"),
            }
        }
        panic!("PostgreSQL ended {PORTS_TRIED_MAX} times before it answered:\n{log}");
    }

    async fn start_once(programs: &Programs) -> Result<Self, Failure> {
        let folder = TempDir::new().expect("a folder");
        let user = unprivileged(folder.path());
        let password = Uuid::new_v4().simple().to_string();
        initialize(programs, folder.path(), user, &password);

        // Asked of the system and handed over, because PostgreSQL cannot say which port it took.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let mut log = tempfile::tempfile().expect("a file");
        // From here on the folder is the watch's to remove.
        let folder = folder.keep();
        let mut command = as_user("sh", user, &folder);
        command.args(["-c", include_str!("watch.sh"), "watch"]).arg(&folder).arg(&programs.postgres);
        command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            &format!("max_connections={CONNECTIONS_MAX}"),
        ] {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log.try_clone().expect("the same file"));
        let mut watch = command.spawn().expect("sh starts");
        let lifeline = watch.stdin.take();
        let mut server = Self { folder, port, password, lifeline, watch };
        match server.wait_until_owned().await {
            Ok(()) => Ok(server),
            Err(None) => {
                let mut said = String::new();
                log.rewind().and_then(|()| log.read_to_string(&mut said)).expect("its log");
                Err(Failure::Ended(said))
            }
            Err(Some(error)) => Err(Failure::Silent(error)),
        }
    }

    /// Waits until the owner of the databases exists; `None` if the server ended instead.
    async fn wait_until_owned(&mut self) -> Result<(), Option<sqlx::Error>> {
        let mut connection = self.wait_until_ready().await?;
        std::fs::write(self.folder.join(ANSWERED), "").expect("a file in our folder");
        let create = format!("CREATE ROLE {OWNER} LOGIN PASSWORD '{}'", self.password);
        connection.execute(AssertSqlSafe(create)).await.map(drop).map_err(Some)
    }

    /// Waits until the server answers; `None` if it ended instead.
    async fn wait_until_ready(&mut self) -> Result<PgConnection, Option<sqlx::Error>> {
        let deadline = Instant::now() + START_MAX;
        loop {
            // Another process may have taken the port, and answer there; but not to this password.
            match PgConnection::connect(&self.url(ADMINISTRATOR, "postgres")).await {
                Ok(connection) => return Ok(connection),
                Err(_) if self.watch.try_wait().expect("our own child").is_some() => return Err(None),
                Err(error) if Instant::now() > deadline => return Err(Some(error)),
                Err(_) => sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Ends the server at once, with whatever it is doing, and waits until it is down. Its files stay.
    pub async fn crash(&mut self) {
        self.tell_watch();
        self.wait_until_down().await;
    }

    /// Waits until the server is down, however that comes.
    pub async fn wait_until_down(&mut self) {
        let down = async {
            while !self.folder.join(DOWN).exists() {
                sleep(LOOK_AGAIN).await;
            }
        };
        timeout(START_MAX, down).await.expect("the server ends in time");
    }

    /// Starts a server that is down, at the same place with the same files, and waits until it answers.
    pub async fn restart(&mut self) {
        std::fs::remove_file(self.folder.join(DOWN)).expect("a server that is down");
        self.tell_watch();
        self.wait_until_ready().await.expect("a server that answers");
    }

    fn tell_watch(&mut self) {
        self.lifeline.as_mut().expect("a watch that listens").write_all(b"\n").expect("a watch that listens");
    }

    /// The processes of a server that runs: those that serve connections, and the first, from which they stem.
    pub fn processes(&self) -> Vec<u32> {
        let file =
            std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("a server that runs");
        let first = file.lines().next().expect("a line").to_owned();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children"));
        let children = children.expect("a server that runs");
        let numbers = std::iter::once(&*first).chain(children.split_whitespace());
        numbers.map(|number| number.parse().expect("a number")).collect()
    }

    fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// A fresh database.
    pub async fn database(&self) -> Database {
        let name = format!("test_{}", Uuid::new_v4().simple());
        let create = async {
            let mut connection = PgConnection::connect(&self.url(ADMINISTRATOR, "postgres")).await?;
            connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name} OWNER {OWNER}"))).await?;
            connection.close().await
        };
        timeout(START_MAX, create).await.expect("in time").expect("a database");
        Database { url: self.url(OWNER, &name) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Whether it was already gone makes no difference.
        let _ = self.watch.wait();
    }
}

/// A user and a group of the system, by number.
type User = (u32, u32);

/// Gives `folder` to a user without rights where the tests run as root, whom PostgreSQL refuses.
fn unprivileged(folder: &Path) -> Option<User> {
    // Whoever made the folder is who runs.
    if folder.metadata().expect("our folder").uid() != 0 {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").expect("accounts");
    let numbers = |name: &str| {
        let account = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = account.split(':').skip(2).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    };
    let user: User = numbers("postgres").or_else(|| numbers("nobody")).expect("a user without rights");
    std::os::unix::fs::chown(folder, Some(user.0), Some(user.1)).expect("a folder of theirs");
    Some(user)
}

/// A command that `user` runs in `folder`, in an environment that says nothing of other servers.
fn as_user(program: impl AsRef<std::ffi::OsStr>, user: Option<User>, folder: &Path) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(folder);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

/// Makes the server's files in `folder`.
fn initialize(programs: &Programs, folder: &Path, user: Option<User>, password: &str) {
    let password_file: PathBuf = folder.join("password");
    std::fs::write(&password_file, password).expect("a file");
    // The folder itself is its owner's only.
    std::fs::set_permissions(&password_file, Permissions::from_mode(0o644)).expect("a file of ours");
    let output = as_user(&programs.initdb, user, folder)
        .args(["--username", ADMINISTRATOR, "--auth", "scram-sha-256"])
        .args(["--encoding", "UTF8", "--locale", "C", "--locale-provider", "icu", "--icu-locale", "en-US"])
        // Of the empty server only: nobody misses it after a power cut.
        .arg("--no-sync")
        .arg("--pwfile")
        .arg(&password_file)
        .arg("-D")
        .arg(folder.join("data"))
        .output()
        .expect("initdb runs");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}
