//! One chromedriver a test run, and what it starts: all of it gone when the run ends, however it ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// What to do about a machine without a browser.
const INSTALL: &str = "Chromium and chromedriver are needed (Debian: chromium, chromium-driver). \
    Run ./.ci/test: it installs what the tests need, then runs them all.";

static DRIVER: OnceLock<Driver> = OnceLock::new();

struct Driver {
    address: String,
    /// The profiles of the browsers, each in a directory of its own.
    profiles: PathBuf,
    /// Closed by the system when this process ends: the watchdog waits for that.
    _until_we_end: ChildStdin,
}

/// Opens a browser of its own: no cookies, no history. Without `scripts`, pages get no JavaScript.
pub(super) async fn open(scripts: bool) -> Client {
    let driver = tokio::task::spawn_blocking(|| DRIVER.get_or_init(Driver::start)).await.unwrap();
    let profile = driver.profiles.join(uuid::Uuid::new_v4().simple().to_string());
    let connected = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities(&profile, scripts))
        .connect(&driver.address)
        .await;
    connected.unwrap_or_else(|error| panic!("Chromium does not start: {error}\n{INSTALL}"))
}

fn capabilities(profile: &Path, scripts: bool) -> Capabilities {
    let mut preferences = json!({});
    if !scripts {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let wanted = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": {
            "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                format!("--user-data-dir={}", profile.display()),
            ],
            "prefs": preferences,
        },
    });
    match wanted {
        serde_json::Value::Object(wanted) => wanted,
        other => unreachable!("{other}"),
    }
}

impl Driver {
    fn start() -> Driver {
        let profiles =
            std::env::temp_dir().join(format!("numberbank-browser-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&profiles).unwrap();
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start: {error}\n{INSTALL}"));
        let watchdog = watchdog(child.id(), &profiles);
        let (says, heard) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Reads on to the end: a full pipe would stop it.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let _ = says.send(port.trim_end_matches('.').to_owned());
                }
            }
            let _ = child.wait();
        });
        let port = heard
            .recv_timeout(Duration::from_secs(120))
            .unwrap_or_else(|_| panic!("chromedriver did not say its port.\n{INSTALL}"));
        Driver { address: format!("http://127.0.0.1:{port}"), profiles, _until_we_end: watchdog }
    }
}

/// Ends chromedriver and its browsers (its process group) and removes their profiles when this process has ended,
/// even by a kill.
#[expect(clippy::zombie_processes, reason = "it ends after this process")]
fn watchdog(group: u32, profiles: &Path) -> ChildStdin {
    let script = r#"cat >/dev/null; kill -KILL "-$1"; while kill -0 "-$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2""#;
    let mut child = Command::new("sh")
        .args(["-c", script, "watchdog", &group.to_string()])
        .arg(profiles)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap()
}
