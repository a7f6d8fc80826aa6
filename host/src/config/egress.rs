//! How the host reaches vendors: through a proxy or directly, and which certificate authorities it trusts.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::Url;

/// Settings of every connection that leaves the host: for vendors' requests and sign-ins, and for `mortise pull` and `push`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EgressConfig {
    /// The proxy for all of them. Default: none, whatever the environment says.
    pub proxy: Option<Proxy>,
    /// A file in PEM with certificate authorities that the host trusts beside those of this machine. Default: none.
    pub ca_file: Option<PathBuf>,
}

/// An HTTP proxy, written `http://proxy.example.internal:3128` or `http://user:password@…`. `Display` shows it without
/// user and password.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Scheme, host and port.
    pub url: Url,
    /// The value of its `proxy-authorization` (RFC 7617), if it needs one.
    pub authorization: Option<SecretString>,
}

/// The text is not a proxy. The error does not contain it, because it may have a password.
#[derive(Debug, thiserror::Error)]
#[error(
    "must be the URL of an HTTP proxy, such as http://proxy.example.internal:3128 or http://user:password@…, without a path"
)]
pub struct BadProxy;

impl FromStr for Proxy {
    type Err = BadProxy;

    fn from_str(text: &str) -> Result<Self, BadProxy> {
        let mut url = Url::parse(text).map_err(|_| BadProxy)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if url.scheme() != "http" || !bare {
            return Err(BadProxy);
        }
        let user = percent_decode_str(url.username()).collect::<Vec<u8>>();
        let password = url.password().map(|password| percent_decode_str(password).collect::<Vec<u8>>());
        let authorization = (!user.is_empty() || password.is_some()).then(|| {
            let pair = [user, password.unwrap_or_default()].join(&b':');
            SecretString::from(format!("Basic {}", BASE64_STANDARD.encode(pair)))
        });
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| BadProxy)?;
        Ok(Self { url, authorization })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Proxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
