//! How customers connect their accounts, and where the host sends them afterwards.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::web::{Color, WebOrigin};

/// Settings of the connect page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectConfig {
    /// Where browsers reach this host: the origin of the connect page and of the callbacks to which vendors send people
    /// back. Default: none, and then nobody can sign in at a vendor.
    pub public_url: Option<WebOrigin>,
    /// The operator's name as customers know it, for the connect page. Default: none.
    pub operator_name: Option<String>,
    /// The color of the connect page's buttons and links. Default: that of the documentation pages.
    pub color: Option<Color>,
    /// The origins of the applications that open the connect page. They may show it in a frame, and get its messages.
    /// Default: none.
    pub allowed_origins: Vec<WebOrigin>,
    /// Whether an account that somebody has connected waits until the application confirms it. Default: false.
    pub confirm: bool,
    /// Where a link token may send people back to: whole URLs, compared character by character. Default: nowhere.
    pub allowed_redirects: Vec<RedirectUri>,
}

/// The path below which vendors send people back.
const CALLBACK: &str = "/connect-account/callback";

/// Where the vendor of an integration sends people back to.
pub fn callback_url(public_url: &WebOrigin, slug: &str) -> String {
    format!("{}{CALLBACK}/{slug}", public_url.as_str())
}

/// Where the host may send people: by `https`, or by `http` to this machine. It keeps the text as written, because
/// comparison is of the text (RFC 9700 §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

/// The text is not such a URL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "must be a whole https URL, such as https://app.example.com/connected, or an http one of localhost, 127.0.0.1 or [::1], \
     without user, password and fragment"
)]
pub struct BadRedirect;

impl RedirectUri {
    /// What [`FromStr`] accepts, as a pattern of ECMA-262, without the length.
    pub const PATTERN: &'static str = "^(https://[A-Za-z0-9][A-Za-z0-9.-]*|http://(localhost|127\\.0\\.0\\.1|\\[::1\\]))(:[0-9]{1,5})?\
                                       ([/?][A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?$";
    /// Longest URL, in bytes.
    pub const MOST: usize = 2_048;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedirectUri {
    type Err = BadRedirect;

    fn from_str(text: &str) -> Result<Self, BadRedirect> {
        let (host, rest) = match text.strip_prefix("https://") {
            Some(rest) => rest.split_at(rest.find([':', '/', '?']).unwrap_or(rest.len())),
            None => {
                let rest = text.strip_prefix("http://").ok_or(BadRedirect)?;
                let local = ["localhost", "127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host));
                rest.split_at(local.ok_or(BadRedirect)?.len())
            }
        };
        let is_name = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        let names = host == "[::1]" || host.starts_with(|first: char| first.is_ascii_alphanumeric()) && is_name(host);
        let (port, path) = match rest.strip_prefix(':') {
            Some(rest) => rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len())),
            None => ("0", rest),
        };
        let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
        let is_path = path.is_empty() || path.starts_with(['/', '?']);
        let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"._~%!$&'()*+,;=:@/?-".contains(&byte);
        match names && is_port && is_path && path.bytes().all(is_of_path) && text.len() <= Self::MOST {
            true => Ok(Self(text.to_owned())),
            false => Err(BadRedirect),
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for RedirectUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_are_sent_by_https_or_to_this_machine_and_the_pattern_says_the_same() {
        let pattern = jsonschema::validator_for(&json!({ "pattern": RedirectUri::PATTERN })).expect("a schema");
        for (text, allowed) in [
            ("https://app.example.com", true),
            ("https://app.example.com/connected?from=mortise&x=1", true),
            ("https://app.example.com:8443?x=%20", true),
            ("http://localhost/done", true),
            ("http://127.0.0.1:3000/done", true),
            ("http://[::1]:3000", true),
            ("http://app.example.com/done", false),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://localhost@example.com/", false),
            ("https://user:password@example.com/", false),
            ("https://app.example.com/#fragment", false),
            ("https://app.example.com:/", false),
            ("https://app.example.com:99999999/", false),
            ("https://app.example.com\\@evil.example.net/", false),
            ("https://app.example.com/a b", false),
            ("https://app.example.com/\n", false),
            ("https://", false),
            ("https:///path", false),
            ("https://[::1]/", false),
            ("https://-.example.com", false),
            ("//app.example.com/", false),
            ("javascript:alert(1)", false),
            ("HTTPS://app.example.com", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<RedirectUri>().is_ok(), allowed, "{text}");
            assert_eq!(pattern.is_valid(&json!(text)), allowed, "{text}");
        }
        assert!(format!("https://example.com/{}", "a".repeat(RedirectUri::MOST)).parse::<RedirectUri>().is_err());
    }
}
