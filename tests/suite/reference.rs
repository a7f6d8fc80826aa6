//! The OpenAPI document, as a client gets it.

use mortise_tests::client::{Answer, Client};
use mortise_tests::host::Setup;
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
    // What every integration requires, the document requires.
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
    assert!(!paths.contains(&"/unified/crm/users") && !paths.contains(&"/unified/user-directory/users"), "{paths:?}");
    let body =
        &document["paths"]["/integrated-account"]["post"]["requestBody"]["content"]["application/json"]["schema"];
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
    // Another host with the same plugins writes the same; one with fewer does not.
    let (_vendor, same) = fixtures::start().await;
    assert_eq!(tag(&Client::new(same.address).get("/openapi.json").await), tag(&anybody.get("/openapi.json").await));
    let fewer = Setup::new().plugin("dixa").start().await;
    assert_ne!(tag(&Client::new(fewer.address).get("/openapi.json").await), tag(&anybody.get("/openapi.json").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_plugins_describes_itself_too() {
    let host = Setup::new().start().await;
    let anybody = Client::new(host.address);
    let document = anybody.get("/openapi.json").await.json();
    assert_eq!(document["paths"]["/unified/crm/users"]["post"]["x-mortise-integrations"], json!([]));
    for target in ["/docs", "/docs/crm/create-user", "/docs/errors", "/docs/api"] {
        assert_eq!(anybody.get(target).await.status, 200, "{target}");
    }
}
