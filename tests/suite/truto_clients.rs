//! Truto's published clients: two small clients that send the same bytes and treat answers in the same way, one as the
//! TypeScript SDK and one as the Python SDK.

use std::fmt::Write as _;
use std::time::Duration;

use mortise_tests::client::{Answer, raw};
use mortise_tests::host::{Host, Setup};
use mortise_tests::vendor::directory::Directory;
use mortise_tests::vendor::{self, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::{AGENT_ID, account, ada, agent, dixa, setup, vendors};

/// The number of attempts of the TypeScript client, with the first one.
const ATTEMPTS: usize = 3;

/// The error that the TypeScript client throws.
#[derive(Debug, PartialEq)]
struct TrutoError {
    status: u16,
    data: Value,
}

/// Sends as `fetch` of Node.js does: lower-case names, a `?` after every path, brackets with indexes, JSON as
/// `text/plain`.
struct TypeScript<'a> {
    host: &'a Host,
    /// The text between the host's address and the path: `/` if the base URL ends with one.
    base: &'a str,
    content_type: &'a str,
    headers: &'a str,
    /// The waits before further attempts. The test does not wait.
    waits: Vec<Duration>,
}

impl<'a> TypeScript<'a> {
    fn new(host: &'a Host) -> Self {
        Self { host, base: "", content_type: "application/json", headers: "", waits: Vec::new() }
    }

    async fn send(&self, method: &str, path: &str, query: &str, body: Option<&Value>) -> Answer {
        let mut head = format!(
            "{method} {}{path}?{query} HTTP/1.1\r\nhost: {}\r\nconnection: keep-alive\r\nauthorization: Bearer {}\r\n",
            self.base,
            self.host.address,
            self.host.admin_token()
        );
        head.push_str(self.headers);
        let body = body.map(Value::to_string);
        if body.is_some() {
            let _ = write!(head, "content-type: {}\r\n", self.content_type);
        }
        head.push_str("accept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\n");
        head.push_str("accept-encoding: gzip, deflate\r\n");
        if let Some(body) = &body {
            let _ = write!(head, "content-length: {}\r\n", body.len());
        }
        let request = format!("{head}\r\n{}", body.unwrap_or_default());
        raw(self.host.address, request).await.expect("an answer")
    }

    /// Sends a request again at once after one of these statuses. After a 429 it waits the number of seconds in
    /// `retry-after`.
    async fn call(&mut self, method: &str, path: &str, query: &str, body: Option<&Value>) -> Result<Value, TrutoError> {
        let mut attempt = 1;
        loop {
            let answer = self.send(method, path, query, body).await;
            match answer.status {
                429 | 408 | 409 | 425 | 502 | 503 | 504 if attempt < ATTEMPTS => {
                    if answer.status == 429 {
                        let seconds = answer.header("retry-after").and_then(|value| value.parse().ok());
                        self.waits.push(Duration::from_secs(seconds.unwrap_or(10)));
                    }
                    attempt += 1;
                }
                200..=299 => return Ok(parsed(&answer)),
                status => return Err(TrutoError { status, data: parsed(&answer) }),
            }
        }
    }
}

/// The JSON of an answer whose content type is JSON. For the client, any other answer is bytes.
fn parsed(answer: &Answer) -> Value {
    assert!(answer.header("content-type").is_some_and(|value| value.contains("json")), "{answer:?}");
    answer.json()
}

