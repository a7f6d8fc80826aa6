//! Values of settings about web pages: origins and colors.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

/// The origin of a web page (RFC 6454): `https://app.example.com`, or an `http` one of this machine. It is written as
/// browsers write it in the header `origin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin(String);

/// The text is not such an origin.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "must be an origin in lower case without a path, such as https://app.example.com, or an http one of localhost, 127.0.0.1 or [::1]"
)]
pub struct BadOrigin;

impl WebOrigin {
    /// The text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach it by `https`.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for WebOrigin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        let url = Url::parse(text).map_err(|_| BadOrigin)?;
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let origin = url.origin().ascii_serialization();
        // A URL may contain a star, but in browsers' policies a star allows any name.
        if origin.contains('*') {
            return Err(BadOrigin);
        }
        let is_allowed = url.scheme() == "https" || url.scheme() == "http" && is_local;
        if is_allowed && origin == text { Ok(Self(origin)) } else { Err(BadOrigin) }
    }
}

/// A color of a page: `#` and six hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Color(String);

/// The text is not such a color.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be `#` and six hexadecimal digits, such as #1a5fb4")]
pub struct BadColor;

impl Color {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Color {
    type Err = BadColor;

    fn from_str(text: &str) -> Result<Self, BadColor> {
        let digits = text.strip_prefix('#').ok_or(BadColor)?;
        let fits = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(BadColor) }
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WebOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for WebOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_write_and_nothing_else() {
        for (text, allowed) in [
            ("https://app.example.com", true),
            ("https://app.example.com:8443", true),
            ("http://localhost:3000", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("https://app.example.com/", false),
            ("https://app.example.com:443", false),
            ("https://APP.example.com", false),
            ("https://app.example.com/path", false),
            ("https://user@app.example.com", false),
            ("https://*.example.com", false),
            ("http://app.example.com", false),
            ("http://localhost.example.com", false),
            ("null", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<WebOrigin>().is_ok(), allowed, "{text}");
        }
    }

    #[test]
    fn a_color_is_six_digits() {
        assert_eq!("#1A5FB4".parse::<Color>().unwrap().as_str(), "#1a5fb4");
        for text in ["1a5fb4", "#1a5fb", "#1a5fb44", "#1a5fbg", "red", "#1a5fb4;}", ""] {
            assert!(text.parse::<Color>().is_err(), "{text}");
        }
    }
}
