//! The sign-in of an authentication scheme.

use std::collections::BTreeSet;

use mortise_model::{ExchangeEncoding, ExchangeKind, ExchangeMethod};
use mortise_policy::origin::OriginTemplate;
use mortise_policy::target::compose;

use super::auth::{apart, declares, endpoints, is_auth_header, usual};
use super::{Check, is_variable, wit};
use crate::egress::Template;
use crate::egress::token::{ExchangeAnswer, Lifetime, TokenExchange, names_credential, nest};
use crate::plugin::capabilities::Variable;

/// Longest lifetime of a token, in seconds: 366 days.
const MAX_LIFETIME: u32 = 366 * 86_400;

impl Check {
    /// The sign-in of a scheme. `None` if something in it is wrong.
    pub(super) fn exchange(
        &mut self,
        scheme: &str,
        declared: wit::TokenExchange,
        variables: &[Variable],
        origins: &[OriginTemplate],
    ) -> Option<TokenExchange> {
        let wit::TokenExchange {
            kind,
            method,
            url,
            encoding,
            fields,
            basic,
            plain_basic,
            headers,
            answers,
            lifetime,
            authorization,
        } = declared;
        let place = format!("{scheme} exchange");
        let problems = self.problems.len();
        let kind_known = self.word(&place, "kind", &kind);
        let method = self.word(&place, "method", &method);
        let encoding = self.word(&place, "encoding", &encoding);
        let url = self.exchange_url(&place, &url, variables, origins);
        let fields = self.templates(&place, "fields", fields, |name| declares(variables, name));
        let headers = self.exchange_headers(&place, headers, variables);
        let basic = basic.and_then(|basic| self.basic(&place, basic, variables));
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        self.require(encoding != Some(ExchangeEncoding::Json) || nest(&names), || {
            format!("{place}: the names of its fields do not make one JSON object")
        });
        self.require(method != Some(ExchangeMethod::Get) || encoding == Some(ExchangeEncoding::Query), || {
            format!("{place}: a `get` must have the encoding `query`")
        });
        let lifetime = self.lifetime(&place, lifetime);
        let trades = matches!(kind_known, Some(ExchangeKind::OAuth2Refresh | ExchangeKind::OAuth2AuthorizationCode));
        self.require(authorization.is_none() || trades || kind_known.is_none(), || {
            format!("{place}: the kind `{kind}` exchanges no code, and cannot have an `authorization`")
        });
        let authorization = authorization.and_then(|declared| self.authorization(&place, declared, variables));
        let mut exchange = TokenExchange {
            kind: kind_known?,
            method: method?,
            url: url?,
            encoding: encoding?,
            fields,
            basic,
            plain_basic,
            headers,
            answers: Vec::new(),
            lifetime,
            authorization,
        };
        exchange.answers = self.answers(&place, answers, &exchange, variables);
        (self.problems.len() == problems).then_some(exchange)
    }

    /// Further headers of a sign-in.
    fn exchange_headers(
        &mut self,
        place: &str,
        declared: Vec<(String, String)>,
        variables: &[Variable],
    ) -> Vec<(String, Template)> {
        for (name, _) in &declared {
            let framed = ["accept", "accept-encoding", "content-type"].iter().any(|own| name.eq_ignore_ascii_case(own));
            self.require(is_auth_header(name) && !framed, || {
                format!("{place}: only the host sets the header `{name}`")
            });
        }
        self.templates(place, "headers", declared, |name| declares(variables, name))
    }

    /// User name and password of HTTP Basic authentication.
    fn basic(
        &mut self,
        place: &str,
        (user, password): (String, String),
        variables: &[Variable],
    ) -> Option<(Template, Template)> {
        let pair = vec![("user".to_owned(), user), ("password".to_owned(), password)];
        let pair = self.templates(place, "basic", pair, |name| declares(variables, name));
        match <[_; 2]>::try_from(pair) {
            Ok([(_, user), (_, password)]) => Some((user, password)),
            // `templates` has noted the reason.
            Err(_) => None,
        }
    }

    fn lifetime(&mut self, place: &str, declared: wit::ExchangeLifetime) -> Lifetime {
        let wit::ExchangeLifetime { pointer, seconds } = declared;
        self.require((1..=MAX_LIFETIME).contains(&seconds), || {
            format!("{place}: the lifetime of {seconds} s is not one of 1 to {MAX_LIFETIME} s")
        });
        if let Some(pointer) = &pointer {
            self.pointer(place, "lifetime", pointer);
        }
        Lifetime { pointer, seconds }
    }

