//! The OpenAPI document that a client gets.

use mortise_tests::client::{Answer, Client};
use mortise_tests::host::{Setup, create, update};
use mortise_tests::vendor::{self, Vendor};
use serde_json::{Value, json};

use crate::fixtures;

fn names(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn request<'d>(document: &'d Value, name: &str) -> &'d Value {
    &document["components"]["schemas"][name]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_field_by_field_what_each_integration_makes_of_it() {
    let (_vendor, host) = fixtures::start().await;
    let anybody = Client::new(host.address);
    let answer = anybody.get("/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["security"], json!([{ "token": [] }]));

    let create = request(&document, "TicketingCreateUserRequest");
    assert_eq!(
        create["properties"]["name"]["x-mortise-integrations"],
        json!({
            "dixa": { "level": "required" },
            "planhat": { "level": "ignored", "note": "Planhat makes it of first_name and last_name" },
        }),
    );
    assert_eq!(
        create["properties"]["status"]["x-mortise-integrations"]["planhat"]["values"],
        json!(["active", "inactive"])
    );
    let role = &create["properties"]["roles"]["items"]["properties"]["name"]["x-mortise-integrations"]["planhat"];
    assert!(role["note"].as_str().is_some_and(|note| note.contains("identifier")), "{role}");
    // A field that every integration requires is required in the document.
    assert_eq!(create["required"], json!(["emails"]));
    let answers = request(&document, "TicketingUpdateUserResult");
    assert_eq!(names(&answers["properties"]["team_ids"]["x-mortise-integrations"]), ["dixa"]);
    assert_eq!(names(&answers["properties"]["id"]["x-mortise-integrations"]), ["dixa", "planhat"]);
    let parameters =
        document["paths"]["/unified/user-directory/users"]["post"]["parameters"].as_array().expect("a list");
    let organization = parameters.iter().find(|p| p["name"] == "organization_id").expect("it is declared");
    assert_eq!((&organization["required"], &organization["in"]), (&json!(true), &json!("query")));
    let headers = names(&document["components"]["headers"]);
    for header in ["x-request-id", "mortise-generation", "mortise-ignored-fields", "retry-after", "idempotent-replayed"]
    {
        assert!(headers.contains(&header), "{header}");
    }
    assert!(parameters.iter().any(|p| p["name"] == "Idempotency-Key" && p["in"] == "header"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_document_is_a_route_of_the_host() {
    let (_vendor, host) = fixtures::start().await;
    let document = host.client().get("/openapi.json").await.json();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let target = path.replace("{id}", "nobody").replace("{slug}", "nothing");
        for method in names(operations) {
            let answer = host.client().send(&method.to_uppercase(), &target, Some(&json!({}))).await;
            let no_route = answer.status == 404 && answer.text().contains("no such route");
            assert!(!no_route && answer.status != 405, "{method} {path}: {}", answer.text());
            let documented = &operations[method]["responses"];
            assert!(documented.get(answer.status.to_string()).is_some(), "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_the_document_does_not_have_at_a_path_is_a_405() {
    let (_vendor, host) = fixtures::start().await;
    let document = host.client().get("/openapi.json").await.json();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let target = path.replace("{id}", "nobody").replace("{slug}", "nothing");
        let documented = names(operations);
        for method in ["get", "post", "put", "patch", "delete"] {
            if !documented.contains(&method) {
                let answer = host.client().send(&method.to_uppercase(), &target, Some(&json!({}))).await;
                assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_one_integration_requires_what_it_requires_and_offers_what_it_offers() {
    let (_vendor, host) = fixtures::start().await;
    let anybody = Client::new(host.address);
    let document = anybody.get("/openapi.json?integration=planhat").await.json();
    let create = request(&document, "TicketingCreateUserRequest");
    let mut required: Vec<&str> =
        create["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    required.sort_unstable();
    assert_eq!(required, ["emails", "first_name", "last_name", "nick_name"]);
    assert_eq!(create["properties"]["first_name"]["minLength"], 1);
    assert_eq!(create["properties"]["status"]["enum"], json!(["active", "inactive", null]));
    let paths = names(&document["paths"]);
    assert!(paths.contains(&"/unified/crm/users/{id}"));
    assert!(!paths.contains(&"/unified/user-directory/users"), "{paths:?}");
    assert_eq!(names(&document["paths"]["/unified/crm/users"]), ["get"], "Planhat creates no crm users");
    let dixa = anybody.get("/openapi.json?integration=dixa").await.json();
    let body = &dixa["paths"]["/integrated-account"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["oneOf"][0]["properties"]["context"]["required"], json!(["api_token"]));

    assert_eq!(anybody.get("/openapi.json?integration=nothing").await.status, 404);
    assert_eq!(anybody.get("/openapi.json?integration[]=x&integration[]=y").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_variables_are_bounded_by_what_they_fill_and_told_apart_where_integrations_share_a_name() {
    let host = Setup::new().plugin("dixa").plugin("planhat").plugin("salesforce").start().await;
    let anybody = Client::new(host.address);
    let context = |document: &Value| {
        let body =
            &document["paths"]["/integrated-account/{id}"]["patch"]["requestBody"]["content"]["application/json"];
        body["schema"]["properties"]["context"]["properties"].clone()
    };
    let all = context(&anybody.get("/openapi.json").await.json());
    assert_eq!(all["cluster"]["maxLength"], 63);
    assert_eq!(all["my_domain"]["maxLength"], 253 - ".my.salesforce.com".len());
    let titles: Vec<_> = all["api_token"]["anyOf"].as_array().expect("two").iter().map(|one| &one["title"]).collect();
    assert_eq!(titles, ["Dixa", "Planhat"]);
    let one = context(&anybody.get("/openapi.json?integration=planhat").await.json());
    assert_eq!((&one["api_token"]["anyOf"], &one["api_token"]["writeOnly"]), (&Value::Null, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_has_the_document_is_told_so_until_other_plugins_are_loaded() {
    let (_vendor, host) = fixtures::start().await;
    let anybody = Client::new(host.address);
    let tag = |answer: &Answer| answer.header("etag").expect("a tag").to_owned();
    for target in ["/openapi.json", "/openapi.json?integration=dixa", "/docs", "/docs/ticketing/create-user"] {
        let first = anybody.get(target).await;
        let again = anybody.clone().header("if-none-match", &format!("\"other\", {}", tag(&first))).get(target).await;
        assert_eq!((again.status, again.body.len(), tag(&again)), (304, 0, tag(&first)), "{target}");
        assert_eq!(anybody.get(target).await.body, first.body, "{target}: the order is stable");
        assert_eq!(first.header("cache-control"), Some("no-cache"));
    }
    // Another host with the same plugins writes the same document. A host with fewer plugins writes another one.
    let (_vendor, same) = fixtures::start().await;
    assert_eq!(tag(&Client::new(same.address).get("/openapi.json").await), tag(&anybody.get("/openapi.json").await));
    let fewer = Setup::new().plugin("dixa").start().await;
    assert_ne!(tag(&Client::new(fewer.address).get("/openapi.json").await), tag(&anybody.get("/openapi.json").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_reads_and_deletions_are_described_with_what_each_integration_declares() {
    let host = Setup::new().plugin("puppet").start().await;
    let anybody = Client::new(host.address);
    let document = anybody.get("/openapi.json").await.json();
    let path = &document["paths"]["/unified/ticketing/users"]["get"];
    let parameters = path["parameters"].as_array().expect("a list");
    let of = |name: &str| parameters.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(of("created_at[gte]")["schema"]["format"], "date-time");
    assert_eq!(of("created_at[gte]")["x-mortise-integrations"], json!({"puppet": {"level": "writable"}}));
    assert_eq!(names(&of("sort_by")["schema"]["properties"]), ["name"]);
    let keys = of("truto_key_by")["schema"]["enum"].as_array().expect("a list");
    assert!(keys.contains(&json!("created_at")) && !keys.contains(&json!("remote_data")), "{keys:?}");
    assert!(of("limit")["schema"]["minimum"] == 1 && of("next_cursor")["allowEmptyValue"] == true);
    assert!(path.get("requestBody").is_none() && parameters.iter().all(|p| p["in"] == "query"));
    let page = request(&document, "TicketingListUsersResult");
    assert_eq!(page["required"], json!(["result", "next_cursor", "prev_cursor", "result_count"]));
    assert!(names(&path["responses"]["200"]["headers"]).contains(&"mortise-next-cursor"));
    let delete = &document["paths"]["/unified/ticketing/users/{id}"]["delete"];
    let headers = names(&delete["responses"]["200"]["headers"]);
    assert!(headers.contains(&"mortise-deletes") && headers.contains(&"idempotent-replayed"), "{headers:?}");
    assert!(delete["parameters"].as_array().expect("a list").iter().any(|p| p["name"] == "reassign_to"));
    assert_eq!(document["paths"]["/unified/crm/users"]["get"]["x-mortise-integrations"], json!([]));

    let host = Setup::new().plugin("demanding-puppet").start().await;
    let document = Client::new(host.address).get("/openapi.json").await.json();
    let parameters = document["paths"]["/unified/ticketing/users"]["get"]["parameters"].as_array().expect("a list");
    let required: Vec<_> = parameters.iter().filter(|p| p["required"] == true).map(|p| &p["name"]).collect();
    assert_eq!(required, ["integrated_account_id", "sort_by", "created_at[gte]"]);

    let page = async |path: &str| {
        let answer = anybody.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        answer.text()
    };
    for (path, there, absent) in [
        (
            "/docs/ticketing/list-users",
            &[
                "id=\"pages\"",
                "<code>created_at[gte]</code>",
                "mortise-next-cursor",
                "&quot;next_cursor&quot;",
                "next_cursor=$cursor",
            ][..],
            &["id=\"body\"", "mortise-ignored-fields", "content-type: application/json", "id=\"headers\""][..],
        ),
        (
            "/docs/ticketing/delete-user?integration=puppet",
            &[
                "<code>deactivates</code>",
                "can no longer sign in",
                "mortise-deletes",
                "id=\"answer-id\"",
                "id=\"query-reassign_to\"",
            ],
            &["id=\"body\"", "mortise-ignored-fields", "remote_data&quot;: {}"],
        ),
        (
            "/docs/ticketing/get-user",
            &["curl -sS --fail-with-body -X GET", "encodeURIComponent(env.USER_ID)"],
            &["id=\"body\"", "JSON.stringify(user)", "json.dumps(user)", "<code>idempotent-replayed</code></th>"],
        ),
        (
            "/docs/integration/puppet",
            &[
                "2 to 100; 3 without a <code>limit</code>",
                "<code>sort_by[name]</code>",
                "A deletion <code>deactivates</code>",
                "<code>updated_at</code>",
            ],
            &["id=\"ticketing-get-user-body\""],
        ),
    ] {
        let text = page(path).await;
        for part in there {
            assert!(text.contains(part), "{path}: {part}\n{text}");
        }
        for part in absent {
            assert!(!text.contains(part), "{path}: {part}");
        }
    }
    let own = page("/docs/integration/puppet").await;
    assert_eq!(own.matches(">Body</h3>").count(), 2, "of creations and updates alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_leads_to_the_pages() {
    let host = Setup::new().start().await;
    let anybody = Client::new(host.address);
    for client in [anybody.clone(), anybody.header("accept", "application/json")] {
        let answer = client.get("/").await;
        assert_eq!((answer.status, answer.header("location")), (307, Some("/docs")));
    }
    assert_eq!(host.operator().get("/").await.status, 404, "the operator's page stays where it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_plugins_describes_itself_too() {
    let host = Setup::new().start().await;
    let anybody = Client::new(host.address);
    let document = anybody.get("/openapi.json").await.json();
    assert_eq!(document["paths"]["/unified/crm/users"]["post"]["x-mortise-integrations"], json!([]));
    for target in
        ["/docs", "/docs/crm/create-user", "/docs/crm/list-users", "/docs/crm/delete-user", "/docs/errors", "/docs/api"]
    {
        assert_eq!(anybody.get(target).await.status, 200, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_one_vendor_are_answered_by_reads_and_lists_and_typed_there() {
    let user = json!({ "id": "1", "name": "Ada", "badge": 7, "seat": { "row": 3 }, "locker": 5 });
    let body = json!({ "user": user, "page": { "rows": [{ "user": user, "source": "" }] } });
    let vendor = Vendor::start(vendor::Answer::json(200, &body)).await;
    let host = Setup::new().plugin_at("own-fields", &vendor.url()).start().await;
    let account = host.account("own-fields").await;
    let expected = json!({ "id": "1", "name": "Ada", "badge": 7, "seat": { "row": 3 } });
    let query = "&truto_ignore_remote_data=true";
    let one = host.client().get(&update("ticketing", "1", account, query)).await;
    assert_eq!(one.json(), expected, "undeclared fields are left out");
    let list = host.client().get(&create("ticketing", account, query)).await;
    assert_eq!(list.json()["result"], json!([expected]));

    let document = host.client().get("/openapi.json").await.json();
    let got = &request(&document, "TicketingGetUserResult")["properties"];
    let row =
        &request(&document, "TicketingListUsersResult")["properties"]["result"]["anyOf"][0]["items"]["properties"];
    for user in [got, row] {
        assert_eq!(
            (&user["badge"]["type"], &user["seat"]["type"]),
            (&json!(["integer", "null"]), &json!(["object", "null"]))
        );
        let told = &user["badge"]["x-mortise-integrations"]["own-fields"];
        assert_eq!(told, &json!({ "level": "returned", "json_type": "integer" }));
    }
    // A request has only the own field that is declared as writable.
    let written = &request(&document, "TicketingUpdateUserRequest")["properties"];
    assert_eq!((&written["badge"]["type"][0], &written["seat"]), (&json!("integer"), &Value::Null));
    let capabilities = host.client().get("/integration/own-fields/capabilities").await.json();
    let get = capabilities["operations"].as_array().unwrap().iter().find(|one| one["operation"] == "get-user").unwrap();
    assert_eq!((&get["request"], &get["own"]), (&json!([]), &json!({ "badge": "integer", "seat": "object" })));
}
