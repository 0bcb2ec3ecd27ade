//! A browser without a window, driven by its driver.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use url::{ParseError, Url};

use crate::PATIENCE;

const STARTED: &str = "was started successfully on port ";

/// A browser; it ends when it is dropped.
pub(crate) struct Browser {
    pub(crate) client: Client,
    _driver: Child,
    _profile: TempDir,
}

/// A command that only the driver of Chromium knows.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// How wide a window is, how high, and whether it is a phone's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scheme: Scheme,
}

/// What its user has chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

pub(crate) const LIGHT: Screen = Screen { name: "light", width: 1280, height: 800, scheme: Scheme::Light };
pub(crate) const DARK: Screen = Screen { name: "dark", width: 1280, height: 800, scheme: Scheme::Dark };
pub(crate) const PHONE: Screen = Screen { name: "phone", width: 390, height: 844, scheme: Scheme::Light };

impl Browser {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let profile = tempfile::Builder::new().prefix("browser-").tempdir()?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start chromedriver")?;
        let port = timeout(PATIENCE, port(&mut driver)).await.context("chromedriver does not start")??;
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(PATIENCE));
        let client = ClientBuilder::new(http)
            .capabilities(capabilities(&profile))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("the browser does not start")?;
        let browser = Self { client, _driver: driver, _profile: profile };
        browser.show_as(LIGHT).await?;
        Ok(browser)
    }

    /// Changes the window.
    pub(crate) async fn show_as(&self, screen: Screen) -> anyhow::Result<()> {
        let Screen { width, height, scheme, .. } = screen;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        let scheme = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await.map(drop)
    }

    /// What the window shows, as a PNG.
    pub(crate) async fn screenshot(&self) -> anyhow::Result<Vec<u8>> {
        let answer = self.devtools("Page.captureScreenshot", json!({ "format": "png" })).await?;
        let data = answer["data"].as_str().context("a screenshot without data")?;
        Ok(STANDARD.decode(data)?)
    }

    /// What the browser has complained about since it was asked last.
    pub(crate) async fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let log = self.extension("se/log", json!({ "type": "browser" })).await?;
        let entries = log.as_array().context("a log that is no list")?;
        let bad =
            entries.iter().filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")));
        Ok(bad.map(|entry| entry["message"].to_string()).collect())
    }

    /// Runs a script that returns a value.
    pub(crate) async fn script(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    pub(crate) async fn end(self) -> anyhow::Result<()> {
        Ok(self.client.close().await?)
    }

    async fn devtools(&self, command: &str, params: Value) -> anyhow::Result<Value> {
        self.extension("goog/cdp/execute", json!({ "cmd": command, "params": params })).await
    }

    async fn extension(&self, path: &'static str, body: Value) -> anyhow::Result<Value> {
        Ok(self.client.issue_cmd(Extension { path, body }).await?)
    }
}

fn capabilities(profile: &TempDir) -> Map<String, Value> {
    let arguments = [
        "--headless=new".to_owned(),
        // There is no other user here, and root has no sandbox.
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-proxy-server".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--force-color-profile=srgb".to_owned(),
        format!("--user-data-dir={}", profile.path().display()),
    ];
    let mut capabilities = Map::new();
    capabilities.insert("browserName".to_owned(), json!("chrome"));
    capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": arguments }));
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
    capabilities
}

/// The port that a driver says it listens on.
async fn port(driver: &mut Child) -> anyhow::Result<u16> {
    let out = driver.stdout.take().context("it is piped")?;
    let mut lines = BufReader::new(out).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once(STARTED) {
            // Whoever closes the pipe ends the driver.
            tokio::spawn(read_on(lines));
            return Ok(port.trim_end_matches('.').parse()?);
        }
    }
    bail!("chromedriver ended before it served")
}

async fn read_on(mut lines: Lines<BufReader<ChildStdout>>) {
    while let Ok(Some(_)) = lines.next_line().await {}
}

/// Waits for what a look finds.
pub(crate) async fn wait_for<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let waiting = async {
        loop {
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .with_context(|| format!("{what}: not within {PATIENCE:?}"))?
        .context(what.to_owned())
}
