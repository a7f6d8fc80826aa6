use mortise_sdk::{Authorization, Capabilities, Exchange, Variable};

fn capabilities() -> Capabilities {
    let consent = Authorization::new("https://login.example.com/services/oauth2/authorize")
        .scopes(["api", "refresh_token"])
        .captures("instance", "/instance_url");
    Capabilities::new("example", "Example")
        .origin("https://{instance*}.my.example.com/services/data")
        .origin("https://login.example.com/services/oauth2")
        .variable(Variable::new("instance", "What stands before .my.example.com"))
        .oauth(Exchange::refresh("https://login.example.com/services/oauth2/token").authorization(consent))
}

#[test]
fn the_scheme_comes_with_its_variables() {
    let declared = capabilities();
    let names: Vec<_> = declared.variables.iter().map(|variable| variable.name).collect();
    assert_eq!(names, ["instance", "client_id", "client_secret", "refresh_token"]);
    assert!(declared.auth[0].exchange.as_ref().unwrap().authorization.is_some());
}
