//! Starts applications on free ports with folders of their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use reqwest::{Response, StatusCode};
use spinlet::{Application, Error, Limits, Options, Server};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The head of every manifest here.
const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"test\"\n";

/// A manifest that is not loaded yet, in a folder of its own.
pub struct Setup {
    pub folder: tempfile::TempDir,
    pub options: Options,
}

impl Setup {
    /// `GUEST`, `GREETER` and `CALLER` in the text stand for the paths of the components.
    pub fn new(manifest: &str) -> Setup {
        let folder = tempfile::tempdir().unwrap();
        let mut text = format!("{HEAD}{manifest}");
        for (word, name) in [
            ("GUEST", "spinlet_test_guest"),
            ("GREETER", "spinlet_test_guest_greeter"),
            ("CALLER", "spinlet_test_guest_caller"),
        ] {
            if text.contains(word) {
                text = text.replace(word, component(name).to_str().unwrap());
            }
        }
        let manifest = folder.path().join("spin.toml");
        std::fs::write(&manifest, text).unwrap();
        let options = Options::new(&manifest, folder.path().join("state"))
            .cache_dir(target().join("spinlet-test-cache"));
        Setup { folder, options }
    }

    /// One component called `guest` at every path, with these lines in its table.
    pub fn guest(lines: &str) -> Setup {
        Setup::new(&format!(
            "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n\
             [component.guest]\nsource = \"GUEST\"\n{lines}\n"
        ))
    }

    pub fn file(self, path: &str, text: &str) -> Setup {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Setup {
        self.options = self.options.variable(name, value);
        self
    }

    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Setup {
        change(&mut self.options.limits);
        self
    }

    /// Why it does not load.
    pub async fn refusal(self) -> String {
        let manifest = self.options.manifest.to_str().unwrap().to_owned();
        match Application::load(self.options).await {
            Ok(_) => panic!("it loads"),
            Err(error) => error.to_string().replace(&manifest, "spin.toml"),
        }
    }

    pub async fn start(self) -> Running {
        let application = Application::load(self.options).await.unwrap();
        let server = Server::bind(application, ([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = server.local_address();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve(async {
            stopped.await.ok();
        }));
        Running { address, folder: self.folder, stop: Some(stop), served, client: reqwest::Client::new() }
    }
}

/// An application that answers.
pub struct Running {
    pub address: SocketAddr,
    pub folder: tempfile::TempDir,
    pub client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    pub served: JoinHandle<Result<(), Error>>,
}

impl Running {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// The status and the text at a path.
    pub async fn text(&self, path: &str) -> (StatusCode, String) {
        let response = self.get(path).await;
        (response.status(), response.text().await.unwrap())
    }

    /// The text at a path that must answer 200.
    pub async fn ok(&self, path: &str) -> String {
        let (status, text) = self.text(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    pub fn stop(&mut self) {
        self.stop.take();
    }
}

/// Where cargo builds, however the tests were started.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
    }
}

fn component(name: &str) -> PathBuf {
    let path = target().join(format!("wasm32-wasip2/wasm/{name}.wasm"));
    assert!(path.exists(), "{} is missing: run `make wasm` first", path.display());
    path.canonicalize().unwrap()
}

/// Text as it stands in a query.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02x}"))
}
