//! `mortise new --from-openapi`: the documents that it reads, the documents that it refuses, and that a refusal leaves
//! no file behind. The tools tests (`tests/tools`) build drafts.

use std::fs::{self, File};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{assert_refused, directory, run, text};

/// A document with users whose schema is `user`, and the schemas in `more`.
fn document(user: &Value, more: &[(&str, Value)]) -> Value {
    let mut schemas = Map::from_iter([("User".to_owned(), user.clone())]);
    schemas.extend(more.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    let answer = json!({"description": "A user.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}});
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Acme API", "version": "1"},
        "servers": [{"url": "https://api.acme.example.com"}],
        "paths": {"/users/{id}": {"get": {"parameters": id, "responses": {"200": answer}}}},
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    })
}

fn user() -> Value {
    json!({"type": "object", "properties": {"id": {"type": "string"}, "email": {"type": "string"}}})
}

/// Drafts `acme` from this text, with these further arguments.
fn draft(directory: &TempDir, document: &str, arguments: &[&str]) -> Output {
    fs::write(directory.path().join("acme.yaml"), document).expect("writable");
    run(directory, &[&["new", "acme", "--from-openapi", "acme.yaml"], arguments].concat())
}

/// Asserts that the command refuses to draft from this text with these messages, and leaves no file behind.
#[track_caller]
fn refused(document: &str, arguments: &[&str], messages: &[&str]) {
    let directory = directory();
    let output = draft(&directory, document, arguments);
    for message in messages {
        assert_refused(&output, message);
    }
    let left: Vec<_> =
        fs::read_dir(directory.path()).expect("a folder").flatten().map(|file| file.file_name()).collect();
    assert_eq!(left, ["acme.yaml"], "the command left no file behind");
}

#[test]
fn a_draft_is_a_project_of_the_template_and_its_list_names_each_operation() {
    let directory = directory();
    let output = draft(&directory, &document(&user(), &[]).to_string(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for part in [
        "made acme\n\nDrafted for user-directory:\n  get     GET /users/{id}\n",
        "Left to do, each a TODO in src/lib.rs:\n  category\n",
        "\nNext:\n  cd acme\n",
        "  mortise test\n",
    ] {
        assert!(told.contains(part), "`{part}` is missing in:\n{told}");
    }
    let read = |file: &str| fs::read_to_string(directory.path().join("acme").join(file)).expect(file);
    assert!(read("src/lib.rs").contains("mortise_sdk::export!(AcmeIntegration);"));
    assert!(read("README.md").contains("| get | `GET /users/{id}` |"), "{}", read("README.md"));
    assert!(
        read("Cargo.toml").contains("mortise-plugin-acme") && read("rust-toolchain.toml").contains("wasm32-wasip2")
    );
    let cassette: Value = serde_json::from_str(&read("cassettes/get.json")).expect("JSON");
    assert_eq!(cassette["$schema"], "../.mortise/sdk/cassette.schema.json");
    assert!(!directory.path().join("acme/cassettes/create.json").exists(), "the template's cassette is gone");
}

#[test]
fn what_is_no_document_is_refused_with_the_line_and_what_is_missing() {
    refused("openapi: 3.0.0\npaths:\n  /users: {get: [\n", &[], &["--from-openapi: ", "line "]);
    refused("{\"openapi\": \"3.0.0\",\n \"paths\": {]}", &[], &["--from-openapi: ", "line 2"]);
    refused("openapi: 4.0.0\npaths: {}\n", &[], &["it needs `openapi: 3.0.x`"]);
    refused("openapi: 3.0.0\npaths: {/orders: {get: {}}}\n", &[], &["--resource", "/orders (list)"]);
    let answers = "{get: {responses: {200: {description: Done.}}}}";
    let mute = format!("openapi: 3.0.0\npaths: {{'/users/{{id}}': {answers}}}\n");
    refused(&mute, &[], &["GET /users/{id}: not drafted: no user is found in its answer"]);
}

#[test]
fn a_reference_that_cannot_be_followed_is_named_by_its_place() {
    let at = "/components/schemas/User/properties/email";
    let with = |reference: &str, more: &[(&str, Value)]| {
        let mut user = user();
        user["properties"]["email"] = json!({"$ref": reference});
        document(&user, more).to_string()
    };
    let circle = [("A", json!({"$ref": "#/components/schemas/B"})), ("B", json!({"$ref": "#/components/schemas/A"}))];
    refused(&with("#/components/schemas/A", &circle), &[], &[at, "leads in a circle"]);
    refused(&with("#/components/schemas/Gone", &[]), &[], &["#/components/schemas/Gone"]);
    refused(&with("other.yaml#/Email", &[]), &[], &["other.yaml"]);
}

#[test]
fn a_document_whose_schemas_name_each_other_without_end_is_read_in_bounded_time() {
    // A user has a manager, who is a user: this circle does not matter.
    let mut person = user();
    person["properties"]["manager"] = json!({"$ref": "#/components/schemas/User"});
    let output = draft(&directory(), &document(&person, &[]).to_string(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));

    // Each of 60 schemas names all of them, as members and as variants.
    let names: Vec<_> = (0..60).map(|number| format!("S{number}")).collect();
    let reference = |name: &String| json!({"$ref": format!("#/components/schemas/{name}")});
    let members: Map<String, Value> = names.iter().map(|name| (name.clone(), reference(name))).collect();
    let tangle = json!({"type": "object", "properties": members, "required": names});
    let variants = json!({"oneOf": names.iter().map(reference).collect::<Vec<_>>()});
    for schema in [tangle, variants] {
        let more: Vec<_> = names.iter().map(|name| (name.as_str(), schema.clone())).collect();
        let begin = Instant::now();
        let output = draft(&directory(), &document(&schema, &more).to_string(), &[]);
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
        assert_refused(&output, "--from-openapi: ");
    }

    let directory = directory();
    let huge = File::create(directory.path().join("huge.yaml")).expect("writable");
    huge.set_len(65 << 20).expect("a file of holes");
    let output = run(&directory, &["new", "acme", "--from-openapi", "huge.yaml"]);
    assert!(text(&output.stderr).contains("the file is larger than 67108864 bytes"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_author_chooses_among_resources_and_a_draft_is_in_rust() {
    let mut two = document(&user(), &[]);
    let users = two["paths"]["/users/{id}"].clone();
    two["paths"]["/teams/{team}/users/{id}"] = users.clone();
    two["paths"]["/agents/{id}"] = users;
    let two = two.to_string();
    let directory = directory();
    let output = draft(&directory, &two, &["--resource", "/agents"]);
    assert!(text(&output.stdout).contains("  get     GET /agents/{id}\n"), "{}", text(&output.stdout));
    let mut many = document(&user(), &[]);
    let users = many["paths"]["/users/{id}"].clone();
    for number in 0..25 {
        many["paths"][format!("/x{number}/members/{{id}}")] = users.clone();
    }
    let (_, told) = drafted(&many);
    assert!(told.contains("/x1/members (get), ") && told.contains(", and 5 more "), "the list is bounded: {told}");
    refused(&two, &["--resource", "/sheep"], &["--resource: it has no `/sheep`", "/agents (get)", "/users (get)"]);
    refused(&two, &["--lang", "js"], &["drafts are written in Rust"]);
    refused(&two, &["--lang", "python"], &["drafts are written in Rust"]);
    assert_refused(&run(&directory, &["new", "zeta", "--resource", "/agents"]), "--from-openapi");
}

#[test]
fn a_documents_words_stay_words_in_the_draft_and_on_the_terminal() {
    let mut hostile = document(&user(), &[]);
    let end = "\n}\nfn injected() {}\n\u{1b}[2J\" ); //";
    hostile["info"]["title"] = json!(format!("Acme {end}"));
    let get = hostile["paths"]["/users/{id}"]["get"].clone();
    hostile["paths"][format!("/users{end}")] = json!({"get": get});
    let mut members = user();
    members["properties"][end] = json!({"type": "string"});
    hostile["components"]["schemas"]["User"] = members;
    let directory = directory();
    let output = draft(&directory, &hostile.to_string(), &["--resource", "/users"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let source = fs::read_to_string(directory.path().join("acme/src/lib.rs")).expect("a draft");
    for shown in [&source, text(&output.stdout)] {
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(!shown.lines().any(|line| line.trim_start().starts_with("fn injected")), "{shown}");
    }
}

/// The code of a draft from this document, and what the command printed.
fn drafted(document: &Value) -> (String, String) {
    let directory = directory();
    let output = draft(&directory, &document.to_string(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let read = |file: &str| fs::read_to_string(directory.path().join("acme").join(file)).expect(file);
    let told = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    (read("src/lib.rs"), told)
}

/// The code of a draft for a vendor with this security scheme, and the list of what the author has to do.
fn signed(scheme: &Value, scopes: &[&str]) -> (String, String) {
    let mut document = document(&user(), &[]);
    document["components"]["securitySchemes"] = json!({"own": scheme});
    document["security"] = json!([{"own": scopes}]);
    drafted(&document)
}

fn by_client(token: &str) -> Value {
    json!({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": token, "scopes": {}}}})
}

#[test]
fn a_token_url_that_the_host_refuses_is_left_out_with_the_reason() {
    for (token, origin) in [
        ("https://auth.acme.com", Some("https://auth.acme.com")),
        ("https://auth.acme.com/", Some("https://auth.acme.com")),
        ("https://auth.acme.com/oauth/token", Some("https://auth.acme.com/oauth")),
        ("https://api.acme.example.com/token", None),
        ("/oauth/token", None),
    ] {
        let (source, told) = signed(&by_client(token), &[]);
        assert!(source.contains(".oauth(Exchange::client_credentials("), "{token}:\n{source}");
        assert_eq!(source.matches(".origin(").count(), 1 + usize::from(origin.is_some()), "{token}:\n{source}");
        assert!(origin.is_none_or(|origin| source.contains(&format!(".origin({origin:?})"))), "{token}:\n{source}");
        assert!(!told.contains("is not declared"), "{token}: {told}");
    }
    for token in [
        "https://localhost:8443/oauth/token",
        "https://127.0.0.1/tok",
        "https://auth.acme.com/oauth/token#x",
        "https://me@auth.acme.com/oauth/token",
        "https://auth.acme.com/oauth/token?a=b",
        "https://auth.acme.com/oauth/../token",
        "http://auth.acme.com/token",
        "https:",
    ] {
        let (source, told) = signed(&by_client(token), &[]);
        assert!(!source.contains(".oauth("), "{token}:\n{source}");
        assert_eq!(source.matches(".origin(").count(), 1, "{token}:\n{source}");
        assert!(told.contains("OAuth 2.0 by `clientCredentials` is not declared"), "{token}: {told}");
    }
    let consent = json!({"tokenUrl": "https://auth.acme.com/t", "authorizationUrl": "https://auth.acme.com/a#x"});
    let (source, told) = signed(&json!({"type": "oauth2", "flows": {"authorizationCode": consent}}), &[]);
    assert!(!source.contains(".oauth(") && told.contains("OAuth 2.0 by `authorizationCode` is not declared"), "{told}");
}

#[test]
fn a_key_that_the_host_does_not_sign_with_is_left_out_with_the_reason() {
    for (place, name) in
        [("header", "X API Key"), ("header", "Host"), ("header", "Content-Length"), ("header", ""), ("query", "")]
    {
        let (source, told) = signed(&json!({"type": "apiKey", "in": place, "name": name}), &[]);
        assert!(!source.contains(&format!("Auth::{place}(")), "{name}:\n{source}");
        assert!(told.contains(&format!("the host sends no credential in a {place} named `{name}`")), "{name}: {told}");
    }
    let (source, _) = signed(&json!({"type": "apiKey", "in": "header", "name": "X-API-Key"}), &[]);
    assert!(source.contains("Auth::header(\"x-api-key\", \"{x_api_key}\")"), "{source}");
}

#[test]
fn scopes_are_asked_for_as_they_are_written() {
    let scopes = ["a\"b", "users:read", "{client_secret}", "two words"];
    let (source, told) = signed(&by_client("https://auth.acme.com/token"), &scopes);
    assert!(source.contains(r#".scope("a\"b users:read")"#), "{source}");
    assert!(told.contains("`two words`, `{client_secret}`"), "{told}");
}

#[test]
fn the_users_identifier_is_the_last_variable_of_a_path_and_each_other_has_a_name_of_its_own() {
    let at = |server: &Value, path: &str| {
        let mut document = document(&user(), &[]);
        document["servers"] = json!([server]);
        let get = document["paths"]["/users/{id}"].take();
        document["paths"] = json!({path: get});
        drafted(&document).0
    };
    let plain = |url: &str| json!({"url": url});
    for (server, path, route, variables) in [
        (plain("https://api.acme.com/{id}/v1"), "/users/{id}", "/{parent_id}/v1/users/{id}", &["parent_id"][..]),
        (
            plain("https://api.acme.com"),
            "/orgs/{org_id}/{orgId}/users/{id}",
            "/orgs/{org_id}/{org_id_2}/users/{id}",
            &["org_id", "org_id_2"],
        ),
        (plain("https://api.acme.com/{user}"), "/users/{user}", "/{user_of_account}/users/{id}", &["user_of_account"]),
        (plain("https://api.acme.com"), "/orgs/{id}/users/{id}", "/orgs/{parent_id}/users/{id}", &["parent_id"]),
    ] {
        let source = at(&server, path);
        assert!(source.contains(&format!("path!({route:?})")), "{path}:\n{source}");
        let declared: Vec<_> =
            source.split("Variable::new(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
        assert_eq!(declared, variables, "{source}");
        for variable in variables {
            let bound = format!("let {variable} = call.required_variable({variable:?})?;");
            assert_eq!(source.matches(&bound).count(), 1, "{variable}:\n{source}");
        }
    }
    // The variable of the host differs from that of the path, although their names are alike.
    let source = at(&plain("https://{orgId}.acme.example.com"), "/orgs/{org_id}/users/{id}");
    assert!(source.contains("https://{org_id}.acme.example.com"), "{source}");
    assert!(source.contains("path!(\"/orgs/{org_id_2}/users/{id}\")"), "{source}");
}
