//! `mortise demo` in this checkout, whose `curl` lines people paste.

use std::path::Path;

use mortise_tests::client::Client;
use mortise_tests::components::integrations;
use mortise_tests::expect;
use mortise_tests::fixtures::AGENT_ID;
use mortise_tests::host::mortise_binary;
use mortise_tests::running::Running;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

/// The integrations that the checkout's `Cargo.toml` names for the demo.
const SHOWN: [&str; 5] = ["clickup", "dixa", "hubspot", "planhat", "salesforce"];

/// `mortise demo` in this checkout, with its data in another directory.
fn demo(data: &Path, arguments: &[&str]) -> Running {
    let mut command = Command::new(mortise_binary());
    command.args(["demo", "--port", "0", "--data"]).arg(data).args(arguments);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    Running::start(command)
}

#[tokio::main]
pub(crate) async fn the_demo_tells_scripts_one_line_and_people_lines_that_work() {
    let data = TempDir::new().unwrap();

    let mut script = demo(data.path(), &["--json"]);
    let printed = script.out.next_line().await.unwrap().expect("a line");
    let said: Value = serde_json::from_str(&printed).expect("JSON");
    let keys: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["base_url", "token", "accounts"]);
    let accounts = said["accounts"].as_object().unwrap();
    let shown: Vec<_> = accounts.keys().map(String::as_str).collect();
    assert_eq!(shown, SHOWN, "an account of each integration that the checkout shows");
    let address = said["base_url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().expect("an address");
    let client = Client::new(address).token(said["token"].as_str().unwrap());
    assert_eq!(client.get("/readyz").await.status, 200);
    for (slug, id) in accounts {
        let account = client.get(&format!("/integrated-account/{}", id.as_str().unwrap())).await.json();
        assert_eq!((&account["integration"]["name"], &account["status"]), (&json!(slug), &json!("active")));
    }
    script.terminate();
    assert_eq!(script.out.next_line().await.unwrap(), None, "one line and no more");
    assert_eq!(script.ended().await.code(), Some(0));

    let mut person = demo(data.path(), &["--all"]);
    let (mut lines, mut slug) = (Vec::new(), String::new());
    while let Some(line) = person.out.next_line().await.unwrap() {
        match line.strip_prefix("# ").and_then(|title| title.split_once(':')) {
            Some((name, _)) => slug = name.to_owned(),
            None if line.starts_with("curl ") => lines.push((slug.clone(), line)),
            None if line.starts_with("Ctrl-C") => break,
            None => {}
        }
    }
    for (slug, line) in &lines {
        let kept = accounts.get(slug).and_then(Value::as_str);
        assert!(kept.is_none_or(|id| line.contains(id)), "the accounts of an earlier run are kept: {line}");
    }
    let mut users = Vec::new();
    for (slug, line) in &lines {
        let output = expect("end of curl", Command::new("sh").args(["-c", line]).output()).await.expect("a shell");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && err.is_empty(), "{line}\n{err}");
        let user: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{line}\n{out}"));
        let is_list = user["result"].as_array().is_some_and(|rows| rows.iter().all(|row| row["id"].is_string()));
        // These vendors only invite a user, who has no identifier yet. Vendors' answers can be a list or a word. Four
        // vendors answer an update without a body, and one of them also a creation. The host answers a deletion with
        // the identifier alone.
        let invite = ["adobe-marketo-engage", "juniper-mist", "snyk", "trello"].contains(&slug.as_str());
        let is_invited = invite && line.contains("-X POST") && user["emails"][0]["email"].is_string();
        let has_none =
            ["airtable", "databricks", "power-bi", "salesforce"].contains(&slug.as_str()) || line.contains("-X DELETE");
        let has_vendors = has_none || !user["remote_data"].is_null();
        assert!(is_list || is_invited || user["id"].is_string() && has_vendors, "{line}\n{out}");
        users.push((slug.as_str(), line.contains("-X POST"), user));
    }
    assert!(integrations().keys().all(|slug| lines.iter().any(|(name, _)| name == slug)), "{lines:?}");
    // The first two lines create a Dixa agent and update the same agent.
    let (created, updated) = (&users[0], &users[1]);
    assert_eq!((created.0, created.1, updated.0, updated.1), ("dixa", true, "dixa", false));
    assert_eq!((&created.2["id"], &updated.2["id"]), (&json!(AGENT_ID), &json!(AGENT_ID)));
    assert_eq!((&created.2["name"], &created.2["is_active"]), (&json!("Ada Example"), &json!(true)));
    assert_eq!(created.2["emails"][0], json!({"email": "ada@example.com", "type": "primary"}));
    assert!(updated.2["name"] != created.2["name"] && updated.2["team_ids"].is_array(), "{}", updated.2);
    person.terminate();
    assert_eq!(person.ended().await.code(), Some(0));

    let mut mistaken = demo(data.path(), &["dixa", "nobody"]);
    assert_eq!(mistaken.out.next_line().await.unwrap(), None);
    assert_eq!(mistaken.ended().await.code(), Some(2), "an unknown slug");
}