    /// The values that the sign-in's answer brings.
    fn answers(
        &mut self,
        place: &str,
        declared: Vec<wit::ExchangeAnswer>,
        exchange: &TokenExchange,
        variables: &[Variable],
    ) -> Vec<ExchangeAnswer> {
        let lasts = exchange.kind == ExchangeKind::OAuth2AuthorizationCode;
        self.require(!lasts || exchange.authorization.is_some(), || {
            format!("{place}: a code comes from an `authorization`, which is missing")
        });
        let mut seen = BTreeSet::new();
        let mut answers = Vec::new();
        for wit::ExchangeAnswer { name, pointer, secret } in self.bounded(&format!("{place} answers"), declared) {
            self.require(is_variable(&name), || {
                format!("{place}: the answer `{name}`: a name has 1 to 64 lower-case letters, digits and underscores")
            });
            self.require(seen.insert(name.clone()), || format!("{place}: the answer `{name}` is declared twice"));
            self.pointer(place, &format!("answer `{name}`"), &pointer);
            let variable = variables.iter().find(|variable| variable.name == name);
            let replaces = variable.is_some();
            self.require(!replaces || (secret && variable.is_some_and(|v| v.secret)), || {
                format!("{place}: the answer `{name}` would replace a variable that is not secret")
            });
            if lasts {
                self.require(replaces, || {
                    format!("{place}: the account stores the values of a code: declare `{name}` as a secret variable, or capture it")
                });
                answers.push(ExchangeAnswer { name, pointer, secret, replaces });
                continue;
            }
            self.require(!replaces || exchange.variables().any(|sent| sent == name), || {
                format!("{place}: the answer `{name}` would replace a variable that the exchange does not send: give it a name of its own")
            });
            answers.push(ExchangeAnswer { name, pointer, secret, replaces });
        }
        self.require(answers.iter().any(|answer| lasts || !answer.replaces), || {
            format!("{place}: its answers have no value to sign with")
        });
        self.told(place, &answers);
        answers
    }

    /// Checks that the values for the guest are not credentials, by their places.
    fn told(&mut self, place: &str, answers: &[ExchangeAnswer]) {
        for told in answers.iter().filter(|answer| !answer.secret) {
            let secret = answers
                .iter()
                .filter(|answer| answer.secret)
                .find(|secret| is_within(&told.pointer, &secret.pointer) || is_within(&secret.pointer, &told.pointer));
            if let Some(secret) = secret {
                self.require(false, || {
                    format!(
                        "{place}: the answer `{}` has the place of the secret `{}`, and the plugin would read the secret",
                        told.name, secret.name
                    )
                });
            }
            self.require(!leads_to_credential(&told.pointer), || {
                format!(
                    "{place}: the answer `{}` at `{}` is a credential: declare it as secret",
                    told.name, told.pointer
                )
            });
        }
    }

    /// The address of a sign-in, which must be below a granted origin like every request.
    fn exchange_url(
        &mut self,
        place: &str,
        text: &str,
        variables: &[Variable],
        origins: &[OriginTemplate],
    ) -> Option<Template> {
        let template = self.url_template(place, text, variables)?;
        // Each variable gets a different value. The URL must then be below an origin with the same values.
        let apart = |name: &str| apart(variables, name);
        // If the hosts of a vendor end differently, each is an origin without variables, and the URL must be below one
        // of them with the declared defaults. The host checks it against the origins again when it signs in, with the
        // account's own values.
        let usual = |name: &str| usual(variables, name);
        self.require(is_below(&template, origins, apart) || is_below(&template, origins, usual), || {
            format!("{place}: `{text}` is not an `https` URL below one of the origins, without query")
        });
        Some(template)
    }
}

/// Whether the URL is below one of the origins. Both get these values.
fn is_below(template: &Template, origins: &[OriginTemplate], value: impl Fn(&str) -> Option<String>) -> bool {
    let target = template.spell(&value).filter(|target| target.starts_with("https://"));
    target.is_some_and(|target| compose(&endpoints(origins, &value), &target, &[]).is_ok())
}

