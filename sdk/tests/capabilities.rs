//! The capabilities that an integration declares.

use mortise_sdk::{
    Auth, Capabilities, Category, Effect, Exchange, ExchangeAnswer, JsonType, Level, Operation, Support, Variable,
};

#[test]
fn what_no_caller_can_write_has_its_reason_unless_it_is_declared() {
    let capabilities = Capabilities::new("example", "Example")
        .serves(Support::create(Category::UserDirectory).writable(["id"]))
        .serves(Support::update(Category::UserDirectory).ignored([("created_at", "it is the day of birth")]))
        .serves(Support::update(Category::Crm));
    let declared: Vec<Vec<_>> = capabilities
        .operations
        .iter()
        .map(|support| support.request.iter().map(|field| (field.field, field.level, field.note)).collect())
        .collect();
    let expected = [
        vec![("id", Level::Writable, None), ("created_at", Level::Ignored, Some("the vendor sets it"))],
        vec![
            ("created_at", Level::Ignored, Some("it is the day of birth")),
            ("id", Level::Ignored, Some("the path names the user")),
        ],
        vec![],
    ];
    assert_eq!(declared, expected);
}

#[test]
fn what_all_answers_hold_is_said_once() {
    let capabilities = Capabilities::new("example", "Example")
        .serves(Support::get(Category::Crm).response(["teams"]))
        .response(Category::Crm, ["id", "name"])
        .serves(Support::update(Category::Crm))
        .serves(Support::delete(Category::Crm, Effect::Deletes))
        .serves(Support::get(Category::Ticketing).response(["id"]));
    let responses: Vec<_> = capabilities.operations.iter().map(|support| support.response.join(" ")).collect();
    assert_eq!(responses, ["id name teams", "id name", "", "id"]);
}

#[test]
fn people_who_connect_an_account_see_what_is_not_hidden_and_are_told_where_it_is() {
    let declared = Capabilities::new("example", "Example")
        .variable(Variable::new("region", "Region").values(["us", "eu"]).or("us"))
        .variable(Variable::secret("api_key", "API key").help("Your profile has it.").optional())
        .oauth(Exchange::password("https://login.example.com/token"))
        .probe("/me");
    assert_eq!(declared.probe, Some("/me"));
    let variables: Vec<_> = declared.variables.iter().map(|v| (v.name, v.help, v.values.as_slice(), v.shown)).collect();
    let none: &[&str] = &[];
    assert_eq!(
        variables,
        [
            ("region", None, &["us", "eu"][..], false),
            ("api_key", Some("Your profile has it."), none, false),
            ("client_id", None, none, true),
            ("client_secret", None, none, false),
            ("username", None, none, true),
            ("password", None, none, false),
        ]
    );
}

#[test]
fn every_row_says_what_was_written() {
    let support = Support::create(Category::Crm)
        .required(["name"])
        .writable(["email", "roles"])
        .values("roles", ["admin", "member"])
        .values("status", ["active"])
        .own("group", JsonType::Integer)
        .note("group", "a number")
        .ignored([("avatar", "why")])
        .query_required(["organization_id"])
        .query(["workspace_id"])
        .response(["id"])
        .response(["name"]);
    let rows: Vec<_> =
        support.request.iter().map(|f| (f.field, f.level, f.values.len(), f.json_type, f.note)).collect();
    assert_eq!(
        rows,
        [
            ("name", Level::Required, 0, None, None),
            ("email", Level::Writable, 0, None, None),
            ("roles", Level::Writable, 2, None, None),
            ("status", Level::Writable, 1, None, None),
            ("group", Level::Writable, 0, Some(JsonType::Integer), Some("a number")),
            ("avatar", Level::Ignored, 0, None, Some("why")),
        ]
    );
    let query: Vec<_> = support.query.iter().map(|f| (f.field, f.level)).collect();
    assert_eq!(query, [("organization_id", Level::Required), ("workspace_id", Level::Writable)]);
    assert_eq!(support.response, ["id", "name"]);
}

#[test]
fn a_field_stands_once_whatever_order_it_is_described_in() {
    let support =
        Support::update(Category::Ticketing).values("roles", ["admin"]).note("roles", "one").required(["roles"]);
    assert_eq!(support.request.len(), 1);
    let roles = &support.request[0];
    assert_eq!((roles.level, roles.values.as_slice(), roles.note), (Level::Required, &["admin"][..], Some("one")));
}

