//! Where the operator's routes listen.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The address of the admin listener; `None` if there is none. Written as an address with its port, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminListen(pub Option<SocketAddr>);

/// The text is neither an address nor `off`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be an address with a port, such as 127.0.0.1:8081, or off")]
pub struct BadAdminListen;

impl FromStr for AdminListen {
    type Err = BadAdminListen;

    fn from_str(text: &str) -> Result<Self, BadAdminListen> {
        match text {
            "" | "off" => Ok(Self(None)),
            address => address.parse().map(|address| Self(Some(address))).map_err(|_| BadAdminListen),
        }
    }
}

impl fmt::Display for AdminListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("off"),
        }
    }
}

impl<'de> Deserialize<'de> for AdminListen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for AdminListen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_off_is_read_and_nothing_else() {
        let loopback = "127.0.0.1:8081".parse().map(|address| AdminListen(Some(address)));
        assert_eq!("127.0.0.1:8081".parse::<AdminListen>().ok(), loopback.ok());
        for off in ["", "off"] {
            assert_eq!(off.parse(), Ok(AdminListen(None)));
        }
        assert_eq!("8081".parse::<AdminListen>(), Err(BadAdminListen));
    }
}
