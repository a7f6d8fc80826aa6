//! The actions of a person: opens the application, enters a key, consents at the vendor or refuses.

use mortise_tests::canary::{Canary, Search};
use mortise_tests::logs;
use serde_json::{Value, json};

use super::stage::{APP, CLIENT_SECRET, CONNECT, CONNECTED, STRANGER, Stage, VENDOR};

pub(super) const ENTER: &str = "\u{e007}";
/// The button that leads to the vendor.
pub(super) const START: &str = "form[action$='/connect-account/start'] button[type=submit]";
/// The input field of the key.
pub(super) const KEY: &str = "[name='context.api_key']";

/// The package that the application uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sdk {
    /// The published `@truto/truto-link-sdk`.
    Truto,
    /// `@mortise/link`.
    Mortise,
}

/// The place of the connect page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Frame,
    Window,
    SameWindow,
}

/// The person's answer at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Allow,
    Deny,
}

impl Mode {
    fn options(self) -> Value {
        match self {
            Self::Frame => json!({ "baseUrl": CONNECT }),
            Self::Window => json!({ "baseUrl": CONNECT, "iframe": false }),
            Self::SameWindow => json!({ "baseUrl": CONNECT, "sameWindow": true }),
        }
    }
}

impl Stage {
    /// Opens the application and clicks its button, which calls the SDK with these options and those of the mode. The
    /// browser then shows the connect page.
    pub(super) async fn opens(&self, sdk: Sdk, mode: Mode, token: &str, more: Value) {
        self.clicks(APP, sdk, mode, token, more).await;
        match mode {
            Mode::SameWindow => {}
            Mode::Window => self.browser.enter_window(&format!("{CONNECT}/connect-account?")).await,
            Mode::Frame => self.browser.enter_frame("#mortise-link iframe, #truto-link-iframe").await,
        }
        let there = format!("return location.origin === {} && document.readyState === 'complete'", json!(CONNECT));
        self.browser.until(&there).await;
    }

    /// Opens the application's page at an origin, which may be the stranger's, and clicks its button.
    pub(super) async fn clicks(&self, origin: &str, sdk: Sdk, mode: Mode, token: &str, more: Value) {
        assert!([APP, STRANGER].contains(&origin), "{origin}");
        self.browser.open(&format!("{origin}/")).await;
        self.calls(sdk, mode, token, more).await;
    }

    /// Clicks the button of the present application page.
    pub(super) async fn calls(&self, sdk: Sdk, mode: Mode, token: &str, more: Value) {
        self.browser.until("return document.documentElement.dataset.ready === ''").await;
        let mut options = mode.options();
        options.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let sdk = if sdk == Sdk::Truto { "truto" } else { "mortise" };
        let call = json!({ "sdk": sdk, "token": token, "options": options });
        self.browser.ask(&format!("window.call = {call}")).await;
        self.browser.click("#connect").await;
    }

    /// Enters the key and sends the form.
    pub(super) async fn enters(&self, key: &str) {
        self.browser.type_into(KEY, &format!("{key}{ENTER}")).await;
    }

    /// Goes to the vendor and answers there. The vendor's own window is closed then.
    pub(super) async fn answers(&self, mode: Mode, answer: Answer) {
        self.browser.click(START).await;
        self.browser.enter_window(VENDOR).await;
        self.browser.until("return document.readyState === 'complete'").await;
        let button = if answer == Answer::Allow { "allow" } else { "deny" };
        self.browser.click(&format!("button[value={button}]")).await;
        if mode != Mode::SameWindow {
            // The application's page continues, and so does a connect page in its own window.
            self.browser.enter_window(APP).await;
        }
    }

    /// Reads the vendor's words about the failure in the connect page, and goes back to the application from there.
    pub(super) async fn reads_why_and_leaves(&self, mode: Mode) {
        let done = format!("{CONNECT}/connect-account/done/");
        let reads = "return [...document.querySelectorAll('blockquote')].some(words => words.checkVisibility() && \
                     words.textContent.includes('access_denied'))";
        if mode != Mode::SameWindow {
            // The vendor's window stays until the person closes it.
            self.browser.enter_window(&done).await;
            self.browser.until(reads).await;
            self.browser.client.close_window().await.expect("a window");
            self.browser.enter_window(&format!("{APP}/")).await;
            assert_eq!(self.browser.ask("return window.said").await, Value::Null, "the failure is unread");
        }
        match mode {
            Mode::SameWindow => self.browser.enter_window(&done).await,
            Mode::Window => self.browser.enter_window(&format!("{CONNECT}/connect-account?")).await,
            Mode::Frame => self.browser.enter_frame("#mortise-link iframe").await,
        }
        self.browser.until(reads).await;
        self.browser.click("#leave").await;
    }

    /// The result of the promise in the application's page. Asserts that no other window is left.
    pub(super) async fn said(&self) -> Value {
        self.browser.enter_window(APP).await;
        self.browser.until("return window.said !== null").await;
        self.browser.enter_last_window().await;
        self.browser.ask("return window.said").await
    }

    /// The outcome in the application's redirect, as the query's parameters.
    pub(super) async fn brought_back(&self) -> Value {
        self.browser.enter_window(CONNECTED).await;
        self.browser.ask("return Object.fromEntries(new URL(location.href).searchParams)").await
    }

    /// The final messages that the application's page has received.
    pub(super) async fn messages(&self) -> Vec<Value> {
        let heard = self.browser.ask("return window.heard").await;
        heard.as_array().expect("a list").clone()
    }

    /// Asserts that no address, no log, no console line and no request to the application has a secret. Only the
    /// address of the page that the SDK opens has the link token. Asserts that the browser reports no error.
    pub(super) async fn assert_clean(&self, token: &str, key: &str) {
        let secrets = Search::new(&[Canary::of(key), Canary::of(CLIENT_SECRET)]);
        let link = Canary::of(token);
        for url in self.browser.requested().await {
            secrets.assert_absent("an address", &url);
            if !url.starts_with(&format!("{CONNECT}/connect-account?link_token=")) {
                link.assert_absent("an address", &url);
            }
        }
        let console = self.browser.console().await;
        assert_eq!(console, Vec::<String>::new());
        for url in self.browser.history().await {
            secrets.assert_absent("the history", &url);
            assert!(!url.contains("code=") && !url.contains("state="), "{url}");
        }
        for request in self.site.requests() {
            secrets.assert_absent("a request to the application", &request.raw);
            link.assert_absent("a request to the application", &request.raw);
        }
        let logs = logs::captured();
        secrets.assert_absent("the log", &logs);
        link.assert_absent("the log", &logs);
    }
}
