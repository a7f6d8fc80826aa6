//! Where the host may send webhooks.

use std::fmt;
use std::str::FromStr;

use mortise_policy::address::public_host;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::Url;

/// Settings of webhooks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// The receivers that may have an address that is not public, and that the host may reach by `http`: origins such
    /// as `https://hooks.internal:8443`. Default: none.
    pub allow_private: Vec<ReceiverOrigin>,
}

impl WebhookConfig {
    /// Whether the operator exempts this URL from the rule for addresses.
    pub fn exempts(&self, target: &Url) -> bool {
        let origin = target.origin().ascii_serialization();
        self.allow_private.iter().any(|exempt| exempt.0 == origin)
    }

    /// Reads the target of a webhook: an `https` URL of a public host, or any `http` or `https` URL of an exempt
    /// origin. At each attempt the host looks the name up, and checks the addresses by the same rule.
    ///
    /// # Errors
    /// What the target must be, as the end of a sentence.
    pub fn target(&self, text: &str) -> Result<Url, &'static str> {
        const URL: &str = "must be a whole https URL of at most 2048 bytes without user, password and fragment";
        let url = Url::parse(text).ok().filter(|_| text.len() <= MOST_TARGET).ok_or(URL)?;
        let host = url.host().filter(|_| is_bare(&url)).ok_or(URL)?;
        match url.scheme() {
            _ if self.exempts(&url) => Ok(url),
            "https" => match public_host(&host) {
                Ok(()) => Ok(url),
                Err(_) => Err("must be of a public host: the operator can allow others (webhook.allow_private)"),
            },
            _ => Err(URL),
        }
    }
}

/// Longest URL of a webhook, in bytes.
pub(crate) const MOST_TARGET: usize = 2_048;

fn is_bare(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// Scheme, host and port of a receiver, in lower case as URLs have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverOrigin(String);

/// The text is not such an origin.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "must be an origin in lower case without a path and without the default port, such as https://hooks.internal:8443 or http://10.0.0.7:3000"
)]
pub struct BadReceiver;

impl FromStr for ReceiverOrigin {
    type Err = BadReceiver;

    fn from_str(text: &str) -> Result<Self, BadReceiver> {
        let url = Url::parse(text).map_err(|_| BadReceiver)?;
        let origin = url.origin().ascii_serialization();
        let fits = matches!(url.scheme(), "http" | "https") && origin == text;
        if fits { Ok(Self(origin)) } else { Err(BadReceiver) }
    }
}

impl fmt::Display for ReceiverOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ReceiverOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for ReceiverOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_go_to_public_hosts_by_https_and_where_the_operator_says() {
        let allow_private = ["http://127.0.0.1:3000", "https://hooks.internal:8443"];
        let allow_private = allow_private.map(|origin| origin.parse().unwrap()).into();
        let config = WebhookConfig { allow_private };
        for (target, allowed) in [
            ("https://app.example.com/hooks?x=1", true),
            ("https://app.example.com:8443", true),
            ("http://127.0.0.1:3000/hooks", true),
            ("https://hooks.internal:8443/a", true),
            ("http://app.example.com/hooks", false),
            ("http://127.0.0.1:3001/hooks", false),
            ("https://127.0.0.1:3000/hooks", false),
            ("http://hooks.internal:8443/a", false),
            ("https://hooks.internal/a", false),
            ("https://localhost/", false),
            ("https://10.0.0.1/", false),
            ("https://[::1]/", false),
            ("https://169.254.169.254/", false),
            ("https://user:password@app.example.com/", false),
            ("https://app.example.com/#x", false),
            ("ftp://app.example.com/", false),
            ("/hooks", false),
            ("", false),
        ] {
            assert_eq!(config.target(target).is_ok(), allowed, "{target}");
        }
        assert!(config.target(&format!("https://app.example.com/{}", "a".repeat(MOST_TARGET))).is_err());
    }

    #[test]
    fn an_exempt_receiver_is_an_origin() {
        for text in ["https://a/b", "https://a/", "ftp://a", "HTTPS://a", "a", "", "https://a:443", "null"] {
            assert!(text.parse::<ReceiverOrigin>().is_err(), "{text}");
        }
    }
}