/// Sends as `httpx` does: names unchanged, brackets without indexes, `None` as text, `+` for a space.
async fn python(host: &Host, method: &str, target: &str, body: Option<&Value>) -> Answer {
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\
         User-Agent: python-httpx/0.28.1\r\nAUTHORIZATION: bearer {}\r\nContent-Length: {}\r\nContent-Type: application/json\r\n\r\n{body}",
        host.address,
        host.admin_token(),
        body.len()
    );
    raw(host.address, request).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn arrays_and_objects_are_understood_as_each_client_spells_them() {
    let vendor = Vendor::start(vendors()).await;
    let host = setup(&vendor).start().await;
    let account = account(&host, "dixa", "placeholder-value").await;
    let typescript = format!(
        "integrated_account_id={account}&truto_exclude_fields%5B0%5D=roles&truto_exclude_fields%5B1%5D=avatar&\
         remote_query%5Bexpand%5D=all%20teams&remote_query%5Bl%5D%5B0%5D%5Bk%5D=1&truto_ignore_remote_data=true&\
         truto_response_format=&organization_id="
    );
    let answer = TypeScript::new(&host).call("POST", "/unified/ticketing/users", &typescript, Some(&ada())).await;
    let user = answer.expect("a user");
    assert_eq!(user["id"], AGENT_ID, "one record is a bare object");
    assert!(user.get("roles").is_none() && user.get("remote_data").is_none(), "{user}");

    let target = format!(
        "/unified/ticketing/users?integrated_account_id={account}&truto_exclude_fields%5B%5D=roles&truto_exclude_fields%5B%5D=avatar&\
         remote_query%5Bexpand%5D=all+teams&truto_response_format=None&organization_id=None&truto_ignore_remote_data=true"
    );
    let answer = python(&host, "POST", &target, Some(&ada())).await;
    assert_eq!((answer.status, answer.json()), (201, user));

    let targets: Vec<_> = vendor.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/dixa/v1/agents?expand=all+teams&l%5B0%5D%5Bk%5D=1", "/dixa/v1/agents?expand=all+teams"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_url_with_a_slash_and_json_as_plain_text_are_served() {
    let (vendor, host, account) = dixa(agent()).await;
    let query = format!("integrated_account_id={account}");
    let mut client = TypeScript::new(&host);
    client.base = "/";
    client.content_type = "text/plain;charset=UTF-8";
    let user = client.call("POST", "/unified/ticketing/users", &query, Some(&ada())).await.expect("a user");
    assert_eq!(user["id"], AGENT_ID);
    let id = "a%40b%20c";
    let changed =
        client.call("PATCH", &format!("/unified/ticketing/users/{id}"), &query, Some(&json!({"name": "A"}))).await;
    changed.expect("a user");
    assert_eq!(vendor.requests()[1].path(), "/agents/a%40b%20c", "the id is the vendor's, whatever is in it");
    // Python does not encode the identifier.
    let target = format!("/unified/ticketing/users/a@b?{query}");
    assert_eq!(python(&host, "PATCH", &target, Some(&json!({"name": "A"}))).await.status, 200);

    // A list begins with an empty cursor, and a path has its `?` without parameters too.
    let page = client.call("GET", "/integrated-account", "next_cursor=", None).await.expect("a page");
    assert_eq!((&page["result"][0]["id"], &page["next_cursor"]), (&json!(account), &Value::Null));
    client.call("GET", "/integration", "", None).await.expect("a list");
    let page = python(&host, "GET", "/integrated-account?next_cursor=None&limit=None", None).await;
    assert_eq!((page.status, page.json()["result"].as_array().map(Vec::len)), (200, Some(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_its_arguments_in_the_wrong_order_is_refused_in_words() {
    let (vendor, host, _) = dixa(agent()).await;
    let mut client = TypeScript::new(&host);
    client.content_type = "text/plain;charset=UTF-8";
    let refused = client.call("PATCH", "/unified/undefined/undefined/crm", "0=i&1=d", Some(&json!("users"))).await;
    assert_eq!(refused.expect_err("no such route").status, 404);
    let missing = client.call("POST", "/unified/ticketing/users", "", Some(&ada())).await.expect_err("no account");
    assert_eq!(
        (missing.status, &missing.data["statusCode"], &missing.data["error"]),
        (400, &json!(400), &json!("Bad Request"))
    );
    assert_eq!(vendor.requests().len(), 0);
}

/// Checks the number of vendor requests and the client's last status, for a vendor that answers with this status.
async fn resent(status: u16, attempts: usize) {
    let (vendor, host, account) = dixa(vendor::Answer::json(status, &json!({"message": "no"}))).await;
    let query = format!("integrated_account_id={account}");
    let failed = TypeScript::new(&host).call("POST", "/unified/ticketing/users", &query, Some(&ada())).await;
    let failed = failed.expect_err("the vendor refuses");
    assert_eq!(failed.status, status);
    assert_eq!(failed.data["truto_is_remote_error"], true);
    assert_eq!(failed.data["raw_response"], json!({"message": "no"}));
    assert_eq!(vendor.requests().len(), attempts, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_sends_again_at_once_reaches_the_vendor_as_often_without_a_key() {
    for status in [409, 502, 503, 504] {
        resent(status, ATTEMPTS).await;
    }
    for status in [400, 404, 422, 500] {
        resent(status, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_that_comes_through_is_a_success() {
    let (vendor, host, account) = dixa(agent()).await;
    vendor.next(Behaviour::drop_before_answer());
    let query = format!("integrated_account_id={account}");
    let user = TypeScript::new(&host).call("POST", "/unified/ticketing/users", &query, Some(&ada())).await;
    assert_eq!(user.expect("a user")["id"], AGENT_ID);
    assert_eq!(vendor.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_after_a_429_is_a_whole_number_of_seconds_even_where_the_vendor_names_none() {
    let (vendor, host, account) = dixa(agent()).await;
    let limited = || vendor::Answer::json(429, &json!({"message": "slow down"}));
    let query = format!("integrated_account_id={account}");
    vendor.next(limited());
    let mut client = TypeScript::new(&host);
    let user = client.call("POST", "/unified/ticketing/users", &query, Some(&ada())).await.expect("a user");
    assert_eq!(user["id"], AGENT_ID);
    assert_eq!(client.waits, [Duration::from_secs(10)]);

    // This client records the waits only. Before the vendor's time is over, the host's answer has the rest of that
    // time.
    vendor.next(limited().header("retry-after", "7"));
    let asked = vendor.requests().len();
    let mut client = TypeScript::new(&host);
    let error = client.call("POST", "/unified/ticketing/users", &query, Some(&ada())).await.expect_err("too early");
    assert_eq!((error.status, &error.data["truto_is_remote_error"]), (429, &json!(true)));
    assert_eq!(client.waits.first(), Some(&Duration::from_secs(7)));
    assert!(client.waits.iter().all(|wait| (1..=7).contains(&wait.as_secs())), "{:?}", client.waits);
    assert_eq!(vendor.requests().len(), asked + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_host_have_the_shape_that_the_clients_read() {
    let host = Setup::new().start().await;
    let query = format!("integrated_account_id={}", Uuid::new_v4());
    let missing = TypeScript::new(&host).call("POST", "/unified/ticketing/users", &query, Some(&ada())).await;
    let missing = missing.expect_err("there is no such account");
    assert_eq!(missing.status, 404);
    let members: Vec<_> = missing.data.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["statusCode", "error", "message"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_begins_with_an_empty_cursor_and_who_is_on_it_is_read_and_deleted() {
    let directory = Directory::new();
    let vendor = Vendor::start(directory.behaviour()).await;
    let host = Setup::new().plugin_at("pager", &vendor.url()).start().await;
    let account = host.account_with("pager", "tenant", &[("style", "cursor")]).await;
    let mut client = TypeScript::new(&host);
    let (mut ids, mut cursor) = (Vec::new(), Some(String::new()));
    while let Some(next) = cursor {
        let query = format!("integrated_account_id={account}&limit=5&next_cursor={next}");
        let page = client.call("GET", "/unified/ticketing/users", &query, None).await.expect("a page");
        ids.extend(page["result"].as_array().expect("rows").iter().map(|user| user["id"].clone()));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
    }
    assert_eq!(json!(ids), json!(directory.ids(|_| true)));
    let (path, query) = (
        format!("/unified/ticketing/users/{}", ids[7].as_str().expect("text")),
        format!("integrated_account_id={account}"),
    );
    let user = client.call("GET", &path, &query, None).await.expect("a user");
    assert_eq!(user["id"], ids[7]);
    let deleted = client.call("DELETE", &path, &query, None).await.expect("an identifier");
    assert_eq!(deleted, json!({ "id": ids[7] }));
    for method in ["GET", "DELETE"] {
        let gone = client.call(method, &path, &query, None).await.expect_err("nobody");
        assert_eq!((gone.status, &gone.data["truto_is_remote_error"]), (404, &json!(true)));
    }
}
