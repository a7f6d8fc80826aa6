//! Signing in: gets tokens, from places that may have the credentials.

use std::collections::BTreeMap;

use http_auth::parser::ChallengeParser;
use oci_client::RegistryOperation;
use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;
use url::Url;

use super::transport::Credential;
use super::{Registry, RegistryError};

/// The largest answer of a token endpoint that is read.
const TOKEN_BYTES: usize = 64 << 10;
/// Where tokens may be, for error messages.
const REALM: &str =
    "tokens are fetched by HTTPS, and those of a public registry from its own host name or a public host";

impl Registry {
    /// Signs in, and returns the token if the registry gives one. If a registry wants user and password, each request
    /// has them.
    pub(super) async fn sign_in(&self, operation: RegistryOperation) -> Result<Option<String>, RegistryError> {
        let answer = self.http.get(self.http.url("v2/")?, Credential::None, None).await?;
        if !self.http.is_own(answer.url()) {
            // A place to which the registry redirects must not decide where the registry's credentials go.
            return Ok(None);
        }
        let mut headers = answer.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        match headers.find_map(bearer) {
            Some(parameters) => self.token(&parameters, self.http.is_public(&answer), operation).await.map(Some),
            None => Ok(None),
        }
    }

    /// A token from the place that the registry names, with the credentials if there are any.
    async fn token(
        &self,
        parameters: &BTreeMap<String, String>,
        registry_is_public: bool,
        operation: RegistryOperation,
    ) -> Result<String, RegistryError> {
        let realm = parameters.get("realm").and_then(|realm| Url::parse(realm).ok());
        let mut realm = realm.ok_or_else(|| self.no_sign_in("it does not say where to get tokens"))?;
        let client = self.http.realm(&realm, registry_is_public).map_err(|why| {
            let place = realm.origin().ascii_serialization();
            self.no_sign_in(&format!("its tokens are at {place}, which {why} ({REALM})"))
        })?;
        let actions = match operation {
            RegistryOperation::Pull => "pull",
            RegistryOperation::Push => "pull,push",
        };
        let scope = format!("repository:{}:{actions}", self.reference.repository());
        realm.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = parameters.get("service") {
            realm.query_pairs_mut().append_pair("service", service);
        }
        let answer = self.http.get_token(client, realm, self.credentials.as_ref()).await?;
        // Token endpoints refuse in several ways. None of them is about the package.
        if matches!(answer.status().as_u16(), 400 | 401 | 403 | 404) {
            return Err(self.http.unauthorised());
        }
        let mut answer = self.http.success(answer, self.reference()).await?;
        let bytes = self.bounded(&mut answer, "the token", TOKEN_BYTES).await?;
        #[derive(Deserialize)]
        struct Answer {
            token: Option<String>,
            access_token: Option<String>,
        }
        let answer: Option<Answer> = serde_json::from_slice(&bytes).ok();
        let token = answer.and_then(|answer| answer.token.or(answer.access_token));
        let is_usable = |token: &String| !token.is_empty() && HeaderValue::from_str(token).is_ok();
        let token = token.filter(is_usable).ok_or_else(|| self.no_sign_in("its token is unusable"))?;
        self.http.hide(&token);
        Ok(token)
    }

    fn no_sign_in(&self, why: &str) -> RegistryError {
        RegistryError::SignIn { registry: self.name(), why: why.to_owned() }
    }
}

/// The parameters of the first `Bearer` challenge in a `WWW-Authenticate`, by names in lower case. If a name comes twice,
/// the first one counts. Challenges that are not by RFC 9110, and those after them, do not count.
fn bearer(header: &str) -> Option<BTreeMap<String, String>> {
    let mut challenges = ChallengeParser::new(header).map_while(Result::ok);
    let bearer = challenges.find(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"))?;
    let mut parameters = BTreeMap::new();
    for (name, value) in bearer.params {
        parameters.entry(name.to_ascii_lowercase()).or_insert_with(|| value.to_unescaped());
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        let docker = "Bearer realm=\"https://auth.example.com/token\",service=\"registry.example.com\"";
        let read = bearer(docker).expect("a challenge");
        assert_eq!(read.get("realm").map(String::as_str), Some("https://auth.example.com/token"));
        assert_eq!(read.get("service").map(String::as_str), Some("registry.example.com"));
        let both = "Basic realm=\"a, bearer\", bearer Realm=\"https://auth.example.com\", scope=\"x=y\"";
        let read = bearer(both).expect("a challenge");
        assert_eq!(read.get("realm").map(String::as_str), Some("https://auth.example.com"));
        assert_eq!(bearer("Basic realm=\"test\""), None);
        assert_eq!(bearer("Bearer realm=\"no end"), None);
    }
}
