//! One account, or one call, learns nothing about another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::{StreamExt, stream};
use mortise::account::Sealed;
use mortise::call::{Input, Invocation, Output, Spent};
use mortise::egress::{Delivery, RemoteInput};
use mortise_model::Category;
use mortise_tests::canary::Canary;
use mortise_tests::host::{Host, Setup, create, session_account};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// The number of concurrent calls.
const AT_ONCE: usize = 32;

/// A vendor that creates the agent of the request, and answers with the last characters of the credential, too.
fn mirror() -> Behaviour {
    Behaviour::by(|request: &Recorded| {
        let body = request.json();
        let marker = request.header("authorization").unwrap_or_default().rsplit('-').next().unwrap_or_default();
        let agent = json!({
            "id": body["displayName"], "displayName": body["displayName"], "email": body["email"], "lastName": marker,
        });
        Answer::json(201, &json!({ "data": agent }))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_of_two_accounts_never_mix() {
    let vendor = Vendor::start(mirror()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let mut accounts = Vec::new();
    for mark in ["red", "blue"] {
        let secret = format!("{}-{mark}", Canary::new());
        let id = host.account_with("dixa", mark, &[("api_token", &secret)]).await;
        accounts.push((mark, secret, id));
    }
    let formats = ["unified", "raw", "normalized", "stream", "debug"];
    let calls = (0..1_000).map(|number| {
        let (client, (mark, _, id)) = (host.client(), accounts[number % 2].clone());
        let target = create("ticketing", id, &format!("&truto_response_format={}", formats[number % 5]));
        async move {
            let name = format!("{mark} {number}");
            let body = json!({"name": name, "emails": [{"email": format!("{number}@{mark}.example.com")}]});
            let answer = client.post(&target, &body).await;
            (number, mark, name, answer)
        }
    });
    let answers: Vec<_> = stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(answers.len(), 1_000);
    for (number, mark, name, answer) in answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        let body = answer.json();
        let (own, other) = if number % 2 == 0 { ("red", "blue") } else { ("blue", "red") };
        assert_eq!(mark, own);
        let user = match formats[number % 5] {
            "raw" | "stream" => &body["data"],
            "debug" => &body["result"],
            _ => &body,
        };
        assert_eq!(user["id"], name);
        let text = answer.text();
        assert!(text.contains(&format!("{number}@{own}.example.com")) && !text.contains(other), "{text}");
        for (_, secret, _) in &accounts {
            assert!(!text.contains(secret.as_str()), "a credential came out");
        }
    }

    // At the vendor, each credential has its own bodies, and each connection has one credential.
    let requests = vendor.requests();
    assert_eq!(requests.len(), 1_000);
    let mut connections: HashMap<usize, BTreeSet<&str>> = HashMap::new();
    let mut names = BTreeSet::new();
    for request in &requests {
        let credential = request.header("authorization").unwrap();
        let (mark, ..) = accounts.iter().find(|(_, secret, _)| secret == credential).expect("one of the two");
        let name = request.json()["displayName"].as_str().unwrap().to_owned();
        assert!(name.starts_with(mark), "{mark} carried {name}");
        assert!(names.insert(name), "sent once");
        connections.entry(request.connection).or_default().insert(mark);
    }
    assert!(connections.values().all(|credentials| credentials.len() == 1), "{connections:?}");
    assert!(connections.len() < 500, "connections are kept, so sharing one was possible: {}", connections.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_one_tenant_and_equal_credentials_share_no_connection() {
    let vendor = Vendor::start(mirror()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let mut seen: Vec<(usize, BTreeSet<usize>)> = Vec::new();
    for _ in 0..3 {
        let account = host.account("dixa").await;
        let before = vendor.requests().len();
        for _ in 0..5 {
            assert_eq!(
                host.client().post(&create("ticketing", account, ""), &crate::fixtures::ada()).await.status,
                201
            );
        }
        seen.push((before, vendor.requests()[before..].iter().map(|request| request.connection).collect()));
    }
    let kept: Vec<_> = seen.iter().map(|(_, connections)| connections.len()).collect();
    assert_eq!(kept, [1, 1, 1], "an account's connection is kept");
    let all: BTreeSet<_> = seen.iter().flat_map(|(_, connections)| connections).collect();
    assert_eq!(all.len(), 3);
}

/// Calls `memory-scanner` without HTTP, so that a round costs as little as possible.
struct Scanner {
    host: Host,
    id: Uuid,
    sealed: Sealed,
}

impl Scanner {
    async fn call(&self, name: &str) -> Value {
        let generation = self.host.app.service.registry.get("memory-scanner").expect("it is served");
        let account = session_account(self.id, self.sealed.clone());
        let egress = &self.host.app.service.egress;
        let session = egress.session(&generation.profile, account, RemoteInput::default(), Delivery::Buffered);
        let session = session.await.unwrap();
        let completed = self.host.app.service.calls.invoke(Invocation {
            admission: generation.admission.clone(),
            account: self.id,
            prepared: generation.prepared.clone(),
            category: Category::Ticketing,
            input: Input::Create { user: json!({ "name": name }).to_string() },
            parameters: BTreeMap::new(),
            variables: BTreeMap::new(),
            wants_user: true,
            strict: false,
            spent: Spent::default(),
            session,
            request_id: "".into(),
        });
        let Output::User(Some(user)) = completed.await.result.expect("the call succeeds") else { panic!("a user") };
        serde_json::from_str::<Value>(&user).unwrap()["name"].clone()
    }
}

/// Rounds of filling and scanning.
const ROUNDS: usize = 10_000;
/// The number of concurrent calls. The pool has a few more slots, and each slot serves hundreds of the 20,000 calls.
const SLOTS: u32 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_never_sees_what_another_left_in_its_slot() {
    let patient = |limits: &mut mortise::config::Limits| {
        limits.concurrent_calls = SLOTS;
        // On a busy machine, the host must not take the large rounds for endless loops, and must not turn a call away.
        (limits.guest_cpu_ms, limits.admission_wait_ms) = (20_000, 20_000);
    };
    let host = Setup::new().plugin("memory-scanner").limits(patient).start().await;
    let id = host.account("memory-scanner").await;
    let sealed = host.app.service.accounts.get(id, None).await.unwrap().unwrap().sealed;
    let scanner = Scanner { host, id, sealed };

    let own = Canary::new();
    let seen = scanner.call(&format!("scan:2:{own}")).await;
    assert!(seen.as_str().unwrap().contains(own.as_str()), "the scan finds text in memory: {seen}");

    stream::iter(0..ROUNDS)
        .for_each_concurrent(SLOTS as usize, async |round| {
            // Most rounds fill the initial memory. Every tenth grows it to 2 MiB, and every hundredth to the cap.
            let mib = match round % 100 {
                0 => 60,
                round if round % 10 == 0 => 2,
                _ => 1,
            };
            let filled = scanner.call(&format!("fill:{}:{mib}", Canary::new())).await;
            assert!(filled.as_str().unwrap().starts_with("filled "), "{filled}");
            let seen = scanner.call(&format!("scan:{mib}")).await;
            assert_eq!(seen, r#"{"dirty":0,"canaries":[]}"#, "round {round}");
        })
        .await;
}
