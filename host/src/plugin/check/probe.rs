//! The declared probe: the request by which the host asks the vendor whether it takes an account.

use mortise_model::AuthKind;
use mortise_policy::origin::OriginTemplate;
use mortise_policy::target::{TargetError, compose, reserved_query};

use super::Check;
use super::auth::{apart, endpoints, usual};
use crate::egress::AuthScheme;
use crate::plugin::capabilities::Variable;
use crate::plugin::probe::ProbeTarget;

const PLACE: &str = "probe";

impl Check {
    /// A target that is valid for every account. The host refuses at load what a session would refuse.
    pub(super) fn probe(
        &mut self,
        text: &str,
        variables: &[Variable],
        origins: &[OriginTemplate],
        auth: &[AuthScheme],
    ) -> Option<ProbeTarget> {
        self.url_template(PLACE, text, variables)?;
        let probe = match ProbeTarget::parse(text) {
            Ok(probe) => probe,
            Err(problem) => {
                self.require(false, || format!("{PLACE}: {problem}"));
                return None;
            }
        };
        let signing = auth.iter().filter(|scheme| scheme.kind == AuthKind::Query).flat_map(|scheme| &scheme.params);
        let signing: Vec<String> = signing.map(|(name, _)| name.clone()).collect();
        // As for a sign-in, the target must be below an origin with a different value for each variable, or with the
        // defaults.
        let composed = composes(&probe, origins, &signing, |name| apart(variables, name));
        let composed = composed
            .or_else(|error| composes(&probe, origins, &signing, |name| usual(variables, name)).map_err(|_| error));
        if let Err(error) = composed {
            self.require(false, || format!("{PLACE} `{text}`: {error}"));
        }
        Some(probe)
    }
}

fn composes(
    probe: &ProbeTarget,
    origins: &[OriginTemplate],
    signing: &[String],
    value: impl Fn(&str) -> Option<String>,
) -> Result<(), TargetError> {
    let (target, query) = probe.fill(&value).ok_or(TargetError::NotDeclared)?;
    reserved_query(&query, signing)?;
    compose(&endpoints(origins, &value), &target, &query).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::exchange::tests::{declaration, honest};
    use super::super::{check, wit};

    fn declared(probe: &str) -> Result<String, Vec<String>> {
        let query = wit::AuthScheme {
            kind: "query".to_owned(),
            params: vec![("key".to_owned(), "{other}".to_owned())],
            exchange: None,
            origins: vec![],
        };
        let mut declaration = declaration(honest());
        declaration.auth.push(query);
        let checked = check(wit::Declaration { probe: Some(probe.to_owned()), ..declaration });
        checked.map(|checked| checked.capabilities.probe.map(|probe| probe.to_string()).unwrap_or_default())
    }

    #[test]
    fn a_probe_is_below_an_origin_and_names_no_secret() {
        for probe in [
            "/users?limit=1",
            "/",
            "/tenants/{tenant}/users?site={site}",
            "https://{site}.example.com/api/me",
            "https://login.example.com/{tenant}/me?a=b",
        ] {
            assert_eq!(declared(probe).as_deref(), Ok(probe));
        }
        for (probe, named) in [
            ("", "a request needs a target"),
            ("users", "must be a path that starts with `/`"),
            ("http://login.example.com/me", "must be a path"),
            ("https://elsewhere.example.com/me", "not below an origin"),
            ("https://{site}.example.com/other", "not below an origin"),
            ("https://login.example.com@elsewhere.com/me", "user name"),
            ("/a/../b", ".."),
            ("/users#top", "fragment"),
            ("/users\n", "control characters"),
            ("/users?KEY=1", "belongs to the auth scheme"),
            ("/users/{other}", "not secret"),
            ("/users/{unknown}", "declared variable"),
            ("/users/{tenant|base64}", "cannot have transforms"),
            ("https://{site*}.example.com/api/me", "the star"),
            ("/users/{tenant", "without"),
        ] {
            let problems = declared(probe).expect_err(probe);
            assert!(
                problems.iter().any(|problem| problem.starts_with("probe") && problem.contains(named)),
                "{problems:?}"
            );
        }
    }
}
