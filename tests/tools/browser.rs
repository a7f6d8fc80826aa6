//! A headless Chromium, driven through chromedriver. Both come from the system; every session has a profile of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tool::{CHROMEDRIVER, CHROMIUM};

/// The pause between two looks at something that the browser does by itself.
const PAUSE: Duration = Duration::from_millis(20);

/// A browser with one window at the start. It ends with the test.
pub(crate) struct Browser {
    /// The id of the session.
    pub(crate) client: Client,
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Panics
    /// If Chromium or chromedriver is missing.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a browser that resolves these host names to these addresses, and accepts any certificate there.
    ///
    /// # Panics
    /// If Chromium or chromedriver is missing.
    pub(crate) async fn start_with(names: &[(&str, SocketAddr)]) -> Self {
        let profile = TempDir::new().expect("a temporary directory");
        let mut driver = Command::new(CHROMEDRIVER.path())
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let port = announced_port(&mut driver);
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let rules: Vec<_> = names.iter().map(|(name, address)| format!("MAP {name} {address}")).collect();
        arguments.push(format!("--host-resolver-rules={}", rules.join(", ")));
        // Chromedriver lets pages open windows without a click. If the pages have host names, the usual rules of the
        // browser hold.
        let not_given: &[&str] = if names.is_empty() { &[] } else { &["disable-popup-blocking"] };
        let capabilities = json!({
            "acceptInsecureCerts": !names.is_empty(),
            "goog:chromeOptions": { "binary": CHROMIUM.path(), "args": arguments, "excludeSwitches": not_given },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver starts Chromium");
        let session = client.session_id().await.expect("a session").expect("its id");
        Self { client, driver, port, session, _profile: profile }
    }

    /// Opens an address and waits for the page.
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("the page opens");
    }

    /// The result of a script in the page.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap_or_else(|error| panic!("{error} in: {script}"))
    }

    /// The text of an element as it is written. `None` if there is no such element.
    pub(crate) async fn text(&self, selector: &str) -> Option<String> {
        let script = format!("return document.querySelector({})?.textContent ?? null", json!(selector));
        self.ask(&script).await.as_str().map(str::to_owned)
    }

    /// Whether an element is there and shown.
    pub(crate) async fn is_shown(&self, selector: &str) -> bool {
        let script = format!("return document.querySelector({})?.checkVisibility() ?? false", json!(selector));
        self.ask(&script).await == true
    }

    /// Presses keys in the focused element.
    pub(crate) async fn press(&self, keys: &str) {
        self.client.active_element().await.expect("something has the focus").send_keys(keys).await.expect("keys");
    }

    /// Clicks an element.
    pub(crate) async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.expect("an element").click().await.expect("it can be clicked");
    }

    /// Waits until the window shows an address, because a click returns before the browser leaves the page.
    pub(crate) async fn arrives_at(&self, address: &str) {
        let address = address.parse().expect("an address");
        let arrival = self.client.wait().at_most(mortise_tests::PATIENCE).for_url(&address);
        arrival.await.unwrap_or_else(|error| panic!("the window does not come to {address}: {error}"));
    }

    /// Types into an element.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        self.client.find(Locator::Css(selector)).await.expect("an element").send_keys(text).await.expect("keys");
    }

    /// Waits until a script in the page returns `true`. Repeats the script, because a page that the browser is about to
    /// leave may not answer.
    pub(crate) async fn until(&self, script: &str) {
        let truth = async {
            while !self.client.execute(script, vec![]).await.is_ok_and(|said| said == true) {
                tokio::time::sleep(PAUSE).await;
            }
        };
        mortise_tests::expect(script, truth).await;
    }

    /// Waits for a window whose address has this beginning, and switches to it.
    pub(crate) async fn enter_window(&self, beginning: &str) {
        let entered = async {
            loop {
                for window in self.client.windows().await.expect("windows") {
                    // The window may have closed since.
                    let _ = self.client.switch_to_window(window).await;
                    if self.client.current_url().await.is_ok_and(|url| url.as_str().starts_with(beginning)) {
                        return;
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        mortise_tests::expect(&format!("window at {beginning}"), entered).await;
    }

    /// Waits until only one window is left, and switches to it.
    pub(crate) async fn enter_last_window(&self) {
        let alone = async {
            loop {
                if let [window] = self.client.windows().await.expect("windows").as_slice() {
                    return self.client.switch_to_window(window.clone()).await.expect("a window");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        mortise_tests::expect("end of the other windows", alone).await;
    }

    /// Waits for a frame, and switches to it.
    pub(crate) async fn enter_frame(&self, selector: &str) {
        let wait = self.client.wait().at_most(mortise_tests::PATIENCE).for_element(Locator::Css(selector));
        wait.await.expect("a frame").enter_frame().await.expect("it can be entered");
    }

    /// The addresses to which the window can go back and forth.
    pub(crate) async fn history(&self) -> Vec<String> {
        let history = self.devtools("Page.getNavigationHistory", json!({})).await;
        let entries = history["entries"].as_array().expect("entries");
        entries.iter().map(|entry| entry["url"].as_str().expect("an address").to_owned()).collect()
    }

    /// Waits until the address of the window has this beginning. Needs no scripts.
    pub(crate) async fn arrives_below(&self, beginning: &str) {
        let arrived = async {
            while !self.client.current_url().await.is_ok_and(|url| url.as_str().starts_with(beginning)) {
                tokio::time::sleep(PAUSE).await;
            }
        };
        mortise_tests::expect(&format!("arrival at {beginning}"), arrived).await;
    }

    /// Sets the size of the window in CSS pixels.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Sets the reader's preferred colour scheme: `light` or `dark`.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Switches the scripts of pages off.
    pub(crate) async fn without_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// One command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.issue("goog/cdp/execute", body).await
    }

    /// The lines of the console since the last call of this function.
    pub(crate) async fn console(&self) -> Vec<String> {
        self.log("browser").await.iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// The addresses of the network requests since the last call of this function.
    pub(crate) async fn requested(&self) -> Vec<String> {
        let messages = self.log("performance").await.into_iter().filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            is_request.then(|| message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned())
        });
        // The log also has the browser's own first page.
        messages.filter(|url| !url.starts_with("chrome:") && !url.starts_with("data:")).collect()
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        self.issue("se/log", json!({ "type": kind })).await.as_array().cloned().expect("a log")
    }

    async fn issue(&self, endpoint: &'static str, body: Value) -> Value {
        self.client.issue_cmd(Extension { endpoint, body }).await.expect("chromedriver knows the command")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the session, and so Chromium. Chromium would outlive chromedriver.
        let ended = || -> std::io::Result<()> {
            let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            connection.set_read_timeout(Some(mortise_tests::PATIENCE))?;
            let target = format!("/session/{}", self.session);
            write!(connection, "DELETE {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n")?;
            connection.read(&mut [0; 64]).map(drop)
        };
        let _ = ended();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A command of chromedriver that is not in the standard.
#[derive(Debug)]
struct Extension {
    endpoint: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.endpoint))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// Chromedriver chooses a free port, and prints it.
fn announced_port(driver: &mut Child) -> u16 {
    let output = driver.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(output).lines();
    let port = lines.by_ref().find_map(|line| {
        let line = line.ok()?;
        line.rsplit_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
    });
    // Chromedriver would stop if nobody read its output.
    std::thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver says its port")
}