#[test]
fn variables_are_required_unless_said_otherwise() {
    let plain = Variable::new("site", "Site");
    assert!(plain.required && !plain.secret && plain.default.is_none());
    let secret = Variable::secret("token", "Token");
    assert!(secret.required && secret.secret);
    assert!(!secret.optional().required);
    let defaulted = Variable::new("region", "Region").or("eu");
    assert_eq!((defaulted.required, defaulted.default), (false, Some("eu")));
}

#[test]
fn schemes_are_written_in_the_words_of_the_contract() {
    let params = |auth: Auth| (auth.kind.as_str(), auth.params);
    assert_eq!(params(Auth::bearer("{t}")), ("bearer", vec![("token", "{t}")]));
    assert_eq!(params(Auth::basic("{u}", "")), ("basic", vec![("username", "{u}"), ("password", "")]));
    assert_eq!(params(Auth::header("a", "{k}").and("b", "{s}")), ("header", vec![("a", "{k}"), ("b", "{s}")]));
    assert_eq!(params(Auth::query("key", "{k}")), ("query", vec![("key", "{k}")]));
}

#[test]
fn an_operation_is_found_by_category_and_name() {
    let capabilities = Capabilities::new("example", "Example")
        .serves(Support::create(Category::Ticketing))
        .serves(Support::update(Category::Crm).writable(["email"]));
    let found = capabilities.support(Category::Crm, Operation::UpdateUser);
    assert_eq!(found.map(|support| support.request.len()), Some(1));
    assert!(capabilities.support(Category::Crm, Operation::CreateUser).is_none());
}

#[test]
fn a_sign_in_is_short_to_say_and_says_everything() {
    let url = "https://api.example.com/token";
    let client = [("client_id", "{client_id}"), ("client_secret", "{client_secret}")];
    let token = ExchangeAnswer { name: "access_token", pointer: "/access_token", secret: true };

    let credentials = Exchange::client_credentials(url).scope("users");
    let sent = [("grant_type", "client_credentials"), client[0], client[1], ("scope", "users")];
    assert_eq!((credentials.kind.as_str(), credentials.fields.as_slice()), ("oauth2-client-credentials", &sent[..]));
    assert_eq!((credentials.method.as_str(), credentials.encoding.as_str(), credentials.url), ("post", "form", url));
    assert_eq!((credentials.lifetime, credentials.seconds, credentials.basic), (Some("/expires_in"), 3_600, None));
    assert_eq!(credentials.answers, [token]);

    let refresh = Exchange::refresh(url).basic().lives(1_800);
    let sent = [("grant_type", "refresh_token"), ("refresh_token", "{refresh_token}")];
    assert_eq!(
        (refresh.kind.as_str(), refresh.fields.as_slice(), refresh.seconds),
        ("oauth2-refresh", &sent[..], 1_800)
    );
    assert_eq!((refresh.basic, refresh.plain_basic), (Some(("{client_id}", "{client_secret}")), false));
    let plain = Exchange::refresh(url).plain_basic();
    assert_eq!((plain.basic, plain.plain_basic, plain.fields), (refresh.basic, true, refresh.fields.clone()));
    let rotated = ExchangeAnswer { name: "refresh_token", pointer: "/refresh_token", secret: true };
    assert_eq!(refresh.answers, [token, rotated]);

    let password = Exchange::password(url).field("password", "{api_key}").json();
    let sent =
        [("grant_type", "password"), client[0], client[1], ("username", "{username}"), ("password", "{api_key}")];
    assert_eq!(
        (password.kind.as_str(), password.fields.as_slice(), password.encoding.as_str()),
        ("oauth2-password", &sent[..], "json")
    );

    let other = Exchange::new(url).get().field("key", "{key}").header("x-app", "{app}").tells("site", "/site");
    assert_eq!(
        (other.kind.as_str(), other.method.as_str(), other.encoding.as_str(), other.headers.len()),
        ("exchange", "get", "query", 1)
    );
    assert_eq!(other.answers, [ExchangeAnswer { name: "site", pointer: "/site", secret: false }]);
    assert_eq!(Auth::bearer("{access_token}").exchange(other.clone()).exchange, Some(other));
}

#[test]
fn limits_headers_and_places_of_messages_add_up() {
    let declared =
        Capabilities::new("a", "A").limit(10, 1).limit(5_000, 86_400).header("x-api-version").header("x-act-as");
    let declared = declared.error_message("/error/detail").error_message("/errors/*/detail");
    assert_eq!(declared.limits, [(10, 1), (5_000, 86_400)]);
    assert_eq!(declared.headers, ["x-api-version", "x-act-as"]);
    assert_eq!(declared.error_messages, ["/error/detail", "/errors/*/detail"]);
}
