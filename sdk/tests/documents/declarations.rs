use mortise_sdk::mock::{Mock, get, page};
use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Exchange, ExchangeKind, Listing, Page, Result, Support,
    UsersPage, Variable,
};

use super::Person as Agent;

fn list() -> Support {
    Support::list(Category::Ticketing, Listing::pages(50, 200).partial(["team_ids"]))
        .query(["email", "created_at[gte]"])
        .query_values("sort_by[name]", ["asc", "desc"])
        .response(["team_ids"])
}

fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
    let request = call.get("/agents").primary().query("limit", page.size()).query_some("after", page.cursor());
    request.send()?.users_in::<Agent>("data")?.next(|rows| rows.text("/meta/after"))
}

#[rustfmt::skip]
fn capabilities() -> Capabilities {
    Capabilities::new("example", "Example")                                  // slug and label
        .origin("https://{site}.example.com/v2")                             // where its requests go
        .variable(Variable::new("site", "Subdomain"))                        // a value of the account
        .secret("api_token", "API token")
        .auth(Auth::bearer("{api_token}"))                                   // how the host signs
        .header("x-api-version")                                             // a request header of the vendor's own
        .error_message("/error/detail")                                      // where the vendor's error sentence is
        .response(Category::Ticketing, ["id", "name", "emails", "roles"])    // fields of a user, in every answer
        .serves(
            Support::create(Category::Ticketing)
                .required(["name", "emails"])
                .writable(["first_name", "last_name"])
                .values("roles", ["admin", "member"])
                .ignored([("avatar", "people upload it themselves")]),
        )
}

fn probed() -> Capabilities {
    Capabilities::new("example", "Example")
        .origin("https://api.example.com/v2")
        .secret("api_token", "API token")
        .auth(Auth::bearer("{api_token}"))
        .probe("/users?limit=1")
}

fn schemes() -> [Auth; 2] {
    // The account carries client_id and client_secret, as the three forms of OAuth 2.0 want it.
    let token = "https://api.example.com/oauth/token";
    let oauth = Auth::bearer("{access_token}").exchange(Exchange::client_credentials(token).scope("users"));
    // Any other sign-in is spelled out.
    let own = Auth::header("x-session", "{session}").exchange(
        Exchange::new("https://{pod}.example.com/v2/signin")
            .json()
            .field("credentials.name", "{key_name}")
            .field("credentials.secret", "{key}")
            .field("credentials.site", "{site}")
            .brings("session", "/credentials/token")
            .tells("site_id", "/credentials/site/id")
            .lifetime("/credentials/expires"),
    );
    [oauth, own]
}

fn consent() -> Capabilities {
    let consent = Authorization::new("https://accounts.example.com/authorize").scopes(["users.read", "users.write"]);
    let exchange = Exchange::refresh("https://api.example.com/oauth/token").authorization(consent);
    Capabilities::new("example", "Example").oauth(exchange)
}

#[test]
fn what_the_pages_declare_is_what_they_say() {
    assert_eq!(list().listing.unwrap().partial, ["team_ids"]);
    assert_eq!(capabilities().variables.len(), 2);
    assert_eq!(probed().probe, Some("/users?limit=1"));
    assert_eq!(
        schemes().map(|scheme| scheme.exchange.unwrap().kind),
        [ExchangeKind::OAuth2ClientCredentials, ExchangeKind::Other]
    );
    assert_eq!(consent().variables.len(), 3);
    let answer = serde_json::json!({"data": [{"id": 7}], "meta": {"after": "c1"}});
    let vendor = Mock::new(Category::Ticketing).on(get("/agents").query("limit", "2").answers(200, answer));
    assert_eq!(list_users(&vendor.call(), &page(2)).unwrap().next.as_deref(), Some("c1"));
}
