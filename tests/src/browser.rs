//! A headless Chromium for a test.

use std::{path::Path, process::Stdio, time::Duration};

use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver, error::WebDriverResult};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// A driver that takes longer to start has failed.
const START_MAX: Duration = Duration::from_mins(1);

/// A browser window; closed by [`Browser::close`], and killed with the value at the latest.
pub struct Browser {
    /// The window.
    pub window: WebDriver,
    _driver: Child,
    profile: TempDir,
}

/// A test that failed did not close its window, and a killed driver leaves the browser behind.
impl Drop for Browser {
    fn drop(&mut self) {
        let profile = self.profile.path().display().to_string();
        // Nothing to kill is the good case, and there is nobody to tell of the other.
        let _ = std::process::Command::new("pkill").args(["-KILL", "-f", &profile]).status();
    }
}

/// Whether browser tests can run here. In CI they must.
pub fn is_available() -> bool {
    let found = |name: &str| {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
    };
    let available = found("chromium") && found("chromedriver");
    assert!(
        available || std::env::var("CI").as_deref() != Ok("true"),
        "CI must have chromium and chromedriver"
    );
    if !available {
        eprintln!(
            "skipped: there is no chromium with chromedriver here; `make browser` says how to get them"
        );
    }
    available
}

impl Browser {
    /// Opens a window of that many CSS pixels.
    pub async fn open(width: u32, height: u32) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts");
        let mut output = BufReader::new(driver.stdout.take().expect("its output")).lines();
        let port = async {
            while let Some(line) = output.next_line().await.expect("its output can be read") {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    return port.trim_end_matches('.').to_owned();
                }
            }
            panic!("chromedriver ended before it listened");
        };
        let port = timeout(START_MAX, port).await.expect("chromedriver starts in time");
        let profile = TempDir::new().expect("a folder");
        let window = WebDriver::new(
            format!("http://127.0.0.1:{port}"),
            capabilities(profile.path()).expect("capabilities"),
        )
        .await
        .expect("a window");
        let browser = Self { window, _driver: driver, profile };
        browser.resize(width, height).await;
        browser
    }

    /// Makes the page that many CSS pixels wide and high, narrower than a desktop window can be.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics =
            serde_json::json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let resized = self.window.cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await;
        resized.expect("the window can be resized");
    }

    /// Closes the window.
    pub async fn close(self) {
        self.window.clone().quit().await.expect("the window closes");
    }
}

fn capabilities(profile: &Path) -> WebDriverResult<thirtyfour::ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_headless()?;
    for flag in [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ] {
        capabilities.add_arg(flag)?;
    }
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    Ok(capabilities)
}