/// Whether a JSON pointer leads to the place of another pointer, or inside it.
fn is_within(pointer: &str, other: &str) -> bool {
    pointer.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the name at the end of a JSON pointer is that of a credential: `/access_token`, `/session/apiKey`,
/// `/tokens/0`.
fn leads_to_credential(pointer: &str) -> bool {
    let is_index = |token: &&str| token.bytes().all(|byte| byte.is_ascii_digit());
    pointer.rsplit('/').find(|token| !is_index(token)).is_some_and(names_credential)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::check;
    use super::*;

    pub(in super::super) fn declaration(exchange: wit::TokenExchange) -> wit::Declaration {
        let variable = |name: &str, secret| wit::Variable {
            name: name.to_owned(),
            label: name.to_owned(),
            required: true,
            secret,
            default: None,
            help: None,
            values: vec![],
            shown: false,
        };
        let operation = wit::OperationSupport {
            category: "ticketing".to_owned(),
            operation: "create-user".to_owned(),
            query: vec![],
            request: vec![],
            response: vec![],
            listing: None,
            effect: None,
        };
        let params = vec![("token".to_owned(), "{access_token}".to_owned())];
        wit::Declaration {
            slug: "vendor".to_owned(),
            label: "Vendor".to_owned(),
            origins: vec!["https://{site}.example.com/api".to_owned(), "https://login.example.com".to_owned()],
            headers: vec![],
            variables: vec![
                variable("client_secret", true),
                variable("other", true),
                variable("site", false),
                variable("tenant", false),
            ],
            auth: vec![wit::AuthScheme {
                kind: "bearer".to_owned(),
                params,
                exchange: Some(exchange),
                origins: vec![],
            }],
            limits: vec![],
            error_messages: vec![],
            variable_sets: vec![],
            operations: vec![operation],
            evidence: None,
            probe: None,
        }
    }

    pub(in super::super) fn honest() -> wit::TokenExchange {
        wit::TokenExchange {
            kind: "oauth2-client-credentials".to_owned(),
            method: "post".to_owned(),
            url: "https://login.example.com/{tenant}/token".to_owned(),
            encoding: "json".to_owned(),
            fields: pairs(&[("client.secret", "{client_secret}"), ("client.kind", "x")]),
            basic: Some(("{site}".to_owned(), "{client_secret|md5|base64}".to_owned())),
            plain_basic: false,
            headers: pairs(&[("x-key", "{client_secret}")]),
            answers: vec![answer("access_token", "/a/0/b~1c"), answer("client_secret", "/next")],
            lifetime: wit::ExchangeLifetime { pointer: Some("/expires_in".to_owned()), seconds: 60 },
            authorization: None,
        }
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn answer(name: &str, pointer: &str) -> wit::ExchangeAnswer {
        wit::ExchangeAnswer { name: name.to_owned(), pointer: pointer.to_owned(), secret: true }
    }

    #[test]
    fn an_honest_sign_in_is_read_as_it_is_declared() {
        let checked = check(declaration(honest())).unwrap();
        let exchange = checked.capabilities.auth[0].exchange.as_ref().unwrap();
        assert_eq!(checked.capabilities.auth[0].method(), "oauth2-client-credentials");
        assert_eq!(exchange.url.to_string(), "https://login.example.com/{tenant}/token");
        let replaces: Vec<_> = exchange.answers.iter().map(|answer| answer.replaces).collect();
        assert_eq!(replaces, [false, true]);
        let mut needed: Vec<_> = checked.capabilities.auth[0].variables().collect();
        needed.sort_unstable();
        needed.dedup();
        assert_eq!(needed, ["client_secret", "site", "tenant"], "what the answer brings, no account carries");
        for url in ["https://{site}.example.com/api/token", "https://LOGIN.example.com:443/token"] {
            let other = wit::TokenExchange { url: url.to_owned(), ..honest() };
            assert!(check(declaration(other)).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_a_code_brings_once_is_a_secret_variable_of_the_account() {
        let authorization = wit::Authorization {
            url: "https://login.example.com/authorize".to_owned(),
            scopes: vec![],
            separator: " ".to_owned(),
            params: vec![],
            pkce: "on".to_owned(),
            captures: vec![],
        };
        let code = |answers, authorization| wit::TokenExchange {
            kind: "oauth2-authorization-code".to_owned(),
            answers,
            authorization,
            ..honest()
        };
        let declared = |exchange| {
            let mut declaration = declaration(exchange);
            declaration.auth[0].params = pairs(&[("token", "{other}")]);
            declaration
        };
        let brings = || vec![answer("other", "/access_token")];
        let checked = check(declared(code(brings(), Some(authorization.clone())))).unwrap();
        let scheme = &checked.capabilities.auth[0];
        assert_eq!(scheme.variables().collect::<Vec<_>>(), ["other"], "no variable of the code's exchange alone");
        assert!(scheme.sign_in().is_none());
        for (exchange, reason) in [
            (code(brings(), None), "a code comes from an `authorization`"),
            (code(vec![answer("new", "/token")], Some(authorization.clone())), "declare `new` as a secret variable"),
            (code(vec![answer("site", "/site")], Some(authorization.clone())), "a variable that is not secret"),
            (code(vec![], Some(authorization)), "its answers have no value to sign with"),
        ] {
            let problems = check(declared(exchange)).unwrap_err().join("; ");
            assert!(problems.contains(reason), "{reason}: {problems}");
        }
    }

    #[test]
    fn each_lie_about_a_sign_in_is_named() {
        let at = |url: &str| wit::TokenExchange { url: url.to_owned(), ..honest() };
        let fields = |fields: &[(&str, &str)]| wit::TokenExchange { fields: pairs(fields), ..honest() };
        let headers = |headers: &[(&str, &str)]| wit::TokenExchange { headers: pairs(headers), ..honest() };
        let answers = |answers: &[(&str, &str)]| wit::TokenExchange {
            answers: answers.iter().map(|(name, pointer)| answer(name, pointer)).collect(),
            ..honest()
        };
        let told = |pointer: &str| wit::TokenExchange {
            answers: vec![
                answer("access_token", "/data/key"),
                wit::ExchangeAnswer { secret: false, ..answer("site_id", pointer) },
            ],
            ..honest()
        };
        for open in
            ["/data/site", "/data/keys", "/data/key2", "/token_type", "/expires_in", "/tokens_left", "/secret_id"]
        {
            assert!(check(declaration(told(open))).is_ok(), "{open}");
        }
        let lasts =
            |seconds| wit::TokenExchange { lifetime: wit::ExchangeLifetime { pointer: None, seconds }, ..honest() };
        let elsewhere = "is not an `https` URL below one of the origins";
        for (exchange, reason) in [
            (at("https://evil.example.net/token"), elsewhere),
            (at("http://login.example.com/token"), elsewhere),
            (at("https://login.example.com@evil.example.net/token"), elsewhere),
            (at("https://login.example.com/token?a=b"), elsewhere),
            (at("https://login.example.com/../token"), elsewhere),
            (at("https://{tenant}.example.com/api/token"), elsewhere),
            (at("https://{site}.example.com/token"), elsewhere),
            (at("https://{site*}.example.com/api/token"), "write `{site}` in the URL"),
            (at("/token"), elsewhere),
            (at("https://login.example.com/{client_secret}"), "not secret"),
            (at("https://login.example.com/{nobody}"), "must be a declared variable"),
            (at("https://login.example.com/{tenant|base64}"), "cannot have transforms"),
            (at("https://login.example.com/{tenant"), "without"),
            (wit::TokenExchange { kind: "carrier-pigeon".to_owned(), ..honest() }, "the kind `carrier-pigeon`"),
            (wit::TokenExchange { method: "delete".to_owned(), ..honest() }, "the method `delete`"),
            (wit::TokenExchange { method: "get".to_owned(), ..honest() }, "must have the encoding `query`"),
            (wit::TokenExchange { encoding: "smoke".to_owned(), ..honest() }, "the encoding `smoke`"),
            (fields(&[("a", "{master_key}")]), "`{master_key}` is not a declared variable"),
            (fields(&[("a", "{access_token}")]), "`{access_token}` is not a declared variable"),
            (fields(&[("a", "{client_secret|rot13}")]), "`rot13`"),
            (fields(&[("a", "{client_secret|md5}")]), "`base64` must follow `md5`"),
            (fields(&[("a", "1"), ("a.b", "2")]), "one JSON object"),
            (fields(&[("a", "1"), ("a", "2")]), "one JSON object"),
            (fields(&[("a..b", "1")]), "one JSON object"),
            (headers(&[("host", "evil.example.net")]), "only the host sets the header `host`"),
            (headers(&[("Content-Type", "text/plain")]), "only the host sets the header `Content-Type`"),
            (answers(&[]), "have no value to sign with"),
            (answers(&[("client_secret", "/a")]), "have no value to sign with"),
            (answers(&[("access_token", "access_token")]), "not a JSON pointer"),
            (answers(&[("access_token", "/a~2")]), "not a JSON pointer"),
            (answers(&[("access_token", "/a"), ("access_token", "/b")]), "declared twice"),
            (answers(&[("access_token", "/a"), ("site", "/b")]), "a variable that is not secret"),
            (answers(&[("access_token", "/a"), ("other", "/b")]), "does not send"),
            (answers(&[("Access Token", "/a")]), "a name has"),
            (told("/data/key"), "`site_id` has the place of the secret `access_token`"),
            (told("/data/key/0"), "has the place of the secret"),
            (told("/data"), "has the place of the secret"),
            (told("/access_token"), "`site_id` at `/access_token` is a credential"),
            (told("/data/refreshToken"), "is a credential"),
            (told("/id-token"), "is a credential"),
            (told("/0/tokens/1"), "is a credential"),
            (told("/client_secret"), "is a credential"),
            (told("/API_KEY"), "is a credential"),
            (lasts(0), "the lifetime of 0 s"),
            (lasts(u32::MAX), "the lifetime of 4294967295 s"),
        ] {
            let problems = check(declaration(exchange)).unwrap_err().join("; ");
            assert!(problems.contains(reason), "{reason}: {problems}");
        }
    }

    #[test]
    fn a_sign_in_at_hosts_that_end_differently_is_below_the_one_of_the_default() {
        let declared = |origin: &str| {
            let exchange = wit::TokenExchange { url: "https://api.{site}/token".to_owned(), ..honest() };
            let mut declared = declaration(exchange);
            declared.origins = vec![origin.to_owned(), "https://api.example.eu".to_owned()];
            for variable in declared.variables.iter_mut().filter(|variable| variable.name == "site") {
                (variable.required, variable.default) = (false, Some("example.com".to_owned()));
            }
            check(declared).err().unwrap_or_default().join("; ")
        };
        assert_eq!(declared("https://api.example.com"), "");
        assert!(declared("https://login.example.com").contains("below one of the origins"));
    }

    #[test]
    fn where_people_consent_is_checked_as_a_whole() {
        let consent = || wit::Authorization {
            url: "https://{tenant}.example.com/authorize".to_owned(),
            scopes: vec!["users.read".to_owned()],
            separator: " ".to_owned(),
            params: pairs(&[("access_type", "offline")]),
            pkce: "on".to_owned(),
            captures: vec![wit::Capture {
                variable: "site".to_owned(),
                source: "token".to_owned(),
                place: "/instance_url".to_owned(),
            }],
        };
        let problems = |authorization| {
            let kind = "oauth2-refresh".to_owned();
            let exchange = wit::TokenExchange { kind, authorization: Some(authorization), ..honest() };
            check(declaration(exchange)).err().unwrap_or_default()
        };
        assert_eq!(problems(consent()), Vec::<String>::new());
        for kind in ["oauth2-client-credentials", "oauth2-password", "exchange"] {
            let exchange = wit::TokenExchange { kind: kind.to_owned(), authorization: Some(consent()), ..honest() };
            let problems = check(declaration(exchange)).unwrap_err().join("; ");
            assert!(problems.contains(&format!("the kind `{kind}` exchanges no code")), "{problems}");
        }
        let captures = |variable: &str, source: &str, place: &str| wit::Authorization {
            captures: vec![wit::Capture {
                variable: variable.to_owned(),
                source: source.to_owned(),
                place: place.to_owned(),
            }],
            ..consent()
        };
        let twice = wit::Authorization { captures: [consent().captures, consent().captures].concat(), ..consent() };
        for (lie, named) in [
            (wit::Authorization { url: "http://example.com/authorize".to_owned(), ..consent() }, "`https` URL"),
            (wit::Authorization { url: "https://example.com/authorize?x=1".to_owned(), ..consent() }, "`https` URL"),
            (wit::Authorization { url: "https://{client_secret}.example.com".to_owned(), ..consent() }, "not secret"),
            (wit::Authorization { separator: String::new(), ..consent() }, "separator"),
            (wit::Authorization { scopes: vec!["a b".to_owned()], ..consent() }, "`a b`"),
            (wit::Authorization { params: pairs(&[("state", "x")]), ..consent() }, "`state`"),
            (wit::Authorization { pkce: "S256".to_owned(), ..consent() }, "`S256`"),
            (captures("client_secret", "token", "/x"), "`client_secret`"),
            (captures("site", "header", "/x"), "`header`"),
            (captures("site", "token", "x"), "JSON pointer"),
            (captures("site", "redirect", "code"), "`code`"),
            (captures("site", "redirect", ""), "not the name of a parameter"),
            (twice, "`site` is captured twice"),
        ] {
            let problems = problems(lie);
            assert!(problems.iter().any(|problem| problem.contains(named)), "{named}: {problems:?}");
        }
    }
}
