//! The fields that a caller may write, their spellings, and the part of them that reaches the vendor.

use std::collections::BTreeSet;

use mortise_tests::client::{Answer, Connection};
use mortise_tests::host::{Host, create, update};
use mortise_tests::vendor::{self, Vendor};
use serde_json::{Value, json};

use crate::fixtures::{self, AGENT_ID, account, ada, agent, dixa};

/// The names of an answer's fields.
fn keys(answer: &Answer) -> BTreeSet<String> {
    answer.json().as_object().expect("an object").keys().cloned().collect()
}

/// The place and the path of each violation in an answer.
fn violations(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 400, "{}", answer.text());
    let body = answer.json();
    let failures = body["details"]["failures"].as_array().unwrap_or_else(|| panic!("no failures: {body}"));
    let text = |failure: &Value, name: &str| failure[name].as_str().unwrap().to_owned();
    failures.iter().map(|failure| (text(failure, "in"), text(failure, "path"))).collect()
}

fn paths(answer: &Answer) -> BTreeSet<String> {
    violations(answer).into_iter().map(|(_, path)| path).collect()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_excluded_in_every_spelling() {
    let (_vendor, host, account) = dixa(agent()).await;
    let ask = async |query: &str| host.client().post(&create("ticketing", account, query), &ada()).await;
    let all = keys(&ask("").await);
    assert!(all.is_superset(&names(["id", "name", "emails", "remote_data"])), "{all:?}");
    let without = |left_out: &[&str]| -> BTreeSet<String> {
        all.iter().filter(|name| !left_out.contains(&name.as_str())).cloned().collect()
    };
    for (query, left_out) in [
        ("&truto_exclude_fields[]=id&truto_exclude_fields[]=name", &["id", "name"][..]),
        ("&truto_exclude_fields[0]=id&truto_exclude_fields[1]=name", &["id", "name"]),
        ("&truto_exclude_fields%5B%5D=id&truto_exclude_fields%5B%5D=name", &["id", "name"]),
        ("&truto_exclude_fields%5B0%5D=id&truto_exclude_fields%5b1%5d=name", &["id", "name"]),
        ("&truto_exclude_fields=id,name", &["id", "name"]),
        ("&truto_exclude_fields=id%2Cname", &["id", "name"]),
        ("&truto_exclude_fields=id,+name", &["id", "name"]),
        ("&truto_exclude_fields=id,%20name,", &["id", "name"]),
        ("&truto_exclude_fields=id&truto_exclude_fields=name", &["id", "name"]),
        ("&truto_exclude_fields[]=id,name", &["id", "name"]),
        ("&truto_exclude_fields=n%61me", &["name"]),
        ("&truto_exclude_fields[]=remote_data", &["remote_data"]),
        ("&truto_exclude_fields=nobody,knows,these,id", &["id"]),
        ("&truto_exclude_fields=emails.email", &[]),
        ("&truto_exclude_fields=", &[]),
        ("&truto_exclude_fields=None", &[]),
        ("&truto_exclude_fields", &[]),
    ] {
        let answer = ask(query).await;
        assert_eq!((answer.status, keys(&answer)), (201, without(left_out)), "{query}");
    }
    let answer = ask("&truto_response_format=normalized&truto_exclude_fields=id,etag").await;
    assert!(keys(&answer).is_disjoint(&names(["id", "etag"])) && keys(&answer).contains("username"));
    let answer = ask("&truto_response_format=debug&truto_exclude_fields=id,remote_data").await;
    let result = &answer.json()["result"];
    assert!(result.get("id").is_none() && result.get("remote_data").is_none(), "{result}");
    assert_eq!(paths(&ask("&truto_exclude_fields[a]=id").await), names(["truto_exclude_fields"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_data_is_left_out_where_it_is_not_wanted() {
    let (_vendor, host, account) = dixa(agent()).await;
    for (value, has) in [("true", false), ("True", false), ("TRUE", false), ("false", true), ("None", true), ("", true)]
    {
        let target = create("ticketing", account, &format!("&truto_ignore_remote_data={value}"));
        let answer = host.client().post(&target, &ada()).await;
        assert_eq!((answer.status, keys(&answer).contains("remote_data")), (201, has), "{value}");
    }
    let target = create("ticketing", account, "&truto_ignore_remote_data=yes");
    assert_eq!(paths(&host.client().post(&target, &ada()).await), names(["truto_ignore_remote_data"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn null_clears_a_field_and_an_absent_one_stays() {
    let (vendor, host) = fixtures::start().await;
    let dixa = account(&host, "dixa", "placeholder-value").await;
    let target = update("ticketing", AGENT_ID, dixa, "&truto_response_format=raw");
    let full = json!({"data": {
        "id": AGENT_ID, "displayName": "Ada", "email": "ada@example.com", "phoneNumber": "+4512345678",
        "firstName": "Ada", "lastName": "Example", "avatarUrl": "https://example.com/a.png",
    }});

    // Absent: the host sends only the caller's fields.
    vendor.next(vendor::Answer::json(200, &full));
    let answer = host.client().patch(&target, &json!({"name": "Ada", "first_name": "A."})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = vendor.requests();
    assert_eq!((sent[0].method.as_str(), sent[0].json()), ("PATCH", json!({"displayName": "Ada", "firstName": "A."})));

    // Null: Dixa's API has no null. The plugin reads the agent, and replaces it by an agent without the field.
    vendor.next(vendor::Answer::json(200, &full)).next(vendor::Answer::json(200, &full));
    let answer = host.client().patch(&target, &json!({"name": "Ada", "last_name": null})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = &vendor.requests()[1..];
    let methods: Vec<_> = sent.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(methods, ["GET", "PUT"]);
    let replaced = json!({
        "displayName": "Ada", "phoneNumber": "+4512345678", "firstName": "Ada", "avatarUrl": "https://example.com/a.png",
    });
    assert_eq!(sent[1].json(), replaced);

    // Planhat accepts a null for a custom field and an empty list for the roles. It requires a name.
    let planhat = account(&host, "planhat", "placeholder-value").await;
    let target = update("ticketing", "61fbb2b7a5aa6b0d24c3e7d1", planhat, "");
    let change = json!({"roles": null, "custom_fields": {"Region": null}});
    assert_eq!(host.client().patch(&target, &change).await.status, 200);
    let sent = vendor.requests();
    assert_eq!(sent.last().unwrap().json(), json!({"roles": [], "custom": {"Region": null}}));
    let answer = host.client().patch(&target, &json!({"first_name": null})).await;
    assert_eq!(paths(&answer), names(["first_name"]));
    assert_eq!(vendor.requests().len(), sent.len(), "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_the_vendor_cannot_write_is_named_and_with_strict_refused() {
    let (vendor, host, account) = dixa(agent()).await;
    let mut body = ada();
    body["username"] = json!("ada");
    body["user_type"] = json!("bot");
    body["nobody knows, this"] = json!(1);
    body["id"] = json!("1");
    let answer = host.client().post(&create("ticketing", account, ""), &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let ignored = answer.header("mortise-ignored-fields");
    assert_eq!(ignored, Some("username, user_type, nobody%20knows%2C%20this, id"));
    assert_eq!(vendor.requests()[0].json(), json!({"displayName": "Ada Example", "email": "ada@example.com"}));
    let stream = create("ticketing", account, "&truto_response_format=stream");
    assert_eq!(host.client().post(&stream, &body).await.header("mortise-ignored-fields"), ignored);
    assert_eq!(host.client().post(&stream, &ada()).await.header("mortise-ignored-fields"), None);

    let strict = create("ticketing", account, "&mortise_strict=true");
    let sent = vendor.requests().len();
    let answer = host.client().post(&strict, &body).await;
    assert_eq!(paths(&answer), names(["username", "user_type", "nobody knows, this"]), "a record's id does no harm");
    assert_eq!(vendor.requests().len(), sent);
    assert_eq!(host.client().post(&strict, &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_violation_is_reported_at_once_and_nothing_is_sent() {
    let (vendor, host) = fixtures::start().await;
    let client = host.client();
    let dixa = account(&host, "dixa", "placeholder-value").await;
    let planhat = account(&host, "planhat", "placeholder-value").await;
    let clickup = account(&host, "clickup", "placeholder-value").await;

    let body = json!({"emails": [], "first_name": 5, "team_ids": {"a": 1}, "status": "asleep", "avatar": ["x"]});
    let target = create("ticketing", dixa, "&truto_response_format=xml&mortise_dry_run=7");
    let answer = client.post(&target, &body).await;
    let query = ["truto_response_format", "mortise_dry_run"].map(|path| ("query".to_owned(), path.to_owned()));
    let fields = ["first_name", "team_ids", "status", "avatar", "name", "emails"];
    let fields = fields.map(|path| ("body".to_owned(), path.to_owned()));
    let expected: BTreeSet<_> = query.into_iter().chain(fields).collect();
    assert_eq!(violations(&answer).into_iter().collect::<BTreeSet<_>>(), expected, "{}", answer.text());
    let insight = &answer.json()["truto_error_insight"]["missing_required_body_fields"]["value"];
    assert_eq!(insight, &json!(["name", "emails"]));
    assert!(answer.json().get("truto_is_remote_error").is_none());

    let answer = client.post(&create("ticketing", planhat, ""), &json!({"status": "gone", "last_name": null})).await;
    assert_eq!(paths(&answer), names(["first_name", "last_name", "nick_name", "emails", "status"]));
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("must be one of active, inactive"), "{message}");

    let answer = client.post(&create("user-directory", clickup, ""), &json!({})).await;
    let expected =
        [("query", "organization_id"), ("body", "emails")].map(|(at, path)| (at.to_owned(), path.to_owned()));
    assert_eq!(violations(&answer), expected);
    let answer = client.post(&create("user-directory", clickup, "&organization_id=None"), &json!({})).await;
    assert_eq!(violations(&answer), expected, "an empty value counts as missing");
    // A fault that only the plugin can find is a violation, too.
    let body = json!({"emails": [{"email": "a@example.com"}], "roles": ["member", "emperor"]});
    let answer = client.post(&create("user-directory", clickup, "&organization_id=9001"), &body).await;
    assert_eq!(paths(&answer), names(["roles[1]"]));
    assert_eq!(vendor.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_are_not_blank_and_one_address_is_primary() {
    let (vendor, host) = fixtures::start().await;
    let client = host.client();
    let planhat = account(&host, "planhat", "placeholder-value").await;
    let target = update("ticketing", "61fbb2b7a5aa6b0d24c3e7d1", planhat, "");
    for (body, path, rule) in [
        (json!({"first_name": " "}), "first_name", "first_name must not be blank"),
        (json!({"first_name": "\u{e0020}"}), "first_name", "first_name must not be blank"),
        (json!({"username": " \u{1d173}\u{e0100}"}), "username", "username must not be blank"),
        (
            json!({"emails": [{"email": "a@x.io"}, {"email": "\u{e0001}"}]}),
            "emails[1].email",
            "emails[1].email must not be blank",
        ),
        (json!({"name": "", "last_name": "Example"}), "name", "name must not be blank"),
        (
            json!({"emails": [{"email": "a@x.io"}, {"email": ""}]}),
            "emails[1].email",
            "emails[1].email must not be blank",
        ),
        (json!({"emails": [{"type": "other"}]}), "emails[0].email", "emails[0].email is required"),
        (
            json!({"emails": [{"email": "a@x.io", "type": "primary"}, {"email": "b@x.io", "type": "primary"}]}),
            "emails[1]",
            "emails[1] is marked as primary, and so is another address: only one may be",
        ),
    ] {
        let answer = client.patch(&target, &body).await;
        assert_eq!(paths(&answer), names([path]));
        assert_eq!(answer.json()["message"], rule);
    }
    let crm = update("crm", "61fbb2b7a5aa6b0d24c3e7d1", planhat, "");
    for blank in [" ", "\u{e0020}"] {
        assert_eq!(paths(&client.patch(&crm, &json!({"email": blank})).await), names(["email"]));
    }
    let answer = client.post(&create("ticketing", planhat, ""), &json!({"first_name": "", "emails": []})).await;
    assert_eq!(violations(&answer).len(), 4, "a blank field is named once: {}", answer.text());
    assert_eq!(vendor.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_addresses_are_sent_once() {
    let (vendor, host, account) = dixa(agent()).await;
    let emails = json!([{"email": "Ada@Example.com"}, {"email": "Ada@example.com"}, {"email": "ada@example.com"}]);
    let answer = host.client().post(&create("ticketing", account, ""), &json!({"name": "Ada", "emails": emails})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(String::from_utf8_lossy(&vendor.requests()[0].body).contains("\"Ada@Example.com\""));
    assert!(!String::from_utf8_lossy(&vendor.requests()[0].body).contains("\"Ada@example.com\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_the_deepest_nesting_that_a_body_may_have_reach_the_vendor() {
    let (vendor, host) = fixtures::start().await;
    let planhat = account(&host, "planhat", "placeholder-value").await;
    let target = update("ticketing", "61fbb2b7a5aa6b0d24c3e7d1", planhat, "");
    // Together with the body around them, the values have 127 levels, in the caller's request and in the vendor's.
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let value = format!(r#"{{"Deep":{}1{}}}"#, open.repeat(125), close.repeat(125));
        let body = format!(r#"{{"last_name":"Example","custom_fields":{value}}}"#);
        let answer = send_text(&host, "PATCH", &target, Some("application/json"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sent = String::from_utf8_lossy(&vendor.requests().last().expect("a request").body).into_owned();
        assert!(sent.contains(&value), "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_query_and_remote_data_go_into_the_primary_request_as_they_are() {
    let (vendor, host) = fixtures::start().await;
    let planhat = account(&host, "planhat", "placeholder-value").await;
    let query = "&remote_query[foo]=a%20b&remote_query[filter][name]=x&remote_query%5Blist%5D%5B%5D=1\
                 &remote_query[list][]=2&remote_query[empty]=";
    let target = update("ticketing", "61fbb2b7a5aa6b0d24c3e7d1", planhat, query);
    // Written as text: a JSON library would change the numbers and the order.
    let body = r#"{"last_name":"Example","custom_fields":{"Region":"EMEA","Nested":{"a":1,"b":[1]}},
        "remote_data":{"lastName":"The caller wins","custom":{"Nested":{"b":[2],"c":12345678901234567890},"ratio":1.0},
        "small":1E-7,"zeta":"\u0041","alpha":{}}}"#;
    let answer = send_text(&host, "PATCH", &target, Some("application/json"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = &vendor.requests()[0];
    // The plugin's keys are in alphabetical order. The keys of the caller's own data keep their order.
    let merged = concat!(
        r#"{"lastName":"The caller wins","custom":{"Nested":{"a":1,"b":[2],"c":12345678901234567890},"Region":"EMEA","#,
        r#""ratio":1.0},"small":1E-7,"zeta":"\u0041","alpha":{}}"#,
    );
    assert_eq!(String::from_utf8_lossy(&sent.body), merged);
    let decoded = sent.query().unwrap().replace("%5B", "[").replace("%5D", "]").replace("%20", "+");
    assert_eq!(decoded, "foo=a+b&filter[name]=x&list[]=1&list[]=2&empty=");

    // Only the primary request has `remote_query` and `remote_data`. Dixa's read of the teams has neither.
    let dixa = account(&host, "dixa", "placeholder-value").await;
    let target = update("ticketing", AGENT_ID, dixa, "&remote_query[foo]=bar");
    let answer = host.client().patch(&target, &json!({"name": "Ada", "remote_data": {"phoneNumber": "+45"}})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = &vendor.requests()[1..];
    assert_eq!((sent[0].query(), sent[1].query()), (Some("foo=bar"), None));
    assert_eq!(sent[0].json(), json!({"displayName": "Ada", "phoneNumber": "+45"}));

    for body in [json!({"name": "Ada", "remote_data": []}), json!({"name": "Ada", "remote_data": "x"})] {
        assert_eq!(paths(&host.client().patch(&target, &body).await), names(["remote_data"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_query_parameter_reaches_the_plugin() {
    let (vendor, host) = fixtures::start().await;
    let clickup = account(&host, "clickup", "placeholder-value").await;
    let body = json!({"emails": [{"email": "ada@example.com"}]});
    for query in ["&organization_id=9001", "&organization%5Fid=9001", "&nobody_knows=1&organization_id=9001"] {
        let answer = host.client().post(&create("user-directory", clickup, query), &body).await;
        assert_eq!(answer.status, 201, "{query}: {}", answer.text());
    }
    assert!(vendor.requests().iter().all(|request| request.target == "/clickup/api/v2/team/9001/user"));
    // The identifier is one path segment, or the host sends nothing.
    let answer = host.client().post(&create("user-directory", clickup, "&organization_id=a%3Fx%23y"), &body).await;
    assert_eq!((answer.status, vendor.requests()[3].path()), (404, "/clickup/api/v2/team/a%3Fx%23y/user"));
    let answer = host.client().post(&create("user-directory", clickup, "&organization_id=..%2F1"), &body).await;
    assert_eq!((answer.status, vendor.requests().len()), (400, 4), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn printed_example_bodies_are_accepted() {
    let (vendor, host) = fixtures::start().await;
    let client = host.client();
    let planhat = account(&host, "planhat", "placeholder-value").await;
    let clickup = account(&host, "clickup", "placeholder-value").await;
    let ticketing = json!({
        "name": "your_name", "emails": [], "first_name": "your_first_name", "last_name": "your_last_name",
        "avatar": "your_avatar", "team_ids": [], "roles": "owner", "nick_name": "your_nick_name",
        "username": "your_username", "user_type": "your_user_type", "password": "your_password", "languages": [],
        "status": "active", "remote_data": {},
    });
    let target = update("ticketing", "61fbb2b7a5aa6b0d24c3e7d1", planhat, "");
    let answer = client.patch(&target, &ticketing).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(vendor.requests().last().unwrap().json()["roles"], json!(["owner"]));
    let crm = json!({"name": "your_name", "is_active": true, "email": "your_email", "remote_data": {}});
    let target = update("crm", "61fbb2b7a5aa6b0d24c3e7d1", planhat, "");
    let answer = client.patch(&target, &crm).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let directory = json!({
        "name": "your_name", "password": "your_password", "group": 0, "roles": ["member"], "first_name": "your_first_name",
        "last_name": "your_last_name", "username": "your_username", "emails": [], "workspaces": [], "status": "active",
        "phones": [], "title": "your_title", "groups": [], "timezone": "your_timezone", "avatar": "your_avatar",
        "languages": [], "user_type": "your_user_type", "licensed_sheet_creator": true, "organizations": [],
        "created_at": "your_created_at", "licenses": [], "id": "your_id", "urls": [], "remote_data": {},
    });
    let target = update("user-directory", "184", clickup, "&organization_id=9001&truto_response_format=raw");
    // Without a custom role the plugin reads the member's first.
    vendor.next(vendor::Answer::json(200, &json!({"member": {"user": {"id": 184, "role": 3}}})));
    let answer = client.patch(&target, &directory).await;
    assert_eq!(answer.status, 200, "{}", answer.text());

    // Every form of roles.
    let target = update("ticketing", "61fbb2b7a5aa6b0d24c3e7d1", planhat, "");
    for (roles, expected) in [
        (json!("owner"), json!(["owner"])),
        (json!(["owner", "agent"]), json!(["owner", "agent"])),
        (json!([{"id": "1"}, {"name": "agent"}, {"id": 7, "name": "x"}, "owner"]), json!(["1", "agent", "7", "owner"])),
        (json!([]), json!([])),
    ] {
        let answer = client.patch(&target, &json!({"roles": roles})).await;
        assert_eq!(answer.status, 200, "{roles}: {}", answer.text());
        assert_eq!(vendor.requests().last().unwrap().json(), json!({"roles": expected}), "{roles}");
    }
    // The main address: the marked one, otherwise the first.
    for (emails, expected) in [
        (json!([{"email": "a@example.com"}]), "a@example.com"),
        (json!([{"email": "a@example.com"}, {"email": "b@example.com", "type": "primary"}]), "b@example.com"),
    ] {
        let answer = client.patch(&target, &json!({"emails": emails})).await;
        assert_eq!(answer.status, 200, "{emails}: {}", answer.text());
        assert_eq!(vendor.requests().last().unwrap().json(), json!({"email": expected}), "{emails}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sends_no_write_and_shows_it_without_credentials() {
    let (vendor, host) = fixtures::start().await;
    let secret = mortise_tests::canary::Canary::new();
    let dixa = account(&host, "dixa", secret.as_str()).await;
    for format in ["", "&truto_response_format=raw", "&truto_response_format=stream", "&truto_response_format=debug"] {
        let target = create("ticketing", dixa, &format!("&mortise_dry_run=true&remote_query[x]=1{format}"));
        let answer = host.client().post(&target, &ada()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let requests = body["requests"].as_array().unwrap();
        assert_eq!((&body["dry_run"], requests.len()), (&json!(true), 1), "{body}");
        assert_eq!(requests[0]["method"], "POST");
        assert!(requests[0]["url"].as_str().unwrap().ends_with("/dixa/v1/agents?x=1"), "{body}");
        assert_eq!(requests[0]["body"], json!({"displayName": "Ada Example", "email": "ada@example.com"}));
        assert_eq!(requests[0]["status"], Value::Null);
        secret.assert_absent("a dry run", answer.everything());
    }
    assert_eq!(vendor.requests(), []);

    // The host sends reads, because the body of the write depends on them.
    vendor.next(vendor::Answer::json(200, &json!({"data": {"id": "1", "displayName": "A", "lastName": "B"}})));
    let target = update("ticketing", AGENT_ID, dixa, "&mortise_dry_run=true");
    let answer = host.client().patch(&target, &json!({"name": "Ada", "last_name": null})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let shown: Vec<_> = body["requests"].as_array().unwrap().iter().map(|r| (&r["method"], &r["status"])).collect();
    assert_eq!(shown, [(&json!("GET"), &json!(200)), (&json!("PUT"), &Value::Null)]);
    let sent = vendor.requests();
    assert_eq!((sent.len(), sent[0].method.as_str()), (1, "GET"));

    // A dry run reports violations, too.
    let target = create("ticketing", dixa, "&mortise_dry_run=true");
    assert_eq!(paths(&host.client().post(&target, &json!({})).await), names(["name", "emails"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_body_is_read_whatever_its_content_type() {
    let (_vendor, host, account) = dixa(agent()).await;
    let (target, body) = (create("ticketing", account, ""), ada().to_string());
    for content_type in [
        None,
        Some("text/plain"),
        Some("text/plain;charset=UTF-8"),
        Some("application/vnd.api+json"),
        Some("Application/JSON"),
    ] {
        let answer = send_text(&host, "POST", &target, content_type, &body).await;
        assert_eq!(answer.status, 201, "{content_type:?}: {}", answer.text());
    }
    let answer = send_text(&host, "POST", &target, None, &format!("\u{feff} {body}\r\n")).await;
    assert_eq!(answer.status, 201, "a byte order mark and blanks: {}", answer.text());
    for content_type in ["application/x-www-form-urlencoded", "text/html", "multipart/form-data; boundary=x"] {
        assert_eq!(send_text(&host, "POST", &target, Some(content_type), &body).await.status, 415, "{content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leading_slashes_collapse_and_ids_are_decoded_once() {
    let vendor = Vendor::start(agent()).await;
    let host = fixtures::setup(&vendor).start().await;
    let dixa = account(&host, "dixa", "placeholder-value").await;
    for slashes in ["/", "//", "///"] {
        let target = format!("{slashes}{}", create("ticketing", dixa, ""));
        assert_eq!(host.client().post(&target, &ada()).await.status, 201, "{slashes}");
    }
    for (id, path) in [
        ("a%20b", "a%20b"),
        ("a%3Fb%23c", "a%3Fb%23c"),
        ("%C3%A9", "%C3%A9"),
        ("a%2541", "a%2541"),
        ("ada@example.com", "ada%40example.com"),
        ("urn:x:1+2", "urn%3Ax%3A1%2B2"),
    ] {
        let target = format!("/{}", update("ticketing", id, dixa, "&truto_response_format=raw"));
        let before = vendor.requests().len();
        let answer = host.client().patch(&target, &json!({"name": "Ada"})).await;
        assert_eq!(answer.status, 200, "{id}: {}", answer.text());
        let sent = &vendor.requests()[before..];
        assert_eq!(sent[0].target, format!("/dixa/v1/agents/{path}"), "{id}");
    }
    let sent = vendor.requests().len();
    let target = update("ticketing", "a%2Fb", dixa, "");
    assert_eq!(host.client().patch(&target, &json!({"name": "Ada"})).await.status, 400, "no identifier holds a slash");
    assert_eq!(vendor.requests().len(), sent);
}

/// Sends this text as the body, with this content type.
async fn send_text(host: &Host, method: &str, target: &str, content_type: Option<&str>, body: &str) -> Answer {
    let (token, length) = (host.admin_token(), body.len());
    let content_type = content_type.map(|value| format!("content-type: {value}\r\n")).unwrap_or_default();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: mortise\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\n{content_type}\r\n{body}"
    );
    let mut connection = Connection::open(host.address).await;
    connection.send(request).await.answer().await.expect("an answer")
}
