//! Every method and path of the host. The router (`api`) serves these endpoints and the reference describes them, so that
//! each method and path stands in this list alone.

/// A method and a path that the host serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The path, in the router's spelling: `{id}` is one segment, `{*path}` is the rest.
    pub path: &'static str,
    /// The method.
    pub method: Method,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method as a request has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Endpoint {
    /// The path in the spelling of OpenAPI, which has no `{*path}`.
    pub fn template(self) -> String {
        self.path.replace("{*", "{")
    }
}

/// Makes a constant for each endpoint, and one list of them all.
macro_rules! endpoints {
    ($(#[$doc:meta])* $list:ident: $($name:ident = $method:ident $path:literal;)+) => {
        impl Endpoint {
            $(
                #[doc = concat!("`", stringify!($method), " ", $path, "`")]
                pub const $name: Self = Self { path: $path, method: Method::$method };
            )+

            $(#[$doc])*
            pub const $list: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

endpoints! {
    /// Endpoints for programs of callers and operators. The reference describes each.
    API:
    LIST_USERS = Get "/unified/{category}/users";
    CREATE_USER = Post "/unified/{category}/users";
    GET_USER = Get "/unified/{category}/users/{id}";
    UPDATE_USER = Patch "/unified/{category}/users/{id}";
    DELETE_USER = Delete "/unified/{category}/users/{id}";
    CREATE_ACCOUNT = Post "/integrated-account";
    LIST_ACCOUNTS = Get "/integrated-account";
    GET_ACCOUNT = Get "/integrated-account/{id}";
    UPDATE_ACCOUNT = Patch "/integrated-account/{id}";
    VALIDATE_ACCOUNT = Post "/integrated-account/{id}/validate";
    DELETE_ACCOUNT = Delete "/integrated-account/{id}";
    CREATE_ACCOUNT_TOKEN = Post "/integrated-account/token";
    GET_ACCOUNT_CAPABILITIES = Get "/integrated-account/{id}/capabilities";
    PASSTHROUGH_GET = Get "/proxy/{*path}";
    PASSTHROUGH_POST = Post "/proxy/{*path}";
    PASSTHROUGH_PUT = Put "/proxy/{*path}";
    PASSTHROUGH_PATCH = Patch "/proxy/{*path}";
    PASSTHROUGH_DELETE = Delete "/proxy/{*path}";
    CREATE_TOKEN = Post "/api-token";
    LIST_TOKENS = Get "/api-token";
    GET_TOKEN = Get "/api-token/{id}";
    REVOKE_TOKEN = Delete "/api-token/{id}";
    CREATE_LINK_TOKEN = Post "/link-token";
    LIST_LINK_TOKENS = Get "/link-token";
    CONFIRM_ACCOUNT = Post "/connect-account/confirm";
    SET_APPLICATION = Put "/app/{slug}";
    LIST_APPLICATIONS = Get "/app";
    GET_APPLICATION = Get "/app/{slug}";
    REMOVE_APPLICATION = Delete "/app/{slug}";
    CREATE_WEBHOOK = Post "/webhook";
    LIST_WEBHOOKS = Get "/webhook";
    GET_WEBHOOK = Get "/webhook/{id}";
    UPDATE_WEBHOOK = Patch "/webhook/{id}";
    DELETE_WEBHOOK = Delete "/webhook/{id}";
    TEST_WEBHOOK = Post "/webhook/test";
    LIST_DELIVERIES = Get "/webhook/{id}/delivery";
    REPLAY_WEBHOOK = Post "/webhook/{id}/replay";
    LIST_INTEGRATIONS = Get "/integration";
    GET_INTEGRATION = Get "/integration/{slug}";
    GET_CAPABILITIES = Get "/integration/{slug}/capabilities";
    RELOAD_INTEGRATION = Post "/integration/{slug}/reload";
    HEALTH = Get "/healthz";
    READY = Get "/readyz";
    LIST_CALLS = Get "/log";
    OPENAPI = Get "/openapi.json";
}

endpoints! {
    /// Endpoints for people, their browsers, link scanners and scrapers of metrics. The reference does not describe them.
    PAGES:
    START = Get "/";
    DOCS = Get "/docs";
    DOCS_WITH_SLASH = Get "/docs/";
    DOCS_ERRORS = Get "/docs/errors";
    DOCS_API = Get "/docs/api";
    DOCS_INTEGRATION = Get "/docs/integration/{slug}";
    DOCS_OPERATION = Get "/docs/{category}/{operation}";
    DOCS_FILE = Get "/docs/{file}";
    CONNECT_PAGE = Get "/connect-account";
    CONNECT_SUBMIT = Post "/connect-account";
    CONNECT_FILE = Get "/connect-account/{file}";
    CONNECT_START = Post "/connect-account/start";
    CONNECT_CALLBACK = Get "/connect-account/callback/{integration}";
    CONNECT_CALLBACK_HEAD = Head "/connect-account/callback/{integration}";
    CONNECT_CALLBACK_POST = Post "/connect-account/callback/{integration}";
    CONNECT_FLOW = Get "/connect-account/flow/{id}";
    CONNECT_DONE = Get "/connect-account/done/{id}";
    OPERATOR_PAGE = Get "/operator";
    METRICS = Get "/metrics";
}
