use mortise_sdk::{Auth, Capabilities, Variable};

fn capabilities() -> Capabilities {
    Capabilities::new("example", "Example")
        .origin("https://api.example.com/v2")
        .origin("https://scim.example.com/v2")
        .variable(Variable::secret("scim_token", "Token of the SCIM host").optional())
        .variable(Variable::secret("email", "Address of the user whose API key it is").optional())
        .variable(Variable::secret("api_key", "API key").optional())
        .variable(Variable::secret("access_token", "Personal access token").optional())
        .variable_set(["email", "api_key"])
        .variable_set(["access_token"])
        .auth(Auth::bearer("{scim_token}").at("https://scim.example.com/v2"))
        .auth(Auth::basic("{email}", "{api_key}"))
        .auth(Auth::bearer("{access_token}"))
}

#[test]
fn a_scheme_signs_one_host_and_sets_are_declared() {
    let declared = capabilities();
    assert_eq!(declared.auth[0].origins, ["https://scim.example.com/v2"]);
    assert_eq!(declared.variable_sets, [vec!["email", "api_key"], vec!["access_token"]]);
}
