//! `mortise demo` from a release: it has the integrations of `integrations.tar`, and no tools to build them.

use std::path::Path;
use std::process::Stdio;

use mortise_tests::client::Client;
use mortise_tests::components::component;
use mortise_tests::expect;
use mortise_tests::fixtures::AGENT_ID;
use mortise_tests::host::{create, mortise_binary};
use mortise_tests::running::Running;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// Writes an integration's files in the form in which `dist/integrations` makes them.
fn integrations(folder: &Path, slug: &str) {
    std::fs::create_dir_all(folder.join("plugins")).unwrap();
    std::fs::write(folder.join("plugins").join(slug).with_extension("wasm"), component(slug)).unwrap();
    let recordings = folder.join("cassettes").join(slug);
    std::fs::create_dir_all(&recordings).unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(slug).join("cassettes");
    for cassette in std::fs::read_dir(sources).unwrap().flatten() {
        std::fs::copy(cassette.path(), recordings.join(cassette.file_name())).unwrap();
    }
}

/// The body of a recorded call.
fn recorded(folder: &Path, cassette: &str) -> Value {
    let cassette = std::fs::read(folder.join("cassettes").join(cassette)).unwrap();
    serde_json::from_slice::<Value>(&cassette).unwrap()["call"]["body"].take()
}

/// The demo of this program, in a folder that is not a checkout. Without an environment, it finds no tools.
fn demo(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(["demo", "--json"]).args(arguments).current_dir(folder).env_clear();
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_of_a_release_needs_no_tools_and_takes_the_integrations_that_it_is_told_or_those_beside_it() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let output = expect("end of the demo", demo(&mortise_binary(), here, &["--integrations", "none"]).output()).await;
    let output = output.expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("unpack integrations.tar of the release"), "{said}");
    assert_eq!(output.status.code(), Some(2));

    integrations(&here.join("integrations"), "dixa");
    let body = recorded(&here.join("integrations"), "dixa/create-all-fields.json");
    let beside = here.join("mortise");
    std::fs::hard_link(mortise_binary(), &beside)
        .or_else(|_| std::fs::copy(mortise_binary(), &beside).map(drop))
        .unwrap();
    for command in [demo(&mortise_binary(), here, &["--integrations", "integrations"]), demo(&beside, here, &[])] {
        let mut running = Running::start(command);
        let line = expect("line of the demo", running.out.next_line()).await.unwrap().expect("a line");
        let said: Value = serde_json::from_str(&line).expect("JSON");
        let address = said["base_url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
        let client = Client::new(address).token(said["token"].as_str().unwrap());
        let account = said["accounts"]["dixa"].as_str().unwrap().parse().unwrap();
        let answer = client.post(&create("ticketing", account, ""), &body).await;
        assert_eq!((answer.status, &answer.json()["id"]), (201, &Value::from(AGENT_ID)), "{}", answer.text());
        running.terminate();
        assert_eq!(running.ended().await.code(), Some(0));
    }
    assert!(here.join(".mortise/demo").is_dir(), "its data is in the working directory");
}
