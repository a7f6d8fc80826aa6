//! The application in the documentation for its authors.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;

use mortise_tests::hostile;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;

use super::person::START;
use super::stage::{CONNECT, Stage, VENDOR, WITHOUT_PKCE};
use crate::tool::NODE;

const DOCUMENT: &str = include_str!("../../../docs/connecting.md");

/// The application is a file in `docs/connecting.md`, and runs as it is printed there.
#[tokio::main]
pub(crate) async fn the_application_of_the_documentation_connects_an_account() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback").local_addr().expect("an address").port();
    let origin = format!("http://localhost:{port}");
    let stage = Stage::start_with(|connect| connect.allowed_origins = vec![origin.parse().expect("an origin")]).await;
    let folder = TempDir::new().expect("a temporary directory");
    let (_, text) = DOCUMENT.split_once("```js app.mjs\n").expect("the application");
    let (text, _) = text.split_once("```\n").expect("its end");
    fs::write(folder.path().join("app.mjs"), text).expect("writable");
    fs::create_dir_all(folder.path().join("node_modules/@mortise")).expect("writable");
    symlink(hostile::root().join("sdk/link"), folder.path().join("node_modules/@mortise/link")).expect("writable");
    let _application = Command::new(NODE.path())
        .arg("app.mjs")
        .current_dir(folder.path())
        .env("MORTISE_URL", format!("http://{}", stage.host.address))
        .env("MORTISE_TOKEN", stage.host.admin_token())
        .env("CONNECT_URL", CONNECT)
        .env("PORT", port.to_string())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js starts");
    let listens = async {
        while TcpStream::connect(("localhost", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    mortise_tests::expect("application", listens).await;

    let browser = &stage.browser;
    browser.open(&format!("{origin}/")).await;
    browser.until("return document.querySelector('button').onclick !== null").await;
    browser.click("button").await;
    browser.enter_frame("#mortise-link iframe").await;
    browser.until("return document.readyState === 'complete' && location.href !== 'about:blank'").await;
    browser.click(&format!("main a[href*='integration={WITHOUT_PKCE}']")).await;
    browser.until(&format!("return document.querySelector({}) !== null", json!(START))).await;
    browser.click(START).await;
    browser.enter_window(VENDOR).await;
    browser.until("return document.readyState === 'complete'").await;
    browser.click("button[value=allow]").await;
    browser.enter_last_window().await;
    browser.until("return document.querySelector('output').textContent !== ''").await;
    assert_eq!(browser.text("output").await.as_deref(), Some("connects-without-pkce is active"));
}
