//! Truto's published SDK for Python against a host: its callers change only the base URL and the token.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use mortise_tests::expect;
use mortise_tests::host::Setup;
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::tool::TRUTO_PACKAGES;

/// A Dixa with four agents, two on each page.
fn dixa() -> Behaviour {
    let agents: BTreeMap<_, _> = (1..=4).map(|number| (format!("a{number}"), agent(&format!("a{number}")))).collect();
    let agents = Mutex::new(agents);
    Behaviour::by(move |request| answer(&mut agents.lock().unwrap_or_else(PoisonError::into_inner), request))
}

fn agent(id: &str) -> Value {
    json!({"id": id, "displayName": id, "email": format!("{id}@example.com"), "createdAt": "2020-12-16T09:41:43Z"})
}

fn answer(agents: &mut BTreeMap<String, Value>, request: &Recorded) -> Answer {
    let path: Vec<_> = request.path().split('/').skip(1).collect();
    let one = |agent: &Value| Answer::json(200, &json!({ "data": agent }));
    let unknown = || Answer::json(404, &json!({"message": "The requested resource could not be found"}));
    let changed = |agent: &Value| {
        let mut agent = agent.clone();
        agent.as_object_mut().expect("an object").extend(request.json().as_object().expect("an object").clone());
        agent
    };
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["agents"]) => page(agents, request),
        ("POST", ["agents"]) => {
            let created = changed(&agent("new"));
            agents.insert("new".to_owned(), created.clone());
            one(&created)
        }
        ("PATCH", ["agents", id]) => agents.get_mut(*id).map_or_else(unknown, |agent| {
            *agent = changed(agent);
            one(agent)
        }),
        ("GET", ["agents", id]) => agents.get(*id).map_or_else(unknown, one),
        ("GET", ["agents", _, "teams"]) => Answer::json(200, &json!({"data": [{"id": "t1"}]})),
        ("DELETE", ["agents", id]) => {
            agents.remove(*id).map_or_else(unknown, |_| Answer::new(204, "application/json", ""))
        }
        other => panic!("{other:?}"),
    }
}

/// The last two agents, after those on earlier pages.
fn page(agents: &BTreeMap<String, Value>, request: &Recorded) -> Answer {
    let query = request.query().unwrap_or_default();
    let parameters: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let from: usize = parameters.get("pageKey").map_or(0, |key| key.parse().expect("a number"));
    let wanted = |agent: &&Value| {
        parameters
            .get("email")
            .is_none_or(|email| email.eq_ignore_ascii_case(&agent["email"].to_string().replace('"', "")))
    };
    let found: Vec<_> = agents.values().filter(wanted).collect();
    let next = (from + 2 < found.len()).then(|| format!("https://dev.dixa.io/v1/agents?pageKey={}", from + 2));
    let data: Vec<_> = found.into_iter().skip(from).take(2).collect();
    Answer::json(200, &json!({"data": data, "meta": {"next": next}}))
}

#[tokio::main]
pub(crate) async fn the_published_sdk_creates_reads_lists_and_deletes_users_and_accounts() {
    let vendor = Vendor::start(dixa()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await.to_string();
    let mut python = Command::new(TRUTO_PACKAGES.path().join("bin/python"));
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tools/truto_sdk.py"));
    python.args([&format!("http://{}", host.address), host.admin_token(), &account]).stdin(Stdio::null());
    let output = expect("end of the script", python.output()).await.expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");

    let users = &said["users"];
    assert_eq!((&users["created"]["id"], &users["created"]["name"]), (&json!("new"), &json!("Ada Example")));
    assert_eq!((&users["updated"]["name"], &users["updated"]["team_ids"]), (&json!("Ada E. Example"), &json!(["t1"])));
    assert_eq!((&users["got"]["name"], users["got"].get("roles")), (&json!("Ada E. Example"), None));
    assert_eq!((&users["listed"], &users["lengths"]), (&json!(["a1", "a2", "a3", "a4", "new"]), &json!([2, 2, 1])));
    assert_eq!((&users["found"], &users["deleted"]), (&json!(["new"]), &json!({"id": "new"})));
    assert_eq!((&users["get_again"], &users["delete_again"]), (&json!(404), &json!(404)));

    let accounts = &said["accounts"];
    let id = &accounts["imported"]["id"];
    assert_eq!(accounts["imported"]["integration"]["name"], "dixa");
    assert_eq!((&accounts["got"], &accounts["updated"]["id"]), (&accounts["imported"], id));
    assert_eq!((&accounts["listed"][0]["id"], accounts["listed"].as_array().map(Vec::len)), (id, Some(1)));
    assert_eq!(accounts["by_pages"], json!([id, account]), "one page each");
    assert_eq!((&accounts["deleted"], &accounts["get_again"]), (&json!({ "id": id }), &json!(404)));
    assert_eq!(
        (&accounts["integrations"][0]["slug"], &accounts["integration"]["label"]),
        (&json!("dixa"), &json!("Dixa"))
    );
}
