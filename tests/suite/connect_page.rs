//! The connect page over HTTP: its content for each link, the account that it stores, and the limits for browsers.

use mortise_tests::canary::{Canary, Search};
use mortise_tests::client::{Answer, Client, raw};
use mortise_tests::host::{Host, Setup};
use mortise_tests::logs;
use serde_json::{Value, json};
use url::form_urlencoded;
use uuid::Uuid;

const APPLICATION: &str = "https://app.example.com";

/// A host without a public URL: its pages are at its own address.
async fn start(setup: Setup) -> Host {
    setup.connect(|connect| connect.operator_name = Some("Acme Apps".to_owned())).start().await
}

/// A host with a public URL, to which vendors can send people back.
async fn start_public(setup: Setup) -> Host {
    start(setup.connect(|connect| connect.public_url = "https://connect.example.com".parse().ok())).await
}

async fn application(host: &Host, slug: &str) {
    let application = json!({ "client_id": "the-client", "client_secret": "the-secret" });
    let answer = host.client().send("PUT", &format!("/app/{slug}"), Some(&application)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

async fn make(host: &Host, body: Value) -> String {
    let answer = host.client().post("/link-token", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["link_token"].as_str().expect("a token").to_owned()
}

async fn token(host: &Host) -> String {
    make(host, json!({ "tenant_id": "customer-1" })).await
}

async fn open(host: &Host, token: &str, further: &str) -> Answer {
    Client::new(host.address).get(&format!("/connect-account?link_token={token}{further}")).await
}

/// Sends a form as a browser does on a page of this origin, and follows the redirects.
async fn send(host: &Host, origin: Option<&str>, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let origin = origin.map(|origin| format!("origin: {origin}\r\n")).unwrap_or_default();
    let head = format!(
        "POST /connect-account HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{origin}content-type: \
         application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        host.address,
        body.len()
    );
    let answer = raw(host.address, head + &body).await.expect("an answer");
    match answer.header("location").filter(|_| answer.status == 303) {
        Some(done) => Client::new(host.address).get(done).await,
        None => answer,
    }
}

/// Sends a form from a page of the host.
async fn submit(host: &Host, fields: &[(&str, &str)]) -> Answer {
    send(host, Some(&format!("http://{}", host.address)), fields).await
}

async fn accounts(host: &Host) -> Vec<Value> {
    host.client().get("/integrated-account").await.json()["result"].as_array().expect("a list").clone()
}

fn shows(answer: &Answer, status: u16, texts: &[&str]) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for wanted in texts {
        assert!(text.contains(wanted), "{wanted} is not in: {text}");
    }
    text
}

/// The final message that the page's script posts.
fn message(page: &str) -> Value {
    let (_, rest) = page.split_once("data-message=\"").unwrap_or_else(|| panic!("no message in: {page}"));
    let text = rest.split('"').next().expect("an end").replace("&quot;", "\"").replace("&amp;", "&");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_choose_among_what_the_token_and_the_address_allow_and_only_one_is_no_choice() {
    let host = start_public(Setup::new().plugin("dixa").plugin("planhat").plugin("outreach")).await;
    application(&host, "outreach").await;
    let two = make(&host, json!({ "tenant_id": "customer-1", "integrations": ["dixa", "planhat"] })).await;
    let page = shows(
        &open(&host, &two, "").await,
        200,
        &["<h1 tabindex=\"-1\">Connect an account</h1>", "Acme Apps", "customer-1"],
    );
    assert!(page.contains(">Dixa</a>") && page.contains(">Planhat</a>") && !page.contains("Outreach"), "{page}");
    assert!(page.contains("Not you? Close this page.") && !page.contains("type=\"search\""), "{page}");

    let page = shows(&open(&host, &two, "&integration=dixa").await, 200, &["Connect Dixa", "Other integrations"]);
    assert!(page.contains("action=\"/connect-account\""), "{page}");
    let page = shows(&open(&host, &two, "&integration=dixa&no_back=true").await, 200, &["Connect Dixa"]);
    assert!(!page.contains("Other integrations"), "{page}");
    for further in ["&integrations=planhat", "&integrations=planhat,outreach", "&integrations=nothing,planhat"] {
        shows(&open(&host, &two, further).await, 200, &["<h1 tabindex=\"-1\">Connect Planhat</h1>"]);
    }
    for further in ["&integration=outreach", "&integration=nothing", "&integrations=outreach"] {
        let page =
            shows(&open(&host, &two, further).await, 404, &["This integration cannot be connected", "Reference"]);
        assert_eq!(message(&page)["error_type"], "invalid_integration");
    }
    // If the link token names no integrations, the page shows all of them.
    let page = shows(&open(&host, &token(&host).await, "").await, 200, &["Outreach"]);
    assert!(page.find("Dixa") < page.find("Outreach") && page.find("Outreach") < page.find("Planhat"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_ten_integrations_can_be_searched_and_are_all_listed_for_who_has_no_script() {
    let eleven = [
        "airtable",
        "clickup",
        "dixa",
        "freshdesk",
        "gitlab",
        "hubspot",
        "planhat",
        "salesforce",
        "smartsheet",
        "torii",
        "vercel",
    ];
    let host = start(eleven.into_iter().fold(Setup::new(), Setup::plugin)).await;
    let token = token(&host).await;
    let page = shows(&open(&host, &token, "").await, 200, &["<div class=\"search\" hidden>", "type=\"search\""]);
    assert_eq!(page.matches("<li>").count(), eleven.len(), "{page}");
    let ten = eleven[1..].join(",");
    let page = shows(&open(&host, &token, &format!("&integrations={ten}")).await, 200, &["<ul class=\"choice\""]);
    assert!(!page.contains("type=\"search\"") && page.matches("<li>").count() == 10, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_are_unknown_are_left_alone_and_those_that_are_doubled_or_too_long_are_refused() {
    let host = start(Setup::new().plugin("dixa")).await;
    let token = token(&host).await;
    shows(
        &open(&host, &token, "&skip_rapid_form=true&utm_source=mail&utm_source=x&auth_format=").await,
        200,
        &["Connect Dixa"],
    );
    shows(&open(&host, &token, &format!("&link_token={token}")).await, 400, &["given more than once"]);
    shows(&open(&host, &token, &format!("&integration={}", "x".repeat(300))).await, 400, &["longer than 256 bytes"]);
    let doubled = [("link_token", token.as_str()), ("context.api_token", "a"), ("context.api_token", "b")];
    shows(&submit(&host, &doubled).await, 400, &["context.api_token is given more than once"]);
    let json = Client::new(host.address).header("origin", &format!("http://{}", host.address));
    shows(&json.post("/connect-account", &json!({})).await, 415, &["application/x-www-form-urlencoded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_stores_an_account_and_uses_the_token_up() {
    let host = start(Setup::new().plugin("dixa")).await;
    let token = token(&host).await;
    let page =
        shows(&open(&host, &token, "").await, 200, &["name=\"context.api_token\"", "type=\"password\"", "required"]);
    assert!(page.contains("autocomplete=\"off\"") && page.contains("name=\"window\" value=\"same\""), "{page}");
    let fields = [
        ("link_token", token.as_str()),
        ("integration", "dixa"),
        ("context.api_token", "a-key"),
        ("context.nobody", "x"),
    ];
    let page = shows(&submit(&host, &fields).await, 200, &["Dixa is connected"]);
    let stored = accounts(&host).await;
    assert_eq!((stored.len(), &stored[0]["tenant_id"]), (1, &json!("customer-1")));
    assert_eq!(
        message(&page),
        json!({ "is_truto": true, "result": "success", "integration": "dixa", "integrated_account_id": stored[0]["id"] })
    );
    // The token is used up: the host refuses both the form and the page.
    for answer in [submit(&host, &fields).await, open(&host, &token, "&integration=dixa").await] {
        let page = shows(&answer, 403, &["This link cannot be used", "ask for a new link", "role=\"alert\""]);
        let message = message(&page);
        assert_eq!(message["result"], "error");
        assert_eq!(message["error_type"], "invalid_token");
        assert_eq!(message["integration"], "dixa");
        assert!(!page.contains(&token), "{page}");
    }
    assert_eq!(accounts(&host).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_form_stands_beside_its_field_and_secrets_are_not_shown_again() {
    let host = start(Setup::new().plugin("avalara-avatax").plugin("salesforce").plugin("dixa")).await;
    let token = token(&host).await;
    let canary = Canary::new();
    let fields = [
        ("link_token", token.as_str()),
        ("integration", "salesforce"),
        ("auth_format", "oauth2_client_credentials"),
        ("context.my_domain", "not/a/label"),
        ("context.client_id", canary.as_str()),
        ("context.client_secret", canary.as_str()),
    ];
    let answer = submit(&host, &fields).await;
    let page =
        shows(&answer, 422, &["<title>Error: Connect Salesforce", "role=\"alert\"", "href=\"#context-my_domain\""]);
    assert!(
        page.contains("aria-invalid=\"true\" aria-describedby=\"context-my_domain-error context-my_domain-hint\""),
        "{page}"
    );
    assert!(page.contains("id=\"context-my_domain-error\"") && page.contains("value=\"not/a/label\""), "{page}");
    assert!(page.contains("is part of the API's address"), "{page}");
    canary.assert_absent("the page", answer.everything());
    assert!(accounts(&host).await.is_empty());

    // The page reports a missing field of the chosen way, although the declaration has other ways that need no such
    // field.
    let missing =
        [("link_token", token.as_str()), ("integration", "salesforce"), ("auth_format", "oauth2-client-credentials")];
    let page = shows(&submit(&host, &missing).await, 422, &["is required"]);
    assert_eq!(page.matches("aria-invalid").count(), 3, "{page}");
    // The token is still good, and the second of two ways of one kind takes its own variables.
    let fields = [
        ("link_token", token.as_str()),
        ("integration", "avalara-avatax"),
        ("auth_format", "basic-2"),
        ("context.account_id", "123456789"),
        ("context.username", "somebody"),
        ("context.password", "a-key"),
    ];
    let page = shows(
        &open(&host, &token, "&integration=avalara-avatax&auth_format=basic-2").await,
        200,
        &["context.username"],
    );
    assert!(!page.contains("context.license_key"), "{page}");
    shows(&submit(&host, &fields).await, 200, &["is connected"]);
    assert_eq!(accounts(&host).await[0]["authentication_method"], "basic");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_looks_at_the_page_change_nothing() {
    let host = start(Setup::new().plugin("dixa")).await;
    let token = token(&host).await;
    let client = Client::new(host.address);
    for number in 0..100 {
        let (method, target) =
            (["GET", "HEAD"][number % 2], format!("/connect-account?link_token={token}&integration=dixa"));
        let answer = client.send(method, &target, None).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body.is_empty(), method == "HEAD");
    }
    let listed = host.client().get("/link-token").await.json();
    assert_eq!(listed["result"].as_array().map(Vec::len), Some(1));
    shows(&submit(&host, &[("link_token", &token), ("context.api_token", "a-key")]).await, 200, &["Dixa is connected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_page_is_refused() {
    let host = start(Setup::new().plugin("dixa")).await;
    let token = token(&host).await;
    let fields = [("link_token", token.as_str()), ("context.api_token", "a-key")];
    let (own, other_port) = (format!("http://{}", host.address), format!("http://{}1", host.address));
    for origin in [None, Some("null"), Some("https://evil.example.net"), Some(&*other_port), own.get(7..), Some("")] {
        shows(&send(&host, origin, &fields).await, 403, &["not sent from its own page"]);
    }
    shows(&send(&host, Some(&format!("{own}\r\norigin: {own}")), &fields).await, 403, &[]);
    assert!(accounts(&host).await.is_empty());
    // A proxy in front of the host ends TLS, so the browser's origin has another scheme than the host.
    shows(&send(&host, Some(&own.replace("http:", "https:")), &fields).await, 200, &["Dixa is connected"]);

    let public = "https://connect.example.com";
    let host = Setup::new().plugin("dixa").connect(|c| c.public_url = public.parse().ok()).start().await;
    let token = self::token(&host).await;
    let fields = [("link_token", token.as_str()), ("context.api_token", "a-key")];
    shows(&submit(&host, &fields).await, 403, &[]);
    shows(&send(&host, Some(public), &fields).await, 200, &["connect.example.com can use your account"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_labels_tenants_and_names_is_text() {
    let markup = "<script>document.title='taken'</script>";
    let host = Setup::new()
        .plugin("marked-up-words")
        .connect(|connect| connect.operator_name = Some(markup.to_owned()))
        .start()
        .await;
    let token = make(&host, json!({ "tenant_id": markup })).await;
    let pages = [
        open(&host, &token, "").await,
        open(
            &host,
            &token,
            &format!("&auth_format={}", form_urlencoded::byte_serialize(markup.as_bytes()).collect::<String>()),
        )
        .await,
        open(&host, "mrl_nothing", &format!("&integration={}", "%22%3E%3Cscript%3E")).await,
        submit(&host, &[("link_token", &token), ("context.region", markup)]).await,
    ];
    for page in pages {
        let text = page.text();
        assert_eq!(text.matches("<script").count(), 1, "{text}");
        assert!(text.contains("<script src=\"/connect-account/connect-") && !text.contains("<img"), "{text}");
    }
    // Help and closed sets are the integration's words, too.
    let page = open(&host, &token, "").await.text();
    let zone = page.split("<select id=\"context-zone\"").nth(1).and_then(|rest| rest.split("</div>").next());
    let zone = zone.unwrap_or_else(|| panic!("no closed set in: {page}"));
    assert_eq!(zone.matches("&lt;script&gt;").count(), 2, "a value and its text: {zone}");
    assert!(page.contains("<p class=\"hint\" id=\"context-zone-hint\">&lt;/title&gt;"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_application_has_entered_and_tokens_are_in_no_page_and_no_log() {
    let canaries = [Canary::new(), Canary::new()];
    let host = start(Setup::new().plugin("dixa").plugin("planhat")).await;
    let context = json!({ "api_token": canaries[0].as_str() });
    let token = make(&host, json!({ "tenant_id": "customer-1", "context": context, "integrations": ["dixa"] })).await;
    let page = open(&host, &token, "").await;
    let text = shows(&page, 200, &["Connect Dixa"]);
    assert!(!text.contains("context.api_token"), "the page does not ask for the token: {text}");
    // The host ignores a value for this field in a form.
    let connected = submit(&host, &[("link_token", &token), ("context.api_token", canaries[1].as_str())]).await;
    shows(&connected, 200, &["Dixa is connected"]);
    for answer in [&page, &connected] {
        Search::new(&canaries).assert_absent("a page", answer.everything());
    }
    let log = logs::captured();
    Search::new(&canaries).assert_absent("the log", &log);
    assert!(!log.contains(&token), "the link token is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_show_the_page_in_frames_of_the_allowed_origins_only_and_load_nothing_from_elsewhere() {
    let host = start(Setup::new().plugin("dixa")).await;
    let policy = |answer: &Answer| answer.header("content-security-policy").expect("a policy").to_owned();
    let form = open(&host, &token(&host).await, "").await;
    assert_eq!(
        policy(&form),
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri \
         'none'; frame-ancestors 'none'"
    );
    assert_eq!(form.header("referrer-policy"), Some("same-origin"));
    let refused = open(&host, "mrl_nothing", "").await;
    assert_eq!(refused.header("referrer-policy"), Some("no-referrer"));
    for answer in [&form, &refused] {
        assert!(answer.header("x-frame-options").is_none() && answer.header("cross-origin-opener-policy").is_none());
    }
    let host = Setup::new()
        .plugin("gitlab")
        .redirects(&["http://localhost:3000/done"])
        .connect(|connect| {
            connect.allowed_origins = vec![APPLICATION.parse().unwrap(), "http://localhost:3000".parse().unwrap()];
            connect.public_url = "https://connect.example.com".parse().ok();
            connect.color = "#00214d".parse().ok();
        })
        .start()
        .await;
    application(&host, "gitlab").await;
    let token = make(&host, json!({ "tenant_id": "t", "redirect_uri": "http://localhost:3000/done" })).await;
    let keys = open(&host, &token, "&auth_format=api_key").await;
    assert!(policy(&keys).contains("form-action 'self' http://localhost:3000; "), "{}", policy(&keys));
    let consent = open(&host, &token, "&auth_format=oauth2").await;
    assert!(policy(&consent).contains("form-action 'self' http://localhost:3000 https:; "), "{}", policy(&consent));
    let page = shows(&consent, 200, &["data-origins=\"https://app.example.com http://localhost:3000\""]);
    assert!(policy(&consent).ends_with("frame-ancestors https://app.example.com http://localhost:3000"));
    // The page's files exist, and browsers may keep them for ever.
    let client = Client::new(host.address);
    let files: Vec<_> =
        page.split('"').filter(|text| text.starts_with("/connect-account/") && text.contains('.')).collect();
    assert_eq!(files.len(), 3, "{page}");
    for file in files {
        let answer = client.get(file).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (200, Some("public, max-age=31536000, immutable")),
            "{file}"
        );
    }
    assert_eq!(client.get("/connect-account/color-ffffff.css").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_at_the_vendor_is_told_for_what_and_is_asked_for_no_token() {
    let host = start_public(Setup::new().plugin("gitlab").plugin("salesforce")).await;
    let token = token(&host).await;
    for slug in ["gitlab", "salesforce"] {
        application(&host, slug).await;
    }
    let page = shows(
        &open(&host, &token, "&integration=gitlab&auth_format=oauth2-refresh").await,
        200,
        &["action=\"/connect-account/start\"", "Continue to GitLab", "<code>api</code>"],
    );
    for name in ["refresh_token", "private_token", "redirect_uri"] {
        assert!(!page.contains(&format!("context.{name}")), "{name} in {page}");
    }
    let page = shows(&open(&host, &token, "&integration=gitlab").await, 200, &["Continue to GitLab"]);
    assert!(!page.contains("context.") && !page.contains("the-client"), "{page}");
    let page = shows(
        &open(&host, &token, "&integration=salesforce").await,
        200,
        &["context.my_domain", "What stands before .my.salesforce.com"],
    );
    assert!(!page.contains("context.client_id"), "{page}");
    let flow = |page: &str| page.split("name=\"flow\" value=\"").nth(1).unwrap()[..36].parse::<Uuid>().unwrap();
    let again = open(&host, &token, "&integration=salesforce").await.text();
    assert_ne!(flow(&page), flow(&again));
    // The page reports an unknown way, and shows another way.
    let page = shows(
        &open(&host, &token, "&integration=gitlab&auth_format=keka_oauth").await,
        200,
        &["cannot be connected in the way"],
    );
    assert!(page.contains("Continue to GitLab"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_offered_a_sign_in_that_is_not_set_up_and_only_the_log_says_how_to_mend_it() {
    let slugs = ["dixa", "gitlab", "outreach"];
    let setup = || slugs.into_iter().fold(Setup::new(), Setup::plugin);
    // An operator's application without a public URL; and a public URL without an application.
    let (unreachable, bare) = (start(setup()).await, start_public(setup()).await);
    for slug in ["gitlab", "outreach"] {
        application(&unreachable, slug).await;
    }
    let remedies = ["set connect.public_url to the address", "mortise app set outreach --client-id"];
    for (host, remedy) in [(&unreachable, remedies[0]), (&bare, remedies[1])] {
        let token = token(host).await;
        let page = shows(&open(host, &token, "").await, 200, &[">Dixa</a>", ">GitLab</a>"]);
        assert!(!page.contains("Outreach"), "{page}");
        let way = "&integration=gitlab&auth_format=oauth2";
        let page = shows(&open(host, &token, way).await, 200, &["context.private_token", "in the way that was asked"]);
        assert!(!page.contains("client") && !page.contains("Sign in to"), "{page}");
        for further in ["&integration=outreach", "&integrations=outreach"] {
            let answer = open(host, &token, further).await;
            let page = shows(&answer, 503, &["Connecting Outreach is not set up yet", "Tell Acme Apps about it"]);
            assert_eq!(message(&page)["error_type"], "invalid_integration");
            assert!(!page.contains("public_url") && !page.contains("mortise app"), "{page}");
            let log = logs::captured();
            let line = log.lines().find(|line| line.contains(remedy) && line.contains("outreach"));
            assert!(line.is_some_and(|line| line.contains("WARN")), "{remedy} is not in the log");
            let id = answer.header("x-request-id").expect("an id");
            assert!(page.contains(id) && log.contains(id), "{id}");
        }
    }
    // The link token brings its own client.
    let context =
        json!({ "client_id": "own-client", "client_secret": "own-secret", "redirect_uri": "https://x.example.com" });
    let token = make(&bare, json!({ "tenant_id": "customer-1", "context": context })).await;
    let page = shows(&open(&bare, &token, "&integration=outreach").await, 200, &["Continue to Outreach"]);
    assert!(!page.contains("own-client"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_region_is_asked_for_with_a_key_and_what_is_sent_is_stored() {
    let host = start(Setup::new().plugin("snyk").plugin("datadog")).await;
    for (slug, name, value, keys) in [
        ("snyk", "api_host", "api.eu", ["api_token"].as_slice()),
        ("datadog", "site", "datadoghq.eu", &["api_key", "application_key"]),
    ] {
        let token = token(&host).await;
        let further = format!("&integration={slug}");
        let field = format!("context.{name}");
        shows(&open(&host, &token, &further).await, 200, &[&format!("name=\"{field}\"")]);
        let keys: Vec<_> = keys.iter().map(|key| format!("context.{key}")).collect();
        let mut fields = vec![("link_token", token.as_str()), ("integration", slug), (field.as_str(), value)];
        fields.extend(keys.iter().map(|key| (key.as_str(), "a-key")));
        shows(&submit(&host, &fields).await, 200, &["is connected"]);
        assert!(accounts(&host).await.iter().any(|account| account["context"][name] == value), "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_shown_with_an_example_and_the_name_of_a_client_can_be_read() {
    let host = start(Setup::new().plugin("databricks").plugin("freshdesk").plugin("domo")).await;
    let token = token(&host).await;
    let page = open(&host, &token, "&integration=databricks&auth_format=oauth2_client_credentials").await.text();
    assert!(page.contains("name=\"context.client_id\" type=\"text\""), "{page}");
    assert!(page.contains("name=\"context.client_secret\" type=\"password\""), "{page}");
    // The help already has the real host name.
    let page = open(&host, &token, "&integration=freshdesk").await.text();
    assert!(!page.contains("Example") && !page.contains('…'), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_set_is_chosen_from_and_help_says_where_a_value_is_found() {
    let host = start(Setup::new().plugin("opsgenie").plugin("pipeliner").plugin("gorgias")).await;
    let token = token(&host).await;
    let page = shows(
        &open(&host, &token, "&integration=opsgenie").await,
        200,
        &["<select id=\"context-region\" name=\"context.region\"", "<option value=\"us\" selected>us</option>"],
    );
    assert!(!page.contains("If you leave it empty") && !page.contains("<option value=\"\""), "{page}");
    // If the variable has no default, the person has to choose a value.
    shows(
        &open(&host, &token, "&integration=pipeliner").await,
        200,
        &[
            "name=\"context.region\" required",
            "<option value=\"\">Choose…</option><option value=\"us-east\">",
            "name=\"context.username\" type=\"text\"",
            "name=\"context.password\" type=\"password\"",
        ],
    );
    shows(
        &open(&host, &token, "&integration=gorgias&auth_format=api_key").await,
        200,
        &[
            "name=\"context.email\" type=\"text\"",
            "aria-describedby=\"context-api_key-hint\"",
            "<p class=\"hint\" id=\"context-api_key-hint\">It is under Settings &gt; REST API.</p>",
        ],
    );
    let fields = |region| {
        [
            ("link_token", token.as_str()),
            ("integration", "opsgenie"),
            ("context.region", region),
            ("context.api_key", "k"),
        ]
    };
    shows(&submit(&host, &fields("mars")).await, 422, &["must be one of us, eu", "<select id=\"context-region\""]);
    assert!(accounts(&host).await.is_empty());
    shows(&submit(&host, &fields("eu")).await, 200, &["is connected"]);
    assert_eq!(accounts(&host).await[0]["context"]["region"], "eu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_from_before_a_closed_set_is_kept_until_a_person_chooses_another() {
    let host = start(Setup::new().plugin("opsgenie")).await;
    let id = host.account_with("opsgenie", "customer-1", &[("region", "mars"), ("api_key", "k")]).await;
    let keeps = json!({ "integrated_account_id": id, "persist_previous_context": true });
    let token = make(&host, keeps.clone()).await;
    let page = shows(&open(&host, &token, "").await, 200, &["<option value=\"mars\" selected>mars</option>"]);
    assert!(page.contains("<option value=\"us\">") && !page.contains("id=\"context-region-hint\""), "{page}");
    let fields = |token, region| [("link_token", token), ("context.region", region), ("context.api_key", "new")];
    shows(&submit(&host, &fields(token.as_str(), "venus")).await, 422, &["must be one of us, eu"]);
    shows(&submit(&host, &fields(token.as_str(), "mars")).await, 200, &["is connected"]);
    assert_eq!(accounts(&host).await[0]["context"]["region"], "mars");
    // The API accepts the kept value, too. A link that does not keep the account's values does not accept it.
    let path = format!("/integrated-account/{id}");
    let same = json!({ "context": { "region": "mars" } });
    assert_eq!(host.client().patch(&path, &same).await.status, 200);
    let token = make(&host, json!({ "integrated_account_id": id })).await;
    assert!(!open(&host, &token, "").await.text().contains("mars"));
    shows(&submit(&host, &fields(token.as_str(), "mars")).await, 422, &["must be one of us, eu"]);
    let token = make(&host, keeps).await;
    shows(&submit(&host, &fields(token.as_str(), "eu")).await, 200, &["is connected"]);
    assert_eq!(accounts(&host).await[0]["context"]["region"], "eu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_variable_with_a_default_stays_as_it_is_if_its_field_is_left_empty() {
    let host = start_public(Setup::new().plugin("power-bi")).await;
    application(&host, "power-bi").await;
    let id = host.account_with("power-bi", "customer-1", &[("tenant_id", "contoso")]).await;
    let token = make(&host, json!({ "integrated_account_id": id, "persist_previous_context": true })).await;
    let page = open(&host, &token, "").await.text();
    let hint = page.split("id=\"context-tenant_id-hint\"").nth(1).and_then(|rest| rest.split("</p>").next());
    let hint = hint.unwrap_or_else(|| panic!("no hint in: {page}"));
    assert!(hint.contains("it stays as it is") && !hint.contains("it is common"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_an_integration_that_is_not_loaded_cannot_be_connected_again_now() {
    let host = start(Setup::new().plugin("dixa")).await;
    let id = host.account_with("dixa", "customer-1", &[]).await;
    let token = make(&host, json!({ "integrated_account_id": id })).await;
    let other = start(Setup::new().plugin("planhat").beside(&host)).await;
    let page = shows(&open(&other, &token, "").await, 503, &["cannot be connected now", "Tell Acme Apps about it"]);
    assert!(!page.contains("choose another"), "{page}");
    assert!(logs::captured().contains("its integration is not loaded"), "the operator is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_connected_again_in_its_own_way_and_only_what_it_has_may_stay_empty() {
    let host = start(Setup::new().plugin("avalara-avatax")).await;
    let page = async |values: &[(&str, &str)]| {
        let id = host.account_with("avalara-avatax", "customer-1", values).await;
        let body = json!({ "integrated_account_id": id, "persist_previous_context": true });
        let token = make(&host, body).await;
        open(&host, &token, "").await.text()
    };
    let number = ("account_id", "123456789");
    let by_user = page(&[number, ("username", "somebody"), ("password", "a-secret")]).await;
    assert!(by_user.contains("context.username") && !by_user.contains("context.license_key"), "{by_user}");
    assert_eq!(by_user.matches("it stays as it is").count(), 3, "{by_user}");
    let by_key = page(&[number, ("license_key", "a-key")]).await;
    assert!(by_key.contains("context.license_key") && !by_key.contains("context.username"), "{by_key}");
    // In the other way to authenticate, the account has only the number to keep.
    let id = host.account_with("avalara-avatax", "customer-1", &[number, ("license_key", "a-key")]).await;
    let token = make(&host, json!({ "integrated_account_id": id, "persist_previous_context": true })).await;
    let other = open(&host, &token, "&auth_format=basic-2").await.text();
    assert_eq!(other.matches("it stays as it is").count(), 1, "of the number: {other}");
    assert!(!other.contains("User name<span class=\"optional\""), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_to_connect_again_says_why_and_offers_no_other_integration() {
    let host = start(Setup::new().plugin("dixa").plugin("planhat").plugin("salesforce")).await;
    let id = host.account_with("dixa", "customer-1", &[]).await;
    let account = host.app.service.accounts.get(id, None).await.unwrap().expect("the account");
    let error = json!({ "status": 401, "message": "the <b>token</b> was revoked" });
    host.app.service.accounts.mark_needs_reauth(id, &account.sealed, error).await.unwrap();
    let token = make(&host, json!({ "integrated_account_id": id })).await;
    for further in ["", "&integration=planhat", "&integrations=planhat"] {
        let page = shows(
            &open(&host, &token, further).await,
            200,
            &["Connect Dixa again", "the &lt;b&gt;token&lt;/b&gt; was revoked"],
        );
        assert!(!page.contains("Planhat") && !page.contains("Other integrations"), "{page}");
    }
    // A person need not type the values again that the account keeps. The page does not show secrets.
    let values = [("my_domain", "acme"), ("client_id", "own-client"), ("client_secret", "own-secret")];
    let id = host.account_with("salesforce", "customer-1", &values).await;
    let page = async |persist: bool| {
        let token = make(&host, json!({ "integrated_account_id": id, "persist_previous_context": persist })).await;
        open(&host, &token, "&auth_format=oauth2_client_credentials").await.text()
    };
    let (kept, replaced) = (page(true).await, page(false).await);
    assert!(kept.contains("value=\"acme\"") && kept.contains("it stays as it is"), "{kept}");
    assert!(!replaced.contains("value=\"acme\""), "{replaced}");
    assert!(!kept.contains("own-client") && !kept.contains("own-secret"), "{kept}");
    host.client().delete(&format!("/integrated-account/{id}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_hears_nobody_leads_out_of_itself_and_one_of_our_own_shows_the_page() {
    let host = start(Setup::new().plugin("dixa")).await;
    let token = token(&host).await;
    let page = shows(
        &open(&host, &token, "&integration=dixa&iframe=true").await,
        200,
        &["target=\"_top\"", "target=\"_blank\""],
    );
    let address = format!("href=\"/connect-account?link_token={token}&amp;integration=dixa\"");
    assert!(page.contains(&address) && !page.contains("<form"), "{page}");
    let page = shows(&open(&host, &token, "&iframe=true&mortise_link=1").await, 200, &["Connect Dixa"]);
    assert!(
        page.contains("name=\"iframe\" value=\"true\"") && page.contains("name=\"mortise_link\" value=\"1\""),
        "{page}"
    );
    assert!(logs::captured().contains("@mortise/link"), "the log says how to make frames work");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_expired_or_unknown_asks_for_a_new_link() {
    let host = start(Setup::new().plugin("dixa")).await;
    let token = token(&host).await;
    assert_eq!(host.sql("UPDATE link_token SET expires_at = 1").await, 1);
    for token in [token.as_str(), "mrl_nothing"] {
        let page = shows(
            &open(&host, token, "&integration=dixa").await,
            403,
            &["ask for a new link", "Reference for support"],
        );
        assert_eq!(message(&page)["error_type"], "invalid_token");
        shows(
            &submit(&host, &[("link_token", token), ("context.api_token", "a-key")]).await,
            403,
            &["ask for a new link"],
        );
    }
    for path in ["/connect-account", "/connect-account?link_token=", "/connect-account?integration=dixa"] {
        let page = shows(&Client::new(host.address).get(path).await, 400, &["This address is not complete"]);
        assert!(!page.contains("used already"), "{page}");
        assert_eq!(message(&page)["error_type"], "invalid_token");
    }
    assert!(accounts(&host).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_found_among_ten_thousand_others() {
    let host = start(Setup::new().plugin("dixa")).await;
    let wanted = token(&host).await;
    let rows = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 10000) \
                INSERT INTO link_token (id, hash, tenant_id, persist_previous_context, scopes, integrations, context, \
                created_at, expires_at) SELECT '00000000-0000-7000-8000-' || CAST(100000000000 + n AS TEXT), \
                CAST(n AS TEXT), 't' || CAST(n % 10 AS TEXT), 0, '[]', '[]', 'v1.0.0.0', 1, 9000000000000000 FROM many";
    assert_eq!(host.sql(rows).await, 10_000);
    shows(&open(&host, &wanted, "").await, 200, &["customer-1"]);
    shows(
        &submit(&host, &[("link_token", &wanted), ("context.api_token", "a-key")]).await,
        200,
        &["Dixa is connected"],
    );
}
